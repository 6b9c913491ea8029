#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

// As `context.a.b`, with `?` for presence only, `#` for tags and `!` for identity.
std::vector<std::string> Reads(const std::string& condition) {
  const auto set = PolicySet::Parse("permit(principal, action, resource) when { " + condition + " };");
  EXPECT_TRUE(set.ok()) << set.status();
  std::vector<std::string> out;
  if (!set.ok()) return out;
  for (const AttributePath& p : set->policies()[0].AttributePathsRead()) {
    constexpr const char* kNames[] = {"principal", "action", "resource", "context"};
    std::string path = p.entity.has_value() ? p.entity->ToString() : kNames[static_cast<int>(p.root)];
    for (const std::string& s : p.steps) path += "." + s;
    out.push_back(path + (p.presence ? "?" : "") + (p.tags ? "#" : "") + (p.identity ? "!" : ""));
  }
  return out;
}

using Paths = std::vector<std::string>;

TEST(CedarReadsTest, PathsOfConditions) {
  EXPECT_EQ(Reads("resource.record.tlp in Tlp::\"GREEN\""), (Paths{"resource.record.tlp"}));
  EXPECT_EQ(Reads("context has a && context.a.b == 1"), (Paths{"context.a?", "context.a.b"}));
  EXPECT_EQ(Reads("principal in resource.circles"), (Paths{"principal!", "resource.circles"}));
  EXPECT_EQ(Reads("context has a.b"), (Paths{"context.a?", "context.a.b?"}));
  EXPECT_EQ(Reads("(if context.x then principal else resource).name == \"a\""),
            (Paths{"principal.name", "resource.name", "context.x"}));
  EXPECT_EQ(Reads("{a: principal.p}.a.b == 1"), (Paths{"principal.p.b"}));
  EXPECT_EQ(Reads("{a: principal.p, c: context.x}.a has b"), (Paths{"principal.p.b?", "context.x"}));
  EXPECT_EQ(Reads("(if context.x then {a: principal.p} else {a: principal.q}).a.b == 1"),
            (Paths{"principal.p", "principal.q", "context.x"}))
      << "contents of a record that is chosen are read wholly";
  EXPECT_EQ(Reads("principal.getTag(context.k) == 1"), (Paths{"principal#", "context.k"}));
  EXPECT_EQ(Reads("principal.boss.getTag(\"k\").x == 1"), (Paths{"principal.boss#"}));
  EXPECT_EQ(Reads("resource.hasTag(\"k\")"), (Paths{"resource#"}));
  EXPECT_EQ(Reads("context == context"), (Paths{"context"}));
  EXPECT_EQ(Reads("principal is U in principal.g"), (Paths{"principal!", "principal.g"}));
  EXPECT_EQ(Reads("[context.a, 1].contains(context.b.c)"), (Paths{"context.a", "context.b.c"}));
  EXPECT_EQ(Reads("1 == 1"), Paths{});
}

TEST(CedarReadsTest, NameTypeAndAncestorsAlone) {
  EXPECT_EQ(Reads("principal == U::\"a\" && resource is D && action in [Action::\"a\"]"),
            (Paths{"principal!", "action!", "resource!"}));
  EXPECT_EQ(Reads("(if context.x then principal else resource) != U::\"a\""),
            (Paths{"principal!", "resource!", "context.x"}));
  EXPECT_EQ(Reads("[principal].contains(U::\"a\")"), Paths{"principal"}) << "in a set anything may follow";
  EXPECT_EQ(Reads("context.u in U::\"a\""), Paths{"context.u"});
}

TEST(CedarReadsTest, WhatTheStoreHoldsOfAnEntityThatIsNamed) {
  EXPECT_EQ(Reads("U::\"a\".boss.name == \"b\""), Paths{"U::\"a\".boss.name"});
  EXPECT_EQ(Reads("U::\"a\" in G::\"g\""), Paths{"U::\"a\"!"});
  EXPECT_EQ(Reads("U::\"a\" is U in G::\"g\""), Paths{"U::\"a\"!"});
  EXPECT_EQ(Reads("U::\"a\" has boss"), Paths{"U::\"a\".boss?"});
  EXPECT_EQ(Reads("U::\"a\".hasTag(\"t\")"), Paths{"U::\"a\"#"});
  EXPECT_EQ(Reads("[U::\"a\"].contains(context.u)"), Paths{"context.u"}) << "its name alone";
}

TEST(CedarReadsTest, EntityLiterals) {
  PolicySet set = *PolicySet::Parse(
      "permit(principal == ?principal, action in [Action::\"b\", Action::\"a\"], resource is D in D::\"d\")"
      " when { principal in [G::\"g\", G::\"g\"] && context.x == {y: U::\"u\"} };");
  EXPECT_EQ(set.templates()[0].EntityLiterals(),
            (std::vector<EntityUid>{{"Action", "a"}, {"Action", "b"}, {"D", "d"}, {"G", "g"}, {"U", "u"}}));
  ASSERT_TRUE(set.Link("policy0", "l", {{Slot::kPrincipal, EntityUid("Z", "z")}}).ok());
  EXPECT_EQ(set.Find("l")->EntityLiterals().back(), EntityUid("Z", "z"));
}

}  // namespace
}  // namespace tidegate::cedar
