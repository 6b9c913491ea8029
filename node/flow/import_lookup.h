// Finds what this node holds of the items of an import: the record that an item is about, and the records that it
// names.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_LOOKUP_H_
#define TIDEGATE_NODE_FLOW_IMPORT_LOOKUP_H_

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/import.h"
#include "node/flow/import_fresh.h"
#include "node/flow/import_task.h"
#include "node/flow/old_recalls.h"
#include "node/flow/recalled.h"
#include "node/intake/intake.h"
#include "node/store/store.h"

namespace tidegate::flow {

// It knows what the import has made so far, which the store may not know yet.
class ImportLookup {
 public:
  // All outlive this.
  ImportLookup(const partner::Identity& identity, const ImportFile& request, intake::Format format, ImportGuard& guard,
               OldRecalls old_recalls)
      : identity_(identity), request_(request), format_(format), guard_(guard), old_recalls_(std::move(old_recalls)) {}

  // Call it with each new snapshot, before the items that are looked up in it.
  void Begin(const store::Reader& reader) { any_recalled_ = MayBeRecalled(reader); }
  // Rejects the item if a row that it needs cannot be read, so that it does not stop the other items.
  Task LookUp(const store::Reader& reader, intake::Item& item);
  absl::StatusOr<std::optional<Held>> FindHeld(const store::Reader& reader, const std::string& source_key) const;

  // The import is about to store this record. Later items may name it.
  void Made(const std::string& source_key, const record::RecordId& id,
            std::shared_ptr<const record::Inheritance> passes_on) {
    fresh_.Gather(source_key, id, std::move(passes_on));
  }
  // The import is about to recall this record. Later items cannot name it.
  void Withdrawn(const std::string& source_key) { withdrawn_.insert(source_key); }
  // What was made before this moment is being stored, and what was being stored then is in the index.
  void Committing() { fresh_.Commit(); }

  // Whether records of that file were recalled by release 0.1.0, and the source keys of what may be one of them.
  bool has_old_recalls() const { return !old_recalls_.empty(); }
  const std::vector<std::string>& doubtful() const { return doubtful_; }

 private:
  absl::Status LookUpHeld(const store::Reader& reader, Task& task);
  // Whether the item was recalled here, or names a record that was.
  absl::Status LookUpRecalled(const store::Reader& reader, Task& task);
  // Finds the records that the item names by their source keys. An item that may have an open end says which one is
  // missing.
  absl::Status LookUpEnds(const store::Reader& reader, Task& task) const;

  const partner::Identity& identity_;
  const ImportFile& request_;
  const intake::Format format_;
  ImportGuard& guard_;
  const OldRecalls old_recalls_;
  bool any_recalled_ = true;  // in the snapshot at hand
  ImportFresh fresh_;
  std::vector<std::string> doubtful_;
  std::unordered_set<std::string> withdrawn_;  // source keys
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_LOOKUP_H_
