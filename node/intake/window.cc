#include "node/intake/window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::intake {
namespace {

// A slide moves at most one lookahead of bytes to the front and reads two more.
constexpr std::size_t kReadFactor = 3;

}  // namespace

Window Window::OverBytes(std::string_view bytes) {
  Window window;
  window.bytes_ = bytes;
  window.size_ = bytes.size();
  return window;
}

absl::StatusOr<Window> Window::OverFile(const Source& source, std::size_t lookahead) {
  const std::string& path = source.name;
  Window window;
  window.path_ = path;
  window.lookahead_ = lookahead;
  window.lent_ = source.file >= 0;
  window.file_ = window.lent_ ? source.file : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (window.file_ < 0) {
    return absl::NotFoundError(absl::StrCat("intake: cannot open `", path, "`: ", std::strerror(errno)));
  }
  struct stat about = {};
  if (fstat(window.file_, &about) != 0 || !S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("intake: `", path, "` is not a regular file; import from a file on disk"));
  }
  window.size_ = static_cast<std::uint64_t>(about.st_size);
  absl::Status read = window.ReadFrom(0, 0);
  if (!read.ok()) return read;
  return window;
}

Window::Window(Window&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      lent_(other.lent_),
      path_(std::move(other.path_)),
      base_(other.base_),
      cursor_(other.cursor_),
      size_(other.size_),
      lookahead_(other.lookahead_) {
  bool owned = !other.buffer_.empty();
  buffer_ = std::move(other.buffer_);
  bytes_ = owned ? std::string_view(buffer_).substr(0, other.bytes_.size()) : other.bytes_;
}

Window::~Window() {
  if (file_ >= 0 && !lent_) close(file_);
}

absl::Status Window::Slide() {
  if (!MustSlide()) return absl::OkStatus();
  std::size_t kept = bytes_.size() - cursor_;
  std::memmove(buffer_.data(), buffer_.data() + cursor_, kept);
  return ReadFrom(Offset(), kept);
}

absl::Status Window::Rewind() {
  if (base_ == 0) {
    cursor_ = 0;
    return absl::OkStatus();
  }
  return ReadFrom(0, 0);
}

// Makes bytes_ begin at `offset`, its first `kept` bytes being at the front of the buffer already.
absl::Status Window::ReadFrom(std::uint64_t offset, std::size_t kept) {
  std::size_t wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset, std::uint64_t{lookahead_} * kReadFactor));
  if (buffer_.size() < wanted) buffer_.resize(wanted);
  std::size_t filled = kept;
  while (filled < wanted) {
    ssize_t count = pread(file_, buffer_.data() + filled, wanted - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return absl::UnavailableError(absl::StrCat("intake: cannot read `", path_, "`: ", std::strerror(errno)));
    }
    if (count == 0) {
      return absl::DataLossError(
          absl::StrCat("intake: `", path_, "` became shorter while it was read; import it again"));
    }
    filled += static_cast<std::size_t>(count);
  }
  base_ = offset;
  cursor_ = 0;
  bytes_ = std::string_view(buffer_).substr(0, filled);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadWhole(const Source& source, std::size_t limit) {
  absl::StatusOr<Window> window = Window::OverFile(source, limit / kReadFactor + 1);
  if (!window.ok()) return window.status();
  if (window->Size() > limit) {
    return absl::ResourceExhaustedError(
        absl::StrCat("intake: `", source.name, "` has ", window->Size(), " bytes; at most ", limit, " are read"));
  }
  return std::string(window->Ahead());
}

}  // namespace tidegate::intake
