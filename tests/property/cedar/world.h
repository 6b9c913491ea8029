#ifndef TIDEGATE_TESTS_PROPERTY_CEDAR_WORLD_H_
#define TIDEGATE_TESTS_PROPERTY_CEDAR_WORLD_H_

// Random worlds to run Cedar engines in: a schema, entities, requests and policies that mostly, but not always, fit.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/property/cedar/random.h"

namespace tidegate::cedar {

struct WorldType;
using WorldTypePtr = std::shared_ptr<const WorldType>;

struct WorldField {
  std::string name;
  WorldTypePtr type;
  bool required = true;
};

struct WorldType {
  enum Kind { kBool, kLong, kString, kDecimal, kIp, kDatetime, kDuration, kEntity, kSet, kRecord };
  Kind kind = kBool;
  std::string entity;  // kEntity
  WorldTypePtr element;
  std::vector<WorldField> fields;
};

struct WorldEntityType {
  std::string name;
  std::vector<std::string> parents;
  std::vector<WorldField> fields;
  WorldTypePtr tags;
  std::vector<std::string> ids;  // of an enumerated type
};

struct WorldAction {
  std::string type;
  std::string name;
  std::vector<std::string> groups;  // names of actions of the same namespace
  std::vector<std::string> principals;
  std::vector<std::string> resources;
  std::vector<WorldField> context;
};

struct WorldRequest {
  std::string principal_type, principal_id;
  std::string action_type, action_id;
  std::string resource_type, resource_id;
  std::string context;  // JSON
};

struct WorldLink {
  size_t policy;  // index of the template
  std::string id;
  std::optional<std::pair<std::string, std::string>> principal, resource;
};

struct World {
  std::vector<WorldEntityType> types;
  std::vector<WorldAction> actions;
  std::string schema;    // human syntax
  std::string entities;  // JSON
  std::vector<std::string> policies;
  std::vector<WorldLink> links;
  std::vector<WorldRequest> requests;
  // Texts that are asked about only as to whether they parse.
  std::vector<std::string> schema_candidates;
  std::vector<std::string> policy_candidates;
};

World MakeWorld(Random& random, size_t requests);

// Parts of the making.
std::string EntityId(Random& random);
void MakeSchema(Random& random, World& world);
void MakeEntities(Random& random, World& world);
WorldRequest MakeRequest(Random& random, const World& world);
std::string MakePolicy(Random& random, const World& world, bool is_template);
// Changes a text in one or two places, so that it may no longer parse.
std::string Damaged(Random& random, std::string text);
std::string CedarString(Random& random, const std::string& text);
std::string JsonString(const std::string& text);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_TESTS_PROPERTY_CEDAR_WORLD_H_
