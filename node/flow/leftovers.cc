#include "node/flow/leftovers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/decision/decision.h"
#include "node/flow/deed.h"
#include "node/flow/derived.h"
#include "node/flow/drafts.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kWayLabel = crypto::Label("TDGlfw1");
constexpr std::string_view kFoundLabel = crypto::Label("TDGlff1");
constexpr char kLeftoverScope[] = "leftovers";
constexpr char kWayItem[] = "way";
constexpr size_t kAStep = 256;  // arrivals looked at on one snapshot
constexpr std::chrono::milliseconds kBreath{2};

// How far the node has looked through the store.
struct Way {
  uint64_t next = 1;  // the first arrival that has not been looked at
  uint64_t last = 0;  // the last that is to be: what came later was made by this version
  bool more = false;  // something was found and not kept
  bool done() const { return next > last; }
};

std::string Encode(const Way& way) {
  return crypto::ByteWriter(32).Raw(kWayLabel).U64(way.next).U64(way.last).U8(way.more ? 1 : 0).Take();
}

absl::StatusOr<Way> DecodeWay(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kWayLabel.size()) != kWayLabel) in.Fail();
  Way way;
  way.next = in.U64();
  way.last = in.U64();
  const uint8_t more = in.U8();
  if (more > 1) in.Fail();
  way.more = more == 1;
  if (absl::Status read = in.Finish("leftovers"); !read.ok()) return read;
  return way;
}

// One that was found. The row's item is made from kind and id.
struct Found {
  LeftoverKind kind = LeftoverKind::kTwin;
  record::RecordId id{};
  bool settled = false;
};

std::string ItemOf(const Found& found) {
  return absl::StrCat(static_cast<int>(found.kind), "/", record::FormatRecordId(found.id));
}

std::string Encode(const Found& found) {
  return crypto::ByteWriter(32)
      .Raw(kFoundLabel)
      .U8(static_cast<uint8_t>(found.kind))
      .Raw(crypto::View(found.id))
      .U8(found.settled ? 1 : 0)
      .Take();
}

absl::StatusOr<Found> DecodeFound(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kFoundLabel.size()) != kFoundLabel) in.Fail();
  Found found;
  const uint8_t kind = in.U8();
  if (kind < 1 || kind > std::size(kLeftoverKinds)) in.Fail();
  found.kind = static_cast<LeftoverKind>(kind);
  const std::string_view id = in.Raw(found.id.size());
  std::copy(id.begin(), id.end(), found.id.begin());
  const uint8_t settled = in.U8();
  if (settled > 1) in.Fail();
  found.settled = settled == 1;
  if (absl::Status read = in.Finish("leftover"); !read.ok()) return read;
  return found;
}

absl::StatusOr<std::optional<Way>> LoadWay(const store::Reader& reader) {
  auto bytes = reader.GetNamed(store::Named::kSetting, kLeftoverScope, kWayItem);
  if (absl::IsNotFound(bytes.status())) return std::optional<Way>();
  // Where it is damaged, the way begins again.
  auto way = bytes.ok() ? DecodeWay(*bytes) : bytes.status();
  if (store::Damaged(way.status())) return std::optional<Way>();
  if (!way.ok()) return way.status();
  return std::optional<Way>(*way);
}

absl::StatusOr<std::vector<Found>> LoadFound(const store::Reader& reader) {
  std::vector<Found> all;
  store::Damage damage;
  absl::Status status = reader.ForEachNamed(store::Named::kSetting, kLeftoverScope, damage,
                                            [&](std::string_view item, auto bytes) -> absl::StatusOr<bool> {
                                              if (item == kWayItem) return true;
                                              auto found = DecodeFound(bytes);
                                              if (!found.ok()) return found.status();
                                              all.push_back(*found);
                                              return true;
                                            });
  if (!status.ok()) return status;
  std::sort(all.begin(), all.end(),
            [](const Found& a, const Found& b) { return std::pair(a.kind, a.id) < std::pair(b.kind, b.id); });
  return all;
}

// The record in that row; none if it was recalled or erased.
absl::StatusOr<std::optional<store::StoredRecord>> Shown(const store::Reader& reader, uint64_t seq) {
  auto record = reader.GetRecord(seq);
  if (!record.ok()) return record.status();
  if (record->erased || record->event == store::Event::kRecall) return std::optional<store::StoredRecord>();
  return std::optional<store::StoredRecord>(*std::move(record));
}

