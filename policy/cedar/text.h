#ifndef TIDEGATE_POLICY_CEDAR_TEXT_H_
#define TIDEGATE_POLICY_CEDAR_TEXT_H_

// Texts: escapes, identifiers, and the joining of messages. Private to the room.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/cedar/source.h"

namespace tidegate::cedar {

// Joins texts and numbers. (Distribution builds of absl have a string_view of their own, which StrCat insists on.)
inline void AppendPart(std::string& out, std::string_view part) { out.append(part); }
template <std::integral T>
void AppendPart(std::string& out, T number) {
  out.append(std::to_string(number));
}
template <typename... Parts>
void Append(std::string& out, const Parts&... parts) {
  (AppendPart(out, parts), ...);
}
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  Append(out, parts...);
  return out;
}

absl::Status Invalid(std::string_view message);
inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// A hash map by text. A look-up takes any kind of text.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename V>
using TextMap = absl::flat_hash_map<std::string, V, TextHash, std::equal_to<>>;

// Bounds on the work that text from outside can cause.
inline constexpr size_t kMaxTextBytes = 16u << 20;      // any text we parse
inline constexpr uint32_t kMaxDepth = 500;              // nesting of expressions, values and types
inline constexpr uint32_t kMaxPolicyWeight = 1u << 20;  // nodes of one policy, shared ones counted each time

// A pattern of `like`: text with wildcards.
struct Pattern {
  // Wildcards stand between consecutive parts: `a*b` is {"a", "b"}, `*` is {"", ""}.
  std::vector<std::string> parts;
  bool Matches(std::string_view text) const;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// `text` as a Cedar string literal, quotes included. Everything that could mislead a reader is escaped.
std::string Quoted(std::string_view text);
std::string Quoted(const Pattern& pattern);

// Reads the text between the quotes of a literal. On failure `*at` is the offset of the bad escape within `raw`.
absl::StatusOr<std::string> Unescape(std::string_view raw, size_t* at);
absl::StatusOr<Pattern> UnescapePattern(std::string_view raw, size_t* at);

bool IsUtf8(std::string_view text, size_t* bad_at);
void AppendUtf8(std::string& out, uint32_t code_point);

bool IsReservedWord(std::string_view word);     // true, if, in, __cedar, ...
bool IsIdentifier(std::string_view word);       // by its letters only
bool IsPlainIdentifier(std::string_view word);  // an identifier that is not reserved
bool IsName(std::string_view text);             // plain identifiers joined by `::`

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_TEXT_H_
