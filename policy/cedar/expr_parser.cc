#include "policy/cedar/expr_parser.h"

#include <cstdint>
#include <set>

namespace tidegate::cedar {
namespace {

constexpr std::pair<std::string_view, Op> kRelations[] = {
    {"==", Op::kEqual},     {"!=", Op::kNotEqual}, {"<", Op::kLess},
    {"<=", Op::kLessEqual}, {">", Op::kGreater},   {">=", Op::kGreaterEqual},
};

struct Method {
  std::string_view name;
  Op op;
};
constexpr Method kMethods[] = {
    {"contains", Op::kContains}, {"containsAll", Op::kContainsAll}, {"containsAny", Op::kContainsAny},
    {"isEmpty", Op::kIsEmpty},   {"getTag", Op::kGetTag},           {"hasTag", Op::kHasTag},
};

const Method* FindMethod(std::string_view name) {
  for (const Method& m : kMethods) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

std::vector<std::string_view> Names(bool methods) {
  std::vector<std::string_view> names;
  for (const ExtSignature& s : AllExtensions()) {
    if (s.method == methods) names.push_back(s.name);
  }
  if (methods) {
    for (const Method& m : kMethods) names.push_back(m.name);
  }
  return names;
}

const std::vector<std::string_view> kVariables = {"principal", "action", "resource", "context"};

constexpr int kMaxUnaryRun = 4;

}  // namespace

NodeId ExprParser::Fail(uint32_t at, std::string_view message) {
  in_.Fail(at, message);
  return 0;
}

NodeId ExprParser::Checked(NodeId node) {
  if (!build_.status().ok()) in_.Fail(build_.failed_at(), MessageOf(build_.status()));
  return node;
}

NodeId ExprParser::ParseExpression() {
  if (depth_ >= kMaxDepth) {
    return Fail(in_.at(), Cat("the expression is nested deeper than ", kMaxDepth, " levels"));
  }
  ++depth_;
  const NodeId node = in_.IsWord("if") ? ParseIf() : ParseChain(Op::kOr);
  --depth_;
  return node;
}

NodeId ExprParser::ParseIf() {
  const uint32_t at = in_.Next().at;
  const NodeId test = ParseExpression();
  if (!in_.TakeWord("then")) in_.FailExpected("`then`");
  const NodeId yes = ParseExpression();
  if (!in_.TakeWord("else")) in_.FailExpected("`else`");
  const NodeId no = ParseExpression();
  if (in_.failed()) return 0;
  return Checked(build_.If(test, yes, no, at));
}

NodeId ExprParser::ParseChain(Op op) {
  const auto operand = [this, op] { return op == Op::kOr ? ParseChain(Op::kAnd) : ParseRelation(); };
  const std::string_view sign = op == Op::kOr ? "||" : "&&";
  const uint32_t at = in_.at();
  const NodeId first = operand();
  if (!in_.IsSign(sign)) return first;
  std::vector<NodeId> operands = {first};
  while (in_.TakeSign(sign)) operands.push_back(operand());
  if (in_.failed()) return 0;
  return Checked(build_.Join(op, std::move(operands), at));
}

NodeId ExprParser::ParseRelation() {
  const NodeId left = ParseSum();
  const std::optional<NodeId> relation = ParseRelationTail(left);
  if (!relation) return left;
  if (AtRelation()) {
    return Fail(in_.at(), "relations do not chain; put parentheses around the one that is meant to come first");
  }
  return *relation;
}

bool ExprParser::AtRelation() const {
  for (const auto& [sign, op] : kRelations) {
    if (in_.IsSign(sign)) return true;
  }
  return in_.IsWord("in") || in_.IsWord("has") || in_.IsWord("like") || in_.IsWord("is");
}

std::optional<NodeId> ExprParser::ParseRelationTail(NodeId left) {
  const uint32_t at = in_.at();
  for (const auto& [sign, op] : kRelations) {
    if (!in_.IsSign(sign)) continue;
    in_.Next();
    const NodeId right = ParseSum();
    return in_.failed() ? 0 : Checked(build_.Binary(op, left, right, at));
  }
  if (in_.IsSign("=")) return Fail(at, "`=` is no operator; equality is `==`");
  if (in_.TakeWord("in")) {
    const NodeId right = ParseSum();
    return in_.failed() ? 0 : Checked(build_.Binary(Op::kIn, left, right, at));
  }
  if (in_.TakeWord("has")) return ParseHas(left, at);
  if (in_.TakeWord("like")) return ParseLike(left, at);
  if (in_.TakeWord("is")) return ParseIs(left);
  return std::nullopt;
}

NodeId ExprParser::ParseHas(NodeId left, uint32_t at) {
  std::vector<std::string> names;
  if (in_.IsString()) {
    names.push_back(in_.ExpectString("an attribute"));
  } else {
    do {
      names.emplace_back(in_.ExpectIdentifier("an attribute name after `has`"));
    } while (in_.TakeSign("."));
  }
  if (in_.failed()) return 0;
  return Checked(build_.HasPath(left, names, at));
}

NodeId ExprParser::ParseLike(NodeId left, uint32_t at) {
  if (!in_.IsString()) {
    in_.FailExpected("a pattern in quotes after `like`");
    return 0;
  }
  const Token t = in_.Next();
  size_t bad = 0;
  absl::StatusOr<Pattern> pattern = UnescapePattern(in_.Text(t).substr(1, t.length - 2), &bad);
  if (!pattern.ok()) return Fail(static_cast<uint32_t>(t.at + 1 + bad), MessageOf(pattern.status()));
  return Checked(build_.Like(left, *std::move(pattern), at));
}

NodeId ExprParser::ParseIs(NodeId left) {
  const uint32_t at = in_.at();  // of the type: that is what can be wrong
  const std::string type = in_.ExpectName("an entity type after `is`");
  if (in_.IsSign("::")) return Fail(in_.at(), "`is` takes an entity type; to compare with an entity write `==`");
  if (!in_.TakeWord("in")) return in_.failed() ? 0 : Checked(build_.Is(left, type, at));
  const NodeId right = ParseSum();
  return in_.failed() ? 0 : Checked(build_.IsIn(left, type, right, at));
}

NodeId ExprParser::ParseSum() {
  NodeId left = ParseProduct();
  for (;;) {
    const uint32_t at = in_.at();
    const Op op = in_.IsSign("+") ? Op::kAdd : Op::kSubtract;
    if (!in_.TakeSign("+") && !in_.TakeSign("-")) return left;
    const NodeId right = ParseProduct();
    if (in_.failed()) return 0;
    left = Checked(build_.Binary(op, left, right, at));
  }
}

NodeId ExprParser::ParseProduct() {
  NodeId left = ParseUnary();
  for (;;) {
    const uint32_t at = in_.at();
    if (in_.IsSign("/")) return Fail(at, "Cedar has no division");
    if (in_.IsSign("%")) return Fail(at, "Cedar has no remainder operator");
    if (!in_.TakeSign("*")) return left;
    const NodeId right = ParseUnary();
    if (in_.failed()) return 0;
    left = Checked(build_.Binary(Op::kMultiply, left, right, at));
  }
}

NodeId ExprParser::ParseUnary() {
  const std::string_view sign = in_.IsSign("!") ? "!" : "-";
  const uint32_t at = in_.at();
  int run = 0;
  while (in_.TakeSign(sign)) ++run;
  if (run == 0) return ParseMember();
  if (run > kMaxUnaryRun) return Fail(at, Cat("more than ", kMaxUnaryRun, " of `", sign, "` in a row"));
  if (in_.IsSign("!") || in_.IsSign("-")) {
    in_.FailExpected("an operand");
    return 0;
  }
  NodeId node = 0;
  // The sign next to a number is the number's own, so that the least long can be written.
  if (sign == "-" && in_.Peek().kind == Token::Kind::kNumber && !in_.IsSign(".", 1) && !in_.IsSign("[", 1) &&
      !in_.IsSign("(", 1)) {
    node = ParseNumber(true);
    --run;
  } else {
    node = ParseMember();
  }
  for (; run > 0 && !in_.failed(); --run) node = Checked(build_.Unary(sign == "!" ? Op::kNot : Op::kNegate, node, at));
  return node;
}

NodeId ExprParser::ParseNumber(bool negative) {
  const Token t = in_.Next();
  uint64_t value = 0;
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  for (char c : in_.Text(t)) {
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    if (value > (limit - digit) / 10) return Fail(t.at, Cat("the number is too large; a long is at most ", INT64_MAX));
    value = value * 10 + digit;
  }
  return Checked(build_.Literal(Value::Long(static_cast<int64_t>(negative ? 0 - value : value)), t.at));
}

NodeId ExprParser::ParseMember() {
  NodeId node = ParsePrimary();
  while (!in_.failed()) {
    const uint32_t at = in_.at();
    if (in_.TakeSign(".")) {
      const uint32_t name_at = in_.at();
      const std::string_view name = in_.ExpectIdentifier("an attribute or method name");
      if (in_.failed()) return 0;
      node = in_.IsSign("(") ? ParseMethod(node, name, name_at) : Checked(build_.Attribute(node, name, name_at));
    } else if (in_.TakeSign("[")) {
      const std::string name = in_.ExpectString("an attribute name in quotes");
      in_.ExpectSign("]");
      if (in_.failed()) return 0;
      node = Checked(build_.Attribute(node, name, at));
    } else if (in_.IsSign("(")) {
      return Fail(at, "this cannot be called; calls are `function(..)` and `value.method(..)`");
    } else {
      break;
    }
  }
  return node;
}

NodeId ExprParser::ParseMethod(NodeId receiver, std::string_view name, uint32_t at) {
  in_.ExpectSign("(");
  std::vector<NodeId> arguments = ParseList(")");
  if (in_.failed()) return 0;
  if (const Method* method = FindMethod(name)) {
    const size_t wanted = method->op == Op::kIsEmpty ? 0 : 1;
    if (arguments.size() != wanted) {
      return Fail(at,
                  Cat("`", name, "` takes ", wanted == 0 ? "no argument" : "one argument", ", not ", arguments.size()));
    }
    return Checked(wanted == 0 ? build_.Unary(method->op, receiver, at)
                               : build_.Binary(method->op, receiver, arguments[0], at));
  }
  const ExtSignature* extension = FindExtension(name);
  if (extension == nullptr) {
    return Fail(at, Cat("there is no method `", name, "`", Expected(name, Names(true))));
  }
  if (!extension->method) return Fail(at, Cat("`", name, "` is a function; write `", name, "(..)`"));
  arguments.insert(arguments.begin(), receiver);
  return Checked(build_.Call(extension->fn, arguments, at));
}

NodeId ExprParser::ParsePrimary() {
  const Token t = in_.Peek();
  switch (t.kind) {
    case Token::Kind::kNumber:
      return ParseNumber(false);
    case Token::Kind::kString: {
      const std::string text = in_.ExpectString("a string");
      return in_.failed() ? 0 : Checked(build_.Literal(Value::String(text), t.at));
    }
    case Token::Kind::kWord:
      return ParseWord();
    case Token::Kind::kSlot:
      return Fail(t.at, "a slot may stand only in the scope, as in `principal == ?principal`");
    default:
      break;
  }
  if (in_.TakeSign("(")) {
    const NodeId node = ParseExpression();
    in_.ExpectSign(")");
    return node;
  }
  if (in_.TakeSign("[")) return ParseSet();
  if (in_.TakeSign("{")) return ParseRecord();
  in_.FailExpected("an expression");
  return 0;
}

NodeId ExprParser::ParseWord() {
  const Token t = in_.Peek();
  const std::string_view word = in_.Text(t);
  if (word == "true" || word == "false") {
    in_.Next();
    return Checked(build_.Literal(Value::Bool(word == "true"), t.at));
  }
  if (word == "if") return Fail(t.at, "`if` within an expression needs parentheses around it");
  if (!in_.IsSign("::", 1) && !in_.IsSign("(", 1)) {
    for (size_t i = 0; i < kVariables.size(); ++i) {
      if (word != kVariables[i]) continue;
      in_.Next();
      return Checked(build_.Var(static_cast<Variable>(i), t.at));
    }
  }
  const std::string name = in_.ExpectName("a name");
  if (in_.failed()) return 0;
  if (in_.IsSign("::") && in_.IsString(1)) {
    in_.Next();
    EntityUid uid = ParseEntityId(name);
    return in_.failed() ? 0 : Checked(build_.Literal(Value::Entity(std::move(uid)), t.at));
  }
  if (in_.IsSign("(")) return ParseFunction(name, t.at);
  if (in_.IsSign("::")) {
    in_.Next();
    in_.FailExpected("the entity's id in quotes, as in `User::\"alice\"`");
    return 0;
  }
  return Fail(t.at,
              Cat("`", name, "` is no variable; expected `principal`, `action`, `resource`, `context`, or a text in ",
                  "quotes", Suggestion(name, kVariables)));
}

EntityUid ExprParser::ParseEntityId(const std::string& type) {
  const std::string id = in_.ExpectString("the entity's id in quotes");
  return in_.failed() ? EntityUid() : EntityUid(type, id);
}

NodeId ExprParser::ParseFunction(const std::string& name, uint32_t at) {
  in_.ExpectSign("(");
  const std::vector<NodeId> arguments = ParseList(")");
  if (in_.failed()) return 0;
  const ExtSignature* extension = FindExtension(name);
  if (FindMethod(name) != nullptr || (extension != nullptr && extension->method)) {
    return Fail(at, Cat("`", name, "` is a method; write `value.", name, "(..)`"));
  }
  if (extension == nullptr) {
    return Fail(at, Cat("there is no function `", name, "`", Expected(name, Names(false))));
  }
  return Checked(build_.Call(extension->fn, arguments, at));
}

std::vector<NodeId> ExprParser::ParseList(std::string_view close) {
  std::vector<NodeId> items;
  while (!in_.failed() && !in_.TakeSign(close)) {
    items.push_back(ParseExpression());
    if (in_.TakeSign(close)) break;
    in_.ExpectSign(",", Cat("or `", close, "`"));
  }
  return items;
}

NodeId ExprParser::ParseSet() {
  const uint32_t at = in_.last_end() - 1;
  const std::vector<NodeId> elements = ParseList("]");
  return in_.failed() ? 0 : Checked(build_.Set(elements, at));
}

NodeId ExprParser::ParseRecord() {
  const uint32_t at = in_.last_end() - 1;
  std::vector<std::pair<std::string, NodeId>> fields;
  std::set<std::string, std::less<>> names;
  while (!in_.failed() && !in_.TakeSign("}")) {
    const uint32_t name_at = in_.at();
    std::string name =
        in_.IsString() ? in_.ExpectString("a name") : std::string(in_.ExpectIdentifier("a name, or `}`"));
    in_.ExpectSign(":");
    const NodeId value = ParseExpression();
    if (in_.failed()) return 0;
    if (!names.insert(name).second) return Fail(name_at, Cat("the record has `", name, "` twice"));
    fields.emplace_back(std::move(name), value);
    if (in_.TakeSign("}")) break;
    in_.ExpectSign(",", "or `}`");
  }
  return in_.failed() ? 0 : Checked(build_.Record(fields, at));
}

}  // namespace tidegate::cedar
