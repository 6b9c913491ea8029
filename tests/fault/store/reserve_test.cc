// A disk that is really full: a small file system in memory. Writes that protect people go on there, from the reserve,
// and no others. When there is room again, all writes go on.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/unit/store/sample_node.h"

namespace {
// While it is set, a file system says that much more is free than it gives, as one with a quota does.
bool statvfs_lies = false;
}  // namespace

// In place of the C library's, for the whole program.
extern "C" int statvfs(const char* path, struct statvfs* out) {
  struct statfs disk {};
  if (statfs(path, &disk) != 0) return -1;
  *out = {};
  out->f_frsize = out->f_bsize = static_cast<unsigned long>(disk.f_bsize);
  out->f_blocks = disk.f_blocks;
  out->f_bfree = out->f_bavail = statvfs_lies ? disk.f_bavail + (fsblkcnt_t{1} << 30) / out->f_frsize : disk.f_bavail;
  return 0;
}

namespace tidegate::store {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;

// A file system of so many MiB, which only this process sees and which goes with it. Needs to be root, or user
// namespaces for everybody; where a machine has neither, the test says so and fails: what it proves has no other proof.
class SmallDisk {
 public:
  explicit SmallDisk(int mib) {
    if (unshare(CLONE_NEWNS) != 0) InNamespaceOfOurOwn();
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    const std::string options = "mode=0700,size=" + std::to_string(mib) + "m";
    if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
      ADD_FAILURE() << "this machine lets nobody mount a small file system: " << strerror(errno);
    }
  }
  ~SmallDisk() { umount2(folder_.path().c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  const std::string& path() const { return folder_.path(); }

  // Takes all that is left, to the last page.
  void Fill() const {
    std::ofstream file(path() + "/ballast", std::ios::app | std::ios::binary);
    const std::string page(4096, 'x');
    while (file.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
  }
  void Empty() const { std::filesystem::remove(path() + "/ballast"); }

 private:
  static void InNamespaceOfOurOwn() {
    const std::string uid = "0 " + std::to_string(getuid()) + " 1", gid = "0 " + std::to_string(getgid()) + " 1";
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << uid;
    std::ofstream("/proc/self/gid_map") << gid;
  }

  TemporaryFolder folder_;
};

class ReserveTest : public testing::Test {
 protected:
  ReserveTest() : vault_(OpenVault(keys_.path())) { Open(); }
  void Open() {
    store_.reset();
    auto store = Store::Open(disk_.path() + "/data", *vault_, {.reserve_bytes = 8 * kMib});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  absl::Status Note(Purpose purpose, const std::string& item, size_t bytes = 64) {
    return store_->Write(
        purpose, [&](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "", item, std::string(bytes, 'v')); });
  }
  std::unique_ptr<Snapshot> Read() const { return *store_->Read(); }
  uint64_t ReserveFile() const { return std::filesystem::file_size(disk_.path() + "/data/reserve"); }

  SmallDisk disk_{24};
  TemporaryFolder keys_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<Store> store_;
};

TEST_F(ReserveTest, OrdinaryWritesAreRefusedAndWhatProtectsGoesOn) {
  EXPECT_EQ(ReserveFile(), 8 * kMib);
  ASSERT_TRUE(Note(Purpose::kOrdinary, "before").ok());
  disk_.Fill();
  absl::Status refused;
  for (int i = 0; i < 64 && refused.ok(); ++i)
    refused = Note(Purpose::kOrdinary, "ordinary" + std::to_string(i), 65536);
  ASSERT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_NE(refused.message().find("the disk is full"), std::string::npos) << refused;
  EXPECT_NE(refused.message().find("free disk space and try again"), std::string::npos) << refused;
  EXPECT_TRUE(store_->SpaceLeft().full);
  EXPECT_TRUE(store_->Health().ok());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(Note(Purpose::kProtection, "recall" + std::to_string(i), 4096).ok()) << i;
    ASSERT_TRUE(absl::IsResourceExhausted(Note(Purpose::kOrdinary, "more", 1))) << i;
  }
  const Space space = store_->SpaceLeft();
  EXPECT_EQ(space.reserve_bytes, 8 * kMib);
  EXPECT_LT(space.reserve_held, 8 * kMib);
  EXPECT_EQ(ReserveFile(), space.reserve_held);

  disk_.Empty();
  EXPECT_TRUE(Note(Purpose::kOrdinary, "after").ok());
  EXPECT_FALSE(store_->SpaceLeft().full);
  EXPECT_EQ(store_->SpaceLeft().reserve_held, 8 * kMib);
  EXPECT_EQ(ReserveFile(), 8 * kMib);
}

TEST_F(ReserveTest, AQuotaThatTheFreeSpaceDoesNotTellIsAFullDiskToo) {
  statvfs_lies = true;
  ASSERT_TRUE(Note(Purpose::kOrdinary, "before").ok());
  disk_.Fill();
  absl::Status refused;
  for (int i = 0; i < 64 && refused.ok(); ++i) {
    refused = Note(Purpose::kOrdinary, "ordinary" + std::to_string(i), 65536);
  }
  ASSERT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_NE(refused.message().find("quota"), std::string::npos) << refused;
  EXPECT_TRUE(store_->SpaceLeft().full);
  EXPECT_TRUE(store_->Health().ok());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Note(Purpose::kProtection, "recall" + std::to_string(i), 65536).ok()) << i;
    ASSERT_TRUE(absl::IsResourceExhausted(Note(Purpose::kOrdinary, "more", 65536))) << i;
  }
  EXPECT_TRUE(Read()->GetNamed(Named::kSetting, "", "before").ok()) << "what was kept stays";
  EXPECT_TRUE(store_->SpaceLeft().full);
  disk_.Empty();
  EXPECT_FALSE(store_->SpaceLeft().full);
  EXPECT_TRUE(Note(Purpose::kOrdinary, "after").ok());
  statvfs_lies = false;
}

