// One look at one state of the store, by one set of policies. Private to the room.
#ifndef TIDEGATE_NODE_READING_GLANCE_H_
#define TIDEGATE_NODE_READING_GLANCE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/reading/labels.h"
#include "node/reading/open.h"
#include "node/reading/reading.h"
#include "node/reading/unread.h"
#include "node/reading/verifier.h"

namespace tidegate::reading {

// If the reason is missing, the message says how to give one.
absl::Status RefusedTo(const Look& look, const policy::Refusal& refusal);

// About how many bytes a reply needs to show a record.
size_t BytesOf(const Seen& seen);

inline bool Gone(const store::StoredRecord& record) { return record.erased || record.event == store::Event::kRecall; }

inline absl::Status NobodyIsSentIt() {
  return absl::NotFoundError("reading: the record was recalled or erased, so nobody is sent it");
}

// One look at one state of the store, by one set of policies.
class Reading::Glance {
 public:
  static absl::StatusOr<std::unique_ptr<Glance>> Begin(const Reading& reading, const Look& look,
                                                       const std::string& as_partner) {
    if (auto status = CheckReason(look); !status.ok()) return status;
    auto snapshot = reading.store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    std::unique_ptr<Glance> glance(new Glance(reading, look, *std::move(snapshot)));
    // Before anything is looked up: without a reason nobody learns what is held.
    auto may_look = glance->engine().Search(look.who, look.verb, look.reason);
    if (!may_look.allowed()) return RefusedTo(look, may_look.refusal());
    glance->search_ = *std::move(may_look);
    if (as_partner.empty()) return glance;
    const auto partner = reading.directory_.Named(as_partner);
    if (!partner.ok()) return partner.status();
    glance->partner_ = as_partner;
    glance->party_ = glance->engine().Intern(partner::PartyOf(**partner));
    return glance;
  }

  const store::Reader& reader() const { return *snapshot_; }
  const policy::Engine& engine() const { return candidates_.engine(); }
  const std::optional<policy::PartyHandle>& party() const { return party_; }
  // Labels of records of which the asker may not know, as far as a question can leave them out.
  std::vector<std::string> Hidden(Labels& labels) const { return labels.Hidden(*snapshot_, engine_, *search_); }
  int64_t now_ms() const { return static_cast<int64_t>(now_ms_); }
  absl::StatusOr<policy::Candidate> Candidate(const store::StoredRecord& record) {
    return candidates_.Of(*snapshot_, record);
  }

  // Whether the asker may read this one.
  absl::StatusOr<policy::Access> Access(const policy::Candidate& candidate) const {
    auto access = engine().Read(look_.who, candidate, look_.reason);
    if (!access.allowed()) return RefusedTo(look_, access.refusal());
    return *std::move(access);
  }
  // False where the asker is not to learn that it is held. What is left of a record has no facts to decide by.
  bool MayKnowOf(const store::StoredRecord& record) {
    if (Gone(record)) return true;
    auto candidate = Candidate(record);
    return !candidate.ok() || engine().CouldRead(look_.who, candidate->kind, candidate->label);
  }

  // Through the gate that this look needs: the asker's own, or the partner's. It is not proven yet: Prove does that.
  absl::StatusOr<Seen> Through(policy::Access access, const store::StoredRecord& record) {
    if (!party_) return Open(std::move(access), record, now_ms_);
    if (!record.own) return absl::PermissionDeniedError("reading: this node passes on only what it authored");
    auto ruling = Disclose(record);
    if (!ruling.ok()) return ruling.status();
    if (!ruling->allowed()) return absl::PermissionDeniedError(absl::StrCat("refused: ", ruling->refusal().ToString()));
    auto seen = Open(**std::move(ruling), record, now_ms_);
    if (!seen.ok()) return seen;
    return NarrowedTo(access, *std::move(seen));
  }
  // The part that the partner would be sent now: the same answer that the feed gets.
  absl::StatusOr<policy::Ruling<policy::Disclosure>> Disclose(const store::StoredRecord& record) {
    return candidates_.Disclose(*snapshot_, record, *party_, partner_, now_ms());
  }
  absl::StatusOr<Seen> Tombstone(const store::StoredRecord& record) {
    if (party_) return NobodyIsSentIt();
    auto seen = OpenTombstone(record);
    if (seen.ok()) Prove(record, *seen);
    return seen;
  }
  // What this node can prove of it from its author's log.
  void Prove(const store::StoredRecord& record, Seen& seen) { seen.proof = verifier_.Verify(record); }
  // As it is held, or what is left of it.
  absl::StatusOr<Seen> See(const store::StoredRecord& record) {
    if (Gone(record)) return Tombstone(record);
    auto seen = Glimpse(record);
    if (seen.ok()) Prove(record, *seen);
    return seen;
  }
  // The same of a record that is not gone, without its proof: for what is counted and not shown.
  absl::StatusOr<Seen> Glimpse(const store::StoredRecord& record) {
    auto candidate = Candidate(record);
    if (!candidate.ok()) return candidate.status();
    auto access = Access(*candidate);
    if (!access.ok()) return access.status();
    return Through(*std::move(access), record);
  }
  absl::Status AddEvidence(const store::StoredRecord& record, Seen& seen) const {
    if (!seen.view) return absl::OkStatus();
    auto evidence = verifier_.Evident(record, seen.view->view());
    if (!evidence.ok()) return evidence.status();
    seen.evidence = *std::move(evidence);
    return absl::OkStatus();
  }

 private:
  Glance(const Reading& reading, const Look& look, std::unique_ptr<store::Snapshot> snapshot)
      : look_(look),
        now_ms_(reading.now_ms_()),
        snapshot_(std::move(snapshot)),
        engine_(reading.decisions_.engine()),
        candidates_(engine_),
        verifier_(reading.log_, reading.directory_, *snapshot_, *reading.notes_) {}

  const Look& look_;
  const uint64_t now_ms_;
  const std::unique_ptr<store::Snapshot> snapshot_;
  const std::shared_ptr<const policy::Engine> engine_;
  decision::Candidates candidates_;
  std::optional<policy::Access> search_;
  StoredVerifier verifier_;
  std::string partner_;
  std::optional<policy::PartyHandle> party_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_GLANCE_H_
