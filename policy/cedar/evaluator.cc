#include "policy/cedar/evaluator.h"

#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "policy/cedar/entity_store.h"

namespace tidegate::cedar {
namespace {

const Value* Truth(bool b) {
  static const Value* const kTruths = new Value[2]{Value::Bool(false), Value::Bool(true)};
  return &kTruths[b ? 1 : 0];
}

std::vector<std::string_view> FieldNames(const Value& record) {
  std::vector<std::string_view> names;
  for (const Value::Field& f : record.AsRecord()) names.push_back(f.first);
  return names;
}

bool Ordered(ValueKind kind) {
  return kind == ValueKind::kLong || kind == ValueKind::kDatetime || kind == ValueKind::kDuration;
}

}  // namespace

RequestValues::RequestValues(const Request& r)
    : request(r),
      variables{Value::Entity(r.principal), Value::Entity(r.action), Value::Entity(r.resource), r.context} {}

bool Evaluator::Holds(const ScopeConstraint& c, size_t variable, const EntityUid* filled) {
  using Kind = ScopeConstraint::Kind;
  if (c.kind == Kind::kAny) return true;
  const Value* value = &request_.variables[variable];
  const EntityUid& uid = value->AsEntity();
  if ((c.kind == Kind::kIs || c.kind == Kind::kIsIn) && uid.type() != c.type) return false;
  if (c.kind == Kind::kIs) return true;
  if (c.slot) return filled != nullptr && (c.kind == Kind::kEq ? uid == *filled : IsIn(value, *filled));
  for (const EntityUid& e : c.entities) {
    if (c.kind == Kind::kEq ? uid == e : IsIn(value, e)) return true;
  }
  return false;
}

const Entities::Node* Evaluator::FindVariable(size_t variable) {
  if (!looked_up_[variable]) {
    looked_up_[variable] = true;
    variables_[variable] = entities_.Find(request_.variables[variable].AsEntity());
  }
  return variables_[variable];
}

const Entities::Node* Evaluator::Find(const Value* entity) {
  const auto variable = static_cast<size_t>(entity - request_.variables);
  const bool ours = entity >= request_.variables && entity < request_.variables + 3;
  return ours ? FindVariable(variable) : entities_.Find(entity->AsEntity());
}

bool Evaluator::IsIn(const Value* descendant, const EntityUid& ancestor) {
  if (descendant->AsEntity() == ancestor) return true;
  const Entities::Node* node = Find(descendant);
  return node != nullptr && node->ancestors.contains(ancestor);
}

bool Evaluator::PartyHolds(const ScopeConstraint& c, Variable variable, const EntityUid* filled, AnswerNumber answer) {
  if (c.kind == ScopeConstraint::Kind::kAny) return true;
  const size_t place = static_cast<size_t>(variable);
  if (answer == kNoAnswer) return Holds(c, place, filled);
  if (answers_[answer] == nullptr) answers_[answer] = Truth(Holds(c, place, filled));
  return answers_[answer]->AsBool();
}

bool Evaluator::ActionHolds(const Policy& policy) {
  return Holds(policy.body().action, static_cast<size_t>(Variable::kAction), nullptr);
}

Outcome Evaluator::Run(const Policy& policy) {
  static const SharedAnswers kNothingShared;
  if (!ActionHolds(policy)) return Outcome::kNotSatisfied;
  return Run(policy, kNothingShared);
}

Outcome Evaluator::Run(const Policy& policy, const SharedAnswers& shared) {
  body_ = &policy.body();
  shared_ = &shared;
  const auto filled = [&policy](Slot s) { return policy.slot(s) ? &*policy.slot(s) : nullptr; };
  if (!PartyHolds(body_->principal, Variable::kPrincipal, filled(Slot::kPrincipal), shared.principal) ||
      !PartyHolds(body_->resource, Variable::kResource, filled(Slot::kResource), shared.resource)) {
    return Outcome::kNotSatisfied;
  }
  if (kept_ != nullptr) kept_->clear();
  for (const Condition& c : body_->conditions) {
    const int holds = EvalBool(c.expression);
    if (holds < 0) return Outcome::kError;
    if ((holds == 1) == c.unless) return Outcome::kNotSatisfied;
  }
  return Outcome::kSatisfied;
}

bool Evaluator::ScopeHolds(const Policy& policy) {
  const auto filled = [&policy](Slot s) { return policy.slot(s) ? &*policy.slot(s) : nullptr; };
  return ActionHolds(policy) &&
         Holds(policy.body().principal, static_cast<size_t>(Variable::kPrincipal), filled(Slot::kPrincipal)) &&
         Holds(policy.body().resource, static_cast<size_t>(Variable::kResource), filled(Slot::kResource));
}

const Value* Evaluator::Evaluate(const PolicyBody& body, NodeId id) {
  static const SharedAnswers kNothingShared;
  body_ = &body;
  shared_ = &kNothingShared;
  return Eval(id);
}

std::string Evaluator::ErrorText() const {
  if (body_->source == nullptr) return error_;
  return Cat(body_->source->At(error_at_).ToString(), ": ", error_);
}

const Value* Evaluator::Keep(Value value) {
  if (kept_ == nullptr) kept_ = std::make_unique<std::deque<Value>>();
  return &kept_->emplace_back(std::move(value));
}

const Value* Evaluator::Fail(const Node& n, std::string message) {
  error_ = std::move(message);
  error_at_ = n.at;
  return nullptr;
}

const Value* Evaluator::TypeError(NodeId id, std::string_view expected, const Value& got) {
  return Fail(body_->node(id), Cat("expected ", expected, ", got ", KindName(got.kind())));
}

int Evaluator::EvalBool(NodeId id) {
  const Value* v = Eval(id);
  if (v == nullptr) return -1;
  if (!v->is_bool()) {
    TypeError(id, "bool", *v);
    return -1;
  }
  return v->AsBool() ? 1 : 0;
}

const Value* Evaluator::EvalKind(NodeId id, ValueKind kind) {
  const Value* v = Eval(id);
  if (v == nullptr || v->kind() == kind) return v;
  return TypeError(id, KindName(kind), *v);
}

const Value* Evaluator::Eval(NodeId id) {
  const Node& n = body_->node(id);
  if (n.value != Node::kNoValue) return &body_->constant(n);
  if (id >= shared_->nodes.size() || shared_->nodes[id] == kNoAnswer) return EvalNode(n);
  const Value*& answer = answers_[shared_->nodes[id]];
  if (answer == nullptr) answer = EvalNode(n);  // an error is not kept, so that each policy names its own place
  return answer;
}

const Value* Evaluator::EvalNode(const Node& n) {
  switch (n.op) {
    case Op::kLiteral:
      return &body_->constant(n);
    case Op::kVariable:
      return &request_.variables[n.a];
    case Op::kIf:
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
      return EvalLogic(n);
    case Op::kNegate:
      return EvalNegate(n);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return EvalCompare(n);
    case Op::kIn: {
      const Value* left = EvalKind(n.a, ValueKind::kEntity);
      return left == nullptr ? nullptr : EvalIn(n, left, n.b);
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
      return EvalArithmetic(n);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny:
    case Op::kIsEmpty:
      return EvalSets(n);
    case Op::kGetTag:
    case Op::kHasTag:
      return EvalTag(n);
    case Op::kAttribute:
      return EvalAttribute(n);
    case Op::kHas:
      return EvalHas(n);
    case Op::kLike:
      return EvalLike(n);
    case Op::kIs:
    case Op::kIsIn:
      return EvalIs(n);
    case Op::kSet:
      return EvalSet(n);
    case Op::kRecord:
      return EvalRecord(n);
    case Op::kCall:
      return EvalCall(n);
  }
  return Fail(n, "unknown operation");
}

const Value* Evaluator::EvalLogic(const Node& n) {
  if (n.op == Op::kIf) {
    const int test = EvalBool(n.a);
    return test < 0 ? nullptr : Eval(test == 1 ? n.b : n.c);
  }
  if (n.op == Op::kNot) {
    const int operand = EvalBool(n.a);
    return operand < 0 ? nullptr : Truth(operand == 0);
  }
  const int decides = n.op == Op::kOr ? 1 : 0;  // the operand that ends the chain
  for (uint32_t i = 0; i < n.b; ++i) {
    const int operand = EvalBool(body_->kids[n.a + i]);
    if (operand < 0) return nullptr;
    if (operand == decides) return Truth(decides == 1);
  }
  return Truth(decides == 0);
}

const Value* Evaluator::EvalCompare(const Node& n) {
  const Value* a = Eval(n.a);
  if (a == nullptr) return nullptr;
  const Value* b = Eval(n.b);
  if (b == nullptr) return nullptr;
  if (n.op == Op::kEqual) return Truth(*a == *b);
  if (n.op == Op::kNotEqual) return Truth(!(*a == *b));
  if (!Ordered(a->kind())) return TypeError(n.a, "long, datetime or duration", *a);
  if (a->kind() != b->kind()) return TypeError(n.b, KindName(a->kind()), *b);
  const int64_t x = a->AsUnits();
  const int64_t y = b->AsUnits();
  switch (n.op) {
    case Op::kLess:
      return Truth(x < y);
    case Op::kLessEqual:
      return Truth(x <= y);
    case Op::kGreater:
      return Truth(x > y);
    default:
      return Truth(x >= y);
  }
}

const Value* Evaluator::EvalArithmetic(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kLong);
  if (a == nullptr) return nullptr;
  const Value* b = EvalKind(n.b, ValueKind::kLong);
  if (b == nullptr) return nullptr;
  int64_t result = 0;
  bool overflow = false;
  if (n.op == Op::kAdd) {
    overflow = __builtin_add_overflow(a->AsLong(), b->AsLong(), &result);
  } else if (n.op == Op::kSubtract) {
    overflow = __builtin_sub_overflow(a->AsLong(), b->AsLong(), &result);
  } else {
    overflow = __builtin_mul_overflow(a->AsLong(), b->AsLong(), &result);
  }
  if (overflow) return Fail(n, "the result is out of the range of a long");
  return Keep(Value::Long(result));
}

const Value* Evaluator::EvalNegate(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kLong);
  if (a == nullptr) return nullptr;
  if (a->AsLong() == INT64_MIN) return Fail(n, "the result is out of the range of a long");
  return Keep(Value::Long(-a->AsLong()));
}

