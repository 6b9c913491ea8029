// A store whose index another program made: its index is made anew when the store is opened.
#include <sys/wait.h>
#include <unistd.h>

#include "node/store/verify/verify.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

// A copy of tests/data/store-2, which its README.md tells of.
class OldIndexTest : public testing::Test {
 protected:
  OldIndexTest() {
    const std::filesystem::path kept(TIDEGATE_OLD_STORE);
    std::filesystem::create_directory(data());
    std::filesystem::copy_file(kept / "data.mdb", data() + "/data.mdb");
    for (const char* name : {"master.key", "keyring"}) {
      std::filesystem::copy_file(kept / name, folder_.path() + "/" + name);
      std::filesystem::permissions(folder_.path() + "/" + name, std::filesystem::perms(0600));
    }
    vault_ = OpenVault(folder_.path());
  }
  std::string data() const { return folder_.path() + "/data"; }

  absl::StatusOr<std::unique_ptr<Store>> Open(std::function<void(uint64_t, uint64_t)> indexing = {}) {
    Options options;
    options.must_exist = true;
    options.indexing = std::move(indexing);
    return Store::Open(data(), *vault_, options);
  }
  static size_t Found(const Store& store, Where where) {
    Query query;
    query.where = std::move(where);
    auto snapshot = store.Read();
    EXPECT_TRUE(snapshot.ok());
    auto page = (*snapshot)->Find(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->seqs.size() : 0;
  }
  void ExpectWhole() {
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ(Found(**store, SaysWords("car wash")), 1u);
    EXPECT_EQ(Found(**store, SaysWords("ЛИДСЕ")), 1u);
    EXPECT_EQ(Found(**store, SaysWords("parlour")), 1u);
    EXPECT_EQ(Found(**store, SaysWords("nail bar")), 0u) << "it was amended";
    EXPECT_EQ(Found(**store, SaysWords("mistake")), 0u) << "it was recalled";
    EXPECT_EQ(Found(**store, Where::Has(record::CodeTerm("exploitation", "labour"))), 1u);
    EXPECT_EQ(Found(**store, Where::OfKind("report")), 3u);
    store->reset();
    auto report = verify::Verify(data(), *vault_, {});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->clean()) << report->faults.front().table << ": " << report->faults.front().what;
  }

  TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
};

TEST_F(OldIndexTest, IsMadeAnewWhenTheStoreIsOpenedAndNotAgain) {
  uint64_t told = 0, of = 0;
  const auto indexing = [&](uint64_t done, uint64_t rows) {
    told = done;
    of = rows;
  };
  ASSERT_TRUE(Open(indexing).ok());
  EXPECT_GT(told, 0u);
  EXPECT_EQ(told, of);
  ExpectWhole();
  told = 0;
  ASSERT_TRUE(Open(indexing).ok());
  EXPECT_EQ(told, 0u);
}

TEST_F(OldIndexTest, IsMadeToItsEndWhereTheProcessDiedInTheMidst) {
  for (int portions = 0; portions < 2; ++portions) {
    const pid_t child = fork();
    if (child == 0) {
      int left = portions;
      const auto die = [&left](uint64_t, uint64_t) {
        if (left-- == 0) _exit(7);
      };
      _exit(Open(die).ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_TRUE(WEXITSTATUS(status) == 7 || (portions > 0 && WEXITSTATUS(status) == 0)) << WEXITSTATUS(status);
  }
  ExpectWhole();
}

TEST_F(OldIndexTest, IsPassedOverByTheVerifierUntilThen) {
  auto report = verify::Verify(data(), *vault_, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->clean()) << report->faults.front().table << ": " << report->faults.front().what;
}

TEST_F(OldIndexTest, TakesWhatComesAfterwards) {
  {
    auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const record::VerifiedView view = MakePerson({.name = "Newly Come"});
    PutRequest request;
    request.view = &view;
    request.origin = kUs;
    request.log_index = 7;
    request.arrived_ms = 1'700'000'002'000;
    ASSERT_TRUE((*store)
                    ->Write([&](WriteTransaction& transaction) {
                      auto prepared = support::Prepared(**store, request);
                      return prepared.ok() ? transaction.Put(*prepared).status() : prepared.status();
                    })
                    .ok());
    EXPECT_EQ(Found(**store, SaysWords("newly come")), 1u);
  }
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Found(**store, SaysWords("newly come")), 1u);
}

}  // namespace
}  // namespace tidegate::store
