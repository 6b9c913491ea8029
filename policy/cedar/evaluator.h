#ifndef TIDEGATE_POLICY_CEDAR_EVALUATOR_H_
#define TIDEGATE_POLICY_CEDAR_EVALUATOR_H_

// Evaluates the conditions of one policy. Private to the room.

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "policy/cedar/ast.h"
#include "policy/cedar/cedar.h"

namespace tidegate::cedar {

// What is evaluated against, as values, made once a request.
struct RequestValues {
  explicit RequestValues(const Request& request);
  const Request& request;
  Value variables[4];  // by Variable
};

// Evaluation borrows: a result points into the policy, the request, the entities, or this evaluator, and holds as long
// as all of them do. A run takes time in proportion to the policy's weight and the values it touches; there are no
// loops.
class Evaluator {
 public:
  Evaluator(const RequestValues& request, const Entities& entities) : request_(request), entities_(entities) {}
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // Whether scope and conditions hold. The slots of a linked policy are filled from the policy.
  Outcome Run(const Policy& policy);

  // After kError: what went wrong, with its place in the policy.
  std::string ErrorText() const;

 private:
  bool ScopeHolds(const Policy& policy) const;
  bool Holds(const ScopeConstraint& c, const EntityUid& uid, const EntityUid* filled) const;

  // Null after an error.
  const Value* Eval(NodeId id);
  const Value* EvalLogic(const Node& n);
  const Value* EvalCompare(const Node& n);
  const Value* EvalArithmetic(const Node& n);
  const Value* EvalNegate(const Node& n);
  const Value* EvalIn(const Node& n, const Value* left, NodeId right);
  const Value* EvalIs(const Node& n);
  const Value* EvalSets(const Node& n);
  const Value* EvalTag(const Node& n);
  const Value* EvalAttribute(const Node& n);
  const Value* EvalHas(const Node& n);
  const Value* EvalLike(const Node& n);
  const Value* EvalSet(const Node& n);
  const Value* EvalRecord(const Node& n);
  const Value* EvalCall(const Node& n);

  // -1 after an error, else 0 or 1.
  int EvalBool(NodeId id);
  const Value* EvalKind(NodeId id, ValueKind kind);

  const Value* Keep(Value value);
  const Value* Fail(const Node& n, std::string message);
  const Value* TypeError(NodeId id, std::string_view expected, const Value& got);

  static constexpr size_t kInline = 16;
  const RequestValues& request_;
  const Entities& entities_;
  const PolicyBody* body_ = nullptr;
  std::array<Value, kInline> kept_;
  size_t kept_count_ = 0;
  std::deque<Value> more_;
  std::string error_;
  uint32_t error_at_ = 0;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_EVALUATOR_H_
