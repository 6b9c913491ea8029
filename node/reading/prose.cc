#include "node/reading/prose.h"

#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "policy/policy.h"

namespace tidegate::reading {
namespace {

// Shorter values are found in any text by chance.
constexpr size_t kShortestWord = 4;
constexpr size_t kShortestIdentifier = 6;
// A telephone number is written with and without its country's prefix: its last digits are the same.
constexpr size_t kNationalDigits = 9;

bool IsLetter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(byte) || byte >= 0x80;
}

// Words in lower case with one space around each: " the red lion ".
std::string Words(std::string_view text) {
  std::string words = " ";
  for (const char c : text) {
    if (IsLetter(c)) {
      words += static_cast<char>(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

std::string WithoutSpaces(std::string_view words) {
  std::string compact;
  for (const char c : words) {
    if (c != ' ') compact += c;
  }
  return compact;
}

}  // namespace

Prose::Prose(std::string_view text) : words_(Words(text)) {
  for (const char c : words_) {
    if (c == ' ') {
      edges_.resize(compact_.size() + 1, false);
      edges_.back() = true;
    } else {
      compact_ += c;
    }
  }
  edges_.resize(compact_.size() + 1, true);
}

bool Prose::ContainsWords(std::string_view value) const {
  const std::string sought = Words(value);
  return WithoutSpaces(sought).size() >= kShortestWord && words_.find(sought) != std::string::npos;
}

bool Prose::ContainsIdentifier(std::string_view value) const {
  std::string sought = WithoutSpaces(Words(value));
  if (sought.size() < kShortestIdentifier) return false;
  const bool digits = sought.find_first_not_of("0123456789") == std::string::npos;
  const bool national = digits && sought.size() > kNationalDigits;
  if (national) sought = sought.substr(sought.size() - kNationalDigits);
  for (size_t at = compact_.find(sought); at != std::string::npos; at = compact_.find(sought, at + 1)) {
    if (!edges_[at + sought.size()]) continue;
    size_t begin = at;
    while (national && !edges_[begin] && absl::ascii_isdigit(static_cast<unsigned char>(compact_[begin - 1]))) --begin;
    if (edges_[begin]) return true;
  }
  return false;
}

// The parts of a narrative that can be read at a rung: each coarser rung drops one.
Prose ProseOf(const record::Value& value, int8_t rung) {
  std::string text;
  for (const record::Scalar& scalar : value.items) {
    if (const auto* told = std::get_if<record::Text>(&scalar)) absl::StrAppend(&text, told->text, "\n");
    const auto* narrative = std::get_if<record::Narrative>(&scalar);
    if (narrative == nullptr) continue;
    if (rung < 1) absl::StrAppend(&text, narrative->text, "\n");
    if (rung < 2) absl::StrAppend(&text, narrative->sanitised, "\n");
    absl::StrAppend(&text, narrative->heading, "\n");
  }
  return Prose(text);
}

// Whether the prose says of the value what its rung (kWithheld: all of it) keeps back.
bool Says(const Prose& prose, const record::Value& value, int8_t rung) {
  const int8_t hidden = rung == policy::kWithheld ? 3 : rung;  // parts of a place that are kept back, finest first
  for (const record::Scalar& scalar : value.items) {
    if (const auto* text = std::get_if<record::Text>(&scalar)) {
      if (prose.ContainsWords(text->text)) return true;
    } else if (const auto* identifier = std::get_if<record::Identifier>(&scalar)) {
      if (!identifier->masked && prose.ContainsIdentifier(identifier->value)) return true;
    } else if (const auto* place = std::get_if<record::Place>(&scalar)) {
      if (hidden >= 1 && prose.ContainsWords(place->name)) return true;
      if (hidden >= 2 && prose.ContainsWords(place->locality)) return true;
      if (hidden >= 3 && prose.ContainsWords(place->region)) return true;
    }
  }
  return false;
}

}  // namespace tidegate::reading
