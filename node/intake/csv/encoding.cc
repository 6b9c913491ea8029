#include "node/intake/csv/encoding.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"
#include "re2/re2.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr char kNoCharacter = '\xFF';
const iconv_t kClosed = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): iconv's own

// Encodings that spreadsheets and databases write. None keeps a state from character to character.
constexpr std::array<Encoding, 39> kEncodings = {{{"UTF-8", "UTF-8", 1},
                                                  {"UTF-16LE", "UTF-16LE", 2},
                                                  {"UTF-16BE", "UTF-16BE", 2},
                                                  {"Windows-1252", "CP1252", 1},
                                                  {"Windows-1250", "CP1250", 1},
                                                  {"Windows-1251", "CP1251", 1},
                                                  {"Windows-1253", "CP1253", 1},
                                                  {"Windows-1254", "CP1254", 1},
                                                  {"Windows-1255", "CP1255", 1},
                                                  {"Windows-1256", "CP1256", 1},
                                                  {"Windows-1257", "CP1257", 1},
                                                  {"Windows-1258", "CP1258", 1},
                                                  {"Windows-874", "CP874", 1},
                                                  {"ISO-8859-1", "ISO-8859-1", 1},
                                                  {"ISO-8859-2", "ISO-8859-2", 1},
                                                  {"ISO-8859-3", "ISO-8859-3", 1},
                                                  {"ISO-8859-4", "ISO-8859-4", 1},
                                                  {"ISO-8859-5", "ISO-8859-5", 1},
                                                  {"ISO-8859-6", "ISO-8859-6", 1},
                                                  {"ISO-8859-7", "ISO-8859-7", 1},
                                                  {"ISO-8859-8", "ISO-8859-8", 1},
                                                  {"ISO-8859-9", "ISO-8859-9", 1},
                                                  {"ISO-8859-10", "ISO-8859-10", 1},
                                                  {"ISO-8859-11", "ISO-8859-11", 1},
                                                  {"ISO-8859-13", "ISO-8859-13", 1},
                                                  {"ISO-8859-14", "ISO-8859-14", 1},
                                                  {"ISO-8859-15", "ISO-8859-15", 1},
                                                  {"ISO-8859-16", "ISO-8859-16", 1},
                                                  {"KOI8-R", "KOI8-R", 1},
                                                  {"KOI8-U", "KOI8-U", 1},
                                                  {"Macintosh", "MACINTOSH", 1},
                                                  {"CP437", "CP437", 1},
                                                  {"CP850", "CP850", 1},
                                                  {"CP852", "CP852", 1},
                                                  {"CP866", "CP866", 1},
                                                  {"Shift-JIS", "CP932", 1},
                                                  {"GB18030", "GB18030", 1},
                                                  {"Big5", "BIG5-HKSCS", 1},
                                                  {"EUC-KR", "UHC", 1}}};

struct OtherName {
  std::string_view name;  // folded
  std::string_view of;    // folded
};
constexpr std::array<OtherName, 10> kOtherNames = {{{"utf16", "utf16le"},
                                                    {"latin1", "iso88591"},
                                                    {"latin2", "iso88592"},
                                                    {"latin5", "iso88599"},
                                                    {"latin9", "iso885915"},
                                                    {"ansi", "windows1252"},
                                                    {"macroman", "macintosh"},
                                                    {"sjis", "shiftjis"},
                                                    {"gbk", "gb18030"},
                                                    {"ascii", "utf8"}}};

std::string FoldedName(std::string_view name) {
  std::string folded;
  for (char c : name.substr(0, 40)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
      folded += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return folded;
}

const Encoding* EncodingNamed(std::string_view folded) {
  for (const Encoding& encoding : kEncodings) {
    if (FoldedName(encoding.name) == folded) return &encoding;
  }
  return nullptr;
}

using Encodings = std::set<const Encoding*>;

// Those that were loaded beforehand; null as long as files may be opened.
const Encodings*& LoadedEncodings() {
  static const Encodings* prepared = nullptr;
  return prepared;
}

iconv_t OpenConversion(const Encoding& encoding) { return iconv_open("UTF-8", std::string(encoding.iconv).c_str()); }

}  // namespace

const Encoding& Utf8() { return kEncodings[0]; }
const Encoding& Utf16(bool big_endian) { return kEncodings[big_endian ? 2 : 1]; }
const Encoding& Windows1252() { return kEncodings[3]; }

