#include "node/command/stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "text/text.h"

namespace tidegate::command {
namespace {

bool Plain(char c) { return (c >= 0x20 && c < 0x7F) || c == '\n'; }

// How many bytes at the end of `text` begin a code point and do not finish it: 0 to 3.
size_t Unfinished(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Look look) {
  if (auto* shown = dynamic_cast<ShownStream*>(out.rdbuf())) shown->Change(look);
  return out;
}

bool MayColour(int descriptor) {
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) == 1 && (none == nullptr || *none == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

ShownStream::ShownStream(std::ostream& stream, bool coloured)
    : stream_(stream), behind_(stream.rdbuf(this)), coloured_(coloured) {}

void ShownStream::Change(Look look) {
  if (!coloured_) return;
  switch (look) {
    case Look::kPlain:
      return (void)Put("\033[0m");
    case Look::kBold:
      return (void)Put("\033[1m");
    case Look::kRed:
      return (void)Put("\033[1;31m");
    case Look::kYellow:
      return (void)Put("\033[33m");
    case Look::kGreen:
      return (void)Put("\033[32m");
  }
}

ShownStream::~ShownStream() {
  if (!begun_.empty()) Put(text::Line(begun_));
  stream_.rdbuf(behind_);  // which clears what went wrong: ask the stream before
}

bool ShownStream::Put(std::string_view bytes) {
  if (before_the_first_) std::exchange(before_the_first_, nullptr)();
  const auto count = static_cast<std::streamsize>(bytes.size());
  return behind_->sputn(bytes.data(), count) == count;
}

bool ShownStream::Pass(std::string_view bytes) {
  if (begun_.empty() && std::all_of(bytes.begin(), bytes.end(), Plain)) return Put(bytes);
  std::string all = std::move(begun_);
  all.append(bytes);
  const size_t whole = all.size() - Unfinished(all);
  begun_ = all.substr(whole);
  std::string_view rest = std::string_view(all).substr(0, whole);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (!Put(text::Line(rest.substr(0, end)))) return false;
    if (end < rest.size() && !Put("\n")) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

ShownStream::int_type ShownStream::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char byte = traits_type::to_char_type(c);
  return Pass({&byte, 1}) ? c : traits_type::eof();
}

std::streamsize ShownStream::xsputn(const char* bytes, std::streamsize count) {
  return Pass({bytes, static_cast<size_t>(count)}) ? count : 0;
}

int ShownStream::sync() { return behind_->pubsync(); }

void FillClosedStreams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor is this one.
    if (open(descriptor == 0 ? "/dev/null" : "/dev/full", O_RDWR) < 0) (void)open("/dev/null", O_RDWR);
  }
}

}  // namespace tidegate::command
