// govern: what our administrators decide about partners. If a decision may let more go to a partner, it is weighed
// beforehand against what the node holds, and done only as it was shown, by as many people as the node asks for. The
// transaction that does it also writes who did it and why into the register. Then the feeds are told. Policies come
// into force in the same way (govern_policies.h).
#ifndef TIDEGATE_NODE_FLOW_GOVERN_H_
#define TIDEGATE_NODE_FLOW_GOVERN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/flow/act.h"
#include "node/flow/persons.h"
#include "node/flow/proposal.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"
#include "threads/threads.h"

namespace tidegate::flow {

// How much of the records held today a change would let go. It is counted as `policy plan` counts: release and expiry
// play no part.
struct Weighed {
  policy::Digest digest{};
  review::PartnerPlan effect;
  PersonsNamed named;
  // Whether anything goes that does not go now.
  bool opens() const { return effect.records_gained + effect.fields_gained + effect.fields_finer > 0; }
  // Whether something that goes now would no longer go.
  bool closes() const { return effect.records_lost + effect.fields_lost + effect.fields_coarser > 0; }
};

struct Decided {
  Weighed weighed;
  bool pending = false;  // not done: a second, different user must decide the same
  Proposal proposal;
};

// The policies and records that name a circle.
struct Namings {
  std::vector<std::string> policies;  // in force, those of the baseline too: the place of each
  uint64_t records = 0;               // of ours, by a condition
};

// A change that waits for a second person.
struct WaitingChange {
  FirstWord first;
  // What it would let go now. None if the change has lapsed: policies, partners or records changed since, or an older
  // version of the node kept only who proposed it. Nobody can approve it then, but somebody can propose it again.
  std::optional<Weighed> weighed;
};

// Thread-safe.
class Governance {
 public:
  // All outlive this. `record` writes what is proposed and taken back into the register; none only in tests.
  Governance(store::Store& store, partner::Directory& directory, decision::Decisions& decisions,
             std::function<uint64_t()> now_ms, partner::Recorder record = {})
      : store_(store),
        directory_(directory),
        decisions_(decisions),
        now_ms_(std::move(now_ms)),
        record_(std::move(record)) {}

  // Changes nothing. NotFound, PermissionDenied for a fingerprint that is not theirs.
  absl::StatusOr<Weighed> Weigh(const Proposal& proposed) const;

  // Does it. If it opens something: FailedPrecondition without `plan`, or with another digest than Weigh gives now. If
  // the node also asks for two people, the first one's word waits for another's, and the same person again is
  // PermissionDenied.
  absl::StatusOr<Decided> Decide(const Proposal& proposed, const std::optional<policy::Digest>& plan, const Act& act);

  // What names the circle, whether it exists or not.
  absl::StatusOr<Namings> NamingsOf(const std::string& circle) const;

  // Gives a circle another name. This must not change what anybody gets, and nothing may keep a name that means nobody:
  // FailedPrecondition if anything names either name, or if a member would gain or lose anything of what the node
  // holds. NotFound, AlreadyExists.
  absl::StatusOr<partner::Circle> RenameCircle(const std::string& circle, const std::string& name, const Act& act);

  // How many changes wait for a second person, lapsed ones among them.
  absl::StatusOr<size_t> Waiting() const;
  // The changes that wait for a second person, oldest first.
  absl::StatusOr<std::vector<WaitingChange>> Waits() const;
  // The second person's word. NotFound if nothing waits under that digest, FailedPrecondition for what has lapsed.
  absl::StatusOr<Decided> Approve(const policy::Digest& digest, const Act& act);
  // Withdraws a change that waits, also one that somebody else proposed or that has lapsed. NotFound if there is none.
  absl::StatusOr<FirstWord> Withdraw(const policy::Digest& digest, const Act& act);

  // Hold it while policies are put in force: a plan of policies and a plan about a partner are never taken at once,
  // since each was shown without the other.
  threads::Mutex& deciding() { return deciding_; }

 private:
  // The partner's facts as policy reads them, before and after the change.
  struct Change {
    policy::Party before, after;
  };
  absl::StatusOr<Change> ChangeOf(const Proposal& proposed) const;
  // Weigh without the persons, which cost a look into records.
  absl::StatusOr<Weighed> Count(const Change& change) const;
  absl::StatusOr<PersonsNamed> Persons(const Change& change) const;
  // Decide, for who holds deciding_.
  absl::StatusOr<Decided> DecideAlone(const Proposal& proposed, const std::optional<policy::Digest>& plan,
                                      const Act& act) ABSL_EXCLUSIVE_LOCKS_REQUIRED(deciding_);
  // `done` becomes the deed of both people.
  absl::StatusOr<bool> Seconded(const policy::Digest& digest, const Proposal& proposed, const Act& act,
                                partner::Deed& done);
  absl::Status RenameChangesNothing(const partner::Circle& circle, const std::string& name) const;
  // In one transaction: the change, its entry in the register, and the end of the first person's word.
  absl::Status Do(const Proposal& proposed, const partner::Deed& deed, const partner::AlsoWrite& also);

  store::Store& store_;
  partner::Directory& directory_;
  decision::Decisions& decisions_;
  const std::function<uint64_t()> now_ms_;
  const partner::Recorder record_;
  threads::Mutex deciding_;
};

// "Ana" and "ana " are one person, and so is whoever adds what nobody sees.
bool SamePerson(const std::string& a, const std::string& b);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_GOVERN_H_
