#ifndef TIDEGATE_POLICY_CEDAR_TYPECHECK_H_
#define TIDEGATE_POLICY_CEDAR_TYPECHECK_H_

// Strict type inference over the expressions of one policy. Private to the room.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/cedar/ast.h"
#include "policy/cedar/schema.h"
#include "policy/cedar/schema_model.h"
#include "policy/cedar/types.h"

namespace tidegate::cedar {

// One shape of request that the schema allows.
struct RequestEnv {
  std::string_view principal;  // entity type
  const ActionModel* action;
  std::string_view resource;  // entity type
};

// If an expression is true, facts about other expressions follow: "this optional attribute (or tag) of that expression
// is there". Each fact is one number, made of the numbers of the expression and of the name. Sorted.
using Capabilities = std::vector<uint64_t>;

struct TypeError {
  uint32_t at;
  std::string message;
  friend auto operator<=>(const TypeError&,
                          const TypeError&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

class TypeChecker {
 public:
  TypeChecker(const PolicyBody& body, const SchemaModel& schema, MixedLists mixed);

  // Checks the conditions in one environment in which the scope may hold. False if they can never hold there, because
  // they are known to be false or have a type error.
  bool MayHold(const RequestEnv& env);

  // The errors of all environments so far, without repetition.
  const std::set<TypeError>& errors() const { return errors_; }

 private:
  struct Typed {
    TypePtr type;  // null after an error
    Capabilities capabilities;
  };

  Typed Check(NodeId id, const Capabilities& known);
  Typed CheckChain(const Node& n, const Capabilities& known);
  Typed JoinAnd(const Typed& left, const Typed& right);
  Typed JoinOr(Typed left, Typed right);
  Typed CheckIf(const Node& n, const Capabilities& known);
  Typed CheckNot(const Node& n, const Capabilities& known);
  Typed CheckEqual(const Node& n, const Capabilities& known);
  Typed CheckOrder(const Node& n, const Capabilities& known);
  Typed CheckArithmetic(const Node& n, const Capabilities& known);
  Typed CheckInList(const TypePtr& left, NodeId left_id, const Node& list, const Capabilities& known);
  Typed CheckIn(NodeId left, NodeId right, const Capabilities& known);
  Typed CheckIs(const Node& n, const Capabilities& known);
  Typed CheckSets(const Node& n, const Capabilities& known);
  Typed CheckTag(NodeId id, const Node& n, const Capabilities& known);
  Typed CheckAttribute(const Node& n, const Capabilities& known);
  Typed CheckHas(const Node& n, const Capabilities& known);
  Typed CheckSet(const Node& n, const Capabilities& known);
  Typed CheckRecord(const Node& n, const Capabilities& known);
  Typed CheckCall(const Node& n, const Capabilities& known);
  TypePtr CheckLiteral(const Node& n) const;
  TypePtr CheckVariable(const Node& n) const;

  // A type of this kind or null, the mismatch reported.
  TypePtr Expect(NodeId id, TypeKind kind, const Capabilities& known);
  Typed ExpectBool(NodeId id, const Capabilities& known);
  TypePtr ExpectEntity(NodeId id, const Capabilities& known);
  TypePtr Mismatch(NodeId id, std::string_view expected, const Type& got);
  TypePtr Incompatible(const Node& n, const Type& a, const Type& b, std::string_view why);
  void Fail(uint32_t at, std::string message) { errors_.insert({at, std::move(message)}); }

  // The attributes of a record or entity type; null if it has none at all.
  const Type* AttributesOf(const Type& type) const;
  // The entity that an expression surely is: a literal, or `action`.
  const EntityUid* KnownEntity(NodeId id) const;
  const Value* KnownValue(NodeId id) const;
  TypePtr TypeOfIn(NodeId left, const Type& left_type, NodeId right, const Type& right_type) const;

  static bool Holds(const Capabilities& known, uint64_t fact) {
    return std::binary_search(known.begin(), known.end(), fact);
  }
  static uint64_t AttributeFact(uint32_t expression, uint32_t name) { return Fact(expression, name, 0); }
  static uint64_t TagFact(uint32_t expression, uint32_t key) { return Fact(expression, key, 1); }
  static uint64_t Fact(uint64_t expression, uint64_t name, uint64_t tag) { return expression << 32 | name << 1 | tag; }

  const PolicyBody& body_;
  const SchemaModel& schema_;
  const MixedLists mixed_;
  std::vector<uint32_t> numbers_;
  const RequestEnv* env_ = nullptr;
  Value action_;
  TypePtr variables_[4];
  std::set<TypeError> errors_;
  uint64_t steps_ = 0;
  bool exhausted_ = false;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_TYPECHECK_H_
