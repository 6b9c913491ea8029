// The list of runs that the postings lie in. Reached by index.h; FORMAT.md, "Postings".
//
// A transaction writes its postings as a run: chunks in the order of their terms, one after the other. Eight runs of
// about one size are merged into one of the next size, a portion with each transaction. So there are few runs, and no
// transaction waits for a large merge. A posting lies in one run at any time: when a merge writes a posting, it takes
// it out of the run from which it came.
#ifndef TIDEGATE_NODE_STORE_INDEX_RUNS_H_
#define TIDEGATE_NODE_STORE_INDEX_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/store/index/chunk.h"

namespace tidegate::index {

struct Run {
  uint32_t id = 0;                   // from 1, never given twice
  uint64_t bytes = 0;                // of its chunks, as they were written
  uint64_t lowest = 0, highest = 0;  // no arrival in it lies outside these
  uint32_t into = 0;                 // the run that this one is being merged into; 0 = none
  uint64_t owed = 0;                 // of a run that others are being merged into: bytes that should have been by now
  bool operator==(const Run&) const = default;
};

struct RunList {
  uint32_t next = 1;  // the next run's id
  std::vector<Run> runs;
  // Chunks of the runs from this id on end with a check. Version 0.1 wrote none; EncodeRuns leaves this out.
  uint32_t checked = 1;
  bool operator==(const RunList&) const = default;

  Run* Find(uint32_t id);
  bool HasChecks(uint32_t id) const { return id >= checked; }
  // Bytes that are still to be merged into a run; 0 when it is whole.
  uint64_t Remaining(uint32_t id) const;
};

// Runs of one rank are merged; each rank is eight times as large as the one below it.
unsigned RankOf(const Run& run);

std::string EncodeRuns(const RunList& list);
absl::StatusOr<RunList> DecodeRuns(std::string_view bytes);

// `u32 run || term || u64 first`: a chunk stands under its first posting.
std::string ChunkKey(uint32_t run, const Posting& first);
// The entries of a chunk of `run`. Nothing if its check disagrees.
std::optional<std::string_view> EntriesOf(const RunList& list, uint32_t run, std::string_view key,
                                          std::string_view chunk);
// False for a key that ChunkKey does not make.
bool ParseChunkKey(std::string_view key, uint32_t& run, Posting& first);

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_RUNS_H_
