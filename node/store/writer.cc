#include "node/store/writer.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/store/remake.h"
#include "threads/threads.h"

namespace tidegate::store {
namespace {

// Readers whose process died are forgotten every so many commits, so that they do not keep pages from being used again.
constexpr uint64_t kCommitsBetweenReaderChecks = 1024;
constexpr uint64_t kMib = uint64_t{1} << 20;
// Less than this is too little for a commit.
constexpr uint64_t kNearlyFull = kMib;
// One mending repairs all damage that the index has at that moment. If a write meets damage again after this many
// mendings, the store stops trusting the disk.
constexpr int kMostMendings = 3;
// More than one commit needs.
constexpr uint64_t kRoomForACommit = 64 * kMib;

absl::Status Closed() { return absl::UnavailableError("store: closed"); }

}  // namespace

Writer::Writer(std::shared_ptr<Shared> shared, Reserve& reserve, const Options& options, uint64_t last_committed)
    : shared_(std::move(shared)), reserve_(reserve), options_(options), last_committed_(last_committed) {}

Writer::~Writer() { Close(); }

absl::Status Writer::Write(Purpose purpose, const Store::Body& body) {
  if (options_.read_only) return absl::FailedPreconditionError("store: opened for reading only");
  Waiting waiting;
  waiting.purpose = purpose;
  waiting.body = &body;
  threads::MutexLock lock(mutex_);
  while (!closing_ && queue_.size() >= options_.most_waiting) room_.Wait(mutex_);
  if (closing_) return Closed();
  if (!health_.ok()) return health_;
  queue_.push_back(&waiting);
  while (!waiting.done && (leading_ || queue_.front() != &waiting)) waiting.turn.Wait(mutex_);
  if (!waiting.done) Lead();
  return waiting.result;
}

void Writer::Lead() {
  leading_ = true;
  const size_t count = std::min(queue_.size(), std::max<size_t>(options_.most_bodies_a_commit, 1));
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  const Batch batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  const absl::Status health = health_;
  mutex_.Unlock();
  room_.NotifyAll();
  if (health.ok()) {
    RunBatch(batch);
  } else {
    for (Waiting* waiting : batch) waiting->result = health;
  }
  if (commits_ % kCommitsBetweenReaderChecks == 0) shared_->environment().ForgetDeadReaders();
  mutex_.Lock();
  leading_ = false;
  // Under the lock, because a caller whose write is done leaves as soon as it gets the lock.
  for (Waiting* waiting : batch) {
    waiting->done = true;
    waiting->turn.NotifyOne();
  }
  if (!queue_.empty()) {
    queue_.front()->turn.NotifyOne();
  } else {
    idle_.NotifyAll();
  }
}

void Writer::Refuse(Batch& batch, Purpose purpose, const absl::Status& why) {
  std::erase_if(batch, [&](Waiting* waiting) {
    if (waiting->purpose != purpose) return false;
    waiting->result = why;
    return true;
  });
}

bool Writer::SaysFull(int fault) const {
  if (fault == MDB_MAP_FULL || fault == ENOSPC || fault == EDQUOT || fault == EFBIG) return true;
  // LMDB reports in this way that the kernel cut a write short: the disk is full or broken, or a quota is reached.
  return fault == EIO && !reserve_.HasRoom(kRoomForACommit);
}

absl::Status Writer::NoRoom() const {
  const uint64_t free = reserve_.FreeOnDisk();
  const bool hidden = free > reserve_.bytes() + kRoomForACommit;
  return absl::ResourceExhaustedError(
      absl::StrCat("store: the disk ", hidden ? "takes no more, perhaps because of a quota" : "is full", ": ",
                   free / kMib, " MiB are free, and ", reserve_.bytes() / kMib,
                   " MiB are kept for recalls, withdrawals and entries of who looked, which go on; ",
                   hidden ? "raise the quota or " : "", "free disk space and try again"));
}

absl::Status Writer::MakeRoom(int fault, Purpose purpose) {
  if (fault == MDB_MAP_FULL) return shared_->environment().Grow(purpose != Purpose::kOrdinary);
  // The system allows no larger file, so free space on the disk does not help.
  if (fault != EFBIG && reserve_.GiveUp(purpose)) return absl::OkStatus();
  return reserve_.bytes() > 0 && purpose == Purpose::kOrdinary ? NoRoom() : FromLmdb(fault, "writing");
}

Store::Body Writer::Mending(size_t& chunks) {
  return [&chunks](WriteTransaction& transaction) {
    const absl::StatusOr<size_t> mended = store::MendIndex(*transaction.transaction_);
    chunks = mended.ok() ? *mended : 0;
    return mended.status();
  };
}

absl::Status Writer::MendIndex() {
  size_t chunks = 0;
  absl::Status mended = Write(Purpose::kProtection, Mending(chunks));
  if (mended.ok()) shared_->NoteMended(chunks);
  return mended;
}

absl::Status Writer::MendIndexLeading() {
  size_t chunks = 0;
  const Store::Body body = Mending(chunks);
  Waiting mending;
  mending.purpose = Purpose::kProtection;
  mending.body = &body;
  mending_ = true;
  RunBatch({&mending});
  mending_ = false;
  if (mending.result.ok()) shared_->NoteMended(chunks);
  return mending.result;
}

void Writer::RunBatch(Batch batch) {
  Environment& disk = shared_->environment();
  // Whoever met the damage got an answer from the rows. Such answers take long, so the index is mended now.
  if (!mending_ && shared_->TakeDamagedIndex()) MendIndexLeading().IgnoreError();
  if (disk.Crowded()) disk.TryGrow();
  if (!reserve_.Refill()) {
    disk_full_ = true;
    Refuse(batch, Purpose::kOrdinary, NoRoom());
  }
  if (!disk.ReturnToLimit()) Refuse(batch, Purpose::kOrdinary, disk.AtLimit());
  int mendings = 0;
  while (!batch.empty()) {
    const auto by_purpose = [](const Waiting* a, const Waiting* b) { return a->purpose < b->purpose; };
    const Purpose least = (*std::min_element(batch.begin(), batch.end(), by_purpose))->purpose;
    int fault = 0;
    bool beyond_mending = false;
    met_damaged_index_ = false;
    absl::Status status = Try(batch, fault);
    if (met_damaged_index_ && fault == 0 && !mending_ && mendings++ < kMostMendings) {
      shared_->TakeDamagedIndex();
      if (status = MendIndexLeading(); status.ok()) continue;
      beyond_mending = true;
    }
    if (status.ok()) {
      if (least == Purpose::kOrdinary) disk_full_ = map_full_ = false;
      return;
    }
    if ((fault == MDB_TXN_FULL || beyond_mending) && batch.size() > 1) {
      // Together they touch more pages than LMDB can keep track of in one transaction; or one of them met damage that
      // cannot be mended, and the others need not fail with it.
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      RunBatch(Batch(batch.begin(), middle));
      return RunBatch(Batch(middle, batch.end()));
    }
    const bool full = Health().ok() && SaysFull(fault);
    if (full) {
      status = MakeRoom(fault, least);
      if (status.ok()) continue;
      if (least == Purpose::kOrdinary) {
        (fault == MDB_MAP_FULL ? map_full_ : disk_full_) = true;
        // The node also needs some disk beside the store: for its keyring, which changes each day.
        if (fault != MDB_MAP_FULL && reserve_.whole()) reserve_.GiveUp(Purpose::kTakingBack);
      }
      Refuse(batch, least, status);
      continue;
    }
    for (Waiting* waiting : batch) waiting->result = status;
    return;
  }
}

Space Writer::SpaceLeft() {
  Space space;
  space.used_bytes = shared_->environment().UsedBytes();
  space.free_bytes = reserve_.FreeOnDisk();
  space.reserve_bytes = reserve_.bytes();
  space.reserve_held = reserve_.held();
  // The next ordinary write takes the reserve back, and needs room for itself too.
  const uint64_t needed = space.reserve_bytes - space.reserve_held + kNearlyFull;
  const bool was_full = disk_full_ || !reserve_.whole();
  space.full = map_full_ || (was_full && (space.free_bytes < needed || !reserve_.HasRoom(needed)));
  return space;
}

std::unique_ptr<WriteTransaction> Writer::RunBody(Waiting& waiting, MDB_txn* txn) {
  absl::StatusOr<std::unique_ptr<Transaction>> begun = Transaction::Begin(shared_, txn, true);
  if (!begun.ok()) {
    waiting.result = begun.status();
    return nullptr;
  }
  std::unique_ptr<WriteTransaction> transaction(new WriteTransaction(*std::move(begun)));
  waiting.result = (*waiting.body)(*transaction);
  if (waiting.result.ok()) waiting.result = transaction->Finish();
  met_damaged_index_ = met_damaged_index_ || transaction->transaction_->MetDamagedIndex();
  if (!waiting.result.ok()) transaction.reset();
  return transaction;
}

absl::Status Writer::Try(const Batch& batch, int& fault) {
  Environment& disk = shared_->environment();
  const uint64_t before = disk.LastTransactionId();
  environment::TakeFault();
  MDB_txn* top = nullptr;
  if (int code = disk.BeginWrite(nullptr, &top)) {
    fault = code;
    absl::Status status = FromLmdb(code, "beginning to write");
    if (code == MDB_PANIC) Poison(status);
    return status;
  }
  std::vector<std::unique_ptr<WriteTransaction>> done;
  const bool nested = batch.size() > 1;
  for (Waiting* waiting : batch) {
    MDB_txn* txn = top;
    if (nested && disk.BeginWrite(top, &txn) != 0) {
      mdb_txn_abort(top);
      fault = ENOMEM;
      return absl::ResourceExhaustedError("store: no memory for a nested transaction; try again");
    }
    std::unique_ptr<WriteTransaction> transaction = RunBody(*waiting, txn);
    fault = environment::TakeFault();
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
    if (fault == 0 && met_damaged_index_) {
      if (top != nullptr) mdb_txn_abort(top);
      return absl::DataLossError("store: a chunk of the index is damaged; run `tidegate verify`");
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
  ++commits_;
  for (auto& transaction : done) transaction->Committed();
  threads::MutexLock lock(mutex_);
  // Most commits of a node that shares (intents, receipts, accesses) bring no arrival: who waits for one sleeps on.
  if (std::exchange(last_committed_, newest) != newest) moved_.NotifyAll();
  return absl::OkStatus();
}

absl::Status Writer::CommitTop(MDB_txn* top, uint64_t transaction_before, int& fault) {
  Environment& disk = shared_->environment();
  fault = mdb_txn_commit(top);
  if (fault == 0) return absl::OkStatus();
  absl::Status status = FromLmdb(fault, "committing");
  // Known to have failed: LMDB takes writes still, so the failure came before the meta page was touched, and no newer
  // transaction is on record. In every other case a restart has to find out what is on disk.
  MDB_txn* probe = nullptr;
  const int code = disk.BeginWrite(nullptr, &probe);
  if (code == 0) mdb_txn_abort(probe);
  const bool known = code == 0 && disk.LastTransactionId() == transaction_before;
  if (!known) {
    status = absl::DataLossError(absl::StrCat(
        status.message(), "; nobody knows whether it was stored: the node writes nothing more, restart it"));
    Poison(status);
  }
  return status;
}

void Writer::Poison(const absl::Status& why) {
  threads::MutexLock lock(mutex_);
  if (health_.ok()) health_ = absl::DataLossError(why.message());
  moved_.NotifyAll();
}

uint64_t Writer::WaitBeyond(uint64_t seq, absl::Time deadline) {
  threads::MutexLock lock(mutex_);
  const uint64_t nudges = nudges_;
  while (last_committed_ <= seq && !closing_ && health_.ok() && nudges_ == nudges) {
    const absl::Time now = absl::Now();
    if (now >= deadline) break;
    // In steps, because the far end of time does not fit every clock.
    moved_.WaitUntil(mutex_, absl::ToChronoTime(std::min(deadline, now + absl::Hours(1))));
  }
  return last_committed_;
}

size_t Writer::Waits() {
  threads::MutexLock lock(mutex_);
  return queue_.size();
}

uint64_t Writer::LastCommitted() {
  threads::MutexLock lock(mutex_);
  return last_committed_;
}

void Writer::Nudge() {
  threads::MutexLock lock(mutex_);
  ++nudges_;
  moved_.NotifyAll();
}

void Writer::Close() {
  threads::MutexLock lock(mutex_);
  closing_ = true;
  room_.NotifyAll();
  moved_.NotifyAll();
  while (leading_ || !queue_.empty()) idle_.Wait(mutex_);
}

absl::Status Writer::Health() {
  threads::MutexLock lock(mutex_);
  return closing_ ? Closed() : health_;
}

}  // namespace tidegate::store
