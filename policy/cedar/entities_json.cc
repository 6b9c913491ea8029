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
  EntityReader(JsonDocument& document, const Schema* schema)
      : document_(document), model_(schema == nullptr ? nullptr : &schema->model()) {}

  absl::StatusOr<Entity> Read(const Json& json) {
    const Json* uid = Member(json, "uid");
    if (uid == nullptr) return document_.Fault(json, "an entity needs a `uid`");
    absl::StatusOr<EntityUid> name = UidFromJson(document_, *uid);
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
  absl::Status ReadParents(const Json& json, Entity& entity) {
    const Json* parents = Member(json, "parents");
    if (parents == nullptr || !parents->is_array()) {
      return document_.Fault(parents == nullptr ? json : *parents, "`parents` must be an array");
    }
    for (const Json& p : *parents) {
      absl::StatusOr<EntityUid> parent = UidFromJson(document_, p);
      if (!parent.ok()) return Within("`parents`", parent.status());
      if (IsActionName(entity.uid.type()) && !IsActionName(parent->type())) {
        return document_.Fault(p, Cat("an action has the parent `", parent->ToString(), "`, which is no action"));
      }
      entity.parents.push_back(*std::move(parent));
    }
    return absl::OkStatus();
  }

  absl::Status ReadAttributes(const Json& json, const EntityTypeModel* type, Entity& entity) {
    const Json* attrs = Member(json, "attrs");
    if (attrs == nullptr || !attrs->is_object()) {
      return document_.Fault(attrs == nullptr ? json : *attrs, "`attrs` must be an object");
    }
    for (const auto& item : attrs->items()) {
      const AttributeType* declared = type == nullptr ? nullptr : type->attributes->Find(item.key());
      absl::StatusOr<Value> value =
          ValueFromJson(document_, item.value(), declared == nullptr ? nullptr : declared->type.get());
      if (!value.ok()) return Within(Cat("attribute `", item.key(), "`"), value.status());
      entity.attrs.emplace_back(item.key(), *std::move(value));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTags(const Json& json, const EntityTypeModel* type, Entity& entity) {
    const Json* tags = Member(json, "tags");
    if (tags == nullptr) return absl::OkStatus();
    if (!tags->is_object()) return document_.Fault(*tags, "`tags` must be an object");
    for (const auto& item : tags->items()) {
      absl::StatusOr<Value> value =
          ValueFromJson(document_, item.value(), type == nullptr ? nullptr : type->tags.get());
      if (!value.ok()) return Within(Cat("tag `", item.key(), "`"), value.status());
      entity.tags.emplace_back(item.key(), *std::move(value));
    }
    return absl::OkStatus();
  }

  JsonDocument& document_;
  const SchemaModel* model_;
};

absl::StatusOr<std::vector<Entity>> ReadEntities(JsonDocument& document, const Schema* schema) {
  if (!document.root().is_array()) return document.Fault(document.root(), "expected an array of entities");
  std::vector<Entity> entities;
  EntityReader reader(document, schema);
  for (const Json& item : document.root()) {
    absl::StatusOr<Entity> entity = reader.Read(item);
    if (!entity.ok()) return entity.status();
    entities.push_back(*std::move(entity));
  }
  return entities;
}

absl::StatusOr<Value> ReadContext(JsonDocument& document, const Type* type) {
  if (!document.root().is_object()) return document.Fault(document.root(), "expected an object");
  absl::StatusOr<Value> value = ValueFromJson(document, document.root(), type);
  if (value.ok() && !value->is_record()) return document.Fault(document.root(), "expected a record");
  return value;
}

}  // namespace

absl::StatusOr<Entities> Entities::FromJson(std::string_view text, const Schema* schema, std::string_view filename) {
  absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, filename);
  if (!document.ok()) return document.status();
  absl::StatusOr<std::vector<Entity>> entities = ReadEntities(*document, schema);
  if (!entities.ok()) return document->Placed(Within("entities", entities.status()));
  if (schema == nullptr) return Make(*std::move(entities));
  // The schema's actions join before the hierarchy is closed, so that a given action may name them as parents.
  absl::flat_hash_set<EntityUid> named;
  for (const Entity& e : *entities) named.insert(e.uid);
  for (Entity& action : schema->ActionEntities()) {
    if (!named.contains(action.uid)) entities->push_back(std::move(action));
  }
  absl::StatusOr<Entities> made = Make(*std::move(entities));
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

absl::StatusOr<Value> ContextFromJson(std::string_view text, const Schema* schema, const EntityUid* action,
                                      std::string_view filename) {
  absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, filename);
  if (!document.ok()) return document.status();
  const Type* type = nullptr;
  if (schema != nullptr && action != nullptr) {
    const ActionModel* model = schema->model().FindAction(*action);
    if (model == nullptr) return Invalid(Cat("context: the schema has no action `", action->ToString(), "`"));
    type = model->context.get();
  }
  absl::StatusOr<Value> value = ReadContext(*document, type);
  return value.ok() ? std::move(value) : document->Placed(Within("context", value.status()));
}

}  // namespace tidegate::cedar
