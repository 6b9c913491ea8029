#include "policy/cedar/parser.h"

#include <string>
#include <utility>

#include "policy/cedar/expr_parser.h"
#include "policy/cedar/lexer.h"

namespace tidegate::cedar {
namespace {

class PolicyParser {
 public:
  PolicyParser(TokenReader& in, std::shared_ptr<const Source> source) : in_(in), body_(std::make_shared<PolicyBody>()) {
    body_->source = std::move(source);
  }

  std::shared_ptr<const PolicyBody> Parse() {
    body_->begin = in_.at();
    while (in_.IsSign("@")) ParseAnnotation();
    ParseEffect();
    ParseScope();
    ExprParser expressions(in_, *body_);
    while (!in_.failed() && !in_.IsSign(";")) ParseCondition(expressions);
    in_.ExpectSign(";");
    body_->end = in_.last_end();
    body_->nodes.shrink_to_fit();
    return body_;
  }

 private:
  void ParseAnnotation() {
    in_.ExpectSign("@");
    const uint32_t at = in_.at();
    if (!in_.IsWord()) return in_.FailExpected("an annotation's name");
    std::string name(in_.Text(in_.Next()));  // reserved words are allowed here
    if (name == "__cedar") return in_.Fail(at, "`__cedar` is a reserved word");
    std::string value;
    if (in_.TakeSign("(")) {
      value = in_.ExpectString("the annotation's value in quotes");
      in_.ExpectSign(")");
    }
    for (const auto& [other, ignored] : body_->annotations) {
      if (other == name) return in_.Fail(at, Cat("the policy has the annotation `@", name, "` twice"));
    }
    body_->annotations.emplace_back(std::move(name), std::move(value));
  }

  void ParseEffect() {
    body_->effect_at = in_.at();
    if (in_.TakeWord("permit")) {
      body_->effect = Effect::kPermit;
    } else if (in_.TakeWord("forbid")) {
      body_->effect = Effect::kForbid;
    } else {
      in_.FailExpected("`permit` or `forbid`",
                       in_.IsWord() ? Suggestion(in_.Text(in_.Peek()), {"permit", "forbid"}) : "");
    }
  }

  void ParseScope() {
    in_.ExpectSign("(");
    ParseVariable("principal", body_->principal_places);
    ParseParty(body_->principal, body_->principal_places, Slot::kPrincipal);
    in_.ExpectSign(",", "and then `action`");
    ParseVariable("action", body_->action_places);
    ParseAction(body_->action, body_->action_places);
    in_.ExpectSign(",", "and then `resource`");
    ParseVariable("resource", body_->resource_places);
    ParseParty(body_->resource, body_->resource_places, Slot::kResource);
    in_.TakeSign(",");
    if (in_.IsWord()) return in_.FailExpected("`)`; the scope has `principal`, `action` and `resource` only");
    in_.ExpectSign(")");
  }

  void ParseVariable(std::string_view name, ScopePlaces& places) {
    places.at = in_.at();
    if (!in_.TakeWord(name)) {
      in_.FailExpected(Cat("`", name, "` (a scope is `principal`, `action`, `resource`, in this order)"),
                       in_.IsWord() ? Suggestion(in_.Text(in_.Peek()), {name}) : "");
    }
    if (in_.IsSign(":")) in_.Fail(in_.at(), "a type is given by `is`, not by `:`");
    if (in_.IsSign("=")) in_.Fail(in_.at(), "`=` is no operator; equality is `==`");
  }

  // Parses what may follow `principal` or `resource`.
  void ParseParty(ScopeConstraint& c, ScopePlaces& places, Slot slot) {
    using Kind = ScopeConstraint::Kind;
    if (in_.TakeSign("==")) {
      c.kind = Kind::kEq;
      ParseEntityOrSlot(c, places, slot);
    } else if (in_.TakeWord("in")) {
      c.kind = Kind::kIn;
      ParseEntityOrSlot(c, places, slot);
    } else if (in_.TakeWord("is")) {
      c.kind = Kind::kIs;
      places.type_at = in_.at();
      c.type = in_.ExpectName("an entity type after `is`");
      if (in_.IsSign("::")) return in_.Fail(in_.at(), "`is` takes an entity type; for one entity write `==`");
      if (in_.IsSign("==")) return in_.Fail(in_.at(), "`is` goes with `in`, not with `==`");
      if (!in_.TakeWord("in")) return;
      c.kind = Kind::kIsIn;
      ParseEntityOrSlot(c, places, slot);
    } else if (!in_.IsSign(",") && !in_.IsSign(")")) {
      in_.FailExpected("`==`, `in`, `is`, or `,`");
    }
  }

