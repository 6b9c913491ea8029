// For any bytes, the shown text is UTF-8 without hidden characters, and its further lines stand behind the bar.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "text/text.h"

namespace {

void ExpectShown(std::string_view shown, bool lines) {
  for (size_t at = 0; at < shown.size();) {
    uint32_t c = 0;
    const size_t length = tidegate::text::DecodeUtf8(shown, at, &c);
    if (length == 0) std::abort();
    if (lines && c == '\n') {
      if (shown.substr(at + 1, 2) != "| ") std::abort();
    } else if (tidegate::text::Hides(c)) {
      std::abort();
    }
    at += length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ExpectShown(tidegate::text::Line(text), false);
  ExpectShown(tidegate::text::Lines(text, "| "), true);
  ExpectShown(tidegate::text::Html(text), false);
  ExpectShown(tidegate::text::Json(text), false);
  const size_t half = size / 2;
  tidegate::text::Nearest nearest(text.substr(0, half));
  nearest.Offer(text.substr(half), "answer");
  return 0;
}