TEST_F(ReserveTest, APartnerMayUseHalfAndTheRestIsForOurOwnPeople) {
  disk_.Fill();
  absl::Status status;
  int taken = 0;
  for (; taken < 4000 && status.ok(); ++taken) {
    status = Note(Purpose::kTakingBack, "withdrawal" + std::to_string(taken), 8192);
  }
  ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_GT(taken, 100);
  EXPECT_EQ(store_->SpaceLeft().reserve_held, 4 * kMib);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Note(Purpose::kProtection, "recall" + std::to_string(i), 8192).ok()) << i;
  }
}

TEST_F(ReserveTest, AStoreOpensOnAFullDiskAndItsReadersWork) {
  ASSERT_TRUE(Note(Purpose::kOrdinary, "before").ok());
  store_.reset();
  std::filesystem::remove(disk_.path() + "/data/lock.mdb");  // a first reader must not touch a page that is not there
  disk_.Fill();
  Open();
  ASSERT_NE(store_, nullptr);
  std::vector<std::unique_ptr<Snapshot>> readers;
  for (int i = 0; i < 256; ++i) {
    auto reader = store_->Read();
    ASSERT_TRUE(reader.ok()) << i << reader.status();
    EXPECT_TRUE((*reader)->GetNamed(Named::kSetting, "", "before").ok());
    readers.push_back(*std::move(reader));
  }
  EXPECT_TRUE(Note(Purpose::kProtection, "recall").ok());
}

TEST_F(ReserveTest, WhatAnInterruptedRunGaveUpIsTakenAgain) {
  disk_.Fill();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(Note(Purpose::kProtection, "recall" + std::to_string(i), 65536).ok());
  ASSERT_LT(store_->SpaceLeft().reserve_held, 8 * kMib);
  store_.reset();
  disk_.Empty();
  Open();
  EXPECT_EQ(store_->SpaceLeft().reserve_held, 8 * kMib);
  EXPECT_TRUE(Note(Purpose::kOrdinary, "after").ok());
}

}  // namespace
}  // namespace tidegate::store