absl::StatusOr<std::optional<Leftover>> Twin(const store::Reader& reader, const record::RecordId& id) {
  auto namesakes = reader.Namesakes(id);
  if (!namesakes.ok()) return namesakes.status();
  Leftover twin{LeftoverKind::kTwin, id, {}, "", "", false};
  for (const store::Namesake& one : *namesakes) {
    auto shown = Shown(reader, one.seq);
    if (!shown.ok()) return shown.status();
    if (*shown) twin.authors.push_back(one.origin);
  }
  if (twin.authors.size() < 2) return std::optional<Leftover>();
  return std::optional<Leftover>(std::move(twin));
}

// The records that an id may mean: the one that the local facts name, or, if they name none, all records under that id.
// An earlier version took the newest of them, by any author.
absl::StatusOr<std::vector<uint64_t>> MeantBy(const store::Reader& reader, const record::LocalFacts& local,
                                              const record::RecordId& id) {
  auto named = decision::FindNamed(reader, local, id);
  if (named.ok()) return std::vector<uint64_t>{*named};
  if (StoreFails(named.status())) return named.status();
  auto namesakes = reader.Namesakes(id);
  if (!namesakes.ok()) return namesakes.status();
  std::vector<uint64_t> seqs;
  for (const store::Namesake& one : *namesakes) seqs.push_back(one.seq);
  return seqs;
}

// The handling that a link or sighting inherits from the records that it is about. None if this node no longer holds
// any of them. If a partner wrote the link or sighting, only the handling that this partner surely saw counts: the
// signed one.
absl::StatusOr<std::optional<record::Inheritance>> InheritedBy(const store::Reader& reader, const record::Draft& draft,
                                                               bool own) {
  std::optional<record::Inheritance> all;
  for (const record::RecordId& id : RecordsNamedIn(draft)) {
    auto seqs = MeantBy(reader, draft.local, id);
    if (!seqs.ok()) return seqs.status();
    for (const uint64_t seq : *seqs) {
      auto subject = Shown(reader, seq);
      if (!subject.ok()) return subject.status();
      if (!*subject) continue;
      auto one = PassedOnBy(**subject);
      if (!one.ok()) return one.status();
      if (!own) {
        auto statement = record::ParseStatement((*subject)->view.statement);
        auto handling = statement.ok() ? record::DecodeHandling(statement->handling) : statement.status();
        if (!handling.ok()) return handling.status();
        *one = record::Inheritance{*std::move(handling), {}};
      }
      all = all ? record::Join(*all, *one) : *std::move(one);
    }
  }
  return all;
}

std::string LimitOf(std::string_view word, const record::Draft& draft) {
  const record::Handling& handling = draft.handling;
  if (word == "tlp") return std::string(record::TlpName(handling.effective_tlp()));
  if (word == "pap") return handling.pap;
  if (word == "onward") return std::string(handling.effective_onward());
  return "";
}

absl::StatusOr<std::optional<Leftover>> Loose(const store::Reader& reader, const store::StoredRecord& record,
                                              const record::Statement& statement) {
  if (!IsDerived(statement.kind)) return std::optional<Leftover>();
  auto draft = DraftOf(record);
  if (!draft.ok()) return draft.status();
  auto inherited = InheritedBy(reader, *draft, record.own);
  if (!inherited.ok()) return inherited.status();
  if (!*inherited) return std::optional<Leftover>();
  record::Draft strict = *draft;
  InheritInto(strict, **inherited).IgnoreError();  // an expiry before the release is said by LooserMarking as well
  if (!record.own) strict.local = draft->local;
  std::string looser = record::LooserMarking(strict, *draft);
  if (looser.empty()) return std::optional<Leftover>();
  std::string limit = LimitOf(looser, strict);
  return std::optional<Leftover>(Leftover{
      LeftoverKind::kLoose, statement.record_id, {record.origin}, std::move(looser), std::move(limit), record.own});
}

absl::StatusOr<std::optional<Leftover>> NamesOthers(const record::Statement& statement) {
  auto handling = record::DecodeHandling(statement.handling);
  if (!handling.ok()) return handling.status();
  if (!record::NamesOthers(*handling)) return std::optional<Leftover>();
  return std::optional<Leftover>(Leftover{
      LeftoverKind::kNamesOthers, statement.record_id, {}, "", std::string(TlpName(handling->effective_tlp())), true});
}

