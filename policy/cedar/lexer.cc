#include "policy/cedar/lexer.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace tidegate::cedar {
namespace {

// Length of the white space character at text[at] (Unicode's White_Space), or 0.
size_t SpaceAt(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (static_cast<uint8_t>(c) < 0x80) return 0;
  static constexpr std::string_view kWide[] = {
      "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
      "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000",
  };
  for (std::string_view space : kWide) {
    if (text.substr(at, space.size()) == space) return space.size();
  }
  return 0;
}

bool IsWordStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsWordPart(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

size_t SignAt(std::string_view text, size_t at) {
  static constexpr std::string_view kSigns[] = {"::", "==", "!=", "<=", ">=", "&&", "||", "{", "}", "[",
                                                "]",  "(",  ")",  "<",  ">",  "=",  ",",  ";", ":", ".",
                                                "@",  "+",  "-",  "*",  "/",  "%",  "!",  "?"};
  for (std::string_view sign : kSigns) {
    if (text.substr(at, sign.size()) == sign) return sign.size();
  }
  return 0;
}

// Length of the string literal that starts at text[at], or 0 if it has no end.
size_t StringAt(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 - at;
    if (text[i] == '\\') {
      if (i + 1 >= text.size() || text[i + 1] == '\n') return 0;
      ++i;
    }
  }
  return 0;
}

constexpr size_t kMaxTokens = 8u << 20;

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(const Source& source) {
  const std::string_view text = source.text();
  if (text.size() > kMaxTextBytes) {
    return source.Error(0, Cat("the text is longer than ", kMaxTextBytes, " bytes"));
  }
  if (size_t bad = 0; !IsUtf8(text, &bad)) return source.Error(static_cast<uint32_t>(bad), "the text is not UTF-8");
  std::vector<Token> tokens;
  for (size_t i = 0; i < text.size();) {
    if (const size_t space = SpaceAt(text, i); space > 0) {
      i += space;
      continue;
    }
    if (text.substr(i, 2) == "//") {
      while (i < text.size() && text[i] != '\n' && text[i] != '\r') ++i;
      continue;
    }
    const uint32_t at = static_cast<uint32_t>(i);
    if (tokens.size() >= kMaxTokens) return source.Error(at, "the text has too many words");
    size_t end = i + 1;
    Token::Kind kind = Token::Kind::kSign;
    if (IsWordStart(text[i])) {
      kind = Token::Kind::kWord;
      while (end < text.size() && IsWordPart(text[end])) ++end;
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) {
      kind = Token::Kind::kNumber;
      while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    } else if (text[i] == '"') {
      kind = Token::Kind::kString;
      const size_t length = StringAt(text, i);
      if (length == 0) return source.Error(at, "this string has no closing `\"`");
      end = i + length;
    } else if (text[i] == '?' && i + 1 < text.size() && IsWordStart(text[i + 1])) {
      kind = Token::Kind::kSlot;
      while (end < text.size() && IsWordPart(text[end])) ++end;
    } else {
      const size_t length = SignAt(text, i);
      if (length == 0) {
        return source.Error(at, text[i] == '\''  ? "strings are written in double quotes"
                                : text[i] == '&' ? "expected `&&`"
                                : text[i] == '|' ? "expected `||`"
                                                 : "this character starts nothing that Cedar knows");
      }
      end = i + length;
    }
    tokens.push_back({kind, at, static_cast<uint32_t>(end - i)});
    i = end;
  }
  tokens.push_back({Token::Kind::kEnd, static_cast<uint32_t>(text.size()), 0});
  return tokens;
}

Token TokenReader::Next() {
  const Token t = Peek();
  if (!AtEnd()) {
    last_end_ = t.at + t.length;
    ++next_;
  }
  return t;
}

bool TokenReader::TakeSign(std::string_view sign) {
  if (!IsSign(sign)) return false;
  Next();
  return true;
}

bool TokenReader::TakeWord(std::string_view word) {
  if (!IsWord(word)) return false;
  Next();
  return true;
}

bool TokenReader::ExpectSign(std::string_view sign, std::string_view why) {
  if (TakeSign(sign)) return true;
  FailExpected(Cat("`", sign, "`", why.empty() ? "" : " ", why));
  return false;
}

std::string_view TokenReader::ExpectIdentifier(std::string_view what) {
  if (!IsWord()) {
    FailExpected(what);
    return "";
  }
  const std::string_view word = Text(Peek());
  if (IsReservedWord(word)) {
    Fail(at(), Cat("`", word, "` is a reserved word and cannot be ", what));
    return "";
  }
  Next();
  return word;
}

std::string TokenReader::ExpectName(std::string_view what, bool builtin) {
  std::string name(builtin && IsWord("__cedar") ? Text(Next()) : ExpectIdentifier(what));
  while (!failed() && IsSign("::") && IsWord(1)) {
    Next();
    Append(name, "::", ExpectIdentifier(what));
  }
  return failed() ? "" : name;
}

std::string TokenReader::ExpectString(std::string_view what) {
  if (!IsString()) {
    FailExpected(what);
    return "";
  }
  const Token t = Next();
  size_t bad = 0;
  absl::StatusOr<std::string> text = Unescape(Text(t).substr(1, t.length - 2), &bad);
  if (!text.ok()) {
    Fail(static_cast<uint32_t>(t.at + 1 + bad), MessageOf(text.status()));
    return "";
  }
  return *std::move(text);
}

void TokenReader::Fail(uint32_t at, std::string_view message) {
  if (failed()) return;
  status_ = source_.Error(at, message);
  next_ = tokens_.size() - 1;
}

void TokenReader::FailExpected(std::string_view what, std::string_view hint) {
  if (failed()) return;
  const Token& t = Peek();
  constexpr size_t kShown = 40;
  std::string_view found = Text(t);
  if (found.size() > kShown) found = found.substr(0, found[0] == '"' ? 1 : kShown);
  Fail(t.at, Cat("expected ", what, ", found ",
                 t.kind == Token::Kind::kEnd ? "the end of the text"
                 : found == "\""             ? "a string"
                                             : Cat("`", found, "`"),
                 hint));
}

}  // namespace tidegate::cedar
