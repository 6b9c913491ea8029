#include "node/flow/recalled.h"

#include <algorithm>
#include <string>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/flow/deed.h"
#include "node/flow/import_waiting.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kScope = "recalled";
constexpr std::string_view kNoteLabel = crypto::Label("TDGrcd1");
constexpr std::string_view kKeyLabel = crypto::Label("TDGrck1");

// The key may name a person, so only a hash of it stays, sealed and under a blind term.
std::string KeyItem(std::string_view source_key) {
  return std::string(crypto::View(crypto::HashOf({kKeyLabel, source_key})));
}

absl::Status Note(store::WriteTransaction& transaction, std::string_view source_key, const record::RecordId& id,
                  uint64_t at_ms) {
  const std::string note = crypto::ByteWriter(32).Raw(kNoteLabel).Raw(crypto::View(id)).U64(at_ms).Take();
  return transaction.PutNamed(store::Named::kReject, kScope, KeyItem(source_key), note);
}

// Zeros if the note is cut short; nothing if the bytes are not a note.
std::optional<record::RecordId> IdIn(std::string_view note) {
  crypto::ByteReader in(note);
  if (in.Raw(kNoteLabel.size()) != kNoteLabel) return std::nullopt;
  record::RecordId id{};
  const std::string_view bytes = in.Raw(id.size());
  if (in.ok()) std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

}  // namespace

absl::Status NoteRecalled(store::WriteTransaction& transaction, const record::RecordId& id, uint64_t at_ms) {
  auto revisions = transaction.OwnRevisions(id);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto record = transaction.GetRecord(seq);
    if (StoreFails(record.status())) return record.status();
    // A damaged revision must not stand in the way of a recall.
    if (!record.ok() || record->local.source_reference.empty()) continue;
    if (auto put = Note(transaction, record->local.source_reference, id, at_ms); !put.ok()) return put;
    // What is kept of a link that waits for its end goes with it.
    if (auto gone = ForgetWaiting(transaction, record->local.source_reference); !gone.ok()) return gone;
  }
  return absl::OkStatus();
}

absl::Status NoteRecalled(store::WriteTransaction& transaction, std::string_view source_key, uint64_t at_ms) {
  return Note(transaction, source_key, {}, at_ms);
}

absl::StatusOr<std::set<record::RecordId>> NotedRecalls(const store::Reader& reader) {
  std::set<record::RecordId> ids;
  store::Damage damage;  // a recall more is looked at again
  absl::Status read =
      reader.ForEachNamed(store::Named::kReject, kScope, damage, [&ids](std::string_view, std::string_view note) {
        if (const std::optional<record::RecordId> id = IdIn(note); id.has_value()) ids.insert(*id);
        return true;
      });
  if (!read.ok()) return read;
  return ids;
}

absl::Status ForgetRecalled(store::WriteTransaction& transaction, std::string_view source_key) {
  const absl::Status gone = transaction.DeleteNamed(store::Named::kReject, kScope, KeyItem(source_key));
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

absl::StatusOr<std::optional<record::RecordId>> RecalledAs(const store::Reader& reader, std::string_view source_key) {
  const absl::StatusOr<std::string> note = reader.GetNamed(store::Named::kReject, kScope, KeyItem(source_key));
  if (absl::IsNotFound(note.status())) return std::optional<record::RecordId>();
  if (!note.ok() && !store::Damaged(note.status())) return note.status();
  return std::optional<record::RecordId>(note.ok() ? IdIn(*note).value_or(record::RecordId{}) : record::RecordId{});
}

bool MayBeRecalled(const store::Reader& reader) {
  bool any = false;
  store::Damage damage;  // a note that cannot be read is one all the same
  const absl::Status read =
      reader.ForEachNamed(store::Named::kReject, kScope, damage, [&any](std::string_view, std::string_view) {
        any = true;
        return false;
      });
  return any || damage.rows > 0 || !read.ok();
}

absl::StatusOr<bool> WasRecalled(const store::Reader& reader, std::string_view source_key) {
  const absl::StatusOr<std::optional<record::RecordId>> recalled = RecalledAs(reader, source_key);
  if (!recalled.ok()) return recalled.status();
  return recalled->has_value();
}

}  // namespace tidegate::flow
