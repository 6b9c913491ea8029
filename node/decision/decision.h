// decision: which policies are in force on this node, and stored records as the engine decides about them.
//   Takes    policy files that an administrator applies; stored records
//   Gives    the engine in force, its numbered versions, plans over the store's counts, policy::Candidate
//   May call store's small tables and counts, policy, record
//   Must     never put a set in force that does not parse and validate, or that was not planned
//   Threads  Decisions: any thread. Candidates: one thread each
//   Spec     ARCHITECTURE.md §5
#ifndef TIDEGATE_NODE_DECISION_DECISION_H_
#define TIDEGATE_NODE_DECISION_DECISION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::decision {

// A set of policies that was or is in force. Number 0 is the baseline alone.
struct PolicyVersion {
  uint32_t number = 0;
  policy::Digest digest{};  // Engine::version()
  std::vector<policy::PolicySource> sources;
  uint64_t applied_ms = 0;
  std::string user;
  std::string reason;
};

class Decisions {
 public:
  // Loads the newest version. `self` is our own organisation. DataLoss when it no longer parses: then nothing is
  // decided and the node does not start. The store outlives this.
  static absl::StatusOr<std::unique_ptr<Decisions>> Open(store::Store& store, std::string self);

  std::shared_ptr<const policy::Engine> engine() const;
  PolicyVersion in_force() const;

  // Circles that exist, for the check of names. Call after each change.
  void SetCircles(std::vector<std::string> circles);

  std::vector<policy::Diagnostic> Check(const std::vector<policy::PolicySource>& sources) const;
  absl::StatusOr<std::shared_ptr<const policy::Engine>> Compile(const std::vector<policy::PolicySource>& sources) const;
  // What `after` in place of the engine in force would change for each partner.
  absl::StatusOr<policy::Plan> Plan(const policy::Engine& after, const std::vector<policy::Party>& partners) const;

  // Durable, then in force. FailedPrecondition when `plan` is not the digest of a plan made now: policies, partners or
  // labels have changed since. `also` runs in the same transaction (the register's entry).
  absl::StatusOr<PolicyVersion> Apply(
      const std::vector<policy::PolicySource>& sources, const policy::Digest& plan,
      const std::vector<policy::Party>& partners, std::string user, std::string reason, uint64_t now_ms,
      const std::function<absl::Status(store::WriteTransaction&, const PolicyVersion&)>& also);

 private:
  Decisions(store::Store& store, std::string self);
  policy::Vocabulary VocabularyNow() const;

  store::Store& store_;
  const std::string self_;
  mutable std::mutex mutex_;
  // Protected by mutex_.
  std::vector<std::string> circles_;
  std::shared_ptr<const policy::Engine> engine_;
  PolicyVersion in_force_;
  std::mutex applying_;  // one Apply at a time
};

// Stored records as one engine decides about them. Keeps what it interned, so that deciding about one more record with
// a known label is a look-up. One thread.
class Candidates {
 public:
  explicit Candidates(std::shared_ptr<const policy::Engine> engine) : engine_(std::move(engine)) {}

  const policy::Engine& engine() const { return *engine_; }
  // `record` must be held with openings (not erased). DataLoss when what is stored cannot be read.
  absl::StatusOr<policy::Candidate> Of(const store::Reader& reader, const store::StoredRecord& record);

 private:
  absl::StatusOr<policy::LabelHandle> Label(const store::Reader& reader, uint32_t label_id);
  absl::StatusOr<policy::MarkingHandle> Marking(const std::string& attributes);

  std::shared_ptr<const policy::Engine> engine_;
  std::unordered_map<uint32_t, policy::LabelHandle> labels_;
  std::unordered_map<std::string, policy::MarkingHandle> markings_;
};

}  // namespace tidegate::decision

#endif  // TIDEGATE_NODE_DECISION_DECISION_H_
