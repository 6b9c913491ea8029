#include "node/flow/imports.h"

#include <limits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kImportLabel = crypto::Label("TDGimp1");
constexpr std::string_view kPartLabel = crypto::Label("TDGimq1");
constexpr uint8_t kNotes = 1, kParts = 2;  // what a key begins with
constexpr auto kTable = store::Ordered::kImport;

std::string NoteKey(uint64_t number) { return crypto::ByteWriter(9).U8(kNotes).U64(number).Take(); }
std::string PartsPrefix(uint64_t number) { return crypto::ByteWriter(9).U8(kParts).U64(number).Take(); }
std::string PartKey(uint64_t number, uint64_t entry) {
  return crypto::ByteWriter(17).U8(kParts).U64(number).U64(entry).Take();
}

// A length prefix of 16 bits: a longer text is cut.
std::string_view Text(std::string_view text) { return text.substr(0, 0xffff); }

// Each count of a note, in the order in which it stands in the row.
template <typename Note, typename Each>
void ForEachCount(Note& note, Each each) {
  for (auto* count : {&note.number, &note.began_ms, &note.ended_ms, &note.stored, &note.amended, &note.kept,
                      &note.withdrawn, &note.unchanged, &note.rejected, &note.conflicts, &note.recalled_earlier,
                      &note.recall_began_ms, &note.recall_ended_ms}) {
    each(*count);
  }
}
template <typename Note, typename Each>
void ForEachText(Note& note, Each each) {
  for (auto* text : {&note.user, &note.reason, &note.file, &note.source, &note.rejects_file, &note.recalled_by}) {
    each(*text);
  }
}

// The register says what a damaged row said.
absl::StatusOr<ImportPart> PartFromEntry(const ledger::Register& disclosures, uint64_t index) {
  auto entry = disclosures.Get(index);
  if (!entry.ok()) return entry.status();
  const auto* change = std::get_if<ledger::Change>(&*entry);
  if (change == nullptr) return absl::DataLossError("flow: a part of an import names no entry of its own");
  return ImportPart{index, change->deed, change->first_seq, change->last_seq};
}

}  // namespace

std::string EncodeImport(const ImportNote& note) {
  crypto::ByteWriter out;
  out.Raw(kImportLabel);
  ForEachCount(note, [&out](uint64_t count) { out.U64(count); });
  ForEachText(note, [&out](const std::string& text) { out.Lp16(Text(text)); });
  return out.Take();
}

absl::StatusOr<ImportNote> DecodeImport(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kImportLabel.size()) != kImportLabel) {
    return absl::DataLossError("flow: the note of an import is damaged; run `tidegate verify`");
  }
  ImportNote note;
  ForEachCount(note, [&in](uint64_t& count) { count = in.U64(); });
  ForEachText(note, [&in](std::string& text) { text = in.Lp16(); });
  if (auto whole = in.Finish("the note of an import"); !whole.ok()) return whole;
  return note;
}

std::string EncodePart(const ImportPart& part) {
  return crypto::ByteWriter(33)
      .Raw(kPartLabel)
      .U64(part.entry)
      .U8(static_cast<uint8_t>(part.deed))
      .U64(part.first_seq)
      .U64(part.last_seq)
      .Take();
}

absl::StatusOr<ImportPart> DecodePart(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kPartLabel.size()) != kPartLabel) in.Fail();
  ImportPart part;
  part.entry = in.U64();
  const uint8_t deed = in.U8();
  if (deed < 1 || deed > 5) in.Fail();
  part.deed = static_cast<ledger::Deed>(deed);
  part.first_seq = in.U64();
  part.last_seq = in.U64();
  if (auto whole = in.Finish("a part of an import"); !whole.ok()) return whole;
  return part;
}

absl::Status BeginImport(store::WriteTransaction& transaction, ImportNote& note) {
  auto last = ListImports(transaction, std::numeric_limits<uint64_t>::max(), 1);
  if (!last.ok()) return last.status();
  note.number = last->empty() ? 1 : last->front().number + 1;
  return KeepImport(transaction, note);
}

absl::Status KeepImport(store::WriteTransaction& transaction, const ImportNote& note) {
  return transaction.PutOrdered(kTable, NoteKey(note.number), EncodeImport(note));
}

absl::Status ForgetImport(store::WriteTransaction& transaction, uint64_t number) {
  return transaction.DeleteOrdered(kTable, NoteKey(number));
}

absl::Status CountInImport(store::WriteTransaction& transaction, uint64_t entry, const ledger::Change& change,
                           bool kept) {
  auto note = FindImport(transaction, change.import);
  if (!note.ok()) return note.status();
  // An import collects, alters and recalls, and does nothing else.
  uint64_t& count = kept                                       ? note->kept
                    : change.deed == ledger::Deed::kCollection ? note->stored
                    : change.deed == ledger::Deed::kAlteration ? note->amended
                                                               : note->withdrawn;
  count += change.count;
  if (auto put = KeepImport(transaction, *note); !put.ok()) return put;
  return transaction.PutOrdered(kTable, PartKey(change.import, entry),
                                EncodePart({entry, change.deed, change.first_seq, change.last_seq}));
}

absl::StatusOr<ImportNote> FindImport(const store::Reader& reader, uint64_t number) {
  auto bytes = reader.GetOrdered(kTable, NoteKey(number));
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(absl::StrCat(
        "flow: there is no import ", number,
        "; `tidegate imports list` has all that this version made, and `audit list` those of earlier ones"));
  }
  if (!bytes.ok()) return bytes.status();
  return DecodeImport(*bytes);
}

absl::StatusOr<std::vector<ImportNote>> ListImports(const store::Reader& reader, uint64_t before, size_t limit) {
  std::vector<ImportNote> notes;
  if (before == 0 || limit == 0) return notes;
  const auto take = [&](std::string_view key, const absl::StatusOr<std::string_view>& bytes) {
    auto note = bytes.ok() ? DecodeImport(*bytes) : bytes.status();
    if (!note.ok()) {
      note.emplace();
      note->number = crypto::ByteReader(key.substr(1)).U64();
      note->damaged = true;
    }
    notes.push_back(*std::move(note));
    return notes.size() < limit;
  };
  auto read = reader.ForEachOrdered(kTable, std::string(1, static_cast<char>(kNotes)), NoteKey(before - 1), true, take);
  if (!read.ok()) return read;
  return notes;
}

absl::Status ForEachPart(const store::Reader& reader, const ledger::Register& disclosures, uint64_t number,
                         absl::FunctionRef<bool(const ImportPart&)> visit) {
  return reader.ForEachOrdered(
      kTable, PartsPrefix(number), "", false,
      [&](std::string_view key, const absl::StatusOr<std::string_view>& bytes) -> absl::StatusOr<bool> {
        auto part = bytes.ok() ? DecodePart(*bytes) : bytes.status();
        if (!part.ok()) part = PartFromEntry(disclosures, crypto::ByteReader(key.substr(9)).U64());
        if (!part.ok()) return part.status();
        return visit(*part);
      });
}

}  // namespace tidegate::flow
