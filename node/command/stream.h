// The output of the command line: encoded for a terminal, coloured on one, and with an error if it cannot be written.
#ifndef TIDEGATE_NODE_COMMAND_STREAM_H_
#define TIDEGATE_NODE_COMMAND_STREAM_H_

#include <functional>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::command {

// How words of our own look on a terminal: `out << Look::kBold << "FIELD" << Look::kPlain`. Elsewhere it changes
// nothing.
enum class Look { kPlain, kBold, kRed, kYellow, kGreen };
std::ostream& operator<<(std::ostream& out, Look look);

// Whether output to this descriptor may have colours: it is a terminal that has them, and NO_COLOR is not set
// (https://no-color.org).
bool MayColour(int descriptor);

// While it lives, everything that is written to `stream` passes on with its hidden characters made visible
// (text/text.h). So a terminal gets only letters, line ends and our own Looks, from any caller. Not thread-safe.
class ShownStream : public std::streambuf {
 public:
  explicit ShownStream(std::ostream& stream, bool coloured = false);
  ~ShownStream() override;
  ShownStream(const ShownStream&) = delete;
  ShownStream& operator=(const ShownStream&) = delete;

  // Called once, before the first byte goes on.
  void BeforeTheFirst(std::function<void()> call) { before_the_first_ = std::move(call); }
  // Changes how what follows looks.
  void Change(Look look);

 protected:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;
  int sync() override;

 private:
  // Writes the complete code points of `begun_` and `bytes`; an incomplete one waits for its end. False if the stream
  // did not take all of it.
  bool Pass(std::string_view bytes);
  bool Put(std::string_view bytes);

  std::ostream& stream_;
  std::streambuf* behind_;
  const bool coloured_;
  std::function<void()> before_the_first_;
  std::string begun_;  // at most three bytes
};

// If one of the three standard streams is closed, opens a file in its place that refuses what is written. Otherwise a
// file that is opened later would become standard output.
void FillClosedStreams();

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_STREAM_H_
