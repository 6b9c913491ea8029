#include "policy/cedar/ast.h"

#include <algorithm>
#include <initializer_list>
#include <unordered_map>

namespace tidegate::cedar {

void ExprBuilder::Grow(Measure& m, NodeId operand) const {
  const Measure& o = measures_[operand];
  m.depth = std::max(m.depth, o.depth);
  m.weight = std::min<uint32_t>(m.weight + o.weight, kMaxPolicyWeight + 1);
}

NodeId ExprBuilder::Add(Node node, Measure m) {
  ++m.depth;
  ++m.weight;
  if (status_.ok() && m.depth > kMaxDepth) {
    status_ = Invalid(Cat("the expression is nested deeper than ", kMaxDepth, " levels"));
    failed_at_ = node.at;
  } else if (status_.ok() && m.weight > kMaxPolicyWeight) {
    status_ = Invalid(Cat("the policy has more than ", kMaxPolicyWeight, " parts"));
    failed_at_ = node.at;
  }
  body_.nodes.push_back(node);
  measures_.push_back(m);
  return static_cast<NodeId>(body_.nodes.size() - 1);
}

NodeId ExprBuilder::Push(Node node, std::initializer_list<NodeId> operands) {
  Measure m;
  for (NodeId o : operands) Grow(m, o);
  return Add(node, m);
}

uint32_t ExprBuilder::String(std::string_view text) {
  const auto [it, inserted] = string_index_.try_emplace(text, static_cast<uint32_t>(body_.strings.size()));
  if (inserted) body_.strings.emplace_back(text);
  return it->second;
}

uint32_t ExprBuilder::Constant(Value value) {
  body_.values.push_back(std::move(value));
  return static_cast<uint32_t>(body_.values.size() - 1);
}

NodeId ExprBuilder::Literal(Value value, uint32_t at) {
  return Push({.op = Op::kLiteral, .value = Constant(std::move(value)), .at = at}, {});
}

NodeId ExprBuilder::Var(Variable variable, uint32_t at) {
  return Push({.op = Op::kVariable, .a = static_cast<uint32_t>(variable), .at = at}, {});
}

NodeId ExprBuilder::Unary(Op op, NodeId a, uint32_t at) { return Push({.op = op, .a = a, .at = at}, {a}); }

NodeId ExprBuilder::Binary(Op op, NodeId a, NodeId b, uint32_t at) {
  return Push({.op = op, .a = a, .b = b, .at = at}, {a, b});
}

NodeId ExprBuilder::If(NodeId a, NodeId b, NodeId c, uint32_t at) {
  return Push({.op = Op::kIf, .a = a, .b = b, .c = c, .at = at}, {a, b, c});
}

NodeId ExprBuilder::Join(Op op, std::vector<NodeId> operands, uint32_t at) {
  const Node first = body_.nodes[operands[0]];
  if (first.op == op && first.c == 0) {
    operands.erase(operands.begin());
    operands.insert(operands.begin(), body_.kids.begin() + first.a, body_.kids.begin() + first.a + first.b);
  }
  Measure m;
  for (NodeId o : operands) Grow(m, o);
  const Node node{
      .op = op, .a = static_cast<uint32_t>(body_.kids.size()), .b = static_cast<uint32_t>(operands.size()), .at = at};
  body_.kids.insert(body_.kids.end(), operands.begin(), operands.end());
  return Add(node, m);
}

NodeId ExprBuilder::Attribute(NodeId a, std::string_view name, uint32_t at) {
  return Push({.op = Op::kAttribute, .a = a, .b = String(name), .at = at}, {a});
}

NodeId ExprBuilder::Has(NodeId a, std::string_view name, uint32_t at) {
  return Push({.op = Op::kHas, .a = a, .b = String(name), .at = at}, {a});
}

NodeId ExprBuilder::HasPath(NodeId a, const std::vector<std::string>& names, uint32_t at) {
  std::vector<NodeId> tests;
  for (size_t i = 0; i < names.size() && status_.ok(); ++i) {
    tests.push_back(Has(a, names[i], at));
    if (i + 1 < names.size()) a = Attribute(a, names[i], at);
  }
  if (tests.empty()) return a;  // a bound was hit before
  if (tests.size() == 1) return tests[0];
  const NodeId chain = Join(Op::kAnd, std::move(tests), at);
  body_.nodes[chain].c = 1;
  return chain;
}

NodeId ExprBuilder::Like(NodeId a, Pattern pattern, uint32_t at) {
  body_.patterns.push_back(std::move(pattern));
  const uint32_t index = static_cast<uint32_t>(body_.patterns.size() - 1);
  return Push({.op = Op::kLike, .a = a, .b = index, .at = at}, {a});
}

NodeId ExprBuilder::Is(NodeId a, std::string_view type, uint32_t at) {
  return Push({.op = Op::kIs, .a = a, .b = String(type), .at = at}, {a});
}

NodeId ExprBuilder::IsIn(NodeId a, std::string_view type, NodeId c, uint32_t at) {
  return Push({.op = Op::kIsIn, .a = a, .b = String(type), .c = c, .at = at}, {a, c});
}

NodeId ExprBuilder::Set(const std::vector<NodeId>& elements, uint32_t at) {
  Measure m;
  for (NodeId e : elements) Grow(m, e);
  Node node{.op = Op::kSet,
            .a = static_cast<uint32_t>(body_.kids.size()),
            .b = static_cast<uint32_t>(elements.size()),
            .at = at};
  body_.kids.insert(body_.kids.end(), elements.begin(), elements.end());
  FoldSet(node, elements);
  return Add(node, m);
}

NodeId ExprBuilder::Record(const std::vector<std::pair<std::string, NodeId>>& fields, uint32_t at) {
  Measure m;
  Node node{.op = Op::kRecord,
            .a = static_cast<uint32_t>(body_.kids.size()),
            .b = static_cast<uint32_t>(fields.size()),
            .at = at};
  for (const auto& [name, value] : fields) {
    Grow(m, value);
    body_.kids.push_back(String(name));
    body_.kids.push_back(value);
  }
  return Add(node, m);
}

NodeId ExprBuilder::Call(ExtFn fn, const std::vector<NodeId>& arguments, uint32_t at) {
  Measure m;
  for (NodeId a : arguments) Grow(m, a);
  Node node{.op = Op::kCall,
            .a = static_cast<uint32_t>(body_.kids.size()),
            .b = static_cast<uint32_t>(arguments.size()),
            .c = static_cast<uint32_t>(fn),
            .at = at};
  body_.kids.insert(body_.kids.end(), arguments.begin(), arguments.end());
  FoldCall(node, arguments);
  return Add(node, m);
}

void ExprBuilder::FoldSet(Node& node, const std::vector<NodeId>& elements) {
  std::vector<Value> values;
  values.reserve(elements.size());
  for (NodeId e : elements) {
    if (body_.nodes[e].value == Node::kNoValue) return;
    values.push_back(body_.values[body_.nodes[e].value]);
  }
  node.value = Constant(Value::Set(std::move(values)));
}

void ExprBuilder::FoldCall(Node& node, const std::vector<NodeId>& arguments) {
  std::vector<const Value*> values;
  for (NodeId a : arguments) {
    if (body_.nodes[a].value == Node::kNoValue) return;
    values.push_back(&body_.values[body_.nodes[a].value]);
  }
  absl::StatusOr<Value> result = CallExtension(static_cast<ExtFn>(node.c), values.data(), values.size());
  if (result.ok()) node.value = Constant(*std::move(result));  // else evaluating the policy reports it
}

namespace {

bool SameKids(const PolicyBody& a, const Node& x, const PolicyBody& b, const Node& y) {
  if (x.b != y.b) return false;
  for (uint32_t i = 0; i < x.b; ++i) {
    if (!SameExpression(a, a.kids[x.a + i], b, b.kids[y.a + i])) return false;
  }
  return true;
}

// Field order does not matter to a record.
bool SameRecord(const PolicyBody& a, const Node& x, const PolicyBody& b, const Node& y) {
  if (x.b != y.b) return false;
  std::unordered_map<std::string_view, NodeId> fields;
  for (uint32_t i = 0; i < x.b; ++i) fields[a.strings[a.kids[x.a + 2 * i]]] = a.kids[x.a + 2 * i + 1];
  for (uint32_t i = 0; i < y.b; ++i) {
    const auto found = fields.find(b.strings[b.kids[y.a + 2 * i]]);
    if (found == fields.end() || !SameExpression(a, found->second, b, b.kids[y.a + 2 * i + 1])) return false;
  }
  return true;
}

}  // namespace

bool SameExpression(const PolicyBody& a, NodeId i, const PolicyBody& b, NodeId j) {
  const Node& x = a.nodes[i];
  const Node& y = b.nodes[j];
  if (x.op != y.op) return false;
  switch (x.op) {
    case Op::kLiteral:
      return a.constant(x) == b.constant(y);
    case Op::kVariable:
      return x.a == y.a;
    case Op::kIf:
      return SameExpression(a, x.a, b, y.a) && SameExpression(a, x.b, b, y.b) && SameExpression(a, x.c, b, y.c);
    case Op::kOr:
    case Op::kSet:
      return SameKids(a, x, b, y);
    case Op::kAnd:
    case Op::kCall:
      return x.c == y.c && SameKids(a, x, b, y);
    case Op::kRecord:
      return SameRecord(a, x, b, y);
    case Op::kNot:
    case Op::kNegate:
    case Op::kIsEmpty:
      return SameExpression(a, x.a, b, y.a);
    case Op::kAttribute:
    case Op::kHas:
    case Op::kIs:
      return a.strings[x.b] == b.strings[y.b] && SameExpression(a, x.a, b, y.a);
    case Op::kLike:
      return a.patterns[x.b] == b.patterns[y.b] && SameExpression(a, x.a, b, y.a);
    case Op::kIsIn:
      return a.strings[x.b] == b.strings[y.b] && SameExpression(a, x.a, b, y.a) && SameExpression(a, x.c, b, y.c);
    default:
      return SameExpression(a, x.a, b, y.a) && SameExpression(a, x.b, b, y.b);
  }
}

}  // namespace tidegate::cedar
