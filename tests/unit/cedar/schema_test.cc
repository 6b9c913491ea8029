#include <gtest/gtest.h>

#include <string>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

TEST(CedarSchemaTest, HumanSyntaxAccepts) {
  for (const char* text : {
           "",
           "entity A = {x: Bool};",
           "entity A {x: Long,};",
           "entity A in [A];",
           "type A = Long; entity A; entity B = {x: A};",
           "entity Long; entity B = {x: Long};",
           "type decimal = Long;",
           "action a;",
           "entity U; action a appliesTo {principal: U, resource: U};",
           ("entity U; action a appliesTo {principal: [U], resource: U, context: {}}; action b in a; action c in [a, "
            "\"b\", Action::\"b\"];"),
           "entity U; type C = {x: Long}; action a appliesTo {principal: U, resource: U, context: C};",
           "entity U; action a appliesTo {principal: U, resource: U,};",
           "entity U enum [\"a\", \"b\"];",
           "entity U in [E]; entity E enum [\"a\"];",
           "entity U tags Long;",
           "entity U = {\"a b\"?: Long};",
           "entity U; action \"a b\", c appliesTo {principal: U, resource: U} attributes {};",
           "@doc(\"x\") entity U = {@y z: Long};",
           "@doc namespace X { @a action b; @q type T = Long; }",
           "namespace A::B { entity C; } entity D = {x: A::B::C};",
           "entity D = {x: __cedar::Long, y: __cedar::ipaddr};",
           "namespace N { entity Long; entity B = {x: Long}; }",
           "entity A = {x: Set<Long>, y: Set<{a: String}>};",
           "entity Set; entity A = {x: Set};",
           "entity A { x: Long } tags { y: String };",
           "namespace N { action b in Action::\"a\"; } action a;",
           "namespace N { action b in [a]; } action a;",
           "namespace N { entity U; action b appliesTo {principal: U, resource: N::U}; }",
           "type principal = Long; entity permit = {x: principal};",
           "entity A = { x: { y: { z?: B } } }; entity B;",
           "entity A in []; // none",
       }) {
    const auto schema = Schema::ParseHuman(text, "s");
    EXPECT_TRUE(schema.ok()) << text << "\n" << schema.status();
  }
}

TEST(CedarSchemaTest, HumanSyntaxRefuses) {
  for (const char* text : {
           "entity A = {x: Boolean};",
           "type T = {x: Long}; entity A = T;",
           "entity A in B;",
           "entity A, B in [A,];",
           "entity A; entity A;",
           "type Long = String;",
           "type Set = String;",
           "type Entity = Long;",
           "namespace N { entity A; } entity A;",
           "namespace N { entity A; } namespace N { entity B; }",
           "namespace N { type A = Long; } entity A;",
           "type T = U; type U = T;",
           "type T = Set<T>;",
           "type T = Foo;",
           "entity U; action a appliesTo {principal: [], resource: U};",
           "entity U; action a appliesTo {principal: U};",
           "action a in b;",
           "action a in a;",
           "action a in [b]; action b in [a];",
           "entity U; type C = Long; action a appliesTo {principal: U, resource: U, context: C};",
           "entity U; action a appliesTo {principal: U, resource: U, principal: U};",
           "entity U; action a appliesTo {principal: U, resource: Action};",
           "entity U = {x: Action};",
           "entity U enum [\"a\",];",
           "entity U enum [];",
           "entity U = {if: Long};",
           "entity if;",
           "entity Action;",
           "@doc(\"x\") @doc(\"y\") entity U;",
           "namespace __cedar { entity A; }",
           "entity __cedar;",
           "entity A = {x: Set};",
           "action a; action a;",
           "namespace N { action a; } action a;",
           "action b in Foo::\"a\";",
           "entity A",
           "entity A = {x:: Long};",
           "entity A = {x: Long;};",
           "entity \"A\";",
           "action if;",
           "action a appliesTo {};",
           "entity U; action a appliesTo {context: {}};",
           "entity A = {x: Set<Long};",
           "foo;",
       }) {
    EXPECT_FALSE(Schema::ParseHuman(text, "s").ok()) << text;
  }
}

