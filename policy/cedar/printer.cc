// Policies as text. Parsing what is printed gives the same expressions, so that parentheses stand exactly where the
// grammar would otherwise group differently.

#include <string>
#include <utility>

#include "policy/cedar/ast.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

// How tightly an expression holds together, loosest first.
enum Level : int { kIfLevel, kOrLevel, kAndLevel, kRelationLevel, kSumLevel, kProductLevel, kUnaryLevel, kMemberLevel };

Level LevelOf(const PolicyBody& body, const Node& n) {
  switch (n.op) {
    case Op::kIf:
      return kIfLevel;
    case Op::kOr:
      return kOrLevel;
    case Op::kAnd:
      return n.c == 1 ? kRelationLevel : kAndLevel;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kIn:
    case Op::kHas:
    case Op::kLike:
    case Op::kIs:
    case Op::kIsIn:
      return kRelationLevel;
    case Op::kAdd:
    case Op::kSubtract:
      return kSumLevel;
    case Op::kMultiply:
      return kProductLevel;
    case Op::kNot:
    case Op::kNegate:
      return kUnaryLevel;
    case Op::kLiteral:  // a negative number begins with a sign
      return body.constant(n).is_long() && body.constant(n).AsLong() < 0 ? kUnaryLevel : kMemberLevel;
    default:
      return kMemberLevel;
  }
}

std::string_view Sign(Op op) {
  switch (op) {
    case Op::kEqual:
      return " == ";
    case Op::kNotEqual:
      return " != ";
    case Op::kLess:
      return " < ";
    case Op::kLessEqual:
      return " <= ";
    case Op::kGreater:
      return " > ";
    case Op::kGreaterEqual:
      return " >= ";
    case Op::kIn:
      return " in ";
    case Op::kAdd:
      return " + ";
    case Op::kSubtract:
      return " - ";
    case Op::kMultiply:
      return " * ";
    case Op::kAnd:
      return " && ";
    case Op::kOr:
      return " || ";
    case Op::kContains:
      return ".contains";
    case Op::kContainsAll:
      return ".containsAll";
    case Op::kContainsAny:
      return ".containsAny";
    case Op::kGetTag:
      return ".getTag";
    case Op::kHasTag:
      return ".hasTag";
    case Op::kIsEmpty:
      return ".isEmpty";
    default:
      return "";
  }
}

class ExprPrinter {
 public:
  ExprPrinter(const PolicyBody& body, std::string& out) : body_(body), out_(out) {}

  void Print(NodeId id, Level least) {
    const Node& n = body_.node(id);
    const bool parens = LevelOf(body_, n) < least;
    if (parens) out_ += "(";
    PrintBare(n);
    if (parens) out_ += ")";
  }

 private:
  void PrintBare(const Node& n) {
    switch (n.op) {
      case Op::kLiteral:
        out_ += body_.constant(n).ToString();
        return;
      case Op::kVariable:
        out_ += kVariableNames[n.a];
        return;
      case Op::kIf:
        out_ += "if ";
        Print(n.a, kIfLevel);
        out_ += " then ";
        Print(n.b, kIfLevel);
        out_ += " else ";
        Print(n.c, kIfLevel);
        return;
      case Op::kAnd:
        return n.c == 1 ? PrintHasPath(n) : PrintKids(n, Sign(n.op), kRelationLevel);
      case Op::kOr:
        return PrintKids(n, Sign(n.op), kAndLevel);
      case Op::kNot:
        out_ += "!";
        Print(n.a, kMemberLevel);
        return;
      case Op::kNegate:
        return PrintNegation(n);
      case Op::kAdd:
      case Op::kSubtract:
        return PrintPair(n, kSumLevel, kProductLevel);
      case Op::kMultiply:
        return PrintPair(n, kProductLevel, kUnaryLevel);
      case Op::kContains:
      case Op::kContainsAll:
      case Op::kContainsAny:
      case Op::kGetTag:
      case Op::kHasTag:
      case Op::kIsEmpty:
        return PrintMethod(n);
      case Op::kAttribute:
        return PrintAttribute(n);
      case Op::kHas:
        Print(n.a, kSumLevel);
        Append(out_, " has ", Name(body_.strings[n.b]));
        return;
      case Op::kLike:
        Print(n.a, kSumLevel);
        Append(out_, " like ", Quoted(body_.patterns[n.b]));
        return;
      case Op::kIs:
      case Op::kIsIn:
        return PrintIs(n);
      case Op::kSet:
        out_ += "[";
        PrintKids(n, ", ", kIfLevel);
        out_ += "]";
        return;
      case Op::kRecord:
        return PrintRecord(n);
      case Op::kCall:
        return PrintCall(n);
      default:
        return PrintPair(n, kSumLevel, kSumLevel);
    }
  }

