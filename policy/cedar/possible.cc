// Evaluation where some attributes are unknown: every outcome that some values of theirs could give.
#include <algorithm>
#include <optional>
#include <utility>

#include "policy/cedar/evaluator.h"

namespace tidegate::cedar {
namespace {

// The possible results of an expression. An uncertain boolean is two flags. About any other uncertain value nothing is
// known.
struct Possible {
  bool errs = false;             // it may err
  bool any = false;              // it may be any value
  std::optional<Value> value;    // else it is this one, where it does not err
  bool yes = false, no = false;  // else one of these

  static Possible Anything() { return {true, true, std::nullopt, false, false}; }
  static Possible Error() { return {true, false, std::nullopt, false, false}; }
  static Possible Truth(bool yes, bool no, bool errs) { return {errs, false, std::nullopt, yes, no}; }
  static Possible Known(Value value) { return {false, false, std::move(value), false, false}; }
};

// As a condition sees it: a value that is no boolean is an error.
Possible AsTruth(const Possible& p) {
  if (p.any) return Possible::Truth(true, true, true);
  if (!p.value.has_value()) return p;
  if (!p.value->is_bool()) return Possible::Error();
  return Possible::Truth(p.value->AsBool(), !p.value->AsBool(), p.errs);
}

bool IsUnknown(const Value& value) { return value == Unknown(); }

// Whether the value has an unknown one in it.
bool IsOpen(const Value& value) {
  if (value.is_entity()) return IsUnknown(value);
  if (value.is_set()) return std::any_of(value.AsSet().begin(), value.AsSet().end(), IsOpen);
  if (!value.is_record()) return false;
  return std::any_of(value.AsRecord().begin(), value.AsRecord().end(),
                     [](const Value::Field& field) { return IsOpen(field.second); });
}

bool IsEmptySet(const Possible& p) { return p.value.has_value() && p.value->is_set() && p.value->AsSet().empty(); }

class PossibleEvaluator {
 public:
  PossibleEvaluator(const PolicyBody& body, Evaluator& certain, const Entities& entities)
      : body_(body), certain_(certain), entities_(entities) {}

  Possible Eval(NodeId id) {
    const Node& n = body_.node(id);
    if (n.value != Node::kNoValue) return Possible::Known(body_.constant(n));
    const bool before = std::exchange(touched_, false);
    Possible result = Look(n);
    if (!touched_) result = Certain(id);
    touched_ = touched_ || before;
    return result;
  }

 private:
  // Where nothing unknown is touched, the answer is not used.
  Possible Look(const Node& n) {
    switch (n.op) {
      case Op::kLiteral:
      case Op::kVariable:
        return Possible::Error();
      case Op::kIf:
        return If(n);
      case Op::kAnd:
      case Op::kOr:
        return Chain(n);
      case Op::kNot: {
        const Possible operand = AsTruth(Eval(n.a));
        return Possible::Truth(operand.no, operand.yes, operand.errs);
      }
      case Op::kAttribute:
        return Attribute(n);
      case Op::kHas:
        return Has(n);
      case Op::kSet:
      case Op::kCall:
        for (uint32_t i = 0; i < n.b; ++i) Operand(body_.kids[n.a + i]);
        return Possible::Anything();
      case Op::kRecord:
        for (uint32_t i = 0; i < n.b; ++i) Operand(body_.kids[n.a + 2 * i + 1]);
        return Possible::Anything();
      default:
        return Operation(n);
    }
  }

  // An operand that is used whole: an unknown value within it is touched.
  Possible Operand(NodeId id) {
    Possible operand = Eval(id);
    if (operand.value.has_value() && IsOpen(*operand.value)) {
      touched_ = true;
      return Possible::Anything();
    }
    return operand;
  }

  // The expression has nothing unknown in it: evaluate it as usual.
  Possible Certain(NodeId id) {
    const Value* value = certain_.Evaluate(body_, id);
    return value == nullptr ? Possible::Error() : Possible::Known(*value);
  }

  Possible If(const Node& n) {
    const Possible test = AsTruth(Eval(n.a));
    if (test.yes && !test.no && !test.errs) return Eval(n.b);
    if (test.no && !test.yes && !test.errs) return Eval(n.c);
    Possible out;
    out.errs = test.errs;
    if (!test.yes && !test.no) return out;
    bool first = true;
    for (const auto& [taken, branch] : {std::pair{test.yes, n.b}, {test.no, n.c}}) {
      if (!taken) continue;
      Possible result = Eval(branch);
      result.errs = result.errs || out.errs;
      out = std::exchange(first, false) ? std::move(result) : Either(out, result);
    }
    return out;
  }