TEST(CedarSchemaTest, JsonSyntax) {
  for (const char* text : {
           R"({"": {"entityTypes": {}, "actions": {}}})",
           "{}",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes":
               {"x": {"type": "Long", "required": false}, "y": {"type": "ipaddr"}, "b": {"type": "Boolean"},
                "z": {"type": "Extension", "name": "decimal"},
                "s": {"type": "Set", "element": {"type": "Entity", "name": "A"}},
                "e": {"type": "EntityOrCommon", "name": "A"}, "t": {"type": "T"}}}}},
               "commonTypes": {"T": {"type": "Record", "attributes": {}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"enum": ["a"]}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"memberOfTypes": ["A"], "tags": {"type": "String"}}}, "actions": {
               "x": {"appliesTo": {"principalTypes": ["A"], "resourceTypes": ["A"], "context":
               {"type": "Record", "attributes": {}}}, "memberOf": [{"id": "y"}]}, "y": {"appliesTo": null}}}})",
           (R"({"N": {"entityTypes": {"A": {}}, "actions": {}}, "": {"entityTypes": {"B": )"
            R"({"memberOfTypes": ["N::A"]}}, "actions": {}}})"),
       }) {
    const auto schema = Schema::ParseJson(text);
    EXPECT_TRUE(schema.ok()) << text << "\n" << schema.status();
  }
  for (const char* text : {
           "[]",
           R"({"": {"entityTypes": {}}})",
           R"({"A B": {"entityTypes": {}, "actions": {}}})",
           R"({"": {"entityTypes": {"A::B": {}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"foo": 1}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Long"}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record"}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {"x": {"type": )"
           R"("A"}}}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {"x": {"type": )"
           R"("Set"}}}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {"x": {"type": )"
           R"("Entity"}}}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "additionalAttributes": true, )"
           R"("attributes": {}}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {"x": {"type": )"
           R"("Long", "name": "y"}}}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"enum": ["a"], "memberOfTypes": []}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {}}, "actions": {"x": {"appliesTo": {"principalTypes": ["A"]}}}}})",
           R"({"": {"entityTypes": {}, "actions": {"x": {"attributes": {"a": 1}}}}})",
           R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": 1}}}, "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"memberOfTypes": {}}}, "actions": {}}})",
           R"({"": {"entityTypes": [], "actions": {}}})",
           R"({"": {"entityTypes": {"A": {"shape": 1}}, "actions": {}}})",
           R"({"": 1})",
       }) {
    EXPECT_FALSE(Schema::ParseJson(text).ok()) << text;
  }
}

TEST(CedarSchemaTest, ErrorsHavePlaceCaretAndSuggestion) {
  const auto schema = Schema::ParseHuman("entity User;\nentity Doc = { owner: Usr };", "s.cedarschema");
  ASSERT_FALSE(schema.ok());
  EXPECT_EQ(std::string(schema.status().message()),
            "s.cedarschema:2:23: there is no type `Usr` (did you mean `User`?)\n"
            "2 | entity Doc = { owner: Usr };\n"
            "  |                       ^");
}

TEST(CedarSchemaTest, EachNameOneLetterOffIsSuggestedWhereItStands) {
  struct Slip {
    std::string schema;  // the caret stands under the `~`, which is not part of it
    std::string meant;
  };
  for (const Slip& slip : std::vector<Slip>{
           {"~entty User;", "entity"},
           {"entity User; entity Doc in [~Usr];", "User"},
           {"entity User; entity Doc { owner: Set<~Usr> };", "User"},
           {"entity User { age: ~Lng };", "Long"},
           {"type Address = String; entity User { home: ~Addres };", "Address"},
           {"entity User; action view appliesTo { principal: ~Usr, resource: User };", "User"},
           {"entity User; action view appliesTo { ~pricipal: User, resource: User };", "principal"},
           {"entity User; action group; action view in [~grup];", "group"},
       }) {
    const size_t at = slip.schema.find('~');
    const std::string text = slip.schema.substr(0, at) + slip.schema.substr(at + 1);
    const auto schema = Schema::ParseHuman(text, "s.cedarschema");
    ASSERT_FALSE(schema.ok()) << text;
    const std::string error(schema.status().message());
    EXPECT_EQ(error.find("s.cedarschema:1:" + std::to_string(at + 1) + ": "), 0u) << error;
    EXPECT_NE(error.find("(did you mean `" + slip.meant + "`?)"), std::string::npos) << error;
    const std::string caret = "\n1 | " + text + "\n  | " + std::string(at, ' ') + "^";
    EXPECT_EQ(error.substr(error.size() - caret.size()), caret);
  }
}

