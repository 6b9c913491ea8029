#include "node/reading/unread.h"

namespace tidegate::reading {

absl::StatusOr<std::optional<uint64_t>> Referred(const store::Reader& reader, const record::RecordId& id,
                                                 Unread& unread) {
  const auto seq = reader.FindById(id);
  if (seq.ok()) return std::optional<uint64_t>(*seq);
  if (StoreFails(seq.status())) return seq.status();
  if (!store::Damaged(seq.status())) return std::optional<uint64_t>();
  const auto rows = reader.ArrivalsUnder(id);
  if (!rows.ok()) return rows.status();
  if (!rows->empty()) unread.Add(rows->back());
  return std::optional<uint64_t>();
}

}  // namespace tidegate::reading
