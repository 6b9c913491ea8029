#include "policy/cedar/expr_numbers.h"

#include <utility>

namespace tidegate::cedar {
namespace {

// Begins the key of a scope's constraint; no operation has this number.
constexpr uint32_t kScope = UINT32_MAX;

}  // namespace

// Operands stand before the nodes that use them, so that one pass will do.
std::vector<uint32_t> ExpressionNumbers::Of(const PolicyBody& body) {
  std::vector<uint32_t> numbers(body.nodes.size());
  for (NodeId id = 0; id < body.nodes.size(); ++id) numbers[id] = NumberOf(KeyOf(body, body.nodes[id], numbers));
  return numbers;
}

uint32_t ExpressionNumbers::OfScope(Variable variable, const ScopeConstraint& scope, const EntityUid* filled) {
  Key key = {kScope, static_cast<uint32_t>(variable), static_cast<uint32_t>(scope.kind), String(scope.type)};
  if (filled != nullptr) key.push_back(Constant(Value::Entity(*filled)));
  for (const EntityUid& uid : scope.entities) key.push_back(Constant(Value::Entity(uid)));
  return NumberOf(std::move(key));
}

uint32_t ExpressionNumbers::NumberOf(Key key) {
  return seen_.try_emplace(std::move(key), static_cast<uint32_t>(seen_.size())).first->second;
}

uint32_t ExpressionNumbers::String(const std::string& text) {
  return strings_.try_emplace(text, static_cast<uint32_t>(strings_.size())).first->second;
}

uint32_t ExpressionNumbers::Constant(const Value& value) {
  return values_.try_emplace(value, static_cast<uint32_t>(values_.size())).first->second;
}

ExpressionNumbers::Key ExpressionNumbers::KeyOf(const PolicyBody& body, const Node& n,
                                                const std::vector<uint32_t>& numbers) {
  Key key = {static_cast<uint32_t>(n.op)};
  switch (n.op) {
    case Op::kLiteral:
      key.push_back(Constant(body.constant(n)));
      break;
    case Op::kVariable:
      key.push_back(n.a);
      break;
    case Op::kIf:
      key.insert(key.end(), {numbers[n.a], numbers[n.b], numbers[n.c]});
      break;
    case Op::kCall:
    case Op::kAnd:
    case Op::kOr:
    case Op::kSet:
      key.push_back(n.c);
      for (uint32_t i = 0; i < n.b; ++i) key.push_back(numbers[body.kids[n.a + i]]);
      break;
    case Op::kRecord:
      AddFields(body, n, numbers, key);
      break;
    case Op::kNot:
    case Op::kNegate:
    case Op::kIsEmpty:
      key.push_back(numbers[n.a]);
      break;
    case Op::kAttribute:
    case Op::kHas:
    case Op::kIs:
      key.insert(key.end(), {numbers[n.a], String(body.strings[n.b])});
      break;
    case Op::kLike:
      key.insert(key.end(), {numbers[n.a], patterns_++});  // equal patterns count as two: it only costs proof and time
      break;
    case Op::kIsIn:
      key.insert(key.end(), {numbers[n.a], String(body.strings[n.b]), numbers[n.c]});
      break;
    default:
      key.insert(key.end(), {numbers[n.a], numbers[n.b]});
  }
  return key;
}

void ExpressionNumbers::AddFields(const PolicyBody& body, const Node& n, const std::vector<uint32_t>& numbers,
                                  Key& key) {
  std::map<uint32_t, uint32_t> fields;
  for (uint32_t i = 0; i < n.b; ++i) {
    fields[String(body.strings[body.kids[n.a + 2 * i]])] = numbers[body.kids[n.a + 2 * i + 1]];
  }
  for (const auto& [name, value] : fields) key.insert(key.end(), {name, value});
}

}  // namespace tidegate::cedar
