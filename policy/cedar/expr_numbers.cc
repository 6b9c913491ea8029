// Equal numbers for equal expressions, by hashing each node with the numbers of its operands.

#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/typecheck.h"

namespace tidegate::cedar {
namespace {

struct ValueOrder {
  bool operator()(const Value& a, const Value& b) const { return Value::Compare(a, b) < 0; }
};

class Numberer {
 public:
  explicit Numberer(const PolicyBody& body) : body_(body), numbers_(body.nodes.size()) {}

  // Operands stand before the nodes that use them, so that one pass will do.
  std::vector<uint32_t> Run() {
    for (NodeId id = 0; id < body_.nodes.size(); ++id) {
      const auto next = static_cast<uint32_t>(seen_.size());
      numbers_[id] = seen_.try_emplace(Key(body_.nodes[id]), next).first->second;
    }
    return std::move(numbers_);
  }

 private:
  std::vector<uint32_t> Key(const Node& n) {
    std::vector<uint32_t> key = {static_cast<uint32_t>(n.op)};
    switch (n.op) {
      case Op::kLiteral:
        key.push_back(values_.try_emplace(body_.constant(n), static_cast<uint32_t>(values_.size())).first->second);
        break;
      case Op::kVariable:
        key.push_back(n.a);
        break;
      case Op::kIf:
        key.insert(key.end(), {numbers_[n.a], numbers_[n.b], numbers_[n.c]});
        break;
      case Op::kCall:
      case Op::kAnd:
      case Op::kOr:
      case Op::kSet:
        key.push_back(n.c);
        for (uint32_t i = 0; i < n.b; ++i) key.push_back(numbers_[body_.kids[n.a + i]]);
        break;
      case Op::kRecord:
        AddFields(n, key);
        break;
      case Op::kNot:
      case Op::kNegate:
      case Op::kIsEmpty:
        key.push_back(numbers_[n.a]);
        break;
      case Op::kAttribute:
      case Op::kHas:
      case Op::kIs:
        key.insert(key.end(), {numbers_[n.a], n.b});
        break;
      case Op::kLike:
        key.insert(key.end(), {numbers_[n.a], n.b});  // equal patterns written twice count as two: it only costs proof
        break;
      case Op::kIsIn:
        key.insert(key.end(), {numbers_[n.a], n.b, numbers_[n.c]});
        break;
      default:
        key.insert(key.end(), {numbers_[n.a], numbers_[n.b]});
    }
    return key;
  }

  void AddFields(const Node& n, std::vector<uint32_t>& key) const {
    std::map<uint32_t, uint32_t> fields;
    for (uint32_t i = 0; i < n.b; ++i) fields[body_.kids[n.a + 2 * i]] = numbers_[body_.kids[n.a + 2 * i + 1]];
    for (const auto& [name, value] : fields) key.insert(key.end(), {name, value});
  }

  const PolicyBody& body_;
  std::vector<uint32_t> numbers_;
  absl::flat_hash_map<std::vector<uint32_t>, uint32_t> seen_;
  std::map<Value, uint32_t, ValueOrder> values_;
};

}  // namespace

std::vector<uint32_t> NumberExpressions(const PolicyBody& body) { return Numberer(body).Run(); }

}  // namespace tidegate::cedar
