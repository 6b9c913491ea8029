#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

Entity Below(const EntityUid& uid, std::vector<EntityUid> parents) { return {uid, std::move(parents), {}, {}}; }

const EntityUid kA("T", "a");
const EntityUid kB("T", "b");
const EntityUid kC("T", "c");
const EntityUid kD("T", "d");

TEST(CedarEntitiesTest, TheHierarchyIsClosed) {
  const auto store = Entities::Make({Below(kA, {kB}), Below(kB, {kC, kD}), Below(kC, {})});
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE(store->In(kA, kA));
  EXPECT_TRUE(store->In(kA, kC));
  EXPECT_TRUE(store->In(kA, kD)) << "a parent need not be in the store";
  EXPECT_FALSE(store->In(kC, kA));
  EXPECT_TRUE(store->In(kD, kD));
  EXPECT_EQ(store->Ancestors(kA), (std::vector<EntityUid>{kB, kC, kD}));
  EXPECT_EQ(store->Parents(kA), (std::vector<EntityUid>{kB}));
  EXPECT_EQ(store->size(), 3u);
}

TEST(CedarEntitiesTest, CyclesAndContradictionsAreRefused) {
  EXPECT_FALSE(Entities::Make({Below(kA, {kA})}).ok());
  EXPECT_FALSE(Entities::Make({Below(kA, {kB}), Below(kB, {kC}), Below(kC, {kA})}).ok());
  EXPECT_FALSE(Entities::Make({Below(kA, {kB}), Below(kA, {kC})}).ok());
  EXPECT_TRUE(Entities::Make({Below(kA, {kB, kC}), Below(kA, {kC, kB, kB})}).ok()) << "the same twice is no harm";
}

TEST(CedarEntitiesTest, ALayerSeesItsBaseAndHidesIt) {
  const auto base = Entities::Make({Below(kB, {kC}), {kD, {}, {{"x", Value::Long(1)}}, {}}});
  ASSERT_TRUE(base.ok());
  const auto layer = Entities::Layer(*base, {Below(kA, {kB}), {kD, {}, {{"x", Value::Long(2)}}, {}}});
  ASSERT_TRUE(layer.ok());
  EXPECT_TRUE(layer->In(kA, kC));
  EXPECT_TRUE(layer->In(kB, kC));
  EXPECT_FALSE(base->In(kA, kC));
  EXPECT_EQ(layer->Attrs(kD)->Find("x")->AsLong(), 2);
  EXPECT_EQ(base->Attrs(kD)->Find("x")->AsLong(), 1);
  EXPECT_EQ(layer->size(), 3u);
  EXPECT_EQ(layer->Uids(), (std::vector<EntityUid>{kA, kB, kD}));
  EXPECT_EQ(layer->Attrs(kC), nullptr);
}

TEST(CedarEntitiesTest, ALongChainNeedsNoStack) {
  std::vector<Entity> chain;
  for (int i = 0; i < 2000; ++i) {
    chain.push_back(Below(EntityUid("T", std::to_string(i)), {EntityUid("T", std::to_string(i + 1))}));
  }
  const auto store = Entities::Make(chain);
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE(store->In(EntityUid("T", "0"), EntityUid("T", "2000")));
}

TEST(CedarEntitiesTest, AHierarchyThatWouldNotFitIsRefused) {
  std::vector<Entity> chain;
  for (int i = 0; i < 10'000; ++i) {
    chain.push_back(Below(EntityUid("T", std::to_string(i)), {EntityUid("T", std::to_string(i + 1))}));
  }
  EXPECT_FALSE(Entities::Make(chain).ok());
}

std::string WithAttribute(const std::string& json) {
  return R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {"x": )" + json + "}}]";
}

TEST(CedarEntitiesTest, ReadsTheJsonForm) {
  const auto store = Entities::FromJson(R"([
    {"uid": {"__entity": {"type": "A::B", "id": "x\u0000y"}}, "parents": [{"type": "A::B", "id": "p"}],
     "attrs": {"n": -1, "s": "é", "set": [1, 1, 2], "r": {"": true},
               "e": {"__entity": {"type": "U", "id": "z"}}, "ip": {"__extn": {"fn": "ip", "arg": "1.1.1.1"}},
               "t": {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
                                                        {"__extn": {"fn": "duration", "arg": "1s"}}]}},
               "plain": {"type": "U", "id": "z"}},
     "tags": {"k": "v"}, "unknown member": 1}])");
  ASSERT_TRUE(store.ok()) << store.status();
  const EntityUid uid("A::B", std::string_view("x\0y", 3));
  const Value* attrs = store->Attrs(uid);
  ASSERT_NE(attrs, nullptr);
  EXPECT_EQ(*attrs->Find("set"), Value::Set({Value::Long(1), Value::Long(2)}));
  EXPECT_EQ(*attrs->Find("e"), Value::Entity(EntityUid("U", "z")));
  EXPECT_EQ(*attrs->Find("ip"), *Value::Ip("1.1.1.1"));
  EXPECT_EQ(*attrs->Find("t"), Value::DatetimeMillis(1000));
  EXPECT_TRUE(attrs->Find("plain")->is_record()) << "without a schema an object is a record";
  EXPECT_EQ(*store->Tags(uid)->Find("k"), Value::String("v"));
  const auto again = Entities::FromJson(store->ToJson());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->ToJson(), store->ToJson());
  EXPECT_EQ(*again->Attrs(uid), *attrs);
}

