#include "policy/cedar/typecheck.h"

#include <algorithm>
#include <iterator>

#include "policy/cedar/expr_numbers.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

// Steps spent on one policy in all environments; far beyond any real one.
constexpr uint64_t kMaxSteps = 50'000'000;

Capabilities Union(const Capabilities& a, const Capabilities& b) {
  if (b.empty()) return a;
  Capabilities out;
  out.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Capabilities Intersection(const Capabilities& a, const Capabilities& b) {
  Capabilities out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

bool IsTrue(const TypePtr& t) { return t != nullptr && t->kind == TypeKind::kTrue; }
bool IsFalse(const TypePtr& t) { return t != nullptr && t->kind == TypeKind::kFalse; }
TypePtr Known(bool b) { return Basic(b ? TypeKind::kTrue : TypeKind::kFalse); }

}  // namespace

TypeChecker::TypeChecker(const PolicyBody& body, const SchemaModel& schema, MixedLists mixed)
    : body_(body), schema_(schema), mixed_(mixed), numbers_(ExpressionNumbers().Of(body)) {}

bool TypeChecker::MayHold(const RequestEnv& env) {
  env_ = &env;
  action_ = Value::Entity(env.action->uid);
  variables_[0] = EntityOf(env.principal);
  variables_[1] = EntityOf(env.action->uid.type());
  variables_[2] = EntityOf(env.resource);
  variables_[3] = env.action->context;
  Typed all = {Known(true), {}};
  for (const Condition& c : body_.conditions) {
    if (IsFalse(all.type)) return false;
    Typed next = ExpectBool(c.expression, all.capabilities);
    if (c.unless && next.type != nullptr) {
      const bool constant = next.type->kind != TypeKind::kBool;
      next = {constant ? Known(IsFalse(next.type)) : next.type, {}};
    }
    all = JoinAnd(all, next);
  }
  return all.type != nullptr && !IsFalse(all.type);
}

TypePtr TypeChecker::Mismatch(NodeId id, std::string_view expected, const Type& got) {
  Fail(body_.node(id).at, Cat("expected ", expected, ", got ", got.ToString()));
  return nullptr;
}

TypePtr TypeChecker::Incompatible(const Node& n, const Type& a, const Type& b, std::string_view why) {
  Fail(n.at, Cat(why, ": ", a.ToString(), " and ", b.ToString()));
  return nullptr;
}

TypePtr TypeChecker::Expect(NodeId id, TypeKind kind, const Capabilities& known) {
  TypePtr type = Check(id, known).type;
  if (type == nullptr || type->kind == kind) return type;
  return Mismatch(id, kind == TypeKind::kSet ? "a set" : Basic(kind)->ToString(), *type);
}

TypeChecker::Typed TypeChecker::ExpectBool(NodeId id, const Capabilities& known) {
  Typed typed = Check(id, known);
  if (typed.type != nullptr && !typed.type->is_bool()) return {Mismatch(id, "Bool", *typed.type), {}};
  return typed;
}

TypePtr TypeChecker::ExpectEntity(NodeId id, const Capabilities& known) {
  TypePtr type = Check(id, known).type;
  if (type == nullptr || type->kind == TypeKind::kEntity) return type;
  return Mismatch(id, "an entity", *type);
}

TypeChecker::Typed TypeChecker::Check(NodeId id, const Capabilities& known) {
  const Node& n = body_.node(id);
  steps_ += 1 + known.size() / 8;
  if (steps_ > kMaxSteps) {
    if (!exhausted_) Fail(n.at, "the policy is too large to be validated");
    exhausted_ = true;
    return {};
  }
  switch (n.op) {
    case Op::kLiteral:
      return {CheckLiteral(n), {}};
    case Op::kVariable:
      return {CheckVariable(n), {}};
    case Op::kIf:
      return CheckIf(n, known);
    case Op::kAnd:
    case Op::kOr:
      return CheckChain(n, known);
    case Op::kNot:
      return CheckNot(n, known);
    case Op::kNegate:
      return {Expect(n.a, TypeKind::kLong, known), {}};
    case Op::kEqual:
    case Op::kNotEqual:
      return CheckEqual(n, known);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return CheckOrder(n, known);
    case Op::kIn:
      return CheckIn(n.a, n.b, known);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
      return CheckArithmetic(n, known);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny:
    case Op::kIsEmpty:
      return CheckSets(n, known);
    case Op::kGetTag:
    case Op::kHasTag:
      return CheckTag(id, n, known);
    case Op::kAttribute:
      return CheckAttribute(n, known);
    case Op::kHas:
      return CheckHas(n, known);
    case Op::kLike:
      return {Expect(n.a, TypeKind::kString, known) == nullptr ? nullptr : Basic(TypeKind::kBool), {}};
    case Op::kIs:
    case Op::kIsIn:
      return CheckIs(n, known);
    case Op::kSet:
      return CheckSet(n, known);
    case Op::kRecord:
      return CheckRecord(n, known);
    case Op::kCall:
      return CheckCall(n, known);
  }
  return {};
}

TypePtr TypeChecker::CheckLiteral(const Node& n) const {
  const Value& v = body_.constant(n);
  if (v.is_bool()) return Known(v.AsBool());
  if (!v.is_entity()) return TypeOfKind(v.kind());
  // Undeclared types and actions are reported by the pass over all literals.
  const EntityUid& uid = v.AsEntity();
  const bool declared = schema_.FindType(uid.type()) != nullptr || schema_.FindAction(uid) != nullptr;
  return declared ? EntityOf(uid.type()) : nullptr;
}

TypePtr TypeChecker::CheckVariable(const Node& n) const { return variables_[n.a]; }

TypeChecker::Typed TypeChecker::JoinAnd(const Typed& left, const Typed& right) {
  if (left.type == nullptr || right.type == nullptr) return {};
  if (IsFalse(right.type)) return {right.type, {}};
  Capabilities both = Union(left.capabilities, right.capabilities);
  if (IsTrue(right.type)) return {left.type, std::move(both)};
  if (IsTrue(left.type)) return {right.type, std::move(both)};
  return {Basic(TypeKind::kBool), std::move(both)};
}

TypeChecker::Typed TypeChecker::JoinOr(Typed left, Typed right) {
  if (left.type == nullptr || right.type == nullptr) return {};
  if (IsFalse(left.type)) return right;
  if (IsFalse(right.type)) return left;
  if (IsTrue(right.type)) return right;
  return {Basic(TypeKind::kBool), Intersection(left.capabilities, right.capabilities)};
}

TypeChecker::Typed TypeChecker::CheckChain(const Node& n, const Capabilities& known) {
  const bool conjunction = n.op == Op::kAnd;
  Typed all = ExpectBool(body_.kids[n.a], known);
  for (uint32_t i = 1; i < n.b; ++i) {
    // The rest is never evaluated.
    if (conjunction ? IsFalse(all.type) : IsTrue(all.type)) return all;
    if (conjunction) {
      steps_ += all.capabilities.size() / 8;
      Typed next = ExpectBool(body_.kids[n.a + i], Union(known, all.capabilities));
      all = JoinAnd(all, next);
    } else {
      Typed next = ExpectBool(body_.kids[n.a + i], known);
      all = JoinOr(std::move(all), std::move(next));
    }
  }
  return all;
}

TypeChecker::Typed TypeChecker::CheckIf(const Node& n, const Capabilities& known) {
  Typed test = ExpectBool(n.a, known);
  if (test.type == nullptr) {  // still look for errors in the branches
    Check(n.b, known);
    Check(n.c, known);
    return {};
  }
  if (IsFalse(test.type)) return Check(n.c, known);
  Typed yes = Check(n.b, Union(known, test.capabilities));
  yes.capabilities = Union(yes.capabilities, test.capabilities);
  if (IsTrue(test.type)) return yes;
  Typed no = Check(n.c, known);
  if (yes.type == nullptr || no.type == nullptr) return {};
  TypePtr joined = Join(yes.type, no.type);
  if (joined == nullptr) {
    return {Incompatible(n, *yes.type, *no.type, "both branches of `if` must have one type"), {}};
  }
  return {std::move(joined), Intersection(yes.capabilities, no.capabilities)};
}

TypeChecker::Typed TypeChecker::CheckNot(const Node& n, const Capabilities& known) {
  const TypePtr type = ExpectBool(n.a, known).type;
  if (type == nullptr || type->kind == TypeKind::kBool) return {type, {}};
  return {Known(IsFalse(type)), {}};
}

const Value* TypeChecker::KnownValue(NodeId id) const {
  const Node& n = body_.node(id);
  if (n.op == Op::kLiteral) return &body_.constant(n);
  if (n.op == Op::kVariable && static_cast<Variable>(n.a) == Variable::kAction) return &action_;
  return nullptr;
}

const EntityUid* TypeChecker::KnownEntity(NodeId id) const {
  const Value* v = KnownValue(id);
  return v != nullptr && v->is_entity() ? &v->AsEntity() : nullptr;
}

TypeChecker::Typed TypeChecker::CheckEqual(const Node& n, const Capabilities& known) {
  const TypePtr a = Check(n.a, known).type;
  const TypePtr b = Check(n.b, known).type;
  if (a == nullptr || b == nullptr) return {};
  const bool equal = n.op == Op::kEqual;
  const Value* x = KnownValue(n.a);
  const Value* y = KnownValue(n.b);
  if (x != nullptr && y != nullptr) return {Known((*x == *y) == equal), {}};
  if (Join(a, b) != nullptr) return {Basic(TypeKind::kBool), {}};
  if (a->kind == TypeKind::kEntity && b->kind == TypeKind::kEntity) return {Known(!equal), {}};
  return {Incompatible(n, *a, *b, "values of these types are never equal"), {}};
}

TypeChecker::Typed TypeChecker::CheckOrder(const Node& n, const Capabilities& known) {
  const auto ordered = [this](NodeId id, TypePtr type) {
    if (type == nullptr || type->kind == TypeKind::kLong || type->kind == TypeKind::kDatetime ||
        type->kind == TypeKind::kDuration) {
      return type;
    }
    return Mismatch(id, "Long, datetime or duration", *type);
  };
  const TypePtr a = ordered(n.a, Check(n.a, known).type);
  const TypePtr b = ordered(n.b, Check(n.b, known).type);
  if (a == nullptr || b == nullptr) return {};
  if (a->kind != b->kind) return {Mismatch(n.b, a->ToString(), *b), {}};
  return {Basic(TypeKind::kBool), {}};
}

TypeChecker::Typed TypeChecker::CheckArithmetic(const Node& n, const Capabilities& known) {
  const TypePtr a = Expect(n.a, TypeKind::kLong, known);
  const TypePtr b = Expect(n.b, TypeKind::kLong, known);
  return {a == nullptr || b == nullptr ? nullptr : a, {}};
}

TypePtr TypeChecker::TypeOfIn(NodeId left, const Type& left_type, NodeId right, const Type& right_type) const {
  const EntityUid* action = KnownEntity(left);
  if (action != nullptr && !schema_.IsActionType(action->type())) action = nullptr;
  const Node& r = body_.node(right);
  if (action != nullptr) {
    if (const EntityUid* upper = KnownEntity(right)) return Known(schema_.ActionIn(*action, *upper));
    bool all_known = r.op == Op::kSet;
    bool any = false;
    for (uint32_t i = 0; all_known && i < r.b; ++i) {
      const EntityUid* upper = KnownEntity(body_.kids[r.a + i]);
      all_known = upper != nullptr;
      any = any || (all_known && schema_.ActionIn(*action, *upper));
    }
    if (all_known) return Known(any);
  }
  const Type& upper = right_type.kind == TypeKind::kSet ? *right_type.element : right_type;
  return schema_.MayBeIn(left_type.entity, upper.entity) ? Basic(TypeKind::kBool) : Known(false);
}

// The elements one by one, as the alternatives they are.
TypeChecker::Typed TypeChecker::CheckInList(const TypePtr& left, NodeId left_id, const Node& list,
                                            const Capabilities& known) {
  Typed any = {Known(false), {}};
  bool failed = left == nullptr;
  for (uint32_t i = 0; i < list.b; ++i) {
    const NodeId element = body_.kids[list.a + i];
    const TypePtr type = ExpectEntity(element, known);
    failed = failed || type == nullptr;
    if (!failed) any = JoinOr(std::move(any), {TypeOfIn(left_id, *left, element, *type), {}});
  }
  return failed ? Typed{} : any;
}

TypeChecker::Typed TypeChecker::CheckIn(NodeId left, NodeId right, const Capabilities& known) {
  const TypePtr a = ExpectEntity(left, known);
  const Node& list = body_.node(right);
  if (mixed_ == MixedLists::kSplit && list.op == Op::kSet && list.b > 0) return CheckInList(a, left, list, known);
  const TypePtr b = Check(right, known).type;
  if (b == nullptr) return {};
  const bool set = b->kind == TypeKind::kSet && b->element->kind == TypeKind::kEntity;
  if (!set && b->kind != TypeKind::kEntity) return {Mismatch(right, "an entity or a set of entities", *b), {}};
  if (a == nullptr) return {};
  return {TypeOfIn(left, *a, right, *b), {}};
}

TypeChecker::Typed TypeChecker::CheckIs(const Node& n, const Capabilities& known) {
  const TypePtr a = ExpectEntity(n.a, known);
  if (a == nullptr) return {};
  const bool is = a->entity == body_.strings[n.b];
  if (n.op == Op::kIs || !is) return {Known(is), {}};
  return CheckIn(n.a, n.c, known);
}

TypeChecker::Typed TypeChecker::CheckSets(const Node& n, const Capabilities& known) {
  const TypePtr a = Expect(n.a, TypeKind::kSet, known);
  if (n.op == Op::kIsEmpty) return {a == nullptr ? nullptr : Basic(TypeKind::kBool), {}};
  const TypePtr b = n.op == Op::kContains ? Check(n.b, known).type : Expect(n.b, TypeKind::kSet, known);
  if (a == nullptr || b == nullptr) return {};
  const TypePtr& one = n.op == Op::kContains ? a->element : a;
  if (Join(one, b) == nullptr) return {Incompatible(n, *one, *b, "the set never holds values of this type"), {}};
  return {Basic(TypeKind::kBool), {}};
}

}  // namespace tidegate::cedar
