#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

// As `context.a.b`, with `?` for presence only and `#` for tags.
std::vector<std::string> Reads(const std::string& condition) {
  const auto set = PolicySet::Parse("permit(principal, action, resource) when { " + condition + " };");
  EXPECT_TRUE(set.ok()) << set.status();
  std::vector<std::string> out;
  if (!set.ok()) return out;
  for (const AttributePath& p : set->policies()[0].AttributePathsRead()) {
    constexpr const char* kNames[] = {"principal", "action", "resource", "context"};
    std::string path = kNames[static_cast<int>(p.root)];
    for (const std::string& s : p.steps) path += "." + s;
    out.push_back(path + (p.presence ? "?" : "") + (p.tags ? "#" : ""));
  }
  return out;
}

using Paths = std::vector<std::string>;

TEST(CedarReadsTest, PathsOfConditions) {
  EXPECT_EQ(Reads("resource.record.tlp in Tlp::\"GREEN\""), (Paths{"resource.record.tlp"}));
  EXPECT_EQ(Reads("context has a && context.a.b == 1"), (Paths{"context.a?", "context.a.b"}));
  EXPECT_EQ(Reads("principal in resource.circles"), (Paths{"principal", "resource.circles"}));
  EXPECT_EQ(Reads("context has a.b"), (Paths{"context.a?", "context.a.b?"}));
  EXPECT_EQ(Reads("(if context.x then principal else resource).name == \"a\""),
            (Paths{"principal.name", "resource.name", "context.x"}));
  EXPECT_EQ(Reads("{a: principal.p}.a.b == 1"), (Paths{"principal.p"})) << "a record's contents are read wholly";
  EXPECT_EQ(Reads("principal.getTag(context.k) == 1"), (Paths{"principal#", "context.k"}));
  EXPECT_EQ(Reads("principal.boss.getTag(\"k\").x == 1"), (Paths{"principal.boss#"}));
  EXPECT_EQ(Reads("resource.hasTag(\"k\")"), (Paths{"resource#"}));
  EXPECT_EQ(Reads("context == context"), (Paths{"context"}));
  EXPECT_EQ(Reads("principal is U in principal.g"), (Paths{"principal", "principal.g"}));
  EXPECT_EQ(Reads("[context.a, 1].contains(context.b.c)"), (Paths{"context.a", "context.b.c"}));
  EXPECT_EQ(Reads("1 == 1"), Paths{});
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
