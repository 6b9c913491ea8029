#include "node/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/store/mend.h"
#include "node/store/prepared.h"
#include "node/store/remake.h"
#include "node/store/state.h"

namespace tidegate::store {
namespace {

constexpr std::string_view kStoreFormat = "tidegate store 3";
// Its index has other terms, and is made anew.
constexpr std::string_view kFormatOfOldTerms = "tidegate store 2";

// The sealed format line opens only under the keyring that the store was made with.
absl::Status CheckFormat(Transaction& transaction, bool may_write) {
  absl::StatusOr<std::string> format = transaction.GetSealed(Dbi::kMeta, kFormatKey);
  if (format.ok()) {
    if (*format == kStoreFormat) return absl::OkStatus();
    if (*format == kFormatOfOldTerms) {
      if (!may_write) return absl::OkStatus();
      // Before the index changes: a program that knows the old terms alone would misread it.
      return transaction.PutSealed(Dbi::kMeta, kFormatKey, kStoreFormat);
    }
    return absl::FailedPreconditionError("store: written by another version of this program; use that version");
  }
  if (!absl::IsNotFound(format.status())) {
    return absl::UnauthenticatedError(
        absl::StrCat("store: this folder belongs to another keyring: ", format.status().message()));
  }
  if (!may_write || transaction.last_seq() != 0) {
    return absl::FailedPreconditionError("store: this folder has no format line; restore a backup");
  }
  if (absl::Status status = transaction.PutSealed(Dbi::kMeta, kFormatKey, kStoreFormat); !status.ok()) return status;
  if (absl::Status status = SetIndexEdition(transaction); !status.ok()) return status;
  return transaction.Flush();
}

}  // namespace

bool Damaged(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInvalidArgument(status) || absl::IsUnauthenticated(status);
}

void Damage::Add(const absl::Status& why) {
  if (rows++ == 0) first = std::string(why.message());
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& folder, vault::Vault& vault,
                                                   const Options& options) {
  environment::EnvironmentOptions environment_options;
  environment_options.read_only = options.read_only;
  environment_options.must_exist = options.must_exist;
  environment_options.max_readers = options.most_snapshots;
  environment_options.first_map_bytes = options.first_map_bytes;
  environment_options.most_map_bytes = options.most_map_bytes;
  auto reserve = std::make_unique<Reserve>(folder, options.read_only ? 0 : options.reserve_bytes);
  if (!options.read_only) reserve->Open();
  absl::StatusOr<std::unique_ptr<Environment>> environment = Environment::Open(folder, environment_options);
  // A node starts on a full disk too: else nobody could recall there.
  while (absl::IsResourceExhausted(environment.status()) && reserve->GiveUp(Purpose::kProtection)) {
    environment = Environment::Open(folder, environment_options);
  }
  if (!environment.ok()) return environment.status();
  reserve->Refill();
  auto shared = std::make_shared<Shared>(vault, *std::move(environment));
  uint64_t last = 0;
  if (options.read_only) {
    absl::StatusOr<MDB_txn*> txn = shared->environment().BeginRead();
    if (!txn.ok()) return txn.status();
    absl::StatusOr<std::unique_ptr<Transaction>> transaction = Transaction::Begin(shared, *txn, false);
    if (!transaction.ok()) return transaction.status();
    if (absl::Status status = CheckFormat(**transaction, false); !status.ok()) return status;
    if (absl::Status status = ReadChecks(**transaction); !status.ok()) return status;
    last = (*transaction)->last_seq();
  } else {
    MDB_txn* txn = nullptr;
    if (int code = shared->environment().BeginWrite(nullptr, &txn)) return FromLmdb(code, "opening for writing");
    absl::StatusOr<std::unique_ptr<Transaction>> transaction = Transaction::Begin(shared, txn, true);
    if (!transaction.ok()) return transaction.status();
    if (absl::Status status = CheckFormat(**transaction, true); !status.ok()) return status;
    if (absl::Status status = BeginChecks(**transaction); !status.ok()) return status;
    if (absl::Status status = MendCounts(**transaction); !status.ok()) return status;
    last = (*transaction)->last_seq();
    if (absl::Status status = FromLmdb(mdb_txn_commit((*transaction)->Release()), "writing the format"); !status.ok()) {
      return status;
    }
  }
  std::unique_ptr<Store> store(
      new Store(std::make_unique<State>(std::move(shared), std::move(reserve), options, last)));
  if (!options.read_only) {
    if (absl::Status mended = store->MendIndexAtStart(options.indexing); !mended.ok()) return mended;
  }
  return store;
}

absl::Status Store::MendIndexAtStart(const std::function<void(uint64_t, uint64_t)>& tell) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = Read();
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<IndexState> state = StateOfIndex(*(*snapshot)->transaction_);
  const uint64_t rows = (*snapshot)->LastSeq();
  snapshot->reset();
  if (!state.ok()) return state.status();
  if (*state == IndexState::kHoles) {
    const absl::Status mended = state_->writer.MendIndex();
    // Where the disk is full the chunks stay as they are, and the rows answer for them.
    return absl::IsResourceExhausted(mended) ? absl::OkStatus() : mended;
  }
  size_t chunks = 0;
  if (*state == IndexState::kLost || *state == IndexState::kOfOtherTerms) {
    absl::Status begun = Write(Purpose::kProtection, [&chunks](WriteTransaction& transaction) -> absl::Status {
      const absl::StatusOr<size_t> taken = BeginIndexAnew(*transaction.transaction_);
      if (taken.ok()) chunks = *taken;
      return taken.status();
    });
    if (!begun.ok()) return begun;
    if (tell) tell(0, rows);
    if (*state == IndexState::kLost) {
      state_->shared->NoteUnreadable(Dbi::kMeta, kRunsKey);
      state_->shared->NoteMended(std::max<size_t>(chunks, 1));
    }
  }
  for (bool more = *state != IndexState::kWhole; more;) {
    uint64_t next = 0;
    absl::Status made = Write(Purpose::kProtection, [&next](WriteTransaction& transaction) -> absl::Status {
      const absl::StatusOr<uint64_t> continued = ContinueIndexAnew(*transaction.transaction_);
      if (continued.ok()) next = *continued;
      return continued.status();
    });
    if (!made.ok()) return made;
    more = next != 0;
    if (tell) tell(more ? next - 1 : rows, rows);
  }
  return absl::OkStatus();
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

absl::Status Store::Write(Purpose purpose, const Body& body) { return state_->writer.Write(purpose, body); }

absl::StatusOr<std::unique_ptr<Snapshot>> Store::Read() const {
  absl::StatusOr<MDB_txn*> txn = state_->shared->environment().BeginRead();
  if (!txn.ok()) return txn.status();
  absl::StatusOr<std::unique_ptr<Transaction>> transaction = Transaction::Begin(state_->shared, *txn, false);
  if (!transaction.ok()) return transaction.status();
  return std::unique_ptr<Snapshot>(new Snapshot(*std::move(transaction)));
}

absl::StatusOr<PreparedPut> Store::Prepare(const PutRequest& request) const {
  if (!request.giver.empty()) return absl::InvalidArgumentError("store: what a partner gave is no record of our own");
  return PreparedPut::Make(request, *state_->shared);
}

absl::StatusOr<ReceivedRecord> Store::PrepareReceived(const PutRequest& request) const {
  if (request.giver.empty()) return absl::InvalidArgumentError("store: a received record names who gave it");
  absl::StatusOr<PreparedPut> put = PreparedPut::Make(request, *state_->shared);
  if (!put.ok()) return put.status();
  if (request.view->recall()) return absl::InvalidArgumentError("store: a recall is no record that is received");
  return ReceivedRecord(*std::move(put));
}

absl::StatusOr<PreparedPut> Store::PrepareRecall(const PutRequest& request) const {
  if (request.giver.empty()) return absl::InvalidArgumentError("store: a received recall names who gave it");
  absl::StatusOr<PreparedPut> put = PreparedPut::Make(request, *state_->shared);
  if (put.ok() && !request.view->recall()) return absl::InvalidArgumentError("store: this is no recall");
  return put;
}

uint64_t Store::WaitBeyond(uint64_t seq, absl::Time deadline) const { return state_->writer.WaitBeyond(seq, deadline); }
uint64_t Store::LastCommitted() const { return state_->writer.LastCommitted(); }
void Store::Nudge() const { state_->writer.Nudge(); }
void Store::Close() { state_->writer.Close(); }
uint64_t Store::BytesOnDisk() const { return state_->shared->environment().UsedBytes(); }
size_t Store::Waiting() const { return state_->writer.Waits(); }
uint64_t Store::Commits() const { return state_->writer.Commits(); }
Space Store::SpaceLeft() const { return state_->writer.SpaceLeft(); }
absl::Status Store::MendNames(const std::vector<std::string>& organisations) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = Read();
  if (!snapshot.ok()) return snapshot.status();
  const Transaction& reader = *(*snapshot)->transaction_;
  std::vector<std::string> damaged;
  for (const std::string& name : organisations) {
    const absl::StatusOr<bool> is_damaged = reader.InternedIsDamaged(Interned::kParty, name);
    if (!is_damaged.ok()) return is_damaged.status();
    if (*is_damaged) damaged.push_back(name);
  }
  snapshot->reset();
  if (damaged.empty()) return absl::OkStatus();
  return Write([&damaged](WriteTransaction& transaction) -> absl::Status {
    for (const std::string& name : damaged) {
      if (absl::StatusOr<uint32_t> id = transaction.transaction_->Intern(Interned::kParty, name); !id.ok()) {
        return id.status();
      }
    }
    return absl::OkStatus();
  });
}

