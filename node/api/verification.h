// What can be proved of a stored record, worked out again from what is stored.
#ifndef TIDEGATE_NODE_API_VERIFICATION_H_
#define TIDEGATE_NODE_API_VERIFICATION_H_

#include <string>
#include <utility>
#include <vector>

#include "node/api/rooms.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Verifies stored records of one snapshot. What is shown together mostly came together, so the checkpoint that was
// verified last, and what it proves, is kept for the next record. One thread.
class StoredVerifier {
 public:
  StoredVerifier(const Rooms& rooms, const store::Reader& reader) : rooms_(rooms), reader_(reader) {}

  // Verifies the statement against its author's log, and the log's checkpoint against the author's key. Fills
  // `verification` but for the handling, which is the view's, and the log's size.
  void Verify(const store::StoredRecord& record, v1::Record* out);

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
  static Head ReadOwn(const Rooms& rooms, const std::string& note);
  static Head ReadReceived(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record);

  const Rooms& rooms_;
  const store::Reader& reader_;
  std::string own_note_;  // what `own_` is of
  Head own_;
  std::pair<std::string, uint64_t> received_from_;  // origin and proof that `received_` is of
  Head received_;
};

// What anybody needs to verify `view` of this record without this node.
absl::Status FillEvidence(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record,
                          const record::View& view, v1::Evidence* out);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_VERIFICATION_H_
