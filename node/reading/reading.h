// reading: the only way to a record for whoever wants to see one.
//   Takes    who looks and why; what they look for; `as_partner`, to see exactly what that partner would be sent
//   Gives    Seen: what the gate lets them see, verified; NotFound, or PermissionDenied with the rule that refuses
//   May call search, decision, partner, ledger, store, policy, record
//   Must     let nothing be seen without an Access (or, as a partner, a Disclosure) for that very record; write who
//            looked, why, at what and for what into the register before it gives anything
//   Never    fill in a reason that was not given; show what has expired
//   Threads  any
//   Spec     policy/POLICY.md, "Gates"; docs/audit-events.md
#ifndef TIDEGATE_NODE_READING_READING_H_
#define TIDEGATE_NODE_READING_READING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/record/record.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::reading {

// Who looks, why, and by which verb. The reason stands in the register as it is.
struct Look {
  const policy::Principal& who;
  const std::string& reason;
  std::string_view verb;
};
inline constexpr size_t kMostReasonBytes = 2000;

// What could be proved of a record against its author's log.
struct Proof {
  bool author_signature = false;  // of the log's checkpoint
  bool log_proof = false;         // the record is where the log has it
  uint64_t log_size = 0;          // of that checkpoint
  std::string problem;            // why not; holds no contents
};

// All that anybody needs to verify a record without this node.
struct Evidence {
  std::string view;          // record::EncodeView of what is seen, no more
  std::string verifier_key;  // of the author's log
  std::string checkpoint;
  uint64_t log_index = 0;
  std::vector<std::pair<uint64_t, crypto::Hash>> leaves;  // that the proof covers, ascending by position
  std::vector<crypto::Hash> proof;                        // RFC 6962 multiproof
};

// One record as somebody may see it.
struct Seen {
  record::Statement statement;
  // Nothing where no field of it is held any more: then the statement says what is known.
  std::optional<record::VerifiedView> view;
  crypto::Hash leaf{};
  std::string state;  // current, amended, recalled, withdrawn, forked
  std::string origin;
  uint64_t log_index = 0;
  uint64_t arrival = 0;
  uint64_t arrived_ms = 0;
  std::vector<std::string> givers;
  // What only this node knows of it; empty for what a partner would see.
  std::vector<std::string> recipients, tags;
  Proof proof;
  std::optional<Evidence> evidence;
};

struct Page {
  std::vector<Seen> records;  // newest first
  std::string cursor;         // for the next page; empty where this was the last
  // Arrivals of this page that are damaged on disk and left out: their number, and the first of them.
  uint32_t unreadable = 0;
  std::vector<uint64_t> unreadable_arrivals;  // at most 20
};

// Why a partner gets what it gets of one record.
struct Explained {
  review::Explanation explanation;
  policy::Digest version{};
  bool disclosed = false;  // at least one field would go
  std::optional<policy::Refusal> refusal;
  record::View view;    // as it is held
  policy::Rungs rungs;  // of the Disclosure; empty where it is refused
  std::vector<policy::SeenError> errors;
};

class Reading {
 public:
  // All outlive the Reading.
  Reading(store::Store& store, ledger::Log& log, ledger::Register& disclosures, const partner::Directory& directory,
          const decision::Decisions& decisions, std::function<uint64_t()> now_ms);

  // One record, by its id. `as_partner` empty: as it is held here.
  // `origin` says whose is meant where several authors use the id (store::Reader::FindById).
  absl::StatusOr<Seen> Show(const Look& look, const std::string& id, const std::string& as_partner, bool evidence,
                            std::string_view origin = {});
  // Records that answer the question and that the asker, or the partner, may see.
  absl::StatusOr<Page> Find(const Look& look, const search::Question& question, const std::string& as_partner);
  // Calls `write` for each record of that kind that arrives from now on, until it gives false or `cancelled` does true.
  absl::Status Follow(const Look& look, std::string_view kind, uint64_t after,
                      const std::function<bool(const Seen&)>& write, const std::function<bool()>& cancelled);
  // The number after which Follow begins, where nothing that is found now is to come again.
  uint64_t Newest() const { return store_.LastCommitted(); }
  absl::StatusOr<Explained> Explain(const Look& look, const std::string& id, const std::string& partner,
                                    std::string_view origin = {});

 private:
  class Glance;  // one snapshot, one engine, one look
  absl::Status Record(const Look& look, std::vector<record::RecordId> records,
                      std::vector<vault::BlindTermBytes> asked = {});

  store::Store& store_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  const partner::Directory& directory_;
  const decision::Decisions& decisions_;
  const std::function<uint64_t()> now_ms_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_READING_H_