// A tag that an earlier version kept as it was typed, `SAR` (decision 0060).
std::optional<Leftover> OddTag(const store::StoredRecord& record, const record::Statement& statement) {
  for (const std::string& tag : record.local.tags) {
    std::vector<std::string> code = {tag};
    record::SettleTags(code);
    if (code != std::vector<std::string>{tag}) {
      return Leftover{LeftoverKind::kTag, statement.record_id, {}, "", code.front(), true};
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Leftover>> LookAgain(const store::Reader& reader, const Found& found) {
  if (found.settled) return std::optional<Leftover>();
  if (found.kind == LeftoverKind::kTwin) return Twin(reader, found.id);
  auto namesakes = reader.Namesakes(found.id);
  if (!namesakes.ok()) return namesakes.status();
  for (const store::Namesake& one : *namesakes) {
    auto record = Shown(reader, one.seq);
    if (!record.ok()) return record.status();
    if (!*record) continue;
    auto statement = record::ParseStatement((*record)->view.statement);
    if (!statement.ok()) return statement.status();
    if (found.kind != LeftoverKind::kLoose && !one.own) continue;
    absl::StatusOr<std::optional<Leftover>> again = std::optional<Leftover>();
    if (found.kind == LeftoverKind::kTag) again = OddTag(**record, *statement);
    if (found.kind == LeftoverKind::kNamesOthers) again = NamesOthers(*statement);
    if (found.kind == LeftoverKind::kLoose) again = Loose(reader, **record, *statement);
    if (!again.ok() || *again) return again;
  }
  return std::optional<Leftover>();
}

// The leftovers of one arrival. Rows that cannot be read are left to `verify`.
absl::StatusOr<std::vector<Found>> LookAt(const store::Reader& reader, const store::StoredRecord& record) {
  std::vector<Found> found;
  if (record.erased || record.superseded || record.event == store::Event::kRecall) return found;
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return found;
  for (const auto& one :
       {Loose(reader, record, *statement), record.own ? NamesOthers(*statement) : Twin(reader, statement->record_id)}) {
    if (StoreFails(one.status())) return one.status();
    if (one.ok() && *one) found.push_back({(*one)->kind, statement->record_id, false});
  }
  if (record.own && OddTag(record, *statement)) found.push_back({LeftoverKind::kTag, statement->record_id, false});
  return found;
}

// Adds what is new to what is known, up to the bound of each kind. True if something was beyond the bound.
bool Add(const std::vector<Found>& found, std::vector<Found>& known, std::vector<Found>& fresh) {
  std::map<LeftoverKind, size_t> kept;
  for (const Found& one : known) kept[one.kind] += one.settled ? 0 : 1;
  bool more = false;
  for (const Found& one : found) {
    const bool there = std::any_of(known.begin(), known.end(),
                                   [&](const Found& old) { return old.kind == one.kind && old.id == one.id; });
    if (there) continue;
    if (kept[one.kind] >= kMostKept) {
      more = true;
      continue;
    }
    ++kept[one.kind];
    known.push_back(one);
    fresh.push_back(one);
  }
  return more;
}

}  // namespace

Leftovers::Leftovers(store::Store& store, ledger::Register& disclosures, std::function<uint64_t()> now_ms)
    : store_(store), disclosures_(disclosures), now_ms_(std::move(now_ms)), thread_([this] { Run(); }) {}

Leftovers::~Leftovers() { Stop(); }

void Leftovers::Stop() {
  pause_.End();
  if (thread_.joinable()) thread_.join();
}

void Leftovers::Run() {
  LookAndTell();
  // The thread stays until Stop joins it: a process that ends itself leaves no ended thread that nobody has joined.
  pause_.WaitForEnd();
}

void Leftovers::LookAndTell() {
  if (const absl::Status looked = Look(); !looked.ok() && !absl::IsCancelled(looked)) {
    spdlog::error("flow: could not look for what an earlier version left; the next start tries again: {}",
                  std::string(looked.message()));
    return;
  }
  const auto list = Open();
  if (!list.ok() || list->open.empty()) return;
  std::map<LeftoverKind, size_t> count;
  for (const Leftover& one : list->open) ++count[one.kind];
  spdlog::warn(
      "flow: to review, because an earlier version checked less: {} ids that several authors use, {} links and "
      "sightings that are handled too loosely, {} records that go to nobody since their handling names others, {} "
      "records with a tag that no policy reads as the code it spells{}: "
      "`tidegate review` lists them with what to type",
      count[LeftoverKind::kTwin], count[LeftoverKind::kLoose], count[LeftoverKind::kNamesOthers],
      count[LeftoverKind::kTag], list->more ? ", and more" : "");
}

absl::Status Leftovers::Look() {
  if (auto begun = Begin(); !begun.ok()) return begun;
  for (;;) {
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    auto loaded = LoadWay(**snapshot);
    if (!loaded.ok()) return loaded.status();
    Way way = loaded->value_or(Way{});
    if (way.done()) return absl::OkStatus();
    auto known = LoadFound(**snapshot);
    if (!known.ok()) return known.status();
    std::vector<Found> fresh;
    for (size_t i = 0; i < kAStep && !way.done(); ++i, ++way.next) {
      auto record = (*snapshot)->GetRecord(way.next);
      if (StoreFails(record.status())) return record.status();
      if (!record.ok()) continue;  // an event, or a row that cannot be read and costs only itself
      const auto found = LookAt(**snapshot, *record);
      if (!found.ok()) return found.status();
      way.more = Add(*found, *known, fresh) || way.more;
    }
    snapshot->reset();
    absl::Status kept = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (const Found& one : fresh) {
        auto put = transaction.PutNamed(store::Named::kSetting, kLeftoverScope, ItemOf(one), Encode(one));
        if (!put.ok()) return put;
      }
      return transaction.PutNamed(store::Named::kSetting, kLeftoverScope, kWayItem, Encode(way));
    });
    if (!kept.ok() || way.done()) return kept;
    if (!pause_.Wait(kBreath)) return absl::CancelledError("flow: stopping");
  }
}

