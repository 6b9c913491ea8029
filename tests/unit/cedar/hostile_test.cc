// Texts made to exhaust the stack, the memory or the clock are refused with a place, or are handled in a moment.

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

std::string Repeat(const std::string& text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string Name(int number) {
  std::string name = "T";
  name.append(std::to_string(number));
  return name;
}

std::string Condition(const std::string& expression) {
  return "permit(principal, action, resource) when { " + expression + " };";
}

void ExpectRefusedWithPlace(const std::string& text) {
  const auto set = PolicySet::Parse(text, "hostile.cedar");
  ASSERT_FALSE(set.ok());
  const std::string message(set.status().message());
  EXPECT_EQ(message.substr(0, 16), "hostile.cedar:1:") << message;
  EXPECT_LT(message.size(), 2000u);
}

TEST(CedarHostileTest, NestingIsRefused) {
  constexpr size_t kDeep = 10'000;
  ExpectRefusedWithPlace(Condition(Repeat("(", kDeep) + "true" + Repeat(")", kDeep)));
  ExpectRefusedWithPlace(Condition(Repeat("[", kDeep) + "1" + Repeat("]", kDeep)));
  ExpectRefusedWithPlace(Condition(Repeat("{a:", kDeep) + "1" + Repeat("}", kDeep)));
  ExpectRefusedWithPlace(Condition(Repeat("if true then ", kDeep) + "1"));
  ExpectRefusedWithPlace(Condition(Repeat("if true then true else ", kDeep) + "1"));
  ExpectRefusedWithPlace(Condition(Repeat("!(", kDeep) + "true" + Repeat(")", kDeep)));
  ExpectRefusedWithPlace(Condition(Repeat("ip(", kDeep) + "1" + Repeat(")", kDeep)));
  ExpectRefusedWithPlace(Condition("context" + Repeat(".a", kDeep)));
  ExpectRefusedWithPlace(Condition("context" + Repeat(".contains(1)", kDeep)));
  ExpectRefusedWithPlace(Condition("1" + Repeat(" + 1", kDeep) + " == 1"));
  ExpectRefusedWithPlace(Condition("context has a" + Repeat(".a", kDeep)));
  ExpectRefusedWithPlace(Condition(Repeat("(", 1'000'000)));
  ExpectRefusedWithPlace(Condition("\"" + Repeat("x", 1'000'000)));
  ExpectRefusedWithPlace(Condition(Repeat("!", 1'000'000) + "true"));
}

// Each level names the one below twice, so that what is small as a text is huge as a tree.
TEST(CedarHostileTest, SharedOperandsAreCountedEachTime) {
  std::string e = "context";
  for (int i = 0; i < 60; ++i) e = "(if " + e + " has a.b then context else context)";
  ExpectRefusedWithPlace(Condition(e + ".a"));
}

TEST(CedarHostileTest, TheDeepestThatIsAcceptedEvaluatesValidatesAndPrints) {
  const auto schema =
      Schema::ParseHuman("entity User, Doc; action view appliesTo { principal: User, resource: Doc, context: {} };");
  ASSERT_TRUE(schema.ok()) << schema.status();
  Request request;
  request.principal = EntityUid("User", "a");
  request.action = EntityUid("Action", "view");
  request.resource = EntityUid("Doc", "d");
  size_t accepted = 0;
  for (size_t depth : {100, 200, 400, 480, 498}) {
    for (const auto& [open, close] : {std::pair<std::string, std::string>{"!(", ")"},
                                      {"(", ")"},
                                      {"if true then ", " else false"},
                                      {"true && (false || ", ")"}}) {
      const auto set = PolicySet::Parse(Condition(Repeat(open, depth) + "true" + Repeat(close, depth)));
      if (!set.ok()) continue;
      ++accepted;
      EXPECT_NE(EvaluatePolicy(set->policies()[0], request, Entities()), Outcome::kError);
      EXPECT_TRUE(Validate(*set, *schema).valid());
      const auto again = PolicySet::Parse(set->policies()[0].ToText());
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_TRUE(again->policies()[0].SameMeaningAs(set->policies()[0]));
      const auto json = PolicySet::PolicyFromJson(set->policies()[0].ToJson(), "x");
      ASSERT_TRUE(json.ok()) << json.status();
      EXPECT_TRUE(json->policies()[0].SameMeaningAs(set->policies()[0]));
    }
  }
  EXPECT_GE(accepted, 16u);
}

TEST(CedarHostileTest, LongChainsAreNotDeep) {
  const auto set = PolicySet::Parse(Condition("true" + Repeat(" && true", 20'000)));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(EvaluatePolicy(set->policies()[0], Request(), Entities()), Outcome::kSatisfied);
  const auto json = PolicySet::PolicyFromJson(set->policies()[0].ToJson(), "x");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_TRUE(json->policies()[0].SameMeaningAs(set->policies()[0]));
}

TEST(CedarHostileTest, AMegabyteTakesAMoment) {
  const std::string texts[] = {
      Repeat("permit(principal,action,resource);", 30'000),
      Condition("[" + Repeat("1,", 500'000) + "].isEmpty()"),
      Condition("{" + Repeat("aaaa:1,", 150'000) + "}"),
      Condition("context.x like \"" + Repeat("*a", 500'000) + "\""),
      Repeat("@a ", 300'000),
      Repeat("\"", 1'000'000),
      Repeat("\n", 1'000'000) + "x",
  };
  for (const std::string& text : texts) {
    const auto start = std::chrono::steady_clock::now();
    const auto set = PolicySet::Parse(text, "hostile.cedar");
    if (set.ok()) EvaluatePolicy(set->policies()[0], Request(), Entities());
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, std::chrono::seconds(20)) << text.substr(0, 40);  // far below the bound even with sanitizers
  }
}

TEST(CedarHostileTest, SchemasAreBounded) {
  EXPECT_FALSE(Schema::ParseHuman("type T = " + Repeat("Set<", 10'000) + "Long" + Repeat(">", 10'000) + ";").ok());
  std::string doubling = "type T0 = {a: Long, b: Long};";
  for (int i = 1; i < 60; ++i) {
    const std::string below = Name(i - 1);
    doubling.append("type ").append(Name(i)).append(" = {a: ").append(below).append(", b: ").append(below).append("};");
  }
  const auto schema = Schema::ParseHuman(doubling, "s");
  ASSERT_FALSE(schema.ok());
  EXPECT_NE(std::string(schema.status().message()).find("too large"), std::string::npos) << schema.status();
  std::string chain = "type T0 = Long;";
  for (int i = 1; i < 5'000; ++i) {
    chain.append("type ").append(Name(i)).append(" = Set<").append(Name(i - 1)).append(">;");
  }
  EXPECT_FALSE(Schema::ParseHuman(chain).ok());
}

TEST(CedarHostileTest, JsonIsBounded) {
  EXPECT_FALSE(Entities::FromJson(Repeat("[", 1'000'000)).ok());
  EXPECT_FALSE(ContextFromJson("{\"a\":" + Repeat("[", 100'000) + Repeat("]", 100'000) + "}").ok());
  EXPECT_FALSE(PolicySet::PolicyFromJson(Repeat("{\"!\":", 1'000'000), "x").ok());
  EXPECT_FALSE(Schema::ParseJson(Repeat("{\"\":", 1'000'000)).ok());
  const std::string open = "{\"!\":{\"arg\":";
  const std::string body = Repeat(open, 10'000) + "{\"Value\":true}" + Repeat("}}", 10'000);
  EXPECT_FALSE(PolicySet::PolicyFromJson(R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},
      "resource":{"op":"All"},"conditions":[{"kind":"when","body":)" +
                                             body + "}]}",
                                         "x")
                   .ok());
}

}  // namespace
}  // namespace tidegate::cedar
