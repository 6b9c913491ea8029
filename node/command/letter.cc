#include "node/command/letter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tidegate::command {
namespace {

constexpr std::string_view kLetterBegins = "-----BEGIN TIDEGATE ";

absl::Status Failed(const std::string& path) {
  return absl::InternalError(absl::StrCat("command: cannot write `", path, "`: ", std::strerror(errno)));
}

absl::Status Exists(const std::string& path) {
  return absl::AlreadyExistsError(
      absl::StrCat("command: `", path, "` exists; choose another name, or give --overwrite to replace it"));
}

// An older letter, written by this user: nothing is lost with it.
bool IsOwnLetter(const std::string& path, const struct stat& found) {
  if (found.st_uid != geteuid()) return false;
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return false;
  char head[kLetterBegins.size()] = {};
  const ssize_t size = read(file, head, sizeof head);
  close(file);
  return size == static_cast<ssize_t>(sizeof head) && std::string_view(head, sizeof head) == kLetterBegins;
}

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

absl::Status CheckLetter(const std::string& path, bool overwrite) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return errno == ENOENT ? absl::OkStatus() : Failed(path);
  if (!S_ISREG(found.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("command: `", path, "` is not a plain file; choose another name for the letter"));
  }
  return overwrite || IsOwnLetter(path, found) ? absl::OkStatus() : Exists(path);
}

absl::Status WriteLetter(const std::string& path, std::string_view text, bool overwrite) {
  if (absl::Status fine = CheckLetter(path, overwrite); !fine.ok()) return fine;
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed(path);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return errno == EEXIST ? Exists(path) : Failed(path);
  const bool written = WriteAll(file, text) && fsync(file) == 0;
  if (close(file) == 0 && written) return absl::OkStatus();
  return Failed(path);
}

}  // namespace tidegate::command
