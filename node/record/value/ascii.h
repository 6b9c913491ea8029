// ASCII text, in which the catalogue writes its words and codes. Bytes above 127 stay as they are.
//
//   Threads  free functions
#ifndef TIDEGATE_NODE_RECORD_VALUE_ASCII_H_
#define TIDEGATE_NODE_RECORD_VALUE_ASCII_H_

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tidegate::value {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

inline std::string Lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

inline std::string Uppered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Upper);
  return out;
}

// The text without blanks, tabs and line ends at both ends.
constexpr std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

inline bool OneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_ASCII_H_
