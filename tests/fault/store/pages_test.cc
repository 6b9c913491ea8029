// A store's file that was altered behind LMDB's back, mostly in the heads of its pages: verify and the store itself
// survive every one, name table and page of what LMDB could have been led astray by, and read no byte outside the file.
#include "node/store/pages/pages.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPage = 4096;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

uint64_t SeedOfRun() {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("TIDEGATE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// Branches, leaves, values longer than a page, freed pages.
class PagesTest : public testing::Test {
 protected:
  PagesTest() : random_(SeedOfRun()) {
    SampleNode node(folder_.path());
    std::vector<record::VerifiedView> views;
    for (int i = 0; i < 400; ++i) {
      views.push_back(
          MakePerson({.name = "Person " + std::to_string(i), .alias = i % 50 == 0 ? std::string(3000, 'x') : ""}));
    }
    std::vector<const record::VerifiedView*> batch;
    for (const auto& view : views) batch.push_back(&view);
    EXPECT_TRUE(node.Author(batch).ok());
    EXPECT_TRUE(node.Disclose("police", 1, batch).ok());
    for (int i = 0; i < 30; ++i) {
      const auto recalled = MakeRecall(views[static_cast<size_t>(i)]);
      EXPECT_TRUE(node.Author({&recalled}).ok());
    }
    options_ = node.VerifyOptions({});
    node.store().Close();
    sound_ = ReadFile(Data());
  }
  std::string Data() const { return folder_.path() + "/data/data.mdb"; }
  size_t Pages() const { return sound_.size() / kPage; }
  size_t Draw(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }

  // These return, with any contents of the file. Returns what verify found.
  verify::Report Survive(const std::string& bytes) {
    fs::remove(folder_.path() + "/data/lock.mdb");
    WriteFile(Data(), bytes);
    auto vault = OpenVault(folder_.path());
    auto report = verify::Verify(folder_.path() + "/data", *vault, options_);
    EXPECT_TRUE(report.ok()) << report.status();
    UseStore(*vault);
    return report.ok() ? *report : verify::Report();
  }

 private:
  void UseStore(vault::Vault& vault) {
    auto store = Store::Open(folder_.path() + "/data", vault, {.must_exist = true});
    if (!store.ok()) {
      refused_.insert(std::string(store.status().message()));
      return;
    }
    if (auto snapshot = (*store)->Read(); snapshot.ok()) {
      (*snapshot)->Scan(1, 1'000'000, [](const Arrival&) { return true; }).IgnoreError();
    }
    (*store)
        ->Write([](WriteTransaction& t) {
          for (int i = 0; i < 40; ++i) {
            const std::string item = "item " + std::to_string(i);
            if (auto put = t.PutNamed(Named::kReject, "altered", item, std::string(100, 'v')); !put.ok()) return put;
          }
          return absl::OkStatus();
        })
        .IgnoreError();
  }

 protected:
  TemporaryFolder folder_;
  verify::Options options_;
  std::string sound_;
  std::mt19937_64 random_;
  std::set<std::string> refused_;  // what the store said when it did not open
};

TEST_F(PagesTest, ASoundFileIsSound) {
  EXPECT_TRUE(Survive(sound_).clean());
  EXPECT_TRUE(refused_.empty()) << *refused_.begin();
}

TEST_F(PagesTest, HeadsOfPagesThatWereAlteredAreNamed) {
  constexpr size_t kTries = 150;  // over the whole file, however many pages it has
  int tried = 0, named = 0;
  for (size_t i = 0; i < kTries; ++i) {
    const size_t page = i * Pages() / kTries;
    std::string bytes = sound_;
    // Number, kind, lower and upper: never what they were.
    const size_t at = page * kPage + std::vector<size_t>{0, 1, 10, 12, 13, 14, 15}[Draw(7)];
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << Draw(8)));
    const verify::Report report = Survive(bytes);
    ++tried;
    for (const verify::Fault& fault : report.faults) {
      if (fault.where.rfind("page ", 0) == 0) ++named;
    }
  }
  // Pages that are free, or the older head, may say what they want.
  EXPECT_GE(named, tried / 2) << named << " of " << tried;
  for (const std::string& message : refused_) {
    EXPECT_NE(message.find("table `"), std::string::npos) << message;
    EXPECT_NE(message.find(", page "), std::string::npos) << message;
  }
}

TEST_F(PagesTest, RandomDamageCrashesNothing) {
  for (int round = 0; round < 100; ++round) {
    std::string bytes = sound_;
    for (size_t changes = 1 + Draw(30); changes > 0; --changes) {
      const size_t page = Draw(Pages()) * kPage;
      const size_t at = page + (Draw(4) == 0 ? Draw(kPage) : Draw(64));
      bytes[at] = static_cast<char>(Draw(256));
    }
    Survive(bytes);
  }
}

TEST_F(PagesTest, AFileThatEndsEarlyIsNamed) {
  const verify::Report whole = Survive(sound_);
  ASSERT_TRUE(whole.clean());
  int named = 0;
  for (int round = 0; round < 40; ++round) {
    const verify::Report report = Survive(sound_.substr(0, 1 + Draw(sound_.size() - kPage)));
    named += report.clean() ? 0 : 1;
    // The last pages of a file may be free ones: where only these are gone, everything is there.
    if (report.clean()) {
      EXPECT_EQ(report.values, whole.values);
    }
  }
  EXPECT_GE(named, 20);
}

TEST_F(PagesTest, AnEmptyFileIsNotTakenForANewStore) {
  WriteFile(Data(), "");
  auto vault = OpenVault(folder_.path());
  auto store = Store::Open(folder_.path() + "/data", *vault, {.must_exist = true});
  EXPECT_TRUE(absl::IsNotFound(store.status())) << store.status();
  fs::remove(Data());
  store = Store::Open(folder_.path() + "/data", *vault, {.must_exist = true});
  EXPECT_TRUE(absl::IsNotFound(store.status())) << store.status();
}

// A page in two trees, or both used and free, opens well and is written over by the next commit.
TEST_F(PagesTest, APageThatIsReachedTwiceIsNamed) {
  auto file = pages::File::Open(Data());
  ASSERT_TRUE(file.ok());
  ASSERT_FALSE((*file)->ReadHeads());
  EXPECT_FALSE((*file)->Walk((*file)->newest()));
  // Any branch: its second child becomes its first.
  for (size_t page = 2; page < Pages(); ++page) {
    std::string bytes = sound_;
    char* const at = bytes.data() + page * kPage;
    if (at[10] != 1 || at[11] != 0) continue;
    uint16_t first = 0, second = 0;
    std::memcpy(&first, at + 16, 2);
    std::memcpy(&second, at + 18, 2);
    std::memcpy(at + second, at + first, 6);
    pages::File altered(bytes);
    ASSERT_FALSE(altered.ReadHeads());
    if (const auto fault = altered.Walk(altered.newest())) {
      EXPECT_FALSE(fault->table.empty());
      return;
    }
  }
  FAIL() << "no branch of the sample was in use";
}

}  // namespace
}  // namespace tidegate::store
