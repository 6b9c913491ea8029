// The human schema syntax.

#include <set>
#include <utility>

#include "policy/cedar/lexer.h"
#include "policy/cedar/schema_decl.h"

namespace tidegate::cedar {
namespace {

class SchemaParser {
 public:
  explicit SchemaParser(TokenReader& in) : in_(in) {}

  std::vector<NamespaceDecl> Parse() {
    std::vector<NamespaceDecl> out(1);  // the first is the empty namespace
    std::set<std::string> names;
    while (!in_.AtEnd() && !in_.failed()) {
      ParseAnnotations();
      if (!in_.IsWord("namespace")) {
        ParseDeclaration(out[0]);
        continue;
      }
      in_.Next();
      const uint32_t at = in_.at();
      NamespaceDecl space;
      space.name = in_.ExpectName("a namespace");
      if (!names.insert(space.name).second) in_.Fail(at, Cat("the namespace `", space.name, "` is there twice"));
      in_.ExpectSign("{");
      while (!in_.failed() && !in_.TakeSign("}")) {
        ParseAnnotations();
        ParseDeclaration(space);
      }
      out.push_back(std::move(space));
    }
    return out;
  }

 private:
  void ParseAnnotations() {
    std::set<std::string, std::less<>> names;
    while (in_.TakeSign("@")) {
      const uint32_t at = in_.at();
      if (!in_.IsWord()) return in_.FailExpected("an annotation's name");
      const std::string_view name = in_.Text(in_.Next());
      if (!names.emplace(name).second) return in_.Fail(at, Cat("the annotation `@", name, "` is there twice"));
      if (!in_.TakeSign("(")) continue;
      in_.ExpectString("the annotation's value in quotes");
      in_.ExpectSign(")");
    }
  }

  void ParseDeclaration(NamespaceDecl& space) {
    if (in_.TakeWord("entity")) return ParseEntity(space);
    if (in_.TakeWord("action")) return ParseAction(space);
    if (in_.TakeWord("type")) return ParseCommon(space);
    in_.FailExpected("`entity`, `action`, `type` or `namespace`",
                     in_.IsWord() ? Suggestion(in_.Text(in_.Peek()), {"entity", "action", "type", "namespace"}) : "");
  }

  void ParseEntity(NamespaceDecl& space) {
    std::vector<NameRef> names;
    do {
      const uint32_t at = in_.at();
      names.push_back({std::string(in_.ExpectIdentifier("the name of an entity type")), at});
    } while (in_.TakeSign(","));
    EntityDecl decl;
    if (in_.TakeWord("enum")) {
      decl.ids = ParseIds();
    } else {
      if (in_.TakeWord("in")) decl.parents = ParseTypeRefs();
      const bool equals = in_.TakeSign("=");
      if (equals && !in_.IsSign("{")) in_.FailExpected("`{`");
      if (in_.IsSign("{")) decl.shape = ParseType();
      if (in_.TakeWord("tags")) decl.tags = ParseType();
    }
    in_.ExpectSign(";");
    for (const NameRef& name : names) {
      decl.name = name.name;
      decl.at = name.at;
      space.entities.push_back(decl);
    }
  }

  std::vector<std::string> ParseIds() {
    std::vector<std::string> ids;
    in_.ExpectSign("[");
    do {
      ids.push_back(in_.ExpectString("an entity's id in quotes"));
    } while (in_.TakeSign(","));
    in_.ExpectSign("]");
    return ids;
  }

  NameRef ParseTypeRef() {
    const uint32_t at = in_.at();
    return {in_.ExpectName("an entity type"), at};
  }

  // One type, or any number in brackets.
  std::vector<NameRef> ParseTypeRefs() {
    if (!in_.TakeSign("[")) return {ParseTypeRef()};
    std::vector<NameRef> refs;
    if (in_.TakeSign("]")) return refs;
    do {
      refs.push_back(ParseTypeRef());
    } while (in_.TakeSign(","));
    in_.ExpectSign("]", "or `,`");
    return refs;
  }

  std::string ParseName(std::string_view what) {
    return in_.IsString() ? in_.ExpectString(what) : std::string(in_.ExpectIdentifier(what));
  }

  void ParseAction(NamespaceDecl& space) {
    std::vector<NameRef> names;
    do {
      const uint32_t at = in_.at();
      names.push_back({ParseName("the name of an action"), at});
    } while (in_.TakeSign(","));
    ActionDecl decl;
    if (in_.TakeWord("in")) decl.parents = ParseActionRefs();
    if (in_.TakeWord("appliesTo")) ParseAppliesTo(names[0].name, decl);
    if (in_.TakeWord("attributes")) {
      in_.ExpectSign("{");
      if (!in_.IsSign("}")) in_.Fail(in_.at(), "attributes of actions are not supported");
      in_.ExpectSign("}");
    }
    in_.ExpectSign(";");
    for (const NameRef& name : names) {
      decl.name = name.name;
      decl.at = name.at;
      space.actions.push_back(decl);
    }
  }

