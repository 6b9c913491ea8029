#ifndef TIDEGATE_POLICY_CEDAR_SCHEMA_MODEL_H_
#define TIDEGATE_POLICY_CEDAR_SCHEMA_MODEL_H_

// A resolved schema: every name qualified, every type expanded. Private to the room.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cedar/types.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

struct EntityTypeModel {
  std::string name;
  TypePtr attributes;                                     // a record type
  TypePtr tags;                                           // of each tag; null if the type has none
  std::set<std::string, std::less<>> up;                  // the types its ancestors may be of
  std::optional<std::set<std::string, std::less<>>> ids;  // of an enumerated type
};

struct ActionModel {
  EntityUid uid;
  std::set<std::string, std::less<>> principals;
  std::set<std::string, std::less<>> resources;
  TypePtr context;  // a record type
  std::vector<EntityUid> parents;
  std::set<EntityUid> ancestors;
};

struct SchemaModel {
  std::map<std::string, EntityTypeModel, std::less<>> entity_types;
  std::map<EntityUid, ActionModel> actions;
  std::set<std::string, std::less<>> action_types;  // `Action`, `Org::Action`

  const EntityTypeModel* FindType(std::string_view name) const;
  const ActionModel* FindAction(const EntityUid& uid) const;
  bool IsActionType(std::string_view name) const { return action_types.count(name) > 0; }
  // Whether an entity of type `lower` may be in one of type `upper` (always if they are one type).
  bool MayBeIn(std::string_view lower, std::string_view upper) const;
  bool ActionIn(const EntityUid& lower, const EntityUid& upper) const;
  std::vector<std::string_view> TypeNames() const;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_SCHEMA_MODEL_H_
