#include "node/record/value/telephone.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "node/record/value/ascii.h"
#include "node/record/value/refusal.h"
#include "node/record/value/value.h"

namespace tidegate::value {
namespace {

namespace numbers = i18n::phonenumbers;

constexpr size_t kFewestDigits = 4;
constexpr size_t kMostDigits = 15;
constexpr size_t kMostBytes = 64;
constexpr int kMostPasses = 4;
constexpr char kNoRegion[] = "ZZ";

// The tables of national numbering plans: made once, then only read. The library's own logger prints, so it is muted.
const numbers::PhoneNumberUtil& Plans() {
  static const numbers::PhoneNumberUtil& plans = []() -> const numbers::PhoneNumberUtil& {
    numbers::PhoneNumberUtil* const instance = numbers::PhoneNumberUtil::GetInstance();
    instance->SetLogger(new numbers::NullLogger);
    return *instance;
  }();
  return plans;
}

// The text without `tel:`, with all kinds of spaces and hyphens as spaces. None if it has another character: the
// library would drop a letter, and the number would not be the one that somebody meant.
std::optional<std::string> Dialled(std::string_view text) {
  static constexpr std::string_view kBlanks[] = {"\u00A0", "\u2009", "\u202F", "\u2010", "\u2011", "\u2012", "\u2013"};
  if (Lowered(text.substr(0, 4)) == "tel:") text.remove_prefix(4);
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    size_t taken = 1;
    if (IsDigit(c) || (c == '+' && out.find_first_not_of(" (") == std::string::npos) || OneOf({&c, 1}, {"(", ")"})) {
      out.push_back(c);
    } else if (OneOf({&c, 1}, {" ", "-", ".", "/"})) {
      out.push_back(' ');
    } else {
      taken = 0;
      for (std::string_view blank : kBlanks) {
        if (text.substr(0, blank.size()) == blank) taken = blank.size();
      }
      if (taken == 0) return std::nullopt;
      out.push_back(' ');
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::string DigitsOf(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) digits.push_back(c);
  }
  return digits;
}

// The number as its plan has it, if it is as long as a whole number of that plan. A number with a zero too many takes
// another pass to have none, so that what this gives it gives again.
std::optional<std::string> ByItsPlan(std::string text, const std::string& region) {
  for (int pass = 0; pass < kMostPasses; ++pass) {
    numbers::PhoneNumber number;
    if (Plans().Parse(text, region, &number) != numbers::PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
    if (Plans().IsPossibleNumberWithReason(number) != numbers::PhoneNumberUtil::IS_POSSIBLE) return std::nullopt;
    Plans().Format(number, numbers::PhoneNumberUtil::E164, &text);
    if (!number.italian_leading_zero()) break;
  }
  return text;
}

// How long the whole national numbers of each calling code are. The library finds that out anew for each number, with
// regular expressions, which costs more than all else that an import does with a number.
class KnownLengths {
 public:
  static const KnownLengths& Get() {
    static const KnownLengths lengths;
    return lengths;
  }

  // Whether the number, as it stands, is as long as a whole one. Of those of which it says no, some are: where the plan
  // drops a digit.
  bool Have(std::string_view digits) const {
    size_t code = 0;
    for (size_t length = 1; length <= kMostCodeDigits && length < digits.size(); ++length) {
      code = 10 * code + static_cast<size_t>(digits[length - 1] - '0');
      if (by_code_[code] == 0) continue;
      const std::string_view national = digits.substr(length);
      return national.front() != '0' && national.size() <= kMostDigits && (by_code_[code] >> national.size() & 1) != 0;
    }
    return false;
  }

 private:
  static constexpr size_t kMostCodeDigits = 3;
  static constexpr size_t kFewestNational = 2;

  KnownLengths() {
    std::set<int> codes;
    Plans().GetSupportedCallingCodes(&codes);
    for (const int code : codes) {
      if (code < 1 || code >= static_cast<int>(by_code_.size())) continue;  // none is
      uint64_t shortest = 10;
      for (size_t length = kFewestNational; length <= kMostDigits; ++length, shortest *= 10) {
        numbers::PhoneNumber number;
        number.set_country_code(code);
        number.set_national_number(shortest);
        const bool whole = Plans().IsPossibleNumberWithReason(number) == numbers::PhoneNumberUtil::IS_POSSIBLE;
        if (whole) by_code_[static_cast<size_t>(code)] |= 1U << length;
      }
    }
  }

  std::array<uint32_t, 1000> by_code_{};  // bit n: n digits
};

// Whether a zero that is not dialled from abroad may stand behind the calling code, which has one to three digits.
bool MayHaveTrunkZero(std::string_view number) { return number.substr(2, 3).find('0') != std::string_view::npos; }

}  // namespace

absl::StatusOr<std::string> CanonicalTelephone(std::string_view text, std::string_view home) {
  std::optional<std::string> dialled = Dialled(text);
  if (!dialled || text.size() > kMostBytes) {
    return Refuse({"a telephone number has digits, spaces, `+-.()/` and nothing else"});
  }
  const bool plus = dialled->find('+') != std::string::npos;
  const bool zeros = !plus && DigitsOf(*dialled).compare(0, 2, "00") == 0;  // in most countries dialled for `+`
  const size_t trunk = dialled->find("(0)");                                // `+44 (0)20`: not dialled from abroad
  if ((plus || zeros) && trunk != std::string::npos && trunk > 0) dialled->erase(trunk, 3);
  const std::string digits = DigitsOf(*dialled).substr(zeros ? 2 : 0);
  if (digits.size() < kFewestDigits) return Refuse({"a telephone number has 4 to 15 digits"});
  std::string number = plus || zeros ? "+" + digits : *dialled;
  if (number.compare(0, 2, "+0") == 0) {
    return Refuse({"after the `+` of a telephone number comes its country's calling code, which never begins with 0"});
  }

  if (plus || zeros) {
    if (digits.size() > kMostDigits) return Refuse({"a telephone number has 4 to 15 digits"});
    return MayHaveTrunkZero(number) ? ByItsPlan(number, kNoRegion).value_or(number) : number;
  }
  if (home.empty()) {
    return Refuse({"a telephone number without its country would match nothing; write it as `+44 7700 900123`"});
  }
  if (std::optional<std::string> planned = ByItsPlan(number, std::string(home))) return *std::move(planned);
  return Refuse({"not a whole telephone number of ", home, "; write it with its country, as `+44 7700 900123`"});
}

bool IsOfKnownLength(std::string_view telephone) {
  const bool digits_alone = telephone.size() > 1 && telephone.front() == '+' &&
                            std::all_of(telephone.begin() + 1, telephone.end(), [](char c) { return IsDigit(c); });
  if (digits_alone && KnownLengths::Get().Have(telephone.substr(1))) return true;
  return ByItsPlan(std::string(telephone), kNoRegion).has_value();
}

std::string CountryOfCallingCode(std::string_view calling_code) {
  int code = 0;
  std::string region;
  if (!absl::SimpleAtoi(DigitsOf(calling_code), &code)) return region;
  Plans().GetRegionCodeForCountryCode(code, &region);
  const CodeList* countries = Catalogue::FindCodeList(kCountryList);
  const bool known = countries != nullptr && Catalogue::FindCode(*countries, region) != nullptr;
  return known ? region : std::string();
}

}  // namespace tidegate::value