  ActionRef ParseActionRef() {
    ActionRef ref;
    ref.at = in_.at();
    if (in_.IsString()) {
      ref.id = in_.ExpectString("an action");
      return ref;
    }
    const std::string name = in_.ExpectName("an action");
    if (!in_.TakeSign("::")) {
      ref.id = name;
      if (name.find("::") != std::string::npos) in_.FailExpected("`::` and the action's name in quotes");
      return ref;
    }
    ref.type = name;
    ref.id = in_.ExpectString("the action's name in quotes");
    return ref;
  }

  std::vector<ActionRef> ParseActionRefs() {
    if (!in_.TakeSign("[")) return {ParseActionRef()};
    std::vector<ActionRef> refs;
    if (in_.TakeSign("]")) return refs;
    do {
      refs.push_back(ParseActionRef());
    } while (in_.TakeSign(","));
    in_.ExpectSign("]", "or `,`");
    return refs;
  }

  void ParseAppliesTo(const std::string& action, ActionDecl& decl) {
    const uint32_t at = in_.at();
    in_.ExpectSign("{");
    std::set<std::string, std::less<>> seen;
    do {
      if (in_.IsSign("}") && !seen.empty()) break;  // a comma may end the list
      const uint32_t word_at = in_.at();
      const std::string_view word = in_.IsWord() ? in_.Text(in_.Peek()) : "";
      if (word != "principal" && word != "resource" && word != "context") {
        return in_.FailExpected("`principal`, `resource` or `context`",
                                Suggestion(word, {"principal", "resource", "context"}));
      }
      in_.Next();
      in_.ExpectSign(":");
      if (!seen.emplace(word).second) return in_.Fail(word_at, Cat("`", word, "` is there twice"));
      if (word == "context") {
        decl.context = ParseType();
        continue;
      }
      std::vector<NameRef> types = ParseTypeRefs();
      if (types.empty()) in_.Fail(word_at, Cat("`", word, "` needs at least one entity type"));
      (word == "principal" ? decl.principals : decl.resources) = std::move(types);
    } while (in_.TakeSign(","));
    in_.ExpectSign("}", "or `,`");
    for (std::string_view word : {"principal", "resource"}) {
      if (seen.count(word) == 0)
        in_.Fail(at, Cat("action `", action, "` does not say which `", word, "` it applies to"));
    }
  }

  void ParseCommon(NamespaceDecl& space) {
    CommonDecl decl;
    decl.at = in_.at();
    decl.name = in_.ExpectIdentifier("the name of a type");
    if (IsReservedTypeName(decl.name)) in_.Fail(decl.at, Cat("`", decl.name, "` is the name of a built-in type"));
    in_.ExpectSign("=");
    decl.type = ParseType();
    in_.ExpectSign(";");
    space.commons.push_back(std::move(decl));
  }

  TypeDeclPtr ParseType() {
    auto type = std::make_shared<TypeDecl>();
    type->at = in_.at();
    if (++depth_ > kMaxDepth) {
      in_.Fail(in_.at(), Cat("the type is nested deeper than ", kMaxDepth, " levels"));
      return type;
    }
    if (in_.TakeSign("{")) {
      type->kind = TypeDecl::Kind::kRecord;
      type->attributes = ParseAttributes();
    } else if (in_.IsWord("Set") && in_.IsSign("<", 1)) {
      in_.Next();
      in_.Next();
      type->kind = TypeDecl::Kind::kSet;
      type->element = ParseType();
      in_.ExpectSign(">");
    } else {
      type->name = in_.ExpectName("a type", /*builtin=*/true);
    }
    --depth_;
    return type;
  }

  std::vector<AttributeDecl> ParseAttributes() {
    std::vector<AttributeDecl> attributes;
    while (!in_.failed() && !in_.TakeSign("}")) {
      ParseAnnotations();
      AttributeDecl a;
      a.name = ParseName("the name of an attribute, or `}`");
      a.required = !in_.TakeSign("?");
      in_.ExpectSign(":");
      a.type = ParseType();
      attributes.push_back(std::move(a));
      if (in_.TakeSign("}")) break;
      in_.ExpectSign(",", "or `}`");
    }
    return attributes;
  }

  TokenReader& in_;
  uint32_t depth_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<NamespaceDecl>> ParseHumanDecls(const Source& source) {
  absl::StatusOr<std::vector<Token>> tokens = Tokenize(source);
  if (!tokens.ok()) return tokens.status();
  TokenReader in(source, *std::move(tokens));
  std::vector<NamespaceDecl> namespaces = SchemaParser(in).Parse();
  if (in.failed()) return in.status();
  return namespaces;
}

}  // namespace tidegate::cedar
