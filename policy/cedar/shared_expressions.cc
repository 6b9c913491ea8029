#include "policy/cedar/shared_expressions.h"

namespace tidegate::cedar {
namespace {

// True if the answer outlives the policy that asked: a truth value, or a value of the request or of its entities.
// Values that an evaluator makes (numbers, sets, records) belong to that evaluator and are not kept.
bool MayBeKept(const PolicyBody& body, NodeId id) {
  switch (body.node(id).op) {
    case Op::kAttribute: {
      const Node* n = &body.node(id);
      while (n->op == Op::kAttribute) n = &body.node(n->a);
      return n->op == Op::kVariable;
    }
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kIn:
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny:
    case Op::kHasTag:
    case Op::kIsEmpty:
    case Op::kHas:
    case Op::kLike:
    case Op::kIs:
    case Op::kIsIn:
      return true;
    default:
      return false;
  }
}

}  // namespace

void SharedExpressions::Add(const Policy& policy) {
  const PolicyBody& body = policy.body();
  const auto place = static_cast<uint32_t>(policies_.size());
  policies_.emplace_back();
  const auto scope = [&](Variable variable, const ScopeConstraint& constraint, Slot slot, Where where) {
    if (constraint.kind == ScopeConstraint::Kind::kAny) return;
    const EntityUid* filled = policy.slot(slot) ? &*policy.slot(slot) : nullptr;
    Meet(numbers_.OfScope(variable, constraint, filled), place, where, 0);
  };
  scope(Variable::kPrincipal, body.principal, Slot::kPrincipal, Where::kPrincipal);
  scope(Variable::kResource, body.resource, Slot::kResource, Where::kResource);
  const std::vector<uint32_t> numbers = numbers_.Of(body);
  for (NodeId id = 0; id < numbers.size(); ++id) {
    if (MayBeKept(body, id)) Meet(numbers[id], place, Where::kNode, id);
  }
}

void SharedExpressions::Meet(uint32_t expression, uint32_t policy, Where where, NodeId node) {
  const Met here{policy, where, node, kNoAnswer};
  const auto [at, first] = met_.try_emplace(expression, here);
  Met& met = at->second;
  if (first || (met.answer == kNoAnswer && next_ >= kMostAnswers)) return;
  if (met.answer == kNoAnswer) {
    met.answer = static_cast<AnswerNumber>(next_++);
    Give(met, met.answer);
  }
  Give(here, met.answer);
}

void SharedExpressions::Give(const Met& met, AnswerNumber answer) {
  SharedAnswers& answers = policies_[met.policy];
  switch (met.where) {
    case Where::kPrincipal:
      answers.principal = answer;
      break;
    case Where::kResource:
      answers.resource = answer;
      break;
    case Where::kNode:
      if (answers.nodes.size() <= met.node) answers.nodes.resize(met.node + 1, kNoAnswer);
      answers.nodes[met.node] = answer;
  }
}

}  // namespace tidegate::cedar
