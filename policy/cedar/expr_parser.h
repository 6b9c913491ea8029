#ifndef TIDEGATE_POLICY_CEDAR_EXPR_PARSER_H_
#define TIDEGATE_POLICY_CEDAR_EXPR_PARSER_H_

// Expressions of policy text. Private to the room.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/cedar/ast.h"
#include "policy/cedar/lexer.h"

namespace tidegate::cedar {

// A recursive-descent parser, by the precedence of the operators. kMaxDepth bounds the recursion. An error stays in the
// reader. What is returned after an error is of no use.
class ExprParser {
 public:
  ExprParser(TokenReader& in, PolicyBody& body) : in_(in), build_(body) {}

  NodeId ParseExpression();
  // `Type::"id"`, the type already read and the next token a string.
  EntityUid ParseEntityId(const std::string& type);

 private:
  NodeId ParseIf();
  // `||` and `&&`.
  NodeId ParseChain(Op op);
  NodeId ParseRelation();
  bool AtRelation() const;
  // One operator and right side after `left`, or nothing.
  std::optional<NodeId> ParseRelationTail(NodeId left);
  NodeId ParseHas(NodeId left, uint32_t at);
  NodeId ParseLike(NodeId left, uint32_t at);
  NodeId ParseIs(NodeId left);
  NodeId ParseSum();
  NodeId ParseProduct();
  NodeId ParseUnary();
  NodeId ParseNumber(bool negative);
  NodeId ParseMember();
  NodeId ParseMethod(NodeId receiver, std::string_view name, uint32_t at);
  NodeId ParsePrimary();
  NodeId ParseWord();
  NodeId ParseFunction(const std::string& name, uint32_t at);
  NodeId ParseSet();
  NodeId ParseRecord();
  std::vector<NodeId> ParseList(std::string_view close);
  // Reports a bound that the builder hit.
  NodeId Checked(NodeId node);
  NodeId Fail(uint32_t at, std::string_view message);

  TokenReader& in_;
  ExprBuilder build_;
  uint32_t depth_ = 0;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_EXPR_PARSER_H_
