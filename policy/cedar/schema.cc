#include "policy/cedar/schema.h"

#include <utility>

#include "policy/cedar/schema_decl.h"
#include "policy/cedar/schema_model.h"

namespace tidegate::cedar {

const EntityTypeModel* SchemaModel::FindType(std::string_view name) const {
  const auto found = entity_types.find(name);
  return found == entity_types.end() ? nullptr : &found->second;
}

const ActionModel* SchemaModel::FindAction(const EntityUid& uid) const {
  const auto found = actions.find(uid);
  return found == actions.end() ? nullptr : &found->second;
}

bool SchemaModel::MayBeIn(std::string_view lower, std::string_view upper) const {
  if (lower == upper) return true;
  if (const EntityTypeModel* type = FindType(lower)) return type->up.find(upper) != type->up.end();
  if (!IsActionType(lower)) return false;
  for (const auto& [uid, action] : actions) {
    if (uid.type() != lower) continue;
    for (const EntityUid& a : action.ancestors) {
      if (a.type() == upper) return true;
    }
  }
  return false;
}

bool SchemaModel::ActionIn(const EntityUid& lower, const EntityUid& upper) const {
  if (lower == upper) return true;
  const ActionModel* action = FindAction(lower);
  return action != nullptr && action->ancestors.count(upper) > 0;
}

std::vector<std::string_view> SchemaModel::TypeNames() const {
  std::vector<std::string_view> names;
  for (const auto& [name, type] : entity_types) names.push_back(name);
  return names;
}

Schema::Schema() : model_(std::make_shared<SchemaModel>()) {}

namespace {

absl::StatusOr<std::shared_ptr<const SchemaModel>> Resolved(absl::StatusOr<std::vector<NamespaceDecl>> decls,
                                                            const Source& source) {
  if (!decls.ok()) return decls.status();
  absl::StatusOr<SchemaModel> model = ResolveSchema(*decls, source);
  if (!model.ok()) return model.status();
  return std::make_shared<const SchemaModel>(*std::move(model));
}

}  // namespace

absl::StatusOr<Schema> Schema::ParseHuman(std::string_view text, std::string_view filename) {
  const Source source(text, filename);
  auto model = Resolved(ParseHumanDecls(source), source);
  if (!model.ok()) return model.status();
  return Schema(*std::move(model));
}

absl::StatusOr<Schema> Schema::ParseJson(std::string_view text, std::string_view filename) {
  const Source source("", filename);
  auto model = Resolved(ParseJsonDecls(text, filename), source);
  if (!model.ok()) return model.status();
  return Schema(*std::move(model));
}

std::vector<std::string> Schema::EntityTypes() const {
  std::vector<std::string> names;
  for (const auto& [name, type] : model_->entity_types) names.push_back(name);
  return names;
}

std::vector<EntityUid> Schema::Actions() const {
  std::vector<EntityUid> uids;
  for (const auto& [uid, action] : model_->actions) uids.push_back(uid);
  return uids;
}

std::vector<Entity> Schema::ActionEntities() const {
  std::vector<Entity> out;
  for (const auto& [uid, action] : model_->actions) {
    Entity entity;
    entity.uid = uid;
    entity.parents = action.parents;
    out.push_back(std::move(entity));
  }
  return out;
}

}  // namespace tidegate::cedar
