#ifndef TIDEGATE_POLICY_CEDAR_SCHEMA_H_
#define TIDEGATE_POLICY_CEDAR_SCHEMA_H_

// Part of the door `policy/cedar/cedar.h`; include that.
// Schemas, and what they refuse.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/cedar/entities.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

struct Request;
struct SchemaModel;  // private to the room

// The entity types, actions and types that policies may name. It is immutable. A copy is a pointer.
class Schema {
 public:
  Schema();  // declares nothing

  // Cedar's human schema syntax. Errors: InvalidArgument with file, line, column and a caret.
  static absl::StatusOr<Schema> ParseHuman(std::string_view text, std::string_view filename = "");
  // Cedar's JSON schema. Errors: InvalidArgument naming the declaration; where the form is wrong, with file, line,
  // column and a caret.
  static absl::StatusOr<Schema> ParseJson(std::string_view text, std::string_view filename = "");

  // Fully qualified names, sorted.
  std::vector<std::string> EntityTypes() const;
  std::vector<EntityUid> Actions() const;
  // The actions as entities with their action groups as parents, for a store that was not made from JSON with a schema.
  std::vector<Entity> ActionEntities() const;

  const SchemaModel& model() const { return *model_; }  // for the room

 private:
  explicit Schema(std::shared_ptr<const SchemaModel> model) : model_(std::move(model)) {}
  std::shared_ptr<const SchemaModel> model_;
};

struct Finding {
  std::string policy_id;
  Position position;
  std::string message;  // one sentence, without the position
  std::string snippet;  // the source line and a caret under the place; empty if there is no text
  std::string ToString() const;
};

struct ValidationResult {
  std::vector<Finding> errors;    // any makes the set invalid
  std::vector<Finding> warnings;  // a policy that can never apply
  bool valid() const { return errors.empty(); }
};

// `x in [A::"a", B::"b"]`: Cedar's strict validation knows no type for a list of several entity types. kSplit takes
// such a list, written out to the right of `in`, for `x in A::"a" || x in B::"b"`, which decides the same.
enum class MixedLists : uint8_t { kRefuse, kSplit };

// Cedar's strict validation of static policies, templates and links, in their order. If `unsaid` is not null, a policy
// that does not say which actions it is about is validated for these actions alone. The caller must then also decide
// with that policy about these actions alone.
ValidationResult Validate(const PolicySet& policies, const Schema& schema, MixedLists mixed = MixedLists::kRefuse,
                          const std::vector<EntityUid>* unsaid = nullptr);
// OK if every entity has a declared type, with the attributes, tags, parents and ids that the schema allows, and if
// actions are as declared. Errors: InvalidArgument naming the first entity that is not so.
absl::Status ValidateEntities(const Entities& entities, const Schema& schema);
// OK if principal, action, resource and context fit together as the action declares. Errors: InvalidArgument.
absl::Status ValidateRequest(const Request& request, const Schema& schema);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_SCHEMA_H_
