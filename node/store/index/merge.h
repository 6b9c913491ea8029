// Writing runs, and merging several into one a portion at a time. Private to the room.
#ifndef TIDEGATE_NODE_STORE_INDEX_MERGE_H_
#define TIDEGATE_NODE_STORE_INDEX_MERGE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "node/store/environment/environment.h"
#include "node/store/index/chunk.h"
#include "node/store/index/holes.h"
#include "node/store/index/runs.h"

namespace tidegate::index {

// Appends to one run.
class RunWriter {
 public:
  RunWriter(MDB_txn* txn, MDB_dbi dbi, uint32_t run, bool with_checks)
      : txn_(txn),
        dbi_(dbi),
        run_(run),
        with_checks_(with_checks),
        chunk_(kMostChunkBytes - (with_checks ? kCheckBytes : 0)) {}
  // Postings ascend strictly, and lie above all that the run has.
  absl::Status Add(const Posting& posting);
  absl::Status Finish();
  uint64_t bytes() const { return bytes_; }  // of the chunks written

 private:
  MDB_txn* const txn_;
  const MDB_dbi dbi_;
  const uint32_t run_;
  const bool with_checks_;
  ChunkBuilder chunk_;
  uint64_t bytes_ = 0;
};

// Moves about `budget` bytes of the smallest postings to `output` from the runs that are being merged into it. Runs
// that have become empty leave the list. `rows` is told of a damaged chunk.
absl::Status MergePortion(MDB_txn* txn, MDB_dbi dbi, RunList& list, uint32_t output, uint64_t budget, Rows* rows);

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_MERGE_H_
