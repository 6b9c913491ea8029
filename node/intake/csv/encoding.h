// Encodings of text tables: which there are, which one a text has, and how it becomes UTF-8 (with the C library's
// iconv).
#ifndef TIDEGATE_NODE_INTAKE_CSV_ENCODING_H_
#define TIDEGATE_NODE_INTAKE_CSV_ENCODING_H_

#include <iconv.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::intake {

// A row of a table of constants; compared by its address.
struct Encoding {
  std::string_view name;   // for people
  std::string_view iconv;  // as the C library calls it
  std::size_t unit;        // bytes of the shortest character
};

const Encoding& Utf8();
const Encoding& Utf16(bool big_endian);
const Encoding& Windows1252();
// By a name that people write, in any case, with or without `-` and `_`: `utf-8`, `latin1`, `windows-1252`, `cp850`.
// The error names the nearest.
absl::StatusOr<const Encoding*> FindEncoding(std::string_view name);

// The encoding that a byte order mark tells, and how long the mark is; null without one.
const Encoding* EncodingOfMark(std::string_view first_bytes, std::size_t* mark);

// Loads what decoding needs from the disk: of the encodings that are told without being named, and of each that the
// text of a mapping names. Call it while files may still be opened; from then on a Decoder opens none, and knows only
// these.
void PrepareEncodings(std::string_view mapping);

// Counts, piece by piece, what tells UTF-8 from an encoding of one byte a character.
class Utf8Evidence {
 public:
  // `last` says that nothing follows.
  void Take(std::string_view piece, bool last);
  std::uint64_t good() const { return good_; }  // characters of several bytes
  std::uint64_t bad() const { return bad_; }    // bytes that are not UTF-8

 private:
  void Walk(std::string_view text, bool last);

  std::string open_;  // the beginning of a character whose end is in the next piece
  std::uint64_t good_ = 0;
  std::uint64_t bad_ = 0;
};

// Turns bytes of one encoding into UTF-8, piece by piece.
class Decoder {
 public:
  static absl::StatusOr<Decoder> Open(const Encoding& encoding);
  Decoder(Decoder&& other) noexcept;
  Decoder& operator=(Decoder&& other) noexcept;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder();

  // Appends the text of `bytes` to `out`, and returns how many bytes it took: all but the beginning of a character
  // whose end is missing. `last` says that no bytes follow. Bytes that are no character become the byte FF, which no
  // UTF-8 text has.
  std::size_t Decode(std::string_view bytes, bool last, std::string* out);
  // Begins again.
  void Reset();

 private:
  Decoder(iconv_t conversion, std::size_t unit) : conversion_(conversion), unit_(unit) {}
  iconv_t conversion_;
  std::size_t unit_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_ENCODING_H_
