// decision: which policies are in force on this node, and stored records as the engine decides about them.
//   Takes    policy files, as a set; stored records
//   Gives    the engine in force, its numbered versions, plans over the store's counts, policy::Candidate
//   May call store's small tables and counts, policy, policy/review
//   Never    put a set in force by itself: flow/govern does, after plan and approval
//   Threads  Decisions: any thread. Candidates: one thread each
//   Spec     DECISION.md; ARCHITECTURE.md §5
#ifndef TIDEGATE_NODE_DECISION_DECISION_H_
#define TIDEGATE_NODE_DECISION_DECISION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"
#include "threads/threads.h"

namespace tidegate::decision {

// A set of policies that was or is in force. Number 0 is the baseline alone.
struct PolicyVersion {
  uint32_t number = 0;
  policy::Digest digest{};  // Engine::version()
  std::vector<policy::PolicySource> sources;
  uint64_t applied_ms = 0;
  std::string user;  // who applied it
  std::string reason;
  std::string approver;  // the second person, where one was needed
};

// A planned set that one person applied and that waits for another. Durable: it outlives a restart.
struct PendingApplication {
  policy::Digest plan{};
  std::vector<policy::PolicySource> sources;
  uint64_t proposed_ms = 0;
  std::string user;
  std::string reason;
};

// Runs in the transaction that makes a version durable: the register's entry.
using AlsoWrite = std::function<absl::Status(store::WriteTransaction&)>;

// How the texts of two sets differ: unified hunks, file by file. Empty if they are equal.
std::string DiffSources(const std::vector<policy::PolicySource>& before,
                        const std::vector<policy::PolicySource>& after);

// The part of `held` that this organisation wrote. We pass on no records of others, so no plan counts them.
policy::Holdings OwnOf(policy::Holdings held, const std::string& self);

class Decisions {
 public:
  // Loads the newest version. `self` is our own organisation. DataLoss when it no longer parses: then nothing is
  // decided and the node does not start. The store outlives this.
  static absl::StatusOr<std::unique_ptr<Decisions>> Open(store::Store& store, std::string self);

  std::shared_ptr<const policy::Engine> engine() const;
  PolicyVersion in_force() const;

  // Circles that exist, for the check of names. Call after each change.
  void SetCircles(std::vector<std::string> circles);

  // Also warns of names that nothing here has: organisations outside `organisations`, tags that no record has, codes
  // that are in no list of the catalogue.
  std::vector<policy::Diagnostic> Check(const std::vector<policy::PolicySource>& sources,
                                        const std::vector<std::string>& organisations) const;
  // The words that policies and cases may use, as Check knows them.
  policy::KnownWords Words(const std::vector<std::string>& organisations) const;
  absl::StatusOr<std::shared_ptr<const policy::Engine>> Compile(const std::vector<policy::PolicySource>& sources) const;
  // Tells what would change for each partner if `after` replaced the engine in force.
  absl::StatusOr<review::Plan> Plan(const policy::Engine& after, const std::vector<policy::Party>& partners) const;

  // Tells what would change for each partner if one set replaced another.
  absl::StatusOr<review::Plan> Compare(const policy::Engine& before, const policy::Engine& after,
                                       const std::vector<policy::Party>& partners) const;

  // How many people it takes to let more go: 1 or 2. Call before others decide.
  void RequireApprovals(uint32_t people);
  uint32_t approvals() const;

  // `engine` must be compiled from the sources of `version`. They become the next version, on disk in one transaction
  // with what `also` writes, and then in force. Returns `version` with its number and digest. Changes that wait for a
  // second person end here, because they were planned against the old policies. Only flow/govern may call this
  // (tests/tidy).
  absl::StatusOr<PolicyVersion> PutInForce(std::shared_ptr<const policy::Engine> engine, PolicyVersion version,
                                           const AlsoWrite& also);

  // The changes that wait for a second person, oldest first.
  absl::StatusOr<std::vector<PendingApplication>> Waiting() const;
  // The change that waits under that plan. NotFound if there is none.
  absl::StatusOr<PendingApplication> Waiting(const policy::Digest& plan) const;
  // At most kMostPending wait: the oldest makes room, so that what nobody approves keeps no other from being proposed.
  static absl::Status Keep(store::WriteTransaction& transaction, const PendingApplication& pending);
  static absl::Status Forget(store::WriteTransaction& transaction, const policy::Digest& plan);

