// What of an import is rejected: told to the asker, and kept in a file that people can correct.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_
#define TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_

#include "absl/status/status.h"
#include "node/flow/import.h"
#include "node/intake/intake.h"

namespace tidegate::flow {

class ImportRejects {
 public:
  // All must outlive it. A dry run writes no file.
  ImportRejects(intake::RejectsFile& file, bool dry_run, ImportProgress& told)
      : file_(file), dry_run_(dry_run), told_(told) {}

  // Of a table, before its first reject.
  void Begin(const intake::TableHead& head);
  void Add(const intake::Reject& reject);
  // Puts the file in place. What is rejected stands in its source too: where it cannot be written down, the import goes
  // on and says so.
  void Finish();

 private:
  intake::RejectsFile& file_;
  const bool dry_run_;
  ImportProgress& told_;
  absl::Status problem_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_
