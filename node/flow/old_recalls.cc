#include "node/flow/old_recalls.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/flow/deed.h"
#include "node/flow/judgement.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kBeforeScope = "recalled before";  // item: the file's name
constexpr std::string_view kLooked = "recalls were looked at";
constexpr std::string_view kLooksLabel = crypto::Label("TDGrcf1");
constexpr std::string_view kLookLabel = crypto::Label("TDGrcl1");
constexpr size_t kEntriesAtOnce = 1000;
constexpr size_t kMostLooks = 128;  // of one file; with more, everything is one of them
constexpr size_t kNotesAtOnce = 1000;

// The part of a record that outlives its recall, as far as each release signs it in the same way.
std::string LookOf(std::string_view kind, record::Handling handling) {
  handling.tlp = handling.effective_tlp();
  handling.conditions.clear();
  handling.not_before_ms.reset();
  handling.expiry_ms.reset();
  std::sort(handling.purposes.begin(), handling.purposes.end());
  const auto bytes = record::EncodeHandling(handling);
  const std::string all = crypto::ByteWriter().Lp8(kind).Lp32(bytes.ok() ? *bytes : "").Take();
  return std::string(crypto::View(crypto::HashOf({kLookLabel, all})));
}

std::string EncodeLooks(const std::set<std::string>& looks) {
  crypto::ByteWriter out;
  out.Raw(kLooksLabel).U16(static_cast<uint16_t>(std::min(looks.size(), kMostLooks + 1)));
  if (looks.size() > kMostLooks) return out.Take();
  for (const std::string& look : looks) out.Raw(look);
  return out.Take();
}

// DataLoss for a note that is damaged, and for one that says only that there were too many.
absl::StatusOr<std::vector<std::string>> DecodeLooks(std::string_view note) {
  crypto::ByteReader in(note);
  if (in.Raw(kLooksLabel.size()) != kLooksLabel) in.Fail();
  const size_t count = in.U16();
  if (count > kMostLooks) in.Fail();
  std::vector<std::string> looks;
  for (size_t i = 0; i < count && in.ok(); ++i) looks.emplace_back(in.Raw(sizeof(crypto::Hash)));
  if (auto whole = in.Finish("a note of old recalls"); !whole.ok()) return whole;
  return looks;
}

// The arrivals that one import stored, and the file that it read.
struct Imported {
  uint64_t last = 0;
  std::string file;
};

// Entries of the register that could not be read.
struct Unread {
  std::set<uint64_t> entries;
};

// Calls `visit` for each change of that name, newest first. It passes over an entry that cannot be read: a node whose
// register has a damaged entry must still import.
template <typename Visit>
absl::Status ForEachChange(const ledger::Register& disclosures, std::string_view name, Unread& unread, Visit visit) {
  ledger::Filter filter;
  filter.name = std::string(name);
  uint64_t before = disclosures.log().size();
  while (before != 0) {
    auto page = disclosures.List(filter, kEntriesAtOnce, before);
    if (!page.ok()) return page.status();
    unread.entries.insert(page->unreadable.begin(), page->unreadable.end());
    for (const ledger::Listed& listed : page->entries) visit(std::get<ledger::Change>(listed.entry));
    before = page->next;
  }
  return absl::OkStatus();
}

class Search {
 public:
  Search(const store::Store& store, const ledger::Register& disclosures, const crypto::Hash& author)
      : store_(store), disclosures_(disclosures), author_(author) {}

  // By file, what the records that were recalled from it look like.
  absl::StatusOr<std::map<std::string, std::set<std::string>>> Run() {
    std::vector<record::RecordId> recalled;
    absl::Status read = ForEachChange(disclosures_, "recall", unread_, [&](const ledger::Change& change) {
      recalled.insert(recalled.end(), change.records.begin(), change.records.end());
    });
    if (!read.ok()) return read;
    if (recalled.empty()) {
      Tell();
      return std::move(found_);
    }
    read = ForEachChange(disclosures_, "collection", unread_, [&](const ledger::Change& change) {
      if (change.first_seq != 0) imports_[change.first_seq] = {change.last_seq, change.source};
    });
    if (!read.ok()) return read;
    Tell();
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    auto noted = NotedRecalls(**snapshot);
    if (!noted.ok()) return noted.status();
    for (const record::RecordId& id : recalled) {
      if (noted->count(id) > 0) continue;
      if (auto looked = Look(**snapshot, id); !looked.ok()) return looked;
    }
    return std::move(found_);
  }

