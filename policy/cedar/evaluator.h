#ifndef TIDEGATE_POLICY_CEDAR_EVALUATOR_H_
#define TIDEGATE_POLICY_CEDAR_EVALUATOR_H_

// Evaluates the conditions of one policy. Private to the room.

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "policy/cedar/ast.h"
#include "policy/cedar/cedar.h"
#include "policy/cedar/shared_expressions.h"

namespace tidegate::cedar {

// The request as values, made once for each request.
struct RequestValues {
  explicit RequestValues(const Request& request);
  const Request& request;
  Value variables[4];  // by Variable
};

// A result points into the policy, the request, the entities or this evaluator, and is valid as long as all of them
// are. The time of a run is proportional to the policy's weight and to the values that it touches; there are no loops.
class Evaluator {
 public:
  // `answers`: SharedExpressions::answers() of the set whose policies are run.
  Evaluator(const RequestValues& request, const Entities& entities, size_t answers = 0)
      : request_(request), entities_(entities) {
    std::fill_n(answers_.begin(), answers, nullptr);
  }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // Whether scope and conditions hold. The slots of a linked policy are filled from the policy.
  Outcome Run(const Policy& policy);
  bool ActionHolds(const Policy& policy);
  // The same for a policy of a set that this evaluator runs through. An expression that `shared` numbers is evaluated
  // once, and its result is kept for the policies after it. The caller has already looked at the action.
  Outcome Run(const Policy& policy, const SharedAnswers& shared);

  // The scope alone, and one expression alone (null after an error). They are for code that looks at a policy piece by
  // piece.
  bool ScopeHolds(const Policy& policy);
  const Value* Evaluate(const PolicyBody& body, NodeId id);

  // After kError: what went wrong, with its place in the policy.
  std::string ErrorText() const;

 private:
  bool PartyHolds(const ScopeConstraint& c, Variable variable, const EntityUid* filled, AnswerNumber answer);
  bool Holds(const ScopeConstraint& c, size_t variable, const EntityUid* filled);

  // Null after an error.
  const Value* Eval(NodeId id);
  const Value* EvalNode(const Node& n);
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

  // The stored entity, or null. The entities of the request are looked up once.
  const Entities::Node* Find(const Value* entity);
  const Entities::Node* FindVariable(size_t variable);
  bool IsIn(const Value* descendant, const EntityUid& ancestor);

  const RequestValues& request_;
  const Entities& entities_;
  const PolicyBody* body_ = nullptr;
  const SharedAnswers* shared_ = nullptr;
  std::array<const Value*, kMostAnswers> answers_;       // by AnswerNumber; null: not asked yet, or it errs
  std::array<const Entities::Node*, 4> variables_ = {};  // by Variable
  std::array<bool, 4> looked_up_ = {};
  std::unique_ptr<std::deque<Value>> kept_;  // most policies make no values of their own
  std::string error_;
  uint32_t error_at_ = 0;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_EVALUATOR_H_
