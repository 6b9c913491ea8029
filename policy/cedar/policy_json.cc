// Reads policies from Cedar's JSON form.

#include "policy/cedar/policy_json.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "policy/cedar/policy_set_impl.h"
#include "policy/cedar/value_json.h"

namespace tidegate::cedar {
namespace {

constexpr std::pair<std::string_view, Op> kPairs[] = {
    {"==", Op::kEqual},
    {"!=", Op::kNotEqual},
    {"<", Op::kLess},
    {"<=", Op::kLessEqual},
    {">", Op::kGreater},
    {">=", Op::kGreaterEqual},
    {"in", Op::kIn},
    {"+", Op::kAdd},
    {"-", Op::kSubtract},
    {"*", Op::kMultiply},
    {"contains", Op::kContains},
    {"containsAll", Op::kContainsAll},
    {"containsAny", Op::kContainsAny},
    {"getTag", Op::kGetTag},
    {"hasTag", Op::kHasTag},
};

constexpr std::pair<std::string_view, Op> kSingles[] = {
    {"!", Op::kNot}, {"neg", Op::kNegate}, {"isEmpty", Op::kIsEmpty}};

bool IsActionName(std::string_view type) {
  constexpr std::string_view kSuffix = "::Action";
  return type == "Action" || (type.size() > kSuffix.size() && type.substr(type.size() - kSuffix.size()) == kSuffix);
}

// One error that sticks, as in the text parser.
class PolicyReader {
 public:
  explicit PolicyReader(JsonDocument& document)
      : document_(document), body_(std::make_shared<PolicyBody>()), build_(*body_) {}

  absl::StatusOr<std::shared_ptr<const PolicyBody>> Read(const Json& json) {
    if (Only(json, {"effect", "principal", "action", "resource", "conditions", "annotations"})) {
      ReadEffect(json);
      where_ = "principal: ";
      ReadParty(Required(json, "principal"), Slot::kPrincipal, body_->principal);
      where_ = "action: ";
      ReadAction(Required(json, "action"));
      where_ = "resource: ";
      ReadParty(Required(json, "resource"), Slot::kResource, body_->resource);
      ReadConditions(json);
      ReadAnnotations(json);
    }
    if (!status_.ok()) return status_;
    return body_;
  }

 private:
  NodeId Fail(const Json& json, std::string_view what) {
    if (status_.ok()) status_ = document_.Fault(json, Cat(where_, what));
    return 0;
  }
  NodeId FailName(const Json& json, std::string_view what) {
    if (status_.ok()) status_ = document_.FaultOfName(json, Cat(where_, what));
    return 0;
  }

  bool Only(const Json& json, std::initializer_list<std::string_view> allowed) {
    if (!json.is_object()) {
      Fail(json, "expected an object");
      return false;
    }
    const std::vector<std::string_view> names(allowed);
    for (const auto& item : json.items()) {
      if (std::find(names.begin(), names.end(), item.key()) != names.end()) continue;
      FailName(item.value(), Cat("there is no `", item.key(), "` here", Suggestion(item.key(), names)));
      return false;
    }
    return true;
  }

  const Json& Required(const Json& json, const char* name) {
    static const Json nothing;
    const Json* member = Member(json, name);
    if (member == nullptr) Fail(json, Cat("`", name, "` is missing"));
    return member == nullptr ? nothing : *member;
  }

  std::string Text(const Json& json, std::string_view what) {
    if (json.is_string()) return json.get<std::string>();
    Fail(json, Cat("expected a text as ", what));
    return "";
  }

  std::string TypeName(const Json& json) {
    std::string name = Text(json, "an entity type");
    if (!IsName(name)) Fail(json, Cat("`", name, "` is not the name of an entity type"));
    return name;
  }

  EntityUid Uid(const Json& json) {
    absl::StatusOr<EntityUid> uid = UidFromJson(document_, json);
    if (uid.ok()) return *std::move(uid);
    Fail(json, MessageOf(uid.status()));
    return EntityUid();
  }

  void ReadEffect(const Json& json) {
    const Json& said = Required(json, "effect");
    const std::string effect = Text(said, "`effect`");
    if (effect != "permit" && effect != "forbid") Fail(said, "`effect` must be `permit` or `forbid`");
    body_->effect = effect == "permit" ? Effect::kPermit : Effect::kForbid;
  }

