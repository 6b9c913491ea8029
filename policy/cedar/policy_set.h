#ifndef TIDEGATE_POLICY_CEDAR_POLICY_SET_H_
#define TIDEGATE_POLICY_CEDAR_POLICY_SET_H_

// Part of the door `policy/cedar/cedar.h`; include that.
// Policies, templates and sets of them.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/cedar/source.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

enum class Effect : uint8_t { kPermit, kForbid };
enum class Variable : uint8_t { kPrincipal, kAction, kResource, kContext };
inline constexpr std::string_view kVariableNames[] = {"principal", "action", "resource", "context"};  // by Variable
enum class Slot : uint8_t { kPrincipal, kResource };  // ?principal, ?resource

// One of the three constraints of a policy's scope.
struct ScopeConstraint {
  enum class Kind : uint8_t {
    kAny,   // principal
    kEq,    // principal == E
    kIn,    // principal in E, action in [E, ...]
    kIs,    // principal is T
    kIsIn,  // principal is T in E
  };
  Kind kind = Kind::kAny;
  std::string type;                 // kIs, kIsIn
  std::vector<EntityUid> entities;  // kEq, kIn, kIsIn: one, but any number for `action in [..]`; empty while a slot
  bool slot = false;                // a template's ?principal or ?resource stands where the entity would
  bool list = false;                // `action in [..]` with none or several
  // As in policy text, `variable` being what it constrains: `principal in Circle::"banks"`.
  std::string ToString(std::string_view variable) const;
};

// A path that a policy reads, below a variable or below an entity that it names: `context.a.b` is {kContext, {"a",
// "b"}}. It means everything below it too, unless `presence` or `identity` is set. Steps follow attributes of records
// and of entities. An expression that is more than a path is reported as the paths in it. So a policy reads nothing
// outside its reported paths.
struct AttributePath {
  Variable root = Variable::kPrincipal;
  std::vector<std::string> steps;  // empty: the variable itself
  bool presence = false;           // only asked by `has` whether it is there
  bool tags = false;               // a tag of what `steps` lead to (which one may depend on the request)
  // The policy reads only name, type and ancestors of the principal, action or resource: it compares them with `==` or
  // `!=`, or has them on the left or right of `in` or `is`.
  bool identity = false;
  // In place of a variable. Reported where what the store holds of it is read: its attributes and tags, and with
  // `identity` its ancestors (it stood left of `in`). Its name alone is no fact: see EntityLiterals.
  std::optional<EntityUid> entity;
  friend auto operator<=>(const AttributePath&,
                          const AttributePath&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// A constant that a policy compares with the value at a path, or looks for in it: `context.a == "x"`,
// `context.b.containsAny(["x", "y"])`, `["x", "y"].contains(context.a)`.
struct ComparedConstant {
  AttributePath path;
  Value constant;  // a string or an entity
  Place place;
};

struct PolicyBody;     // private to the room
struct PolicySetImpl;  // private to the room

// A policy or template. It is a cheap handle, which keeps alive what it names.
class Policy {
 public:
  const std::string& id() const { return id_; }
  Effect effect() const;
  bool is_template() const;  // has a slot that is not filled
  // For a linked policy the id of its template, else empty.
  const std::string& template_id() const { return template_id_; }
  // Name and value of each annotation, in the order of the text; `@name` alone has the value "".
  const std::vector<std::pair<std::string, std::string>>& annotations() const;
  // The value of one annotation, or null.
  const std::string* Annotation(std::string_view name) const;
  // Where the policy begins (its first annotation or its effect).
  Position position() const;
  // Where it begins; where it first names an entity, or first asks whether an attribute is there (else where it
  // begins).
  Place place() const;
  Place PlaceOf(const EntityUid& named) const;
  Place PlaceOfHas(std::string_view attribute) const;
  // The text from its first to its last character, as it was written. If it came from JSON, as it is printed.
  std::string SourceText() const;

  // The scope, with the slots filled if this is a linked policy.
  ScopeConstraint principal() const;
  ScopeConstraint action() const;
  ScopeConstraint resource() const;
  bool has_conditions() const;
  // Every entity named in scope and conditions, with slots filled; sorted, without repetition.
  std::vector<EntityUid> EntityLiterals() const;
  // The paths that the conditions read; sorted, without repetition. The scope reads name, type and ancestors of each
  // variable.
  std::vector<AttributePath> AttributePathsRead() const;
  // In the order of the text, one for each path that the other side may lie on.
  std::vector<ComparedConstant> ComparedConstants() const;
  // The conditions as ToText prints them; "" if there are none. Two policies with equal texts here have equal
  // conditions.
  std::string ConditionsText() const;

  // Cedar text in its one format. To parse it gives an equal policy. A linked policy is printed with its slots filled.
  std::string ToText() const;
  // Cedar's JSON form of a policy.
  std::string ToJson() const;
  // True if effect, annotations, scope and conditions are the same. Ids, positions and the order of annotations do not
  // matter.
  bool SameMeaningAs(const Policy& other) const;

  const PolicyBody& body() const { return *body_; }  // for the room
  const std::optional<EntityUid>& slot(Slot s) const { return slots_[static_cast<size_t>(s)]; }

 private:
  friend class PolicySet;
  std::string id_;
  std::string template_id_;
  std::shared_ptr<const PolicyBody> body_;
  std::optional<EntityUid> slots_[2];
};

// Policies by id, in order. Nothing but Link and Add changes a set. A copy is cheap and shares nothing that changes.
class PolicySet {
 public:
  using Slots = std::map<Slot, EntityUid>;

  PolicySet();  // empty: denies everything

  // Parses policies and templates. Ids are `prefix` and the ordinal in the text: policy0, policy1, ... (templates
  // count). Errors: InvalidArgument with a message for people: `file:line:column`, the line, a caret, what was
  // expected.
  static absl::StatusOr<PolicySet> Parse(std::string_view text, std::string_view filename = "",
                                         std::string_view id_prefix = "policy");
  // A set in JSON: {"staticPolicies": {id: policy}, "templates": {id: policy}, "templateLinks": [{templateId, newId,
  // values}]}. Errors: InvalidArgument with file, line, column and a caret, naming the policy and the place within it.
  static absl::StatusOr<PolicySet> FromJson(std::string_view text, std::string_view filename = "");
  // One policy or template in Cedar's JSON form.
  static absl::StatusOr<PolicySet> PolicyFromJson(std::string_view text, std::string_view id,
                                                  std::string_view filename = "");

  // Makes a policy of a template. Every slot of the template must have a value and no other may.
  // Errors: NotFound (no such template), AlreadyExists (`new_id`), InvalidArgument (slots).
  absl::Status Link(std::string_view template_id, std::string_view new_id, const Slots& slots);
  // Adds all of another set. Errors: AlreadyExists naming an id that both have; this set is then unchanged.
  absl::Status Add(const PolicySet& other);

  // The policies that take part in decisions: static and linked, in the order they were added.
  const std::vector<Policy>& policies() const;
  const std::vector<Policy>& templates() const;
  const Policy* Find(std::string_view id) const;
  const Policy* FindTemplate(std::string_view id) const;

  std::string ToText() const;  // static policies and templates; links have no text
  std::string ToJson() const;

  const PolicySetImpl& impl() const { return *impl_; }  // for the room

 private:
  absl::Status AddBody(std::shared_ptr<const PolicyBody> body, std::string id);
  PolicySetImpl& Own();
  std::shared_ptr<PolicySetImpl> impl_;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_POLICY_SET_H_