  // Every version there was, newest first, without the sources; ends with number 0, the baseline alone.
  absl::StatusOr<std::vector<PolicyVersion>> History() const;
  // One of them with its sources. NotFound.
  absl::StatusOr<PolicyVersion> Version(uint32_t number) const;

 private:
  Decisions(store::Store& store, std::string self);
  policy::Vocabulary VocabularyNow() const;

  store::Store& store_;
  const std::string self_;
  mutable threads::Mutex mutex_;
  std::vector<std::string> circles_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const policy::Engine> engine_ ABSL_GUARDED_BY(mutex_);
  PolicyVersion in_force_ ABSL_GUARDED_BY(mutex_);
  uint32_t approvals_ ABSL_GUARDED_BY(mutex_) = 1;
};

// The record that a reference of ours means. Authors choose ids, so two authors may use the same one; the local facts
// of the record that bears the reference then say whose is meant. NotFound, or FailedPrecondition if it stays unclear.
absl::StatusOr<uint64_t> FindNamed(const store::Reader& reader, const record::LocalFacts& local,
                                   const record::RecordId& id);

// Stored records as one engine decides about them. Keeps what it interned, so that deciding about one more record with
// a known label is a look-up. One thread.
class Candidates {
 public:
  explicit Candidates(std::shared_ptr<const policy::Engine> engine) : engine_(std::move(engine)) {}

  const policy::Engine& engine() const { return *engine_; }
  // `record` must be held with openings (not erased). DataLoss when what is stored cannot be read.
  absl::StatusOr<policy::Candidate> Of(const store::Reader& reader, const store::StoredRecord& record);
  // The same for a caller who has read the statement and hashed it already.
  absl::StatusOr<policy::Candidate> Of(const store::Reader& reader, const store::StoredRecord& record,
                                       const record::Statement& statement, const crypto::Hash& leaf);

  // The part of a record that may go to `party` (the partner called `partner`) now. Feed, `show --as` and explain all
  // ask here. It is the engine's ruling, without the fields that name records which the partner may not see. A field
  // that names records goes only if something of each of them may go; a link only if something of both ends may go. An
  // end counts as seen if it is ours and something of it may go, or if the partner is its author. A record whose signed
  // handling names circles or organisations goes to nobody.
  absl::StatusOr<policy::Ruling<policy::Disclosure>> Disclose(const store::Reader& reader,
                                                              const store::StoredRecord& record,
                                                              const policy::PartyHandle& party,
                                                              std::string_view partner, int64_t now_ms);
  absl::StatusOr<policy::Ruling<policy::Disclosure>> Disclose(
      const store::Reader& reader, const store::StoredRecord& record, const record::Statement& statement,
      const crypto::Hash& leaf, const policy::PartyHandle& party, std::string_view partner, int64_t now_ms);

 private:
  struct Asking {
    const store::Reader& reader;
    const policy::PartyHandle& party;
    const std::string_view partner;
    const int64_t now_ms;
  };
  absl::StatusOr<policy::Ruling<policy::Disclosure>> Rule(const Asking& asking, const store::StoredRecord& record,
                                                          const record::Statement& statement, const crypto::Hash& leaf,
                                                          int depth);
  absl::StatusOr<bool> Shown(const Asking& asking, const store::StoredRecord& record, const record::Slot& slot,
                             std::string_view value, int depth);
  absl::StatusOr<bool> EndShown(const Asking& asking, const store::StoredRecord& record, const record::RecordId& id,
                                int depth);
  absl::StatusOr<policy::LabelHandle> Label(const store::Reader& reader, uint32_t label_id);
  absl::StatusOr<policy::MarkingHandle> Marking(const std::string& attributes);
  // The times in a record's handling; an organisation marks its records in a few ways.
  struct Times {
    std::optional<int64_t> not_before_ms, expiry_ms;
    bool names_others = false;  // circles or organisations, among its conditions
  };
  absl::StatusOr<Times> TimesOf(const std::string& handling);

  std::shared_ptr<const policy::Engine> engine_;
  std::unordered_map<uint32_t, policy::LabelHandle> labels_;
  std::unordered_map<std::string, policy::MarkingHandle> markings_;
  std::unordered_map<std::string, Times> times_;  // by handling; bounded
};

}  // namespace tidegate::decision

#endif  // TIDEGATE_NODE_DECISION_DECISION_H_
