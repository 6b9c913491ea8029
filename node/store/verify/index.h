// The index of postings, read from FORMAT.md's description. Private to the room.
#ifndef TIDEGATE_NODE_STORE_VERIFY_INDEX_H_
#define TIDEGATE_NODE_STORE_VERIFY_INDEX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "crypto/vault/vault.h"
#include "node/store/verify/disk.h"

namespace tidegate::verify {

class Index {
 public:
  explicit Index(Disk& disk) : disk_(disk) {}
  // Reads the list of runs.
  void Load();

  // All arrivals under a term, ascending; what is damaged is passed over.
  std::vector<uint64_t> Arrivals(const vault::BlindTermBytes& term) const;

  // Calls the callback with every (term, arrival) of the table. With `report`, faults of the layout go into the report.
  void ForEach(bool report, absl::FunctionRef<void(const vault::BlindTermBytes& term, uint64_t arrival)> visit) const;

 private:
  struct Run {
    uint64_t lowest = 0, highest = 0, into = 0;
  };
  // The entries of a chunk of this run; nothing if its check disagrees.
  std::optional<std::string_view> Entries(uint64_t run, std::string_view key, std::string_view chunk) const;

  Disk& disk_;
  uint64_t checked_ = UINT64_MAX;  // chunks of runs from here on end with a check
  std::map<uint64_t, Run> runs_;
};

}  // namespace tidegate::verify

#endif  // TIDEGATE_NODE_STORE_VERIFY_INDEX_H_
