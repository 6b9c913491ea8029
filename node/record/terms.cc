#include "node/record/terms.h"

#include "node/record/value/refusal.h"

namespace tidegate::record {

absl::StatusOr<Term> IdentifierTerm(std::string_view scheme, std::string_view value, std::string_view home) {
  absl::StatusOr<std::string> meant = ParseScheme(scheme);
  if (!meant.ok()) return meant.status();
  absl::StatusOr<std::string> canonical = CanonicalIdentifier(*meant, value, home);
  if (!canonical.ok()) return canonical.status();
  return Term{kIdentifierTerm, Joined({*meant, ":", *canonical})};
}

std::optional<Term> OldTelephoneTerm(std::string_view scheme, std::string_view value) {
  const absl::StatusOr<std::string> meant = ParseScheme(scheme);
  if (!meant.ok() || *meant != "phone" || value.find('+') != std::string_view::npos) return std::nullopt;
  std::string digits;
  for (const char c : value) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (digits.empty() || digits.compare(0, 2, "00") == 0) return std::nullopt;
  return Term{kIdentifierTerm, Joined({"phone:", digits})};
}

Term KindTerm(const Kind& kind) { return {kKindTerm, std::string(kind.name)}; }
Term ReferenceTerm(const RecordId& id) { return {kReferenceTerm, FormatRecordId(id)}; }
Term SourceTerm(std::string_view source_reference) { return {kSourceTerm, std::string(source_reference)}; }
Term RecordTerm(const RecordId& id) { return {kRecordTerm, FormatRecordId(id)}; }

}  // namespace tidegate::record
