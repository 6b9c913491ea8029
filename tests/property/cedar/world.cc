#include "tests/property/cedar/world.h"

#include <algorithm>
#include <cstdio>

namespace tidegate::cedar {
namespace {

const std::vector<std::string> kIds = {"a", "b", "c", "alice", "", "x y", "é", "q\"t", "back\\slash", "*"};
const std::vector<std::string> kFieldNames = {"a", "b", "n", "name", "x y", "in", "like", "tags", "é", "owner"};

WorldTypePtr Simple(WorldType::Kind kind) {
  auto type = std::make_shared<WorldType>();
  type->kind = kind;
  return type;
}

WorldTypePtr RandomType(Random& random, const std::vector<WorldEntityType>& types, int depth);

std::vector<WorldField> RandomFields(Random& random, const std::vector<WorldEntityType>& types, int depth) {
  std::vector<WorldField> fields;
  const size_t count = random.Below(5);
  for (size_t i = 0; i < count; ++i) {
    const std::string& name = random.Of(kFieldNames);
    const bool taken =
        std::any_of(fields.begin(), fields.end(), [&name](const WorldField& f) { return f.name == name; });
    if (!taken) fields.push_back({name, RandomType(random, types, depth), !random.OneIn(3)});
  }
  return fields;
}

WorldTypePtr RandomType(Random& random, const std::vector<WorldEntityType>& types, int depth) {
  const size_t pick = random.Below(depth > 0 ? 12 : 9);
  if (pick < 7) return Simple(static_cast<WorldType::Kind>(pick));
  auto type = std::make_shared<WorldType>();
  if (pick < 9) {
    type->kind = WorldType::kEntity;
    type->entity = random.Of(types).name;
  } else if (pick < 11) {
    type->kind = WorldType::kSet;
    type->element = RandomType(random, types, depth - 1);
  } else {
    type->kind = WorldType::kRecord;
    type->fields = RandomFields(random, types, depth - 1);
  }
  return type;
}

// Writes types, some of its records as common types declared beforehand.
class TypeWriter {
 public:
  TypeWriter(Random& random, std::string& declarations) : random_(random), declarations_(declarations) {}

  std::string Fields(const std::vector<WorldField>& fields) {
    std::string out = "{";
    for (const WorldField& f : fields) {
      if (out.size() > 1) out += ", ";
      out += JsonString(f.name);
      out += f.required ? ": " : "?: ";
      out += Type(*f.type);
    }
    return out + "}";
  }

  std::string Type(const WorldType& type) {
    static const char* const kNames[] = {"Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration"};
    if (type.kind == WorldType::kEntity) return type.entity;
    if (type.kind == WorldType::kSet) return "Set<" + Type(*type.element) + ">";
    if (type.kind != WorldType::kRecord) return kNames[type.kind];
    std::string text = Fields(type.fields);
    if (!random_.OneIn(3)) return text;
    std::string name = "T";
    name.append(std::to_string(next_++));
    declarations_.append("type ").append(name).append(" = ").append(text).append(";\n");
    return name;
  }

