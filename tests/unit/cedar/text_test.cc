// Policies as text and as JSON, out and in again.

#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

std::string Printed(const std::string& condition) {
  const auto set = PolicySet::Parse("permit(principal, action, resource) when { " + condition + " };");
  EXPECT_TRUE(set.ok()) << set.status();
  if (!set.ok()) return "";
  const std::string text = set->policies()[0].ToText();
  const std::string head = "permit (principal, action, resource)\nwhen { ";
  EXPECT_EQ(text.substr(0, head.size()), head);
  return text.substr(head.size(), text.size() - head.size() - 3);
}

TEST(CedarTextTest, ParenthesesStandWhereTheyAreNeeded) {
  const std::pair<const char*, const char*> cases[] = {
      {"((1))==1", "1 == 1"},
      {"(true && false) && true", "true && false && true"},
      {"true && (false && true)", "true && (false && true)"},
      {"true || false && true", "true || false && true"},
      {"(true || false) && true", "(true || false) && true"},
      {"1 + 2 * 3 == (1 + 2) * 3", "1 + 2 * 3 == (1 + 2) * 3"},
      {"1 - (2 - 3) == 1 - 2 - 3", "1 - (2 - 3) == 1 - 2 - 3"},
      {"-(5) == -5", "-(5) == -5"},
      {"-(-5) == --5", "-(-5) == -(-5)"},
      {"!(1 == 2)", "!(1 == 2)"},
      {"!!true", "!(!true)"},
      {"(-5).foo", "(-5).foo"},
      {"(1 == 1) == true", "(1 == 1) == true"},
      {"(if true then 1 else 2) == 1", "(if true then 1 else 2) == 1"},
      {"if true then 1 == 1 else (if false then true else false)",
       "if true then 1 == 1 else if false then true else false"},
      {"context has a.b.c", "context has a.b.c"},
      {"context has a.b && true", "context has a.b && true"},
      {"context has \"a\" && context has \"a b\"", "context has a && context has \"a b\""},
      {"context[\"a\"][\"if\"] == {\"x\":1,\"y z\":[1,2]}", "context.a[\"if\"] == {x: 1, \"y z\": [1, 2]}"},
      {"principal is A::B in C::\"d\"", "principal is A::B in C::\"d\""},
      {"context.x like \"a*\\*\\u{7}\"", "context.x like \"a*\\*\\u{7}\""},
      {"ip(\"::1\").isInRange(ip(\"::/0\"))", "ip(\"::1\").isInRange(ip(\"::/0\"))"},
      {"[].isEmpty() != {}.x", "[].isEmpty() != {}.x"},
      {"\"\\u{202e}\\0\\t\\\"\\\\\" == \"é\"", "\"\\u{202E}\\0\\t\\\"\\\\\" == \"é\""},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(Printed(text), printed) << text;
}

TEST(CedarTextTest, ScopesAndAnnotations) {
  const std::string text =
      "@a\n@b(\"x\\n\")\n"
      "forbid (principal is U in ?principal, action in [Action::\"v\", N::Action::\"w\"], resource == ?resource)\n"
      "unless { true }\nwhen { false };";
  PolicySet set = *PolicySet::Parse(text);
  EXPECT_EQ(set.templates()[0].ToText(), text);
  ASSERT_TRUE(
      set.Link("policy0", "l", {{Slot::kPrincipal, EntityUid("U", "u")}, {Slot::kResource, EntityUid("R", "r")}}).ok());
  EXPECT_NE(set.Find("l")->ToText().find("(principal is U in U::\"u\", action in [Action::\"v\", N::Action::\"w\"], "
                                         "resource == R::\"r\")\nunless"),
            std::string::npos);
}

TEST(CedarTextTest, SetsKeepTheirOrder) {
  const std::string text =
      "permit (principal, action, resource);\n\nforbid (principal == ?principal, action, resource);\n\n"
      "permit (principal, action == Action::\"a\", resource);\n";
  EXPECT_EQ(PolicySet::Parse(text)->ToText(), text);
}

TEST(CedarTextTest, JsonFormIsCedars) {
  const std::pair<const char*, const char*> cases[] = {
      {"context has a.b", R"({"has":{"left":{"Var":"context"},"attr":["a","b"]}})"},
      {"context has \"a b\"", R"({"has":{"left":{"Var":"context"},"attr":"a b"}})"},
      {"principal is User in User::\"a\"",
       R"({"is":{"left":{"Var":"principal"},"entity_type":"User","in":{"Value":{"__entity":{"type":"User","id":"a"}}}}})"},
      {"[1,-1,ip(\"1.1.1.1\")].isEmpty()",
       R"({"isEmpty":{"arg":{"Set":[{"Value":1},{"Value":-1},{"ip":[{"Value":"1.1.1.1"}]}]}}})"},
      {"-5 == -(5)", R"({"==":{"left":{"Value":-5},"right":{"neg":{"arg":{"Value":5}}}}})"},
      {"!(1 != 2)", R"({"!":{"arg":{"!=":{"left":{"Value":1},"right":{"Value":2}}}}})"},
      {"if true then 1 else 2", R"({"if-then-else":{"if":{"Value":true},"then":{"Value":1},"else":{"Value":2}}})"},
      {"true && true && false",
       R"({"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":true}}},"right":{"Value":false}}})"},
      {"{a: 1}.a", R"({".":{"left":{"Record":{"a":{"Value":1}}},"attr":"a"}})"},
      {"principal.hasTag(\"x\")", R"({"hasTag":{"left":{"Var":"principal"},"right":{"Value":"x"}}})"},
      {"context.x like \"a*\"",
       R"({"like":{"left":{".":{"left":{"Var":"context"},"attr":"x"}},"pattern":[{"Literal":"a"},"Wildcard"]}})"},
  };
  for (const auto& [text, json] : cases) {
    const auto set = PolicySet::Parse(std::string("permit(principal,action,resource) when {") + text + "};");
    ASSERT_TRUE(set.ok()) << set.status();
    EXPECT_EQ(
        set->policies()[0].ToJson(),
        std::string(R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},)") +
            R"("conditions":[{"kind":"when","body":)" + json + "}]}");
    const auto again = PolicySet::PolicyFromJson(set->policies()[0].ToJson(), "x");
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->policies()[0].SameMeaningAs(set->policies()[0])) << text;
  }
}

