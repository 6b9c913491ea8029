// The vault and the store: durable puts of 1,000 a transaction and random reads, beside LMDB alone on the same bytes.
#include "node/store/store.h"

#include <benchmark/benchmark.h>
#include <lmdb.h>
#include <sodium.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>

#include "node/record/index_terms.h"
#include "tests/bench/workload/workload.h"

namespace tidegate::bench {
namespace {

constexpr size_t kBatch = 1000;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-bench-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    Must(vault::MasterKey::CreateKeyFile(path_ + "/master.key"));
    vault_ = Must(vault::Vault::Create(path_ + "/keyring", Must(vault::MasterKey::FromKeyFile(path_ + "/master.key"))));
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  vault::Vault& vault() const { return *vault_; }

 private:
  std::string path_;
  std::unique_ptr<vault::Vault> vault_;
};

void VaultSeal(benchmark::State& state) {
  const Folder folder;
  const std::string value = record::EncodeView(Committed(1).view());
  for (auto _ : state) benchmark::DoNotOptimize(folder.vault().Seal("record", "12345678", value));
}
BENCHMARK(VaultSeal);

void VaultOpen(benchmark::State& state) {
  const Folder folder;
  const std::string sealed = Must(folder.vault().Seal("record", "12345678", record::EncodeView(Committed(1).view())));
  for (auto _ : state) benchmark::DoNotOptimize(folder.vault().Open("record", "12345678", sealed));
}
BENCHMARK(VaultOpen);

void CeilingXChaCha(benchmark::State& state) {
  const std::string value = record::EncodeView(Committed(1).view());
  std::string out(value.size() + 16, '\0');
  const unsigned char key[32] = {1}, nonce[24] = {2};
  for (auto _ : state) {
    unsigned long long length = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(out.data()), &length,
                                               reinterpret_cast<const unsigned char*>(value.data()), value.size(),
                                               nullptr, 0, nullptr, nonce, key);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(CeilingXChaCha);

void VaultBlindTerms(benchmark::State& state) {
  const Folder folder;
  const record::VerifiedView view = Committed(1);
  const auto terms = record::IndexTermsOf({view, {}});
  for (auto _ : state) {
    for (const record::Term& term : terms) benchmark::DoNotOptimize(folder.vault().BlindTerm(term.slot, term.text));
  }
  state.counters["terms"] = static_cast<double>(terms.size());
}
BENCHMARK(VaultBlindTerms);

void CeilingBlake2b(benchmark::State& state) {
  const record::VerifiedView view = Committed(1);
  const auto terms = record::IndexTermsOf({view, {}});
  const std::string key(32, 'k');
  std::vector<std::string> inputs;
  for (const record::Term& term : terms) inputs.push_back(std::string(12, 'x') + term.text);
  for (auto _ : state) {
    for (const std::string& input : inputs) benchmark::DoNotOptimize(crypto::Blake2b128(key, {input}));
  }
}
BENCHMARK(CeilingBlake2b);

class Puts {
 public:
  Puts() : store_(Must(store::Store::Open(folder_.path() + "/data", folder_.vault()))) {}
  // Prepares the next thousand records, makes them durable, and gives the seconds of the second part.
  double Batch() {
    std::vector<store::PreparedPut> prepared;
    for (size_t i = 0; i < kBatch; ++i) prepared.push_back(Prepare(next_++));
    const auto start = std::chrono::steady_clock::now();
    Must(store_->Write([&](store::WriteTransaction& transaction) {
      for (const store::PreparedPut& put : prepared) {
        if (auto stored = transaction.Put(put); !stored.ok()) return stored.status();
      }
      return absl::OkStatus();
    }));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  store::PreparedPut Prepare(uint64_t i) {
    const record::VerifiedView view = Committed(i);
    return PrepareView(view, i);
  }
  store::PreparedPut PrepareView(const record::VerifiedView& view, uint64_t i) {
    store::PutRequest request;
    request.view = &view;
    request.origin = "harbour";
    request.log_index = i;
    request.arrived_ms = 1'772'000'000'000;
    return Must(store_->Prepare(request));
  }
  store::Store& store() { return *store_; }

 private:
  Folder folder_;
  std::unique_ptr<store::Store> store_;
  uint64_t next_ = 0;
};

void StorePut1000(benchmark::State& state) {
  Puts puts;
  for (auto _ : state) state.SetIterationTime(puts.Batch());
}
BENCHMARK(StorePut1000)->UseManualTime()->Iterations(10)->Unit(benchmark::kMillisecond);

void StorePrepare(benchmark::State& state) {
  Puts puts;
  const record::VerifiedView view = Committed(1);
  for (auto _ : state) benchmark::DoNotOptimize(puts.PrepareView(view, 1));
}
BENCHMARK(StorePrepare);

void StoreGet(benchmark::State& state) {
  Puts puts;
  for (int i = 0; i < 5; ++i) puts.Batch();
  const auto snapshot = Must(puts.store().Read());
  uint64_t seq = 0;
  for (auto _ : state) benchmark::DoNotOptimize(Must(snapshot->Get(1 + (seq += 7919) % (5 * kBatch))));
}
BENCHMARK(StoreGet);

// LMDB alone, with no code of ours around it.
class Raw {
 public:
  Raw() {
    mdb_env_create(&environment_);
    mdb_env_set_mapsize(environment_, size_t{1} << 33);
    if (mdb_env_open(environment_, folder_.path().c_str(), 0, 0600) != 0) std::abort();
    value_ = record::EncodeView(Committed(1).view());
  }
  ~Raw() { mdb_env_close(environment_); }
  void Batch(size_t count) {
    MDB_txn* transaction = nullptr;
    mdb_txn_begin(environment_, nullptr, 0, &transaction);
    mdb_dbi_open(transaction, nullptr, 0, &table_);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t key = __builtin_bswap64(next_++);
      MDB_val k{sizeof key, const_cast<uint64_t*>(&key)}, v{value_.size(), value_.data()};
      if (mdb_put(transaction, table_, &k, &v, MDB_APPEND) != 0) std::abort();
    }
    if (mdb_txn_commit(transaction) != 0) std::abort();
  }
  MDB_env* environment() { return environment_; }
  MDB_dbi table() const { return table_; }

 private:
  Folder folder_;
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
  std::string value_;
  uint64_t next_ = 0;
};

void CeilingLmdbPut1000(benchmark::State& state) {
  Raw raw;
  for (auto _ : state) raw.Batch(kBatch);
}
BENCHMARK(CeilingLmdbPut1000)->Iterations(10)->Unit(benchmark::kMillisecond)->UseRealTime();

void CeilingDurableCommit(benchmark::State& state) {
  Raw raw;
  for (auto _ : state) raw.Batch(1);
}
BENCHMARK(CeilingDurableCommit)->Iterations(100)->Unit(benchmark::kMillisecond)->UseRealTime();

void CeilingLmdbGet(benchmark::State& state) {
  Raw raw;
  raw.Batch(5 * kBatch);
  MDB_txn* transaction = nullptr;
  mdb_txn_begin(raw.environment(), nullptr, MDB_RDONLY, &transaction);
  uint64_t seq = 0;
  for (auto _ : state) {
    const uint64_t key = __builtin_bswap64((seq += 7919) % (5 * kBatch));
    MDB_val k{sizeof key, const_cast<uint64_t*>(&key)}, v{};
    if (mdb_get(transaction, raw.table(), &k, &v) != 0) std::abort();
    std::string copy(static_cast<const char*>(v.mv_data), v.mv_size);
    benchmark::DoNotOptimize(copy.data());
  }
  mdb_txn_abort(transaction);
}
BENCHMARK(CeilingLmdbGet);

}  // namespace
}  // namespace tidegate::bench
