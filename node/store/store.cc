#include "node/store/store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/store/prepared.h"
#include "node/store/transaction.h"
#include "node/store/writer.h"

namespace tidegate::store {
namespace {

constexpr std::string_view kStoreFormat = "tidegate store 2";

// The sealed format line opens only under the keyring that the store was made with.
absl::Status CheckFormat(Transaction& transaction, bool may_write) {
  absl::StatusOr<std::string> format = transaction.GetSealed(Dbi::kMeta, kFormatKey);
  if (format.ok()) {
    if (*format == kStoreFormat) return absl::OkStatus();
    return absl::FailedPreconditionError("store: written by another version of this program; use that version");
  }
  if (!absl::IsNotFound(format.status())) {
    return absl::UnauthenticatedError(
        absl::StrCat("store: this folder belongs to another keyring: ", format.status().message()));
  }
  // A value whose key epoch was destroyed also reads as not found.
  if (transaction.GetRaw(Dbi::kMeta, kFormatKey).ok()) {
    return absl::UnauthenticatedError("store: this folder belongs to another keyring");
  }
  if (!may_write || transaction.last_seq() != 0) {
    return absl::FailedPreconditionError("store: this folder has no format line; restore a backup");
  }
  if (absl::Status status = transaction.PutSealed(Dbi::kMeta, kFormatKey, kStoreFormat); !status.ok()) return status;
  return transaction.Flush();
}

}  // namespace

class Store::State {
 public:
  State(std::shared_ptr<Shared> shared_in, const Options& options, uint64_t last)
      : shared(std::move(shared_in)), writer(shared, options, last) {}
  const std::shared_ptr<Shared> shared;
  Writer writer;
};

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& folder, const vault::Vault& vault,
                                                   const Options& options) {
  EnvironmentOptions environment_options;
  environment_options.read_only = options.read_only;
  environment_options.must_exist = options.must_exist;
  environment_options.max_readers = options.most_snapshots;
  environment_options.first_map_bytes = options.first_map_bytes;
  environment_options.most_map_bytes = options.most_map_bytes;
  absl::StatusOr<std::unique_ptr<Environment>> environment = Environment::Open(folder, environment_options);
  if (!environment.ok()) return environment.status();
  auto shared = std::make_shared<Shared>(vault, *std::move(environment));
  uint64_t last = 0;
  if (options.read_only) {
    absl::StatusOr<MDB_txn*> txn = shared->environment().BeginRead();
    if (!txn.ok()) return txn.status();
    Transaction transaction(shared, *txn, false);
    if (absl::Status status = CheckFormat(transaction, false); !status.ok()) return status;
    last = transaction.last_seq();
  } else {
    MDB_txn* txn = nullptr;
    if (int code = shared->environment().BeginWrite(nullptr, &txn)) return FromLmdb(code, "opening for writing");
    Transaction transaction(shared, txn, true);
    if (absl::Status status = CheckFormat(transaction, true); !status.ok()) return status;
    last = transaction.last_seq();
    if (absl::Status status = FromLmdb(mdb_txn_commit(transaction.Release()), "writing the format"); !status.ok()) {
      return status;
    }
  }
  return std::unique_ptr<Store>(new Store(std::make_unique<State>(std::move(shared), options, last)));
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

absl::Status Store::Write(const Body& body) { return state_->writer.Write(body); }

absl::StatusOr<std::unique_ptr<Snapshot>> Store::Read() const {
  absl::StatusOr<MDB_txn*> txn = state_->shared->environment().BeginRead();
  if (!txn.ok()) return txn.status();
  return std::unique_ptr<Snapshot>(new Snapshot(std::make_unique<Transaction>(state_->shared, *txn, false)));
}

absl::StatusOr<PreparedPut> Store::Prepare(const PutRequest& request) const {
  return PreparedPut::Make(request, *state_->shared);
}

uint64_t Store::WaitBeyond(uint64_t seq, absl::Time deadline) const { return state_->writer.WaitBeyond(seq, deadline); }
uint64_t Store::LastCommitted() const { return state_->writer.LastCommitted(); }
void Store::Nudge() const { state_->writer.Nudge(); }
void Store::Close() { state_->writer.Close(); }
uint64_t Store::BytesOnDisk() const { return state_->shared->environment().UsedBytes(); }
uint64_t Store::RowsOpened() const { return state_->shared->rows_opened.load(std::memory_order_relaxed); }
absl::Status Store::Health() const { return state_->writer.Health(); }

WriteTransaction::~WriteTransaction() = default;

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
