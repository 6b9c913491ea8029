#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

PolicySet Parsed(const std::string& text) {
  const auto set = PolicySet::Parse(text);
  EXPECT_TRUE(set.ok()) << set.status();
  return *set;
}

Request AliceViews() {
  Request request;
  request.principal = EntityUid("User", "alice");
  request.action = EntityUid("Action", "view");
  request.resource = EntityUid("Doc", "d");
  return request;
}

using Ids = std::vector<std::string>;

TEST(CedarAuthorizerTest, NoPolicyDenies) {
  const Response r = Authorize(PolicySet(), AliceViews(), Entities());
  EXPECT_EQ(r.decision, Decision::kDeny);
  EXPECT_TRUE(r.reason.empty());
  EXPECT_TRUE(r.errors.empty());
}

TEST(CedarAuthorizerTest, APermitAllowsAndAForbidOverrides) {
  const PolicySet permits = Parsed(
      "permit(principal, action, resource); permit(principal == User::\"bob\", action, resource);"
      "permit(principal, action == Action::\"view\", resource);");
  Response r = Authorize(permits, AliceViews(), Entities());
  EXPECT_EQ(r.decision, Decision::kAllow);
  EXPECT_EQ(r.reason, (Ids{"policy0", "policy2"}));

  const PolicySet mixed = Parsed(
      "permit(principal, action, resource); forbid(principal, action, resource) when { principal == User::\"alice\" };"
      "permit(principal, action, resource); forbid(principal, action, resource);");
  r = Authorize(mixed, AliceViews(), Entities());
  EXPECT_EQ(r.decision, Decision::kDeny);
  EXPECT_EQ(r.reason, (Ids{"policy1", "policy3"}));
}

TEST(CedarAuthorizerTest, APolicyThatErrsIsLeftOutAndReported) {
  const PolicySet set = Parsed(
      "permit(principal, action, resource); forbid(principal, action, resource) when { principal.age < 18 };"
      "permit(principal, action, resource) when { context.x };");
  const Response r = Authorize(set, AliceViews(), Entities());
  EXPECT_EQ(r.decision, Decision::kAllow);
  EXPECT_EQ(r.reason, (Ids{"policy0"}));
  ASSERT_EQ(r.errors.size(), 2u);
  EXPECT_EQ(r.errors[0].policy_id, "policy1");
  EXPECT_EQ(r.errors[1].policy_id, "policy2");
}

TEST(CedarAuthorizerTest, OutcomesOfSinglePolicies) {
  const PolicySet set = Parsed(
      "forbid(principal, action, resource); permit(principal == User::\"bob\", action, resource);"
      "forbid(principal, action, resource) unless { context.absent };");
  std::string error = "untouched";
  EXPECT_EQ(EvaluatePolicy(set.policies()[0], AliceViews(), Entities(), &error), Outcome::kSatisfied);
  EXPECT_EQ(EvaluatePolicy(set.policies()[1], AliceViews(), Entities(), &error), Outcome::kNotSatisfied);
  EXPECT_EQ(error, "untouched");
  EXPECT_EQ(EvaluatePolicy(set.policies()[2], AliceViews(), Entities(), &error), Outcome::kError);
  EXPECT_NE(error.find("absent"), std::string::npos) << error;
}

