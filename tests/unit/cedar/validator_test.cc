#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

const Schema& TheSchema() {
  static const Schema* const schema = [] {
    auto parsed = Schema::ParseHuman(R"(
      entity G; entity Z;
      entity U in [G] = {n: Long, o?: Long, s: Set<Long>, r: {a: Long, b?: Long}, f: U} tags String;
      entity D in [D] = {d: decimal, own: U};
      entity C enum ["red", "blue"];
      action all;
      action v in all appliesTo {principal: U, resource: D, context: {x?: Long, y: String}};
      action w appliesTo {principal: U, resource: D};
      action z appliesTo {principal: Z, resource: C};)");
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new Schema(*parsed);
  }();
  return *schema;
}

ValidationResult Validated(const std::string& text) {
  const auto set = PolicySet::Parse(text, "p.cedar");
  EXPECT_TRUE(set.ok()) << set.status();
  return Validate(*set, TheSchema());
}

std::string Viewing(const std::string& condition) {
  return "permit(principal is U, action == Action::\"v\", resource) when { " + condition + " };";
}

TEST(CedarValidatorTest, ConditionsThatType) {
  for (const char* c : {"principal in [G::\"x\", G::\"y\"]",
                        "action in Action::\"all\"",
                        "action in [Action::\"all\", Action::\"w\"]",
                        "action == Action::\"v\"",
                        "context has x && context.x == 1",
                        "principal has o && principal.o == 1",
                        "principal has n",
                        "principal.r has b && principal.r.b == 1",
                        "{a: 1} has a",
                        "principal.hasTag(\"a\") && principal.getTag(\"a\") == \"b\"",
                        "if true then 1 == 1 else 1",
                        "U::\"x\" == principal",
                        "true || 1",
                        "principal.n == 1 || context has x",
                        "(context has x || false) && context.x == 1",
                        "(context has x || context has x) && context.x == 1",
                        "{a: {a: 1}, b: true} == {a: {a: 1}, b: false}",
                        "[true].contains(false)",
                        "resource.d.lessThan(decimal(\"1.0\"))",
                        "duration(\"1d\") < duration(\"1d\")",
                        "principal.f.f.n == 1",
                        "principal.s.contains(principal.n)",
                        "[principal, U::\"a\"].contains(principal)",
                        "resource.own in G::\"x\"",
                        "C::\"red\" in C::\"blue\"",
                        "context.y like \"a*\"",
                        "ip(\"1.1.1.1\") == ip(\"1.1.1.1\")",
                        "if 1 == 2 then 1 else true",
                        "-principal.n == 1",
                        "if context has x then context.x == 1 else true",
                        "principal has r.b && principal.r.b == 1",
                        "principal is U && principal.n == 1",
                        "!(principal.n == 1) && resource in D::\"x\""}) {
    const ValidationResult r = Validated(Viewing(c));
    EXPECT_TRUE(r.valid()) << c << "\n" << (r.valid() ? "" : r.errors[0].ToString());
    EXPECT_TRUE(r.warnings.empty()) << c;
  }
}

TEST(CedarValidatorTest, ConditionsThatAreAlwaysFalseWarn) {
  for (const char* c :
       {"principal == resource", "1 == \"a\"", "1 == 2", "principal in C::\"red\"", "principal in D::\"x\"",
        "action in Action::\"w\"", "Action::\"w\" in action", "action in principal", "principal has zz && principal.zz",
        "{a: 1} has b && 1", "resource.hasTag(\"a\") && 1", "principal is D", "false && 1", "action has x",
        "action.hasTag(\"x\")", "G::\"x\" in principal"}) {
    const ValidationResult r = Validated(Viewing(c));
    EXPECT_TRUE(r.valid()) << c << "\n" << (r.valid() ? "" : r.errors[0].ToString());
    EXPECT_EQ(r.warnings.size(), 1u) << c;
  }
}

TEST(CedarValidatorTest, ConditionsThatDoNotType) {
  for (const char* c : {"principal in []",
                        "[].isEmpty()",
                        "principal.n == \"a\"",
                        "principal in [D::\"x\", G::\"y\"]",
                        "context.x == 1",
                        "context.y.z",
                        "principal.r has a && principal.r.zz",
                        "principal.getTag(\"a\") == \"b\"",
                        "principal.hasTag(\"b\") && principal.getTag(\"a\") == \"b\"",
                        "resource.getTag(\"a\") == 1",
                        "principal is Foo",
                        "if principal.n == 1 then principal else resource",
                        "[1, \"a\"].contains(1)",
                        "[1].contains(\"a\")",
                        "[1].containsAll([\"a\"])",
                        "ip(context.y).isIpv4()",
                        "ip(\"x\").isIpv4()",
                        "ip(\"1.1.1.1\").isInRange(1)",
                        "ip(\"1.1.1.1\").isIpv4(1)",
                        "C::\"green\" == principal",
                        "Foo::\"x\" == principal",
                        "Action::\"nope\" == action",
                        "true && 1",
                        "1 && true",
                        "(principal.n == 1 || context has x) && context.x == 1",
                        "(true || context has x) && context.x == 1",
                        "(if context has x then true else false) && context.x == 1",
                        "!(!(context has x)) && context.x == 1",
                        "{a: 1} == {b: 1}",
                        "{a: 1} == {a: 1, b: 2}",
                        "principal.d.lessThan(decimal(\"1.0\"))",
                        "datetime(\"2024-01-01\") < duration(\"1d\")",
                        "principal < 1",
                        "\"a\" < \"b\"",
                        "context",
                        "principal",
                        "context == {x: 1, y: \"a\"}",
                        "principal.r == {a: 1, b: 2}",
                        "principal.s.contains(true)",
                        "action.x == 1",
                        "[principal, resource].contains(principal)",
                        "[C::\"red\"].contains(C::\"pink\")",
                        "principal in 1",
                        "1 in principal",
                        "-\"a\" == 1",
                        "principal like \"a\"",
                        "ip(\"1.1.1.1\") == decimal(\"1.0\")",
                        "false && Foo::\"x\" == principal"}) {
    EXPECT_FALSE(Validated(Viewing(c)).valid()) << c;
  }
}