const Value* Evaluator::EvalIn(const Node& n, const Value* left, NodeId right_id) {
  const Value* right = Eval(right_id);
  if (right == nullptr) return nullptr;
  if (right->is_entity()) return Truth(IsIn(left, right->AsEntity()));
  if (!right->is_set()) return TypeError(right_id, "an entity or a set of entities", *right);
  bool any = false;
  for (const Value& e : right->AsSet()) {
    if (!e.is_entity()) return Fail(n, Cat("expected a set of entities, got one with a ", KindName(e.kind())));
    any = any || IsIn(left, e.AsEntity());
  }
  return Truth(any);
}

const Value* Evaluator::EvalIs(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kEntity);
  if (a == nullptr) return nullptr;
  const bool is = a->AsEntity().type() == body_->strings[n.b];
  if (n.op == Op::kIs || !is) return Truth(is);
  return EvalIn(n, a, n.c);
}

const Value* Evaluator::EvalSets(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kSet);
  if (a == nullptr) return nullptr;
  if (n.op == Op::kIsEmpty) return Truth(a->AsSet().empty());
  const Value* b = n.op == Op::kContains ? Eval(n.b) : EvalKind(n.b, ValueKind::kSet);
  if (b == nullptr) return nullptr;
  if (n.op == Op::kContains) return Truth(a->Contains(*b));
  const bool all = n.op == Op::kContainsAll;
  for (const Value& e : b->AsSet()) {
    if (a->Contains(e) != all) return Truth(!all);
  }
  return Truth(all);
}

