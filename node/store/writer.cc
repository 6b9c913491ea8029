#include "node/store/writer.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::store {
namespace {

// Readers whose process died are forgotten every so many commits, so that they do not keep pages from being used again.
constexpr uint64_t kCommitsBetweenReaderChecks = 1024;

absl::Status Closed() { return absl::UnavailableError("store: closed"); }

}  // namespace

Writer::Writer(std::shared_ptr<Shared> shared, const Options& options, uint64_t last_committed)
    : shared_(std::move(shared)), options_(options), last_committed_(last_committed) {}

Writer::~Writer() { Close(); }

absl::Status Writer::Write(const Store::Body& body) {
  if (options_.read_only) return absl::FailedPreconditionError("store: opened for reading only");
  Waiting waiting;
  waiting.body = &body;
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return closing_ || queue_.size() < options_.most_waiting; });
  if (closing_) return Closed();
  if (!health_.ok()) return health_;
  queue_.push_back(&waiting);
  waiting.turn.wait(lock, [&] { return waiting.done || (!leading_ && queue_.front() == &waiting); });
  if (!waiting.done) Lead(lock);
  return waiting.result;
}

void Writer::Lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  const size_t count = std::min(queue_.size(), std::max<size_t>(options_.most_bodies_a_commit, 1));
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  const Batch batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  const absl::Status health = health_;
  lock.unlock();
  room_.notify_all();
  if (health.ok()) {
    RunBatch(batch);
  } else {
    for (Waiting* waiting : batch) waiting->result = health;
  }
  if (++commits_ % kCommitsBetweenReaderChecks == 0) shared_->environment().ForgetDeadReaders();
  lock.lock();
  leading_ = false;
  // Under the lock: a caller who is done is gone as soon as it has it.
  for (Waiting* waiting : batch) {
    waiting->done = true;
    waiting->turn.notify_one();
  }
  if (!queue_.empty()) {
    queue_.front()->turn.notify_one();
  } else {
    idle_.notify_all();
  }
}

void Writer::RunBatch(const Batch& batch) {
  Environment& environment = shared_->environment();
  if (environment.Crowded()) environment.TryGrow();
  for (;;) {
    int fault = 0;
    absl::Status status = Try(batch, fault);
    if (fault == MDB_MAP_FULL) {
      status = environment.Grow();
      if (status.ok()) continue;
    }
    if (fault == MDB_TXN_FULL && batch.size() > 1) {
      // Together they touch more pages than LMDB can keep track of in one transaction.
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      RunBatch(Batch(batch.begin(), middle));
      return RunBatch(Batch(middle, batch.end()));
    }
    if (status.ok()) return;
    for (Waiting* waiting : batch) {
      if (waiting->result.ok() || fault != 0) waiting->result = status;
    }
    return;
  }
}

std::unique_ptr<WriteTransaction> Writer::RunBody(Waiting& waiting, MDB_txn* txn) {
  std::unique_ptr<WriteTransaction> transaction(
      new WriteTransaction(std::make_unique<Transaction>(shared_, txn, true)));
  waiting.result = (*waiting.body)(*transaction);
  if (waiting.result.ok()) waiting.result = transaction->Finish();
  if (!waiting.result.ok()) transaction.reset();
  return transaction;
}

absl::Status Writer::Try(const Batch& batch, int& fault) {
  Environment& environment = shared_->environment();
  const uint64_t before = environment.LastTransactionId();
  TakeFault();
  MDB_txn* top = nullptr;
  if (int code = environment.BeginWrite(nullptr, &top)) {
    fault = code;
    absl::Status status = FromLmdb(code, "beginning to write");
    if (code == MDB_PANIC) Poison(status);
    return status;
  }
  std::vector<std::unique_ptr<WriteTransaction>> done;
  const bool nested = batch.size() > 1;
  for (Waiting* waiting : batch) {
    MDB_txn* txn = top;
    if (nested && environment.BeginWrite(top, &txn) != 0) {
      mdb_txn_abort(top);
      fault = ENOMEM;
      return absl::ResourceExhaustedError("store: no memory for a nested transaction; try again");
    }
    std::unique_ptr<WriteTransaction> transaction = RunBody(*waiting, txn);
    fault = TakeFault();
    if (transaction != nullptr) {
      MDB_txn* finished = transaction->transaction_->Release();
      if (nested && fault == 0) {
        fault = mdb_txn_commit(finished);
      } else if (nested) {
        mdb_txn_abort(finished);
      }
      done.push_back(std::move(transaction));
    } else if (!nested) {
      top = nullptr;  // aborted with its only body
    }
    if (fault != 0) {
      if (top != nullptr) mdb_txn_abort(top);
      absl::Status status = FromLmdb(fault, "writing");
      if (fault == MDB_PANIC || fault == MDB_CORRUPTED) Poison(status);
      return status;
    }
  }
  if (done.empty()) {
    if (top != nullptr) mdb_txn_abort(top);
    return absl::OkStatus();
  }
  const uint64_t newest = done.back()->LastSeq();
  if (absl::Status status = CommitTop(top, before, fault); !status.ok()) return status;
  for (auto& transaction : done) transaction->Committed();
  std::lock_guard lock(mutex_);
  // Most commits of a node that shares (intents, receipts, accesses) bring no arrival: who waits for one sleeps on.
  if (std::exchange(last_committed_, newest) != newest) moved_.notify_all();
  return absl::OkStatus();
}

absl::Status Writer::CommitTop(MDB_txn* top, uint64_t transaction_before, int& fault) {
  Environment& environment = shared_->environment();
  fault = mdb_txn_commit(top);
  if (fault == 0) return absl::OkStatus();
  absl::Status status = FromLmdb(fault, "committing");
  // Known to have failed: LMDB takes writes still, so the failure came before the meta page was touched, and no newer
  // transaction is on record. In every other case a restart has to find out what is on disk.
  MDB_txn* probe = nullptr;
  const int code = environment.BeginWrite(nullptr, &probe);
  if (code == 0) mdb_txn_abort(probe);
  const bool known = code == 0 && environment.LastTransactionId() == transaction_before;
  if (!known) {
    status = absl::DataLossError(
        absl::StrCat(status.message(), "; it is unknown whether it was stored: no more is written, restart the node"));
    Poison(status);
  }
  return status;
}

void Writer::Poison(const absl::Status& why) {
  std::lock_guard lock(mutex_);
  if (health_.ok()) health_ = absl::DataLossError(why.message());
  moved_.notify_all();
}

uint64_t Writer::WaitBeyond(uint64_t seq, absl::Time deadline) {
  std::unique_lock lock(mutex_);
  const uint64_t nudges = nudges_;
  while (last_committed_ <= seq && !closing_ && health_.ok() && nudges_ == nudges) {
    const absl::Time now = absl::Now();
    if (now >= deadline) break;
    // In steps, because the far end of time does not fit every clock.
    moved_.wait_until(lock, absl::ToChronoTime(std::min(deadline, now + absl::Hours(1))));
  }
  return last_committed_;
}

uint64_t Writer::LastCommitted() {
  std::lock_guard lock(mutex_);
  return last_committed_;
}

void Writer::Nudge() {
  std::lock_guard lock(mutex_);
  ++nudges_;
  moved_.notify_all();
}

void Writer::Close() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  room_.notify_all();
  moved_.notify_all();
  idle_.wait(lock, [this] { return !leading_ && queue_.empty(); });
}

absl::Status Writer::Health() {
  std::lock_guard lock(mutex_);
  return closing_ ? Closed() : health_;
}

}  // namespace tidegate::store
