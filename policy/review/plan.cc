#include "policy/review/plan.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/label/label.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

constexpr std::string_view kPersonal = "personal";  // the class of fields that say who somebody is

// The fields of one slot, of records with one label, that bear one marking and are held alike.
struct Row {
  uint16_t slot;
  HeldRungs held;
  uint64_t fields;
  MarkingHandle marking_before, marking_after;
};

// All that is held with one label.
struct Group {
  const RecordCount* count;
  LabelHandle label_before, label_after;
  std::vector<Row> rows;
};

std::string KeyOf(const Label& label, uint32_t kind) {
  Writer key;
  key.U32(kind);
  key.Text(EncodeLabel(label));
  return std::move(key).Take();
}

// A plan while its changes are still summed up, by kind, slot, rung before and rung after.
struct Counted : PartnerPlan {
  std::map<std::tuple<uint32_t, uint16_t, int8_t, int8_t>, uint64_t> changed;
};

class Planning {
 public:
  Planning(const Engine& before, const Engine& after) : before_(before), after_(after) {}

  absl::Status Gather(const Holdings& holdings) {
    for (const RecordCount& count : holdings.records) {
      Group group{&count, before_.Intern(count.label), after_.Intern(count.label), {}};
      if (!groups_.emplace(KeyOf(count.label, count.kind), std::move(group)).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("policy: plan: a label of kind ", count.kind, " is counted twice"));
      }
    }
    // Stores list the rows of one label together, and few markings exist: most rows need no look-up at all.
    const FieldCount* last = nullptr;
    auto group = groups_.end();
    absl::flat_hash_map<FieldMarking, std::pair<MarkingHandle, MarkingHandle>> markings;
    for (const FieldCount& count : holdings.fields) {
      if (last == nullptr || last->kind != count.kind || last->label != count.label) {
        group = groups_.find(KeyOf(count.label, count.kind));
      }
      last = &count;
      const KindShape* kind = after_.FindKind(count.kind);
      if (kind == nullptr || count.slot >= kind->slots.size() || group == groups_.end()) {
        return absl::InvalidArgumentError(absl::StrCat("policy: plan: field counts of kind ", count.kind, ", slot ",
                                                       count.slot, ", belong to no kind or no counted record"));
      }
      const auto [marking, fresh] = markings.try_emplace(count.marking);
      if (fresh) marking->second = {before_.Intern(count.marking), after_.Intern(count.marking)};
      group->second.rows.push_back(
          Row{count.slot, count.held, count.fields, marking->second.first, marking->second.second});
    }
    return absl::OkStatus();
  }

  PartnerPlan For(const Party& partner_before, const Party& partner_after) const {
    Counted plan;
    plan.partner = partner_after.organisation;
    const PartyHandle then = before_.Intern(partner_before);
    const PartyHandle now = after_.Intern(partner_after);
    for (const auto& entry : groups_) Add(entry.second, then, now, plan);
    std::stable_sort(plan.changes.begin(), plan.changes.end(),
                     [](const Change& a, const Change& b) { return a.records > b.records; });
    if (plan.changes.size() > kMostChanges) plan.changes.resize(kMostChanges);
    for (const auto& [what, fields] : plan.changed) {
      const auto& [kind, slot, old_rung, new_rung] = what;
      plan.field_changes.push_back({kind, slot, old_rung, new_rung, fields});
    }
    PartnerPlan done(std::move(plan));
    return done;
  }

  Digest DigestOf(const std::vector<Party>& partners, const std::vector<PartnerPlan>& plans, HashFunction hash) const {
    Writer out;
    out.Text("tidegate policy plan 2");
    for (const Digest* version : {&before_.version(), &after_.version()}) {
      out.Text(std::string_view(reinterpret_cast<const char*>(version->data()), version->size()));
    }
    std::vector<std::string> facts;
    facts.reserve(partners.size());
    for (const Party& partner : partners) facts.push_back(EncodeParty(partner));
    out.Texts(SortedUnique(std::move(facts)));
    std::vector<std::string> changes;
    changes.reserve(plans.size());
    for (const PartnerPlan& plan : plans) changes.push_back(Encoded(plan));
    out.Texts(SortedUnique(std::move(changes)));
    return hash(std::move(out).Take());
  }

 private:
  static void U64(Writer& out, uint64_t number) {
    out.U32(static_cast<uint32_t>(number >> 32));
    out.U32(static_cast<uint32_t>(number));
  }

  // All that a partner gains and loses.
  static std::string Encoded(const PartnerPlan& plan) {
    Writer out;
    out.Text(plan.partner);
    U64(out, plan.records_gained);
    U64(out, plan.records_lost);
    out.U32(static_cast<uint32_t>(plan.field_changes.size()));
    for (const FieldChange& change : plan.field_changes) {
      out.U32(change.kind);
      out.U32(change.slot);
      out.U8(static_cast<uint8_t>(change.before));
      out.U8(static_cast<uint8_t>(change.after));
      U64(out, change.fields);
    }
    return std::move(out).Take();
  }

  void Add(const Group& group, const PartyHandle& then, const PartyHandle& now, Counted& plan) const {
    const uint32_t kind = group.count->kind;
    const std::shared_ptr<const Mask> old_mask = before_.MaskFor(then, group.label_before, kind);
    const std::shared_ptr<const Mask> new_mask = after_.MaskFor(now, group.label_after, kind);
    const uint64_t records = group.count->records;
    if (old_mask->travels) plan.records_before += records;
    if (new_mask->travels) plan.records_after += records;
    if (new_mask->travels && !old_mask->travels) plan.records_gained += records;
    if (old_mask->travels && !new_mask->travels) plan.records_lost += records;
    bool differs = old_mask->rungs != new_mask->rungs;
    for (const Row& row : group.rows) {
      const int8_t old_rung = RungOf(before_, then, group.label_before, kind, old_mask, row.marking_before, row);
      const int8_t new_rung = RungOf(after_, now, group.label_after, kind, new_mask, row.marking_after, row);
      differs = differs || old_rung != new_rung;
      if (old_rung != kWithheld) plan.fields_before += row.fields;
      if (new_rung != kWithheld) plan.fields_after += row.fields;
      if (old_rung == new_rung) continue;
      const bool more = new_rung != kWithheld && (old_rung == kWithheld || new_rung < old_rung);
      if (more && after_.FindKind(kind)->slots[row.slot].field_class == kPersonal) plan.personal_gained += row.fields;
      plan.changed[{kind, row.slot, old_rung, new_rung}] += row.fields;
      if (old_rung == kWithheld) {
        plan.fields_gained += row.fields;
      } else if (new_rung == kWithheld) {
        plan.fields_lost += row.fields;
      } else {
        (new_rung < old_rung ? plan.fields_finer : plan.fields_coarser) += row.fields;
      }
    }
    if (differs) plan.changes.push_back(Change{group.count->label, kind, records, old_mask->rungs, new_mask->rungs});
  }

  // As Engine::Disclose decides for one field.
  static int8_t RungOf(const Engine& engine, const PartyHandle& party, const LabelHandle& label, uint32_t kind,
                       const std::shared_ptr<const Mask>& mask, const MarkingHandle& marking, const Row& row) {
    if (!mask->travels) return kWithheld;
    if (marking == nullptr) return GoingRung(mask->rungs[row.slot], row.held);
    return GoingRung(engine.MaskFor(party, label, kind, marking)->rungs[row.slot], row.held);
  }

  const Engine& before_;
  const Engine& after_;
  std::map<std::string, Group> groups_;
};

}  // namespace

