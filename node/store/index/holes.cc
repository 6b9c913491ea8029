#include "node/store/index/holes.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "node/store/index/postings.h"

namespace tidegate::index {
namespace {

using environment::Bytes;
using environment::FromLmdb;
using environment::Val;

using TableCursor = std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)>;

absl::StatusOr<TableCursor> OpenTable(MDB_txn* txn, MDB_dbi dbi) {
  MDB_cursor* opened = nullptr;
  if (int code = mdb_cursor_open(txn, dbi, &opened)) return FromLmdb(code, "reading postings");
  return TableCursor(opened, &mdb_cursor_close);
}

// Whether the chunk is as it was written. `last` becomes its last posting.
bool IsSound(const RunList& list, uint32_t run, const Posting& first, std::string_view key, std::string_view chunk,
             Posting& last) {
  const std::optional<std::string_view> entries = EntriesOf(list, run, key, chunk);
  if (!entries.has_value()) return false;
  ChunkReader reader(*entries);
  if (!reader.Next() || reader.posting() != first) return false;
  do {
    last = reader.posting();
  } while (reader.Next());
  return !reader.damaged();
}

}  // namespace

absl::Status MeetDamage(Rows* rows, std::string_view key) {
  if (rows != nullptr) {
    if (const auto told = rows->InPlaceOf(key); !told.ok()) return told.status();
  }
  return absl::DataLossError("store: a chunk of postings is damaged; run `tidegate verify`");
}

absl::StatusOr<Survey> PostingIndex::LookForHoles() const {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  absl::StatusOr<TableCursor> cursor = OpenTable(txn_, dbi_);
  if (!cursor.ok()) return cursor.status();
  Survey survey;
  uint32_t at_run = 0;
  bool in_hole = false;
  Posting last;  // of the sound chunk before
  MDB_val key, value;
  int code = mdb_cursor_get(cursor->get(), &key, &value, MDB_FIRST);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT)) {
    uint32_t id = 0;
    Posting first, end;
    const bool named = ParseChunkKey(Bytes(key), id, first);
    const auto run = std::find_if(runs_.runs.begin(), runs_.runs.end(), [id](const Run& one) { return one.id == id; });
    if (!named || run == runs_.runs.end()) {
      survey.beyond_mending = true;
      return survey;
    }
    if (id != at_run) {
      at_run = id;
      in_hole = false;
      last = {};
    }
    if (IsSound(runs_, id, first, Bytes(key), Bytes(value), end) && last < first) {
      if (in_hole) survey.holes.back().below = first;
      in_hole = false;
      last = end;
      continue;
    }
    if (!in_hole) {
      Hole& hole = survey.holes.emplace_back();
      hole.lowest = run->lowest;
      hole.highest = run->highest;
      hole.above = last;
      hole.below.high = hole.below.low = hole.below.seq = kMost;
    }
    in_hole = true;
    Hole& hole = survey.holes.back();
    hole.keys.emplace_back(Bytes(key));
    for (ChunkReader reader(Bytes(value)); reader.Next();) hole.said.push_back(reader.posting());
  }
  if (code != MDB_NOTFOUND) return FromLmdb(code, "reading postings");
  return survey;
}

absl::StatusOr<bool> PostingIndex::SurelyHolds(const Posting& posting) const {
  absl::StatusOr<TableCursor> cursor = OpenTable(txn_, dbi_);
  if (!cursor.ok()) return cursor.status();
  for (const Run& run : runs_.runs) {
    if (posting.seq < run.lowest || posting.seq > run.highest) continue;
    const std::string wanted = ChunkKey(run.id, posting);
    MDB_val key = Val(wanted), value;
    int code = mdb_cursor_get(cursor->get(), &key, &value, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND || (code == MDB_SUCCESS && Bytes(key) != wanted)) {
      code = mdb_cursor_get(cursor->get(), &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    }
    if (code == MDB_NOTFOUND) continue;
    if (code != MDB_SUCCESS) return FromLmdb(code, "reading postings");
    uint32_t id = 0;
    Posting first;
    if (!ParseChunkKey(Bytes(key), id, first) || id != run.id) continue;
    const std::optional<std::string_view> entries = EntriesOf(runs_, id, Bytes(key), Bytes(value));
    if (!entries.has_value()) continue;
    for (ChunkReader reader(*entries); reader.Next();) {
      if (reader.posting() == posting) return true;
    }
  }
  return false;
}

absl::Status PostingIndex::TakeOut(const Hole& hole) {
  for (const std::string& name : hole.keys) {
    MDB_val key = Val(name);
    if (int code = mdb_del(txn_, dbi_, &key, nullptr)) return FromLmdb(code, "mending postings");
  }
  return absl::OkStatus();
}

absl::Status PostingIndex::Clear() {
  runs_.runs.clear();
  return FromLmdb(mdb_drop(txn_, dbi_, 0), "taking postings out");
}

}  // namespace tidegate::index
