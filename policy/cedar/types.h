#ifndef TIDEGATE_POLICY_CEDAR_TYPES_H_
#define TIDEGATE_POLICY_CEDAR_TYPES_H_

// Types, as schemas declare them and as the validator infers them. Private to the room.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cedar/value.h"

namespace tidegate::cedar {

struct Type;
using TypePtr = std::shared_ptr<const Type>;

enum class TypeKind : uint8_t {
  kTrue,   // a bool that validation knows to be true
  kFalse,  // or false
  kBool,
  kLong,
  kString,
  kDecimal,
  kIpAddr,
  kDatetime,
  kDuration,
  kEntity,  // of the type `entity`
  kSet,     // of `element`
  kRecord,  // of exactly `attributes`
};

struct AttributeType {
  std::string name;
  TypePtr type;
  bool required = true;
};

struct Type {
  TypeKind kind = TypeKind::kBool;
  std::string entity;
  TypePtr element;
  std::vector<AttributeType> attributes;  // sorted by name

  const AttributeType* Find(std::string_view name) const;
  bool is_bool() const { return kind <= TypeKind::kBool; }
  // As in the human schema syntax.
  std::string ToString() const;
};

TypePtr Basic(TypeKind kind);  // shared; not for kEntity, kSet, kRecord
TypePtr EntityOf(std::string_view type);
TypePtr SetOf(TypePtr element);
// Sorts; names must differ.
TypePtr RecordOf(std::vector<AttributeType> attributes);

// The kind of the values of a type that has no structure; for the extension types and their functions.
TypePtr TypeOfKind(ValueKind kind);
// The extension type of a name as in schemas: decimal, ipaddr, datetime, duration; null for others.
TypePtr ExtensionType(std::string_view name);

// The least type of which both are, by the rules of strict validation: bools join, sets and records join part by part,
// entity types must be the same. Null if there is none.
TypePtr Join(const TypePtr& a, const TypePtr& b);

// Whether this value is of this type. Entities are not looked up. On failure `why` says what does not fit.
bool Conforms(const Value& value, const Type& type, std::string* why);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_TYPES_H_