  void ParseAction(ScopeConstraint& c, ScopePlaces& places) {
    using Kind = ScopeConstraint::Kind;
    if (in_.IsWord("is")) return in_.Fail(in_.at(), "an action's type is not restricted by `is` in the scope");
    if (in_.TakeSign("==")) {
      c.kind = Kind::kEq;
      c.entities.push_back(ParseActionEntity(places));
    } else if (in_.TakeWord("in")) {
      c.kind = Kind::kIn;
      const int parens = OpenParens();
      if (in_.TakeSign("[")) {
        ParseActionList(c, places);
      } else {
        c.entities.push_back(ParseActionEntity(places));
      }
      CloseParens(parens);
    } else if (!in_.IsSign(",")) {
      in_.FailExpected("`==`, `in`, or `,`");
    }
  }

  void ParseActionList(ScopeConstraint& c, ScopePlaces& places) {
    while (!in_.failed() && !in_.TakeSign("]")) {
      c.entities.push_back(ParseActionEntity(places));
      if (in_.TakeSign("]")) break;
      in_.ExpectSign(",", "or `]`");
    }
    c.list = c.entities.size() != 1;  // a list of one is that one
  }

  EntityUid ParseActionEntity(ScopePlaces& places) {
    const uint32_t at = in_.at();
    if (in_.Peek().kind == Token::Kind::kSlot) in_.Fail(at, "a slot cannot stand for an action");
    EntityUid uid = ParseEntity(places);
    const std::string& type = uid.type();
    const std::string suffix = "::Action";
    if (!in_.failed() && type != "Action" &&
        (type.size() < suffix.size() || type.compare(type.size() - suffix.size(), suffix.size(), suffix) != 0)) {
      in_.Fail(at, Cat("expected an action such as `Action::\"view\"`; `", type, "` is no action type"));
    }
    return uid;
  }

  void ParseEntityOrSlot(ScopeConstraint& c, ScopePlaces& places, Slot slot) {
    const int parens = OpenParens();
    if (in_.Peek().kind == Token::Kind::kSlot) {
      const std::string_view wanted = slot == Slot::kPrincipal ? "?principal" : "?resource";
      if (in_.Text(in_.Peek()) != wanted) return in_.FailExpected(Cat("`", wanted, "`, the slot of this place"));
      in_.Next();
      c.slot = true;
    } else {
      c.entities.push_back(ParseEntity(places));
    }
    CloseParens(parens);
  }

  EntityUid ParseEntity(ScopePlaces& places) {
    const int parens = OpenParens();
    if (!in_.IsWord()) {
      in_.FailExpected("an entity such as `User::\"alice\"`");
      return EntityUid();
    }
    places.entities_at.push_back(in_.at());
    const std::string type = in_.ExpectName("an entity type");
    in_.ExpectSign("::", "and the entity's id");
    if (in_.failed()) return EntityUid();
    ExprParser expressions(in_, *body_);
    EntityUid uid = expressions.ParseEntityId(type);
    CloseParens(parens);
    return uid;
  }

  int OpenParens() {
    int count = 0;
    while (in_.TakeSign("(")) ++count;
    return count;
  }
  void CloseParens(int count) {
    for (; count > 0 && !in_.failed(); --count) in_.ExpectSign(")");
  }

  void ParseCondition(ExprParser& expressions) {
    const bool unless = in_.IsWord("unless");
    if (!unless && !in_.IsWord("when")) {
      return in_.FailExpected("`when`, `unless` or `;`",
                              in_.IsWord() ? Suggestion(in_.Text(in_.Peek()), {"when", "unless"}) : "");
    }
    in_.Next();
    in_.ExpectSign("{");
    if (in_.IsSign("}")) return in_.Fail(in_.at(), Cat("`", unless ? "unless" : "when", "` needs a condition"));
    const NodeId expression = expressions.ParseExpression();
    in_.ExpectSign("}");
    body_->conditions.push_back({unless, expression});
  }

  TokenReader& in_;
  std::shared_ptr<PolicyBody> body_;
};

}  // namespace

absl::StatusOr<std::vector<std::shared_ptr<const PolicyBody>>> ParsePolicies(
    const std::shared_ptr<const Source>& source) {
  absl::StatusOr<std::vector<Token>> tokens = Tokenize(*source);
  if (!tokens.ok()) return tokens.status();
  TokenReader in(*source, *std::move(tokens));
  std::vector<std::shared_ptr<const PolicyBody>> policies;
  while (!in.AtEnd()) {
    policies.push_back(PolicyParser(in, source).Parse());
    if (in.failed()) return in.status();
  }
  return policies;
}

}  // namespace tidegate::cedar
