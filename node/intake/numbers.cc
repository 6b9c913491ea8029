#include "node/intake/numbers.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kNumberBlanks[] = {" ", "\xC2\xA0", "\xE2\x80\x87", "\xE2\x80\x89", "\xE2\x80\xAF"};
constexpr std::size_t kGroupDigits = 3;

std::string_view DigitsOf(std::string_view* text) {
  std::size_t at = 0;
  while (at < text->size() && absl::ascii_isdigit(static_cast<unsigned char>((*text)[at]))) ++at;
  const std::string_view digits = text->substr(0, at);
  text->remove_prefix(at);
  return digits;
}

// Takes the sign that separates groups at the front of `text`, if a digit follows. Blanks of all kinds are one sign. 0
// if there is none.
char TakeGroupSign(std::string_view* text, char decimal) {
  std::string_view rest = *text;
  char sign = '\0';
  for (std::string_view blank : kNumberBlanks) {
    if (!StartsWith(rest, blank)) continue;
    rest.remove_prefix(blank.size());
    sign = ' ';
    break;
  }
  const char other = decimal == ',' ? '.' : ',';
  if (sign == '\0' && !rest.empty() && (rest.front() == other || rest.front() == '\'')) {
    sign = rest.front();
    rest.remove_prefix(1);
  }
  if (sign == '\0' || rest.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(rest.front()))) return '\0';
  *text = rest;
  return sign;
}

}  // namespace

absl::StatusOr<std::string> PlainNumber(std::string_view text, char decimal) {
  const absl::Status fault = Refused({"not a number with the decimal sign `", {&decimal, 1}, "` and groups of three"});
  std::string_view rest = TrimBlank(text);
  std::string out;
  if (StartsWith(rest, "-")) out = "-";
  if (StartsWith(rest, "-") || StartsWith(rest, "+")) rest.remove_prefix(1);
  std::string_view first = DigitsOf(&rest);
  if (first.empty()) return fault;
  out.append(first);
  char sign = '\0';
  while (char next = TakeGroupSign(&rest, decimal)) {
    const std::string_view group = DigitsOf(&rest);
    if (group.size() != kGroupDigits || first.size() > kGroupDigits || (sign != '\0' && next != sign)) return fault;
    sign = next;
    out.append(group);
  }
  if (StartsWith(rest, {&decimal, 1})) {
    rest.remove_prefix(1);
    std::string_view fraction = DigitsOf(&rest);
    if (fraction.empty()) return fault;
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (!fraction.empty()) out.append(Cat({".", fraction}));
  }
  const std::string_view unit = TrimBlank(rest);
  if (!unit.empty() && unit.find_first_of(".,'0123456789") == 0) return fault;
  return unit.empty() ? out : Cat({out, " ", unit});
}

}  // namespace tidegate::intake
