// What a query means: a tree of conditions about records, each with its values read. Private to the room but for what
// search.h names.
#ifndef TIDEGATE_NODE_SEARCH_MEANING_H_
#define TIDEGATE_NODE_SEARCH_MEANING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"

namespace tidegate::search {

struct OfKind {
  uint32_t kind = 0;
};
struct ByOrigin {
  std::string name;
};
struct FromGiver {
  std::string name;
};
// These words, as WordsOf gives them, stand one after the other in a text, a narrative or a place.
struct Phrase {
  std::vector<std::string> words;
};
// A code of `list`, or one below it.
struct Coded {
  std::string list;
  std::string code;
};
struct InPlace {
  bool region = false;  // the region alone; else its name, locality or region
  Phrase phrase;
};
struct Near {
  record::Coordinates at;
  double metres = 0;
};
// The record has one of these identifiers, each a scheme and a canonical value.
struct Identified {
  std::vector<std::pair<std::string, std::string>> any;
};
// Milliseconds since 1970: from `from` on and before `until`.
struct Span {
  std::optional<int64_t> from, until;
};
enum class Clock : uint8_t { kSeen, kRaised, kCreated, kArrived };
struct At {
  Clock clock = Clock::kSeen;
  Span span;
};
// A field names a record whose id begins with these hex digits.
struct Refers {
  std::string id;
};
// A field of this name says something.
struct HasField {
  std::string name;
};
// The last two are of records that are no longer held (gone.h).
enum class State : uint8_t { kOwn, kReceived, kForked, kExpired, kRecalled, kWithdrawn };
// It arrived, or its newest revision did, after this arrival number.
struct Newer {
  uint64_t arrival = 0;
};
enum class Marking : uint8_t { kGrade, kPap, kPurpose, kTag };
struct Marked {
  Marking what = Marking::kPap;
  std::string word;
};
// TLP from `least` to `most`.
struct Tlps {
  record::Tlp least = record::Tlp::kClear, most = record::Tlp::kRed;
};
struct Numbers {
  std::optional<record::Decimal> lower, upper;
  bool lower_open = false, upper_open = false;
  std::string unit;  // empty: any
};
struct SaysUnknown {};
struct IdBegins {
  std::string hex;
};
// One field of one kind.
struct InField {
  uint32_t kind = 0;
  uint16_t slot = 0;
  std::variant<SaysUnknown, Phrase, Coded, Numbers, Span, InPlace, Identified, IdBegins, bool> says;
};

using Condition = std::variant<OfKind, ByOrigin, FromGiver, Phrase, Coded, InPlace, Near, Identified, At, Refers,
                               HasField, State, Newer, Marked, Tlps, InField>;

struct Meaning {
  enum class Is : uint8_t { kAll, kAny, kNot, kCondition };
  Is is = Is::kAll;
  std::vector<Meaning> of;  // of all, any and not
  Condition condition;      // of a condition

  static Meaning That(Condition condition) { return {Is::kCondition, {}, std::move(condition)}; }
};

// When and where somebody asks.
struct Asked {
  uint64_t now_ms = 0;
  std::string home;     // the asker's country, for national telephone numbers
  uint64_t looked = 0;  // the arrival up to which the asker has looked at what is new
};

// InvalidArgument points at what is wrong, says what was expected, and names the nearest.
absl::StatusOr<Meaning> MeaningOf(std::string_view query, const Asked& asked);

// The identifiers that somebody may mean by a value of a scheme: the value in its canonical form and, of a telephone
// number, the form that release 0.1 stored without a country.
absl::StatusOr<Identified> IdentifiedBy(std::string_view scheme, std::string_view value, std::string_view home);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_MEANING_H_
