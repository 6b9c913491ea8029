// imports: what each import did, under its number, so that it can be found, listed and taken back. The register's
// entries of an import have the number too. Formats: INTAKE.md, "What an import leaves".
#ifndef TIDEGATE_NODE_FLOW_IMPORTS_H_
#define TIDEGATE_NODE_FLOW_IMPORTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"

namespace tidegate::flow {

// One import. Counts are of items.
struct ImportNote {
  uint64_t number = 0;  // from 1 on
  uint64_t began_ms = 0;
  uint64_t ended_ms = 0;  // 0: it runs, or was stopped
  std::string user, reason;
  std::string file, source;  // names: of the file without its folder, and of who the source is
  std::string rejects_file;  // where the rejected items stand; empty: nowhere
  // Counted in the transactions that store them.
  uint64_t stored = 0, amended = 0, kept = 0, withdrawn = 0;
  // Counted at its end.
  uint64_t unchanged = 0, rejected = 0, conflicts = 0, recalled_earlier = 0;
  // When what it stored was taken back, and by whom. Begun and not ended: that goes on when it is asked for again.
  uint64_t recall_began_ms = 0, recall_ended_ms = 0;
  std::string recalled_by;
  bool damaged = false;  // only the number is known; such a note is not written
  bool operator==(const ImportNote&) const = default;
};

// One transaction of an import: the arrivals that it stored, and the register's entry about them.
struct ImportPart {
  uint64_t entry = 0;
  ledger::Deed deed = ledger::Deed::kCollection;
  uint64_t first_seq = 0, last_seq = 0;
  bool operator==(const ImportPart&) const = default;
};

// Gives the import the next number and keeps it. `note.number` is set.
absl::Status BeginImport(store::WriteTransaction& transaction, ImportNote& note);
absl::Status KeepImport(store::WriteTransaction& transaction, const ImportNote& note);
// Forgets an import that stored nothing. The next import gets its number.
absl::Status ForgetImport(store::WriteTransaction& transaction, uint64_t number);
// In the transaction that appended `change` to the register at `entry`: counts it in the note of change.import.
// `kept`: what was on both sides changed and stays as ours.
absl::Status CountInImport(store::WriteTransaction& transaction, uint64_t entry, const ledger::Change& change,
                           bool kept = false);
// NotFound names the number.
absl::StatusOr<ImportNote> FindImport(const store::Reader& reader, uint64_t number);
// Below `before`, newest first, at most `limit`. One that cannot be read is among them, by its number.
absl::StatusOr<std::vector<ImportNote>> ListImports(const store::Reader& reader, uint64_t before, size_t limit);
// In the order of their entries, until `visit` gives false. If a row is damaged, it takes the register's entry instead;
// DataLoss if that is damaged too, so that no part of an import is left out unnoticed.
absl::Status ForEachPart(const store::Reader& reader, const ledger::Register& disclosures, uint64_t number,
                         absl::FunctionRef<bool(const ImportPart&)> visit);

// The rows, as INTAKE.md has them.
std::string EncodeImport(const ImportNote& note);
absl::StatusOr<ImportNote> DecodeImport(std::string_view bytes);
std::string EncodePart(const ImportPart& part);
absl::StatusOr<ImportPart> DecodePart(std::string_view bytes);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_IMPORTS_H_
