// kill -9 at random moments of authoring, amending, recalling and disclosing. Afterwards the store is sound, every
// acknowledged record is there, every other one is whole or absent, and both logs can be signed on.
//
// TIDEGATE_FULL=1 runs 300 rounds instead of 20; TIDEGATE_SEED repeats a run.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string_view>

#include "absl/strings/numbers.h"
#include "tests/support/full.h"
#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

// The child does this for ever, and tells the parent each acknowledged leaf.
[[noreturn]] void Work(const std::string& folder, int acknowledged, unsigned seed) {
  std::mt19937 random(seed);
  SampleNode node(folder);
  std::vector<record::VerifiedView> heads;
  // Parcels of earlier rounds have taken their numbers.
  uint64_t parcel = node.store().LastCommitted() * 1000 + 1;
  for (;;) {
    std::vector<record::VerifiedView> fresh;
    const unsigned what = random() % 10;
    if (heads.empty() || what < 6) {
      for (unsigned i = 0; i < 1 + random() % 20; ++i) fresh.push_back(MakePerson({.name = "Crash Person"}));
    } else if (what < 8) {
      fresh.push_back(MakePerson({.name = "Crash Amended", .before = &heads[random() % heads.size()]}));
    } else {
      const size_t at = random() % heads.size();
      fresh.push_back(MakeRecall(heads[at]));
      heads.erase(heads.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::vector<const record::VerifiedView*> views;
    for (const auto& view : fresh) views.push_back(&view);
    if (!node.Author(views).ok()) _exit(3);
    for (const auto& view : fresh) {
      if (write(acknowledged, view.leaf().data(), view.leaf().size()) != 32) _exit(4);
    }
    if (random() % 4 == 0 && (!node.log().Checkpoint().ok() || !node.registry().log().Checkpoint().ok())) _exit(5);
    if (random() % 3 == 0 && !node.Disclose("police", parcel++, views).ok()) _exit(6);
    if (fresh.size() > 1) heads.push_back(std::move(fresh.front()));
  }
}

// Reads acknowledged leaves until `moment`, kills the child, and reads what is left in the pipe.
std::vector<crypto::Hash> ReadAndKill(pid_t child, int pipe, std::chrono::steady_clock::time_point moment) {
  std::vector<crypto::Hash> leaves;
  crypto::Hash leaf;
  bool killed = false;
  while (read(pipe, leaf.data(), leaf.size()) == static_cast<ssize_t>(leaf.size())) {
    leaves.push_back(leaf);
    if (!killed && std::chrono::steady_clock::now() >= moment) {
      kill(child, SIGKILL);
      killed = true;
    }
  }
  return leaves;
}

TEST(CrashTest, KilledAtAnyMomentNothingAcknowledgedIsLost) {
  const char* given = getenv("TIDEGATE_SEED");
  unsigned seed = std::random_device()();
  if (given != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(given, &seed)) << "TIDEGATE_SEED is no number: " << given;
  }
  const int rounds = support::Full() ? 300 : 20;
  std::printf("%d rounds, TIDEGATE_SEED=%u\n", rounds, seed);
  std::mt19937 random(seed);
  TemporaryFolder folder;
  std::vector<crypto::Hash> all;
  for (int round = 0; round < rounds; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const unsigned child_seed = random();
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 150'000);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      Work(folder.path(), ends[1], child_seed);
    }
    close(ends[1]);
    const std::vector<crypto::Hash> leaves = ReadAndKill(child, ends[0], moment);
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child gave up with " << WEXITSTATUS(status);
    all.insert(all.end(), leaves.begin(), leaves.end());

    SampleNode node(folder.path());
    const verify::Report report = node.Check({});
    ASSERT_TRUE(report.clean()) << "round " << round << ": " << FaultsOf(report);
    auto snapshot = node.store().Read();
    ASSERT_TRUE(snapshot.ok());
    for (const crypto::Hash& leaf : all) ASSERT_TRUE((*snapshot)->FindByLeaf(leaf).ok()) << "round " << round;
    EXPECT_TRUE(node.log().Checkpoint().ok());
  }
  EXPECT_FALSE(all.empty());
}

}  // namespace
}  // namespace tidegate::store
