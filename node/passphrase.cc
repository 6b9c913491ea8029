#include "node/passphrase.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bitset>
#include <cerrno>
#include <cstring>
#include <span>

#include "absl/strings/str_cat.h"

namespace tidegate::node {
namespace {

constexpr size_t kMostPassphraseBytes = 4096;
constexpr size_t kLeastCharacters = 15;  // NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor
constexpr size_t kLeastDifferent = 8;

absl::Status CheckPrivate(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("node: passphrase file `", path, "` is not a regular file"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("node: passphrase file `", path, "` can be reached by others; run `chmod 600 ", path, "`"));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("node: passphrase file `", path, "` belongs to another user; run `chown` on it"));
  }
  return absl::OkStatus();
}

// How long the piece is that the text repeats: its own length where it repeats none.
size_t PieceLength(std::string_view text) {
  for (size_t length = 1; length < text.size(); ++length) {
    if (text.substr(length) == text.substr(0, text.size() - length)) return length;
  }
  return text.size();
}

absl::StatusOr<size_t> ReadInto(int file, std::span<uint8_t> room, const std::string& path) {
  size_t size = 0;
  while (size < room.size()) {
    const ssize_t got = read(file, room.data() + size, room.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::InternalError(absl::StrCat("node: cannot read `", path, "`: ", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  return size;
}

absl::StatusOr<crypto::SecretBytes> ReadOpened(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) return absl::InternalError(absl::StrCat("node: cannot look at `", path, "`"));
  if (absl::Status fine = CheckPrivate(info, path); !fine.ok()) return fine;
  crypto::SecretBytes raw(kMostPassphraseBytes);
  const absl::StatusOr<size_t> size = ReadInto(file, raw.ExposeForWriting(), path);
  if (!size.ok()) return size.status();
  std::string_view passphrase = raw.Expose().substr(0, *size);
  while (!passphrase.empty() && (passphrase.back() == '\n' || passphrase.back() == '\r')) passphrase.remove_suffix(1);
  return crypto::SecretBytes::CopyOf(passphrase);
}

}  // namespace

absl::StatusOr<crypto::SecretBytes> ReadPassphrase(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("node: cannot read the passphrase file `", path, "`"));
  }
  absl::StatusOr<crypto::SecretBytes> passphrase = ReadOpened(file, path);
  close(file);
  return passphrase;
}

absl::Status CheckNewPassphrase(std::string_view passphrase) {
  const std::string_view piece = passphrase.substr(0, PieceLength(passphrase));
  std::bitset<256> different;
  size_t characters = 0;
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    different.set(byte);
    characters += (byte & 0xC0) != 0x80 ? 1 : 0;  // of UTF-8, the first byte of each
  }
  if (characters >= kLeastCharacters && different.count() >= kLeastDifferent) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "node: the passphrase is easy to guess; take at least ", kLeastCharacters, " characters, at least ",
      kLeastDifferent,
      " of them different, and not one piece again and again: for example six words drawn at random, or the output of "
      "`openssl rand -base64 24`"));
}

}  // namespace tidegate::node
