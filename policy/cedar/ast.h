#ifndef TIDEGATE_POLICY_CEDAR_AST_H_
#define TIDEGATE_POLICY_CEDAR_AST_H_

// The expressions of a policy, as one flat array. A node names its operands by index. So a walk over it is
// cache-friendly, and to free it needs no recursion. Private to the room.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/cedar/extensions.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/text.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

using NodeId = uint32_t;

enum class Op : uint8_t {
  kLiteral,   // value: the constant (bool, long, string, entity)
  kVariable,  // a: Variable
  kIf,        // a ? b : c
  kAnd,       // kids[a .. a+b): two or more, the first no such kAnd; c is 1 if it was written `x has a.b`
  kOr,        // kids[a .. a+b)
  kNot,       // a
  kNegate,    // a
  kEqual,     // a == b
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kContains,  // a.contains(b)
  kContainsAll,
  kContainsAny,
  kGetTag,
  kHasTag,
  kIsEmpty,    // a.isEmpty()
  kAttribute,  // a.strings[b]
  kHas,        // a has strings[b]
  kLike,       // a like patterns[b]
  kIs,         // a is strings[b]
  kIsIn,       // a is strings[b] in c
  kSet,        // kids[a .. a+b)
  kRecord,     // kids[a .. a+2b): string index, node, string index, node, ...
  kCall,       // ExtFn c of kids[a .. a+b)
};

struct Node {
  static constexpr uint32_t kNoValue = UINT32_MAX;
  Op op;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  // Index into `values` of what this node always evaluates to: the constant of a literal, or of a set or constructor
  // call that is made of constants alone. kNoValue if the result depends on the request, or if the node errs.
  uint32_t value = kNoValue;
  uint32_t at = 0;  // offset in the source
};

struct Condition {
  bool unless = false;
  NodeId expression = 0;
};

// Where a scope constraint stands in the source: its variable, its type, each of its entities. All 0 for a policy from
// JSON.
struct ScopePlaces {
  uint32_t at = 0;
  uint32_t type_at = 0;
  std::vector<uint32_t> entities_at;
  uint32_t EntityAt(size_t i) const { return i < entities_at.size() ? entities_at[i] : at; }
};

// A policy or template without its id. Immutable once built.
struct PolicyBody {
  Effect effect = Effect::kPermit;
  std::vector<std::pair<std::string, std::string>> annotations;
  ScopeConstraint principal;
  ScopeConstraint action;
  ScopeConstraint resource;
  std::vector<Condition> conditions;

  std::vector<Node> nodes;
  std::vector<uint32_t> kids;
  std::vector<Value> values;
  std::vector<std::string> strings;
  std::vector<Pattern> patterns;

  std::shared_ptr<const Source> source;  // null for policies from JSON
  uint32_t begin = 0;                    // offsets of the policy's first character and past its last
  uint32_t end = 0;
  uint32_t effect_at = 0;
  ScopePlaces principal_places;
  ScopePlaces action_places;
  ScopePlaces resource_places;

  bool HasSlot(Slot slot) const { return (slot == Slot::kPrincipal ? principal : resource).slot; }
  bool is_template() const { return principal.slot || resource.slot; }
  const Node& node(NodeId id) const { return nodes[id]; }
  const Value& constant(const Node& n) const { return values[n.value]; }
};

// Structural equality of two expressions; positions do not matter.
bool SameExpression(const PolicyBody& a, NodeId x, const PolicyBody& b, NodeId y);

// Builds the nodes of one policy and bounds their depth and number. After a bound was hit, `status` is an error. The
// nodes stay well formed, and the policy must be dropped.
class ExprBuilder {
 public:
  explicit ExprBuilder(PolicyBody& body) : body_(body) {}

  NodeId Literal(Value value, uint32_t at);
  NodeId Var(Variable variable, uint32_t at);
  NodeId Unary(Op op, NodeId a, uint32_t at);
  NodeId Binary(Op op, NodeId a, NodeId b, uint32_t at);
  NodeId If(NodeId a, NodeId b, NodeId c, uint32_t at);
  // kAnd or kOr of two or more operands. If the first operand is such a chain itself, its operands become part of the
  // new chain. So (a && b) && c and a && b && c are one expression.
  NodeId Join(Op op, std::vector<NodeId> operands, uint32_t at);
  NodeId Attribute(NodeId a, std::string_view name, uint32_t at);
  NodeId Has(NodeId a, std::string_view name, uint32_t at);
  // `a has x.y.z`: a has x && a.x has y && a.x.y has z.
  NodeId HasPath(NodeId a, const std::vector<std::string>& names, uint32_t at);
  NodeId Like(NodeId a, Pattern pattern, uint32_t at);
  NodeId Is(NodeId a, std::string_view type, uint32_t at);
  NodeId IsIn(NodeId a, std::string_view type, NodeId c, uint32_t at);
  NodeId Set(const std::vector<NodeId>& elements, uint32_t at);
  NodeId Record(const std::vector<std::pair<std::string, NodeId>>& fields, uint32_t at);
  NodeId Call(ExtFn fn, const std::vector<NodeId>& arguments, uint32_t at);

  // OK, or an error: the policy is too deep or too large. Then `failed_at` says where.
  const absl::Status& status() const { return status_; }
  uint32_t failed_at() const { return failed_at_; }

 private:
  struct Measure {
    uint32_t depth = 0;
    uint32_t weight = 0;
  };
  NodeId Push(Node node, std::initializer_list<NodeId> operands);
  void Grow(Measure& m, NodeId operand) const;
  NodeId Add(Node node, Measure m);
  uint32_t String(std::string_view text);
  uint32_t Constant(Value value);
  void FoldSet(Node& node, const std::vector<NodeId>& elements);
  void FoldCall(Node& node, const std::vector<NodeId>& arguments);

  PolicyBody& body_;
  std::vector<Measure> measures_;
  TextMap<uint32_t> string_index_;
  absl::Status status_;
  uint32_t failed_at_ = 0;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_AST_H_
