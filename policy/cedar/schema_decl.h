#ifndef TIDEGATE_POLICY_CEDAR_SCHEMA_DECL_H_
#define TIDEGATE_POLICY_CEDAR_SCHEMA_DECL_H_

// The declarations of a schema as they were written, in either syntax, and the resolution of their names. Private to
// the room.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/schema_model.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

struct TypeDecl;
struct AttributeDecl {
  std::string name;
  std::shared_ptr<const TypeDecl> type;
  bool required = true;
};

struct TypeDecl {
  enum class Kind : uint8_t {
    kAnyName,     // a common type, an entity type, or a built-in type: whichever is found first
    kEntityName,  // an entity type
    kCommonName,  // a common or built-in type
    kBasic,
    kSet,
    kRecord,
  };
  Kind kind = Kind::kAnyName;
  std::string name;  // the names' kinds
  TypePtr basic;     // kBasic
  std::shared_ptr<const TypeDecl> element;
  std::vector<AttributeDecl> attributes;
  uint32_t at = 0;
};
using TypeDeclPtr = std::shared_ptr<const TypeDecl>;

struct NameRef {
  std::string name;
  uint32_t at = 0;
};

struct EntityDecl {
  std::string name;
  std::vector<NameRef> parents;
  TypeDeclPtr shape;  // null: no attributes
  TypeDeclPtr tags;   // null: no tags
  std::optional<std::vector<std::string>> ids;
  uint32_t at = 0;
};

struct ActionRef {
  std::string type;  // "": an action of the namespace or of the empty one
  std::string id;
  uint32_t at = 0;
};

struct ActionDecl {
  std::string name;
  std::vector<ActionRef> parents;
  std::vector<NameRef> principals;  // empty if the action only groups others
  std::vector<NameRef> resources;
  TypeDeclPtr context;  // null: an empty record
  uint32_t at = 0;
};

struct CommonDecl {
  std::string name;
  TypeDeclPtr type;
  uint32_t at = 0;
};

struct NamespaceDecl {
  std::string name;  // "": the empty one
  std::vector<EntityDecl> entities;
  std::vector<ActionDecl> actions;
  std::vector<CommonDecl> commons;
};

// Parsers of the two syntaxes. Errors: InvalidArgument with a place.
absl::StatusOr<std::vector<NamespaceDecl>> ParseHumanDecls(const Source& source);
absl::StatusOr<std::vector<NamespaceDecl>> ParseJsonDecls(std::string_view text, std::string_view filename);

// Qualifies and expands all names. `source` (empty for JSON) gives errors their place.
absl::StatusOr<SchemaModel> ResolveSchema(const std::vector<NamespaceDecl>& namespaces, const Source& source);

// Names that no common type may have.
bool IsReservedTypeName(std::string_view name);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_SCHEMA_DECL_H_
