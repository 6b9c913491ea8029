// The results of expressions. Each is the condition of one policy, which is then satisfied, not satisfied, or errs.

#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

Entities Store() {
  const auto store = Entities::FromJson(R"([
    {"uid": {"type": "User", "id": "alice"}, "parents": [{"type": "Group", "id": "staff"}],
     "attrs": {"age": 30, "name": "Alice", "tags": ["a", "b"], "boss": {"__entity": {"type": "User", "id": "bob"}},
               "home": {"city": "Utrecht", "no": {"n": 7}}},
     "tags": {"colour": "red"}},
    {"uid": {"type": "Group", "id": "staff"}, "parents": [{"type": "Group", "id": "all"}], "attrs": {}},
    {"uid": {"type": "User", "id": "bob"}, "parents": [], "attrs": {"age": 50}}])");
  EXPECT_TRUE(store.ok()) << store.status();
  return *store;
}

Outcome Evaluate(const std::string& condition, std::string* error = nullptr) {
  static const auto* const store = new Entities(Store());
  const auto set = PolicySet::Parse("permit(principal, action, resource) when { " + condition + " };", "p.cedar");
  EXPECT_TRUE(set.ok()) << condition << "\n" << set.status();
  if (!set.ok()) return Outcome::kError;
  Request request;
  request.principal = EntityUid("User", "alice");
  request.action = EntityUid("Action", "view");
  request.resource = EntityUid("Doc", "d");
  request.context = Value::Record({{"flag", Value::Bool(true)}, {"n", Value::Long(5)}});
  return EvaluatePolicy(set->policies()[0], request, *store, error);
}

void ExpectAll(Outcome outcome, std::initializer_list<const char*> conditions) {
  for (const char* c : conditions) {
    std::string error;
    EXPECT_EQ(Evaluate(c, &error), outcome) << c << "\n" << error;
  }
}

TEST(CedarEvaluatorTest, Satisfied) {
  ExpectAll(Outcome::kSatisfied, {"true",
                                  "!false",
                                  "!!true",
                                  "1 == 1",
                                  "1 != \"a\"",
                                  "1 + 2 * 3 == 7",
                                  "1 - 2 - 3 == -4",
                                  "-(5) == -5",
                                  "--5 == 5",
                                  "-9223372036854775808 < 0",
                                  "1 < 2",
                                  "2 <= 2",
                                  "3 > 2",
                                  "3 >= 3",
                                  "true || 1 == \"x\" + 1",
                                  "!(false && 1 + true == 1)",
                                  "if true then true else 1",
                                  "(if false then 1 else 2) == 2",
                                  "{a: 1, \"b\": 2} == {b: 2, a: 1}",
                                  "{a: {b: 1}}.a.b == 1",
                                  "{a: 1}[\"a\"] == 1",
                                  "[1, 2, 2] == [2, 1]",
                                  "[] == []",
                                  "{} == {}",
                                  "[[1], [2]].contains([2])",
                                  "[1, 2].containsAll([2])",
                                  "[1].containsAll([])",
                                  "[1, 2].containsAny([2, 3])",
                                  "[].isEmpty()",
                                  "![1].isEmpty()",
                                  "!([].containsAny([1]))",
                                  "principal == User::\"alice\"",
                                  "principal in Group::\"staff\"",
                                  "principal in Group::\"all\"",
                                  "principal in principal",
                                  "Ghost::\"x\" in Ghost::\"x\"",
                                  "principal in [Group::\"x\", Group::\"all\"]",
                                  "!(principal in [])",
                                  "!(Group::\"all\" in principal)",
                                  "principal is User",
                                  "!(principal is Group)",
                                  "principal is User in Group::\"all\"",
                                  "!(principal is Group in 1)",
                                  "principal has age",
                                  "!(principal has height)",
                                  "!(resource has x)",
                                  "principal has \"name\"",
                                  "context has flag",
                                  "principal has home.city",
                                  "!(principal has home.zip.code)",
                                  "principal has home.no.n",
                                  "principal.boss.age == 50",
                                  "principal has boss.age",
                                  "!(principal has boss.name)",
                                  "context.n == 5",
                                  "principal.home[\"city\"] == \"Utrecht\"",
                                  "principal.hasTag(\"colour\")",
                                  "!principal.hasTag(\"size\")",
                                  "!resource.hasTag(\"x\")",
                                  "principal.getTag(\"colour\") == \"red\"",
                                  "principal.name like \"A*\"",
                                  "principal.name like \"*l*c*\"",
                                  "!(principal.name like \"l*\")",
                                  "\"a*b\" like \"a\\*b\"",
                                  "!(\"axb\" like \"a\\*b\")",
                                  "\"\" like \"*\"",
                                  "\"\" like \"\"",
                                  "\"aaa\" like \"a*a\"",
                                  "!(\"a\" like \"a*a\")",
                                  "\"\\u{e9}\" == \"é\"",
                                  "\"a\\\"b\" != \"ab\"",
                                  "\"\\u{1_F}\" == \"\\x1f\"",
                                  "context.flag && principal.age > 20"});
}

