// Policies of a random world. Expressions are made for a type that is wanted, so that most of them type, and now and
// then for another, so that some do not.

#include <algorithm>
#include <set>

#include "tests/property/cedar/world.h"

namespace tidegate::cedar {
namespace {

using Kind = WorldType::Kind;

WorldTypePtr Of(Kind kind) {
  auto type = std::make_shared<WorldType>();
  type->kind = kind;
  return type;
}

WorldTypePtr OfEntity(const std::string& name) {
  auto type = std::make_shared<WorldType>();
  type->kind = WorldType::kEntity;
  type->entity = name;
  return type;
}

bool Same(const WorldType& a, const WorldType& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == WorldType::kEntity) return a.entity == b.entity;
  if (a.kind == WorldType::kSet) return Same(*a.element, *b.element);
  return a.kind != WorldType::kRecord || &a == &b;
}

bool IsWord(const std::string& name) {
  static const std::set<std::string> kReserved = {"in", "like", "if", "is", "has", "true", "false", "then", "else"};
  return !name.empty() && kReserved.count(name) == 0 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

class ExpressionMaker {
 public:
  ExpressionMaker(Random& random, const World& world, const WorldAction& action, std::string principal,
                  std::string resource)
      : random_(random),
        world_(world),
        action_(action),
        principal_(OfEntity(principal)),
        resource_(OfEntity(resource)) {
    auto context = std::make_shared<WorldType>();
    context->kind = WorldType::kRecord;
    context->fields = action.context;
    context_ = std::move(context);
  }

  std::string Bool(int depth) { return Make(*Of(WorldType::kBool), depth); }

 private:
  struct Path {
    std::string text;
    std::vector<std::string> guards;
    WorldTypePtr type;
  };

  std::string Make(const WorldType& wanted, int depth) {
    if (random_.OneIn(80)) return Make(*AnyType(), depth - 1);
    std::string text = Bare(wanted, depth);
    if (random_.OneIn(12)) text = "(" + text + ")";
    if (random_.OneIn(60)) text += " // note\n";
    return text;
  }

  WorldTypePtr AnyType() {
    const size_t pick = random_.Below(10);
    if (pick < 7) return Of(static_cast<Kind>(pick));
    if (pick < 8) return OfEntity(random_.Of(world_.types).name);
    auto set = std::make_shared<WorldType>();
    set->kind = WorldType::kSet;
    set->element = random_.OneIn(2) ? Of(static_cast<Kind>(random_.Below(4))) : OfEntity(random_.Of(world_.types).name);
    return set;
  }

  std::string Bare(const WorldType& wanted, int depth) {
    if (wanted.kind != WorldType::kBool && random_.OneIn(2)) {
      if (auto path = FindPath(wanted)) return path->text;
    }
    if (depth > 0 && random_.OneIn(15)) {
      return "(if " + Bool(depth - 1) + " then " + Make(wanted, depth - 1) + " else " + Make(wanted, depth - 1) + ")";
    }
    switch (wanted.kind) {
      case WorldType::kBool:
        return depth > 0 ? Condition(depth) : Leaf();
      case WorldType::kLong:
        return Long(depth);
      case WorldType::kString:
        return CedarString(random_, random_.Of(kStrings));
      case WorldType::kDecimal:
        return "decimal(" + Text({"1.5", "0.25", "-9.0", "922337203685477.5807", "1.23456", "x"}, 4) + ")";
      case WorldType::kIp:
        return "ip(" + Text({"10.0.0.1", "127.0.0.1", "10.0.0.0/8", "::1", "ff00::/8", "10.0.0.1/33", "x"}, 5) + ")";
      case WorldType::kDatetime:
        return Datetime(depth);
      case WorldType::kDuration:
        return Duration(depth);
      case WorldType::kEntity:
        return Literal(wanted.entity);
      case WorldType::kSet:
        return Set(*wanted.element, depth);
      case WorldType::kRecord:
        return Record(wanted, depth);
    }
    return "true";
  }

  // One of the first `good` texts, rarely of the others.
  std::string Text(const std::vector<std::string>& texts, size_t good) {
    return JsonString(random_.OneIn(25) ? random_.Of(texts) : texts[random_.Below(good)]);
  }

  std::string Literal(const std::string& type) {
    for (const WorldEntityType& t : world_.types) {
      if (t.name == type && !t.ids.empty() && !random_.OneIn(15)) return type + "::" + JsonString(random_.Of(t.ids));
    }
    return type + "::" + CedarString(random_, EntityId(random_));
  }

  std::string ActionLiteral() { return action_.type + "::" + JsonString(random_.Of(world_.actions).name); }

  std::string Long(int depth) {
    static const std::vector<std::string> kExtremes = {"9223372036854775807", "-9223372036854775808",
                                                       "4611686018427387904"};
    if (depth <= 0 || random_.OneIn(3)) {
      return random_.OneIn(12) ? random_.Of(kExtremes) : std::to_string(random_.Between(-3, 9));
    }
    const WorldType number = *Of(WorldType::kLong);
    static const std::vector<std::string> kUnits = {".toMilliseconds()", ".toSeconds()", ".toMinutes()", ".toHours()",
                                                    ".toDays()"};
    switch (random_.Below(6)) {
      case 0:
        return "-(" + Make(number, depth - 1) + ")";
      case 1:
        return "(" + Duration(depth - 1) + ")" + random_.Of(kUnits);
      case 2:
        return "(" + Make(number, depth - 1) + " - " + Make(number, depth - 1) + ")";
      case 3:
        return "(" + Make(number, depth - 1) + " * " + Make(number, depth - 1) + ")";
      default:
        return "(" + Make(number, depth - 1) + " + " + Make(number, depth - 1) + ")";
    }
  }

  std::string Datetime(int depth) {
    if (depth > 0 && random_.OneIn(4)) return "(" + Datetime(depth - 1) + ").offset(" + Duration(depth - 1) + ")";
    if (depth > 0 && random_.OneIn(6)) return "(" + Datetime(depth - 1) + ").toDate()";
    return "datetime(" +
           Text({"2024-01-01", "2024-02-29T10:20:30Z", "1969-12-31T23:59:59.500-0130", "2023-02-29",
                 "2024-01-01T00:00:60Z"},
                3) +
           ")";
  }

  std::string Duration(int depth) {
    if (depth > 0 && random_.OneIn(5))
      return "(" + Datetime(depth - 1) + ").durationSince(" + Datetime(depth - 1) + ")";
    if (depth > 0 && random_.OneIn(6)) return "(" + Datetime(depth - 1) + ").toTime()";
    return "duration(" + Text({"1d", "-2h30m", "500ms", "9223372036854775807ms", "1ms1d", ""}, 4) + ")";
  }

  std::string Set(const WorldType& element, int depth) {
    std::string out = "[";
    const size_t count = random_.OneIn(12) ? 0 : 1 + random_.Below(3);
    for (size_t i = 0; i < count; ++i) out.append(i > 0 ? ", " : "").append(Make(element, depth - 1));
    return out + "]";
  }

  std::string Record(const WorldType& wanted, int depth) {
    std::string out = "{";
    for (const WorldField& f : wanted.fields) {
      if (!f.required && random_.OneIn(2)) continue;
      out.append(out.size() > 1 ? ", " : "").append(IsWord(f.name) ? f.name : JsonString(f.name)).append(": ");
      out.append(Make(*f.type, depth - 1));
    }
    return out + "}";
  }

  const std::vector<WorldField>* FieldsOf(const WorldType& type) const {
    if (type.kind == WorldType::kRecord) return &type.fields;
    if (type.kind != WorldType::kEntity) return nullptr;
    for (const WorldEntityType& t : world_.types) {
      if (t.name == type.entity) return &t.fields;
    }
    return nullptr;
  }

  Path Root() {
    switch (random_.Below(7)) {
      case 0:
      case 1:
        return {"principal", {}, principal_};
      case 2:
      case 3:
        return {"resource", {}, resource_};
      case 4: {
        const std::string& type = random_.Of(world_.types).name;
        return {Literal(type), {}, OfEntity(type)};
      }
      default:
        return {"context", {}, context_};
    }
  }

  // A random way down from a variable; nothing if it has no attribute.
  bool Step(Path& path) {
    const std::vector<WorldField>* fields = FieldsOf(*path.type);
    if (fields == nullptr || fields->empty()) return false;
    const WorldField& f = random_.Of(*fields);
    const bool word = IsWord(f.name);
    if (!f.required || random_.OneIn(8))
      path.guards.push_back(path.text + " has " + (word ? f.name : JsonString(f.name)));
    path.text += word && !random_.OneIn(8) ? "." + f.name : "[" + JsonString(f.name) + "]";
    path.type = f.type;
    return true;
  }

  std::optional<Path> FindPath(const WorldType& wanted) {
    for (int attempt = 0; attempt < 6; ++attempt) {
      Path path = Root();
      for (int steps = 0; steps < 4; ++steps) {
        if (Same(*path.type, wanted) && (path.guards.empty() || random_.OneIn(3))) return path;
        if (!Step(path)) break;
      }
    }
    return std::nullopt;
  }

  std::string Leaf() {
    const WorldType boolean = *Of(WorldType::kBool);
    if (auto path = FindPath(boolean)) return path->text;
    return random_.OneIn(2) ? "true" : "false";
  }

  std::string Condition(int depth) {
    const auto below = [this, depth] { return Bool(depth - 1); };
    switch (random_.Below(17)) {
      case 0:
      case 1:
        return below() + " && " + below();
      case 2:
        return "(" + below() + " || " + below() + ")";
      case 3:
        return "!(" + below() + ")";
      case 4:
        return "(if " + below() + " then " + below() + " else " + below() + ")";
      case 5:
        return Equality(depth);
      case 6:
        return Order(depth);
      case 7:
        return Hierarchy(depth);
      case 8:
        return TypeTest(depth);
      case 9:
      case 10:
        return Guarded(depth);
      case 11:
        return "(" + Make(*Of(WorldType::kString), depth - 1) + " like " +
               random_.Of<std::string>({"\"a*\"", "\"*\"", "\"*l*e\"", "\"x\\*y\"", "\"\"", "\"*é\""}) + ")";
      case 12:
        return Sets(depth);
      case 13:
        return Extensions(depth);
      case 14:
        return Tags(depth);
      case 15:
        return HasPath();
      default:
        return Leaf();
    }
  }

  std::string Equality(int depth) {
    const WorldTypePtr type = AnyType();
    if (random_.OneIn(8)) return "(action == " + ActionLiteral() + ")";
    return "(" + Make(*type, depth - 1) + (random_.OneIn(3) ? " != " : " == ") + Make(*type, depth - 1) + ")";
  }

  std::string Order(int depth) {
    static const std::vector<Kind> kKinds = {WorldType::kLong, WorldType::kLong, WorldType::kDatetime,
                                             WorldType::kDuration};
    static const std::vector<std::string> kSigns = {" < ", " <= ", " > ", " >= "};
    const WorldType type = *Of(random_.Of(kKinds));
    return "(" + Make(type, depth - 1) + random_.Of(kSigns) + Make(type, depth - 1) + ")";
  }

  std::string AnyEntity(int depth) {
    if (random_.OneIn(3)) return "principal";
    return random_.OneIn(3) ? "resource" : Make(*OfEntity(random_.Of(world_.types).name), depth - 1);
  }

  std::string Hierarchy(int depth) {
    if (random_.OneIn(5)) {
      return random_.OneIn(2) ? "(action in " + ActionLiteral() + ")"
                              : "(action in [" + ActionLiteral() + ", " + ActionLiteral() + "])";
    }
    const std::string& type = random_.Of(world_.types).name;
    const std::string right = random_.OneIn(3) ? Set(*OfEntity(type), depth - 1) : Make(*OfEntity(type), depth - 1);
    return "(" + AnyEntity(depth) + " in " + right + ")";
  }

  std::string TypeTest(int depth) {
    std::string out = "(" + AnyEntity(depth) + " is " + random_.Of(world_.types).name;
    if (random_.OneIn(2)) out += " in " + Make(*OfEntity(random_.Of(world_.types).name), depth - 1);
    return out + ")";
  }

  // An optional attribute asked for and then used.
  std::string Guarded(int depth) {
    Path path = Root();
    const size_t steps = 1 + random_.Below(3);
    for (size_t i = 0; i < steps && Step(path); ++i) {
    }
    std::string out = "(";
    for (const std::string& g : path.guards) {
      if (!random_.OneIn(15)) out += g + " && ";
    }
    return out + (path.type->kind == WorldType::kBool ? path.text : path.text + " == " + Make(*path.type, depth - 1)) +
           ")";
  }

  std::string HasPath() {
    static const std::vector<std::string> kPaths = {"a",     "name",    "a.b",    "owner.name",
                                                    "b.a.n", "\"x y\"", "\"in\"", "n"};
    return "(" + Root().text + " has " + random_.Of(kPaths) + ")";
  }

  std::string Sets(int depth) {
    const WorldTypePtr element = random_.OneIn(2) ? Of(static_cast<Kind>(random_.Below(4))) : AnyType();
    WorldType set;
    set.kind = WorldType::kSet;
    set.element = element;
    const std::string left = Make(set, depth - 1);
    switch (random_.Below(4)) {
      case 0:
        return "(" + left + ").contains(" + Make(*element, depth - 1) + ")";
      case 1:
        return "(" + left + ").containsAll(" + Make(set, depth - 1) + ")";
      case 2:
        return "(" + left + ").containsAny(" + Make(set, depth - 1) + ")";
      default:
        return "(" + left + ").isEmpty()";
    }
  }

  std::string Extensions(int depth) {
    static const std::vector<std::string> kOrders = {".lessThan(", ".lessThanOrEqual(", ".greaterThan(",
                                                     ".greaterThanOrEqual("};
    static const std::vector<std::string> kTests = {".isIpv4()", ".isIpv6()", ".isLoopback()", ".isMulticast()"};
    const WorldType decimal = *Of(WorldType::kDecimal);
    const WorldType ip = *Of(WorldType::kIp);
    if (random_.OneIn(3)) return Make(decimal, depth - 1) + random_.Of(kOrders) + Make(decimal, depth - 1) + ")";
    if (random_.OneIn(2)) return Make(ip, depth - 1) + random_.Of(kTests);
    return Make(ip, depth - 1) + ".isInRange(" + Make(ip, depth - 1) + ")";
  }

  std::string Tags(int depth) {
    const WorldEntityType& type = random_.Of(world_.types);
    const std::string entity = random_.OneIn(2) ? AnyEntity(depth) : Make(*OfEntity(type.name), depth - 1);
    std::string has = entity + ".hasTag(\"k\")";
    if (type.tags == nullptr || random_.OneIn(3)) return has;
    const std::string get = entity + ".getTag(\"k\") == " + Make(*type.tags, depth - 1);
    return random_.OneIn(5) ? get : "(" + has + " && " + get + ")";
  }

  static const std::vector<std::string> kStrings;
  Random& random_;
  const World& world_;
  const WorldAction& action_;
  WorldTypePtr principal_;
  WorldTypePtr resource_;
  WorldTypePtr context_;
};

const std::vector<std::string> ExpressionMaker::kStrings = {"", "a", "abc", "x*y", "é", "Alice", "10.0.0.1", "1.5"};

std::string Party(Random& random, const World& world, const std::string& variable, const std::string& type, bool slot) {
  const std::string other = random.OneIn(6) ? random.Of(world.types).name : type;
  const std::string entity = slot ? "?" + variable : other + "::" + CedarString(random, EntityId(random));
  const size_t pick = slot ? random.Below(3) : random.Below(7);
  switch (pick) {
    case 0:
      return variable + " == " + entity;
    case 1:
      return variable + " in " + (slot ? entity : random.Of(world.types).name + "::" + JsonString(EntityId(random)));
    case 2:
      return variable + " is " + other + " in " +
             (slot ? entity : random.Of(world.types).name + "::" + JsonString(EntityId(random)));
    case 3:
      return variable;
    default:
      return variable + " is " + other;
  }
}

}  // namespace

std::string MakePolicy(Random& random, const World& world, bool is_template) {
  const WorldAction& action = random.Of(world.actions);
  const std::string& principal = random.Of(action.principals);
  const std::string& resource = random.Of(action.resources);
  const bool first_slot = is_template && (random.OneIn(2));
  const bool second_slot = is_template && (!first_slot || random.OneIn(2));
  std::string out;
  if (random.OneIn(6)) out += "@id(\"p\") @note ";
  out += random.OneIn(3) ? "forbid (" : "permit (";
  out += Party(random, world, "principal", principal, first_slot) + ", ";
  const std::string name = action.type + "::" + JsonString(action.name);
  const std::string other = action.type + "::" + JsonString(random.Of(world.actions).name);
  out += random.Of<std::string>({"action", "action == " + name, "action == " + name, "action in " + name,
                                 "action in [" + name + ", " + other + "]", "action in [" + name + ",]"});
  out += ", " + Party(random, world, "resource", resource, second_slot) + (random.OneIn(9) ? ",)" : ")");
  ExpressionMaker maker(random, world, action, principal, resource);
  const size_t conditions = random.Below(3);
  for (size_t i = 0; i < conditions; ++i) {
    out += random.OneIn(4) ? "\nunless { " : "\nwhen { ";
    out += maker.Bool(static_cast<int>(1 + random.Below(4)));
    out += " }";
  }
  return out + ";";
}

}  // namespace tidegate::cedar
