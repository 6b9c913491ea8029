#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

std::string Refusal(const std::string& text) {
  const auto set = PolicySet::Parse(text, "file.cedar");
  return set.ok() ? "" : std::string(set.status().message());
}

std::string Condition(const std::string& expression) {
  return "permit(principal, action, resource) when { " + expression + " };";
}

TEST(CedarParserTest, AcceptsWhatCedarAccepts) {
  for (const char* text : {
           "",
           "// only a comment",
           "permit(principal,action,resource);",
           "permit(principal,action,resource,);",
           "forbid ( principal == User::\"a\" , action == Action::\"v\" , resource in D::\"x\" ) ;",
           "permit(principal is A::B, action in [Action::\"v\", NS::Action::\"w\",], resource is C in D::\"x\");",
           "permit(principal == (User::\"a\"), action in ([Action::\"v\"]), resource);",
           "permit(principal, action in [], resource);",
           "permit(principal, action in Action::\"g\", resource);",
           "@a @b(\"x\") @if(\"y\") permit(principal, action, resource);",
           "permit(principal, action, resource) when {true} unless {false} when {1 == 1};",
           "permit(principal == ?principal, action, resource in ?resource);",
           "permit(principal is U in ?principal, action, resource);",
           "permit(principal,action,resource);\r\n//x\r",
           "permit(principal == User :: \"a\", action, resource);",
           "permit(principal\u00A0,action,resource);",
       }) {
    EXPECT_EQ(Refusal(text), "") << text;
  }
  for (const char* expression : {"[1, 2,].contains(1)",
                                 "{a: 1,}.a == 1",
                                 "ip(\"1.1.1.1\",)",
                                 "!!!!true",
                                 "----1 == 1",
                                 "- 5 == -5",
                                 "0001 == 1",
                                 "1 --1 == 2",
                                 "1 - - 1 == 2",
                                 "principal::\"a\" == principal",
                                 "principal::X::\"a\" == principal",
                                 "1.foo",
                                 "true.foo",
                                 "context.permit",
                                 "context has principal",
                                 "context has a.b.c",
                                 "context.contains",
                                 "if if true then true else false then true else false",
                                 "{\"a b\": if true then 1 else 2}[\"a b\"] == 1",
                                 "\"\\u{41}\\n\\r\\t\\0\\\\\\'\\\"\\x7F\" == \"\"",
                                 "principal like \"\\*\\u{2a}*\"",
                                 "-5 + 3 * (2) < 4"}) {
    EXPECT_EQ(Refusal(Condition(expression)), "") << expression;
  }
}

TEST(CedarParserTest, RefusesWhatCedarRefuses) {
  for (const char* text : {"permit(principal,action);",
                           "permit(action,principal,resource);",
                           "permit(principal,action,resource,context);",
                           "permit(principal,action,resource)",
                           "PERMIT(principal,action,resource);",
                           "permit(principal:User,action,resource);",
                           "permit(principal = User::\"a\",action,resource);",
                           "permit((principal),action,resource);",
                           "permit(principal in [User::\"a\"],action,resource);",
                           "permit(principal,action is Action,resource);",
                           "permit(principal,action == User::\"v\",resource);",
                           "permit(principal,action == ?resource,resource);",
                           "permit(principal == ?resource,action,resource);",
                           "permit(principal == ?foo,action,resource);",
                           "permit(principal is User == User::\"a\",action,resource);",
                           "permit(principal is ?principal,action,resource);",
                           "permit(principal,action,resource) when {};",
                           "permit(principal,action,resource) when { true, false };",
                           "@a @a(\"x\") permit(principal,action,resource);",
                           "@a() permit(principal,action,resource);",
                           "@a(\"x\",) permit(principal,action,resource);",
                           "permit(principal,action,resource) where { true };",
                           "permit(principal < User::\"a\",action,resource);",
                           "permit(principal,action,resource); x"}) {
    EXPECT_NE(Refusal(text), "") << text;
  }
  for (const char* expression : {"principal.if",
                                 "{if: 1} has \"if\"",
                                 "{a: 1, \"a\": 2} has a",
                                 "context has if",
                                 "context has a.if",
                                 "!!!!!true",
                                 "!-1 == 1",
                                 "-!true",
                                 "9223372036854775808 == 1",
                                 "-9223372036854775809 == 1",
                                 "99999999999999999999999 == 1",
                                 "1 < 2 < 3",
                                 "1 == 1 == true",
                                 "1 == 1 in 2",
                                 "context has a has b",
                                 "lessThan(decimal(\"1.0\"),decimal(\"2.0\"))",
                                 "\"1.2.3.4\".ip()",
                                 "foo(1)",
                                 "principal.foo(1)",
                                 "[1].contains()",
                                 "[1].contains(1, 2)",
                                 "[1].isEmpty(1)",
                                 "principal.getTag()",
                                 "contains(1)",
                                 "\"a\\*b\" == \"x\"",
                                 "\"\\x80\" == \"a\"",
                                 "\"\\q\" == \"a\"",
                                 "\"\\u{0000041}\" == \"A\"",
                                 "\"\\u{_41}\" == \"A\"",
                                 "\"\\u{D800}\" == \"A\"",
                                 "\"\\u{110000}\" == \"A\"",
                                 "\"\\u41\" == \"A\"",
                                 "1/2 == 0",
                                 "1 % 2 == 0",
                                 "principal is User::\"a\"",
                                 "principal is (User)",
                                 "?principal == principal",
                                 "context[\"a\" + \"b\"] == 1",
                                 "context[a] == 1",
                                 "true && if true then true else false",
                                 "1 + if true then 1 else 2 == 2",
                                 "principal.__cedar == 1",
                                 "__cedar::User::\"a\" == principal",
                                 "context has a.\"b\"",
                                 "context has \"a\".b",
                                 "context has (a)",
                                 "principal like (\"a\")",
                                 "principal like 1",
                                 "foo",
                                 "a::b",
                                 "permit.foo",
                                 "User::\"a\"(1)",
                                 "(principal)(1)",
                                 "ip::foo(\"a\")",
                                 "1 = 1",
                                 "1 === 1",
                                 "true & true",
                                 "true | true",
                                 "'a' == 1",
                                 "/* c */ true",
                                 "\"a\" \"b\"",
                                 "{,} == {}",
                                 "[,] == []",
                                 "true,",
                                 "User::{a: 1} == 1",
                                 "User::a == 1",
                                 "context has a.b[\"c\"]",
                                 "context[\"contains\"](1)",
                                 "\"unclosed",
                                 "()",
                                 "if true then 1",
                                 "[1",
                                 "{a 1}",
                                 "1..2",
                                 "~1"}) {
    EXPECT_NE(Refusal(Condition(expression)), "") << expression;
  }
}

