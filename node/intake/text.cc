#include "node/intake/text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "simdjson.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

char LowerCase(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

}  // namespace

std::string Cat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (std::string_view part : parts) out.append(part);
  return out;
}

absl::Status Refused(std::initializer_list<std::string_view> parts) { return absl::InvalidArgumentError(Cat(parts)); }

std::string_view MessageOf(const absl::Status& status) {
  absl::string_view message = status.message();
  return {message.data(), message.size()};
}

std::string_view Trim(std::string_view text) {
  std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view TrimBlank(std::string_view text) {
  // U+00A0, U+2007, U+202F, U+FEFF
  constexpr std::string_view kBlanks[] = {"\xC2\xA0", "\xE2\x80\x87", "\xE2\x80\xAF", "\xEF\xBB\xBF"};
  for (bool trimmed = true; trimmed;) {
    text = Trim(text);
    trimmed = false;
    for (std::string_view blank : kBlanks) {
      if (StartsWith(text, blank)) {
        text.remove_prefix(blank.size());
        trimmed = true;
      } else if (EndsWith(text, blank)) {
        text.remove_suffix(blank.size());
        trimmed = true;
      }
    }
  }
  return text;
}

std::string Lower(std::string_view text) { return text::LowerCase(text); }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string HexOf(const crypto::Hash& hash) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::uint8_t byte : hash) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

bool IsUtf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

std::vector<std::string_view> SplitList(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    std::size_t end = text.find(separator);
    std::string_view part = Trim(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string EscapeListItem(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (c == ';') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace tidegate::intake
