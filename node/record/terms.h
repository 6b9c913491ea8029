// Search terms: the normalised words by which a record can be found. The store hashes them with a secret key.
//
//   Takes    a verified view; a question in a person's words
//   Gives    terms: a record answers a question if and only if the question's term is one of the record's
//   May call value
//   Never    make a term of a field that is not searchable
//   Threads  any
//   Spec     node/record/RECORD.md, "Terms"
#ifndef TIDEGATE_NODE_RECORD_TERMS_H_
#define TIDEGATE_NODE_RECORD_TERMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "node/record/view.h"

namespace tidegate::record {

struct Term {
  uint16_t slot = 0;
  std::string text;
  auto operator<=>(const Term&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// Terms that belong to no slot.
inline constexpr uint16_t kKindTerm = 0xffff;        // the kind's name
inline constexpr uint16_t kCountryTerm = 0xfffe;     // a country that some field names
inline constexpr uint16_t kIdentifierTerm = 0xfffd;  // `scheme:canonical value`, whole identifiers of any kind
inline constexpr uint16_t kReferenceTerm = 0xfffc;   // the hex id of a record that some field refers to
inline constexpr uint16_t kRecordTerm = 0xfffb;      // the record's own hex id
inline constexpr uint16_t kSourceTerm = 0xfffa;  // LocalFacts::source_reference: imports find what they hold already

// Ascending and distinct. For slots: text whole and word by word, codes with their parents, times by day, month and
// year, places by locality and region and by geohash of three lengths. At most kMaxTerms.
inline constexpr size_t kMaxTerms = 256;
std::vector<Term> TermsOf(const VerifiedView& view);
// The same, one after the other: in no order, perhaps more than once, and perhaps more than kMaxTerms (TermsOf chooses
// which count). `text` is valid during the call.
using TermSink = absl::FunctionRef<void(uint16_t slot, std::string_view text)>;
void VisitTerms(const VerifiedView& view, TermSink sink);

// The term of records of `kind` that have `text` in the field `field`. Without a field, `text` is an identifier
// (`phone:+44...`). `home` as in ParseValue. InvalidArgument if the field is unknown or not searchable, or the text
// does not fit it.
absl::StatusOr<Term> TermFor(const Kind& kind, std::string_view field, std::string_view text,
                             std::string_view home = {});
// The scheme in any of its spellings.
absl::StatusOr<Term> IdentifierTerm(std::string_view scheme, std::string_view value, std::string_view home = {});
// The term that release 0.1 made of a telephone number whose country it did not know; nothing for other identifiers.
std::optional<Term> OldTelephoneTerm(std::string_view scheme, std::string_view value);
Term CountryTerm(std::string_view country);
Term KindTerm(const Kind& kind);
Term ReferenceTerm(const RecordId& id);
Term RecordTerm(const RecordId& id);
Term SourceTerm(std::string_view source_reference);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_TERMS_H_
