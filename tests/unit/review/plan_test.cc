// Plans: what partners gain and lose, and a digest that changes with what was shown.
#include "policy/review/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

constexpr char kToRegion[] = R"(
permit (principal in Circle::"lantern", action == Action::"disclose", resource in Precision::"place.region")
when { resource.record.tlp in Tlp::"GREEN" };)";
constexpr char kToCountryAndTitle[] = R"(
permit (principal in Circle::"lantern", action == Action::"disclose", resource in Precision::"place.country")
when { resource.record.tlp in Tlp::"AMBER" };
permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.title")
when { resource.record.tlp in Tlp::"AMBER" };)";

Label Amber() {
  Label label = OpenLabel();
  label.tlp = "AMBER";
  return label;
}

Holdings SomeHoldings() {
  Holdings held;
  held.records = {{OpenLabel(), kReport, 10}, {Amber(), kReport, 4}};
  held.fields = {{OpenLabel(), kReport, kTitle, 1, {}, 10},
                 {OpenLabel(), kReport, kWhere, HeldFrom(0, 4), {}, 6},
                 {OpenLabel(), kReport, kWhere, HeldFrom(3, 4), {}, 3},
                 {OpenLabel(), kReport, kWhere, HeldFrom(0, 4), {"RED", {}, {}, {}, {}}, 1},
                 {Amber(), kReport, kTitle, 1, {}, 4},
                 {Amber(), kReport, kWhere, HeldFrom(1, 4), {}, 2}};
  return held;
}

TEST(Plan, CountsWhatEachPartnerGainsAndLoses) {
  const auto before = EngineWith(kToRegion), after = EngineWith(kToCountryAndTitle);
  const auto plan = MakePlan(*before, *after, SomeHoldings(), {Bank(), Charity()});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->partners.size(), 2u);
  const PartnerPlan& bank = plan->partners[0];
  EXPECT_EQ(bank.records_before, 10u);
  EXPECT_EQ(bank.records_after, 14u);
  EXPECT_EQ(bank.records_gained, 4u);
  EXPECT_EQ(bank.records_lost, 0u);
  EXPECT_EQ(bank.fields_before, 9u) << "the place, but for the one marked RED";
  EXPECT_EQ(bank.fields_after, 10u + 9u + 4u + 2u);
  EXPECT_EQ(bank.fields_gained, 10u + 4u + 2u);
  EXPECT_EQ(bank.fields_lost, 0u);
  EXPECT_EQ(bank.fields_coarser, 6u) << "from region to country; three were at country already";
  EXPECT_EQ(bank.fields_finer, 0u);
  ASSERT_EQ(bank.changes.size(), 2u);
  EXPECT_EQ(bank.changes[0].records, 10u);
  EXPECT_EQ(bank.changes[0].before[kWhere], 2);
  EXPECT_EQ(bank.changes[0].after[kWhere], 3);
  const PartnerPlan& charity = plan->partners[1];
  EXPECT_EQ(charity.records_after, 0u);
  EXPECT_TRUE(charity.changes.empty());

  const auto back = MakePlan(*after, *before, SomeHoldings(), {Bank()});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->partners[0].records_lost, 4u);
  EXPECT_EQ(back->partners[0].fields_lost, 16u);
  EXPECT_EQ(back->partners[0].fields_finer, 6u);
  EXPECT_THAT(back->ToString(), testing::HasSubstr("first-bank: records 14 -> 10 (+0 -4)"));
}

TEST(Plan, OfAPartnersFactsCountsWhatTheyOpen) {
  const auto engine = EngineWith(kToRegion);
  Party outside = Bank();
  outside.circles = {};
  const auto plan = MakePartyPlan(*engine, SomeHoldings(), outside, Bank());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->partners.front().records_gained, 10u);
  EXPECT_EQ(plan->partners.front().fields_gained, 9u);
  const auto back = MakePartyPlan(*engine, SomeHoldings(), Bank(), outside);
  EXPECT_EQ(back->partners.front().records_lost, 10u);
  EXPECT_NE(back->digest, plan->digest) << "which facts replace which";
  Party elsewhere = Bank();
  elsewhere.country = "FR";
  EXPECT_NE(MakePartyPlan(*engine, SomeHoldings(), outside, elsewhere)->digest, plan->digest);
}

TEST(Plan, TheSameSetChangesNothing) {
  const auto engine = EngineWith(kToRegion);
  const auto plan = MakePlan(*engine, *engine, SomeHoldings(), {Bank()});
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->partners[0].changes.empty());
  EXPECT_EQ(plan->partners[0].fields_gained + plan->partners[0].fields_lost, 0u);
}

