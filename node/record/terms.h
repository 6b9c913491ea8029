// Terms by which a record is found. The store hashes them with a secret key. index_terms.h has those of a whole record.
//
//   Takes    an identifier, a kind, an id, as people and records write them
//   Gives    its term
//   May call value
//   Threads  any
//   Spec     node/record/RECORD.md, "Terms"
#ifndef TIDEGATE_NODE_RECORD_TERMS_H_
#define TIDEGATE_NODE_RECORD_TERMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/view.h"

namespace tidegate::record {

struct Term {
  uint16_t slot = 0;
  std::string text;
  auto operator<=>(const Term&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// What a term says. index_terms.h has the other numbers.
inline constexpr uint16_t kKindTerm = 0xffff;        // the kind's name
inline constexpr uint16_t kCountryTerm = 0xfffe;     // a country that some field names
inline constexpr uint16_t kIdentifierTerm = 0xfffd;  // `scheme:canonical value`, whole identifiers of any kind
inline constexpr uint16_t kReferenceTerm = 0xfffc;   // the hex id of a record that some field refers to
inline constexpr uint16_t kRecordTerm = 0xfffb;      // the record's own hex id
inline constexpr uint16_t kSourceTerm = 0xfffa;  // LocalFacts::source_reference: imports find what they hold already

// An identifier with its scheme in any of its spellings; `home` as in ParseValue.
absl::StatusOr<Term> IdentifierTerm(std::string_view scheme, std::string_view value, std::string_view home = {});
// The term that release 0.1 made of a telephone number whose country it did not know; nothing for other identifiers.
std::optional<Term> OldTelephoneTerm(std::string_view scheme, std::string_view value);
Term KindTerm(const Kind& kind);
Term ReferenceTerm(const RecordId& id);
Term RecordTerm(const RecordId& id);
Term SourceTerm(std::string_view source_reference);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_TERMS_H_
