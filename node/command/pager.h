// Long output on a terminal, page by page.
#ifndef TIDEGATE_NODE_COMMAND_PAGER_H_
#define TIDEGATE_NODE_COMMAND_PAGER_H_

#include <sys/types.h>

namespace tidegate::command {

// While it lives, standard output goes through the program that PAGER names (`less` if it names none). The output is
// encoded before, as for a terminal. Not thread-safe.
class Pager {
 public:
  Pager() = default;
  // Waits until the person has read.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Does nothing if standard output is not a terminal, if PAGER is empty or `cat`, or if the pager cannot be started.
  // From then on a person may stop reading at any line.
  void Start();
  bool started() const { return process_ > 0; }

 private:
  pid_t process_ = 0;
};

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_PAGER_H_
