// Entities and contexts in Cedar's JSON form.

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "policy/cedar/cedar.h"
#include "policy/cedar/entity_store.h"
#include "policy/cedar/schema_model.h"
#include "policy/cedar/value_json.h"

namespace tidegate::cedar {
namespace {

absl::Status Within(std::string_view where, const absl::Status& status) {
  return Invalid(Cat(where, ": ", MessageOf(status)));
}

bool IsActionName(std::string_view type) {
  constexpr std::string_view kSuffix = "::Action";
  return type == "Action" || (type.size() > kSuffix.size() && type.substr(type.size() - kSuffix.size()) == kSuffix);
}

class EntityReader {
 public:
  explicit EntityReader(const Schema* schema) : model_(schema == nullptr ? nullptr : &schema->model()) {}

  absl::StatusOr<Entity> Read(const Json& json) {
    const Json* uid = Member(json, "uid");
    if (uid == nullptr) return Invalid("an entity needs a `uid`");
    absl::StatusOr<EntityUid> name = UidFromJson(*uid);
    if (!name.ok()) return Within("`uid`", name.status());
    Entity entity;
    entity.uid = *std::move(name);
    const EntityTypeModel* type = model_ == nullptr ? nullptr : model_->FindType(entity.uid.type());
    absl::Status s = ReadParents(json, entity);
    if (s.ok()) s = ReadAttributes(json, type, entity);
    if (s.ok()) s = ReadTags(json, type, entity);
    if (!s.ok()) return Within(Cat("entity `", entity.uid.ToString(), "`"), s);
    return entity;
  }

 private:
  static absl::Status ReadParents(const Json& json, Entity& entity) {
    const Json* parents = Member(json, "parents");
    if (parents == nullptr || !parents->is_array()) return Invalid("`parents` must be an array");
    for (const Json& p : *parents) {
      absl::StatusOr<EntityUid> parent = UidFromJson(p);
      if (!parent.ok()) return Within("`parents`", parent.status());
      if (IsActionName(entity.uid.type()) && !IsActionName(parent->type())) {
        return Invalid(Cat("an action has the parent `", parent->ToString(), "`, which is no action"));
      }
      entity.parents.push_back(*std::move(parent));
    }
    return absl::OkStatus();
  }

  static absl::Status ReadAttributes(const Json& json, const EntityTypeModel* type, Entity& entity) {
    const Json* attrs = Member(json, "attrs");
    if (attrs == nullptr || !attrs->is_object()) return Invalid("`attrs` must be an object");
    for (const auto& item : attrs->items()) {
      const AttributeType* declared = type == nullptr ? nullptr : type->attributes->Find(item.key());
      absl::StatusOr<Value> value = ValueFromJson(item.value(), declared == nullptr ? nullptr : declared->type.get());
      if (!value.ok()) return Within(Cat("attribute `", item.key(), "`"), value.status());
      entity.attrs.emplace_back(item.key(), *std::move(value));
    }
    return absl::OkStatus();
  }

  static absl::Status ReadTags(const Json& json, const EntityTypeModel* type, Entity& entity) {
    const Json* tags = Member(json, "tags");
    if (tags == nullptr) return absl::OkStatus();
    if (!tags->is_object()) return Invalid("`tags` must be an object");
    for (const auto& item : tags->items()) {
      absl::StatusOr<Value> value = ValueFromJson(item.value(), type == nullptr ? nullptr : type->tags.get());
      if (!value.ok()) return Within(Cat("tag `", item.key(), "`"), value.status());
      entity.tags.emplace_back(item.key(), *std::move(value));
    }
    return absl::OkStatus();
  }

  const SchemaModel* model_;
};

}  // namespace

absl::StatusOr<Entities> Entities::FromJson(std::string_view text, const Schema* schema) {
  absl::StatusOr<Json> json = ParseJsonText(text);
  if (!json.ok()) return Within("entities", json.status());
  if (!json->is_array()) return Invalid("entities: expected an array of entities");
  std::vector<Entity> entities;
  EntityReader reader(schema);
  for (const Json& item : *json) {
    absl::StatusOr<Entity> entity = reader.Read(item);
    if (!entity.ok()) return Within("entities", entity.status());
    entities.push_back(*std::move(entity));
  }
  if (schema == nullptr) return Make(std::move(entities));
  // The schema's actions join before the hierarchy is closed, so that a given action may name them as parents.
  absl::flat_hash_set<EntityUid> named;
  for (const Entity& e : entities) named.insert(e.uid);
  for (Entity& action : schema->ActionEntities()) {
    if (!named.contains(action.uid)) entities.push_back(std::move(action));
  }
  absl::StatusOr<Entities> made = Make(std::move(entities));
  if (!made.ok()) return made;
  if (absl::Status s = ValidateEntities(*made, *schema); !s.ok()) return s;
  return made;
}

std::string Entities::ToJson() const {
  std::string out = "[";
  for (const EntityUid& uid : Uids()) {
    const Node* node = Find(uid);
    out += out.size() > 1 ? ",\n {\"uid\":" : "{\"uid\":";
    AppendUidJson(out, uid);
    out += ",\"attrs\":";
    AppendValueJson(out, node->attrs);
    out += ",\"parents\":[";
    for (size_t i = 0; i < node->parents.size(); ++i) {
      if (i > 0) out += ",";
      AppendUidJson(out, node->parents[i]);
    }
    out += "]";
    if (!node->tags.AsRecord().empty()) {
      out += ",\"tags\":";
      AppendValueJson(out, node->tags);
    }
    out += "}";
  }
  return out + "]";
}

absl::StatusOr<Value> ContextFromJson(std::string_view text, const Schema* schema, const EntityUid* action) {
  absl::StatusOr<Json> json = ParseJsonText(text);
  if (!json.ok()) return Within("context", json.status());
  if (!json->is_object()) return Invalid("context: expected an object");
  const Type* type = nullptr;
  if (schema != nullptr && action != nullptr) {
    const ActionModel* model = schema->model().FindAction(*action);
    if (model == nullptr) return Invalid(Cat("context: the schema has no action `", action->ToString(), "`"));
    type = model->context.get();
  }
  absl::StatusOr<Value> value = ValueFromJson(*json, type);
  if (!value.ok()) return Within("context", value.status());
  if (!value->is_record()) return Invalid("context: expected a record");
  return value;
}

}  // namespace tidegate::cedar
