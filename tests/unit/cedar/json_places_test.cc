// Errors in Cedar's JSON forms show their place: file, line, column, and a caret.
#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

std::string Said(const absl::Status& status) { return std::string(status.message()); }

TEST(CedarJsonPlacesTest, TextThatIsNoJson) {
  EXPECT_EQ(Said(Entities::FromJson("[\n  {\"uid\": nul}\n]", nullptr, "who.json").status()).substr(0, 36),
            "who.json:2:14: not acceptable JSON: ");
  const std::string twice = Said(ContextFromJson("{\"a\": 1,\n \"b\": 2, \"a\": 3}").status());
  EXPECT_EQ(twice,
            "2:10: not acceptable JSON: an object has the name `a` twice\n"
            "2 |  \"b\": 2, \"a\": 3}\n"
            "  |          ^");
}

TEST(CedarJsonPlacesTest, Contexts) {
  EXPECT_EQ(Said(ContextFromJson("{\n  \"é\": [1, {\"x\": 1.5}]\n}", nullptr, nullptr, "c.json").status()),
            "c.json:2:18: context: `é`: [1]: `x`: the number is no long; Cedar has whole numbers only\n"
            "2 |   \"é\": [1, {\"x\": 1.5}]\n"
            "  |                  ^");
}

TEST(CedarJsonPlacesTest, ATextMayBeginWithAByteOrderMark) {
  EXPECT_EQ(Said(ContextFromJson("\xEF\xBB\xBF{\n \"a\": null}").status()).substr(0, 6), "2:7: c");
}

TEST(CedarJsonPlacesTest, Entities) {
  const std::string text = R"([
  {"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": []},
  {"uid": {"type": "U", "id": "b"}, "parents": [], "attrs": {
    "one\"two": {"__extn": {"fn": "ip", "arg": "300.0.0.1"}}}}
])";
  const std::string said = Said(Entities::FromJson(text, nullptr, "e.json").status());
  EXPECT_EQ(said.substr(0, 13), "e.json:4:28: ") << said;
  EXPECT_NE(said.find("entity `U::\"b\"`: attribute `one\"two`"), std::string::npos) << said;
  EXPECT_EQ(said.substr(said.rfind('\n') + 1), "  | " + std::string(27, ' ') + "^") << said;
}

TEST(CedarJsonPlacesTest, Policies) {
  const std::string text = R"({
 "effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"},
 "conditions": [{"kind": "when", "body": {"==": {
   "left": {"Value": 1},
   "rigth": {"Value": 2}}}}]})";
  EXPECT_EQ(Said(PolicySet::PolicyFromJson(text, "p", "p.json").status()),
            "p.json:5:4: policy `p`: condition 0: there is no `rigth` here (did you mean `right`?)\n"
            "5 |    \"rigth\": {\"Value\": 2}}}}]}\n"
            "  |    ^");
}

TEST(CedarJsonPlacesTest, SetsOfPolicies) {
  const std::string policy =
      R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})";
  EXPECT_EQ(Said(PolicySet::FromJson("{\"staticPolicies\": {},\n \"templates\": {\"t\": " + policy + "}}").status())
                .substr(0, 46),
            "2:16: policy `t`: a template needs a slot\n2 | ");
  EXPECT_EQ(Said(PolicySet::FromJson("{\n\"staticPolicys\": {}}").status()),
            "2:1: policies: there is no `staticPolicys` (did you mean `staticPolicies`?)\n"
            "2 | \"staticPolicys\": {}}\n"
            "  | ^");
  EXPECT_EQ(
      Said(PolicySet::FromJson("{\"templateLinks\": [ {\"templateId\": \"t\", \"newId\": \"n\", \"values\": {}}]}")
               .status())
          .substr(0, 6),
      "1:21: ");
}

TEST(CedarJsonPlacesTest, Schemas) {
  EXPECT_EQ(Said(Schema::ParseJson("{\"\": {\"actions\": {},\n  \"entityTypes\": {\"U\": {\n"
                                   "    \"shape\": {\"type\": \"Record\", \"atributes\": {}}}}}}",
                                   "s.json")
                     .status()),
            "s.json:3:14: schema: entity type `U`: a record needs `attributes`; is `atributes` meant to be it?\n"
            "3 |     \"shape\": {\"type\": \"Record\", \"atributes\": {}}}}}}\n"
            "  |              ^");
}

TEST(CedarJsonPlacesTest, FarDownInADeepText) {
  std::string text = R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},)"
                     "\"conditions\":[{\"kind\":\"when\",\"body\":";
  constexpr int kLinks = 20'000;
  for (int i = 0; i < kLinks; ++i) text += "{\"&&\":{\"left\":";
  text += "\n{\"Var\":\"principle\"}";
  for (int i = 0; i < kLinks; ++i) text += ",\"right\":{\"Value\":true}}}";
  text += "}]}";
  const std::string said = Said(PolicySet::PolicyFromJson(text, "p").status());
  EXPECT_EQ(said.substr(0, said.find('\n')), "2:8: policy `p`: condition 0: there is no variable `principle`");
}

}  // namespace
}  // namespace tidegate::cedar