  static Possible Either(const Possible& a, const Possible& b) {
    const bool errs = a.errs || b.errs;
    if (a.any || b.any) return Possible::Anything();
    if (a.value.has_value() && b.value.has_value() && *a.value == *b.value) {
      Possible same = a;
      same.errs = errs;
      return same;
    }
    const auto boolean = [](const Possible& p) { return !p.value.has_value() || p.value->is_bool(); };
    if (!boolean(a) || !boolean(b)) return Possible::Anything();
    const Possible x = AsTruth(a), y = AsTruth(b);
    return Possible::Truth(x.yes || y.yes, x.no || y.no, errs);
  }

  Possible Chain(const Node& n) {
    const bool or_chain = n.op == Op::kOr;
    Possible out;
    for (uint32_t i = 0; i < n.b; ++i) {
      const Possible operand = AsTruth(Eval(body_.kids[n.a + i]));
      out.errs = out.errs || operand.errs;
      const bool ends = or_chain ? operand.yes : operand.no;
      const bool goes_on = or_chain ? operand.no : operand.yes;
      if (ends) (or_chain ? out.yes : out.no) = true;
      if (!goes_on) return out;
    }
    (or_chain ? out.no : out.yes) = true;
    return out;
  }

  // The member of `base` with this name. Null if there is none, or if `base` is neither a record nor an entity.
  const Value* Member(const Value& base, const std::string& name) const {
    if (base.is_record()) return base.Find(name);
    const Value* attributes = base.is_entity() ? entities_.Attrs(base.AsEntity()) : nullptr;
    return attributes == nullptr ? nullptr : attributes->Find(name);
  }

  Possible Attribute(const Node& n) {
    const Possible base = Eval(n.a);
    if (base.any) return Possible::Anything();
    const Value* value = base.value.has_value() ? Member(*base.value, body_.strings[n.b]) : nullptr;
    if (value == nullptr) return Possible::Error();
    if (IsUnknown(*value)) {
      touched_ = true;
      return Possible::Anything();
    }
    Possible found = Possible::Known(*value);
    found.errs = base.errs;
    return found;
  }

  Possible Has(const Node& n) {
    const Possible base = Eval(n.a);
    if (base.any) return Possible::Truth(true, true, true);
    if (!base.value.has_value() || !(base.value->is_record() || base.value->is_entity())) return Possible::Error();
    const Value* value = Member(*base.value, body_.strings[n.b]);
    const bool unknown = value != nullptr && IsUnknown(*value);
    touched_ = touched_ || unknown;
    return Possible::Truth(value != nullptr, value == nullptr || unknown, base.errs);
  }

  // One or two operands, and a result that follows from them alone.
  Possible Operation(const Node& n) {
    const Possible a = Operand(n.a);
    const bool unary = n.op == Op::kNegate || n.op == Op::kIsEmpty || n.op == Op::kLike || n.op == Op::kIs;
    const Possible b = unary ? Possible::Known(Value()) : Operand(n.op == Op::kIsIn ? n.c : n.b);
    const bool errs = true;
    switch (n.op) {
      case Op::kNegate:
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kGetTag:
        return Possible::Anything();
      case Op::kContains:
        return Possible::Truth(!IsEmptySet(a), true, errs);
      case Op::kContainsAny:
        return Possible::Truth(!IsEmptySet(a) && !IsEmptySet(b), true, errs);
      case Op::kContainsAll:
        return Possible::Truth(true, !IsEmptySet(b), errs);
      case Op::kIn:
        return Possible::Truth(!IsEmptySet(b), true, errs);
      default:
        return Possible::Truth(true, true, errs);
    }
  }

  const PolicyBody& body_;
  Evaluator& certain_;
  const Entities& entities_;
  bool touched_ = false;  // by what is being looked at: it may be other than it is
};

}  // namespace

Value Unknown() {
  static const auto& unknown = *new Value(Value::Entity(EntityUid("__cedar::Unknown", "")));
  return unknown;
}

PossibleOutcomes EvaluatePossible(const Policy& policy, const Request& request, const Entities& entities) {
  const RequestValues values(request);
  Evaluator certain(values, entities);
  PossibleOutcomes outcomes;
  if (policy.is_template() || !certain.ScopeHolds(policy)) {
    outcomes.not_satisfied = true;
    return outcomes;
  }
  PossibleEvaluator evaluator(policy.body(), certain, entities);
  for (const Condition& condition : policy.body().conditions) {
    const Possible holds = AsTruth(evaluator.Eval(condition.expression));
    outcomes.error = outcomes.error || holds.errs;
    outcomes.not_satisfied = outcomes.not_satisfied || (condition.unless ? holds.yes : holds.no);
    if (!(condition.unless ? holds.no : holds.yes)) return outcomes;
  }
  outcomes.satisfied = true;
  return outcomes;
}

}  // namespace tidegate::cedar
