#include "node/store/index/postings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>

#include "node/store/index/merge.h"

namespace tidegate::index {
namespace {

using environment::Bytes;
using environment::FromLmdb;
using environment::Val;

// This many runs of one rank are merged into one. So each posting is written once more when the index has grown
// eightfold, and a search looks into at most seven runs of each rank, and into those that are being merged.
constexpr size_t kFanIn = 8;
// Ranks of a run: bytes are 64 bits, a rank is three of them.
constexpr size_t kRanks = 24;
// Merges as small as this are done at once; larger ones go on when so much is owed, because each portion takes out and
// puts back a chunk of each run.
constexpr uint64_t kPortionBytes = uint64_t{1} << 16;
// A merge takes this many bytes for each byte that a transaction adds. With 1 it would end just before the next merge
// begins.
constexpr uint64_t kPace = 2;

absl::Status KeyDamaged() {
  return absl::DataLossError("store: a key of the index is damaged; restart the node, which makes the index anew");
}

// Positions `cursor` at the run's last chunk that begins at or below `posting`. False if it has none.
absl::StatusOr<bool> SeekChunk(MDB_cursor* cursor, uint32_t run, const Posting& posting, Posting& first,
                               MDB_val& value) {
  const std::string wanted = ChunkKey(run, posting);
  MDB_val key = Val(wanted);
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND || (code == MDB_SUCCESS && Bytes(key) != wanted)) {
    code = mdb_cursor_get(cursor, &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
  }
  if (code == MDB_NOTFOUND) return false;
  if (code != MDB_SUCCESS) return FromLmdb(code, "reading postings");
  uint32_t found = 0;
  if (!ParseChunkKey(Bytes(key), found, first)) return KeyDamaged();
  return found == run;
}

absl::StatusOr<bool> PreviousChunk(MDB_cursor* cursor, uint32_t run, Posting& first, MDB_val& value) {
  MDB_val key;
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
  if (code == MDB_NOTFOUND) return false;
  if (code != MDB_SUCCESS) return FromLmdb(code, "reading postings");
  uint32_t found = 0;
  if (!ParseChunkKey(Bytes(key), found, first)) return KeyDamaged();
  return found == run;
}

}  // namespace

PostingCursor::PostingCursor(MDB_txn* txn, MDB_dbi dbi, const RunList& runs, const Term& term, Budget* budget,
                             Rows* rows)
    : txn_(txn), dbi_(dbi), term_(term, 0), budget_(budget), rows_(rows), runs_(&runs) {
  places_.reserve(runs.runs.size());
  for (const Run& run : runs.runs) {
    Place& place = places_.emplace_back();
    place.run = run.id;
    place.lowest = run.lowest;
    place.highest = run.highest;
  }
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.highest > b.highest; });
}

absl::StatusOr<Answer> PostingCursor::AtOrBelow(uint64_t limit) {
  if (!Pay()) return Answer{limit, false};
  uint64_t best = 0;
  for (Place& place : places_) {
    if (place.highest <= best) break;  // nor has any after it more
    if (place.lowest > limit) continue;
    absl::StatusOr<Answer> found = AtOrBelow(place, limit);
    if (!found.ok() || !found->known) return found;
    best = std::max(best, found->number);
  }
  const auto above = std::upper_bound(lost_.begin(), lost_.end(), limit);
  return Answer{above == lost_.begin() ? best : std::max(best, *std::prev(above))};
}

absl::StatusOr<Answer> PostingCursor::AtOrBelow(Place& place, uint64_t limit) {
  if (place.known && place.answer <= limit && limit <= place.asked) return Answer{place.answer};
  const std::vector<uint64_t>& numbers = place.numbers;
  if (numbers.empty() || limit < numbers.front() || limit > numbers.back()) {
    const absl::StatusOr<bool> loaded = Load(place, limit);
    if (!loaded.ok()) return loaded.status();
    if (!*loaded) return Answer{limit, false};
  }
  auto above = std::upper_bound(numbers.begin(), numbers.end(), limit);
  place.answer = above == numbers.begin() ? 0 : *std::prev(above);
  place.asked = limit;
  place.known = true;
  return Answer{place.answer};
}

bool PostingCursor::ReadChunk(std::string_view key, std::string_view chunk, Place& place) const {
  const std::optional<std::string_view> entries = EntriesOf(*runs_, place.run, key, chunk);
  if (!entries.has_value()) return false;
  ChunkReader reader(*entries);
  while (reader.NextTerm() && reader.posting() < term_) {
  }
  if (reader.posting().SameTerm(term_)) {
    do {
      place.numbers.push_back(reader.posting().seq);
    } while (reader.Next() && reader.posting().SameTerm(term_));
  }
  return !reader.damaged();
}