TEST(CedarEvaluatorTest, ExtensionTypes) {
  ExpectAll(Outcome::kSatisfied,
            {"decimal(\"1.0\") == decimal(\"1.0000\")",
             "decimal(\"1.1\").greaterThan(decimal(\"1.0\"))",
             "decimal(\"-1.1\").lessThan(decimal(\"1.0\"))",
             "decimal(\"1.0\").lessThanOrEqual(decimal(\"1.0\"))",
             "decimal(\"1.0\").greaterThanOrEqual(decimal(\"1.0\"))",
             "1 != decimal(\"1.0\")",
             "ip(\"127.0.0.1/8\").isLoopback()",
             "!ip(\"127.0.0.1/7\").isLoopback()",
             "ip(\"::1\").isLoopback()",
             "!ip(\"::ffff:7f00:1\").isLoopback()",
             "ip(\"224.1.2.3\").isMulticast()",
             "ip(\"ff02::1\").isMulticast()",
             "ip(\"10.1.1.1\").isInRange(ip(\"10.0.0.0/8\"))",
             "!ip(\"10.0.0.0/7\").isInRange(ip(\"10.0.0.0/8\"))",
             "!ip(\"::1\").isInRange(ip(\"0.0.0.0/0\"))",
             "ip(\"1.1.1.1\").isIpv4()",
             "ip(\"::\").isIpv6()",
             "datetime(\"2024-01-01\") < datetime(\"2024-01-02\")",
             "duration(\"1s\") == duration(\"1000ms\")",
             "duration(\"-1ms\") < duration(\"0ms\")",
             "duration(\"-36h\").toDays() == -1",
             "duration(\"1d\").toHours() == 24",
             "duration(\"90s\").toMinutes() == 1",
             "duration(\"-1ms\").toSeconds() == 0",
             "duration(\"1s\").toMilliseconds() == 1000",
             "datetime(\"2024-01-01\").offset(duration(\"1d\")) == datetime(\"2024-01-02\")",
             "datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"24h\")",
             "datetime(\"1969-12-31T23:59:59.999Z\").toTime() == duration(\"86399999ms\")",
             "datetime(\"1969-12-31T23:59:59.999Z\").toDate() == datetime(\"1969-12-31\")"});
}

TEST(CedarEvaluatorTest, Errors) {
  ExpectAll(Outcome::kError,
            {"1",
             "\"true\"",
             "1 && true",
             "true && 1",
             "false || 1",
             "!1",
             "-true == 1",
             "1 + \"a\" == 1",
             "9223372036854775807 + 1 == 0",
             "-9223372036854775808 - 1 == 0",
             "4611686018427387904 * 2 == 0",
             "-(-9223372036854775808) == 0",
             "1 < \"a\"",
             "\"a\" < \"b\"",
             "datetime(\"2024-01-01\") < duration(\"1d\")",
             "decimal(\"1.0\") < decimal(\"2.0\")",
             "if 1 then true else true",
             "principal.height == 1",
             "resource.x == 1",
             "{a: 1}.b == 1",
             "1 in principal",
             "principal in 1",
             "principal in [1]",
             "principal in [User::\"alice\", 1]",
             "1 has a",
             "principal has age.years",
             "1 like \"a\"",
             "1 is User",
             "1.contains(1)",
             "[1].containsAll(1)",
             "principal.getTag(\"size\") == 1",
             "resource.getTag(\"x\") == 1",
             "principal.hasTag(1)",
             "\"x\".hasTag(\"a\")",
             "decimal(\"1\") == 1",
             "ip(\"x\").isIpv4()",
             "ip(1) == 1",
             "ip() == 1",
             "ip(\"1.1.1.1\", \"x\") == 1",
             "decimal(\"1.0\").lessThan()",
             "ip(\"1.1.1.1\").isInRange(decimal(\"1.0\"))",
             "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate() == 1",
             "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).offset(duration(\"-1ms\")) == 1"});
}

TEST(CedarEvaluatorTest, AnErrorNamesItsPlaceAndSuggests) {
  std::string error;
  ASSERT_EQ(Evaluate("true &&\n principal.nane == \"x\"", &error), Outcome::kError);
  EXPECT_EQ(error.substr(0, 12), "p.cedar:2:12") << error;
  EXPECT_NE(error.find("did you mean `name`?"), std::string::npos) << error;
}

TEST(CedarEvaluatorTest, ManyTemporariesDoNotDisturbOneAnother) {
  std::string sum = "0";
  for (int i = 1; i <= 100; ++i) sum += " + " + std::to_string(i);
  EXPECT_EQ(Evaluate(sum + " == 5050"), Outcome::kSatisfied);
  EXPECT_EQ(Evaluate("[context.n, context.n + 1] == [context.n + 1, 5]"), Outcome::kSatisfied);
}

}  // namespace
}  // namespace tidegate::cedar
