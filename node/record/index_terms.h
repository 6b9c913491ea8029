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

// What a term says of a record. terms.h has further numbers. The numbers are part of each hash, so a number that was
// used is not used again with another meaning. Numbers below 0x0100 were terms of single fields before the third format
// of the store.
inline constexpr uint16_t kWordTerm = 0xfff9;      // a word of some text or place
inline constexpr uint16_t kTimeTerm = 0xfff8;      // a period in which something happened
inline constexpr uint16_t kCodeTerm = 0xfff7;      // a code of some list, or the parent of one
inline constexpr uint16_t kCellTerm = 0xfff6;      // a cell of the map
inline constexpr uint16_t kFieldTerm = 0xfff5;     // a field that says something, or that its author did not know
inline constexpr uint16_t kHandlingTerm = 0xfff4;  // a marking, or a tag
inline constexpr uint16_t kGiverTerm = 0xfff2;     // an organisation that gave it to us
inline constexpr uint16_t kStateTerm = 0xfff1;     // `own` or `forked`
inline constexpr uint16_t kMoreTerm = 0xfff3;      // the record has more terms than are kept

// A record stands in the index under at most so many terms. A record that has more also stands under kMoreTerm. Whoever
// asks for a term must look at the records under kMoreTerm as well.
inline constexpr size_t kMostIndexTerms = 4096;
// At most so many bytes of a record's text are cut into words.
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
// Gives all terms except those of its id and its author, one after the other. They are in no order, and one may come
// more than once. `text` is valid during the call.
using IndexSink = absl::FunctionRef<void(uint16_t slot, std::string_view text)>;
void VisitIndexTerms(const Indexed& record, IndexSink sink);
// The same, ascending and distinct.
std::vector<Term> IndexTermsOf(const Indexed& record);
// The edition of the terms: it depends on this program's rules and on the rules that cut words. Terms of two editions
// differ.
std::string IndexEdition();

// The term of records that refer to an id with this beginning. Nothing for less than kReferenceDigits hex digits.
inline constexpr size_t kReferenceDigits = 4;
std::optional<Term> ReferenceBeginsTerm(std::string_view hex);
// A word as words::WordsOf gives it.
Term WordTerm(std::string_view word);
// A code and those below it.
Term CodeTerm(std::string_view list, std::string_view code);
// Three terms: an organisation gave the record to us; it is ours; it is forked.
Term GiverTerm(std::string_view organisation);
Term OwnTerm();
Term ForkedTerm();
// Two terms: a field of that name says something; its author says that it is unknown.
Term FieldTerm(std::string_view name);
Term UnknownTerm(std::string_view name);
Term TlpTerm(Tlp tlp);
Term PapTerm(std::string_view pap);
// `part` 0 is the grade of the source, 1 of the intelligence, 2 the handling code.
Term GradeTerm(size_t part, char grade);
Term PurposeTerm(std::string_view purpose);
Term TagTerm(std::string_view tag);  // in any case

// What a time is the time of: when something was seen or happened, when an alert was raised, when the author signed the
// record, when it came here, when it expires.
inline constexpr std::string_view kSeenClock = "seen", kRaisedClock = "raised", kMadeClock = "made",
                                  kArrivedClock = "arrived", kExpiryClock = "expiry";
// The clock by which several fields are found together. Empty for a field that has a clock of its own.
std::string_view SharedClockOf(const Slot& slot);
// The clock by which a field of type kTime is found alone. It is the shared clock or a clock of the field's own. The
// ends of a span have clocks of their own, because the shared clock has all that lies between them.
std::string ClockOf(const Slot& slot);
// The two fields that are the ends of one span, if a record has both.
inline constexpr std::string_view kFirstSeenField = "first_seen", kLastSeenField = "last_seen";
// Terms such that each record whose time overlaps the span has at least one of them, if the record is seen at
// `precision` or finer. Times are milliseconds since 1970. An end that is missing is open.
std::vector<Term> TimeTerms(std::string_view clock, std::optional<int64_t> from, std::optional<int64_t> until,
                            TimePrecision precision);
// Terms such that each record with a place within the radius has at least one of them.
std::vector<Term> NearTerms(const Coordinates& at, double metres);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_INDEX_TERMS_H_