TEST(CedarSchemaTest, NamesThatResembleNoneAreToldWhatIsExpected) {
  const auto schema =
      Schema::ParseHuman("entity User; entity Team; action view appliesTo { principal: Planet, resource: User };", "s");
  EXPECT_NE(std::string(schema.status().message()).find("; expected one of `Team` or `User`\n"), std::string::npos)
      << schema.status();
}

TEST(CedarSchemaTest, AnActionWithinItselfIsShownWhereItIsDeclared) {
  const auto schema = Schema::ParseHuman("entity User;\naction a in [b];\naction b in [a];", "s");
  EXPECT_EQ(std::string(schema.status().message()).substr(0, 6), "s:2:8:") << schema.status();
}

TEST(CedarSchemaTest, ListsWhatItDeclares) {
  const auto schema = Schema::ParseHuman("namespace N { entity B, A; action g; action v in g; }");
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(schema->EntityTypes(), (std::vector<std::string>{"N::A", "N::B"}));
  EXPECT_EQ(schema->Actions(), (std::vector<EntityUid>{{"N::Action", "g"}, {"N::Action", "v"}}));
  EXPECT_EQ(schema->ActionEntities()[1].parents, (std::vector<EntityUid>{{"N::Action", "g"}}));
}

TEST(CedarSchemaTest, RequestsMustFitTheirAction) {
  const auto schema = Schema::ParseHuman(
      "entity U; entity D; entity C enum [\"red\"]; action g; action v appliesTo {principal: [U, C], resource: D,"
      " context: {n: Long, c?: C}};");
  ASSERT_TRUE(schema.ok());
  Request good;
  good.principal = EntityUid("U", "a");
  good.action = EntityUid("Action", "v");
  good.resource = EntityUid("D", "d");
  good.context = Value::Record({{"n", Value::Long(1)}});
  EXPECT_TRUE(ValidateRequest(good, *schema).ok());

  const auto refused = [&schema, &good](auto&& change) {
    Request r = good;
    change(r);
    return !ValidateRequest(r, *schema).ok();
  };
  EXPECT_TRUE(refused([](Request& r) { r.principal = EntityUid("D", "a"); }));
  EXPECT_TRUE(refused([](Request& r) { r.principal = EntityUid("X", "a"); }));
  EXPECT_TRUE(refused([](Request& r) { r.principal = EntityUid("C", "blue"); }));
  EXPECT_FALSE(refused([](Request& r) { r.principal = EntityUid("C", "red"); }));
  EXPECT_TRUE(refused([](Request& r) { r.resource = EntityUid("U", "a"); }));
  EXPECT_TRUE(refused([](Request& r) { r.action = EntityUid("Action", "w"); }));
  EXPECT_TRUE(refused([](Request& r) { r.action = EntityUid("Action", "g"); }));
  EXPECT_TRUE(refused([](Request& r) { r.context = Value::Record({}); }));
  EXPECT_TRUE(refused([](Request& r) { r.context = Value::Record({{"n", Value::String("1")}}); }));
  EXPECT_TRUE(refused([](Request& r) { r.context = Value::Record({{"n", Value::Long(1)}, {"m", Value::Long(1)}}); }));
  EXPECT_TRUE(refused([](Request& r) {
    r.context = Value::Record({{"n", Value::Long(1)}, {"c", Value::Entity(EntityUid("C", "blue"))}});
  }));
  EXPECT_TRUE(refused([](Request& r) { r.context = Value::Long(1); }));
}

}  // namespace
}  // namespace tidegate::cedar