// The first start looks through the whole store. A later start does so only if more was found than kept.
absl::Status Leftovers::Begin() {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto known_way = LoadWay(**snapshot);
  if (!known_way.ok()) return known_way.status();
  if (*known_way && !((*known_way)->done() && (*known_way)->more)) return absl::OkStatus();
  snapshot->reset();
  return store_.Write([](store::WriteTransaction& transaction) -> absl::Status {
    auto known = LoadFound(transaction);
    if (!known.ok()) return known.status();
    for (const Found& found : *known) {
      if (found.settled) continue;
      auto gone = transaction.DeleteNamed(store::Named::kSetting, kLeftoverScope, ItemOf(found));
      if (!gone.ok()) return gone;
    }
    return transaction.PutNamed(store::Named::kSetting, kLeftoverScope, kWayItem,
                                Encode(Way{1, transaction.LastSeq(), false}));
  });
}

absl::StatusOr<LeftoverList> Leftovers::Open() const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto way = LoadWay(**snapshot);
  if (!way.ok()) return way.status();
  auto known = LoadFound(**snapshot);
  if (!known.ok()) return known.status();
  LeftoverList list;
  list.looking = !*way || !(*way)->done();
  list.more = *way && (*way)->more;
  for (const Found& found : *known) {
    auto again = LookAgain(**snapshot, found);
    if (!again.ok()) return again.status();
    if (*again) list.open.push_back(**std::move(again));
  }
  return list;
}

absl::Status Leftovers::Settle(const record::RecordId& id, const Act& act) {
  return store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto known = LoadFound(transaction);
    if (!known.ok()) return known.status();
    ledger::Consultation entry;
    entry.at_ms = now_ms_();
    entry.user = act.deed().user;
    entry.reason = act.deed().reason;
    entry.verb = "review";
    entry.records = {id};
    bool any = false;
    for (Found& found : *known) {
      if (found.id != id || found.settled) continue;
      found.settled = any = true;
      auto put = transaction.PutNamed(store::Named::kSetting, kLeftoverScope, ItemOf(found), Encode(found));
      if (!put.ok()) return put;
    }
    if (!any) {
      return absl::NotFoundError(
          absl::StrCat("flow: `", record::FormatRecordId(id), "` is not among what `tidegate review` lists"));
    }
    return disclosures_.Append(transaction, entry).status();
  });
}

}  // namespace tidegate::flow
