// A view that slides over a file, so that a file of any size is read in flat memory.
//
// The file is read with pread and not mapped: a file that someone shortens meanwhile gives an error here, where a
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
  // Over bytes that outlive the window; it never slides.
  static Window OverBytes(std::string_view bytes);
  // Over a regular file, showing at least `lookahead` bytes ahead of the cursor unless the file ends sooner.
  static absl::StatusOr<Window> OverFile(const Source& source, std::size_t lookahead);

  Window(Window&& other) noexcept;
  Window& operator=(Window&&) = delete;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  // The bytes from the cursor on: `lookahead` or more, or all that is left.
  std::string_view Ahead() const { return bytes_.substr(cursor_); }
  // True while Ahead() reaches to the end of the source.
  bool ReachesEnd() const { return base_ + bytes_.size() == size_; }
  // Where the cursor stands in the source.
  std::uint64_t Offset() const { return base_ + cursor_; }
  std::uint64_t Size() const { return size_; }

  void Advance(std::size_t count) { cursor_ += count; }
  // True if Slide() has to read before the next `lookahead` bytes can be looked at.
  bool MustSlide() const { return !ReachesEnd() && bytes_.size() - cursor_ < lookahead_; }
  // Reads on, if it must. Every view into the window is void afterwards.
  absl::Status Slide();
  // Back to the first byte; every view into the window is void afterwards.
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
