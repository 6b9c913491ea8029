#include "node/store/transaction.h"

#include <algorithm>
#include <limits>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/store/remake.h"
#include "threads/threads.h"

namespace tidegate::store {
namespace {

// 0 if the table is empty.
absl::StatusOr<uint64_t> LastKey(MDB_txn* txn, MDB_dbi dbi) {
  constexpr char kWhat[] = "reading the last arrival";
  MDB_cursor* cursor = nullptr;
  if (int code = mdb_cursor_open(txn, dbi, &cursor)) return FromLmdb(code, kWhat);
  MDB_val key, value;
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
  const uint64_t last = code == 0 ? crypto::ByteReader(Bytes(key)).U64() : 0;
  mdb_cursor_close(cursor);
  if (code != 0 && code != MDB_NOTFOUND) return FromLmdb(code, kWhat);
  return last;
}

std::string InternKey(Interned what, uint32_t id) {
  return crypto::ByteWriter(5).U8(static_cast<uint8_t>(what)).U32(id).Take();
}

// The way back from a string to its number begins with a byte above every class.
std::string InternBlindKey(Interned what, const vault::BlindTermBytes& blind) {
  return crypto::ByteWriter(17).U8(static_cast<uint8_t>(0x80 | static_cast<uint8_t>(what))).Raw(blind).Take();
}

// As `tidegate verify` names it.
std::string RowName(Dbi table, std::string_view key) {
  if (table == Dbi::kArrivals && key.size() == 8) return absl::StrCat("arrival ", crypto::ByteReader(key).U64());
  const bool small = (table == Dbi::kNamed || table == Dbi::kOrdered) && !key.empty();
  const std::string of = small ? absl::StrCat("table ", static_cast<uint8_t>(key.front()), " ") : std::string();
  return absl::StrCat(of, "entry ", absl::BytesToHexString(std::string(small ? key.substr(1) : key)), " of `",
                      std::string(DbiName(table)), "`");
}

}  // namespace

bool Shared::Lookup(Interned what, uint32_t id, std::string& out) {
  threads::MutexLock lock(mutex_);
  auto found = strings_.find(static_cast<uint64_t>(what) << 32 | id);
  if (found == strings_.end()) return false;
  out = found->second;
  return true;
}

void Shared::Remember(Interned what, uint32_t id, const std::string& bytes) {
  threads::MutexLock lock(mutex_);
  if (strings_.size() >= kMostRemembered) strings_.clear();
  strings_[static_cast<uint64_t>(what) << 32 | id] = bytes;
}

void Shared::NoteUnreadable(Dbi table, std::string_view key) {
  threads::MutexLock lock(mutex_);
  if (unreadable_.size() >= kMostUnreadable) return;
  const bool first = unreadable_.empty();
  unreadable_.insert(absl::StrCat(std::string(1, static_cast<char>(table)), std::string(key)));
  if (first) first_unreadable_ = RowName(table, key);
}

Unreadable Shared::unreadable() {
  threads::MutexLock lock(mutex_);
  return {unreadable_.size(), first_unreadable_, mended_};
}

void Shared::NoteMended(size_t chunks) {
  threads::MutexLock lock(mutex_);
  mended_ += chunks;
  const auto of_index = [](const std::string& row) {
    const auto table = static_cast<Dbi>(row.front());
    return table == Dbi::kPostings || (table == Dbi::kMeta && row.substr(1) != kTotalsKey);
  };
  absl::erase_if(unreadable_, of_index);
  // The name of the first row stays if there is no other row to name.
  if (!unreadable_.empty()) {
    const std::string& row = *unreadable_.begin();
    first_unreadable_ = RowName(static_cast<Dbi>(row.front()), std::string_view(row).substr(1));
  }
}

void Shared::NoteDamagedChunk(std::string_view key) {
  NoteUnreadable(Dbi::kPostings, key);
  index_damaged_ = true;
}

TermBlinder::TermBlinder(Shared& shared) : shared_(shared), lock_(LockOne(shared, cache_)) {}

// The first cache that nobody has; where all are taken, the last one is waited for.
threads::HandedLock TermBlinder::LockOne(Shared& shared, size_t& cache) {
  auto& caches = shared.blinded_;
  for (cache = 0; cache < caches.size() - 1; ++cache) {
    threads::HandedLock lock = threads::HandedLock::Try(caches[cache].mutex);
    if (lock.holds()) return lock;
  }
  return threads::HandedLock(caches[cache].mutex);
}

vault::BlindTermBytes TermBlinder::Blind(uint16_t slot, std::string_view text) {
  constexpr size_t kMostCachedText = 64;
  if (text.size() > kMostCachedText) return shared_.vault().BlindTerm(slot, text);
  auto& entries = shared_.blinded_[cache_].entries;
  Shared::Blinded& entry = entries[absl::HashOf(slot, absl::string_view(text.data(), text.size())) % entries.size()];
  if (!entry.filled || entry.slot != slot || entry.text != text) {
    entry.term = shared_.vault().BlindTerm(slot, text);
    entry.slot = slot;
    entry.text = text;
    entry.filled = true;
  }
  return entry.term;
}

std::shared_ptr<index::NameFilter> Shared::names() {
  threads::MutexLock lock(mutex_);
  return names_;
}

void Shared::SetNames(std::shared_ptr<index::NameFilter> names) {
  threads::MutexLock lock(mutex_);
  names_ = std::move(names);
}

Transaction::Transaction(std::shared_ptr<Shared> shared, MDB_txn* txn, bool writing)
    : shared_(std::move(shared)),
      txn_(txn),
      writing_(writing),
      names_(shared_->names()),
      lost_(std::make_unique<LostPostings>(*this)) {}

absl::StatusOr<std::unique_ptr<Transaction>> Transaction::Begin(std::shared_ptr<Shared> shared, MDB_txn* txn,
                                                                bool writing) {
  std::unique_ptr<Transaction> transaction(new Transaction(std::move(shared), txn, writing));
  absl::StatusOr<uint64_t> last = LastKey(txn, transaction->dbi(Dbi::kArrivals));
  if (!last.ok()) return last.status();
  transaction->last_seq_ = *last;
  return transaction;
}

Transaction::~Transaction() {
  if (txn_ == nullptr) return;
  if (writing_) {
    mdb_txn_abort(txn_);
  } else {
    shared_->environment().EndRead(txn_);
  }
}

absl::StatusOr<std::string_view> Transaction::GetRaw(Dbi table, std::string_view key) const {
  absl::StatusOr<std::optional<std::string_view>> value = PeekRaw(table, key);
  if (!value.ok()) return value.status();
  if (value->has_value()) return **value;
  return absl::NotFoundError(absl::StrCat("store: no such entry in `", std::string(DbiName(table)), "`"));
}

absl::StatusOr<std::optional<std::string_view>> Transaction::PeekRaw(Dbi table, std::string_view key) const {
  MDB_val key_val = Val(key), value;
  const int code = key.empty() ? MDB_NOTFOUND : mdb_get(txn_, dbi(table), &key_val, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != 0) return FromLmdb(code, absl::StrCat("reading `", std::string(DbiName(table)), "`"));
  return std::optional<std::string_view>(Bytes(value));
}

absl::Status Transaction::PutRaw(Dbi table, std::string_view key, std::string_view value, unsigned flags) {
  written_bytes_ += value.size();
  MDB_val key_val = Val(key), value_val = Val(value);
  return FromLmdb(mdb_put(txn_, dbi(table), &key_val, &value_val, flags), "writing");
}

absl::Status Transaction::DeleteRaw(Dbi table, std::string_view key) {
  MDB_val key_val = Val(key);
  return FromLmdb(mdb_del(txn_, dbi(table), &key_val, nullptr), "deleting");
}

absl::Status Transaction::OpenValue(Dbi table, std::string_view key, std::string_view sealed, std::string& out) const {
  absl::Status status = shared_->vault().OpenAppend(DbiName(table), key, sealed, out);
  const bool damage = absl::IsUnauthenticated(status) || absl::IsInvalidArgument(status) || absl::IsNotFound(status);
  if (!damage) return status;
  shared_->NoteUnreadable(table, key);
  return absl::DataLossError(
      absl::StrCat("store: ", RowName(table, key), " does not open; run `tidegate verify`: ", status.message()));
}

absl::StatusOr<std::string> Transaction::GetSealed(Dbi table, std::string_view key) const {
  absl::StatusOr<std::string_view> sealed = GetRaw(table, key);
  if (!sealed.ok()) return sealed.status();
  std::string out;
  if (absl::Status status = OpenValue(table, key, *sealed, out); !status.ok()) return status;
  return out;
}

absl::Status Transaction::ForEach(
    Dbi table, std::string_view prefix, std::string_view from, bool descending,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> visit) const {
  // Above every key with the prefix: keys are shorter than this.
  std::string start(from);
  if (start.empty()) start = descending ? std::string(prefix) + std::string(64, '\xff') : std::string(prefix);
  MDB_cursor* cursor = nullptr;
  if (int code = mdb_cursor_open(txn_, dbi(table), &cursor)) return FromLmdb(code, "reading");
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closing(cursor, &mdb_cursor_close);
  MDB_val key = Val(start), value;
  int code = start.empty() ? mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
                           : mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (descending && (code == MDB_NOTFOUND || (code == 0 && Bytes(key) != start))) {
    code = mdb_cursor_get(cursor, &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
  }
  while (code == 0 && Bytes(key).substr(0, prefix.size()) == prefix) {
    absl::StatusOr<bool> more = visit(Bytes(key), Bytes(value));
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    code = mdb_cursor_get(cursor, &key, &value, descending ? MDB_PREV : MDB_NEXT);
  }
  return code == MDB_NOTFOUND ? absl::OkStatus() : FromLmdb(code, "reading");
}

absl::StatusOr<std::string> Transaction::InternedBytes(Interned what, uint32_t id) const {
  std::string bytes;
  if (!writing_ && shared_->Lookup(what, id, bytes)) return bytes;
  absl::StatusOr<std::string> stored = GetSealed(Dbi::kLabels, InternKey(what, id));
  if (stored.ok() && !writing_) shared_->Remember(what, id, *stored);
  return stored;
}

absl::StatusOr<uint32_t> Transaction::Intern(Interned what, const std::string& bytes) {
  const auto index = static_cast<size_t>(what);
  auto& committed = shared_->numbers[index];
  if (auto found = committed.find(bytes); found != committed.end()) return found->second;
  if (auto found = interned_[index].find(bytes); found != interned_[index].end()) return found->second;
  const std::string back = InternBlindKey(what, Blind(kInternBlind + static_cast<uint16_t>(index), bytes));
  uint32_t id = 0;
  if (absl::StatusOr<std::string_view> known = GetRaw(Dbi::kLabels, back); known.ok()) {
    id = crypto::ByteReader(*known).U32();
    // The way back is a keyed hash of the bytes, so it proves that a row which does not open held these bytes.
    const absl::Status held = GetSealed(Dbi::kLabels, InternKey(what, id)).status();
    const absl::Status mended = held.ok() ? held : PutSealed(Dbi::kLabels, InternKey(what, id), bytes);
    if (!mended.ok()) return mended;
  } else if (!absl::IsNotFound(known.status())) {
    return known.status();
  } else {
    const std::string prefix(1, static_cast<char>(what));
    absl::Status status =
        ForEach(Dbi::kLabels, prefix, "", true, [&id](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
          id = crypto::ByteReader(key.substr(1)).U32();
          return false;
        });
    if (!status.ok()) return status;
    ++id;
    status = PutSealed(Dbi::kLabels, InternKey(what, id), bytes);
    if (status.ok()) status = PutRaw(Dbi::kLabels, back, crypto::ByteWriter(4).U32(id).view());
    if (!status.ok()) return status;
  }
  interned_[index].emplace(bytes, id);
  return id;
}

absl::StatusOr<bool> Transaction::InternedIsDamaged(Interned what, const std::string& bytes) const {
  const auto slot = static_cast<uint16_t>(kInternBlind + static_cast<uint16_t>(what));
  absl::StatusOr<std::optional<std::string_view>> known =
      PeekRaw(Dbi::kLabels, InternBlindKey(what, Blind(slot, bytes)));
  if (!known.ok()) return known.status();
  if (!known->has_value()) return false;
  const absl::Status held = GetSealed(Dbi::kLabels, InternKey(what, crypto::ByteReader(**known).U32())).status();
  if (Damaged(held)) return true;
  // A number that is no row's: the way back is damaged.
  if (!held.ok() && !absl::IsNotFound(held)) return held;
  return false;
}

absl::StatusOr<Row> Transaction::ReadRow(uint64_t seq, std::string& buffer) const {
  const std::string key = Key64(seq);
  absl::StatusOr<std::string_view> sealed = GetRaw(Dbi::kArrivals, key);
  if (absl::IsNotFound(sealed.status()) && seq > 0 && seq <= last_seq_) {
    return absl::DataLossError(absl::StrCat("store: arrival ", seq, " is missing; run `tidegate verify`"));
  }
  if (!sealed.ok()) return sealed.status();
  shared_->rows_opened.fetch_add(1, std::memory_order_relaxed);
  ++work_;
  return OpenRow(seq, *sealed, buffer);
}

absl::StatusOr<Row> Transaction::OpenRow(uint64_t seq, std::string_view sealed, std::string& buffer) const {
  buffer.clear();
  if (sealed == kOverwritten) {
    return absl::DataLossError(
        absl::StrCat("store: arrival ", seq, " could not be read when its record was recalled, and was written over"));
  }
  if (absl::Status status = OpenValue(Dbi::kArrivals, Key64(seq), sealed, buffer); !status.ok()) return status;
  absl::StatusOr<Row> row = DecodeRow(buffer);
  if (!row.ok()) return absl::DataLossError(absl::StrCat(row.status().message(), " (arrival ", seq, ")"));
  return row;
}

// A party that a row names.
absl::StatusOr<std::string> Transaction::PartyOf(uint64_t seq, uint32_t id) const {
  absl::StatusOr<std::string> party = InternedBytes(Interned::kParty, id);
  if (!absl::IsNotFound(party.status())) return party;
  return absl::DataLossError(
      absl::StrCat("store: arrival ", seq, " names a party that is missing in `labels`; run `tidegate verify`"));
}

absl::Status Transaction::WriteRow(uint64_t seq, const Row& row, std::string_view retention) {
  ++work_;
  plain_.clear();
  EncodeRow(row, plain_);
  return PutSealed(Dbi::kArrivals, Key64(seq), plain_, retention);
}

absl::StatusOr<uint64_t> Transaction::AppendRow(const Row& row, std::string_view retention) {
  ++work_;
  plain_.clear();
  EncodeRow(row, plain_);
  // In key order, so that pages are filled instead of split.
  absl::Status status = PutSealed(Dbi::kArrivals, Key64(last_seq_ + 1), plain_, retention, MDB_APPEND);
  if (!status.ok()) return status;
  ++last_seq_;
  if (row.own || !IsRecord(row.event)) AddTerm(shared_->IndexTermOf(kOwnBlind, ""), last_seq_);
  return last_seq_;
}

absl::StatusOr<Arrival> Transaction::ToArrival(uint64_t seq, const Row& row) const {
  Arrival arrival;
  arrival.seq = seq;
  arrival.event = row.event;
  arrival.at_ms = row.at_ms;
  if (!IsRecord(row.event)) {
    arrival.subject = row.subject;
    arrival.detail = row.detail;
    return arrival;
  }
  arrival.subject = seq;
  StoredRecord& record = arrival.record.emplace();
  record.seq = seq;
  record.event = row.event;
  record.own = row.own;
  record.erased = row.erased;
  record.final = row.final;
  record.superseded = row.superseded;
  record.forked = row.forked;
  record.arrived_ms = row.at_ms;
  record.label_id = row.label;
  record.log_index = row.log_index;
  record.proof_id = row.proof;
  absl::StatusOr<std::string> origin = PartyOf(seq, row.origin);
  if (!origin.ok()) return origin.status();
  record.origin = *std::move(origin);
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return absl::DataLossError(absl::StrCat("store: arrival ", seq, ": ", view.status().message()));
  record.view = *std::move(view);
  if (!row.local.empty()) {
    absl::StatusOr<record::LocalFacts> local = record::DecodeLocalFacts(row.local);
    if (!local.ok()) return absl::DataLossError(absl::StrCat("store: arrival ", seq, ": ", local.status().message()));
    record.local = *std::move(local);
  }
  for (const RowClaim& claim : row.claims) {
    absl::StatusOr<std::string> giver = PartyOf(seq, claim.giver);
    if (!giver.ok()) return giver.status();
    Claim& out = record.claims.emplace_back();
    out.giver = *std::move(giver);
    out.openings = claim.openings.empty() ? record::OpeningsOf(record.view) : claim.openings;
  }
  return arrival;
}

absl::StatusOr<index::PostingIndex*> Transaction::OpenIndex() const {
  if (index_.has_value()) return &*index_;
  absl::StatusOr<std::string> stored = GetSealed(Dbi::kMeta, kRunsKey);
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  index::RunList runs;
  if (stored.ok()) {
    absl::StatusOr<index::RunList> decoded = index::DecodeRuns(*stored);
    if (!decoded.ok()) return decoded.status();
    runs = *std::move(decoded);
    runs_ = *std::move(stored);
  }
  runs.checked = shared_->checked_runs;
  return &index_.emplace(txn_, dbi(Dbi::kPostings), std::move(runs), lost_.get());
}

bool Transaction::MetDamagedIndex() const { return lost_->met(); }

absl::Status Transaction::ClearIndex() {
  shared_->checked_runs = 1;
  index_.reset();
  runs_ = "cleared";  // so that the list is written, whatever lies there
  absl::Status status = PutSealed(Dbi::kMeta, kChecksKey, crypto::ByteWriter(4).U32(1).view());
  if (!status.ok()) return status;
  return index_.emplace(txn_, dbi(Dbi::kPostings), index::RunList(), lost_.get()).Clear();
}

absl::StatusOr<bool> Transaction::HasAllEntries(Dbi table) const {
  const absl::StatusOr<std::string> totals = GetSealed(Dbi::kMeta, kTotalsKey);
  if (absl::IsNotFound(totals.status()) || Damaged(totals.status())) return true;
  if (!totals.ok()) return totals.status();
  // The last arrival, then each table but the first.
  const size_t at = 8 * static_cast<size_t>(table);
  if (totals->size() < at + 8) return true;
  MDB_stat stat{};
  if (int code = mdb_stat(txn_, dbi(table), &stat)) return FromLmdb(code, "counting entries");
  return crypto::ByteReader(std::string_view(*totals).substr(at, 8)).U64() == stat.ms_entries;
}

bool Transaction::MayHoldName(const Term& name) const { return names_ == nullptr || names_->MayHold({name, 0}); }

absl::StatusOr<std::optional<uint64_t>> Transaction::FindLeaf(const Term& leaf) const {
  if (auto found = leaves_.find(leaf); found != leaves_.end()) return std::optional<uint64_t>(found->second);
  absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
  if (!postings.ok()) return postings.status();
  absl::StatusOr<uint64_t> seq = (*postings)->Newest(leaf);
  if (!seq.ok()) return seq.status();
  return *seq == 0 ? std::nullopt : std::optional<uint64_t>(*seq);
}

absl::StatusOr<std::vector<uint64_t>> Transaction::Chain(const Term& record) const {
  std::vector<uint64_t> chain;
  if (MayHoldName(record)) {
    absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
    if (!postings.ok()) return postings.status();
    absl::StatusOr<std::vector<uint64_t>> stored = (*postings)->Arrivals(record);
    if (!stored.ok()) return stored.status();
    chain = *std::move(stored);
  }
  if (auto found = chains_.find(record); found != chains_.end()) {
    chain.insert(chain.end(), found->second.begin(), found->second.end());
  }
  return chain;
}

absl::StatusOr<bool> Transaction::IsOwn(uint64_t seq) const {
  absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
  if (!postings.ok()) return postings.status();
  absl::StatusOr<std::vector<uint64_t>> own = (*postings)->Arrivals(shared_->IndexTermOf(kOwnBlind, ""), seq, seq);
  if (!own.ok()) return own.status();
  return !own->empty();
}

absl::Status Transaction::Overwrite(uint64_t seq) {
  ++work_;
  return PutRaw(Dbi::kArrivals, Key64(seq), kOverwritten);
}

absl::StatusOr<bool> Transaction::Overwritten(uint64_t seq) const {
  absl::StatusOr<std::optional<std::string_view>> row = PeekRaw(Dbi::kArrivals, Key64(seq));
  if (!row.ok()) return row.status();
  return *row == kOverwritten;
}

absl::StatusOr<bool> Transaction::HasChain(const Term& record) const {
  if (chains_.contains(record)) return true;
  if (!MayHoldName(record)) return false;
  absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
  if (!postings.ok()) return postings.status();
  absl::StatusOr<uint64_t> newest = (*postings)->Newest(record);
  if (!newest.ok()) return newest.status();
  return *newest != 0;
}

void Transaction::AddTerm(const Term& term, uint64_t seq) {
  const Posting& posting = postings_.emplace_back(term, seq);
  if (!removed_.empty()) removed_.erase(posting);
  // Before the commit, so that nobody can see the name in the index and not in the filter.
  if (names_ != nullptr && (term[0] & 0x80) != 0) names_->Add(posting);
}

void Transaction::AddRevision(const Term& leaf, const Term& record, uint64_t seq) {
  leaves_[leaf] = seq;
  chains_[record].push_back(seq);
  AddTerm(leaf, seq);
  AddTerm(record, seq);
}

absl::Status Transaction::RemoveTerm(const Term& term, uint64_t seq) {
  if (!postings_.empty()) removed_.emplace(term, seq);
  absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
  if (!postings.ok()) return postings.status();
  absl::Status status = (*postings)->Remove({term, seq});
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::Status Transaction::Flush() {
  if (absl::Status status = FlushPostings(); !status.ok()) return status;
  if (absl::Status status = FlushCounts(); !status.ok()) return status;
  return WriteTotals();
}

// Lets `verify` see that an entry is missing where nothing else would tell.
absl::Status Transaction::WriteTotals() {
  crypto::ByteWriter totals(8 * kDbiCount);
  totals.U64(last_seq_);
  for (size_t i = 0; i < kDbiCount; ++i) {
    if (static_cast<Dbi>(i) == Dbi::kMeta) continue;
    MDB_stat stat{};
    if (int code = mdb_stat(txn_, dbi(static_cast<Dbi>(i)), &stat)) return FromLmdb(code, "counting entries");
    totals.U64(stat.ms_entries);
  }
  return PutSealed(Dbi::kMeta, kTotalsKey, totals.view());
}

absl::Status Transaction::FlushPostings() {
  index::SortPostings(postings_);
  if (!removed_.empty()) {
    std::erase_if(postings_, [this](const Posting& posting) { return removed_.contains(posting); });
    removed_.clear();
  }
  if (!postings_.empty()) {
    absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
    if (!postings.ok()) return postings.status();
    if (absl::Status status = (*postings)->Add(postings_); !status.ok()) return status;
  }
  if (absl::Status status = RenewNames(); !status.ok()) return status;
  postings_.clear();
  leaves_.clear();
  chains_.clear();
  if (!index_.has_value()) return absl::OkStatus();
  std::string runs = index::EncodeRuns(index_->runs());
  if (runs == runs_ || (runs_.empty() && index_->runs().runs.empty())) return absl::OkStatus();
  if (absl::Status status = PutSealed(Dbi::kMeta, kRunsKey, runs); !status.ok()) return status;
  runs_ = std::move(runs);
  return absl::OkStatus();
}

// The filter of names is made when many arrive at once, and again when it has become too small: reading all names of
// the index takes as long as a few thousand look-ups.
absl::Status Transaction::RenewNames() {
  constexpr size_t kManyPostings = 4096;
  constexpr uint64_t kFewNames = uint64_t{1} << 16;
  constexpr uint64_t kMostNames = uint64_t{1} << 25;  // 44 MiB; a larger index is asked itself
  if (names_ != nullptr ? !names_->full() : postings_.size() < kManyPostings) return absl::OkStatus();
  if (names_ != nullptr && names_->capacity() >= kMostNames) return absl::OkStatus();
  absl::StatusOr<index::PostingIndex*> postings = OpenIndex();
  if (!postings.ok()) return postings.status();
  Term first{};
  first[0] = 0x80;
  uint64_t count = 0;
  if (absl::Status status = (*postings)->ForEach(first, [&count](const Posting&) { ++count; }); !status.ok())
    return status;
  auto names = std::make_shared<index::NameFilter>(std::min(std::max(2 * count, kFewNames), kMostNames));
  absl::Status status = (*postings)->ForEach(first, [&names](const Posting& name) { names->Add(name); });
  if (!status.ok()) return status;
  names_ = names;
  shared_->SetNames(std::move(names));
  return absl::OkStatus();
}

absl::Status Transaction::FlushCounts() {
  for (const auto& [key, change] : counts_) {
    if (change == 0) continue;
    const std::string name = EncodeCountKey(key);
    uint64_t count = 0;
    if (absl::StatusOr<std::string> bytes = GetSealed(Dbi::kCounts, name); bytes.ok()) {
      absl::StatusOr<uint64_t> number = NumberFrom(*bytes);
      if (!number.ok()) return number.status();
      count = *number;
    } else if (Damaged(bytes.status())) {
      continue;  // counted anew when the store is opened again (mend.cc); it must not stop a recall
    } else if (!absl::IsNotFound(bytes.status())) {
      return bytes.status();
    }
    // Below zero only where a count was wrong before, which `verify` tells; it must not stop a recall either.
    count =
        change < 0 ? count - std::min(count, static_cast<uint64_t>(-change)) : count + static_cast<uint64_t>(change);
    absl::Status status = count == 0 ? DeleteRaw(Dbi::kCounts, name) : PutSealed(Dbi::kCounts, name, Key64(count));
    if (!status.ok()) return status;
  }
  counts_.clear();
  return absl::OkStatus();
}

void Transaction::Committed() {
  for (size_t i = 0; i < kInternedClasses; ++i) {
    auto& committed = shared_->numbers[i];
    if (committed.size() + interned_[i].size() > kMostRemembered) committed.clear();
    for (auto& [bytes, id] : interned_[i]) committed.emplace(bytes, id);
    interned_[i].clear();
  }
}

}  // namespace tidegate::store