  void ReadEntityOrSlot(const Json& json, Slot slot, ScopeConstraint& c) {
    const Json* name = Member(json, "slot");
    if (name == nullptr) {
      c.entities.push_back(Uid(Required(json, "entity")));
      return;
    }
    const std::string_view wanted = slot == Slot::kPrincipal ? "?principal" : "?resource";
    if (Text(*name, "a slot") != wanted) Fail(*name, Cat("expected the slot `", wanted, "`"));
    c.slot = true;
  }

  void ReadParty(const Json& json, Slot slot, ScopeConstraint& c) {
    using Kind = ScopeConstraint::Kind;
    const std::string op = Text(Required(json, "op"), "`op`");
    if (op == "All") {
      c.kind = Kind::kAny;
    } else if (op == "==" || op == "in") {
      c.kind = op == "in" ? Kind::kIn : Kind::kEq;
      ReadEntityOrSlot(json, slot, c);
    } else if (op == "is") {
      c.type = TypeName(Required(json, "entity_type"));
      const Json* in = Member(json, "in");
      c.kind = in == nullptr ? Kind::kIs : Kind::kIsIn;
      if (in != nullptr) ReadEntityOrSlot(*in, slot, c);
    } else {
      Fail(Required(json, "op"), "`op` must be `All`, `==`, `in` or `is`");
    }
  }

  void ReadAction(const Json& json) {
    using Kind = ScopeConstraint::Kind;
    ScopeConstraint& c = body_->action;
    const std::string op = Text(Required(json, "op"), "`op`");
    if (op == "All") return;
    if (op != "==" && op != "in") {
      Fail(Required(json, "op"), "`op` must be `All`, `==` or `in`");
      return;
    }
    c.kind = op == "in" ? Kind::kIn : Kind::kEq;
    const Json* entities = op == "in" ? Member(json, "entities") : nullptr;
    if (entities == nullptr) {
      c.entities.push_back(Uid(Required(json, "entity")));
    } else {
      if (!entities->is_array()) Fail(*entities, "expected a list as `entities`");
      for (const Json& e : *entities) c.entities.push_back(Uid(e));
      c.list = c.entities.size() != 1;
    }
    for (const EntityUid& uid : c.entities) {
      if (!IsActionName(uid.type())) Fail(json, Cat("`", uid.ToString(), "` is no action"));
    }
  }

  void ReadConditions(const Json& json) {
    const Json& conditions = Required(json, "conditions");
    if (!conditions.is_array()) {
      Fail(conditions, "expected a list as `conditions`");
      return;
    }
    for (size_t i = 0; i < conditions.size() && status_.ok(); ++i) {
      where_ = Cat("condition ", i, ": ");
      if (!Only(conditions[i], {"kind", "body"})) return;
      const std::string kind = Text(Required(conditions[i], "kind"), "`kind`");
      if (kind != "when" && kind != "unless") Fail(conditions[i], "`kind` must be `when` or `unless`");
      body_->conditions.push_back({kind == "unless", Expression(Required(conditions[i], "body"))});
    }
  }

  void ReadAnnotations(const Json& json) {
    const Json* annotations = Member(json, "annotations");
    if (annotations == nullptr) return;
    where_ = "annotations: ";
    if (!annotations->is_object()) {
      Fail(*annotations, "expected an object");
      return;
    }
    for (const auto& item : annotations->items()) {
      if (!IsIdentifier(item.key())) FailName(item.value(), Cat("`", item.key(), "` cannot be an annotation's name"));
      body_->annotations.emplace_back(item.key(), item.value().is_null() ? "" : Text(item.value(), "an annotation"));
    }
  }

  NodeId Checked(const Json& json, NodeId node) {
    if (!build_.status().ok()) Fail(json, MessageOf(build_.status()));
    return node;
  }

  NodeId Expression(const Json& json) {
    if (!status_.ok()) return 0;
    if (!json.is_object() || json.size() != 1) return Fail(json, "an expression is an object with one member");
    if (depth_ >= kMaxDepth) return Fail(json, Cat("nested deeper than ", kMaxDepth, " levels"));
    ++depth_;
    const NodeId node = Named(json.begin().key(), json.begin().value());
    --depth_;
    return status_.ok() ? Checked(json, node) : 0;
  }