const Value* Evaluator::EvalTag(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kEntity);
  if (a == nullptr) return nullptr;
  const Value* name = EvalKind(n.b, ValueKind::kString);
  if (name == nullptr) return nullptr;
  const Entities::Node* entity = Find(a);
  const Value* tag = entity == nullptr ? nullptr : entity->tags.Find(name->AsString());
  if (n.op == Op::kHasTag) return Truth(tag != nullptr);
  if (tag != nullptr) return tag;
  if (entity == nullptr) return Fail(n, Cat("there is no entity `", a->AsEntity().ToString(), "`"));
  return Fail(n, Cat("entity `", a->AsEntity().ToString(), "` has no tag ", name->ToString(),
                     Suggestion(name->AsString(), FieldNames(entity->tags))));
}

const Value* Evaluator::EvalAttribute(const Node& n) {
  const Value* a = Eval(n.a);
  if (a == nullptr) return nullptr;
  const std::string& name = body_->strings[n.b];
  const Value* record = a;
  if (a->is_entity()) {
    const Entities::Node* entity = Find(a);
    if (entity == nullptr) return Fail(n, Cat("there is no entity `", a->AsEntity().ToString(), "`"));
    record = &entity->attrs;
  } else if (!a->is_record()) {
    return TypeError(n.a, "a record or an entity", *a);
  }
  if (const Value* found = record->Find(name)) return found;
  return Fail(n, Cat(a->is_entity() ? Cat("entity `", a->AsEntity().ToString(), "`") : "the record",
                     " has no attribute `", name, "`", Suggestion(name, FieldNames(*record))));
}