TEST(Plan, NamesFieldsAndTheirRungs) {
  const auto before = EngineWith(kToRegion), after = EngineWith(kToCountryAndTitle);
  const auto plan = MakePlan(*before, *after, SomeHoldings(), {Bank()});
  ASSERT_TRUE(plan.ok());
  std::vector<std::string> told;
  for (const FieldChange& change : plan->partners[0].field_changes) {
    const SlotShape& slot = after->FindKind(change.kind)->slots[change.slot];
    const auto rung = [&](int8_t at) {
      return at == kWithheld ? std::string("nothing") : slot.precisions[static_cast<size_t>(at)];
    };
    told.push_back(slot.name + " " + rung(change.before) + " -> " + rung(change.after) + " " +
                   std::to_string(change.fields));
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre("title nothing -> whole 14", "where nothing -> place.country 2",
                                                  "where place.region -> place.country 6"));
  EXPECT_EQ(plan->partners[0].fields_gained, 16u) << "as the changes say";
}

TEST(Plan, NamesPoliciesThatComeAndGo) {
  const auto before = EngineWith(
      "@id(\"a\") permit (principal, action == Action::\"disclose\", resource);\n@id(\"b\") forbid (principal, action "
      "== Action::\"disclose\", resource in Slot::\"report.title\");");
  const auto after = EngineWith(
      "@id(\"a\") permit (principal, action == Action::\"disclose\", resource in FieldClass::\"analytic\");");
  const auto plan = MakePlan(*before, *after, SomeHoldings(), {Bank()});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->rules.size(), 2u);
  EXPECT_EQ(plan->rules[0].kind, RuleDifference::Kind::kChanged);
  EXPECT_EQ(plan->rules[0].rule.id, "a");
  EXPECT_EQ(plan->rules[1].kind, RuleDifference::Kind::kRemoved);
  EXPECT_EQ(plan->rules[1].rule.id, "b");
  EXPECT_EQ(plan->rules[1].rule.effect, Effect::kForbid);
}

TEST(Plan, TheOrderOfFilesIsNoChange) {
  const PolicySource one{"one.cedar", kToRegion}, two{"two.cedar", kToCountryAndTitle};
  const auto engine = [](std::vector<PolicySource> sources) {
    return *Engine::Create(sources, Catalogue(), CharityVocabulary(), &Sha256);
  };
  const auto in_order = engine({one, two}), turned = engine({two, one});
  EXPECT_EQ(in_order->version(), turned->version());
  EXPECT_NE(in_order->version(), engine({one})->version());
  const auto before = EngineWith("");
  EXPECT_EQ(MakePlan(*before, *in_order, SomeHoldings(), {Bank()})->digest,
            MakePlan(*before, *turned, SomeHoldings(), {Bank()})->digest);
}

TEST(Plan, DigestNamesPoliciesPartnersAndWhatTheyGainAndLose) {
  const auto before = EngineWith(kToRegion), after = EngineWith(kToCountryAndTitle);
  const auto digest = [&](const Engine& from, const Engine& to, const Holdings& held,
                          const std::vector<Party>& partners) { return MakePlan(from, to, held, partners)->digest; };
  const Holdings held = SomeHoldings();
  const Digest shown = digest(*before, *after, held, {Bank(), Police()});
  EXPECT_EQ(shown, digest(*before, *after, held, {Police(), Bank()}));
  Holdings busier = held;
  busier.records[0].records += 5;
  EXPECT_EQ(shown, digest(*before, *after, busier, {Bank(), Police()})) << "records that nobody gains or loses";
  busier.records[1].records += 1;
  EXPECT_NE(shown, digest(*before, *after, busier, {Bank(), Police()})) << "one more record goes to the bank";
  busier = held;
  busier.fields[5].held = HeldFrom(3, 4);
  EXPECT_EQ(shown, digest(*before, *after, busier, {Bank(), Police()})) << "the country goes as before";
  busier.fields[5].fields += 1;
  EXPECT_NE(shown, digest(*before, *after, busier, {Bank(), Police()})) << "of one more record";
  EXPECT_NE(shown, digest(*before, *before, held, {Bank(), Police()}));
  EXPECT_NE(shown, digest(*after, *before, held, {Bank(), Police()}));
  Party other = Bank();
  other.country = "FR";
  EXPECT_NE(shown, digest(*before, *after, held, {other, Police()}));
}

TEST(Plan, RefusesCountsThatContradictThemselves) {
  const auto engine = EngineWith(kToRegion);
  Holdings held = SomeHoldings();
  held.records.push_back(held.records[0]);
  EXPECT_FALSE(MakePlan(*engine, *engine, held, {}).ok());
  held = SomeHoldings();
  held.fields[0].slot = 99;
  EXPECT_FALSE(MakePlan(*engine, *engine, held, {}).ok());
  held = SomeHoldings();
  held.records.erase(held.records.begin());
  EXPECT_FALSE(MakePlan(*engine, *engine, held, {}).ok());
}

}  // namespace
}  // namespace tidegate::review
