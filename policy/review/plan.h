// A plan: what a new policy set would change. It is computed from the counts that a store keeps, so it is exact and
// reads no record.
#ifndef TIDEGATE_POLICY_REVIEW_PLAN_H_
#define TIDEGATE_POLICY_REVIEW_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/review/matrix.h"

namespace tidegate::review {

// Records of one label. The same changes for all of them. Sorted by their number, the largest first.
struct Change {
  policy::Label label;
  uint32_t kind = 0;
  uint64_t records = 0;
  policy::Rungs before;  // of fields without marking
  policy::Rungs after;
};

// Fields of one slot that go at another rung than before, in all records together.
struct FieldChange {
  uint32_t kind = 0;
  uint16_t slot = 0;
  int8_t before = policy::kWithheld;
  int8_t after = policy::kWithheld;
  uint64_t fields = 0;
};

struct PartnerPlan {
  std::string partner;
  uint64_t records_before = 0, records_after = 0;
  uint64_t records_gained = 0, records_lost = 0;
  uint64_t fields_before = 0, fields_after = 0;
  uint64_t fields_gained = 0, fields_lost = 0;    // from nothing, to nothing
  uint64_t fields_finer = 0, fields_coarser = 0;  // still there, at another rung
  uint64_t personal_gained = 0;                   // of those gained or finer, fields of class `personal`
  std::vector<FieldChange> field_changes;         // by kind, slot, and rungs
  std::vector<Change> changes;                    // at most kMostChanges
};

inline constexpr size_t kMostChanges = 100;

struct Plan {
  std::vector<PartnerPlan> partners;  // in the order given
  std::vector<RuleDifference> rules;  // policies that are added, dropped or changed
  // The digest of both policy versions, the partners' facts, and all that each partner gains and loses, with its
  // counts. `apply` computes it again and refuses if it differs from the digest that was shown. A record for which
  // nothing changes is no part of it; otherwise a busy node could never apply. The order of files is no part of it
  // either.
  policy::Digest digest{};

  std::string ToString() const;  // a table for people
};

// `before` and `after` must have been created over the same kinds. Instants do not matter: an expired record counts.
// Errors: kInvalidArgument for a count that names no slot of its kind.
absl::StatusOr<Plan> MakePlan(const policy::Engine& before, const policy::Engine& after,
                              const policy::Holdings& holdings, const std::vector<policy::Party>& partners);

// Plans what would change for one partner, under the policies of one engine, if the facts `after` replaced `before`.
// The digest names the policies, both sets of facts and the labels that exist.
absl::StatusOr<Plan> MakePartyPlan(const policy::Engine& engine, const policy::Holdings& holdings,
                                   const policy::Party& before, const policy::Party& after);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_PLAN_H_