absl::Status PostingCursor::AskRows(std::string_view key) {
  if (rows_ == nullptr) return MeetDamage(nullptr, key);
  const absl::StatusOr<std::span<const Posting>> lost = rows_->InPlaceOf(key);
  if (!lost.ok()) return lost.status();
  lost_.clear();
  for (auto at = std::lower_bound(lost->begin(), lost->end(), term_); at != lost->end() && at->SameTerm(term_); ++at) {
    lost_.push_back(at->seq);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PostingCursor::Load(Place& place, uint64_t limit) {
  if (cursor_ == nullptr) {
    MDB_cursor* cursor = nullptr;
    if (int code = mdb_cursor_open(txn_, dbi_, &cursor)) return FromLmdb(code, "reading postings");
    cursor_.reset(cursor);
  }
  Posting wanted = term_, first;
  wanted.seq = limit;
  MDB_val value;
  place.numbers.clear();
  place.known = false;
  if (!Pay()) return false;
  absl::StatusOr<bool> found = SeekChunk(cursor_.get(), place.run, wanted, first, value);
  for (;;) {
    place.numbers.clear();
    if (!found.ok()) return found.status();
    if (!*found) return true;
    if (const std::string key = ChunkKey(place.run, first); !ReadChunk(key, Bytes(value), place)) {
      place.numbers.clear();
      if (absl::Status asked = AskRows(key); !asked.ok()) return asked;
    }
    if (!place.numbers.empty() && place.numbers.front() <= limit) return true;
    // A chunk that begins with this term may not be its first.
    if (!first.SameTerm(term_)) return true;
    if (!Pay()) {
      place.numbers.clear();
      return false;
    }
    found = PreviousChunk(cursor_.get(), place.run, first, value);
  }
}

absl::Status PostingIndex::Add(std::span<const Posting> postings) {
  if (postings.empty()) return absl::OkStatus();
  Run run;
  run.id = runs_.next++;
  run.lowest = std::numeric_limits<uint64_t>::max();
  RunWriter writer(txn_, dbi_, run.id, runs_.HasChecks(run.id));
  for (const Posting& posting : postings) {
    run.lowest = std::min(run.lowest, posting.seq);
    run.highest = std::max(run.highest, posting.seq);
    if (absl::Status status = writer.Add(posting); !status.ok()) return status;
  }
  if (absl::Status status = writer.Finish(); !status.ok()) return status;
  run.bytes = writer.bytes();
  for (Run& other : runs_.runs) {
    if (runs_.Remaining(other.id) > 0) other.owed += kPace * run.bytes;
  }
  runs_.runs.push_back(run);
  return Merge();
}

bool PostingIndex::BeginMerge() {
  std::array<size_t, kRanks> count{};
  for (const Run& run : runs_.runs) {
    if (run.into != 0 || runs_.Remaining(run.id) > 0) continue;
    const unsigned rank = RankOf(run);
    if (++count[rank] < kFanIn) continue;
    Run merged;
    merged.id = runs_.next++;
    merged.lowest = std::numeric_limits<uint64_t>::max();
    for (Run& one : runs_.runs) {
      if (one.into != 0 || runs_.Remaining(one.id) > 0 || RankOf(one) != rank) continue;
      merged.lowest = std::min(merged.lowest, one.lowest);
      merged.highest = std::max(merged.highest, one.highest);
      one.into = merged.id;
    }
    runs_.runs.push_back(merged);
    return true;
  }
  return false;
}

absl::Status PostingIndex::Merge() {
  for (;;) {
    while (BeginMerge()) {
    }
    Run* due = nullptr;
    uint64_t budget = 0;
    for (Run& run : runs_.runs) {
      const uint64_t remaining = runs_.Remaining(run.id);
      if (remaining == 0) continue;
      const bool small = remaining <= kPortionBytes;
      if (!small && run.owed < kPortionBytes) continue;
      due = &run;
      budget = small ? std::numeric_limits<uint64_t>::max() : run.owed;
      break;
    }
    if (due == nullptr) return absl::OkStatus();
    due->owed = 0;
    if (absl::Status status = MergePortion(txn_, dbi_, runs_, due->id, budget, rows_); !status.ok()) return status;
  }
}

absl::Status PostingIndex::Remove(const Posting& posting) {
  MDB_cursor* opened = nullptr;
  if (int code = mdb_cursor_open(txn_, dbi_, &opened)) return FromLmdb(code, "reading postings");
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor(opened, &mdb_cursor_close);
  for (const Run& run : runs_.runs) {
    if (posting.seq < run.lowest || posting.seq > run.highest) continue;
    Posting first;
    MDB_val value;
    absl::StatusOr<bool> found = SeekChunk(cursor.get(), run.id, posting, first, value);
    if (!found.ok()) return found.status();
    if (!*found) continue;
    const std::string key = ChunkKey(run.id, first);
    const bool checked = runs_.HasChecks(run.id);
    const std::optional<std::string_view> entries = EntriesOf(runs_, run.id, key, Bytes(value));
    if (!entries.has_value()) return MeetDamage(rows_, key);
    ChunkReader reader(*entries);
    ChunkBuilder rest(kMostChunkBytes - (checked ? kCheckBytes : 0));
    bool there = false;
    while (reader.Next()) {
      if (reader.posting() == posting) {
        there = true;
      } else {
        rest.Add(reader.posting());
      }
    }
    if (reader.damaged()) return MeetDamage(rows_, key);
    if (!there) continue;
    // A chunk stands under its first posting, which may be another one now.
    const std::string key_after = ChunkKey(run.id, rest.first());
    std::string chunk = rest.Take();
    if (checked && !chunk.empty()) AddCheck(key_after, chunk);
    MDB_val key_val = Val(key), key_after_val = Val(key_after), chunk_val = Val(chunk);
    int code = MDB_SUCCESS;
    if (chunk.empty() || key_after != key) code = mdb_del(txn_, dbi_, &key_val, nullptr);
    if (code == MDB_SUCCESS && !chunk.empty()) code = mdb_put(txn_, dbi_, &key_after_val, &chunk_val, 0);
    return FromLmdb(code, "taking out a posting");
  }
  return absl::NotFoundError("store: the index lacks an arrival; run `tidegate verify`");
}

absl::StatusOr<uint64_t> PostingIndex::Newest(const Term& term) const {
  const absl::StatusOr<Answer> found = Walk(term).AtOrBelow(std::numeric_limits<uint64_t>::max());
  if (!found.ok()) return found.status();
  return found->number;
}

absl::StatusOr<std::vector<uint64_t>> PostingIndex::Arrivals(const Term& term, uint64_t first, uint64_t last) const {
  std::vector<uint64_t> numbers;
  PostingCursor cursor = Walk(term);
  for (uint64_t limit = last; limit > 0;) {
    absl::StatusOr<Answer> found = cursor.AtOrBelow(limit);
    if (!found.ok()) return found.status();
    if (found->number == 0 || found->number < first) break;
    numbers.push_back(found->number);
    limit = found->number - 1;
  }
  std::reverse(numbers.begin(), numbers.end());
  return numbers;
}

absl::Status PostingIndex::ForEach(const Term& from, absl::FunctionRef<void(const Posting&)> visit) const {
  MDB_cursor* opened = nullptr;
  if (int code = mdb_cursor_open(txn_, dbi_, &opened)) return FromLmdb(code, "reading postings");
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor(opened, &mdb_cursor_close);
  const Posting start(from, 0);
  for (const Run& run : runs_.runs) {
    Posting first;
    MDB_val key, value;
    absl::StatusOr<bool> found = SeekChunk(cursor.get(), run.id, start, first, value);
    if (!found.ok()) return found.status();
    int code = MDB_SUCCESS;
    if (!*found) {
      const std::string begin = ChunkKey(run.id, {});
      key = Val(begin);
      code = mdb_cursor_get(cursor.get(), &key, &value, MDB_SET_RANGE);
    } else {
      code = mdb_cursor_get(cursor.get(), &key, &value, MDB_GET_CURRENT);
    }
    for (; code == MDB_SUCCESS; code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) {
      uint32_t at = 0;
      if (!ParseChunkKey(Bytes(key), at, first)) return KeyDamaged();
      if (at != run.id) break;
      const std::optional<std::string_view> entries = EntriesOf(runs_, run.id, Bytes(key), Bytes(value));
      if (!entries.has_value()) return MeetDamage(rows_, Bytes(key));
      ChunkReader reader(*entries);
      while (reader.Next()) {
        if (!(reader.posting() < start)) visit(reader.posting());
      }
      if (reader.damaged()) return MeetDamage(rows_, Bytes(key));
    }
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND) return FromLmdb(code, "reading postings");
  }
  return absl::OkStatus();
}

}  // namespace tidegate::index