  NodeId Named(const std::string& name, const Json& json) {
    for (const auto& [pair, op] : kPairs) {
      if (name == pair) return Pair(op, json);
    }
    for (const auto& [single, op] : kSingles) {
      if (name != single) continue;
      if (!Only(json, {"arg"})) return 0;
      const NodeId operand = Expression(Required(json, "arg"));
      return status_.ok() ? build_.Unary(op, operand, 0) : 0;
    }
    if (name == "&&" || name == "||") return Chain(name, json);
    if (name == "Value") return ValueExpression(json);
    if (name == "Var") return VariableExpression(json);
    if (name == ".") return Attribute(json);
    if (name == "has") return Has(json);
    if (name == "like") return Like(json);
    if (name == "is") return Is(json);
    if (name == "if-then-else") return If(json);
    if (name == "Set") return Set(json);
    if (name == "Record") return Record(json);
    if (name == "Slot") return Fail(json, "a slot may stand only in the scope");
    return Call(name, json);
  }

  NodeId Pair(Op op, const Json& json) {
    if (!Only(json, {"left", "right"})) return 0;
    const NodeId left = Expression(Required(json, "left"));
    const NodeId right = Expression(Required(json, "right"));
    return status_.ok() ? build_.Binary(op, left, right, 0) : 0;
  }

  // Walks down the left sides, which a long chain nests deeply.
  NodeId Chain(const std::string& name, const Json& json) {
    std::vector<const Json*> operands;
    const Json* at = &json;
    while (status_.ok() && Only(*at, {"left", "right"})) {
      operands.push_back(&Required(*at, "right"));
      const Json& left = Required(*at, "left");
      const Json* further = left.is_object() && left.size() == 1 ? Member(left, name.c_str()) : nullptr;
      if (further == nullptr) {
        operands.push_back(&left);
        break;
      }
      at = further;
    }
    std::vector<NodeId> nodes;
    for (auto it = operands.rbegin(); it != operands.rend() && status_.ok(); ++it) nodes.push_back(Expression(**it));
    return status_.ok() ? build_.Join(name == "&&" ? Op::kAnd : Op::kOr, std::move(nodes), 0) : 0;
  }

  NodeId VariableExpression(const Json& json) {
    const std::string name = Text(json, "a variable");
    constexpr std::string_view kNames[] = {"principal", "action", "resource", "context"};
    for (size_t i = 0; i < 4; ++i) {
      if (name == kNames[i]) return build_.Var(static_cast<Variable>(i), 0);
    }
    return Fail(json, Cat("there is no variable `", name, "`"));
  }

  // Sets, records and extension values of a literal become the expressions that make them.
  NodeId ValueExpression(const Json& json) {
    if (depth_ >= kMaxDepth) return Fail(json, Cat("nested deeper than ", kMaxDepth, " levels"));
    ++depth_;
    const NodeId node = ValueNode(json);
    --depth_;
    return status_.ok() ? Checked(json, node) : 0;
  }

  NodeId ValueNode(const Json& json) {
    if (const Json* call = Member(json, "__extn")) return ValueCall(*call);
    const bool entity = Member(json, "__entity") != nullptr || Member(json, "__expr") != nullptr;
    if (json.is_array()) {
      std::vector<NodeId> elements;
      for (const Json& e : json) elements.push_back(ValueExpression(e));
      return status_.ok() ? build_.Set(elements, 0) : 0;
    }
    if (json.is_object() && !entity) {
      std::vector<std::pair<std::string, NodeId>> fields;
      for (const auto& item : json.items()) fields.emplace_back(item.key(), ValueExpression(item.value()));
      return status_.ok() ? build_.Record(fields, 0) : 0;
    }
    absl::StatusOr<Value> value = ValueFromJson(document_, json, nullptr);
    return value.ok() ? build_.Literal(*std::move(value), 0) : Fail(json, MessageOf(value.status()));
  }

  NodeId ValueCall(const Json& json) {
    const Json* args = Member(json, "args");
    std::vector<NodeId> arguments;
    if (args != nullptr && args->is_array()) {
      for (const Json& a : *args) arguments.push_back(ValueExpression(a));
    } else {
      arguments.push_back(ValueExpression(Required(json, "arg")));
    }
    return Apply(json, Text(Required(json, "fn"), "`fn`"), arguments);
  }

