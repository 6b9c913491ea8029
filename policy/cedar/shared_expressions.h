#ifndef TIDEGATE_POLICY_CEDAR_SHARED_EXPRESSIONS_H_
#define TIDEGATE_POLICY_CEDAR_SHARED_EXPRESSIONS_H_

// Finds the questions that several policies of a set ask about a request. It finds them once, when the policies are
// added. So an authorisation evaluates each question once. For example, `resource.record.tlp in Tlp::"AMBER"` is in
// half of all policies, and many begin with a scope such as `principal in Circle::"banks"`. Private to the room.

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/expr_numbers.h"
#include "policy/cedar/policy_set.h"

namespace tidegate::cedar {

// Answers are kept under small numbers; 0 means no number. Questions beyond kMostAnswers are evaluated each time.
using AnswerNumber = uint16_t;
inline constexpr AnswerNumber kNoAnswer = 0;
inline constexpr size_t kMostAnswers = 256;

// The answer numbers of one policy.
struct SharedAnswers {
  std::vector<AnswerNumber> nodes;  // by NodeId; empty if none has one
  AnswerNumber principal = kNoAnswer;
  AnswerNumber resource = kNoAnswer;
};

class SharedExpressions {
 public:
  // The next policy, in the set's order.
  void Add(const Policy& policy);
  const SharedAnswers& Of(uint32_t place) const { return policies_[place]; }
  // All numbers in use are below this.
  size_t answers() const { return next_; }

 private:
  enum class Where : uint8_t { kNode, kPrincipal, kResource };
  // Where an expression was first met. From the second time on: its number.
  struct Met {
    uint32_t policy = 0;
    Where where = Where::kNode;
    NodeId node = 0;
    AnswerNumber answer = kNoAnswer;
  };
  void Meet(uint32_t expression, uint32_t policy, Where where, NodeId node);
  void Give(const Met& met, AnswerNumber answer);

  ExpressionNumbers numbers_;
  absl::flat_hash_map<uint32_t, Met> met_;
  std::vector<SharedAnswers> policies_;
  size_t next_ = 1;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_SHARED_EXPRESSIONS_H_
