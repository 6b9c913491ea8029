// A printed policy, as text or as JSON, parses to an equal policy, and printing that gives the same text again.

#include <gtest/gtest.h>

#include "policy/cedar/cedar.h"
#include "tests/property/cedar/world.h"

namespace tidegate::cedar {
namespace {

void CheckRoundTrips(const Policy& policy) {
  const std::string text = policy.ToText();
  const auto from_text = PolicySet::Parse(text);
  ASSERT_TRUE(from_text.ok()) << text << "\n" << from_text.status();
  const Policy& again = policy.is_template() ? from_text->templates().at(0) : from_text->policies().at(0);
  EXPECT_TRUE(again.SameMeaningAs(policy)) << policy.SourceText() << "\nprinted as\n" << text;
  EXPECT_EQ(again.ToText(), text);
  const auto from_json = PolicySet::PolicyFromJson(policy.ToJson(), "p");
  ASSERT_TRUE(from_json.ok()) << policy.ToJson() << "\n" << from_json.status();
  const Policy& third = policy.is_template() ? from_json->templates().at(0) : from_json->policies().at(0);
  EXPECT_TRUE(third.SameMeaningAs(policy)) << policy.SourceText() << "\nas JSON\n" << policy.ToJson();
}

TEST(CedarPrinterPropertyTest, ParsingWhatIsPrintedIsTheIdentity) {
  Random random(SeedOrDefault(20240601));
  const size_t worlds = CountOrDefault("TIDEGATE_CEDAR_WORLDS", 600);
  size_t parsed = 0;
  for (size_t i = 0; i < worlds && !HasFailure(); ++i) {
    const World world = MakeWorld(random, 0);
    for (const auto* texts : {&world.policies, &world.policy_candidates}) {
      for (const std::string& text : *texts) {
        const auto set = PolicySet::Parse(text);
        if (!set.ok()) continue;
        for (const auto* list : {&set->policies(), &set->templates()}) {
          for (const Policy& policy : *list) {
            ++parsed;
            CheckRoundTrips(policy);
          }
        }
      }
    }
  }
  EXPECT_GT(parsed, worlds);
}

TEST(CedarPrinterPropertyTest, EntitiesComeBackFromTheirJson) {
  Random random(SeedOrDefault(20240602));
  for (int i = 0; i < 300; ++i) {
    const World world = MakeWorld(random, 0);
    const auto entities = Entities::FromJson(world.entities);
    ASSERT_TRUE(entities.ok()) << entities.status() << world.entities;
    const auto again = Entities::FromJson(entities->ToJson());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->ToJson(), entities->ToJson());
  }
}

// A request that is cut down to what policies read must get the same answers.
TEST(CedarPrinterPropertyTest, WhatIsNotReadDoesNotMatter) {
  Random random(SeedOrDefault(20240603));
  for (int i = 0; i < 300; ++i) {
    const World world = MakeWorld(random, 4);
    const auto entities = Entities::FromJson(world.entities);
    ASSERT_TRUE(entities.ok());
    for (const std::string& text : world.policies) {
      const auto set = PolicySet::Parse(text);
      if (!set.ok() || set->policies().empty()) continue;
      const Policy& policy = set->policies()[0];
      for (const WorldRequest& r : world.requests) {
        Request full;
        full.principal = EntityUid(r.principal_type, r.principal_id);
        full.action = EntityUid(r.action_type, r.action_id);
        full.resource = EntityUid(r.resource_type, r.resource_id);
        full.context = *ContextFromJson(r.context);
        Request part = full;
        std::vector<Value::Field> kept;
        bool whole = false;
        for (const AttributePath& p : policy.AttributePathsRead()) {
          if (p.root != Variable::kContext) continue;
          whole = whole || p.steps.empty();
          if (p.steps.empty()) continue;
          if (const Value* v = full.context.Find(p.steps[0])) kept.emplace_back(p.steps[0], *v);
        }
        if (!whole) part.context = Value::Record(kept);
        EXPECT_EQ(EvaluatePolicy(policy, full, *entities), EvaluatePolicy(policy, part, *entities))
            << text << r.context;
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::cedar
