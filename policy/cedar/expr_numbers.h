#ifndef TIDEGATE_POLICY_CEDAR_EXPR_NUMBERS_H_
#define TIDEGATE_POLICY_CEDAR_EXPR_NUMBERS_H_

// Equal numbers for equal expressions. Private to the room.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/ast.h"

namespace tidegate::cedar {

// Numbers the nodes of one policy after another. Equal expressions get equal numbers in every place.
class ExpressionNumbers {
 public:
  std::vector<uint32_t> Of(const PolicyBody& body);
  // The number of a scope's constraint on a variable. `filled` is the entity that fills the constraint's slot, or null.
  uint32_t OfScope(Variable variable, const ScopeConstraint& scope, const EntityUid* filled);

 private:
  struct ValueOrder {
    bool operator()(const Value& a, const Value& b) const { return Value::Compare(a, b) < 0; }
  };
  using Key = std::vector<uint32_t>;

  uint32_t NumberOf(Key key);
  Key KeyOf(const PolicyBody& body, const Node& n, const std::vector<uint32_t>& numbers);
  void AddFields(const PolicyBody& body, const Node& n, const std::vector<uint32_t>& numbers, Key& key);
  uint32_t String(const std::string& text);
  uint32_t Constant(const Value& value);

  absl::flat_hash_map<Key, uint32_t> seen_;
  std::map<Value, uint32_t, ValueOrder> values_;
  TextMap<uint32_t> strings_;
  uint32_t patterns_ = 0;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_EXPR_NUMBERS_H_
