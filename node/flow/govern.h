// govern: what our administrators decide about partners. Whatever lets more go to one is weighed beforehand against
// what the node holds, done only as it was shown, by as many people as the node asks for, and stands in the register
// with who and why in the transaction that does it.
#ifndef TIDEGATE_NODE_FLOW_GOVERN_H_
#define TIDEGATE_NODE_FLOW_GOVERN_H_

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::flow {

// A change that may let more go: a confirmation with what we say of the partner, or a circle that it is put into.
struct Proposal {
  std::string organisation;
  std::string fingerprint = {};  // of a confirmation
  partner::Facts facts = {};     // likewise
  std::string circle = {};       // of the other; then the two above are empty
};

// What of the records held today it would change, counted as `policy plan` counts: instants play no part.
struct Weighed {
  policy::Digest digest{};
  review::PartnerPlan effect;
  // Whether anything goes that does not go now.
  bool opens() const { return effect.records_gained + effect.fields_gained + effect.fields_finer > 0; }
};

struct Decided {
  Weighed weighed;
  bool pending = false;  // not done: a second, different user must decide the same
};

// Thread-safe.
class Governance {
 public:
  // All outlive this.
  Governance(store::Store& store, partner::Directory& directory, decision::Decisions& decisions)
      : store_(store), directory_(directory), decisions_(decisions) {}

  // Changes nothing. NotFound, PermissionDenied for a fingerprint that is not theirs.
  absl::StatusOr<Weighed> Weigh(const Proposal& proposed) const;

  // Does it. Where it opens something: FailedPrecondition without `plan`, or with another than Weigh gives now; and
  // where the node asks for two people, the first one's word is kept until another's comes, PermissionDenied for the
  // same one again. `named` says whether `deed.user` is somebody in particular.
  absl::StatusOr<Decided> Decide(const Proposal& proposed, const std::optional<policy::Digest>& plan,
                                 const partner::Deed& deed, bool named);

  // Held by whoever puts policies in force: a plan of policies and a plan about a partner are never taken at once,
  // since each was shown without the other.
  std::unique_lock<std::mutex> OneAtATime() { return std::unique_lock(deciding_); }

 private:
  absl::StatusOr<bool> Seconded(const policy::Digest& digest, partner::Deed& deed, bool named);
  absl::Status Do(const Proposal& proposed, const partner::Deed& deed);

  store::Store& store_;
  partner::Directory& directory_;
  decision::Decisions& decisions_;
  std::mutex deciding_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_GOVERN_H_
