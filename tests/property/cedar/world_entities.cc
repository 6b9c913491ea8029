// Entities and requests of a random world.

#include <algorithm>

#include "tests/property/cedar/world.h"

namespace tidegate::cedar {
namespace {

std::string UidJson(const std::string& type, const std::string& id) {
  return "{\"type\": " + JsonString(type) + ", \"id\": " + JsonString(id) + "}";
}

std::string IdOf(Random& random, const World& world, const std::string& type) {
  for (const WorldEntityType& t : world.types) {
    if (t.name == type && !t.ids.empty() && !random.OneIn(10)) return random.Of(t.ids);
  }
  return EntityId(random);
}

std::string Extension(const char* fn, const std::string& text) {
  return std::string("{\"__extn\": {\"fn\": \"") + fn + "\", \"arg\": " + JsonString(text) + "}}";
}

std::string ValueJson(Random& random, const World& world, const WorldType& type);

std::string RecordJson(Random& random, const World& world, const std::vector<WorldField>& fields) {
  std::string out = "{";
  for (const WorldField& f : fields) {
    if (f.required ? random.OneIn(40) : random.OneIn(2)) continue;
    out.append(out.size() > 1 ? ", " : "").append(JsonString(f.name)).append(": ");
    out.append(ValueJson(random, world, *f.type));
  }
  return out + "}";
}

std::string ValueJson(Random& random, const World& world, const WorldType& type) {
  static const std::vector<std::string> kStrings = {"", "a", "abc", "x*y", "é", "Alice", "10.0.0.1"};
  if (random.OneIn(60)) return random.OneIn(2) ? "7" : "\"odd\"";  // of another type
  switch (type.kind) {
    case WorldType::kBool:
      return random.OneIn(2) ? "true" : "false";
    case WorldType::kLong:
      return std::to_string(random.OneIn(4) ? random.Between(-9'007'199'254'740'991, 9'007'199'254'740'991)
                                            : random.Between(-3, 3));
    case WorldType::kString:
      return JsonString(random.Of(kStrings));
    case WorldType::kDecimal:
      return Extension("decimal", random.OneIn(2) ? "1.5" : std::to_string(random.Between(-9, 9)) + ".25");
    case WorldType::kIp:
      return Extension("ip", random.Of<std::string>({"10.0.0.1", "127.0.0.1", "10.0.0.0/8", "::1", "ff00::/8"}));
    case WorldType::kDatetime:
      return Extension("datetime",
                       random.Of<std::string>({"2024-01-01", "2024-01-01T10:20:30Z", "1969-12-31T23:59:59.500Z"}));
    case WorldType::kDuration:
      return Extension("duration", random.Of<std::string>({"1d", "-2h30m", "500ms", "0ms"}));
    case WorldType::kEntity:
      return "{\"__entity\": " + UidJson(type.entity, IdOf(random, world, type.entity)) + "}";
    case WorldType::kSet: {
      std::string out = "[";
      const size_t count = random.Below(4);
      for (size_t i = 0; i < count; ++i) {
        out.append(i > 0 ? ", " : "").append(ValueJson(random, world, *type.element));
      }
      return out + "]";
    }
    case WorldType::kRecord:
      return RecordJson(random, world, type.fields);
  }
  return "null";
}

}  // namespace

void MakeEntities(Random& random, World& world) {
  std::vector<std::string> items;
  std::vector<std::pair<std::string, std::string>> made;
  for (const WorldEntityType& t : world.types) {
    const size_t count = 1 + random.Below(4);
    for (size_t i = 0; i < count; ++i) {
      const std::string id = IdOf(random, world, t.name);
      if (std::find(made.begin(), made.end(), std::pair(t.name, id)) != made.end()) continue;
      std::string parents;
      // Parents only among those made before, so that there is no cycle; now and then of a type that is not declared.
      for (const auto& [type, other] : made) {
        const bool declared = std::find(t.parents.begin(), t.parents.end(), type) != t.parents.end();
        if (declared ? random.OneIn(2) : random.OneIn(60)) {
          parents.append(parents.empty() ? "" : ", ").append(UidJson(type, other));
        }
      }
      std::string item = "{\"uid\": " + UidJson(t.name, id) + ", \"parents\": [" + parents + "], \"attrs\": ";
      item += RecordJson(random, world, t.fields);
      if (t.tags != nullptr && random.OneIn(2)) {
        item += ", \"tags\": {\"k\": " + ValueJson(random, world, *t.tags) + "}";
      }
      items.push_back(item + "}");
      made.emplace_back(t.name, id);
    }
  }
  for (const WorldAction& a : world.actions) {
    std::string parents;
    for (const std::string& g : a.groups) parents.append(parents.empty() ? "" : ", ").append(UidJson(a.type, g));
    items.push_back("{\"uid\": " + UidJson(a.type, a.name) + ", \"parents\": [" + parents + "], \"attrs\": {}}");
  }
  world.entities = "[";
  for (const std::string& item : items) world.entities.append(world.entities.size() > 1 ? ",\n" : "").append(item);
  world.entities += "]";
}

WorldRequest MakeRequest(Random& random, const World& world) {
  const WorldAction& a = random.Of(world.actions);
  WorldRequest r;
  const bool odd = random.OneIn(10);
  r.principal_type = odd ? random.Of(world.types).name : random.Of(a.principals);
  r.resource_type = odd ? random.Of(world.types).name : random.Of(a.resources);
  r.principal_id = IdOf(random, world, r.principal_type);
  r.resource_id = IdOf(random, world, r.resource_type);
  r.action_type = a.type;
  r.action_id = random.OneIn(40) ? "unknown" : a.name;
  r.context = RecordJson(random, world, a.context);
  return r;
}

}  // namespace tidegate::cedar