TEST(CedarEntitiesTest, RefusesOtherJson) {
  for (const char* json : {"null", "1.5", "9223372036854775808", R"({"__expr": "1"})",
                           R"({"__extn": {"fn": "ip", "arg": "x"}})", R"({"__extn": {"fn": "nope", "arg": "x"}})",
                           R"({"__extn": {"fn": "ip", "arg": 1}})", R"({"__entity": {"type": "U U", "id": "a"}})",
                           R"({"__entity": {"type": "if", "id": "a"}})", R"({"a": 1, "a": 2})", "[1,]", "nul"}) {
    EXPECT_FALSE(Entities::FromJson(WithAttribute(json)).ok()) << json;
  }
  for (const char* json :
       {"{}", "[1]", R"([{"uid": "U::\"a\"", "attrs": {}, "parents": []}])",
        R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}}])", R"([{"uid": {"type": "U", "id": "a"}, "parents": []}])",
        R"([{"uid": {"type": " U", "id": "a"}, "attrs": {}, "parents": []}])",
        R"([{"uid": {"type": "__cedar::U", "id": "a"}, "attrs": {}, "parents": []}])",
        R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [], "tags": null}])",
        R"([{"uid": {"type": "Action", "id": "a"}, "attrs": {}, "parents": [{"type": "U", "id": "x"}]}])",
        R"([{"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [{"type": "U", "id": "a"}]}])"}) {
    EXPECT_FALSE(Entities::FromJson(json).ok()) << json;
  }
}

TEST(CedarEntitiesTest, ASchemaGivesValuesTheirTypesAndAddsActions) {
  const auto schema = Schema::ParseHuman(
      "entity U in [U] = {d: decimal, e?: U, s?: Set<ipaddr>} tags duration; action g; action v in g;");
  ASSERT_TRUE(schema.ok()) << schema.status();
  const auto store = Entities::FromJson(R"([{"uid": {"type": "U", "id": "a"}, "parents": [{"type": "U", "id": "b"}],
      "attrs": {"d": "1.5", "e": {"type": "U", "id": "z"}, "s": ["::1", {"fn": "ip", "arg": "::2"}]},
      "tags": {"k": "1d"}}])",
                                        &*schema);
  ASSERT_TRUE(store.ok()) << store.status();
  const EntityUid uid("U", "a");
  EXPECT_EQ(*store->Attrs(uid)->Find("d"), *Value::Decimal("1.5"));
  EXPECT_EQ(*store->Attrs(uid)->Find("e"), Value::Entity(EntityUid("U", "z")));
  EXPECT_EQ(*store->Attrs(uid)->Find("s"), Value::Set({*Value::Ip("::1"), *Value::Ip("::2")}));
  EXPECT_EQ(*store->Tags(uid)->Find("k"), *Value::Duration("1d"));
  EXPECT_TRUE(store->In(EntityUid("Action", "v"), EntityUid("Action", "g")));
}

TEST(CedarEntitiesTest, EntitiesMustConformToTheSchema) {
  const auto schema = Schema::ParseHuman(
      "entity G; entity C enum [\"red\"]; entity U in [G] = {n: Long, c?: C}; action g; action v in g;");
  ASSERT_TRUE(schema.ok());
  const std::string ok = R"([{"uid": {"type": "U", "id": "a"}, "parents": [{"type": "G", "id": "g"}],
                             "attrs": {"n": 1, "c": {"type": "C", "id": "red"}}}])";
  EXPECT_TRUE(Entities::FromJson(ok, &*schema).ok());
  for (const char* json :
       {R"([{"uid": {"type": "X", "id": "a"}, "parents": [], "attrs": {}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {"n": "1"}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {"n": 1, "m": 1}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [{"type": "U", "id": "b"}], "attrs": {"n": 1}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {"n": 1}, "tags": {"t": 1}}])",
        R"([{"uid": {"type": "U", "id": "a"}, "parents": [], "attrs": {"n": 1, "c": {"type": "C", "id": "blue"}}}])",
        R"([{"uid": {"type": "C", "id": "blue"}, "parents": [], "attrs": {}}])",
        R"([{"uid": {"type": "Action", "id": "w"}, "parents": [], "attrs": {}}])",
        R"([{"uid": {"type": "Action", "id": "v"}, "parents": [], "attrs": {}}])"}) {
    EXPECT_FALSE(Entities::FromJson(json, &*schema).ok()) << json;
  }
}

TEST(CedarEntitiesTest, ContextsAreRecords) {
  EXPECT_TRUE(ContextFromJson("{}").ok());
  EXPECT_FALSE(ContextFromJson("[]").ok());
  EXPECT_FALSE(ContextFromJson(R"({"__extn": {"fn": "ip", "arg": "::1"}})").ok());
  const auto schema =
      Schema::ParseHuman("entity U; action v appliesTo {principal: U, resource: U, context: {at: datetime, who?: U}};");
  ASSERT_TRUE(schema.ok());
  const EntityUid view("Action", "v");
  const auto context = ContextFromJson(R"({"at": "1970-01-01", "who": {"type": "U", "id": "x"}})", &*schema, &view);
  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_EQ(*context->Find("at"), Value::DatetimeMillis(0));
  EXPECT_EQ(*context->Find("who"), Value::Entity(EntityUid("U", "x")));
  const EntityUid other("Action", "other");
  EXPECT_FALSE(ContextFromJson("{}", &*schema, &other).ok());
}

}  // namespace
}  // namespace tidegate::cedar
