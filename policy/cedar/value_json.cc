#include "policy/cedar/value_json.h"

#include <utility>
#include <vector>

#include "policy/cedar/extensions.h"
#include "text/text.h"

namespace tidegate::cedar {
namespace {

absl::StatusOr<EntityUid> TypeAndId(JsonDocument& document, const Json& json) {
  const Json* type = Member(json, "type");
  const Json* id = Member(json, "id");
  if (type == nullptr || id == nullptr || !type->is_string() || !id->is_string()) {
    return document.Fault(json, "expected an entity as {\"type\": \"User\", \"id\": \"alice\"}");
  }
  const std::string& name = type->get_ref<const std::string&>();
  if (!IsName(name)) return document.Fault(*type, Cat("`", name, "` is not the name of an entity type"));
  return EntityUid(name, id->get_ref<const std::string&>());
}

bool IsExtension(const Type* type) {
  return type != nullptr && type->kind >= TypeKind::kDecimal && type->kind <= TypeKind::kDuration;
}

std::string_view ConstructorOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kDecimal:
      return "decimal";
    case TypeKind::kIpAddr:
      return "ip";
    case TypeKind::kDatetime:
      return "datetime";
    default:
      return "duration";
  }
}

// An error of an extension function is reported at the place of `json`.
absl::StatusOr<Value> Called(JsonDocument& document, const Json& json, absl::StatusOr<Value> value) {
  return value.ok() ? std::move(value) : document.Fault(json, MessageOf(value.status()));
}

// {"fn": name, "arg": value} or {"fn": name, "args": [values]}. Without "fn" the type's constructor is meant.
absl::StatusOr<Value> ExtensionFromJson(JsonDocument& document, const Json& json) {
  const Json* fn = Member(json, "fn");
  const Json* arg = Member(json, "arg");
  const Json* args = Member(json, "args");
  if (fn == nullptr || !fn->is_string() || (arg == nullptr) == (args == nullptr) ||
      (args != nullptr && !args->is_array())) {
    return document.Fault(json, "expected an extension value as {\"fn\": \"ip\", \"arg\": \"10.0.0.1\"}");
  }
  const std::string& name = fn->get_ref<const std::string&>();
  const ExtSignature* signature = FindExtension(name);
  if (signature == nullptr) return document.Fault(*fn, Cat("there is no extension function `", name, "`"));
  std::vector<Value> values;
  const size_t count = arg != nullptr ? 1 : args->size();
  values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    absl::StatusOr<Value> value = ValueFromJson(document, arg != nullptr ? *arg : (*args)[i], nullptr);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  std::vector<const Value*> pointers;
  pointers.reserve(count);
  for (const Value& v : values) pointers.push_back(&v);
  return Called(document, json, CallExtension(signature->fn, pointers.data(), pointers.size()));
}

absl::StatusOr<Value> SetFromJson(JsonDocument& document, const Json& json, const Type* type) {
  const Type* element = type != nullptr && type->kind == TypeKind::kSet ? type->element.get() : nullptr;
  std::vector<Value> elements;
  elements.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    absl::StatusOr<Value> value = ValueFromJson(document, json[i], element);
    if (!value.ok()) return Invalid(Cat("[", i, "]: ", MessageOf(value.status())));
    elements.push_back(*std::move(value));
  }
  return Value::Set(std::move(elements));
}

absl::StatusOr<Value> RecordFromJson(JsonDocument& document, const Json& json, const Type* type) {
  std::vector<Value::Field> fields;
  fields.reserve(json.size());
  for (const auto& item : json.items()) {
    const AttributeType* declared =
        type != nullptr && type->kind == TypeKind::kRecord ? type->Find(item.key()) : nullptr;
    absl::StatusOr<Value> value =
        ValueFromJson(document, item.value(), declared == nullptr ? nullptr : declared->type.get());
    if (!value.ok()) return Invalid(Cat("`", item.key(), "`: ", MessageOf(value.status())));
    fields.emplace_back(item.key(), *std::move(value));
  }
  return Value::Record(std::move(fields));
}

absl::StatusOr<Value> EntityValue(JsonDocument& document, const Json& json) {
  absl::StatusOr<EntityUid> uid = UidFromJson(document, json);
  if (!uid.ok()) return uid.status();
  return Value::Entity(*std::move(uid));
}

