// In which arrivals a blind term occurs. Reached by index.h; FORMAT.md, "Postings".
#ifndef TIDEGATE_NODE_STORE_INDEX_POSTINGS_H_
#define TIDEGATE_NODE_STORE_INDEX_POSTINGS_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/environment/environment.h"
#include "node/store/index/chunk.h"
#include "node/store/index/cursor.h"
#include "node/store/index/holes.h"
#include "node/store/index/runs.h"

namespace tidegate::index {

// A cursor over the arrivals of one term, in all runs. It is valid while its transaction lives and the index is not
// changed. A call costs one, and one more for each chunk that it reads.
class PostingCursor final : public Cursor {
 public:
  // Without a budget every answer is known. `rows` answer for damaged chunks; without them such a chunk is DataLoss.
  PostingCursor(MDB_txn* txn, MDB_dbi dbi, const RunList& runs, const Term& term, Budget* budget, Rows* rows);

  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override;

 private:
  // The state of one run: the numbers of the chunk that was read last. `answer` is right for all limits from itself to
  // `asked`.
  struct Place {
    uint32_t run = 0;
    uint64_t lowest = 0, highest = 0;
    bool known = false;
    uint64_t asked = 0, answer = 0;
    std::vector<uint64_t> numbers;
  };
  bool Pay() const { return budget_ == nullptr || budget_->Take(); }
  absl::StatusOr<Answer> AtOrBelow(Place& place, uint64_t limit);
  // Reads the chunk that holds the largest number at or below `limit`, or leaves no number at or below it. False where
  // the budget ended.
  absl::StatusOr<bool> Load(Place& place, uint64_t limit);
  // Reads the term's numbers out of a chunk. False if the chunk is damaged.
  bool ReadChunk(std::string_view key, std::string_view chunk, Place& place) const;
  // From here on, what the rows say is used beside the chunks.
  absl::Status AskRows(std::string_view key);

  MDB_txn* txn_;
  MDB_dbi dbi_;
  Posting term_;
  Budget* budget_;
  Rows* rows_;
  const RunList* runs_;
  std::vector<uint64_t> lost_;  // the term's numbers in damaged chunks, as the rows say them
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor_{nullptr, &mdb_cursor_close};
  std::vector<Place> places_;  // the newest arrivals first
};

// The table of postings, as one transaction sees it and changes it.
class PostingIndex {
 public:
  // `rows` outlive the index; null if nobody answers for damaged chunks.
  PostingIndex(MDB_txn* txn, MDB_dbi dbi, RunList runs, Rows* rows = nullptr)
      : txn_(txn), dbi_(dbi), runs_(std::move(runs)), rows_(rows) {}

  // The caller keeps these with the table.
  const RunList& runs() const { return runs_; }

  // Writes one run, and merges older ones in proportion. `postings` ascend strictly.
  absl::Status Add(std::span<const Posting> postings);
  // NotFound when it is not there.
  absl::Status Remove(const Posting& posting);

  PostingCursor Walk(const Term& term, Budget* budget = nullptr) const {
    return {txn_, dbi_, runs_, term, budget, rows_};
  }
  // The newest arrival of a term; 0 if there is none.
  absl::StatusOr<uint64_t> Newest(const Term& term) const;
  // A term's arrivals from `first` to `last`, ascending.
  absl::StatusOr<std::vector<uint64_t>> Arrivals(const Term& term, uint64_t first = 1,
                                                 uint64_t last = std::numeric_limits<uint64_t>::max()) const;
  // Every posting whose term is at or above `from`, run by run.
  absl::Status ForEach(const Term& from, absl::FunctionRef<void(const Posting&)> visit) const;

  // Reads every chunk. Asks nobody.
  absl::StatusOr<Survey> LookForHoles() const;
  // Whether a chunk that is not damaged holds the posting. Asks nobody.
  absl::StatusOr<bool> SurelyHolds(const Posting& posting) const;
  // Takes damaged chunks out.
  absl::Status TakeOut(const Hole& hole);
  // Takes everything out.
  absl::Status Clear();

 private:
  absl::Status Merge();
  // If there are eight runs of one rank, begins to merge them.
  bool BeginMerge();

  MDB_txn* txn_;
  MDB_dbi dbi_;
  RunList runs_;
  Rows* rows_;
};

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_POSTINGS_H_
