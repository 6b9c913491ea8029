// Entities and requests against a schema.

#include <algorithm>
#include <vector>

#include "policy/cedar/cedar.h"
#include "policy/cedar/entity_store.h"
#include "policy/cedar/schema_model.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

// Finds, anywhere within a value, an entity that the schema does not allow: an id that an enumerated type lacks, or an
// undeclared action.
bool NamesKnownEntities(const SchemaModel& schema, const Value& value, std::string* why) {
  switch (value.kind()) {
    case ValueKind::kEntity: {
      const EntityUid& uid = value.AsEntity();
      const EntityTypeModel* type = schema.FindType(uid.type());
      if (type == nullptr || !type->ids || type->ids->count(uid.id()) > 0) return true;
      *why = Cat("`", uid.ToString(), "` is none of the entities that its type enumerates");
      return false;
    }
    case ValueKind::kSet:
      return std::all_of(value.AsSet().begin(), value.AsSet().end(),
                         [&](const Value& v) { return NamesKnownEntities(schema, v, why); });
    case ValueKind::kRecord:
      return std::all_of(value.AsRecord().begin(), value.AsRecord().end(),
                         [&](const Value::Field& f) { return NamesKnownEntities(schema, f.second, why); });
    default:
      return true;
  }
}

absl::Status CheckUid(const SchemaModel& schema, const EntityUid& uid) {
  const EntityTypeModel* type = schema.FindType(uid.type());
  if (type == nullptr) {
    return Invalid(Cat("the schema has no entity type `", uid.type(), "`", Suggestion(uid.type(), schema.TypeNames())));
  }
  if (type->ids && type->ids->count(uid.id()) == 0) {
    return Invalid(Cat("`", uid.ToString(), "` is none of the entities that its type enumerates"));
  }
  return absl::OkStatus();
}

absl::Status CheckAction(const SchemaModel& schema, const Entities& entities, const EntityUid& uid) {
  const ActionModel* action = schema.FindAction(uid);
  if (action == nullptr) return Invalid("the schema has no such action");
  const std::vector<EntityUid> declared(action->ancestors.begin(), action->ancestors.end());
  if (entities.Ancestors(uid) != declared) return Invalid("the action is not in the groups that the schema declares");
  if (!entities.Attrs(uid)->AsRecord().empty()) return Invalid("the schema declares no attributes for actions");
  if (!entities.Tags(uid)->AsRecord().empty()) return Invalid("the schema declares no tags for actions");
  return absl::OkStatus();
}

absl::Status CheckEntity(const SchemaModel& schema, const Entities& entities, const EntityUid& uid) {
  if (schema.IsActionType(uid.type())) return CheckAction(schema, entities, uid);
  if (absl::Status s = CheckUid(schema, uid); !s.ok()) return s;
  const EntityTypeModel& type = *schema.FindType(uid.type());
  const Entities::Node& node = *entities.Find(uid);
  std::string why;
  if (!Conforms(node.attrs, *type.attributes, &why) || !NamesKnownEntities(schema, node.attrs, &why))
    return Invalid(why);
  for (const auto& [name, tag] : node.tags.AsRecord()) {
    if (type.tags == nullptr) return Invalid(Cat("entities of type `", type.name, "` have no tags"));
    if (!Conforms(tag, *type.tags, &why) || !NamesKnownEntities(schema, tag, &why)) {
      return Invalid(Cat("tag `", name, "`: ", why));
    }
  }
  for (const EntityUid& ancestor : node.ancestors) {
    if (type.up.count(ancestor.type()) == 0) {
      return Invalid(Cat("entities of type `", type.name, "` cannot be in `", ancestor.ToString(), "`"));
    }
    if (absl::Status s = CheckUid(schema, ancestor); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status CheckParty(const SchemaModel& schema, std::string_view role, const EntityUid& uid, const EntityUid& action,
                        const std::set<std::string, std::less<>>& types) {
  if (absl::Status s = CheckUid(schema, uid); !s.ok()) return Invalid(Cat(role, ": ", MessageOf(s)));
  if (types.count(uid.type()) > 0) return absl::OkStatus();
  return Invalid(
      Cat(role, ": action `", action.ToString(), "` does not apply to a ", role, " of type `", uid.type(), "`"));
}

}  // namespace

absl::Status ValidateEntities(const Entities& entities, const Schema& schema) {
  for (const EntityUid& uid : entities.Uids()) {
    if (absl::Status s = CheckEntity(schema.model(), entities, uid); !s.ok()) {
      return Invalid(Cat("entity `", uid.ToString(), "`: ", MessageOf(s)));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateRequest(const Request& request, const Schema& schema) {
  const SchemaModel& model = schema.model();
  const ActionModel* action = model.FindAction(request.action);
  if (action == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& [uid, ignored] : model.actions) names.push_back(uid.id());
    return Invalid(Cat("action: the schema has no action `", request.action.ToString(), "`",
                       Suggestion(request.action.id(), names)));
  }
  if (absl::Status s = CheckParty(model, "principal", request.principal, request.action, action->principals); !s.ok()) {
    return s;
  }
  if (absl::Status s = CheckParty(model, "resource", request.resource, request.action, action->resources); !s.ok()) {
    return s;
  }
  std::string why;
  if (!request.context.is_record() || !Conforms(request.context, *action->context, &why) ||
      !NamesKnownEntities(model, request.context, &why)) {
    return Invalid(Cat("context: ", why));
  }
  return absl::OkStatus();
}

}  // namespace tidegate::cedar