const Value* Evaluator::EvalHas(const Node& n) {
  const Value* a = Eval(n.a);
  if (a == nullptr) return nullptr;
  if (a->is_record()) return Truth(a->Find(body_->strings[n.b]) != nullptr);
  if (!a->is_entity()) return TypeError(n.a, "a record or an entity", *a);
  const Entities::Node* entity = Find(a);
  return Truth(entity != nullptr && entity->attrs.Find(body_->strings[n.b]) != nullptr);
}

const Value* Evaluator::EvalLike(const Node& n) {
  const Value* a = EvalKind(n.a, ValueKind::kString);
  return a == nullptr ? nullptr : Truth(body_->patterns[n.b].Matches(a->AsString()));
}

const Value* Evaluator::EvalSet(const Node& n) {
  std::vector<Value> elements;
  elements.reserve(n.b);
  for (uint32_t i = 0; i < n.b; ++i) {
    const Value* v = Eval(body_->kids[n.a + i]);
    if (v == nullptr) return nullptr;
    elements.push_back(*v);
  }
  return Keep(Value::Set(std::move(elements)));
}

const Value* Evaluator::EvalRecord(const Node& n) {
  std::vector<Value::Field> fields;
  fields.reserve(n.b);
  for (uint32_t i = 0; i < n.b; ++i) {
    const Value* v = Eval(body_->kids[n.a + 2 * i + 1]);
    if (v == nullptr) return nullptr;
    fields.emplace_back(body_->strings[body_->kids[n.a + 2 * i]], *v);
  }
  return Keep(Value::Record(std::move(fields)));
}

const Value* Evaluator::EvalCall(const Node& n) {
  absl::InlinedVector<const Value*, 4> arguments;
  for (uint32_t i = 0; i < n.b; ++i) {
    const Value* v = Eval(body_->kids[n.a + i]);
    if (v == nullptr) return nullptr;
    arguments.push_back(v);
  }
  absl::StatusOr<Value> result = CallExtension(static_cast<ExtFn>(n.c), arguments.data(), arguments.size());
  if (!result.ok()) return Fail(n, MessageOf(result.status()));
  return Keep(*std::move(result));
}

}  // namespace tidegate::cedar