  static std::string Name(const std::string& name) { return IsPlainIdentifier(name) ? name : Quoted(name); }

  void PrintKids(const Node& n, std::string_view between, Level least) {
    for (uint32_t i = 0; i < n.b; ++i) {
      if (i > 0) out_ += between;
      Print(body_.kids[n.a + i], least);
    }
  }

  void PrintHasPath(const Node& n) {
    Print(body_.node(body_.kids[n.a]).a, kSumLevel);
    for (uint32_t i = 0; i < n.b; ++i) {
      Append(out_, i == 0 ? " has " : ".", body_.strings[body_.node(body_.kids[n.a + i]).b]);
    }
  }

  void PrintPair(const Node& n, Level left, Level right) {
    Print(n.a, left);
    out_ += Sign(n.op);
    Print(n.b, right);
  }

  void PrintNegation(const Node& n) {
    // `-5` is a literal; the negation of the literal 5 is `-(5)`.
    const Node& operand = body_.node(n.a);
    const bool number = operand.op == Op::kLiteral && body_.constant(operand).is_long();
    out_ += number ? "-(" : "-";
    Print(n.a, number ? kIfLevel : kMemberLevel);
    if (number) out_ += ")";
  }

  void PrintMethod(const Node& n) {
    Print(n.a, kMemberLevel);
    Append(out_, Sign(n.op), "(");
    if (n.op != Op::kIsEmpty) Print(n.b, kIfLevel);
    out_ += ")";
  }

  void PrintAttribute(const Node& n) {
    const std::string& name = body_.strings[n.b];
    Print(n.a, kMemberLevel);
    if (IsPlainIdentifier(name)) {
      Append(out_, ".", name);
    } else {
      Append(out_, "[", Quoted(name), "]");
    }
  }

  void PrintIs(const Node& n) {
    Print(n.a, kSumLevel);
    Append(out_, " is ", body_.strings[n.b]);
    if (n.op != Op::kIsIn) return;
    out_ += " in ";
    Print(n.c, kSumLevel);
  }

  void PrintRecord(const Node& n) {
    out_ += "{";
    for (uint32_t i = 0; i < n.b; ++i) {
      Append(out_, i > 0 ? ", " : "", Name(body_.strings[body_.kids[n.a + 2 * i]]), ": ");
      Print(body_.kids[n.a + 2 * i + 1], kIfLevel);
    }
    out_ += "}";
  }

  void PrintCall(const Node& n) {
    const ExtSignature& signature = Signature(static_cast<ExtFn>(n.c));
    uint32_t first = 0;
    if (signature.method) {
      Print(body_.kids[n.a], kMemberLevel);
      out_ += ".";
      first = 1;
    }
    Append(out_, signature.name, "(");
    for (uint32_t i = first; i < n.b; ++i) {
      if (i > first) out_ += ", ";
      Print(body_.kids[n.a + i], kIfLevel);
    }
    out_ += ")";
  }

  const PolicyBody& body_;
  std::string& out_;
};

void PrintScope(std::string& out, std::string_view variable, const ScopeConstraint& c) {
  using Kind = ScopeConstraint::Kind;
  out += variable;
  if (c.kind == Kind::kIs || c.kind == Kind::kIsIn) Append(out, " is ", c.type);
  if (c.kind == Kind::kAny || c.kind == Kind::kIs) return;
  out += c.kind == Kind::kEq ? " == " : " in ";
  if (c.slot) {
    Append(out, "?", variable);
    return;
  }
  if (c.list) out += "[";
  for (size_t i = 0; i < c.entities.size(); ++i) Append(out, i > 0 ? ", " : "", c.entities[i].ToString());
  if (c.list) out += "]";
}

}  // namespace

std::string ScopeConstraint::ToString(std::string_view variable) const {
  std::string out;
  PrintScope(out, variable, *this);
  return out;
}

std::string Policy::ToText() const {
  std::string out;
  for (const auto& [name, value] : body_->annotations) {
    Append(out, "@", name);
    if (!value.empty()) Append(out, "(", Quoted(value), ")");
    out += "\n";
  }
  out += body_->effect == Effect::kPermit ? "permit (" : "forbid (";
  PrintScope(out, "principal", principal());
  out += ", ";
  PrintScope(out, "action", action());
  out += ", ";
  PrintScope(out, "resource", resource());
  out += ")";
  return out + ConditionsText() + ";";
}

std::string Policy::ConditionsText() const {
  std::string out;
  ExprPrinter printer(*body_, out);
  for (const Condition& c : body_->conditions) {
    out += c.unless ? "\nunless { " : "\nwhen { ";
    printer.Print(c.expression, kIfLevel);
    out += " }";
  }
  return out;
}

}  // namespace tidegate::cedar
