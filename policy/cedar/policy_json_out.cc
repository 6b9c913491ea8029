// Writes policies in Cedar's JSON form, as text, so that depth costs no memory but the text's.

#include <string>
#include <utility>

#include "policy/cedar/ast.h"
#include "policy/cedar/json_text.h"
#include "policy/cedar/value_json.h"
#include "text/text.h"

namespace tidegate::cedar {
namespace {

std::string_view NameOf(Op op) {
  switch (op) {
    case Op::kAnd:
      return "&&";
    case Op::kOr:
      return "||";
    case Op::kNot:
      return "!";
    case Op::kNegate:
      return "neg";
    case Op::kEqual:
      return "==";
    case Op::kNotEqual:
      return "!=";
    case Op::kLess:
      return "<";
    case Op::kLessEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterEqual:
      return ">=";
    case Op::kIn:
      return "in";
    case Op::kAdd:
      return "+";
    case Op::kSubtract:
      return "-";
    case Op::kMultiply:
      return "*";
    case Op::kContains:
      return "contains";
    case Op::kContainsAll:
      return "containsAll";
    case Op::kContainsAny:
      return "containsAny";
    case Op::kGetTag:
      return "getTag";
    case Op::kHasTag:
      return "hasTag";
    case Op::kIsEmpty:
      return "isEmpty";
    default:
      return "";
  }
}

class JsonWriter {
 public:
  JsonWriter(const PolicyBody& body, std::string& out) : body_(body), out_(out) {}

  void Write(NodeId id) {
    const Node& n = body_.node(id);
    switch (n.op) {
      case Op::kLiteral:
        out_ += "{\"Value\":";
        AppendValueJson(out_, body_.constant(n));
        out_ += "}";
        return;
      case Op::kVariable:
        Append(out_, "{\"Var\":\"", kVariableNames[n.a], "\"}");
        return;
      case Op::kIf:
        Member("{\"if-then-else\":{\"if\":", n.a);
        Member(",\"then\":", n.b);
        Member(",\"else\":", n.c);
        out_ += "}}";
        return;
      case Op::kAnd:
        return n.c == 1 ? WriteHasPath(n) : WriteChain(n);
      case Op::kOr:
        return WriteChain(n);
      case Op::kNot:
      case Op::kNegate:
      case Op::kIsEmpty:
        Member(Cat("{\"", NameOf(n.op), "\":{\"arg\":"), n.a);
        out_ += "}}";
        return;
      case Op::kAttribute:
      case Op::kHas:
        Member(n.op == Op::kHas ? "{\"has\":{\"left\":" : "{\".\":{\"left\":", n.a);
        Append(out_, ",\"attr\":", text::Json(body_.strings[n.b]), "}}");
        return;
      case Op::kLike:
        return WriteLike(n);
      case Op::kIs:
      case Op::kIsIn:
        Member("{\"is\":{\"left\":", n.a);
        Append(out_, ",\"entity_type\":", text::Json(body_.strings[n.b]));
        if (n.op == Op::kIsIn) Member(",\"in\":", n.c);
        out_ += "}}";
        return;
      case Op::kSet:
        out_ += "{\"Set\":";
        WriteList(n);
        out_ += "}";
        return;
      case Op::kRecord:
        return WriteRecord(n);
      case Op::kCall:
        Append(out_, "{\"", Signature(static_cast<ExtFn>(n.c)).name, "\":");
        WriteList(n);
        out_ += "}";
        return;
      default:
        Member(Cat("{\"", NameOf(n.op), "\":{\"left\":"), n.a);
        Member(",\"right\":", n.b);
        out_ += "}}";
    }
  }

 private:
  void Member(std::string_view before, NodeId id) {
    out_ += before;
    Write(id);
  }

  // ((a && b) && c), without recursion over the chain.
  void WriteChain(const Node& n) {
    for (uint32_t i = 1; i < n.b; ++i) Append(out_, "{\"", NameOf(n.op), "\":{\"left\":");
    Write(body_.kids[n.a]);
    for (uint32_t i = 1; i < n.b; ++i) {
      Member(",\"right\":", body_.kids[n.a + i]);
      out_ += "}}";
    }
  }

