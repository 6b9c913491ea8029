// Texts for a terminal, a log, a page, a JSON file.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "text/text.h"

namespace tidegate::text {
namespace {

struct Range {
  uint32_t first, last;
};

// Unicode 15: general categories Cc, Cf, Zl and Zp, and Default_Ignorable_Code_Point. In order.
constexpr Range kHidden[] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// A space of any script; also the ends of lines, which are hidden too.
bool IsSpace(uint32_t c) {
  return c == ' ' || (c >= 0x9 && c <= 0xD) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x2800 || c == 0x3000;
}

bool Plain(char c) { return c >= 0x20 && c < 0x7F; }

template <typename... Arguments>
void Format(std::string& out, const char* format, Arguments... arguments) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  out += buffer;
}

// Writes out hidden characters and bytes that are no UTF-8. `other` gets each other code point with its bytes.
template <typename Other>
void Encode(std::string_view text, std::string& out, Other other) {
  out.reserve(out.size() + text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t code_point = 0;
    const size_t length = DecodeUtf8(text, at, &code_point);
    if (length == 0) {
      Format(out, "\\x%02X", static_cast<unsigned>(static_cast<uint8_t>(text[at++])));
      continue;
    }
    if (Hides(code_point)) {
      Format(out, "\\u{%X}", static_cast<unsigned>(code_point));
    } else {
      other(code_point, text.substr(at, length));
    }
    at += length;
  }
}

}  // namespace

size_t DecodeUtf8(std::string_view text, size_t at, uint32_t* code_point) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  const size_t length = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  uint32_t value = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
  *code_point = value;
  return length;
}

bool Hides(uint32_t code_point) {
  const auto* range = std::lower_bound(std::begin(kHidden), std::end(kHidden), code_point,
                                       [](const Range& r, uint32_t c) { return r.last < c; });
  return range != std::end(kHidden) && range->first <= code_point;
}

std::string Visible(std::string_view text) {
  std::string out;
  bool space = false;
  for (size_t at = 0; at < text.size();) {
    uint32_t code_point = 0;
    const size_t length = DecodeUtf8(text, at, &code_point);
    const bool is_text = length != 0;
    if (is_text && IsSpace(code_point)) {
      space = !out.empty();
    } else if (!is_text || !Hides(code_point)) {
      if (std::exchange(space, false)) out += ' ';
      out.append(text.substr(at, is_text ? length : 1));
    }
    at += is_text ? length : 1;
  }
  return out;
}

std::string Line(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), Plain)) return std::string(text);
  std::string out;
  Encode(text, out, [&](uint32_t, std::string_view bytes) { out.append(bytes); });
  return out;
}

std::string Lines(std::string_view text, std::string_view further) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::string out;
  for (bool first = true;; first = false) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (end != std::string_view::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!first) out.append("\n").append(further);
    out += Line(line);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string Html(std::string_view text) {
  std::string out;
  Encode(text, out, [&](uint32_t code_point, std::string_view bytes) {
    switch (code_point) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.append(bytes);
    }
  });
  return out;
}

namespace {

// How many bytes from `at` on JSON takes as they are: most of a text are.
size_t PlainAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && text[end] >= ' ' && text[end] <= '~' && text[end] != '"' && text[end] != '\\') ++end;
  return end - at;
}

}  // namespace

std::string Json(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (size_t at = 0; at < text.size();) {
    if (const size_t plain = PlainAt(text, at); plain > 0) {
      out.append(text, at, plain);
      at += plain;
      continue;
    }
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, at, &c);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    if (c == '"' || c == '\\') {
      out.append("\\").append(text.substr(at, 1));
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (!Hides(c)) {
      out.append(text.substr(at, length));
    } else if (c < 0x10000) {
      Format(out, "\\u%04x", static_cast<unsigned>(c));
    } else {  // two halves, as JSON wants it
      Format(out, "\\u%04x", static_cast<unsigned>(0xD800 + ((c - 0x10000) >> 10)));
      Format(out, "\\u%04x", static_cast<unsigned>(0xDC00 + ((c - 0x10000) & 0x3FF)));
    }
    at += length;
  }
  out += '"';
  return out;
}

}  // namespace tidegate::text
