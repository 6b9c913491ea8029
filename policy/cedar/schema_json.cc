// The JSON schema syntax.

#include <utility>
#include <vector>

#include "policy/cedar/json_text.h"
#include "policy/cedar/schema_decl.h"

namespace tidegate::cedar {
namespace {

// A reader with one error that sticks, as there are many places where a document may be wrong.
class SchemaReader {
 public:
  explicit SchemaReader(JsonDocument& document) : document_(document) {}

  absl::StatusOr<std::vector<NamespaceDecl>> Read() {
    const Json& json = document_.root();
    std::vector<NamespaceDecl> out;
    if (!json.is_object()) return document_.Fault(json, "schema: expected an object of namespaces");
    for (const auto& item : json.items()) {
      where_ = Cat("namespace `", item.key(), "`");
      if (!item.key().empty() && !IsName(item.key())) FailName(item.value(), "this is no name");
      out.push_back(ReadNamespace(item.key(), item.value()));
    }
    if (!status_.ok()) return status_;
    return out;
  }

 private:
  void Fail(const Json& json, std::string_view what) {
    if (status_.ok()) status_ = document_.Fault(json, Cat("schema: ", where_, ": ", what));
  }
  void FailName(const Json& json, std::string_view what) {
    if (status_.ok()) status_ = document_.FaultOfName(json, Cat("schema: ", where_, ": ", what));
  }

  // Refuses anything but an object with these members.
  bool IsObject(const Json& json, std::initializer_list<std::string_view> allowed) {
    if (!json.is_object()) {
      Fail(json, "expected an object");
      return false;
    }
    const std::vector<std::string_view> names(allowed);
    for (const auto& item : json.items()) {
      bool known = false;
      for (std::string_view name : names) known = known || name == item.key();
      if (!known) {
        FailName(item.value(), Cat("there is no `", item.key(), "` here", Suggestion(item.key(), names)));
        return false;
      }
    }
    return true;
  }

  // The text `json`, which `within` should hold.
  std::string Text(const Json* json, const Json& within, std::string_view what) {
    if (json == nullptr || !json->is_string()) {
      Fail(json == nullptr ? within : *json, Cat("expected a text as ", what));
      return "";
    }
    return json->get<std::string>();
  }

  // The members of an optional object.
  template <typename F>
  void ForEach(const Json* object, std::string_view what, F&& f) {
    if (object == nullptr) return;
    if (!object->is_object()) return Fail(*object, Cat("expected an object as `", what, "`"));
    for (const auto& item : object->items()) f(item.key(), item.value());
  }

  NamespaceDecl ReadNamespace(const std::string& name, const Json& json) {
    NamespaceDecl space;
    space.name = name;
    if (!IsObject(json, {"commonTypes", "entityTypes", "actions", "annotations"})) return space;
    if (Member(json, "entityTypes") == nullptr || Member(json, "actions") == nullptr) {
      Fail(json, "`entityTypes` and `actions` must be there, if only as `{}`");
    }
    ForEach(Member(json, "commonTypes"), "commonTypes", [&](const std::string& key, const Json& value) {
      where_ = Cat("type `", key, "`");
      if (!IsPlainIdentifier(key) || IsReservedTypeName(key)) FailName(value, "this cannot be the name of a type");
      space.commons.push_back({key, ReadType(value, {"annotations"}), 0});
    });
    ForEach(Member(json, "entityTypes"), "entityTypes", [&](const std::string& key, const Json& value) {
      where_ = Cat("entity type `", key, "`");
      if (!IsPlainIdentifier(key)) FailName(value, "this cannot be the name of an entity type");
      space.entities.push_back(ReadEntity(key, value));
    });
    ForEach(Member(json, "actions"), "actions", [&](const std::string& key, const Json& value) {
      where_ = Cat("action `", key, "`");
      space.actions.push_back(ReadAction(key, value));
    });
    return space;
  }

  EntityDecl ReadEntity(const std::string& name, const Json& json) {
    EntityDecl decl;
    decl.name = name;
    if (const Json* ids = Member(json, "enum")) {
      if (!IsObject(json, {"enum", "annotations"})) return decl;
      decl.ids.emplace();
      if (!ids->is_array() || ids->empty()) Fail(*ids, "`enum` needs a list of ids");
      for (const Json& id : *ids) decl.ids->push_back(Text(&id, *ids, "an id"));
      return decl;
    }
    if (!IsObject(json, {"memberOfTypes", "shape", "tags", "annotations"})) return decl;
    decl.parents = ReadNames(Member(json, "memberOfTypes"), "memberOfTypes");
    if (const Json* shape = Member(json, "shape")) decl.shape = ReadType(*shape, {});
    if (const Json* tags = Member(json, "tags")) decl.tags = ReadType(*tags, {});
    return decl;
  }

  std::vector<NameRef> ReadNames(const Json* json, std::string_view what) {
    std::vector<NameRef> names;
    if (json == nullptr) return names;
    if (!json->is_array()) {
      Fail(*json, Cat("expected a list as `", what, "`"));
      return names;
    }
    for (const Json& item : *json) names.push_back({ReadName(&item, *json), 0});
    return names;
  }

  std::string ReadName(const Json* json, const Json& within) {
    std::string name = Text(json, within, "a name");
    const std::string_view builtin = "__cedar::";
    const bool of_builtin = name.compare(0, builtin.size(), builtin) == 0;
    if (!IsName(of_builtin ? std::string_view(name).substr(builtin.size()) : name)) {
      Fail(json == nullptr ? within : *json, Cat("`", name, "` is no name"));
    }
    return name;
  }

