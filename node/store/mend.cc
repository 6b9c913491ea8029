// What can be made anew from what is left, when a store is opened: counts, and the strings that many rows share.
#include "node/store/mend.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/store/describe.h"

namespace tidegate::store {
namespace {

// Whether every row of the table whose key `concerns` opens.
absl::StatusOr<bool> IsWhole(const Transaction& transaction, Dbi table,
                             absl::FunctionRef<bool(std::string_view)> concerns) {
  bool whole = true;
  absl::Status read = transaction.ForEach(table, "", "", false,
                                          [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                                            if (!concerns(key)) return true;
                                            std::string plain;
                                            absl::Status opened = transaction.OpenValue(table, key, sealed, plain);
                                            if (!opened.ok() && !Damaged(opened)) return opened;
                                            whole = opened.ok();
                                            return whole;
                                          });
  if (!read.ok()) return read;
  return whole;
}

bool IsLabelOrMarking(std::string_view key) {
  const auto what = static_cast<uint8_t>(key.front());
  return what == static_cast<uint8_t>(Interned::kLabel) || what == static_cast<uint8_t>(Interned::kMarking);
}

absl::Status DropCounts(Transaction& transaction) {
  std::vector<std::string> keys;
  absl::Status dropped = transaction.ForEach(Dbi::kCounts, "", "", false,
                                             [&keys](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                                               keys.emplace_back(key);
                                               return true;
                                             });
  for (const std::string& key : keys) {
    if (dropped.ok()) dropped = transaction.DeleteRaw(Dbi::kCounts, key);
  }
  return dropped;
}

absl::Status CountRow(Transaction& transaction, uint64_t seq) {
  std::string buffer;
  absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
  if (Damaged(row.status())) return absl::OkStatus();
  if (!row.ok()) return row.status();
  if (!IsShown(*row)) return absl::OkStatus();
  absl::StatusOr<Description> description = DescribeRow(transaction, *row);
  if (absl::IsNotFound(description.status()) || Damaged(description.status())) return absl::OkStatus();
  if (!description.ok()) return description.status();
  // Writes the label's row again if it is that row which is damaged.
  absl::StatusOr<uint32_t> label = transaction.Intern(Interned::kLabel, description->label);
  return label.ok() ? Count(transaction, row->label, *description) : label.status();
}

}  // namespace

absl::Status MendCounts(Transaction& transaction) {
  absl::StatusOr<bool> counts = IsWhole(transaction, Dbi::kCounts, [](std::string_view) { return true; });
  if (!counts.ok()) return counts.status();
  absl::StatusOr<bool> strings = IsWhole(transaction, Dbi::kLabels, IsLabelOrMarking);
  if (!strings.ok()) return strings.status();
  if (*counts && *strings) return absl::OkStatus();
  if (absl::Status dropped = DropCounts(transaction); !dropped.ok()) return dropped;
  for (uint64_t seq = 1; seq <= transaction.last_seq(); ++seq) {
    if (absl::Status counted = CountRow(transaction, seq); !counted.ok()) return counted;
  }
  return transaction.Flush();
}

}  // namespace tidegate::store
