// The records that one object of a source became beside its own record: facts within it, links to what it mentions.
// When the source takes the object back, or sends it again with less, the import withdraws what the object no longer
// says. INTAKE.md, "What an object no longer says".
#ifndef TIDEGATE_NODE_FLOW_IMPORT_PARTS_H_
#define TIDEGATE_NODE_FLOW_IMPORT_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/status/statusor.h"
#include "node/flow/import_task.h"
#include "node/intake/intake.h"

namespace tidegate::flow {

// Gathers, while one file is imported, which objects count now and what came of them.
class ImportParts {
 public:
  // Call it with each item. Its key says whether it is part of an object.
  void See(const intake::Item& item);
  // An object still says a part that was rejected. So nothing of this object is withdrawn.
  void Reject(const intake::Reject& reject);
  // Call it with each item that was judged. It remembers the object if this version of it counts.
  void Judged(const Task& task);

  // The records that this node holds as parts of these objects and that no item named, as items that are revoked.
  // `reader` is a snapshot after all items were stored; `organisation` is ours.
  absl::StatusOr<std::vector<intake::Item>> Lost(const store::Reader& reader, const std::string& organisation) const;
  // Whether a part that an earlier import took belongs to an object whose version in this file counts and does not say
  // it. `Lost` finds only the parts that name the object's record of today: a part may wait for that very end.
  bool SaysNoLonger(std::string_view part_key) const;

 private:
  struct Object {
    record::RecordId id{};  // of its record
    std::string key;        // its record's source key
    intake::Item item;      // without draft: where it stands, and its version
  };
  bool Saw(std::string_view key) const;

  std::unordered_set<uint64_t> seen_;      // hashes of the parts' keys
  std::unordered_set<uint64_t> rejected_;  // of objects of which something was rejected
  std::unordered_set<uint64_t> counted_;   // hashes of the keys of objects that are new, or whose version counts
  std::vector<Object> objects_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_PARTS_H_
