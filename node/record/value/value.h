// The door of the value room: what the fields of records can say, how people and programs write it, its one canonical
// encoding. catalogue.h says which fields there are, ladder.h makes a value less precise.
//
//   Takes    a person's text or JSON for a field; untrusted canonical bytes
//   Gives    Value, canonical bytes, text to show, JSON
//   May call crypto (bytes, hash), text (the nearest word)
//   Never    accept two encodings of one value: what DecodeValue accepts, EncodeValue writes again byte by byte
//   Threads  values are ordinary data; any thread may call the functions
//   Spec     node/record/RECORD.md, "Values"
//
// Unknown is a value and says so. A field about which nothing is said is not in the record.
#ifndef TIDEGATE_NODE_RECORD_VALUE_VALUE_H_
#define TIDEGATE_NODE_RECORD_VALUE_VALUE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "nlohmann/json_fwd.hpp"
#include "node/record/value/catalogue.h"  // IWYU pragma: export

namespace tidegate::value {

// The author looked and does not know (CTDC's -99). In a list it is the only item.
struct Unknown {
  bool operator==(const Unknown&) const = default;
};

// Valid UTF-8, not empty, without control characters except tab, line feed and carriage return.
struct Text {
  std::string text;
  bool operator==(const Text&) const = default;
};

struct CodeValue {
  std::string code;
  bool operator==(const CodeValue&) const = default;
};

// mantissa / 10^scale, |mantissa| <= 10^18, scale <= 8, and no trailing zero in the fraction.
struct Decimal {
  int64_t mantissa = 0;
  uint8_t scale = 0;
  bool operator==(const Decimal&) const = default;
};
// Negative, zero or positive as `a` is below, equal to or above `b`.
int Compare(const Decimal& a, const Decimal& b);
// Reads `12`, `-12.50`, `60,000`, `ten`. None if it is no number or does not fit. FormatDecimal writes no commas:
// `-12.5`.
std::optional<Decimal> ParseDecimal(std::string_view text);
std::string FormatDecimal(const Decimal& decimal);

// "<5" is upper 5 and open; "at least ten" is lower 10; "7" is lower 7 and upper 7. A quantity without bounds says only
// its unit ("some sterling").
struct Quantity {
  std::optional<Decimal> lower;
  std::optional<Decimal> upper;
  bool lower_open = false;
  bool upper_open = false;
  bool approximate = false;
  std::string unit;  // "years", "persons", ...; for money its ISO 4217 code
  bool operator==(const Quantity&) const = default;
};

enum class TimePrecision : uint8_t { kMinute = 0, kDay = 1, kMonth = 2, kYear = 3 };

// UTC, proleptic Gregorian, years 1 to 9999. Parts below the precision are 0.
struct Instant {
  uint16_t year = 0;
  uint8_t month = 0;
  uint8_t day = 0;
  uint16_t minute = 0;  // of the day
  TimePrecision precision = TimePrecision::kYear;
  bool operator==(const Instant&) const = default;
};

// From the beginning of `from` to the end of `to`. One of them may be missing (open). A single date has both equal.
struct TimeRange {
  std::optional<Instant> from;
  std::optional<Instant> to;
  bool operator==(const TimeRange&) const = default;
};

// WGS 84 in millionths of a degree.
struct Coordinates {
  int32_t latitude_e6 = 0;
  int32_t longitude_e6 = 0;
  bool operator==(const Coordinates&) const = default;
};

// Empty parts are not known. At least one part is given.
struct Place {
  std::string name;                        // exact: a street address, a premises
  std::string locality;                    // town or city
  std::string region;                      // county, state, police area
  std::string country;                     // a code of the list "country"
  std::optional<Coordinates> coordinates;  // exact
  bool operator==(const Place&) const = default;
};

// `value` is canonical for its scheme (CanonicalIdentifier). If masked, it is what the ladder left of it.
struct Identifier {
  std::string scheme;
  std::string value;
  bool masked = false;
  bool operator==(const Identifier&) const = default;
};

using RecordId = std::array<uint8_t, 16>;

struct Reference {
  RecordId id{};
  bool operator==(const Reference&) const = default;
};

struct Attachment {
  crypto::Hash sha256{};
  uint64_t size = 0;
  std::string media_type;
  bool operator==(const Attachment&) const = default;
};

struct Tristate {
  bool yes = false;  // "unknown" is Unknown
  bool operator==(const Tristate&) const = default;
};

// The finest rung has all three parts; each coarser rung drops the first. The author did not write empty parts.
struct Narrative {
  std::string text;
  std::string sanitised;
  std::string heading;
  bool operator==(const Narrative&) const = default;
};

using Scalar = std::variant<Unknown, Text, CodeValue, Quantity, TimeRange, Place, Identifier, Reference, Attachment,
                            Tristate, Narrative>;

// The value of a field. A slot that is not repeated has exactly one item; a repeated one has 1 to kMaxItems distinct
// items.
struct Value {
  std::vector<Scalar> items;
  bool operator==(const Value&) const = default;
};

inline constexpr size_t kMaxItems = 256;
// The longest canonical encoding of any value, whatever the catalogue says.
inline constexpr uint32_t kMaxValueBytes = 1u << 20;

// The `u8 type` of CRYPTO.md for a slot: its type, with kListBit if it repeats.
uint8_t TypeNumber(const Slot& slot);

// Canonical bytes (RECORD.md, "Encodings"). The value must be valid for the slot's type.
std::string EncodeValue(const Slot& slot, const Value& value);
// Strict: EncodeValue gives exactly the bytes that this accepts. Checks the type, the slot's max_bytes, UTF-8, ranges,
// and that codes, units, schemes and countries are in the catalogue. InvalidArgument names the field and never quotes
// the value. For untrusted input: bounded.
absl::StatusOr<Value> DecodeValue(const Slot& slot, std::string_view bytes);

// The same checks for a value made in memory.
absl::Status ValidateValue(const Slot& slot, const Value& value);

// Reads what a person or a foreign format writes:
//   any          `unknown`
//   text         as it is
//   code         the code, or its label in any case
//   quantity     `7`, `<5`, `<=5`, `>10`, `at least ten`, `at most 5`, `3-7`, `~20`, `1200 GBP`, `GBP 60,000`
//   time         `2026`, `2026-03`, `2026-03-04`, `2026-03-04T10:20Z`, `2026-03-04 10:20+02:00`
//   period       `2026-01..2026-03`, `2026-01..`
//   place        `name|locality|region|country|lat,lon` (trailing parts may be left out), or a country alone
//   identifier   `scheme:value`; the scheme may be left out where the slot has only one
//   reference    32 hex digits
//   attachment   `sha256hex size media/type`
//   tristate     `yes`, `no`, `true`, `false`, `1`, `0`, `-99`
//   narrative    the full text (its sanitised text and heading are set apart: Draft::SetField)
// A repeated slot takes items separated by `;` (write `\;` for a semicolon); a repeated item is kept once.
// `home` is the country (a code of the list "country") of whoever wrote the text: national telephone numbers are its.
// Where it is empty they are refused, for without their country they would match nothing.
// An amount such as `1.260 GBP` can be read in two ways, so it is refused.
// InvalidArgument names the field, what is wrong and what would be right.
absl::StatusOr<Value> ParseValue(const Slot& slot, std::string_view text, std::string_view home = {});

// For people, one line per item (a narrative may have more): "Leeds, West Yorkshire, GB", "<5 persons", "unknown".
std::string DisplayValue(const Slot& slot, const Value& value);
std::string DisplayScalar(const Scalar& scalar);

// For programs. A repeated slot gives an array; unknown is null; parts that are not known are left out. FromJson also
// takes a string that ParseValue would take. FromJson(ToJson(v)) == v.
nlohmann::json ToJson(const Slot& slot, const Value& value);
absl::StatusOr<Value> FromJson(const Slot& slot, const nlohmann::json& json, std::string_view home = {});

// Instants in text form at their precision: "2026-03", "2026-03-04T10:20Z".
std::string FormatInstant(const Instant& instant);
// The beginning of an instant and its end (exclusive), in milliseconds since 1970. They are for ordering and search.
int64_t BeginMs(const Instant& instant);
int64_t EndMs(const Instant& instant);

// The canonical form of an identifier of `scheme`: telephone numbers in E.164, plates, IBANs and the like in upper case
// without separators, e-mail addresses in lower case, others trimmed. `home` as in ParseValue. InvalidArgument if it
// cannot be one (a wrong IBAN check sum, a telephone number of three digits or of no country).
absl::StatusOr<std::string> CanonicalIdentifier(std::string_view scheme, std::string_view value,
                                                std::string_view home = {});
// The country of a calling code (`+44`: GB). If several countries share the code, the largest one. Empty if no country
// has it.
std::string CountryOfCallingCode(std::string_view calling_code);
// The scheme of identifiers that somebody means, of any field. `Case` means `case`, and `tel` means `phone`.
// InvalidArgument names the nearest scheme, or the schemes that the word can mean.
absl::StatusOr<std::string> ParseScheme(std::string_view text);

// The country or area that `text` spells, as its code in the list "country": alpha-2 in any case, alpha-3, its English
// name or a common short form (UK). InvalidArgument names the nearest.
absl::StatusOr<std::string> ParseCountry(std::string_view text);

// True for valid UTF-8 without control characters but tab, line feed and carriage return.
bool IsCleanText(std::string_view text);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_VALUE_H_