absl::StatusOr<Plan> MakePlan(const Engine& before, const Engine& after, const Holdings& holdings,
                              const std::vector<Party>& partners) {
  if (before.kinds() != after.kinds()) {
    return absl::InvalidArgumentError("policy: plan: the two policy versions are over different catalogues");
  }
  Planning planning(before, after);
  if (absl::Status status = planning.Gather(holdings); !status.ok()) return status;
  Plan plan;
  for (const Party& partner : partners) plan.partners.push_back(planning.For(partner, partner));
  plan.rules = DiffRules(before, after);
  plan.digest = planning.DigestOf(partners, plan.partners, after.hash_function());
  return plan;
}

absl::StatusOr<Plan> MakePartyPlan(const Engine& engine, const Holdings& holdings, const Party& before,
                                   const Party& after) {
  Planning planning(engine, engine);
  if (absl::Status status = planning.Gather(holdings); !status.ok()) return status;
  Plan plan;
  plan.partners.push_back(planning.For(before, after));
  // Which facts are to be replaced by which: not a set, as where policies change.
  const Digest all = planning.DigestOf({before, after}, plan.partners, engine.hash_function());
  Writer out;
  out.Text("tidegate party plan 1");
  out.Text(std::string_view(reinterpret_cast<const char*>(all.data()), all.size()));
  out.Text(EncodeParty(before));
  out.Text(EncodeParty(after));
  plan.digest = engine.hash_function()(std::move(out).Take());
  return plan;
}

std::string Plan::ToString() const {
  std::string text;
  for (const PartnerPlan& partner : partners) {
    absl::StrAppend(&text, partner.partner, ": records ", partner.records_before, " -> ", partner.records_after, " (+",
                    partner.records_gained, " -", partner.records_lost, "), fields ", partner.fields_before, " -> ",
                    partner.fields_after, " (+", partner.fields_gained, " -", partner.fields_lost, ", finer ",
                    partner.fields_finer, ", coarser ", partner.fields_coarser, ")\n");
  }
  return text;
}

}  // namespace tidegate::review