Unreadable Store::unreadable() const { return state_->shared->unreadable(); }
uint64_t Store::RowsOpened() const { return state_->shared->rows_opened.load(std::memory_order_relaxed); }
absl::Status Store::Health() const { return state_->writer.Health(); }

WriteTransaction::~WriteTransaction() = default;

uint64_t WriteTransaction::Work() const { return transaction_->work(); }

Deferred* WriteTransaction::Attached(const void* owner) const {
  for (const auto& [key, deferred] : transaction_->deferred) {
    if (key == owner) return deferred.get();
  }
  return nullptr;
}

Deferred* WriteTransaction::Attach(const void* owner, std::unique_ptr<Deferred> deferred) {
  return transaction_->deferred.emplace_back(owner, std::move(deferred)).second.get();
}

absl::Status WriteTransaction::Finish() {
  // A flush may attach another: the register's entries are flushed into its log.
  for (size_t i = 0; i < transaction_->deferred.size(); ++i) {
    Deferred& deferred = *transaction_->deferred[i].second;
    if (absl::Status status = deferred.Flush(*this); !status.ok()) return status;
  }
  return transaction_->Flush();
}

void WriteTransaction::Committed() {
  transaction_->Committed();
  for (auto& [owner, deferred] : transaction_->deferred) deferred->Committed();
}

}  // namespace tidegate::store