  void WriteHasPath(const Node& n) {
    Member("{\"has\":{\"left\":", body_.node(body_.kids[n.a]).a);
    for (uint32_t i = 0; i < n.b; ++i) {
      Append(out_, i == 0 ? ",\"attr\":[" : ",", text::Json(body_.strings[body_.node(body_.kids[n.a + i]).b]));
    }
    out_ += "]}}";
  }

  void WriteLike(const Node& n) {
    Member("{\"like\":{\"left\":", n.a);
    out_ += ",\"pattern\":[";
    const Pattern& pattern = body_.patterns[n.b];
    std::string_view comma;
    for (size_t i = 0; i < pattern.parts.size(); ++i) {
      if (i > 0) Append(out_, std::exchange(comma, ","), "\"Wildcard\"");
      if (pattern.parts[i].empty()) continue;
      Append(out_, std::exchange(comma, ","), "{\"Literal\":", text::Json(pattern.parts[i]), "}");
    }
    out_ += "]}}";
  }

  void WriteList(const Node& n) {
    out_ += "[";
    for (uint32_t i = 0; i < n.b; ++i) Member(i > 0 ? "," : "", body_.kids[n.a + i]);
    out_ += "]";
  }

  void WriteRecord(const Node& n) {
    out_ += "{\"Record\":{";
    for (uint32_t i = 0; i < n.b; ++i) {
      Append(out_, i > 0 ? "," : "", text::Json(body_.strings[body_.kids[n.a + 2 * i]]), ":");
      Write(body_.kids[n.a + 2 * i + 1]);
    }
    out_ += "}}";
  }

  const PolicyBody& body_;
  std::string& out_;
};

void WriteEntityOrSlot(std::string& out, std::string_view variable, const ScopeConstraint& c) {
  if (c.slot) {
    Append(out, "\"slot\":\"?", variable, "\"");
    return;
  }
  out += "\"entity\":";
  AppendUidJson(out, c.entities[0]);
}

void WriteScope(std::string& out, std::string_view variable, const ScopeConstraint& c) {
  using Kind = ScopeConstraint::Kind;
  Append(out, ",\"", variable, "\":{\"op\":");
  switch (c.kind) {
    case Kind::kAny:
      out += "\"All\"";
      break;
    case Kind::kEq:
    case Kind::kIn:
      out += c.kind == Kind::kEq ? "\"==\"," : "\"in\",";
      if (c.list) {
        out += "\"entities\":[";
        for (size_t i = 0; i < c.entities.size(); ++i) {
          if (i > 0) out += ",";
          AppendUidJson(out, c.entities[i]);
        }
        out += "]";
      } else {
        WriteEntityOrSlot(out, variable, c);
      }
      break;
    case Kind::kIs:
    case Kind::kIsIn:
      Append(out, "\"is\",\"entity_type\":", text::Json(c.type));
      if (c.kind == Kind::kIsIn) {
        out += ",\"in\":{";
        WriteEntityOrSlot(out, variable, c);
        out += "}";
      }
      break;
  }
  out += "}";
}

}  // namespace

std::string Policy::ToJson() const {
  std::string out = body_->effect == Effect::kPermit ? "{\"effect\":\"permit\"" : "{\"effect\":\"forbid\"";
  WriteScope(out, "principal", principal());
  WriteScope(out, "action", action());
  WriteScope(out, "resource", resource());
  out += ",\"conditions\":[";
  JsonWriter writer(*body_, out);
  for (const Condition& c : body_->conditions) {
    Append(out, out.back() == '[' ? "" : ",", "{\"kind\":\"", c.unless ? "unless" : "when", "\",\"body\":");
    writer.Write(c.expression);
    out += "}";
  }
  out += "]";
  if (!body_->annotations.empty()) {
    out += ",\"annotations\":{";
    for (const auto& [name, value] : body_->annotations) {
      Append(out, out.back() == '{' ? "" : ",", text::Json(name), ":", value.empty() ? "null" : text::Json(value));
    }
    out += "}";
  }
  return out + "}";
}

}  // namespace tidegate::cedar
