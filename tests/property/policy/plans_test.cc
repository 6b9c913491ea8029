// A plan, which sees only counts, equals a comparison of every record's decision before and after.
#include <gtest/gtest.h>

#include <map>

#include "policy/review/review.h"
#include "tests/property/policy/random_policies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

struct Held {
  Label label;
  uint32_t kind;
  struct Field {
    uint16_t slot;
    HeldRungs rungs;
    FieldMarking marking;
  };
  std::vector<Field> fields;
};

Held RandomRecord(Dice& dice, const std::vector<Label>& labels, const std::vector<FieldMarking>& markings) {
  Held record;
  record.label = labels[dice.Below(labels.size())];
  const KindShape shape = record.label.kind == "report" ? Catalogue()[0] : Catalogue()[1];
  record.kind = shape.number;
  for (size_t slot = 0; slot < shape.slots.size(); ++slot) {
    if (dice.OneIn(3)) continue;
    const size_t rungs = shape.slots[slot].precisions.size();
    HeldRungs held = HeldFrom(static_cast<int8_t>(dice.Below(rungs)), rungs);
    if (dice.OneIn(4)) held &= static_cast<HeldRungs>(dice.Below(1u << rungs));
    record.fields.push_back({static_cast<uint16_t>(slot), held, markings[dice.Below(markings.size())]});
  }
  return record;
}

Holdings CountsOf(const std::vector<Held>& records) {
  std::map<std::string, RecordCount> by_label;
  std::map<std::string, FieldCount> by_field;
  for (const Held& record : records) {
    const std::string label = EncodeLabel(record.label);
    RecordCount& count = by_label.try_emplace(label, RecordCount{record.label, record.kind, 0}).first->second;
    ++count.records;
    for (const Held::Field& field : record.fields) {
      const std::string key = label + '/' + std::to_string(field.slot) + '/' + std::to_string(field.rungs) + '/' +
                              EncodeMarking(field.marking);
      ++by_field.try_emplace(key, FieldCount{record.label, record.kind, field.slot, field.rungs, field.marking, 0})
            .first->second.fields;
    }
  }
  Holdings held;
  for (const auto& entry : by_label) held.records.push_back(entry.second);
  for (const auto& entry : by_field) held.fields.push_back(entry.second);
  return held;
}

Rungs Decision(const Engine& engine, const Party& party, const Held& record, bool& travels) {
  Candidate candidate{LeafOf(1), record.kind, engine.Intern(record.label), {}, {}, {}};
  for (const Held::Field& field : record.fields) {
    candidate.fields.push_back({field.slot, field.rungs, engine.Intern(field.marking)});
  }
  const auto ruling = engine.Disclose(engine.Intern(party), candidate, 0);
  travels = ruling.allowed();
  return travels ? ruling->rungs() : Rungs(engine.FindKind(record.kind)->slots.size(), kWithheld);
}

PartnerPlan BruteForce(const Engine& before, const Engine& after, const std::vector<Held>& records,
                       const Party& party) {
  PartnerPlan plan;
  for (const Held& record : records) {
    bool went = false, goes = false;
    const Rungs old_rungs = Decision(before, party, record, went);
    const Rungs new_rungs = Decision(after, party, record, goes);
    plan.records_before += went;
    plan.records_after += goes;
    plan.records_gained += goes && !went;
    plan.records_lost += went && !goes;
    for (size_t slot = 0; slot < old_rungs.size(); ++slot) {
      const int8_t then = old_rungs[slot], now = new_rungs[slot];
      plan.fields_before += then != kWithheld;
      plan.fields_after += now != kWithheld;
      plan.fields_gained += then == kWithheld && now != kWithheld;
      plan.fields_lost += then != kWithheld && now == kWithheld;
      plan.fields_finer += then != kWithheld && now != kWithheld && now < then;
      plan.fields_coarser += then != kWithheld && now != kWithheld && now > then;
    }
  }
  return plan;
}

TEST(Plans, EqualBruteForceOverEveryRecord) {
  Dice dice(Seed());
  uint64_t moved = 0;
  for (int round = 0; round < Rounds(20); ++round) {
    const auto before = EngineWith(RandomPolicies(dice)), after = EngineWith(RandomPolicies(dice));
    std::vector<Label> labels;
    for (int i = 0; i < 6; ++i) labels.push_back(RandomLabel(dice, dice.OneIn(3) ? "person" : "report"));
    for (int i = 0; i < 4; ++i) {
      labels.push_back(OpenLabel());
      labels.back().tlp = dice.Of(Tlps());
      labels.back().source_grade = dice.Of({"1", "2"});
    }
    for (Label& label : labels) Normalise(label);
    const std::vector<FieldMarking> markings = {{}, {}, RandomMarking(dice), RandomMarking(dice)};
    std::vector<Held> records;
    for (int i = 0; i < 120; ++i) records.push_back(RandomRecord(dice, labels, markings));
    const std::vector<Party> parties = {Police(), Bank(), RandomParty(dice)};
    const auto plan = MakePlan(*before, *after, CountsOf(records), parties);
    ASSERT_TRUE(plan.ok()) << plan.status();
    for (size_t i = 0; i < parties.size(); ++i) {
      const PartnerPlan& planned = plan->partners[i];
      const PartnerPlan counted = BruteForce(*before, *after, records, parties[i]);
      EXPECT_EQ(planned.records_before, counted.records_before);
      EXPECT_EQ(planned.records_after, counted.records_after);
      EXPECT_EQ(planned.records_gained, counted.records_gained);
      EXPECT_EQ(planned.records_lost, counted.records_lost);
      EXPECT_EQ(planned.fields_before, counted.fields_before);
      EXPECT_EQ(planned.fields_after, counted.fields_after);
      EXPECT_EQ(planned.fields_gained, counted.fields_gained);
      EXPECT_EQ(planned.fields_lost, counted.fields_lost);
      EXPECT_EQ(planned.fields_finer, counted.fields_finer);
      EXPECT_EQ(planned.fields_coarser, counted.fields_coarser);
      moved += planned.fields_gained + planned.fields_lost;
    }
  }
  EXPECT_GT(moved, 0u) << "nothing ever changed: the test proves little";
}

}  // namespace
}  // namespace tidegate::review
