#ifndef TIDEGATE_POLICY_CEDAR_LEXER_H_
#define TIDEGATE_POLICY_CEDAR_LEXER_H_

// Words of policy and schema text, which share one alphabet. Private to the room.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

struct Token {
  enum class Kind : uint8_t { kEnd, kWord, kNumber, kString, kSlot, kSign };
  Kind kind = Kind::kEnd;
  uint32_t at = 0;
  uint32_t length = 0;  // of a string, with its quotes
};

// Splits all of `source`; the last token is kEnd. Errors: InvalidArgument with place: bytes that are not UTF-8, a
// character that starts no token, a string without end, a text that is too long.
absl::StatusOr<std::vector<Token>> Tokenize(const Source& source);

// A reader of tokens that keeps its first error. After Fail every token reads as the end, so loops and recursion end at
// once.
class TokenReader {
 public:
  TokenReader(const Source& source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }
  std::string_view Text(const Token& t) const { return source_.text().substr(t.at, t.length); }
  uint32_t at() const { return Peek().at; }
  // Where the token before the next one ended.
  uint32_t last_end() const { return last_end_; }
  bool AtEnd() const { return Peek().kind == Token::Kind::kEnd; }

  bool IsSign(std::string_view sign, size_t ahead = 0) const {
    return Peek(ahead).kind == Token::Kind::kSign && Text(Peek(ahead)) == sign;
  }
  bool IsWord(size_t ahead = 0) const { return Peek(ahead).kind == Token::Kind::kWord; }
  bool IsWord(std::string_view word, size_t ahead = 0) const { return IsWord(ahead) && Text(Peek(ahead)) == word; }
  bool IsString(size_t ahead = 0) const { return Peek(ahead).kind == Token::Kind::kString; }

  Token Next();
  bool TakeSign(std::string_view sign);
  bool TakeWord(std::string_view word);
  // Takes it or fails with `expected ..., found ...`.
  bool ExpectSign(std::string_view sign, std::string_view why = "");
  // A word that is not reserved; "" after an error. `what` names it in the message.
  std::string_view ExpectIdentifier(std::string_view what);
  // Identifiers joined by `::`, as one string without blanks; "" after an error. It stops before `::` and a string.
  // With `builtin`, the first may be `__cedar`.
  std::string ExpectName(std::string_view what, bool builtin = false);
  // The text that a string literal means.
  std::string ExpectString(std::string_view what);

  void Fail(uint32_t at, std::string_view message);
  // Fails at the next token with `expected <what>, found <token>`.
  void FailExpected(std::string_view what, std::string_view hint = "");
  bool failed() const { return !status_.ok(); }
  const absl::Status& status() const { return status_; }
  const Source& source() const { return source_; }

 private:
  const Source& source_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  uint32_t last_end_ = 0;
  absl::Status status_;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_LEXER_H_
