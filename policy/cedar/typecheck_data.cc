// Type inference: attributes, tags, literals of sets and records, and calls.

#include <utility>

#include "policy/cedar/text.h"
#include "policy/cedar/typecheck.h"

namespace tidegate::cedar {
namespace {

std::vector<std::string_view> NamesOf(const Type& record) {
  std::vector<std::string_view> names;
  for (const AttributeType& a : record.attributes) names.push_back(a.name);
  return names;
}

std::string Of(const Type& type) {
  return type.kind == TypeKind::kEntity ? Cat("entity type `", type.entity, "`") : "this record";
}

}  // namespace

const Type* TypeChecker::AttributesOf(const Type& type) const {
  if (type.kind == TypeKind::kRecord) return &type;
  if (type.kind != TypeKind::kEntity) return nullptr;
  if (const EntityTypeModel* model = schema_.FindType(type.entity)) return model->attributes.get();
  static const TypePtr* const none = new TypePtr(RecordOf({}));  // actions have no attributes
  return none->get();
}

TypeChecker::Typed TypeChecker::CheckAttribute(const Node& n, const Capabilities& known) {
  const TypePtr a = Check(n.a, known).type;
  if (a == nullptr) return {};
  const Type* attributes = AttributesOf(*a);
  if (attributes == nullptr) return {Mismatch(n.a, "a record or an entity", *a), {}};
  const std::string& name = body_.strings[n.b];
  const AttributeType* found = attributes->Find(name);
  if (found == nullptr) {
    Fail(n.at, Cat("there is no attribute `", name, "` on ", Of(*a), Expected(name, NamesOf(*attributes))));
    return {};
  }
  if (!found->required && !Holds(known, AttributeFact(numbers_[n.a], n.b))) {
    Fail(n.at, Cat("attribute `", name, "` of ", Of(*a), " is optional; ask for it first with `has ", name, "`"));
    return {};
  }
  return {found->type, {}};
}

TypeChecker::Typed TypeChecker::CheckHas(const Node& n, const Capabilities& known) {
  const TypePtr a = Check(n.a, known).type;
  if (a == nullptr) return {};
  const Type* attributes = AttributesOf(*a);
  if (attributes == nullptr) return {Mismatch(n.a, "a record or an entity", *a), {}};
  const AttributeType* found = attributes->Find(body_.strings[n.b]);
  if (found == nullptr) return {Basic(TypeKind::kFalse), {}};
  const uint64_t fact = AttributeFact(numbers_[n.a], n.b);
  // An entity may be missing from the store, and then has not even its required attributes.
  const bool sure = Holds(known, fact) || (found->required && a->kind == TypeKind::kRecord);
  return {Basic(sure ? TypeKind::kTrue : TypeKind::kBool), {fact}};
}

TypeChecker::Typed TypeChecker::CheckTag(NodeId id, const Node& n, const Capabilities& known) {
  const TypePtr a = ExpectEntity(n.a, known);
  const TypePtr key = Expect(n.b, TypeKind::kString, known);
  if (a == nullptr || key == nullptr) return {};
  const EntityTypeModel* model = schema_.FindType(a->entity);
  const TypePtr tags = model == nullptr ? nullptr : model->tags;
  const uint64_t fact = TagFact(numbers_[n.a], numbers_[n.b]);
  const bool held = Holds(known, fact);
  if (n.op == Op::kHasTag) {
    if (tags == nullptr) return {Basic(TypeKind::kFalse), {}};
    return {Basic(held ? TypeKind::kTrue : TypeKind::kBool), {fact}};
  }
  if (tags == nullptr) {
    Fail(body_.node(id).at, Cat("entities of type `", a->entity, "` have no tags"));
    return {};
  }
  if (!held) {
    Fail(body_.node(id).at, "the tag may be missing; ask for it first with `hasTag`");
    return {};
  }
  return {tags, {}};
}

TypeChecker::Typed TypeChecker::CheckSet(const Node& n, const Capabilities& known) {
  if (n.b == 0) {
    Fail(n.at, "an empty set has no type, so that validation does not allow it");
    return {};
  }
  TypePtr joined;
  bool failed = false;
  for (uint32_t i = 0; i < n.b; ++i) {
    const TypePtr element = Check(body_.kids[n.a + i], known).type;
    if (element == nullptr) {
      failed = true;
    } else if (joined == nullptr) {
      joined = element;
    } else if (TypePtr next = Join(joined, element)) {
      joined = std::move(next);
    } else {
      return {Incompatible(n, *joined, *element, "the elements of a set must have one type"), {}};
    }
  }
  return {failed ? nullptr : SetOf(std::move(joined)), {}};
}

TypeChecker::Typed TypeChecker::CheckRecord(const Node& n, const Capabilities& known) {
  std::vector<AttributeType> attributes;
  bool failed = false;
  for (uint32_t i = 0; i < n.b; ++i) {
    TypePtr type = Check(body_.kids[n.a + 2 * i + 1], known).type;
    failed = failed || type == nullptr;
    attributes.push_back({body_.strings[body_.kids[n.a + 2 * i]], std::move(type), true});
  }
  if (failed) return {};
  return {RecordOf(std::move(attributes)), {}};
}

TypeChecker::Typed TypeChecker::CheckCall(const Node& n, const Capabilities& known) {
  const ExtSignature& signature = Signature(static_cast<ExtFn>(n.c));
  if (n.b != signature.parameters.size()) {
    const uint32_t receiver = signature.method ? 1 : 0;
    Fail(n.at, Cat("`", signature.name, "` takes ", signature.parameters.size() - receiver, " argument(s), not ",
                   n.b - receiver));
    return {};
  }
  bool failed = false;
  for (uint32_t i = 0; i < n.b; ++i) {
    const TypePtr wanted = TypeOfKind(signature.parameters[i]);
    failed = Expect(body_.kids[n.a + i], wanted->kind, known) == nullptr || failed;
  }
  if (failed) return {};
  if (signature.constructor()) {
    const Node& argument = body_.node(body_.kids[n.a]);
    if (argument.op != Op::kLiteral) {
      Fail(n.at, Cat("validation allows only a text in quotes as argument of `", signature.name, "`"));
      return {};
    }
    const Value* const arguments[] = {&body_.constant(argument)};
    const absl::StatusOr<Value> value = CallExtension(signature.fn, arguments, 1);
    if (!value.ok()) {
      Fail(argument.at, MessageOf(value.status()));
      return {};
    }
  }
  return {TypeOfKind(signature.result), {}};
}

}  // namespace tidegate::cedar