// An extension value where the schema says that one stands: its text alone, or the call without its escape.
absl::StatusOr<Value> ImplicitExtension(JsonDocument& document, const Json& json, const Type& type) {
  if (json.is_string()) {
    const Value text = Value::String(json.get_ref<const std::string&>());
    const Value* const arguments[] = {&text};
    return Called(document, json, CallExtension(FindExtension(ConstructorOf(type))->fn, arguments, 1));
  }
  return ExtensionFromJson(document, json);
}

}  // namespace

absl::StatusOr<EntityUid> UidFromJson(JsonDocument& document, const Json& json) {
  const Json* escaped = Member(json, "__entity");
  return TypeAndId(document, escaped != nullptr ? *escaped : json);
}

absl::StatusOr<Value> ValueFromJson(JsonDocument& document, const Json& json, const Type* type) {
  if (const Json* entity = Member(json, "__entity")) return EntityValue(document, *entity);
  if (const Json* extension = Member(json, "__extn")) return ExtensionFromJson(document, *extension);
  if (const Json* expression = Member(json, "__expr")) {
    return document.FaultOfName(*expression, "the `__expr` escape is no longer part of Cedar");
  }
  if (type != nullptr && type->kind == TypeKind::kEntity && json.is_object()) return EntityValue(document, json);
  if (IsExtension(type) && (json.is_string() || json.is_object())) return ImplicitExtension(document, json, *type);
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value::Bool(json.get<bool>());
    case Json::value_t::number_integer:
      return Value::Long(json.get<int64_t>());
    case Json::value_t::number_unsigned: {
      const uint64_t n = json.get<uint64_t>();
      if (n > static_cast<uint64_t>(INT64_MAX)) return document.Fault(json, "the number is out of the range of a long");
      return Value::Long(static_cast<int64_t>(n));
    }
    case Json::value_t::number_float:
      return document.Fault(json, "the number is no long; Cedar has whole numbers only");
    case Json::value_t::string:
      return Value::String(json.get_ref<const std::string&>());
    case Json::value_t::array:
      return SetFromJson(document, json, type);
    case Json::value_t::object:
      return RecordFromJson(document, json, type);
    default:
      return document.Fault(json, "Cedar has no null");
  }
}

void AppendUidJson(std::string& out, const EntityUid& uid) {
  Append(out, "{\"type\":", text::Json(uid.type()), ",\"id\":", text::Json(uid.id()), "}");
}

namespace {

void AppendCall(std::string& out, std::string_view fn, std::string_view argument) {
  Append(out, "{\"__extn\":{\"fn\":\"", fn, "\",\"arg\":", text::Json(argument), "}}");
}

void AppendExtension(std::string& out, const Value& value) {
  const std::string argument = ExtensionArgument(value);
  if (!argument.empty()) return AppendCall(out, ExtensionConstructor(value.kind()), argument);
  out += "{\"__extn\":{\"fn\":\"offset\",\"args\":[";
  AppendCall(out, "datetime", "1970-01-01");
  out += ",";
  AppendCall(out, "duration", Cat(value.AsUnits(), "ms"));
  out += "]}}";
}

}  // namespace

void AppendValueJson(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
    case ValueKind::kLong:
      out += value.ToString();
      return;
    case ValueKind::kString:
      out += text::Json(value.AsString());
      return;
    case ValueKind::kEntity:
      out += "{\"__entity\":";
      AppendUidJson(out, value.AsEntity());
      out += "}";
      return;
    case ValueKind::kSet: {
      std::string_view comma = "[";
      for (const Value& v : value.AsSet()) {
        out += std::exchange(comma, ",");
        AppendValueJson(out, v);
      }
      out += value.AsSet().empty() ? "[]" : "]";
      return;
    }
    case ValueKind::kRecord: {
      std::string_view comma = "{";
      for (const auto& [name, field] : value.AsRecord()) {
        Append(out, std::exchange(comma, ","), text::Json(name), ":");
        AppendValueJson(out, field);
      }
      out += value.AsRecord().empty() ? "{}" : "}";
      return;
    }
    default:
      AppendExtension(out, value);
  }
}

}  // namespace tidegate::cedar