 private:
  void Tell() const {
    if (unread_.entries.empty()) return;
    spdlog::warn(
        "flow: {} entries of the register cannot be read, the first is entry {}: if an older version recalled "
        "something in one of them, an import may bring it again; run `tidegate verify`",
        unread_.entries.size(), *unread_.entries.begin());
  }

  absl::Status Look(const store::Reader& reader, const record::RecordId& id) {
    auto revisions = reader.Revisions({author_, id});
    if (!revisions.ok()) return revisions.status();
    const std::string* file = revisions->empty() ? nullptr : FileOf(revisions->front());
    if (file == nullptr) return absl::OkStatus();  // it was typed in, or came from a partner
    for (const uint64_t seq : *revisions) {
      auto record = reader.GetRecord(seq);
      if (StoreFails(record.status())) return record.status();
      // A damaged row must not stand in the way; `verify` names it.
      if (!record.ok()) continue;
      auto statement = record::ParseStatement(record->view.statement);
      auto handling = statement.ok() ? record::DecodeHandling(statement->handling) : statement.status();
      const record::Kind* kind = handling.ok() ? record::Catalogue::FindKind(statement->kind) : nullptr;
      if (kind != nullptr) found_[*file].insert(LookOf(kind->name, *std::move(handling)));
    }
    return absl::OkStatus();
  }

  const std::string* FileOf(uint64_t seq) const {
    auto at = imports_.upper_bound(seq);
    if (at == imports_.begin()) return nullptr;
    --at;
    return seq <= at->second.last ? &at->second.file : nullptr;
  }

  const store::Store& store_;
  const ledger::Register& disclosures_;
  const crypto::Hash& author_;
  Unread unread_;
  std::map<uint64_t, Imported> imports_;  // by the first arrival
  std::map<std::string, std::set<std::string>> found_;
};

bool Looked(const store::Reader& reader) { return reader.GetNamed(store::Named::kSetting, kBeforeScope, kLooked).ok(); }

}  // namespace

absl::Status FindOldRecalls(store::Store& store, const ledger::Register& disclosures, const crypto::Hash& author) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  if (Looked(**snapshot)) return absl::OkStatus();
  snapshot->reset();
  auto found = Search(store, disclosures, author).Run();
  if (!found.ok()) return found.status();
  return store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const auto& [file, looks] : *found) {
      auto put = transaction.PutNamed(store::Named::kReject, kBeforeScope, file, EncodeLooks(looks));
      if (!put.ok()) return put;
    }
    return transaction.PutNamed(store::Named::kSetting, kBeforeScope, kLooked, kLooksLabel);
  });
}

absl::StatusOr<OldRecalls> OldRecalls::Of(const store::Reader& reader, std::string_view file) {
  OldRecalls recalls;
  auto note = reader.GetNamed(store::Named::kReject, kBeforeScope, file);
  if (absl::IsNotFound(note.status())) return recalls;
  auto looks = note.ok() ? DecodeLooks(*note) : note.status();
  if (!looks.ok() && !store::Damaged(looks.status())) return looks.status();
  // If it is not known which they were, everything of the file may be one of them.
  recalls.looks_ = looks.ok() ? *std::move(looks) : std::vector<std::string>(1);
  return recalls;
}

bool OldRecalls::MayBe(const record::Draft& draft) const {
  if (looks_.empty()) return false;
  if (looks_.front().empty()) return true;
  const std::string look = LookOf(draft.kind->name, AsSigned(draft).handling);
  return std::find(looks_.begin(), looks_.end(), look) != looks_.end();
}

absl::Status SettleOldRecalls(store::Store& store, std::string_view file, const std::vector<std::string>& source_keys,
                              uint64_t now_ms) {
  for (size_t begin = 0; begin < source_keys.size(); begin += kNotesAtOnce) {
    const size_t end = std::min(begin + kNotesAtOnce, source_keys.size());
    auto noted = store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (size_t i = begin; i < end; ++i) {
        if (auto put = NoteRecalled(transaction, source_keys[i], now_ms); !put.ok()) return put;
      }
      return absl::OkStatus();
    });
    if (!noted.ok()) return noted;
  }
  return store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    const absl::Status gone = transaction.DeleteNamed(store::Named::kReject, kBeforeScope, file);
    return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
  });
}

}  // namespace tidegate::flow
