#include "node/flow/recalled.h"

#include <string>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kScope = "recalled";
constexpr std::string_view kNoteLabel = crypto::Label("TDGrcd1");
constexpr std::string_view kKeyLabel = crypto::Label("TDGrck1");

// The key may name a person, so only a hash of it stays, sealed and under a blind term.
std::string ItemOf(std::string_view source_key) {
  return std::string(crypto::View(crypto::HashOf({kKeyLabel, source_key})));
}

}  // namespace

absl::Status NoteRecalled(store::WriteTransaction& transaction, const record::RecordKey& key, uint64_t at_ms) {
  auto revisions = transaction.Revisions(key);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto record = transaction.GetRecord(seq);
    // A damaged revision must not stand in the way of a recall.
    if (!record.ok() || !record->own || record->local.source_reference.empty()) continue;
    const std::string note = crypto::ByteWriter(32).Raw(kNoteLabel).Raw(key.id).U64(at_ms).Take();
    auto put = transaction.PutNamed(store::Named::kReject, kScope, ItemOf(record->local.source_reference), note);
    if (!put.ok()) return put;
  }
  return absl::OkStatus();
}

absl::Status ForgetRecalled(store::WriteTransaction& transaction, std::string_view source_key) {
  const absl::Status gone = transaction.DeleteNamed(store::Named::kReject, kScope, ItemOf(source_key));
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

absl::StatusOr<bool> WasRecalled(const store::Reader& reader, std::string_view source_key) {
  const absl::Status found = reader.GetNamed(store::Named::kReject, kScope, ItemOf(source_key)).status();
  if (found.ok()) return true;
  if (absl::IsNotFound(found)) return false;
  return found;
}

}  // namespace tidegate::flow
