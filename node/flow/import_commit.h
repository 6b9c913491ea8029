// Makes the revision of an item that an import has looked up and judged.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_COMMIT_H_
#define TIDEGATE_NODE_FLOW_IMPORT_COMMIT_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "node/flow/addressees.h"
#include "node/flow/import.h"
#include "node/flow/import_task.h"
#include "node/flow/own_records.h"

namespace tidegate::flow {

// Any number of threads may commit at a time, each another task.
class ImportCommit {
 public:
  // All outlive this.
  ImportCommit(const OwnRecords& own, const partner::Directory& directory, const ImportFile& request,
               std::function<uint64_t()> now_ms)
      : own_(own), addressees_(directory, now_ms()), request_(request), now_ms_(std::move(now_ms)) {}

  // Gives the task its record, or the facts to note of the held one, or nothing if there is nothing to do. It rejects
  // the item if that fails.
  void Commit(Task& task, const Chance& chance) const;

 private:
  absl::Status CommitTask(Task& task, const Chance& chance) const;
  // The asker's right to do so to the record that is held. What they may not do is rejected with the item.
  absl::Status MayChange(policy::Action action, const Task& task) const;
  absl::Status Settle(Task& task, const record::Draft& ours) const;
  absl::Status Amend(Task& task, const record::Draft& ours, const Chance& chance) const;
  static absl::Status Inherit(Task& task);
  absl::Status Prepare(Task& task, Authored authored) const;

  const OwnRecords& own_;
  const Addressees addressees_;
  const ImportFile& request_;
  const std::function<uint64_t()> now_ms_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_COMMIT_H_