TEST(CedarParserTest, ErrorsShowFileLineColumnAndCaret) {
  const std::string message = Refusal("// first\npermit(principal, action, resource)\nwhen { context.a = 1 };");
  EXPECT_EQ(message,
            "file.cedar:3:18: `=` is no operator; equality is `==`\n"
            "3 | when { context.a = 1 };\n"
            "  |                  ^");
}

TEST(CedarParserTest, ColumnsCountCharactersNotBytes) {
  const std::string message = Refusal(Condition("\"é€😀\" = 1"));
  EXPECT_NE(message.find("file.cedar:1:50: "), std::string::npos) << message;
}

TEST(CedarParserTest, SuggestsNamesOneLetterOff) {
  const std::pair<const char*, const char*> cases[] = {
      {"premit(principal, action, resource);", "`permit`"},
      {"permit(principle, action, resource);", "`principal`"},
      {"permit(principal, action, resource) wen { true };", "`when`"},
      {"permit(principal, action, resource) when { contxt.a };", "`context`"},
      {"permit(principal, action, resource) when { [1].contain(1) };", "`contains`"},
      {"permit(principal, action, resource) when { decimel(\"1.0\") == 1 };", "`decimal`"},
      {"permit(principal, action, resource) when { ip(\"::1\").isIpV4() };", "`isIpv4`"},
  };
  for (const auto& [text, name] : cases) {
    EXPECT_NE(Refusal(text).find(std::string("did you mean ") + name), std::string::npos) << Refusal(text);
  }
}

TEST(CedarParserTest, KeepsIdsAnnotationsAndPlaces) {
  const auto set = PolicySet::Parse(
      "permit(principal, action, resource);\n\n"
      "  @id(\"second\")\n@note\nforbid(principal == ?principal, action, resource);\npermit(principal, action, "
      "resource);",
      "f.cedar", "base");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->policies().size(), 2u);
  ASSERT_EQ(set->templates().size(), 1u);
  EXPECT_EQ(set->policies()[0].id(), "base0");
  EXPECT_EQ(set->templates()[0].id(), "base1");
  EXPECT_EQ(set->policies()[1].id(), "base2");
  const Policy& t = set->templates()[0];
  EXPECT_TRUE(t.is_template());
  EXPECT_EQ(t.effect(), Effect::kForbid);
  ASSERT_NE(t.Annotation("id"), nullptr);
  EXPECT_EQ(*t.Annotation("id"), "second");
  EXPECT_EQ(*t.Annotation("note"), "");
  EXPECT_EQ(t.Annotation("other"), nullptr);
  EXPECT_EQ(t.position().ToString(), "f.cedar:3:3");
  EXPECT_EQ(t.SourceText(), "@id(\"second\")\n@note\nforbid(principal == ?principal, action, resource);");
}

TEST(CedarParserTest, NotUtf8IsRefusedWithItsPlace) {
  EXPECT_NE(Refusal("permit(principal,\n action\xff, resource);").find("file.cedar:2:8"), std::string::npos);
}

}  // namespace
}  // namespace tidegate::cedar
