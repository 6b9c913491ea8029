// An authorisation evaluates what several policies ask only once. It must answer as if each were evaluated by itself.

#include <gtest/gtest.h>

#include "policy/cedar/cedar.h"
#include "tests/property/cedar/world.h"

namespace tidegate::cedar {
namespace {

// Cedar's rule, policy by policy, by evaluations that share nothing.
Response ByThemselves(const PolicySet& set, const Request& request, const Entities& entities) {
  Response response;
  std::vector<std::string> permits, forbids;
  for (const Policy& policy : set.policies()) {
    std::string error;
    const Outcome outcome = EvaluatePolicy(policy, request, entities, &error);
    if (outcome == Outcome::kError) response.errors.push_back({policy.id(), error});
    if (outcome != Outcome::kSatisfied) continue;
    (policy.effect() == Effect::kForbid ? forbids : permits).push_back(policy.id());
  }
  response.decision = forbids.empty() && !permits.empty() ? Decision::kAllow : Decision::kDeny;
  response.reason = forbids.empty() ? permits : forbids;
  return response;
}

void CheckAnswers(const PolicySet& set, const World& world, const Entities& entities, size_t& decided) {
  for (const WorldRequest& asked : world.requests) {
    const auto context = ContextFromJson(asked.context);
    if (!context.ok()) continue;
    const Request request{EntityUid(asked.principal_type, asked.principal_id),
                          EntityUid(asked.action_type, asked.action_id),
                          EntityUid(asked.resource_type, asked.resource_id), *context};
    const Response together = Authorize(set, request, entities);
    const Response apart = ByThemselves(set, request, entities);
    EXPECT_EQ(together.decision, apart.decision) << set.ToText();
    EXPECT_EQ(together.reason, apart.reason) << set.ToText();
    ASSERT_EQ(together.errors.size(), apart.errors.size()) << set.ToText();
    for (size_t i = 0; i < apart.errors.size(); ++i) {
      EXPECT_EQ(together.errors[i].policy_id, apart.errors[i].policy_id);
      EXPECT_EQ(together.errors[i].message, apart.errors[i].message) << "an error names its own place";
    }
    ++decided;
  }
}

TEST(CedarAnswersPropertyTest, SharedAnswersAreThoseOfEachPolicyByItself) {
  Random random(SeedOrDefault(20240604));
  const size_t worlds = CountOrDefault("TIDEGATE_CEDAR_WORLDS", 300);
  size_t decided = 0;
  for (size_t i = 0; i < worlds && !HasFailure(); ++i) {
    const World world = MakeWorld(random, 10);
    const auto entities = Entities::FromJson(world.entities);
    ASSERT_TRUE(entities.ok()) << entities.status();
    // Every policy three times, so that a shared answer is shared by all.
    PolicySet set;
    for (const char* round : {"a", "b", "c"}) {
      for (size_t p = 0; p < world.policies.size(); ++p) {
        const auto one = PolicySet::Parse(world.policies[p], "p.cedar", round + std::to_string(p) + "-");
        if (!one.ok()) continue;
        ASSERT_TRUE(set.Add(*one).ok());
      }
      for (const WorldLink& link : world.links) {
        PolicySet::Slots slots;
        if (link.principal) slots.emplace(Slot::kPrincipal, EntityUid(link.principal->first, link.principal->second));
        if (link.resource) slots.emplace(Slot::kResource, EntityUid(link.resource->first, link.resource->second));
        set.Link(round + std::to_string(link.policy) + "-0", round + link.id, slots).IgnoreError();
      }
    }
    CheckAnswers(set, world, *entities, decided);
  }
  EXPECT_GT(decided, worlds);
}

TEST(CedarAnswersPropertyTest, MoreQuestionsThanAreKeptAreAskedEachTime) {
  std::string text;
  for (const char* effect : {"permit", "forbid"}) {
    for (int i = 0; i < 400; ++i) {
      text += std::string(effect) + " (principal in G::\"" + std::to_string(i) +
              "\", action, resource) when { principal.n == " + std::to_string(i) + " || principal.n > " +
              std::to_string(400 + i) + " };\n";
    }
  }
  const auto set = PolicySet::Parse(text, "p.cedar");
  ASSERT_TRUE(set.ok()) << set.status();
  for (const int n : {0, 7, 255, 256, 399, 500}) {
    Entity user;
    user.uid = EntityUid("U", "u");
    for (int i = 0; i < 400; i += 3) user.parents.push_back(EntityUid("G", std::to_string(i)));
    user.attrs = {{"n", Value::Long(n)}};
    const auto entities = Entities::Make({user});
    ASSERT_TRUE(entities.ok());
    const Request request{user.uid, EntityUid("Action", "a"), EntityUid("D", "d")};
    const Response together = Authorize(*set, request, *entities);
    EXPECT_EQ(together.reason, ByThemselves(*set, request, *entities).reason) << n;
    EXPECT_EQ(together.reason.empty(), n != 0 && n != 255 && n != 399 && n != 500) << n;
  }
}

// The slots of a template's links differ where their conditions do not.
TEST(CedarAnswersPropertyTest, LinksOfOneTemplateDoNotAnswerForEachOther) {
  auto set = PolicySet::Parse("permit (principal == ?principal, action, resource in ?resource) when { true };");
  ASSERT_TRUE(set.ok());
  for (const char* user : {"ana", "ben", "cyn"}) {
    for (const char* folder : {"x", "y"}) {
      ASSERT_TRUE(set->Link("policy0", std::string(user) + folder,
                            {{Slot::kPrincipal, EntityUid("U", user)}, {Slot::kResource, EntityUid("F", folder)}})
                      .ok());
    }
  }
  Entity doc;
  doc.uid = EntityUid("D", "d");
  doc.parents = {EntityUid("F", "y")};
  const auto entities = Entities::Make({doc});
  ASSERT_TRUE(entities.ok());
  for (const char* user : {"ana", "ben", "cyn"}) {
    const Response response = Authorize(*set, {EntityUid("U", user), EntityUid("Action", "a"), doc.uid}, *entities);
    EXPECT_EQ(response.reason, std::vector<std::string>{std::string(user) + "y"});
  }
}

}  // namespace
}  // namespace tidegate::cedar
