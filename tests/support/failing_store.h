// LMDB that fails on demand, below everything that the house wrote: the linker puts these calls in place of LMDB's
// (CMakeLists.txt, `--wrap`), so no room knows of it. Counts the calls that can fail, of all stores of the process.
#ifndef TIDEGATE_TESTS_SUPPORT_FAILING_STORE_H_
#define TIDEGATE_TESTS_SUPPORT_FAILING_STORE_H_

#include <cstdint>

namespace tidegate::support {

class FailingStore {
 public:
  // The call with this number from now on, counted from 1, fails, and with `for_good` every call after it too, as for a
  // process that dies there: what it does afterwards reaches the disk no more.
  static void FailAt(uint64_t call, bool for_good);
  // Nothing fails any more.
  static void Mend();
  // Whether a call has failed since FailAt.
  static bool failed();
};

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_FAILING_STORE_H_
