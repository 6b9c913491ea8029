#include "node/store/index/merge.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::index {
namespace {

using environment::Bytes;
using environment::FromLmdb;
using environment::Val;

using LmdbCursor = std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)>;

// A run that is being merged: its chunks are taken out of the table one by one, in their order.
class Source {
 public:
  Source(MDB_txn* txn, MDB_dbi dbi, const RunList& list, Run& run, Rows* rows)
      : txn_(txn), dbi_(dbi), list_(list), run_(run), rows_(rows) {}

  // Moves to the next posting; false when the run has no more.
  absl::StatusOr<bool> Next(MDB_cursor* cursor);
  const Posting& posting() const { return reader_.posting(); }
  // Stores the posting at hand and those after it again.
  absl::Status PutBack();
  uint32_t run() const { return run_.id; }

 private:
  absl::StatusOr<bool> TakeChunk(MDB_cursor* cursor);

  MDB_txn* const txn_;
  const MDB_dbi dbi_;
  const RunList& list_;
  Run& run_;
  Rows* const rows_;
  std::string key_, chunk_;
  ChunkReader reader_{""};
};

absl::StatusOr<bool> Source::TakeChunk(MDB_cursor* cursor) {
  const std::string start = ChunkKey(run_.id, {});
  MDB_val key = Val(start), value;
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return FromLmdb(code, "reading postings");
  uint32_t run = 0;
  Posting first;
  if (!ParseChunkKey(Bytes(key), run, first) || run != run_.id) return false;
  key_.assign(Bytes(key));
  chunk_.assign(Bytes(value));
  const std::optional<std::string_view> entries = EntriesOf(list_, run_.id, key_, chunk_);
  if (!entries.has_value()) return MeetDamage(rows_, key_);
  reader_ = ChunkReader(*entries);
  run_.bytes -= std::min<uint64_t>(run_.bytes, chunk_.size());
  if (int deleted = mdb_cursor_del(cursor, 0)) return FromLmdb(deleted, "merging postings");
  return true;
}

absl::StatusOr<bool> Source::Next(MDB_cursor* cursor) {
  while (!reader_.Next()) {
    if (reader_.damaged()) return MeetDamage(rows_, key_);
    absl::StatusOr<bool> taken = TakeChunk(cursor);
    if (!taken.ok() || !*taken) return taken;
  }
  return true;
}

absl::Status Source::PutBack() {
  RunWriter writer(txn_, dbi_, run_.id, list_.HasChecks(run_.id));
  do {
    if (absl::Status status = writer.Add(reader_.posting()); !status.ok()) return status;
  } while (reader_.Next());
  if (reader_.damaged()) return MeetDamage(rows_, key_);
  if (absl::Status status = writer.Finish(); !status.ok()) return status;
  run_.bytes += writer.bytes();
  return absl::OkStatus();
}

}  // namespace

absl::Status RunWriter::Add(const Posting& posting) {
  if (chunk_.Add(posting)) return absl::OkStatus();
  if (absl::Status status = Finish(); !status.ok()) return status;
  chunk_.Add(posting);
  return absl::OkStatus();
}

absl::Status RunWriter::Finish() {
  if (chunk_.empty()) return absl::OkStatus();
  const std::string key = ChunkKey(run_, chunk_.first());
  std::string value = chunk_.Take();
  if (with_checks_) AddCheck(key, value);
  bytes_ += value.size();
  MDB_val key_val = Val(key), value_val = Val(value);
  return FromLmdb(mdb_put(txn_, dbi_, &key_val, &value_val, 0), "writing postings");
}

absl::Status MergePortion(MDB_txn* txn, MDB_dbi dbi, RunList& list, uint32_t output, uint64_t budget, Rows* rows) {
  MDB_cursor* opened = nullptr;
  if (int code = mdb_cursor_open(txn, dbi, &opened)) return FromLmdb(code, "merging postings");
  const LmdbCursor cursor(opened, &mdb_cursor_close);
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<uint32_t> emptied;
  // False once a run has no more.
  const auto advance = [&](Source& source) -> absl::StatusOr<bool> {
    absl::StatusOr<bool> more = source.Next(cursor.get());
    if (more.ok() && !*more) emptied.push_back(source.run());
    return more;
  };
  for (Run& run : list.runs) {
    if (run.into != output) continue;
    auto source = std::make_unique<Source>(txn, dbi, list, run, rows);
    absl::StatusOr<bool> more = advance(*source);
    if (!more.ok()) return more.status();
    if (*more) sources.push_back(std::move(source));
  }

  RunWriter writer(txn, dbi, output, list.HasChecks(output));
  Posting last;
  while (!sources.empty() && writer.bytes() < budget) {
    size_t least = 0;
    for (size_t i = 1; i < sources.size(); ++i) {
      if (sources[i]->posting() < sources[least]->posting()) least = i;
    }
    Source& source = *sources[least];
    // The same posting twice is one posting.
    if (source.posting() != last) {
      last = source.posting();
      if (absl::Status status = writer.Add(last); !status.ok()) return status;
    }
    absl::StatusOr<bool> more = advance(source);
    if (!more.ok()) return more.status();
    if (!*more) sources.erase(sources.begin() + static_cast<std::ptrdiff_t>(least));
  }
  for (const auto& source : sources) {
    if (absl::Status status = source->PutBack(); !status.ok()) return status;
  }
  if (absl::Status status = writer.Finish(); !status.ok()) return status;
  Run* merged = list.Find(output);
  merged->bytes += writer.bytes();
  // All that a run held may have been taken out of the index.
  if (sources.empty() && merged->bytes == 0) emptied.push_back(output);
  std::erase_if(list.runs,
                [&](const Run& run) { return std::find(emptied.begin(), emptied.end(), run.id) != emptied.end(); });
  return absl::OkStatus();
}

}  // namespace tidegate::index
