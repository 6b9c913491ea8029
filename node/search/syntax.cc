#include "node/search/syntax.h"

#include <algorithm>
#include <utility>

#include "node/record/record.h"
#include "node/search/say.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

constexpr size_t kShownBefore = 60, kShownAfter = 40;  // bytes of a long query around the place that is meant

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool InFieldName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

class Parser {
 public:
  explicit Parser(std::string_view query) : query_(query) {}

  absl::StatusOr<Syntax> Whole() {
    SkipBlanks();
    if (at_ == query_.size()) return Syntax{};
    auto found = Any(0);
    if (found.ok() && at_ < query_.size()) return Fault(query_, at_, 1, "nothing was opened that this would close");
    return found;
  }

 private:
  absl::StatusOr<Syntax> Any(size_t depth) {
    Syntax any{Syntax::Is::kAny, {}, {}};
    do {
      auto one = All(depth);
      if (!one.ok()) return one;
      any.of.push_back(*std::move(one));
    } while (TakeWord("OR"));
    return any.of.size() == 1 ? std::move(any.of.front()) : std::move(any);
  }

  absl::StatusOr<Syntax> All(size_t depth) {
    Syntax all{Syntax::Is::kAll, {}, {}};
    do {
      auto one = Not(depth);
      if (!one.ok()) return one;
      all.of.push_back(*std::move(one));
    } while (TakeWord("AND") || GoesOn());
    return all.of.size() == 1 ? std::move(all.of.front()) : std::move(all);
  }

  absl::StatusOr<Syntax> Not(size_t depth) {
    SkipBlanks();
    const size_t begin = at_;
    const bool minus = at_ + 1 < query_.size() && query_[at_] == '-' && !IsBlank(query_[at_ + 1]);
    if (minus) {
      ++at_;
    } else if (!TakeWord("NOT")) {
      return One(depth);
    }
    if (depth >= kMostDepth) return TooDeep(begin);
    auto what = Not(depth + 1);
    if (!what.ok()) return what;
    Syntax without{Syntax::Is::kNot, {}, {}};
    without.of.push_back(*std::move(what));
    return without;
  }

  absl::StatusOr<Syntax> One(size_t depth) {
    SkipBlanks();
    if (at_ == query_.size()) {
      return Fault(query_, at_, 1, "a condition is missing here: a word, a \"phrase\" or `field:value`");
    }
    const size_t begin = at_;
    if (query_[at_] == ')') return Fault(query_, at_, 1, "a condition is missing before this");
    if (query_[at_] == '(') {
      if (depth >= kMostDepth) return TooDeep(begin);
      ++at_;
      auto inside = Any(depth + 1);
      if (!inside.ok()) return inside;
      SkipBlanks();
      if (at_ == query_.size()) return Fault(query_, begin, 1, "this is not closed: write `)`");
      ++at_;
      return inside;
    }
    if (Reserved()) return Fault(query_, begin, 3, "a condition is missing before this; for the word itself quote it");
    if (++conditions_ > kMostConditions) {
      return Fault(query_, begin, 1, Say({"a query has at most ", std::to_string(kMostConditions), " conditions"}));
    }
    return Condition();
  }

  absl::StatusOr<Syntax> Condition() {
    Syntax one{Syntax::Is::kCondition, {}, {}};
    Written& written = one.written;
    written.at = at_;
    size_t colon = at_;
    while (colon < query_.size() && InFieldName(query_[colon])) ++colon;
    if (colon > at_ && colon < query_.size() && query_[colon] == ':' && IsLetter(query_[at_])) {
      written.field = std::string(query_.substr(at_, colon - at_));
      at_ = colon + 1;
    }
    written.value_at = at_;
    if (auto status = TakeValue(written.value); !status.ok()) return status;
    written.length = at_ - written.at;
    if (at_ == written.value_at) {
      return Fault(query_, written.at, written.length,
                   Say({"`", written.field, ":` has no value; write it without a blank: `", written.field, ":value`"}));
    }
    return one;
  }

  // Up to a blank or a parenthesis. Quoted parts may hold both.
  absl::Status TakeValue(std::string& value) {
    while (at_ < query_.size() && !IsBlank(query_[at_]) && query_[at_] != '(' && query_[at_] != ')') {
      if (query_[at_] != '"') {
        value.push_back(query_[at_++]);
        continue;
      }
      const size_t end = query_.find('"', at_ + 1);
      if (end == std::string_view::npos) return Fault(query_, at_, 1, "this quote is not closed");
      value.append(query_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
    }
    return absl::OkStatus();
  }

  absl::Status TooDeep(size_t at) const {
    return Fault(query_, at, 1, Say({"parentheses and negations nest at most ", std::to_string(kMostDepth), " deep"}));
  }

  void SkipBlanks() {
    while (at_ < query_.size() && IsBlank(query_[at_])) ++at_;
  }
  bool WordIs(std::string_view word) const {
    if (query_.substr(at_, word.size()) != word) return false;
    const size_t end = at_ + word.size();
    return end == query_.size() || IsBlank(query_[end]) || query_[end] == '(' || query_[end] == ')';
  }
  bool TakeWord(std::string_view word) {
    SkipBlanks();
    if (!WordIs(word)) return false;
    at_ += word.size();
    return true;
  }
  bool Reserved() const { return WordIs("OR") || WordIs("AND"); }
  // Whether another condition follows, joined by nothing.
  bool GoesOn() {
    SkipBlanks();
    return at_ < query_.size() && query_[at_] != ')' && !WordIs("OR");
  }

  const std::string_view query_;
  size_t at_ = 0;
  size_t conditions_ = 0;
};

}  // namespace

absl::Status Fault(std::string_view query, size_t at, size_t length, std::string_view what) {
  at = std::min(at, query.size());
  size_t begin = at > kShownBefore ? at - kShownBefore : 0;
  size_t end = std::min(query.size(), at + kShownAfter);
  while (begin > 0 && Continues(query[begin])) --begin;
  while (end < query.size() && Continues(query[end])) ++end;
  const size_t past = std::min(at + std::max<size_t>(length, 1), end);
  const std::string before = text::Line(query.substr(begin, at - begin));
  const std::string marked = text::Line(query.substr(at, past - at));
  const std::string carets(std::max<size_t>(text::Width(marked), 1), '^');
  return Expected({"search: ", what, "\n", before, marked, text::Line(query.substr(past, end - past)), "\n",
                   std::string(text::Width(before), ' '), carets});
}

absl::StatusOr<Syntax> ParseSyntax(std::string_view query) {
  if (query.size() > kMostQueryBytes) {
    return Expected({"search: a query has at most ", std::to_string(kMostQueryBytes), " bytes"});
  }
  if (!record::IsCleanText(query)) {
    return absl::InvalidArgumentError("search: a query is UTF-8 text without control characters");
  }
  return Parser(query).Whole();
}

}  // namespace tidegate::search
