// Verifies a stored record again, from what is stored. Private to the room.
#ifndef TIDEGATE_NODE_READING_VERIFIER_H_
#define TIDEGATE_NODE_READING_VERIFIER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/reading/reading.h"
#include "node/reading/verified_notes.h"

namespace tidegate::reading {

// Verifies stored records of one snapshot. Records that are shown together mostly came together, so this keeps the
// checkpoint that it verified last, with what that proves, for the next record. One thread.
class StoredVerifier {
 public:
  StoredVerifier(ledger::Log& log, const partner::Directory& directory, const store::Reader& reader,
                 VerifiedNotes& notes)
      : log_(log), directory_(directory), reader_(reader), notes_(notes) {}

  // The statement against its author's log, and the log's checkpoint against the author's key.
  Proof Verify(const store::StoredRecord& record);
  // The evidence by which anybody can verify `view` of this record without this node.
  absl::StatusOr<Evidence> Evident(const store::StoredRecord& record, const record::View& view) const;

 private:
  // A log's signed head and, where it came with a proof, the leaves that the proof has under it.
  struct Head {
    bool signature = false;
    uint64_t size = 0;
    crypto::Hash root{};
    bool proves = false;
    std::vector<std::pair<uint64_t, crypto::Hash>> leaves;  // ascending by position
    std::string problem;
  };

  const Head& OwnHead();
  const Head& HeadOf(const store::StoredRecord& record);
  Head ReadOwn(const std::string& note) const;
  Head ReadReceived(const store::StoredRecord& record) const;

  ledger::Log& log_;
  const partner::Directory& directory_;
  const store::Reader& reader_;
  VerifiedNotes& notes_;
  std::string own_note_;  // what `own_` is of
  Head own_;
  std::unique_ptr<ledger::Log::Inclusions> paths_;  // in that head; null if there are none
  std::pair<std::string, uint64_t> received_from_;  // origin and proof that `received_` is of
  Head received_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_VERIFIER_H_
