// Index terms: what the store's index says of a record. The store hashes each with a secret key.
//
//   Takes    a verified view with what this node knows of it; a condition of a question
//   Gives    the record's terms; for a condition, terms of which each record has one that fulfils it or may
//   May call value, words
//   Never    make a term of a field that is not searchable, but for whether a quantity is there
//   Threads  any
//   Spec     node/record/RECORD.md, "Terms"
#ifndef TIDEGATE_NODE_RECORD_INDEX_TERMS_H_
#define TIDEGATE_NODE_RECORD_INDEX_TERMS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "node/record/terms.h"
#include "node/record/view.h"

namespace tidegate::record {

// What a term says of a record, beside those of terms.h. The numbers are part of each hash: one that was used is not
// used again with another meaning. Those below 0x0100 were terms of single fields until the third format of the store.
inline constexpr uint16_t kWordTerm = 0xfff9;      // a word of some text or place
inline constexpr uint16_t kTimeTerm = 0xfff8;      // a period in which something happened
inline constexpr uint16_t kCodeTerm = 0xfff7;      // a code of some list, or the parent of one
inline constexpr uint16_t kCellTerm = 0xfff6;      // a cell of the map
inline constexpr uint16_t kFieldTerm = 0xfff5;     // a field that says something, or that its author did not know
inline constexpr uint16_t kHandlingTerm = 0xfff4;  // a marking, or a tag
inline constexpr uint16_t kGiverTerm = 0xfff2;     // an organisation that gave it to us
inline constexpr uint16_t kStateTerm = 0xfff1;     // `own` or `forked`
inline constexpr uint16_t kMoreTerm = 0xfff3;      // the record has more terms than are kept

// A record stands in the index under so many terms at most. One that has more stands under kMoreTerm too, and whoever
// asks for a term must look at those records as well.
inline constexpr size_t kMostIndexTerms = 4096;
// So much of a record's text is cut into words.
inline constexpr size_t kMostWordBytes = size_t{256} << 10;

// A view, and what this node knows of it.
struct Indexed {
  const VerifiedView& view;
  const LocalFacts& local;
  uint64_t arrived_ms = 0;
  bool own = false;
  bool forked = false;
  std::span<const std::string> givers = {};
};
// All terms but those of its id and its author, one after the other: in no order, and perhaps more than once. `text` is
// valid during the call.
using IndexSink = absl::FunctionRef<void(uint16_t slot, std::string_view text)>;
void VisitIndexTerms(const Indexed& record, IndexSink sink);
// The same, ascending and distinct.
std::vector<Term> IndexTermsOf(const Indexed& record);
// Which terms these are hangs on this program's rules and on those that cut words. Terms of two editions differ.
std::string IndexEdition();

// Records that refer to an id which begins so; nothing for less than kReferenceDigits hex digits.
inline constexpr size_t kReferenceDigits = 4;
std::optional<Term> ReferenceBeginsTerm(std::string_view hex);
// A word as words::WordsOf gives it.
Term WordTerm(std::string_view word);
// A code and those below it.
Term CodeTerm(std::string_view list, std::string_view code);
// An organisation gave it to us; it is ours; it is forked.
Term GiverTerm(std::string_view organisation);
Term OwnTerm();
Term ForkedTerm();
// A field of that name says something; its author says that it is unknown.
Term FieldTerm(std::string_view name);
Term UnknownTerm(std::string_view name);
Term TlpTerm(Tlp tlp);
Term PapTerm(std::string_view pap);
// `part` 0 is the grade of the source, 1 of the intelligence, 2 the handling code.
Term GradeTerm(size_t part, char grade);
Term PurposeTerm(std::string_view purpose);
Term TagTerm(std::string_view tag);  // in any case

// Whose time it is: when it was seen or happened, when an alert was raised, when its author signed it, when it came
// here, when it expires.
inline constexpr std::string_view kSeenClock = "seen", kRaisedClock = "raised", kMadeClock = "made",
                                  kArrivedClock = "arrived", kExpiryClock = "expiry";
// The clock that several fields are found by together; empty for a field that has a clock of its own.
std::string_view SharedClockOf(const Slot& slot);
// The clock by which a field of type kTime is found alone: the shared one, or its own. The ends of a span have their
// own: the shared one has all that lies between them.
std::string ClockOf(const Slot& slot);
// The ends of one span, where a record has both.
inline constexpr std::string_view kFirstSeenField = "first_seen", kLastSeenField = "last_seen";
// Terms of which each record has one whose time overlaps the span, seen at `precision` or finer. Milliseconds since
// 1970; an end that is missing is open.
std::vector<Term> TimeTerms(std::string_view clock, std::optional<int64_t> from, std::optional<int64_t> until,
                            TimePrecision precision);
// Terms of which each record has one that has a place so near.
std::vector<Term> NearTerms(const Coordinates& at, double metres);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_INDEX_TERMS_H_