TEST(CedarAuthorizerTest, TheScopeReadsTypesAndHierarchy) {
  const auto store = Entities::Make({{EntityUid("User", "alice"), {EntityUid("Group", "g")}, {}, {}},
                                     {EntityUid("Action", "view"), {EntityUid("Action", "read")}, {}, {}}});
  ASSERT_TRUE(store.ok());
  const std::pair<const char*, bool> cases[] = {
      {"permit(principal is User, action, resource);", true},
      {"permit(principal is Group, action, resource);", false},
      {"permit(principal is User in Group::\"g\", action, resource is Doc);", true},
      {"permit(principal is User in Group::\"h\", action, resource);", false},
      {"permit(principal in User::\"alice\", action, resource);", true},
      {"permit(principal, action in Action::\"read\", resource);", true},
      {"permit(principal, action == Action::\"read\", resource);", false},
      {"permit(principal, action in [Action::\"x\", Action::\"read\"], resource);", true},
      {"permit(principal, action in [], resource);", false},
      {"permit(principal, action, resource == Doc::\"d\");", true},
      {"permit(principal, action, resource in Doc::\"e\");", false},
  };
  for (const auto& [text, allowed] : cases) {
    EXPECT_EQ(Authorize(Parsed(text), AliceViews(), *store).decision == Decision::kAllow, allowed) << text;
  }
}

TEST(CedarAuthorizerTest, TemplatesApplyOnlyWhenLinked) {
  PolicySet set = Parsed("permit(principal == ?principal, action, resource in ?resource);");
  EXPECT_EQ(Authorize(set, AliceViews(), Entities()).decision, Decision::kDeny);
  EXPECT_EQ(EvaluatePolicy(set.templates()[0], AliceViews(), Entities()), Outcome::kNotSatisfied);

  const EntityUid alice("User", "alice");
  const EntityUid doc("Doc", "d");
  EXPECT_EQ(set.Link("nope", "x", {}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(set.Link("policy0", "x", {{Slot::kPrincipal, alice}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(set.Link("policy0", "policy0", {{Slot::kPrincipal, alice}, {Slot::kResource, doc}}).code(),
            absl::StatusCode::kAlreadyExists);
  const PolicySet before = set;
  ASSERT_TRUE(set.Link("policy0", "x", {{Slot::kPrincipal, alice}, {Slot::kResource, doc}}).ok());
  EXPECT_TRUE(before.policies().empty()) << "a copy does not change with the original";
  const Response r = Authorize(set, AliceViews(), Entities());
  EXPECT_EQ(r.decision, Decision::kAllow);
  EXPECT_EQ(r.reason, (Ids{"x"}));
  EXPECT_EQ(set.Find("x")->template_id(), "policy0");
  EXPECT_EQ(set.Find("x")->principal().entities, std::vector<EntityUid>{alice});

  PolicySet one = Parsed("permit(principal, action, resource is Doc in ?resource);");
  EXPECT_EQ(one.Link("policy0", "x", {{Slot::kPrincipal, alice}, {Slot::kResource, doc}}).code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(one.Link("policy0", "x", {{Slot::kResource, EntityUid("Doc", "other")}}).ok());
  EXPECT_EQ(Authorize(one, AliceViews(), Entities()).decision, Decision::kDeny);
}

TEST(CedarAuthorizerTest, SetsMergeByIdOrNotAtAll) {
  PolicySet a = *PolicySet::Parse("permit(principal, action, resource);", "a", "a");
  const PolicySet b = *PolicySet::Parse("forbid(principal, action, resource);", "b", "b");
  ASSERT_TRUE(a.Add(b).ok());
  EXPECT_EQ(Authorize(a, AliceViews(), Entities()).reason, Ids{"b0"});
  EXPECT_EQ(a.Add(b).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(a.policies().size(), 2u);
}

TEST(CedarAuthorizerTest, ManyThreadsShareOneSet) {
  const PolicySet set = Parsed("permit(principal, action, resource) when { [context.a].contains({b: 1}) };");
  Request request = AliceViews();
  request.context = Value::Record({{"a", Value::Record({{"b", Value::Long(1)}})}});
  std::vector<std::thread> threads;
  std::vector<int> allowed(4);
  for (int& count : allowed) {
    threads.emplace_back([&set, &request, &count] {
      for (int i = 0; i < 1000; ++i) count += Authorize(set, request, Entities()).decision == Decision::kAllow ? 1 : 0;
    });
  }
  for (std::thread& t : threads) t.join();
  for (int count : allowed) EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace tidegate::cedar