TEST(CedarTextTest, JsonScopes) {
  const std::string text =
      "@a(\"b\") permit(principal == ?principal, action in [Action::\"a\"], resource is D in ?resource);"
      "permit(principal is U in U::\"a\", action == Action::\"a\", resource in D::\"a\") unless {true};"
      "forbid(principal in U::\"a\", action in Action::\"a\", resource is D);";
  PolicySet set = *PolicySet::Parse(text);
  ASSERT_TRUE(
      set.Link("policy0", "l", {{Slot::kPrincipal, EntityUid("U", "u")}, {Slot::kResource, EntityUid("R", "r")}}).ok());
  const auto again = PolicySet::FromJson(set.ToJson());
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->policies().size(), 3u);
  for (const Policy& p : set.policies()) {
    ASSERT_NE(again->Find(p.id()), nullptr) << p.id();
    EXPECT_TRUE(again->Find(p.id())->SameMeaningAs(p)) << p.ToJson();
  }
  EXPECT_TRUE(again->FindTemplate("policy0")->SameMeaningAs(set.templates()[0]));
  EXPECT_EQ(again->Find("l")->template_id(), "policy0");
}

TEST(CedarTextTest, JsonThatIsNoPolicyIsRefused) {
  const std::string head =
      R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":)";
  for (const char* body :
       {R"({"foo":[]})", R"({"Var":"foo"})", R"({"Slot":"?principal"})", R"({"Value":1,"Var":"context"})",
        R"({"Value":null})", R"({"Value":1.5})", R"({"like":{"left":{"Value":"x"},"pattern":"a*"}})",
        R"({"!":{"arg":{"Value":true},"x":1}})", R"({"Unknown":{"name":"a"}})", R"({"==":{"left":{"Value":1}}})",
        R"({"lessThan":[]})", R"({"has":{"left":{"Var":"context"},"attr":[]}})",
        R"({"is":{"left":{"Var":"principal"},"entity_type":"A B"}})", "1", "[]", R"({"Set":{}})", R"({"Record":[]})"}) {
    EXPECT_FALSE(PolicySet::PolicyFromJson(head + R"([{"kind":"when","body":)" + body + "}]}", "x").ok()) << body;
  }
  EXPECT_TRUE(PolicySet::PolicyFromJson(head + "[]}", "x").ok());
  for (
      const std::string& text :
      {std::string("{}"), std::string("[]"), head + R"([],"x":1})", head + R"([],"annotations":{"a b":null}})",
       head + "1}",
       std::string(
           R"({"effect":"allow","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})"),
       std::string(
           R"({"effect":"permit","principal":{"op":"<"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})"),
       std::string(
           R"({"effect":"permit","principal":{"op":"==","slot":"?resource"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})"),
       std::string(
           R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"==","entity":{"type":"U","id":"a"}},"resource":{"op":"All"},"conditions":[]})")}) {
    EXPECT_FALSE(PolicySet::PolicyFromJson(text, "x").ok()) << text;
  }
}

TEST(CedarTextTest, JsonValuesBecomeExpressions) {
  const auto set = PolicySet::PolicyFromJson(
      R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[
          {"kind":"when","body":{"==":{"left":{"Value":[1,{"__extn":{"fn":"ip","arg":"::1"}},
          {"a":{"__entity":{"type":"U","id":"x"}}}]},
          "right":{"Value":1}}}}]})",
      "x");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->policies()[0].ToText(),
            "permit (principal, action, resource)\nwhen { [1, ip(\"::1\"), {a: U::\"x\"}] == 1 };");
}

}  // namespace
}  // namespace tidegate::cedar
