// A view that slides over a file, so that reading a file of any size takes the same memory.
//
// It reads with pread and does not map the file. If somebody shortens the file meanwhile, this gives an error; a
// mapping would end the process.
#ifndef TIDEGATE_NODE_INTAKE_WINDOW_H_
#define TIDEGATE_NODE_INTAKE_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

class Window {
 public:
  // A window over bytes that outlive it. It never slides.
  static Window OverBytes(std::string_view bytes);
  // A window over a regular file. It shows at least `lookahead` bytes after the cursor, unless the file ends sooner.
  static absl::StatusOr<Window> OverFile(const Source& source, std::size_t lookahead);

  Window(Window&& other) noexcept;
  Window& operator=(Window&&) = delete;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  // The bytes after the cursor: `lookahead` or more, or all that are left.
  std::string_view Ahead() const { return bytes_.substr(cursor_); }
  // True if Ahead() reaches the end of the source.
  bool ReachesEnd() const { return base_ + bytes_.size() == size_; }
  // The position of the cursor in the source.
  std::uint64_t Offset() const { return base_ + cursor_; }
  std::uint64_t Size() const { return size_; }

  void Advance(std::size_t count) { cursor_ += count; }
  // True if less than `lookahead` bytes are in reach: then call Slide() before looking.
  bool MustSlide() const { return !ReachesEnd() && bytes_.size() - cursor_ < lookahead_; }
  // Reads on, if it must. Views into the window are invalid afterwards.
  absl::Status Slide();
  // Goes back to the first byte. Views into the window are invalid afterwards.
  absl::Status Rewind();

 private:
  Window() = default;
  absl::Status ReadFrom(std::uint64_t offset, std::size_t kept);

  int file_ = -1;
  bool lent_ = false;  // the file is somebody else's to close
  std::string path_;
  std::string buffer_;
  std::string_view bytes_;  // the part of the source that is in reach
  std::uint64_t base_ = 0;  // where bytes_ begins in the source
  std::size_t cursor_ = 0;  // in bytes_
  std::uint64_t size_ = 0;
  std::size_t lookahead_ = 0;
};

// The whole of a regular file of at most `limit` bytes.
absl::StatusOr<std::string> ReadWhole(const Source& source, std::size_t limit);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_WINDOW_H_
