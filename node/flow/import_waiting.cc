#include "node/flow/import_waiting.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/flow/drafts.h"
#include "node/flow/import_stix.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kWaitScope = "waits";
constexpr std::string_view kWaitLabel = crypto::Label("TDGwts1");
constexpr std::string_view kWaitKeyLabel = crypto::Label("TDGwtk1");

// The key may name a person, so only a hash of it is the name of the row.
std::string WaitItemOf(std::string_view source_key) {
  return std::string(crypto::View(crypto::HashOf({kWaitKeyLabel, source_key})));
}

uint32_t NoteBytesOf(const record::Draft& draft) {
  const auto field = draft.fields.find(draft.kind->FindSlot("note")->number);
  if (field == draft.fields.end()) return 0;
  const auto* note = std::get_if<record::Narrative>(&field->second.value.items.front());
  return note == nullptr ? 0 : static_cast<uint32_t>(note->text.size());
}

// The note as its source has it: without what Dangle put behind it.
void RestoreNote(uint32_t bytes, record::Draft& draft) {
  const auto field = draft.fields.find(draft.kind->FindSlot("note")->number);
  if (field == draft.fields.end()) return;
  auto* note = std::get_if<record::Narrative>(&field->second.value.items.front());
  if (note == nullptr) return;
  note->text.resize(std::min<size_t>(note->text.size(), bytes));
  if (*note == record::Narrative()) draft.fields.erase(field);
}

// Whether the record is as the import left it that kept this row.
bool IsAsLeft(const WaitingLink& link, const record::SourceWord& word) {
  std::vector<intake::Reference> absent;
  for (const WaitingLink::End& end : link.ends) {
    if (end.absent) absent.push_back({end.slot, end.source_key, {}});
  }
  return word.as_imported && word.said == SaidWithoutEnds(link.said, absent);
}

// The item that the source's file would give. Nothing if the record is not as the import left it.
std::optional<intake::Item> ItemThatWaits(const WaitingLink& link, const store::StoredRecord& held) {
  const record::SourceWord& word = held.local.source;
  if (!IsAsLeft(link, word)) return std::nullopt;
  intake::Item item;
  for (const WaitingLink::End& end : link.ends) item.references.push_back({end.slot, end.source_key, {}});
  auto draft = DraftOf(held);
  if (!draft.ok()) return std::nullopt;
  item.draft = *std::move(draft);
  for (const WaitingLink::End& end : link.ends) item.draft.fields.erase(end.slot);
  item.draft.handling = link.handling;
  item.draft.local.named_recipients = link.recipients;
  item.draft.local.conditions.clear();
  item.draft.local.about.clear();
  // What the import made says what the source says: DraftOf takes it for something that is about to be changed here.
  item.draft.local.source = {link.said, link.version_us, word.producer, /*as_imported=*/true};
  item.draft.local.source_reference = link.source_key;
  RestoreNote(link.note_bytes, item.draft);
  item.source_key = link.source_key;
  item.object = std::string(ObjectOfKey(link.source_key));
  item.identity = "id";
  item.may_dangle = true;
  return item;
}

}  // namespace

WaitingLink WaitingLinkOf(const intake::Item& item, const std::vector<intake::Reference>& absent) {
  WaitingLink link;
  link.source_key = item.source_key;
  link.said = item.draft.local.source.said;
  link.version_us = item.draft.local.source.version_us;
  for (const intake::Reference& reference : item.references) {
    const bool lacks = std::any_of(absent.begin(), absent.end(), [&reference](const intake::Reference& one) {
      return one.slot == reference.slot && one.source_key == reference.source_key;
    });
    link.ends.push_back({reference.slot, reference.source_key, lacks});
  }
  link.handling = item.draft.handling;
  link.recipients = item.draft.local.named_recipients;
  link.note_bytes = NoteBytesOf(item.draft);
  return link;
}

absl::Status KeepWaiting(store::WriteTransaction& transaction, const WaitingLink& link) {
  auto row = EncodeWaiting(link);
  if (!row.ok()) return row.status();
  return transaction.PutNamed(store::Named::kReject, kWaitScope, WaitItemOf(link.source_key), *row);
}

