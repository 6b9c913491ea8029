// What names a circle, and how a circle gets another name.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/govern.h"

namespace tidegate::flow {
namespace {

// Records of ours, in the revision that holds now, with a condition that names the circle.
absl::StatusOr<uint64_t> RecordsThatName(store::Store& store, const std::string& self, const std::string& circle) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto held = (*snapshot)->Holdings();
  if (!held.ok()) return held.status();
  const std::string condition = absl::StrCat("circle:", circle);
  uint64_t records = 0;
  for (const policy::RecordCount& count : decision::OwnOf(*std::move(held), self).records) {
    const policy::FactSet& conditions = count.label.conditions;
    if (!conditions.has_value()) continue;
    if (std::find(conditions->begin(), conditions->end(), condition) != conditions->end()) records += count.records;
  }
  return records;
}

}  // namespace

absl::StatusOr<Namings> Governance::NamingsOf(const std::string& circle) const {
  const std::shared_ptr<const policy::Engine> engine = decisions_.engine();
  Namings namings;
  for (const policy::Rule& rule : review::PoliciesThatName(*engine, "Circle", circle)) {
    namings.policies.push_back(rule.Where());
  }
  auto records = RecordsThatName(store_, engine->self(), circle);
  if (!records.ok()) return records.status();
  namings.records = *records;
  return namings;
}

absl::Status Governance::RenameChangesNothing(const partner::Circle& circle, const std::string& name) const {
  for (const std::string& one : {circle.name, name}) {
    auto namings = NamingsOf(one);
    if (!namings.ok()) return namings.status();
    if (!namings->policies.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "flow: ", namings->policies.front(), " names the circle `", one,
          "`, so another name would change what it means. Make the new circle beside the old one, add its members, "
          "plan policies that name the new one, and remove the old one then"));
    }
    if (namings->records > 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "flow: conditions of ", namings->records, namings->records == 1 ? " record name" : " records name",
          " the circle `", one, "`, and another name for the circle does not change them; amend them first"));
    }
  }
  // We know nothing else by which a name could decide. The node still counts whether anybody would get more or less.
  for (const std::string& member : circle.organisations) {
    const partner::PartnerPtr now = directory_.Find(member);
    if (now == nullptr) continue;
    Change change{partner::PartyOf(*now), partner::PartyOf(*now)};
    change.before.confirmed = change.after.confirmed = now->confirmed_by_us && !now->leaving;
    std::erase(change.after.circles, circle.name);
    change.after.circles.push_back(name);
    std::sort(change.after.circles.begin(), change.after.circles.end());
    auto weighed = Count(change);
    if (!weighed.ok()) return weighed.status();
    if (!weighed->opens() && !weighed->closes()) continue;
    return absl::FailedPreconditionError(absl::StrCat("flow: `", member, "` would get more or less if the circle `",
                                                      circle.name, "` were called `", name,
                                                      "`; make the new circle beside the old one"));
  }
  return absl::OkStatus();
}

absl::StatusOr<partner::Circle> Governance::RenameCircle(const std::string& circle, const std::string& name,
                                                         const Act& act) {
  const threads::MutexLock one_at_a_time(deciding_);
  const std::vector<partner::Circle> circles = directory_.Circles();
  const auto known =
      std::find_if(circles.begin(), circles.end(), [&](const partner::Circle& one) { return one.name == circle; });
  if (known != circles.end()) {
    if (auto nothing = RenameChangesNothing(*known, name); !nothing.ok()) return nothing;
  }
  return directory_.RenameCircle(circle, name, act.deed());
}

}  // namespace tidegate::flow
