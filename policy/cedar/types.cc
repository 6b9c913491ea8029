#include "policy/cedar/types.h"

#include <algorithm>
#include <utility>

#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

bool OfKind(const Value& value, TypeKind kind) {
  switch (kind) {
    case TypeKind::kTrue:
    case TypeKind::kFalse:
      return value.is_bool() && value.AsBool() == (kind == TypeKind::kTrue);
    case TypeKind::kBool:
      return value.is_bool();
    case TypeKind::kLong:
      return value.is_long();
    case TypeKind::kString:
      return value.is_string();
    case TypeKind::kDecimal:
      return value.kind() == ValueKind::kDecimal;
    case TypeKind::kIpAddr:
      return value.kind() == ValueKind::kIpAddr;
    case TypeKind::kDatetime:
      return value.kind() == ValueKind::kDatetime;
    case TypeKind::kDuration:
      return value.kind() == ValueKind::kDuration;
    case TypeKind::kEntity:
      return value.is_entity();
    case TypeKind::kSet:
      return value.is_set();
    case TypeKind::kRecord:
      return value.is_record();
  }
  return false;
}

bool RecordConforms(const Value& value, const Type& type, std::string* why) {
  for (const AttributeType& a : type.attributes) {
    const Value* field = value.Find(a.name);
    if (field == nullptr) {
      if (!a.required) continue;
      *why = Cat("attribute `", a.name, "` is missing");
      return false;
    }
    if (!Conforms(*field, *a.type, why)) {
      *why = Cat("`", a.name, "`: ", *why);
      return false;
    }
  }
  std::vector<std::string_view> names;
  for (const AttributeType& a : type.attributes) names.push_back(a.name);
  for (const auto& [name, field] : value.AsRecord()) {
    if (type.Find(name) != nullptr) continue;
    *why = Cat("attribute `", name, "` is not declared", Suggestion(name, names));
    return false;
  }
  return true;
}

TypePtr JoinRecords(const Type& a, const Type& b) {
  if (a.attributes.size() != b.attributes.size()) return nullptr;
  std::vector<AttributeType> joined;
  for (size_t i = 0; i < a.attributes.size(); ++i) {
    const AttributeType& x = a.attributes[i];
    const AttributeType& y = b.attributes[i];
    if (x.name != y.name || x.required != y.required) return nullptr;
    TypePtr type = Join(x.type, y.type);
    if (type == nullptr) return nullptr;
    joined.push_back({x.name, std::move(type), x.required});
  }
  return RecordOf(std::move(joined));
}

}  // namespace

const AttributeType* Type::Find(std::string_view name) const {
  const auto at = std::lower_bound(attributes.begin(), attributes.end(), name,
                                   [](const AttributeType& a, std::string_view n) { return a.name < n; });
  return at != attributes.end() && at->name == name ? &*at : nullptr;
}

std::string Type::ToString() const {
  switch (kind) {
    case TypeKind::kTrue:
      return "Bool (always true)";
    case TypeKind::kFalse:
      return "Bool (always false)";
    case TypeKind::kBool:
      return "Bool";
    case TypeKind::kLong:
      return "Long";
    case TypeKind::kString:
      return "String";
    case TypeKind::kDecimal:
      return "decimal";
    case TypeKind::kIpAddr:
      return "ipaddr";
    case TypeKind::kDatetime:
      return "datetime";
    case TypeKind::kDuration:
      return "duration";
    case TypeKind::kEntity:
      return entity;
    case TypeKind::kSet:
      return Cat("Set<", element->ToString(), ">");
    case TypeKind::kRecord:
      break;
  }
  std::string out = "{";
  for (const AttributeType& a : attributes) {
    if (out.size() > 1) out += ", ";
    Append(out, IsIdentifier(a.name) ? a.name : Quoted(a.name), a.required ? ": " : "?: ", a.type->ToString());
    constexpr size_t kShown = 200;
    if (out.size() > kShown) return out + ", ...}";
  }
  return out + "}";
}

TypePtr Basic(TypeKind kind) {
  static const std::vector<TypePtr>* const all = [] {
    auto* types = new std::vector<TypePtr>();
    for (int k = 0; k <= static_cast<int>(TypeKind::kDuration); ++k) {
      auto type = std::make_shared<Type>();
      type->kind = static_cast<TypeKind>(k);
      types->push_back(std::move(type));
    }
    return types;
  }();
  return (*all)[static_cast<size_t>(kind)];
}

TypePtr EntityOf(std::string_view type) {
  auto out = std::make_shared<Type>();
  out->kind = TypeKind::kEntity;
  out->entity = type;
  return out;
}

TypePtr SetOf(TypePtr element) {
  auto out = std::make_shared<Type>();
  out->kind = TypeKind::kSet;
  out->element = std::move(element);
  return out;
}

TypePtr RecordOf(std::vector<AttributeType> attributes) {
  auto out = std::make_shared<Type>();
  out->kind = TypeKind::kRecord;
  out->attributes = std::move(attributes);
  std::sort(out->attributes.begin(), out->attributes.end(),
            [](const AttributeType& a, const AttributeType& b) { return a.name < b.name; });
  return out;
}

TypePtr TypeOfKind(ValueKind kind) {
  switch (kind) {
    case ValueKind::kBool:
      return Basic(TypeKind::kBool);
    case ValueKind::kLong:
      return Basic(TypeKind::kLong);
    case ValueKind::kString:
      return Basic(TypeKind::kString);
    case ValueKind::kDecimal:
      return Basic(TypeKind::kDecimal);
    case ValueKind::kIpAddr:
      return Basic(TypeKind::kIpAddr);
    case ValueKind::kDatetime:
      return Basic(TypeKind::kDatetime);
    case ValueKind::kDuration:
      return Basic(TypeKind::kDuration);
    default:
      return nullptr;
  }
}

TypePtr ExtensionType(std::string_view name) {
  if (name == "decimal") return Basic(TypeKind::kDecimal);
  if (name == "ipaddr") return Basic(TypeKind::kIpAddr);
  if (name == "datetime") return Basic(TypeKind::kDatetime);
  if (name == "duration") return Basic(TypeKind::kDuration);
  return nullptr;
}

TypePtr Join(const TypePtr& a, const TypePtr& b) {
  if (a == b) return a;
  if (a->is_bool() && b->is_bool()) return a->kind == b->kind ? a : Basic(TypeKind::kBool);
  if (a->kind != b->kind) return nullptr;
  switch (a->kind) {
    case TypeKind::kEntity:
      return a->entity == b->entity ? a : nullptr;
    case TypeKind::kSet: {
      TypePtr element = Join(a->element, b->element);
      return element == nullptr ? nullptr : SetOf(std::move(element));
    }
    case TypeKind::kRecord:
      return JoinRecords(*a, *b);
    default:
      return a;
  }
}

bool Conforms(const Value& value, const Type& type, std::string* why) {
  if (!OfKind(value, type.kind) || (type.kind == TypeKind::kEntity && value.AsEntity().type() != type.entity)) {
    *why = Cat("expected ", type.ToString(), ", got ",
               value.is_entity() ? value.AsEntity().type() : std::string(KindName(value.kind())));
    return false;
  }
  if (type.kind == TypeKind::kSet) {
    return std::all_of(value.AsSet().begin(), value.AsSet().end(),
                       [&](const Value& element) { return Conforms(element, *type.element, why); });
  }
  return type.kind != TypeKind::kRecord || RecordConforms(value, type, why);
}

}  // namespace tidegate::cedar
