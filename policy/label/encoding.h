// Canonical bytes of plain values, for policy's rooms: two values are equal if their bytes are.
#ifndef TIDEGATE_POLICY_LABEL_ENCODING_H_
#define TIDEGATE_POLICY_LABEL_ENCODING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::label {

// Appends numbers big-endian and texts with a 32-bit length before them, so that no two sequences of calls that differ
// in a value give the same bytes.
class Writer {
 public:
  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U32(uint32_t value);
  void Text(std::string_view text);
  void Texts(const std::vector<std::string>& texts);
  void Optional(const std::optional<std::string>& fact);
  void Optional(const std::optional<std::vector<std::string>>& facts);
  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Writer wrote. The first failure sticks: later reads give empty values and ok() is false.
class Reading {
 public:
  explicit Reading(std::string_view bytes) : rest_(bytes) {}
  uint8_t U8();
  uint32_t U32();
  std::string Text();
  // Texts in strictly ascending order.
  std::vector<std::string> Texts();
  std::optional<std::string> OptionalFact();
  std::optional<std::vector<std::string>> OptionalFacts();
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Sorted, without repetition.
std::vector<std::string> SortedUnique(std::vector<std::string> texts);

}  // namespace tidegate::label

#endif  // TIDEGATE_POLICY_LABEL_ENCODING_H_
