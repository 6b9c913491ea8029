#include "crypto/vault/keyring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/vault/vault.h"

namespace tidegate::vault {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

absl::Status SystemError(const char* doing, const char* what, const std::string& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat("vault: cannot ", doing, " ", what, " `", path, "`"));
}

absl::Status CheckPrivate(const struct stat& info, const std::string& path, const char* what) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("vault: ", what, " `", path, "` is not a regular file"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("vault: ", what, " `", path, "` can be reached by others (mode ",
                                                      absl::Hex((info.st_mode >> 6) & 7), (info.st_mode >> 3) & 7,
                                                      info.st_mode & 7, "); run `chmod 600 ", path, "`"));
  }
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("vault: ", what, " `", path, "` belongs to another user; run `chown` on it"));
  }
  return absl::OkStatus();
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncDirectory(const std::string& path, const char* what) {
  const Descriptor directory(::open(DirectoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok() || ::fsync(directory.get()) != 0) return SystemError("sync the directory of", what, path);
  return absl::OkStatus();
}

// A file beside `path` with the bytes on disk, under a name of its own that is returned.
absl::StatusOr<std::string> WriteBeside(const std::string& path, std::string_view bytes, const char* what) {
  std::string beside = absl::StrCat(path, ".new-", absl::BytesToHexString(crypto::Random(8)));
  const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.ok()) return SystemError("create", what, beside);
  if (!WriteAll(file.get(), bytes) || ::fsync(file.get()) != 0) {
    absl::Status status = SystemError("write", what, beside);
    ::unlink(beside.c_str());
    return status;
  }
  return beside;
}

absl::Status Install(const std::string& path, std::string_view bytes, const char* what, unsigned rename_flags) {
  absl::StatusOr<std::string> beside = WriteBeside(path, bytes, what);
  if (!beside.ok()) return beside.status();
  if (::renameat2(AT_FDCWD, beside->c_str(), AT_FDCWD, path.c_str(), rename_flags) != 0) {
    absl::Status status = SystemError("put in place", what, path);
    ::unlink(beside->c_str());
    return status;
  }
  return SyncDirectory(path, what);
}

// Best effort by nature: a copying file system or a flash drive keeps old blocks all the same, and the keys in them
// stay wrapped. So an error here is none of the caller's.
void Overwrite(const Descriptor& old) {
  struct stat info {};
  if (!old.ok() || ::fstat(old.get(), &info) != 0 || info.st_nlink != 0) return;
  for (off_t left = info.st_size; left > 0;) {
    const std::string noise = crypto::Random(static_cast<size_t>(std::min<off_t>(left, 1 << 16)));
    if (!WriteAll(old.get(), noise)) return;
    left -= static_cast<off_t>(noise.size());
  }
  ::fsync(old.get());
}

}  // namespace

absl::StatusOr<crypto::SecretBytes> ReadPrivateFile(const std::string& path, size_t max_size, const char* what) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return SystemError("open", what, path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return SystemError("inspect", what, path);
  if (absl::Status status = CheckPrivate(info, path, what); !status.ok()) return status;
  if (info.st_size < 0 || static_cast<uint64_t>(info.st_size) > max_size) {
    return absl::InvalidArgumentError(absl::StrCat("vault: ", what, " `", path, "` has ", info.st_size,
                                                   " bytes, more than the ", max_size, " it may"));
  }
  crypto::SecretBytes bytes(static_cast<size_t>(info.st_size));
  std::span<uint8_t> rest = bytes.ExposeForWriting();
  while (!rest.empty()) {
    const ssize_t got = ::read(file.get(), rest.data(), rest.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", what, path);
    if (got == 0) return absl::DataLossError(absl::StrCat("vault: ", what, " `", path, "` shrank while it was read"));
    rest = rest.subspan(static_cast<size_t>(got));
  }
  return bytes;
}

absl::Status WriteNewPrivateFile(const std::string& path, std::string_view bytes, const char* what) {
  return Install(path, bytes, what, RENAME_NOREPLACE);
}

absl::Status ReplacePrivateFile(const std::string& path, std::string_view bytes, const char* what) {
  const Descriptor old(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (absl::Status status = Install(path, bytes, what, 0); !status.ok()) return status;
  Overwrite(old);
  return absl::OkStatus();
}

}  // namespace tidegate::vault
