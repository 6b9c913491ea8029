// The one writer: a queue of bodies, committed in groups. Private to the room.
//
// One of the threads that call Write leads. It runs the bodies that wait, its own first, commits them together and
// tells their callers. Then the first thread that came meanwhile leads. So a body that is alone is committed at once by
// its own thread, which wakes nobody and waits for no timer. Each body of a commit has a nested transaction of its own.
// So a body that fails undoes nothing but itself.
#ifndef TIDEGATE_NODE_STORE_WRITER_H_
#define TIDEGATE_NODE_STORE_WRITER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "node/store/reserve.h"
#include "node/store/store.h"
#include "node/store/transaction.h"
#include "threads/threads.h"

namespace tidegate::store {

class Writer {
 public:
  // `reserve` outlives the writer.
  Writer(std::shared_ptr<Shared> shared, Reserve& reserve, const Options& options, uint64_t last_committed);
  ~Writer();

  absl::Status Write(Purpose purpose, const Store::Body& body);
  // Makes damaged chunks of the index anew from the rows, in a transaction of its own.
  absl::Status MendIndex();
  Space SpaceLeft();
  size_t Waits();
  uint64_t Commits() const { return commits_; }
  uint64_t WaitBeyond(uint64_t seq, absl::Time deadline);
  uint64_t LastCommitted();
  void Nudge();
  void Close();
  absl::Status Health();

 private:
  struct Waiting {
    Purpose purpose = Purpose::kOrdinary;
    const Store::Body* body = nullptr;
    absl::Status result;
    bool done = false;
    threads::Condition turn;  // it is done, or leads
  };
  using Batch = std::vector<Waiting*>;

  // Takes bodies from the front of the queue and commits them; the lock is given up meanwhile.
  void Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives each body its result. Tries again with a larger map, or with more of the disk, as often as need be. Where
  // there is no room, the bodies of the lowest purpose are refused first.
  void RunBatch(Batch batch);
  // The body that does so. `chunks` becomes how many were damaged.
  static Store::Body Mending(size_t& chunks);
  // The same while leading.
  absl::Status MendIndexLeading();
  // Makes room after `fault` for bodies of this purpose. If there is no room, the error says why.
  absl::Status MakeRoom(int fault, Purpose purpose);
  // Whether this code of LMDB says that the disk or the map is full.
  bool SaysFull(int fault) const;
  // The error of an ordinary write that finds no room.
  absl::Status NoRoom() const;
  // Answers the bodies of this purpose with `why` and takes them out of the batch.
  static void Refuse(Batch& batch, Purpose purpose, const absl::Status& why);
  // Tries a batch once. `fault` becomes LMDB's code if the environment itself failed; then nothing was committed.
  absl::Status Try(const Batch& batch, int& fault);
  // Runs one body in `txn`, which it takes over; null if the body failed.
  std::unique_ptr<WriteTransaction> RunBody(Waiting& waiting, MDB_txn* txn);
  absl::Status CommitTop(MDB_txn* top, uint64_t transaction_before, int& fault);
  void Poison(const absl::Status& why);

  const std::shared_ptr<Shared> shared_;
  Reserve& reserve_;
  const Options options_;

  threads::Mutex mutex_;
  threads::Condition room_;   // for callers who find the queue full
  threads::Condition idle_;   // for Close
  threads::Condition moved_;  // for waiters on commits
  std::deque<Waiting*> queue_ ABSL_GUARDED_BY(mutex_);
  bool leading_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_committed_ ABSL_GUARDED_BY(mutex_);
  uint64_t nudges_ ABSL_GUARDED_BY(mutex_) = 0;

  std::atomic<bool> disk_full_ = false, map_full_ = false;  // an ordinary write was refused for it, and none done since

  std::atomic<uint64_t> commits_ = 0;
  bool met_damaged_index_ = false;  // belongs to the leader: a body met damage, so nothing of the batch is committed
  bool mending_ = false;            // the batch mends the index
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_WRITER_H_