TEST(CedarValidatorTest, Scopes) {
  for (const char* text :
       {"permit(principal, action in Action::\"all\", resource);", "permit(principal == ?principal, action, resource);",
        "permit(principal in ?principal, action == Action::\"v\", resource) when { principal.n == 1 };",
        "permit(principal, action == Action::\"z\", resource == C::\"red\");"}) {
    EXPECT_TRUE(Validated(text).valid()) << text;
  }
  for (const char* text :
       {"permit(principal, action in [], resource);", "permit(principal == C::\"green\", action, resource);",
        "permit(principal is Foo, action, resource);", "permit(principal, action == Action::\"nope\", resource);",
        "permit(principal == D::\"x\", action == Action::\"v\", resource);",
        "permit(principal is Z, action == Action::\"v\", resource);",
        "permit(principal in G::\"g\", action == Action::\"all\", resource);",
        "permit(principal, action, resource) when { principal.n == 1 };"}) {
    EXPECT_FALSE(Validated(text).valid()) << text;
  }
}

TEST(CedarValidatorTest, ConditionsKnowWhatEarlierOnesFound) {
  EXPECT_TRUE(Validated(Viewing("context has x") + "").valid());
  const std::string scope = "permit(principal is U, action == Action::\"v\", resource) ";
  EXPECT_TRUE(Validated(scope + "when { context has x } when { context.x == 1 };").valid());
  EXPECT_FALSE(Validated(scope + "unless { context has x } when { context.x == 1 };").valid());
}

TEST(CedarValidatorTest, LinksAreCheckedWithTheirEntities) {
  PolicySet set = *PolicySet::Parse("permit(principal == ?principal, action == Action::\"v\", resource);");
  ASSERT_TRUE(set.Link("policy0", "good", {{Slot::kPrincipal, EntityUid("U", "a")}}).ok());
  EXPECT_TRUE(Validate(set, TheSchema()).valid());
  ASSERT_TRUE(set.Link("policy0", "bad", {{Slot::kPrincipal, EntityUid("Foo", "a")}}).ok());
  const ValidationResult r = Validate(set, TheSchema());
  ASSERT_FALSE(r.valid());
  EXPECT_EQ(r.errors[0].policy_id, "bad");
}

TEST(CedarValidatorTest, ListsOfSeveralTypesAreRefusedOrSplit) {
  const auto validated = [](const std::string& condition, MixedLists mixed) {
    const auto set = PolicySet::Parse(Viewing(condition), "p.cedar");
    EXPECT_TRUE(set.ok()) << set.status();
    return Validate(*set, TheSchema(), mixed);
  };
  const std::string mixed = "principal in [G::\"x\", D::\"y\"]";
  EXPECT_FALSE(validated(mixed, MixedLists::kRefuse).valid());
  EXPECT_TRUE(validated(mixed, MixedLists::kSplit).valid());
  EXPECT_TRUE(validated(mixed, MixedLists::kSplit).warnings.empty());
  // A mistake in it is found in its place.
  const ValidationResult wrong = validated("principal in [G::\"x\", H::\"y\"]", MixedLists::kSplit);
  ASSERT_EQ(wrong.errors.size(), 1u);
  EXPECT_EQ(wrong.errors[0].position.column, 86u);
  EXPECT_FALSE(validated("principal in [G::\"x\", 1]", MixedLists::kSplit).valid());
  EXPECT_FALSE(validated("principal.n in [G::\"x\", D::\"y\"]", MixedLists::kSplit).valid());
  // A list of which nothing can contain the left side is false, as its alternatives are.
  EXPECT_EQ(validated("principal in [Z::\"x\", D::\"y\"]", MixedLists::kSplit).warnings.size(), 1u);
}

TEST(CedarValidatorTest, FindingsShowThePlaceAndSuggest) {
  const ValidationResult r = Validated("permit(principal is U, action, resource)\nwhen { principal.r.aa == 1 };");
  ASSERT_EQ(r.errors.size(), 1u) << "one error, though it is met in two environments";
  EXPECT_EQ(r.errors[0].policy_id, "policy0");
  EXPECT_EQ(r.errors[0].position.ToString(), "p.cedar:2:20");
  EXPECT_EQ(r.errors[0].ToString(),
            "p.cedar:2:20: policy `policy0`: there is no attribute `aa` on this record; expected one of `a` or `b`\n"
            "2 | when { principal.r.aa == 1 };\n"
            "  |                    ^");
  const ValidationResult s = Validated(Viewing("context.yy == \"a\" || User::\"x\" == principal"));
  ASSERT_EQ(s.errors.size(), 2u);
  const ValidationResult t = Validated("permit(principal, action == Action::\"alll\", resource);");
  ASSERT_FALSE(t.valid());
  EXPECT_NE(t.errors[0].message.find("did you mean `all`?"), std::string::npos) << t.errors[0].message;
}

}  // namespace
}  // namespace tidegate::cedar