absl::Status ForgetWaiting(store::WriteTransaction& transaction, std::string_view source_key) {
  const absl::Status gone = transaction.DeleteNamed(store::Named::kReject, kWaitScope, WaitItemOf(source_key));
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

absl::StatusOr<std::optional<WaitingLink>> WaitingLinkFor(const store::Reader& reader,
                                                          const store::StoredRecord& record) {
  auto row = reader.GetNamed(store::Named::kReject, kWaitScope, WaitItemOf(record.local.source_reference));
  if (absl::IsNotFound(row.status()) || store::Damaged(row.status())) return std::optional<WaitingLink>();
  if (!row.ok()) return row.status();
  auto link = DecodeWaiting(*row);
  if (!link.ok() || !IsAsLeft(*link, record.local.source)) return std::optional<WaitingLink>();
  return std::optional<WaitingLink>(*std::move(link));
}

absl::StatusOr<std::vector<intake::Item>> WaitingItems(
    const store::Reader& reader,
    absl::FunctionRef<absl::StatusOr<std::optional<Held>>(const std::string& source_key)> held, WaitingLimits most) {
  std::vector<intake::Item> items;
  size_t looked = 0;
  // What cannot be read waits on; it must not stop an import of something else.
  const auto holds = [&held](const WaitingLink::End& end) {
    if (!end.absent) return false;
    const auto found = held(end.source_key);
    return found.ok() && found->has_value();
  };
  store::Damage damage;  // such a row waits on
  absl::Status read =
      reader.ForEachNamed(store::Named::kReject, kWaitScope, damage, [&](std::string_view, std::string_view row) {
        const auto link = DecodeWaiting(row);
        if (link.ok() && std::any_of(link->ends.begin(), link->ends.end(), holds)) {
          const auto found = held(link->source_key);
          const bool stored = found.ok() && found->has_value() && (*found)->record.has_value();
          if (stored && !(*found)->record->erased) {
            if (auto item = ItemThatWaits(*link, *(*found)->record)) items.push_back(*std::move(item));
          }
        }
        return ++looked < most.looked && items.size() < most.completed;
      });
  if (!read.ok()) return read;
  return items;
}

absl::StatusOr<std::string> EncodeWaiting(const WaitingLink& link) {
  auto handling = record::EncodeHandling(link.handling);
  if (!handling.ok()) return handling.status();
  crypto::ByteWriter out;
  out.Raw(kWaitLabel).Lp16(link.source_key).Raw(link.said).U64(link.version_us);
  out.U8(static_cast<uint8_t>(link.ends.size()));
  for (const WaitingLink::End& end : link.ends) out.U16(end.slot).Lp16(end.source_key).U8(end.absent ? 1 : 0);
  out.Lp16(*handling).U16(static_cast<uint16_t>(link.recipients.size()));
  for (const std::string& recipient : link.recipients) out.Lp16(recipient);
  return out.U32(link.note_bytes).Take();
}

absl::StatusOr<WaitingLink> DecodeWaiting(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  WaitingLink link;
  if (in.Raw(kWaitLabel.size()) != kWaitLabel) in.Fail();
  link.source_key = in.Lp16();
  link.said = in.Array<32>();
  link.version_us = in.U64();
  const size_t ends = in.U8();
  for (size_t i = 0; i < ends && in.ok(); ++i) {
    WaitingLink::End end;
    end.slot = in.U16();
    end.source_key = in.Lp16();
    const uint8_t absent = in.U8();
    if (absent > 1) in.Fail();
    end.absent = absent == 1;
    link.ends.push_back(std::move(end));
  }
  const std::string_view handling = in.Lp16();
  const size_t recipients = in.U16();
  for (size_t i = 0; i < recipients && in.ok(); ++i) link.recipients.emplace_back(in.Lp16());
  link.note_bytes = in.U32();
  if (absl::Status whole = in.Finish("a link that waits"); !whole.ok()) return whole;
  auto decoded = record::DecodeHandling(handling);
  if (!decoded.ok()) return decoded.status();
  link.handling = *std::move(decoded);
  return link;
}

}  // namespace tidegate::flow
