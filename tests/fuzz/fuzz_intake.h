// Laws of every import, for any bytes: each item is counted once and is ready to be committed, each reject has a
// reason, and reading the same bytes again gives the same keys.
#ifndef TIDEGATE_TESTS_FUZZ_FUZZ_INTAKE_H_
#define TIDEGATE_TESTS_FUZZ_FUZZ_INTAKE_H_

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "node/intake/csv/reader.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

inline void Require(bool holds) {
  if (!holds) std::abort();
}

// The text that an item shows of its source is a part of the source; for a table it is a row with commas.
inline bool IsPartOf(std::string_view part, std::string_view bytes) {
  return part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size();
}
inline bool IsRow(std::string_view text) {
  CsvReader reader({}, text.size() + 1, text.size() + 1);
  reader.Continue(text);
  TableRow row;
  return reader.Next(&row) && row.fault.empty() && row.raw.size() == text.size();
}

struct FuzzedImport {
  std::vector<std::string> keys;
  std::uint64_t rejects = 0;
  bool complete = false;
};

inline FuzzedImport ImportBytes(Format format, std::string_view bytes, const Mapping* mapping) {
  FuzzedImport import;
  Limits limits;
  limits.row_bytes = 4096;
  limits.columns = 64;
  limits.object_bytes = 4096;
  limits.batch_items = 3;
  limits.items = 1000;
  auto items = [&](std::vector<Item>& batch) {
    Require(!batch.empty() && batch.size() <= limits.batch_items);
    for (const Item& item : batch) {
      Require(!item.source_key.empty());
      import.keys.push_back(item.source_key);
      if (item.revoked) continue;
      Require(item.draft.kind != nullptr);
      Require(record::EncodeLocalFacts(item.draft.local).ok());
      Require(record::EncodeHandling(item.draft.handling).ok());
      for (const auto& [slot, field] : item.draft.fields) {
        Require(record::ValidateValue(item.draft.kind->slots[slot], field.value).ok());
      }
      Require(format == Format::kCsv ? IsRow(item.original) : IsPartOf(item.original, bytes));
    }
    return absl::OkStatus();
  };
  auto rejects = [&](const Reject& reject) {
    Require(!reject.reason.empty());
    import.rejects += reject.items;
    return absl::OkStatus();
  };
  absl::StatusOr<Summary> summary = Read(format, {"fuzz", bytes, true}, mapping, {}, limits, items, rejects);
  import.complete = summary.ok();
  if (!summary.ok()) return import;
  Require(summary->items == import.keys.size() && summary->rejected == import.rejects);
  Require(summary->warnings.size() <= limits.warnings);
  return import;
}

inline void ImportTwice(Format format, std::string_view bytes, const Mapping* mapping = nullptr) {
  FuzzedImport first = ImportBytes(format, bytes, mapping);
  FuzzedImport second = ImportBytes(format, bytes, mapping);
  Require(first.keys == second.keys && first.rejects == second.rejects && first.complete == second.complete);
}

}  // namespace tidegate::intake

#endif  // TIDEGATE_TESTS_FUZZ_FUZZ_INTAKE_H_
