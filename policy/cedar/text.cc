#include "policy/cedar/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "text/text.h"

namespace tidegate::cedar {
namespace {

constexpr std::array<std::string_view, 10> kReserved = {"true", "false", "if",   "then", "else",
                                                        "in",   "is",    "like", "has",  "__cedar"};

// A no-break space is deceptive too: it looks like any other space.
bool IsDeceptive(uint32_t c) { return c == 0xA0 || text::Hides(c); }

void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    uint32_t c = 0;
    const size_t length = text::DecodeUtf8(text, at, &c);
    if (length == 0) {  // cannot come from a parsed text; shown so that printing stays total
      out += "\\u{FFFD}";
      ++at;
      continue;
    }
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case 0:
        out += "\\0";
        break;
      default:
        if (IsDeceptive(c)) {
          char buffer[16];
          std::snprintf(buffer, sizeof buffer, "\\u{%X}", c);
          out += buffer;
        } else {
          out.append(text.substr(at, length));
        }
    }
    at += length;
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status BadEscape(std::string_view what) { return Invalid(what); }

// \xHH with HH at most 7F; `i` is at the first digit and left after the last.
absl::Status ReadHexEscape(std::string_view raw, size_t& i, std::string& out) {
  const int high = i < raw.size() ? HexDigit(raw[i]) : -1;
  const int low = i + 1 < raw.size() ? HexDigit(raw[i + 1]) : -1;
  if (high < 0 || low < 0) return BadEscape("`\\x` needs two hexadecimal digits");
  if (high > 7) return BadEscape("`\\x` goes up to `\\x7F`; use `\\u{..}` beyond");
  out.push_back(static_cast<char>(high * 16 + low));
  i += 2;
  return absl::OkStatus();
}

// \u{H..} with one to six digits; underscores may stand after the first.
absl::Status ReadUnicodeEscape(std::string_view raw, size_t& i, std::string& out) {
  if (i >= raw.size() || raw[i] != '{') return BadEscape("`\\u` needs a code point in braces, as in `\\u{1F600}`");
  uint32_t value = 0;
  int digits = 0;
  for (++i; i < raw.size() && raw[i] != '}'; ++i) {
    if (raw[i] == '_' && digits > 0) continue;
    const int digit = HexDigit(raw[i]);
    if (digit < 0) return BadEscape("`\\u{..}` takes hexadecimal digits only");
    if (++digits > 6) return BadEscape("`\\u{..}` takes at most six digits");
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  if (i >= raw.size() || digits == 0) return BadEscape("`\\u` needs a code point in braces, as in `\\u{1F600}`");
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return BadEscape("no such Unicode character");
  ++i;
  AppendUtf8(out, value);
  return absl::OkStatus();
}

// One escape; `i` is at the backslash and left after the escape.
absl::Status ReadEscape(std::string_view raw, size_t& i, std::string& out) {
  if (++i >= raw.size()) return BadEscape("the text ends within an escape");
  const char c = raw[i++];
  switch (c) {
    case 'n':
      out.push_back('\n');
      return absl::OkStatus();
    case 'r':
      out.push_back('\r');
      return absl::OkStatus();
    case 't':
      out.push_back('\t');
      return absl::OkStatus();
    case '0':
      out.push_back('\0');
      return absl::OkStatus();
    case '\\':
    case '\'':
    case '"':
      out.push_back(c);
      return absl::OkStatus();
    case 'x':
      return ReadHexEscape(raw, i, out);
    case 'u':
      return ReadUnicodeEscape(raw, i, out);
    default:
      return BadEscape(Cat("unknown escape `\\", std::string_view(&c, 1), "`"));
  }
}

}  // namespace

absl::Status Invalid(std::string_view message) {
  return absl::InvalidArgumentError(absl::string_view(message.data(), message.size()));
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  AppendEscaped(out, text);
  out.push_back('"');
  return out;
}

std::string Quoted(const Pattern& pattern) {
  std::string out = "\"";
  for (size_t i = 0; i < pattern.parts.size(); ++i) {
    if (i > 0) out.push_back('*');
    std::string part;
    AppendEscaped(part, pattern.parts[i]);
    for (char c : part) {
      if (c == '*') out.push_back('\\');
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

bool Pattern::Matches(std::string_view text) const {
  if (parts.size() == 1) return text == parts[0];
  const std::string& head = parts.front();
  const std::string& tail = parts.back();
  if (text.size() < head.size() + tail.size()) return false;
  if (text.substr(0, head.size()) != head) return false;
  if (text.substr(text.size() - tail.size()) != tail) return false;
  // Between head and tail the earliest place for each part leaves most room for the next.
  std::string_view rest = text.substr(head.size(), text.size() - head.size() - tail.size());
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t found = rest.find(parts[i]);
    if (found == std::string_view::npos) return false;
    rest.remove_prefix(found + parts[i].size());
  }
  return true;
}

absl::StatusOr<std::string> Unescape(std::string_view raw, size_t* at) {
  std::string out;
  out.reserve(raw.size());
  for (size_t i = 0; i < raw.size();) {
    *at = i;
    if (raw[i] == '\r') return BadEscape("a bare carriage return; write `\\r`");
    if (raw[i] != '\\') {
      out.push_back(raw[i++]);
    } else if (absl::Status s = ReadEscape(raw, i, out); !s.ok()) {
      return s;
    }
  }
  return out;
}

absl::StatusOr<Pattern> UnescapePattern(std::string_view raw, size_t* at) {
  Pattern pattern;
  pattern.parts.emplace_back();
  for (size_t i = 0; i < raw.size();) {
    *at = i;
    std::string& part = pattern.parts.back();
    if (raw[i] == '\r') return BadEscape("a bare carriage return; write `\\r`");
    if (raw[i] == '*') {
      pattern.parts.emplace_back();
      ++i;
    } else if (raw[i] == '\\' && i + 1 < raw.size() && raw[i + 1] == '*') {
      part.push_back('*');
      i += 2;
    } else if (raw[i] != '\\') {
      part.push_back(raw[i++]);
    } else if (absl::Status s = ReadEscape(raw, i, part); !s.ok()) {
      return s;
    }
  }
  return pattern;
}

bool IsUtf8(std::string_view text, size_t* bad_at) {
  uint32_t c = 0;
  for (size_t at = 0; at < text.size();) {
    if (static_cast<uint8_t>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const size_t length = text::DecodeUtf8(text, at, &c);
    if (length == 0) {
      *bad_at = at;
      return false;
    }
    at += length;
  }
  return true;
}

void AppendUtf8(std::string& out, uint32_t c) {
  const auto push = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | (c >> 6));
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | (c >> 12));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | (c >> 18));
    push(0x80 | ((c >> 12) & 0x3F));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

bool IsReservedWord(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

bool IsIdentifier(std::string_view word) {
  if (word.empty() || !(absl::ascii_isalpha(static_cast<unsigned char>(word[0])) || word[0] == '_')) return false;
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

bool IsPlainIdentifier(std::string_view word) { return IsIdentifier(word) && !IsReservedWord(word); }

bool IsName(std::string_view text) {
  for (;;) {
    const size_t end = text.find("::");
    if (!IsPlainIdentifier(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 2);
  }
}

}  // namespace tidegate::cedar
