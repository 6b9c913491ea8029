// The rejected items of an import. The asker is told of them, and a file keeps them for people to correct.
#ifndef TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_
#define TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "node/flow/import.h"
#include "node/intake/intake.h"

namespace tidegate::flow {

class ImportRejects {
 public:
  // All must outlive it. A dry run writes no file; without `file` nothing does.
  ImportRejects(intake::RejectsFile* file, const ImportFile& request, ImportProgress& told)
      : file_(file), request_(request), told_(told) {}

  // Call this for a table, before its first reject.
  void Begin(const intake::TableHead& head);
  void Add(const intake::Reject& reject);
  // Tells the faults, and puts the file in place. If it cannot write the file, the import goes on and says so: the
  // source still has the rejected items.
  void Finish();

 private:
  void Tell(const intake::Reject& reject);
  void Gather(const intake::Fault& fault, uint64_t items);
  void TellFaults();
  void FinishFile();

  intake::RejectsFile* const file_;
  const ImportFile& request_;
  ImportProgress& told_;
  absl::Status problem_;
  bool table_ = false;
  uint64_t last_ = 0;                           // row of a table that was rejected
  std::map<std::string, ImportFaults> faults_;  // by field
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORT_REJECTS_H_
