// The verifier in a process of its own, again and again, beside a node that writes all the while.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

constexpr int kMostVerifications = 10'000;
constexpr uint64_t kArrivals = 250;

// Waits for the store to exist, verifies it until it has grown, and gives the number of unsound reports as exit code.
[[noreturn]] void VerifyBeside(const std::string& folder, int go) {
  char byte = 0;
  if (read(go, &byte, 1) != 1) _exit(100);
  auto vault = OpenVault(folder);
  int unsound = 0;
  uint64_t last = 0;
  for (int i = 0; i < kMostVerifications && last < kArrivals; ++i) {
    auto report = verify::Verify(folder + "/data", *vault, {});
    if (!report.ok()) _exit(101);
    if (!report->clean()) {
      ++unsound;
      std::fprintf(stderr, "%s\n", FaultsOf(*report).c_str());
    }
    if (report->arrivals < last) _exit(102);
    last = report->arrivals;
  }
  _exit(last < kArrivals ? 103 : unsound);
}

TEST(BesideTest, AServingNodeIsVerifiedWithoutStopping) {
  TemporaryFolder folder;
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) VerifyBeside(folder.path(), go[0]);
  SampleNode node(folder.path());
  int written = 0, status = 0;
  ASSERT_EQ(write(go[1], "g", 1), 1);
  std::vector<record::VerifiedView> heads;
  while (waitpid(child, &status, WNOHANG) == 0) {
    std::vector<record::VerifiedView> fresh;
    fresh.push_back(MakePerson({.name = "Beside"}));
    if (written % 5 == 4) fresh.push_back(MakePerson({.name = "Amended", .before = &heads[heads.size() / 2]}));
    std::vector<const record::VerifiedView*> views;
    for (const auto& view : fresh) views.push_back(&view);
    ASSERT_TRUE(node.Author(views).ok());
    if (written % 7 == 0) {
      ASSERT_TRUE(node.log().Checkpoint().ok());
    }
    heads.push_back(std::move(fresh.front()));
    ++written;
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_GE(node.store().LastCommitted(), kArrivals);
  EXPECT_TRUE(node.Check({}).clean());
}

}  // namespace
}  // namespace tidegate::store
