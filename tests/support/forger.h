// A partner that lies, with the keys and secrets that a partner really has: parcels made by hand between two nodes of
// one process, each of which continues what the receiver holds. Without a lie a parcel says nothing, and is taken.
#ifndef TIDEGATE_TESTS_SUPPORT_FORGER_H_
#define TIDEGATE_TESTS_SUPPORT_FORGER_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/flow/known_checkpoints.h"
#include "node/flow/standing.h"
#include "tests/support/memory_node.h"

namespace tidegate::support {

class Forger {
 public:
  Forger(MemoryNode& from, MemoryNode& to) : from_(from), to_(to) {}

  // The next parcel, with the section of the sender's own log and nothing in it.
  parcel::SealRequest Next() {
    const partner::Identity& identity = from_.identity();
    const partner::PartnerPtr receiver = from_.directory().Find(to_.name());
    const auto standing = Must(flow::Standing::Load(*to_.Read(), from_.name()));
    psk_ = Must(from_.directory().SendingPsk(to_.name(), from_.clock().now_ms));
    parcel::SealRequest request;
    request.partner = to_.name();
    request.sender_fpr = identity.log_fingerprint();
    request.recipient_fpr = receiver->kem_fingerprint;
    request.recipient_kem = receiver->kem.key;
    request.delivery_key = &identity.delivery_key();
    request.delivery_fpr = identity.delivery_fingerprint();
    request.pair = receiver->pair;
    request.psk_epoch = psk_.epoch;
    request.psk = psk_.key.Expose();
    request.feed = receiver->outgoing;
    request.seq = standing.last_seq + 1;
    request.after = crypto::HashOf({standing.cursor});
    request.sent_ms = from_.clock().now_ms;
    request.next_cursor = standing.cursor;
    request.sections.push_back(SectionOf(from_));
    return request;
  }

  // The newest checkpoint of an author's log, linked to what the receiver knows of it from this sender.
  parcel::Section SectionOf(MemoryNode& author) {
    const auto head = Must(author.log().Checkpoint());
    const partner::PartnerPtr sender = to_.directory().Find(from_.name());
    const auto known = Must(flow::KnownCheckpoints::Load(*to_.Read(), *sender));
    const auto last = known.LastOnPath(author.identity().log_fingerprint());
    parcel::Section section;
    section.vkey = checkpoint::PrintVerifierKey(author.log().verifier_key());
    section.note = head.note;
    section.linked_size = last ? last->size : 0;
    if (section.linked_size > 0 && section.linked_size < head.size) {
      section.consistency = Must(author.log().Consistency(section.linked_size, head.size));
    }
    return section;
  }

  // Puts a record into a section of its author, which lets it go to the receiver.
  void Carry(MemoryNode& author, const std::string& id, parcel::Section& section) {
    const auto snapshot = author.Read();
    const store::StoredRecord record = Must(author.Held(id));
    decision::Candidates candidates(author.decisions().engine());
    const auto party = candidates.engine().Intern(
        policy::Party{to_.name(), "police", "GB", {}, {"prevention"}, {}, /*confirmed=*/true});
    const auto now_ms = static_cast<int64_t>(author.clock().now_ms);
    auto ruling = Must(candidates.Disclose(*snapshot, record, party, to_.name(), now_ms));
    ASSERT_TRUE(ruling.allowed());
    section.items.push_back(
        Must(parcel::Item::Make(record.view, *std::move(ruling), to_.name(), now_ms, record.log_index)));
    Prove(author, section);
  }
  // The proof of all that the section carries.
  static void Prove(MemoryNode& author, parcel::Section& section) {
    std::vector<uint64_t> positions;
    for (const parcel::Item& item : section.items) positions.push_back(item.log_index());
    for (const parcel::RecallItem& recall : section.recalls) positions.push_back(recall.log_index);
    std::sort(positions.begin(), positions.end());
    section.log_proof = Must(author.log().Prove(positions, Must(author.log().Checkpoint()).size));
  }

  // What the receiver makes of it.
  absl::StatusOr<exchange::ArrivedParcel::Received> Give(parcel::SealRequest request) {
    auto sealed = parcel::Seal(std::move(request));
    if (!sealed.ok()) return sealed.status();
    Chunks chunks(std::move(sealed->chunks));
    auto arrived = to_.receiving().Read(to_.directory().Find(from_.name()), sealed->manifest,
                                        std::string(crypto::View(sealed->signature)), chunks, nullptr);
    if (!arrived.ok()) return arrived.status();
    return (*arrived)->Store();
  }
  // The same where it is stored; what the receiver signed. The line stands afterwards where it stood before, so that
  // the two nodes can go on.
  parcel::Receipt Given(parcel::SealRequest request) {
    const auto before = Must(flow::Standing::Load(*to_.Read(), from_.name()));
    const auto received = Must(Give(std::move(request)));
    Must(received.refused);
    parcel::Receipt receipt =
        Must(parcel::VerifyReceipt(received.receipt.bytes, crypto::View(received.receipt.signature),
                                   to_.identity().keys().delivery_key, to_.identity().delivery_fingerprint()));
    receipt.withheld =
        Must(parcel::VerifyWithheld(received.receipt.withheld, receipt, to_.identity().keys().delivery_key));
    Must(to_.store().Write([&](store::WriteTransaction& transaction) {
      const absl::Status gone = flow::DeleteReceipts(transaction, from_.name(), {receipt.manifest_hash});
      return gone.ok() ? before.Save(transaction, from_.name()) : gone;
    }));
    return receipt;
  }

 private:
  class Chunks final : public exchange::ChunkReader {
   public:
    explicit Chunks(std::vector<std::string> chunks) : chunks_(std::move(chunks)) {}
    absl::StatusOr<std::string> Next() override { return next_ < chunks_.size() ? chunks_[next_++] : std::string(); }

   private:
    const std::vector<std::string> chunks_;
    size_t next_ = 0;
  };

  MemoryNode& from_;
  MemoryNode& to_;
  partner::PairPsk psk_;
};

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_FORGER_H_
