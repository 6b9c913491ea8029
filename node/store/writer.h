// The one writer: a queue of bodies, committed in groups. Private to the room.
//
// Of the threads that call Write one leads: it runs the bodies that wait, its own first, commits them together and
// tells their callers; then the first that came meanwhile leads. So one alone is committed at once, by its own thread:
// it wakes nobody and waits for no timer. Bodies of one commit have a nested transaction each, so that one that fails
// undoes only itself.
#ifndef TIDEGATE_NODE_STORE_WRITER_H_
#define TIDEGATE_NODE_STORE_WRITER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "node/store/store.h"
#include "node/store/transaction.h"

namespace tidegate::store {

class Writer {
 public:
  Writer(std::shared_ptr<Shared> shared, const Options& options, uint64_t last_committed);
  ~Writer();

  absl::Status Write(const Store::Body& body);
  uint64_t WaitBeyond(uint64_t seq, absl::Time deadline);
  uint64_t LastCommitted();
  void Nudge();
  void Close();
  absl::Status Health();

 private:
  struct Waiting {
    const Store::Body* body = nullptr;
    absl::Status result;
    bool done = false;
    std::condition_variable turn;  // it is done, or leads
  };
  using Batch = std::vector<Waiting*>;

  // Takes bodies from the front of the queue and commits them; the lock is given up meanwhile.
  void Lead(std::unique_lock<std::mutex>& lock);
  // Gives each body its result, trying again with a larger map as often as need be.
  void RunBatch(const Batch& batch);
  // One try at a batch. `fault` is LMDB's code where the environment itself failed, and then nothing was committed.
  absl::Status Try(const Batch& batch, int& fault);
  // Runs one body in `txn`, which it takes over; null if the body failed.
  std::unique_ptr<WriteTransaction> RunBody(Waiting& waiting, MDB_txn* txn);
  absl::Status CommitTop(MDB_txn* top, uint64_t transaction_before, int& fault);
  void Poison(const absl::Status& why);

  const std::shared_ptr<Shared> shared_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable room_;   // for callers who find the queue full
  std::condition_variable idle_;   // for Close
  std::condition_variable moved_;  // for waiters on commits
  // Protected by mutex_.
  std::deque<Waiting*> queue_;
  bool leading_ = false;
  bool closing_ = false;
  absl::Status health_;
  uint64_t last_committed_;
  uint64_t nudges_ = 0;

  uint64_t commits_ = 0;  // of who leads
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_WRITER_H_
