#include "node/store/index/runs.h"

#include <bit>
#include <limits>

#include "crypto/bytes.h"
#include "node/store/index/varint.h"

namespace tidegate::index {

Run* RunList::Find(uint32_t id) {
  for (Run& run : runs) {
    if (run.id == id) return &run;
  }
  return nullptr;
}

uint64_t RunList::Remaining(uint32_t id) const {
  uint64_t bytes = 0;
  for (const Run& run : runs) bytes += run.into == id ? run.bytes : 0;
  return bytes;
}

unsigned RankOf(const Run& run) { return static_cast<unsigned>(std::bit_width(run.bytes >> 8)) / 3; }

std::string EncodeRuns(const RunList& list) {
  std::string bytes;
  PutVarint(list.next, bytes);
  for (const Run& run : list.runs) {
    for (uint64_t field : {uint64_t{run.id}, run.bytes, run.lowest, run.highest, uint64_t{run.into}, run.owed}) {
      PutVarint(field, bytes);
    }
  }
  return bytes;
}

absl::StatusOr<RunList> DecodeRuns(std::string_view bytes) {
  constexpr uint64_t kMostId = std::numeric_limits<uint32_t>::max();
  absl::Status damaged = absl::DataLossError("store: the list of runs is damaged; run `tidegate verify`");
  RunList list;
  uint64_t next = 0;
  if (!TakeVarint(bytes, next) || next == 0 || next > kMostId) return damaged;
  list.next = static_cast<uint32_t>(next);
  while (!bytes.empty()) {
    uint64_t id = 0, into = 0;
    Run& run = list.runs.emplace_back();
    const bool whole = TakeVarint(bytes, id) && TakeVarint(bytes, run.bytes) && TakeVarint(bytes, run.lowest) &&
                       TakeVarint(bytes, run.highest) && TakeVarint(bytes, into) && TakeVarint(bytes, run.owed);
    if (!whole || id == 0 || id >= next || into >= next || into == id) return damaged;
    run.id = static_cast<uint32_t>(id);
    run.into = static_cast<uint32_t>(into);
  }
  return list;
}

std::string ChunkKey(uint32_t run, const Posting& first) {
  return crypto::ByteWriter(28).U32(run).U64(first.high).U64(first.low).U64(first.seq).Take();
}

std::optional<std::string_view> EntriesOf(const RunList& list, uint32_t run, std::string_view key,
                                          std::string_view chunk) {
  return list.HasChecks(run) ? CheckedEntries(key, chunk) : chunk;
}

bool ParseChunkKey(std::string_view key, uint32_t& run, Posting& first) {
  crypto::ByteReader reader(key);
  run = reader.U32();
  first.high = reader.U64();
  first.low = reader.U64();
  first.seq = reader.U64();
  return reader.Finish("chunk key").ok() && run != 0;
}

}  // namespace tidegate::index