 private:
  Random& random_;
  std::string& declarations_;
  int next_ = 0;
};

std::string Joined(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& n : names) out.append(out.size() > 1 ? ", " : "").append(n);
  return out + "]";
}

std::vector<std::string> Some(Random& random, const std::vector<std::string>& names, size_t most) {
  std::vector<std::string> out;
  const size_t count = random.Below(most + 1);
  for (size_t i = 0; i < count && !names.empty(); ++i) {
    const std::string& name = random.Of(names);
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
  return out;
}

void DeclareType(TypeWriter& types, const WorldEntityType& t, std::string& out) {
  const size_t colon = t.name.rfind(':');
  const std::string space = colon == std::string::npos ? "" : t.name.substr(0, colon - 1);
  std::string text = "entity " + (colon == std::string::npos ? t.name : t.name.substr(colon + 1));
  if (!t.ids.empty()) {
    text += " enum [";
    for (size_t i = 0; i < t.ids.size(); ++i) text.append(i > 0 ? ", " : "").append(JsonString(t.ids[i]));
    text += "]";
  } else {
    if (!t.parents.empty()) text.append(" in ").append(Joined(t.parents));
    text.append(" = ").append(types.Fields(t.fields));
    if (t.tags != nullptr) text.append(" tags ").append(types.Type(*t.tags));
  }
  text += ";\n";
  out += space.empty() ? text : "namespace " + space + " { " + text + "}\n";
}

}  // namespace

std::string EntityId(Random& random) { return random.Of(kIds); }

std::string JsonString(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string CedarString(Random& random, const std::string& text) {
  if (!random.OneIn(6)) return JsonString(text);
  std::string out = "\"";
  for (unsigned char c : text) {
    char buffer[12];
    std::snprintf(buffer, sizeof buffer, random.OneIn(2) ? "\\u{%x}" : "\\x%02x", c);
    if (c < 0x80) {
      out += buffer;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "\"";
}

void MakeSchema(Random& random, World& world) {
  const size_t count = 2 + random.Below(3);
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    // One type of the namespace N at most, as each namespace is declared once.
    names.push_back(i == 1 && random.OneIn(3) ? "N::E1" : "E" + std::to_string(i));
    world.types.push_back({names.back(), {}, {}, nullptr, {}});
  }
  for (WorldEntityType& t : world.types) {
    t.parents = Some(random, names, 2);
    t.fields = RandomFields(random, world.types, 2);
    if (random.OneIn(3)) t.tags = RandomType(random, world.types, 1);
  }
  if (random.OneIn(2)) world.types.push_back({"Colour", {}, {}, nullptr, {"red", "blue"}});
  std::string commons;
  TypeWriter types(random, commons);
  for (const WorldEntityType& t : world.types) DeclareType(types, t, world.schema);
  names.clear();
  for (const WorldEntityType& t : world.types) names.push_back(t.name);
  const size_t actions = 1 + random.Below(3);
  std::vector<std::string> declared;
  for (size_t i = 0; i < actions; ++i) {
    WorldAction a;
    a.type = "Action";
    a.name = i == 0 ? "view" : (i == 1 ? "edit all" : "share");
    a.groups = Some(random, declared, 2);
    a.principals = Some(random, names, 2);
    a.resources = Some(random, names, 2);
    if (a.principals.empty()) a.principals.push_back(names[0]);
    if (a.resources.empty()) a.resources.push_back(names.back());
    a.context = RandomFields(random, world.types, 2);
    std::vector<std::string> groups;
    for (const std::string& g : a.groups) groups.push_back(JsonString(g));
    world.schema.append("action ").append(JsonString(a.name));
    if (!groups.empty()) world.schema.append(" in ").append(Joined(groups));
    world.schema.append(" appliesTo { principal: ").append(Joined(a.principals));
    world.schema.append(", resource: ").append(Joined(a.resources));
    world.schema.append(", context: ").append(types.Fields(a.context)).append(" };\n");
    declared.push_back(a.name);
    world.actions.push_back(std::move(a));
  }
  world.schema += commons;
}

std::string Damaged(Random& random, std::string text) {
  static const std::vector<std::string> kPieces = {"(",
                                                   ")",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   ",",
                                                   ";",
                                                   ":",
                                                   "::",
                                                   ".",
                                                   "\"",
                                                   "\\",
                                                   "==",
                                                   "=",
                                                   "!",
                                                   "-",
                                                   "&&",
                                                   "||",
                                                   "in",
                                                   "has",
                                                   "is",
                                                   "like",
                                                   "if",
                                                   "then",
                                                   "else",
                                                   "principal",
                                                   "?principal",
                                                   "?resource",
                                                   "1",
                                                   "99999999999999999999",
                                                   "true",
                                                   "when",
                                                   "unless",
                                                   "permit",
                                                   "@a",
                                                   "@a(\"b\")",
                                                   " ",
                                                   "\n",
                                                   "//",
                                                   "'",
                                                   "\xC2\xA0",
                                                   "é",
                                                   "Set",
                                                   "<",
                                                   ">",
                                                   "enum",
                                                   "tags",
                                                   "entity",
                                                   "action",
                                                   "type",
                                                   "namespace",
                                                   "appliesTo",
                                                   "context",
                                                   "__cedar",
                                                   "Long",
                                                   "\\u{41}",
                                                   "*"};
  const size_t changes = 1 + random.Below(2);
  for (size_t i = 0; i < changes && !text.empty(); ++i) {
    const size_t at = random.Below(text.size());
    const size_t length = 1 + random.Below(4);
    // Never between the bytes of a character: what is not UTF-8 cannot be handed to the other engine.
    const auto inside = [&text](size_t p) {
      return p < text.size() && (static_cast<unsigned char>(text[p]) & 0xC0) == 0x80;
    };
    size_t begin = at;
    while (inside(begin)) --begin;
    size_t end = std::min(text.size(), begin + length);
    while (inside(end)) ++end;
    if (random.OneIn(3)) {
      text.erase(begin, end - begin);
    } else if (random.OneIn(2)) {
      text.insert(begin, random.Of(kPieces));
    } else {
      text.replace(begin, end - begin, random.Of(kPieces));
    }
  }
  return text;
}

World MakeWorld(Random& random, size_t requests) {
  World world;
  MakeSchema(random, world);
  MakeEntities(random, world);
  const size_t policies = 1 + random.Below(5);
  for (size_t i = 0; i < policies; ++i) world.policies.push_back(MakePolicy(random, world, false));
  if (random.OneIn(3)) {
    const size_t index = world.policies.size();
    world.policies.push_back(MakePolicy(random, world, true));
    WorldLink link{index, "link", std::nullopt, std::nullopt};
    const std::string& text = world.policies.back();
    if (text.find("?principal") != std::string::npos) link.principal = {random.Of(world.types).name, EntityId(random)};
    if (text.find("?resource") != std::string::npos) link.resource = {random.Of(world.types).name, EntityId(random)};
    world.links.push_back(std::move(link));
  }
  for (size_t i = 0; i < requests; ++i) world.requests.push_back(MakeRequest(random, world));
  for (size_t i = 0; i < 3; ++i) world.policy_candidates.push_back(Damaged(random, random.Of(world.policies)));
  for (size_t i = 0; i < 2; ++i) world.schema_candidates.push_back(Damaged(random, world.schema));
  return world;
}

}  // namespace tidegate::cedar
