// recall_many: takes back many records of ours together, as a plan showed them before. Each recall is final, and the
// node knows which are done. So somebody who was interrupted asks again, and the node goes on with the rest.
#ifndef TIDEGATE_NODE_FLOW_RECALL_MANY_H_
#define TIDEGATE_NODE_FLOW_RECALL_MANY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "node/record/record.h"

namespace tidegate::flow {

// One call recalls at most this many records; the next call recalls the rest.
inline constexpr size_t kMostRecalled = size_t{1} << 20;

// Which records are meant: those with these ids, or all that this import stored.
struct RecallMany {
  std::vector<record::RecordId> ids;
  uint64_t import = 0;
  size_t most = kMostRecalled;  // a caller may take fewer in one call
};

// Why one record is not recalled.
struct Fault {
  std::string what;  // its id, or the arrival that cannot be read
  std::string why;
};

struct RecallPlan {
  crypto::Hash digest{};                    // of the records and of their newest revisions
  std::vector<record::RecordId> records;    // that would be recalled, ascending
  std::map<std::string, uint64_t> holders;  // by partner: how many of these it may hold
  uint64_t earlier = 0;                     // recalled already
  uint64_t changed = 0;                     // of an import's: changed here since it stored them
  uint64_t amended = 0;                     // by the import, which did not make them: they stay
  bool more = false;                        // there are more than RecallMany::most
  std::vector<Fault> faults;                // records that cannot be recalled; they stop no other
};

struct RecalledMany {
  uint64_t recalled = 0;
  std::vector<Fault> faults;  // as of the plan, and what went wrong since
  std::string note;           // what it cannot do, where this node is read-only
};
// Called after each portion with how many are done; gives false if the asker has gone.
using TellRecalled = std::function<bool(uint64_t recalled)>;

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_RECALL_MANY_H_