  ActionDecl ReadAction(const std::string& name, const Json& json) {
    ActionDecl decl;
    decl.name = name;
    if (!IsObject(json, {"appliesTo", "memberOf", "attributes", "annotations"})) return decl;
    const Json* attributes = Member(json, "attributes");
    if (attributes != nullptr && !attributes->is_null() && !attributes->empty()) {
      Fail(*attributes, "attributes of actions are not supported");
    }
    const Json* parents = Member(json, "memberOf");
    if (parents != nullptr && !parents->is_null()) {
      if (!parents->is_array()) Fail(*parents, "expected a list as `memberOf`");
      for (const Json& p : *parents) {
        if (!IsObject(p, {"id", "type"})) return decl;
        const Json* type = Member(p, "type");
        const bool typed = type != nullptr && !type->is_null();
        decl.parents.push_back({typed ? ReadName(type, p) : "", Text(Member(p, "id"), p, "the action's `id`"), 0});
      }
    }
    const Json* applies = Member(json, "appliesTo");
    if (applies == nullptr || applies->is_null()) return decl;
    if (!IsObject(*applies, {"principalTypes", "resourceTypes", "context"})) return decl;
    for (const char* part : {"principalTypes", "resourceTypes"}) {
      if (Member(*applies, part) == nullptr) Fail(*applies, Cat("`appliesTo` has no `", part, "`"));
    }
    decl.principals = ReadNames(Member(*applies, "principalTypes"), "principalTypes");
    decl.resources = ReadNames(Member(*applies, "resourceTypes"), "resourceTypes");
    if (const Json* context = Member(*applies, "context")) decl.context = ReadType(*context, {});
    return decl;
  }

  // `extra`: names of further members that are allowed.
  TypeDeclPtr ReadType(const Json& json, std::vector<std::string_view> extra) {
    auto type = std::make_shared<TypeDecl>();
    const std::string kind = Text(Member(json, "type"), json, "`type`");
    std::vector<std::string_view> allowed = {"type"};
    if (kind == "Record") {
      ReadRecord(json, *type);
      allowed.insert(allowed.end(), {"attributes", "additionalAttributes"});
    } else if (kind == "Set") {
      type->kind = TypeDecl::Kind::kSet;
      const Json* element = Member(json, "element");
      if (element == nullptr) Fail(json, "a set needs an `element`");
      type->element = element == nullptr ? std::make_shared<TypeDecl>() : ReadType(*element, {});
      allowed.push_back("element");
    } else if (kind == "Entity" || kind == "EntityOrCommon") {
      type->kind = kind == "Entity" ? TypeDecl::Kind::kEntityName : TypeDecl::Kind::kAnyName;
      type->name = ReadName(Member(json, "name"), json);
      allowed.push_back("name");
    } else if (kind == "Extension") {
      ReadExtension(json, *type);
      allowed.push_back("name");
    } else if (kind == "Long" || kind == "String" || kind == "Boolean") {
      type->kind = TypeDecl::Kind::kBasic;
      type->basic = Basic(kind == "Long" ? TypeKind::kLong : (kind == "String" ? TypeKind::kString : TypeKind::kBool));
    } else if (status_.ok()) {
      type->kind = TypeDecl::Kind::kCommonName;
      type->name = ReadName(Member(json, "type"), json);
    }
    allowed.insert(allowed.end(), extra.begin(), extra.end());
    if (!json.is_object()) return type;
    for (const auto& item : json.items()) {
      bool known = false;
      for (std::string_view name : allowed) known = known || name == item.key();
      if (known) continue;
      FailName(item.value(), Cat("a type has no `", item.key(), "` here", Suggestion(item.key(), allowed)));
    }
    return type;
  }

  void ReadExtension(const Json& json, TypeDecl& type) {
    const std::string name = Text(Member(json, "name"), json, "the extension type's `name`");
    type.kind = TypeDecl::Kind::kBasic;
    type.basic = ExtensionType(name);
    if (type.basic == nullptr) {
      const Json* place = Member(json, "name");
      Fail(place == nullptr ? json : *place, Cat("there is no extension type `", name, "`",
                                                 Suggestion(name, {"decimal", "ipaddr", "datetime", "duration"})));
    }
  }

  void ReadRecord(const Json& json, TypeDecl& type) {
    type.kind = TypeDecl::Kind::kRecord;
    const Json* attributes = Member(json, "attributes");
    if (attributes == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& item : json.items()) names.push_back(item.key());
      const std::string near = Nearest("attributes", names);
      return Fail(json,
                  Cat("a record needs `attributes`", near.empty() ? "" : Cat("; is `", near, "` meant to be it?")));
    }
    if (const Json* more = Member(json, "additionalAttributes")) {
      if (!more->is_boolean() || more->get<bool>()) Fail(*more, "`additionalAttributes` is not supported");
    }
    ForEach(attributes, "attributes", [&](const std::string& key, const Json& value) {
      AttributeDecl a;
      a.name = key;
      if (const Json* required = Member(value, "required")) {
        if (!required->is_boolean()) Fail(*required, Cat("`required` of attribute `", key, "` must be true or false"));
        a.required = !required->is_boolean() || required->get<bool>();
      }
      a.type = ReadType(value, {"required", "annotations"});
      type.attributes.push_back(std::move(a));
    });
  }

  JsonDocument& document_;
  std::string where_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::vector<NamespaceDecl>> ParseJsonDecls(std::string_view text, std::string_view filename) {
  absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, filename);
  if (!document.ok()) return document.status();
  auto decls = SchemaReader(*document).Read();
  return decls.ok() ? std::move(decls) : document->Placed(decls.status());
}

}  // namespace tidegate::cedar
