// The record room on the standard workload, and the hashing that it needs at least.
#include <benchmark/benchmark.h>

#include "crypto/merkle/merkle.h"
#include "node/record/index_terms.h"
#include "tests/bench/workload/workload.h"

namespace tidegate::bench {
namespace {

constexpr uint64_t kRecords = 256;

const std::vector<record::Draft>& Drafts() {
  static const auto& drafts = *[] {
    auto* all = new std::vector<record::Draft>;
    for (uint64_t i = 0; i < kRecords; ++i) all->push_back(DraftOf(i));
    return all;
  }();
  return drafts;
}

const std::vector<record::VerifiedView>& Views() {
  static const auto& views = *[] {
    auto* all = new std::vector<record::VerifiedView>;
    for (uint64_t i = 0; i < kRecords; ++i) all->push_back(Committed(i));
    return all;
  }();
  return views;
}

const std::vector<record::View>& Narrowed() {
  static const auto& views = *[] {
    auto* all = new std::vector<record::View>;
    for (const auto& view : Views()) all->push_back(Must(record::Narrow(view.view(), HalfOpened())));
    return all;
  }();
  return views;
}

void RecordCommit(benchmark::State& state) {
  record::CommitContext context;
  context.created_ms = 1'772'000'000'000;
  record::Seed seed{};
  uint64_t i = 0;
  for (auto _ : state) {
    seed[0] = static_cast<uint8_t>(i);
    benchmark::DoNotOptimize(record::Commit(Drafts()[i++ % kRecords], context, seed));
  }
}
BENCHMARK(RecordCommit);

void RecordNarrow(benchmark::State& state) {
  const std::vector<int8_t> finest = HalfOpened();
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(record::Narrow(Views()[i++ % kRecords].view(), finest));
}
BENCHMARK(RecordNarrow);

void RecordVerify(benchmark::State& state) {
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(record::Verify(record::View(Narrowed()[i++ % kRecords])));
}
BENCHMARK(RecordVerify);

void RecordEncode(benchmark::State& state) {
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(record::EncodeView(Narrowed()[i++ % kRecords]));
}
BENCHMARK(RecordEncode);

void RecordDecode(benchmark::State& state) {
  std::vector<std::string> bytes;
  for (const auto& view : Narrowed()) bytes.push_back(record::EncodeView(view));
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(record::DecodeView(bytes[i++ % kRecords]));
}
BENCHMARK(RecordDecode);

// The cost of copying the same bytes: no codec can be faster.
void CeilingCopy(benchmark::State& state) {
  std::vector<std::string> bytes;
  for (const auto& view : Narrowed()) bytes.push_back(record::EncodeView(view));
  uint64_t i = 0;
  for (auto _ : state) {
    std::string copy = bytes[i++ % kRecords];
    benchmark::DoNotOptimize(copy.data());
  }
}
BENCHMARK(CeilingCopy);

void RecordTerms(benchmark::State& state) {
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(record::IndexTermsOf({Views()[i++ % kRecords], {}}));
}
BENCHMARK(RecordTerms);

// The hashes that CRYPTO.md's "Record" asks of a commit, over inputs as long as theirs: for each slot a salt and a
// leaf, for each rung of a present field a rung hash (with its value), the tree's nodes, the statement's leaf.
void CeilingCommitHashes(benchmark::State& state) {
  const record::VerifiedView& view = Views()[0];
  std::vector<std::string> inputs;
  for (size_t slot = 0; slot < view.kind().slots.size(); ++slot) {
    inputs.emplace_back(58, 's');  // salt: label, seed, number
    inputs.emplace_back(60, 'l');  // leaf
  }
  for (size_t i = 0; i < view.size(); ++i) {
    for (size_t rung = 0; rung < view.slot(i).rungs.size(); ++rung) {
      inputs.emplace_back(58, 'r');
      inputs.emplace_back(40 + (rung == 0 ? view.view().opened[i].value.size() : 24), 'v');
    }
  }
  for (size_t node = 1; node < view.kind().slots.size(); ++node) inputs.emplace_back(65, 'n');
  inputs.push_back(view.view().statement);
  for (auto _ : state) {
    for (const std::string& input : inputs) benchmark::DoNotOptimize(crypto::HashOf({input}));
  }
  state.counters["hashes"] = static_cast<double>(inputs.size());
}
BENCHMARK(CeilingCommitHashes);

// The hashes that a verifier of the narrowed view needs at least: a rung and a leaf for each opened field and each
// coarser rung, the nodes above, the statement.
void CeilingVerifyHashes(benchmark::State& state) {
  const record::VerifiedView view = Must(record::Verify(record::View(Narrowed()[0])));
  std::vector<std::string> inputs;
  for (size_t i = 0; i < view.size(); ++i) {
    const record::Opened& opened = view.view().opened[i];
    for (size_t rung = opened.rung; rung < view.slot(i).rungs.size(); ++rung) {
      inputs.emplace_back(58, 'r');
      inputs.emplace_back(40 + (rung == opened.rung ? opened.value.size() : 24), 'v');
    }
    inputs.emplace_back(60, 'l');
  }
  for (size_t node = 1; node < view.size() + view.view().proof.size(); ++node) inputs.emplace_back(65, 'n');
  inputs.push_back(view.view().statement);
  for (auto _ : state) {
    for (const std::string& input : inputs) benchmark::DoNotOptimize(crypto::HashOf({input}));
  }
  state.counters["hashes"] = static_cast<double>(inputs.size());
}
BENCHMARK(CeilingVerifyHashes);

// The multiproof of k scattered leaves of a log of n: to prove from a tree that is kept, and to verify.
struct Log {
  explicit Log(uint64_t n, uint64_t k) {
    for (uint64_t i = 0; i < n; ++i) leaves.push_back(crypto::HashOf({std::to_string(i)}));
    for (uint64_t i = 0; i < k; ++i) positions.push_back(i * (n / k));
    for (uint64_t position : positions) opened.push_back(leaves[position]);
  }
  std::vector<crypto::Hash> leaves, opened;
  std::vector<uint64_t> positions;
};

void MerkleProveMulti(benchmark::State& state) {
  const Log log(static_cast<uint64_t>(state.range(1)), static_cast<uint64_t>(state.range(0)));
  const merkle::Tree tree(log.leaves);
  for (auto _ : state) benchmark::DoNotOptimize(merkle::ProveMulti(log.leaves.size(), log.positions, tree));
}
BENCHMARK(MerkleProveMulti)->Args({200, 100'000});

void MerkleVerifyMulti(benchmark::State& state) {
  const Log log(static_cast<uint64_t>(state.range(1)), static_cast<uint64_t>(state.range(0)));
  const merkle::Tree tree(log.leaves);
  const auto proof = Must(merkle::ProveMulti(log.leaves.size(), log.positions, tree));
  for (auto _ : state) {
    benchmark::DoNotOptimize(merkle::RootFromMulti(log.leaves.size(), log.positions, log.opened, proof));
  }
  state.counters["hashes"] = static_cast<double>(log.positions.size() + proof.size() - 1);
}
BENCHMARK(MerkleVerifyMulti)->Args({200, 100'000});

// As many node hashes as a verification of that multiproof makes.
void CeilingMultiHashes(benchmark::State& state) {
  const Log log(static_cast<uint64_t>(state.range(1)), static_cast<uint64_t>(state.range(0)));
  const merkle::Tree tree(log.leaves);
  const size_t nodes =
      log.positions.size() + Must(merkle::ProveMulti(log.leaves.size(), log.positions, tree)).size() - 1;
  for (auto _ : state) {
    for (size_t i = 0; i < nodes; ++i) benchmark::DoNotOptimize(merkle::NodeHash(log.leaves[i], log.leaves[i + 1]));
  }
}
BENCHMARK(CeilingMultiHashes)->Args({200, 100'000});

}  // namespace
}  // namespace tidegate::bench
