// The width and the lower case of characters, from the C library's tables of Unicode.
#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include "text/text.h"

namespace tidegate::text {
namespace {

// The tables of Unicode, for any setting of the environment. Debian's libc-bin brings them. Without them each character
// takes one column, and letters beyond ASCII stay as they are.
locale_t Unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

// While it lives this thread asks Unicode's tables: wcwidth has no form that takes a locale.
class UnicodeHere {
 public:
  UnicodeHere() : before_(Unicode() == nullptr ? nullptr : uselocale(Unicode())) {}
  ~UnicodeHere() {
    if (before_ != nullptr) uselocale(before_);
  }
  UnicodeHere(const UnicodeHere&) = delete;
  UnicodeHere& operator=(const UnicodeHere&) = delete;

 private:
  const locale_t before_;
};

void AppendUtf8(uint32_t c, std::string& out) {
  const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

}  // namespace

size_t Width(std::string_view line) {
  const UnicodeHere here;
  size_t width = 0;
  for (size_t at = 0; at < line.size();) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(line, at, &c);
    const int columns = length == 0 ? 1 : wcwidth(static_cast<wchar_t>(c));
    width += columns < 0 ? 1 : static_cast<size_t>(columns);
    at += length == 0 ? 1 : length;
  }
  return width;
}

std::string LowerCase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, at, &c);
    if (length == 0) {
      lower.push_back(text[at++]);
      continue;
    }
    if (length == 1) {
      lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c));
    } else {
      AppendUtf8(Unicode() == nullptr ? c : towlower_l(static_cast<wint_t>(c), Unicode()), lower);
    }
    at += length;
  }
  return lower;
}

}  // namespace tidegate::text