absl::StatusOr<const Encoding*> FindEncoding(std::string_view name) {
  std::string folded = FoldedName(name);
  for (const OtherName& other : kOtherNames) {
    if (other.name == folded) folded = other.of;
  }
  const Encoding* known = EncodingNamed(folded);
  if (known == nullptr && StartsWith(folded, "cp")) known = EncodingNamed(Cat({"windows", folded.substr(2)}));
  if (known != nullptr) return known;
  std::vector<std::string> names;
  names.reserve(std::size(kEncodings));
  for (const Encoding& encoding : kEncodings) names.emplace_back(encoding.name);
  return Refused({"no encoding `", name.substr(0, 40), "`", text::DidYouMean(name, names)});
}

const Encoding* EncodingOfMark(std::string_view first_bytes, std::size_t* mark) {
  *mark = 0;
  if (StartsWith(first_bytes, "\xEF\xBB\xBF")) {
    *mark = 3;
    return &Utf8();
  }
  const bool little = StartsWith(first_bytes, "\xFF\xFE");
  if (!little && !StartsWith(first_bytes, "\xFE\xFF")) return nullptr;
  *mark = 2;
  return &Utf16(!little);
}

void PrepareEncodings(std::string_view mapping) {
  auto* encodings = new Encodings{&Utf16(false), &Utf16(true), &Windows1252()};
  static const RE2* const kNamed = new RE2(R"(encoding["']?\s*=\s*["']([^"'\n]{1,40})["'])");
  re2::StringPiece rest(mapping.data(), mapping.size());
  std::string name;
  for (int i = 0; i < 8 && RE2::FindAndConsume(&rest, *kNamed, &name); ++i) {
    if (absl::StatusOr<const Encoding*> encoding = FindEncoding(name); encoding.ok()) encodings->insert(*encoding);
  }
  // Opened and never closed: so what the C library loaded for it stays loaded.
  for (const Encoding* encoding : *encodings) OpenConversion(*encoding);
  LoadedEncodings() = encodings;
}

void Utf8Evidence::Take(std::string_view piece, bool last) {
  if (open_.empty() && IsUtf8(piece)) {
    // Each character of several bytes has one byte that begins it.
    good_ += static_cast<std::uint64_t>(
        std::count_if(piece.begin(), piece.end(), [](char c) { return (c & 0xC0) == 0xC0; }));
    return;
  }
  if (open_.empty()) return Walk(piece, last);
  std::string joined = std::exchange(open_, {});
  joined.append(piece);
  Walk(joined, last);
}

void Utf8Evidence::Walk(std::string_view text, bool last) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t code_point = 0;
    const std::size_t length = text::DecodeUtf8(text, at, &code_point);
    if (length == 0 && !last && text.size() - at < kLongest) {
      open_ = text.substr(at);
      return;
    }
    good_ += length > 1 ? 1 : 0;
    bad_ += length == 0 ? 1 : 0;
    at += length == 0 ? 1 : length;
  }
}

absl::StatusOr<Decoder> Decoder::Open(const Encoding& encoding) {
  const bool there = LoadedEncodings() == nullptr || LoadedEncodings()->count(&encoding) != 0;
  const iconv_t conversion = there ? OpenConversion(encoding) : kClosed;
  if (conversion == kClosed) {
    return absl::NotFoundError(Cat({"intake: this machine has no table for ", encoding.name}));
  }
  return Decoder(conversion, encoding.unit);
}

Decoder::Decoder(Decoder&& other) noexcept
    : conversion_(std::exchange(other.conversion_, kClosed)), unit_(other.unit_) {}

Decoder& Decoder::operator=(Decoder&& other) noexcept {
  std::swap(conversion_, other.conversion_);
  std::swap(unit_, other.unit_);
  return *this;
}

Decoder::~Decoder() {
  if (conversion_ != kClosed) iconv_close(conversion_);
}

void Decoder::Reset() { iconv(conversion_, nullptr, nullptr, nullptr, nullptr); }

std::size_t Decoder::Decode(std::string_view bytes, bool last, std::string* out) {
  std::array<char, 1 << 14> piece;
  std::string_view rest = bytes;
  const auto pass_over = [&] {
    Reset();
    out->push_back(kNoCharacter);
    rest.remove_prefix(std::min(unit_, rest.size()));
  };
  while (!rest.empty()) {
    char* in = const_cast<char*>(rest.data());  // iconv reads only
    std::size_t left = rest.size();
    char* to = piece.data();
    std::size_t room = piece.size();
    const bool whole = iconv(conversion_, &in, &left, &to, &room) != static_cast<std::size_t>(-1);
    const int why = errno;
    out->append(piece.data(), piece.size() - room);
    rest.remove_prefix(rest.size() - left);
    if (whole || why == E2BIG) continue;
    if (why == EINVAL && !last) break;
    pass_over();
  }
  return bytes.size() - rest.size();
}

}  // namespace tidegate::intake
