#include "node/store/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tidegate::store {
namespace {

// A reserve is given back in sixteen pieces, none smaller than what a few commits need.
constexpr uint64_t kPieces = 16;
constexpr uint64_t kLeastPiece = uint64_t{1} << 20;
constexpr uint64_t kLeastUsual = uint64_t{4} << 20;
constexpr uint64_t kMostUsual = uint64_t{64} << 20;
constexpr uint64_t kUsualOf = 50;  // 2 %
constexpr mode_t kFileMode = 0600;

// An open file that closes itself.
class File {
 public:
  explicit File(const std::string& path, int flags) : file_(open(path.c_str(), flags | O_CLOEXEC, kFileMode)) {}
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return file_ >= 0; }
  int get() const { return file_; }

 private:
  const int file_;
};

}  // namespace

uint64_t UsualReserve(const std::string& folder) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return kLeastUsual;
  return std::clamp(static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize / kUsualOf, kLeastUsual, kMostUsual);
}

Reserve::Reserve(std::string folder, uint64_t bytes)
    : folder_(std::move(folder)),
      path_(folder_ + "/" + std::string(kReserveFile)),
      bytes_(bytes),
      piece_(std::max(bytes / kPieces, kLeastPiece)) {}

void Reserve::Open() {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0) return;
  const auto size = static_cast<uint64_t>(info.st_size);
  // A smaller reserve is wanted now: the rest goes back to the disk.
  if (size > bytes_ && truncate(path_.c_str(), static_cast<off_t>(bytes_)) != 0) return;
  held_ = std::min(size, bytes_);
}

bool Reserve::Refill() {
  if (whole()) return true;
  const File file(path_, O_RDWR | O_CREAT);
  if (!file.ok()) return false;
  const uint64_t before = held();
  // Some file systems keep what they found of the space although it was not enough: it is given back.
  if (posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) != 0) {
    if (ftruncate(file.get(), static_cast<off_t>(before)) != 0) return false;
    return false;
  }
  held_ = bytes_;
  return true;
}

bool Reserve::GiveUp(Purpose purpose) {
  const uint64_t before = held();
  // Writes that a partner causes may use half: the rest is for our own people.
  const uint64_t floor = purpose == Purpose::kProtection ? 0 : bytes_ / 2;
  if (purpose == Purpose::kOrdinary || before <= floor) return false;
  const uint64_t after = std::max(before > piece_ ? before - piece_ : 0, floor);
  if (truncate(path_.c_str(), static_cast<off_t>(after)) != 0) return false;
  held_ = after;
  return true;
}

bool Reserve::HasRoom(uint64_t bytes) const {
  std::string path = folder_ + "/room-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return false;
  unlink(path.c_str());
  const bool has = posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0;
  close(file);
  return has;
}

uint64_t Reserve::FreeOnDisk() const {
  struct statvfs disk {};
  if (statvfs(folder_.c_str(), &disk) != 0) return 0;
  return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
}

}  // namespace tidegate::store
