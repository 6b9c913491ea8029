// A full disk, stood in for by the file size limit of the process: a clear error, nothing half done, and on it goes
// when there is room again.
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(DiskFullTest, AFullDiskIsAClearErrorAndPasses) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  std::vector<record::VerifiedView> stored;
  record::VerifiedView extra = MakePerson({.name = "Does Not Fit"});
  absl::Status status = absl::OkStatus();
  {
    FileSizeLimit limit(512 << 10);
    for (int i = 0; i < 2000 && status.ok(); ++i) {
      record::VerifiedView view = MakePerson({.name = "Fits"});
      status = node.Author({&view});
      if (status.ok()) {
        stored.push_back(std::move(view));
      } else {
        extra = std::move(view);
      }
    }
    ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_NE(status.message().find("free disk space"), std::string::npos) << status;
    EXPECT_FALSE(stored.empty());
    // Reading goes on, and what was acknowledged is there.
    auto snapshot = node.store().Read();
    ASSERT_TRUE(snapshot.ok());
    for (const auto& view : stored) EXPECT_TRUE((*snapshot)->FindByLeaf(view.leaf()).ok());
    EXPECT_TRUE(absl::IsNotFound((*snapshot)->FindByLeaf(extra.leaf()).status()));
    EXPECT_TRUE(node.store().Health().ok());
  }
  EXPECT_TRUE(node.Check({}).clean()) << FaultsOf(node.Check({}));
  EXPECT_TRUE(node.Author({&extra}).ok());
  EXPECT_EQ(node.log().size(), stored.size() + 1);
  EXPECT_TRUE(node.Check({}).clean()) << FaultsOf(node.Check({}));
}

TEST(DiskFullTest, ABatchThatDoesNotFitIsWhollyAbsent) {
  TemporaryFolder folder;
  SampleNode node(folder.path());
  std::vector<record::VerifiedView> views;
  for (int i = 0; i < 800; ++i) views.push_back(MakePerson({.name = "Batch"}));
  std::vector<const record::VerifiedView*> batch;
  for (const auto& view : views) batch.push_back(&view);
  {
    FileSizeLimit limit(256 << 10);
    EXPECT_TRUE(absl::IsResourceExhausted(node.Author(batch)));
  }
  EXPECT_EQ(node.store().LastCommitted(), 0u);
  EXPECT_EQ(node.log().size(), 0u);
  EXPECT_TRUE(node.Check({}).clean()) << FaultsOf(node.Check({}));
  EXPECT_TRUE(node.Author(batch).ok());
  EXPECT_EQ(node.log().size(), views.size());
}

}  // namespace
}  // namespace tidegate::store