  NodeId Attribute(const Json& json) {
    if (!Only(json, {"left", "attr"})) return 0;
    const NodeId left = Expression(Required(json, "left"));
    const std::string name = Text(Required(json, "attr"), "`attr`");
    return status_.ok() ? build_.Attribute(left, name, 0) : 0;
  }

  NodeId Has(const Json& json) {
    if (!Only(json, {"left", "attr"})) return 0;
    const NodeId left = Expression(Required(json, "left"));
    const Json& attr = Required(json, "attr");
    if (!attr.is_array()) {
      const std::string name = Text(attr, "`attr`");
      return status_.ok() ? build_.Has(left, name, 0) : 0;
    }
    std::vector<std::string> names;
    for (const Json& a : attr) names.push_back(Text(a, "`attr`"));
    if (names.empty()) return Fail(attr, "`attr` is empty");
    for (const std::string& name : names) {
      if (names.size() > 1 && !IsPlainIdentifier(name)) return Fail(attr, "`attr` as a path takes identifiers only");
    }
    return status_.ok() ? build_.HasPath(left, names, 0) : 0;
  }

  NodeId Like(const Json& json) {
    if (!Only(json, {"left", "pattern"})) return 0;
    const NodeId left = Expression(Required(json, "left"));
    const Json& list = Required(json, "pattern");
    if (!list.is_array()) return Fail(list, "`pattern` is a list of \"Wildcard\" and {\"Literal\": text}");
    Pattern pattern;
    pattern.parts.emplace_back();
    for (const Json& part : list) {
      if (part.is_string() && part.get_ref<const std::string&>() == "Wildcard") {
        pattern.parts.emplace_back();
      } else if (Only(part, {"Literal"})) {
        pattern.parts.back() += Text(Required(part, "Literal"), "`Literal`");
      }
    }
    return status_.ok() ? build_.Like(left, std::move(pattern), 0) : 0;
  }

  NodeId Is(const Json& json) {
    if (!Only(json, {"left", "entity_type", "in"})) return 0;
    const NodeId left = Expression(Required(json, "left"));
    const std::string type = TypeName(Required(json, "entity_type"));
    const Json* in = Member(json, "in");
    if (in == nullptr) return status_.ok() ? build_.Is(left, type, 0) : 0;
    const NodeId right = Expression(*in);
    return status_.ok() ? build_.IsIn(left, type, right, 0) : 0;
  }

  NodeId If(const Json& json) {
    if (!Only(json, {"if", "then", "else"})) return 0;
    const NodeId test = Expression(Required(json, "if"));
    const NodeId yes = Expression(Required(json, "then"));
    const NodeId no = Expression(Required(json, "else"));
    return status_.ok() ? build_.If(test, yes, no, 0) : 0;
  }

  NodeId Set(const Json& json) {
    if (!json.is_array()) return Fail(json, "`Set` takes a list");
    std::vector<NodeId> elements;
    for (const Json& e : json) elements.push_back(Expression(e));
    return status_.ok() ? build_.Set(elements, 0) : 0;
  }

  NodeId Record(const Json& json) {
    if (!json.is_object()) return Fail(json, "`Record` takes an object");
    std::vector<std::pair<std::string, NodeId>> fields;
    for (const auto& item : json.items()) fields.emplace_back(item.key(), Expression(item.value()));
    return status_.ok() ? build_.Record(fields, 0) : 0;
  }

  NodeId Call(const std::string& name, const Json& json) {
    if (!json.is_array()) return FailName(json, Cat("there is no expression `", name, "`"));
    std::vector<NodeId> arguments;
    for (const Json& a : json) arguments.push_back(Expression(a));
    return Apply(json, name, arguments);
  }

  NodeId Apply(const Json& json, const std::string& name, const std::vector<NodeId>& arguments) {
    const ExtSignature* signature = FindExtension(name);
    if (signature == nullptr) return FailName(json, Cat("there is no expression or function `", name, "`"));
    if (signature->method && arguments.empty()) return Fail(json, Cat("method `", name, "` has no receiver"));
    return status_.ok() ? build_.Call(signature->fn, arguments, 0) : 0;
  }

  JsonDocument& document_;
  std::shared_ptr<PolicyBody> body_;
  ExprBuilder build_;
  std::string where_;
  uint32_t depth_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const PolicyBody>> PolicyBodyFromJson(JsonDocument& document, const Json& json) {
  return PolicyReader(document).Read(json);
}

}  // namespace tidegate::cedar
