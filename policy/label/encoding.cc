#include "policy/label/encoding.h"

#include <algorithm>
#include <utility>

namespace tidegate::label {

void Writer::U32(uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) U8(static_cast<uint8_t>(value >> shift));
}

void Writer::Text(std::string_view text) {
  U32(static_cast<uint32_t>(text.size()));
  out_.append(text);
}

void Writer::Texts(const std::vector<std::string>& texts) {
  U32(static_cast<uint32_t>(texts.size()));
  for (const std::string& text : texts) Text(text);
}

void Writer::Optional(const std::optional<std::string>& fact) {
  U8(fact.has_value() ? 1 : 0);
  if (fact.has_value()) Text(*fact);
}

void Writer::Optional(const std::optional<std::vector<std::string>>& facts) {
  U8(facts.has_value() ? 1 : 0);
  if (facts.has_value()) Texts(*facts);
}

uint8_t Reading::U8() {
  if (!ok_ || rest_.empty()) {
    ok_ = false;
    return 0;
  }
  const auto value = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

uint32_t Reading::U32() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = (value << 8) | U8();
  return ok_ ? value : 0;
}

std::string Reading::Text() {
  const uint32_t size = U32();
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  std::string text(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return text;
}

std::vector<std::string> Reading::Texts() {
  std::vector<std::string> texts;
  const uint32_t count = U32();
  // Each text takes at least its length: a count beyond that is a lie, found before anything is reserved.
  if (!ok_ || count > rest_.size() / 4) {
    ok_ = false;
    return {};
  }
  for (uint32_t i = 0; i < count && ok_; ++i) {
    texts.push_back(Text());
    if (i > 0 && texts[i - 1] >= texts[i]) ok_ = false;
  }
  return ok_ ? texts : std::vector<std::string>{};
}

std::optional<std::string> Reading::OptionalFact() {
  const uint8_t present = U8();
  if (present > 1) ok_ = false;
  if (!ok_ || present == 0) return std::nullopt;
  return Text();
}

std::optional<std::vector<std::string>> Reading::OptionalFacts() {
  const uint8_t present = U8();
  if (present > 1) ok_ = false;
  if (!ok_ || present == 0) return std::nullopt;
  return Texts();
}

std::vector<std::string> SortedUnique(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

}  // namespace tidegate::label
