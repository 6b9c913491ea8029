#include "node/intake/csv/form.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/rejects.h"
#include "node/intake/text.h"
#include "node/intake/window.h"

namespace tidegate::intake {
namespace {

constexpr std::array<char, 4> kSeparators = {',', ';', '\t', '|'};
constexpr std::size_t kFormHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kHeadColumns = 4096;

std::string ShowSeparator(char separator) { return separator == '\t' ? "tab" : Cat({"`", {&separator, 1}, "`"}); }

std::string WantedName(std::string_view name, const std::set<std::string>& wanted) {
  std::string trimmed(TrimBlank(name));
  return wanted.count(trimmed) != 0 ? trimmed : std::string();
}

std::size_t MatchesOf(const std::vector<std::string_view>& fields, const std::set<std::string>& wanted) {
  std::set<std::string> found;
  for (std::string_view name : fields) found.insert(WantedName(name, wanted));
  found.erase("");
  return found.size();
}

// A text in UTF-16 without a byte order mark has a NUL in every other byte of its commas and line ends.
const Encoding* WithoutMark(std::string_view head) {
  std::array<std::size_t, 2> nuls = {0, 0};
  for (std::size_t at = 0; at < head.size(); ++at) nuls[at % 2] += head[at] == '\0' ? 1 : 0;
  constexpr std::size_t kShare = 8;  // of the bytes
  if (nuls[0] * kShare > head.size() && nuls[1] == 0) return &Utf16(true);
  if (nuls[1] * kShare > head.size() && nuls[0] == 0) return &Utf16(false);
  return nullptr;
}

absl::StatusOr<Utf8Evidence> Weigh(Window& window) {
  Utf8Evidence evidence;
  while (true) {
    evidence.Take(window.Ahead(), window.ReachesEnd());
    window.Advance(window.Ahead().size());
    if (window.ReachesEnd()) break;
    if (absl::Status slid = window.Slide(); !slid.ok()) return slid;
  }
  if (absl::Status back = window.Rewind(); !back.ok()) return back;
  return evidence;
}

// The encoding of a text without a mark. A text with many characters of UTF-8 is UTF-8, and its odd rows are refused
// one by one; a text without is in an encoding of one byte a character.
absl::StatusOr<const Encoding*> EncodingOf(Window& window, const Encoding* wanted, const std::string& file,
                                           TextForm* form) {
  if (wanted != nullptr && wanted->unit > 1) return wanted;
  if (const Encoding* wide = WithoutMark(window.Ahead().substr(0, kFormHeadBytes));
      wide != nullptr && wanted == nullptr) {
    return wide;
  }
  absl::StatusOr<Utf8Evidence> evidence = Weigh(window);
  if (!evidence.ok()) return evidence.status();
  const bool utf8 = evidence->bad() == 0 || evidence->good() > evidence->bad();
  if (wanted == nullptr) return utf8 ? &Utf8() : &Windows1252();
  if (wanted == &Utf8() && !utf8) {
    return Refused({"intake: `", file,
                    "` is not UTF-8, as the mapping says; leave `encoding` out or name the right one ",
                    "(most often windows-1252)"});
  }
  if (wanted != &Utf8() && evidence->bad() == 0 && evidence->good() > 0) {
    form->warnings.push_back(
        Cat({"the table looks like UTF-8 and is read as ", wanted->name, ", as the mapping says"}));
  }
  return wanted;
}

absl::StatusOr<std::string> DecodedHead(std::string_view bytes, bool whole, const TextForm& form) {
  bytes.remove_prefix(std::min(form.mark, bytes.size()));
  if (form.encoding == &Utf8()) return std::string(bytes);
  absl::StatusOr<Decoder> decoder = Decoder::Open(*form.encoding);
  if (!decoder.ok()) return decoder.status();
  std::string text;
  decoder->Decode(bytes, whole, &text);
  return text;
}

// Rows end with CR if, outside of quotes, most line ends are a CR alone.
bool HasLoneCr(std::string_view text) {
  bool quoted = false;
  std::size_t lone = 0;
  std::size_t others = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted) continue;
    others += text[at] == '\n' ? 1 : 0;
    lone += text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n') ? 1 : 0;
  }
  return lone > others;
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

// Whether a first line is `sep=;`, which tells a spreadsheet program the separator. A program that has saved such a
// file again may have put the line in quotes, and empty cells behind it.
bool IsSeparatorLine(std::string_view line, std::optional<char>* separator) {
  constexpr std::string_view kWord = "sep=";
  if (StartsWith(line, "\"")) line.remove_prefix(1);
  if (!EqualIgnoringCase(line.substr(0, kWord.size()), kWord)) return false;
  std::string_view rest = line.substr(kWord.size());
  const char sign = rest.empty() ? '\0' : rest.front();
  if (!rest.empty()) rest.remove_prefix(1);
  if (rest.find_first_not_of(Cat({"\",;\t| ", {&sign, 1}})) != std::string_view::npos) return false;
  const bool usable =
      static_cast<unsigned char>(sign) < 0x80 && sign != '\0' && sign != '"' && !absl::ascii_isalnum(sign);
  if (usable) *separator = sign;
  return true;
}

// How well rows fit a separator: the columns of the mapping in the best row, then the rows that have the same number of
// cells, then that number.
struct SeparatorFit {
  std::size_t matches = 0;
  std::size_t alike = 0;
  std::size_t cells = 1;
  bool operator<(const SeparatorFit& other) const {
    return std::tie(matches, alike, cells) < std::tie(other.matches, other.alike, other.cells);
  }
};

SeparatorFit FitOfSeparator(std::string_view text, bool whole, Dialect dialect, const std::set<std::string>& wanted) {
  CsvReader reader(text, text.size() + 1, kHeadColumns, dialect);
  TableRow row;
  SeparatorFit fit;
  std::map<std::size_t, std::size_t> rows;  // by number of cells
  for (std::size_t i = 0; i < kHeaderRows && reader.Next(&row); ++i) {
    if (!whole && reader.consumed() >= text.size()) break;  // cut off
    fit.matches = std::max(fit.matches, MatchesOf(row.fields, wanted));
    if (row.fields.size() > 1) ++rows[row.fields.size()];
  }
  for (const auto& [cells, count] : rows) {
    if (std::tie(count, cells) < std::tie(fit.alike, fit.cells)) continue;
    fit.alike = count;
    fit.cells = cells;
  }
  return fit;
}

char SeparatorOf(std::string_view text, bool whole, Dialect dialect, const Wanted& wanted) {
  const std::set<std::string> columns(wanted.columns.begin(), wanted.columns.end());
  SeparatorFit best;
  char separator = ',';
  for (char candidate : kSeparators) {
    dialect.separator = candidate;
    const SeparatorFit fit = FitOfSeparator(text, whole, dialect, columns);
    if (!(best < fit)) continue;
    best = fit;
    separator = candidate;
  }
  return separator;
}

}  // namespace

absl::StatusOr<TextForm> FindTextForm(const Source& source, const Wanted& wanted, const Limits& limits) {
  absl::StatusOr<Window> window = source.in_memory
                                      ? absl::StatusOr<Window>(Window::OverBytes(source.bytes))
                                      : Window::OverFile(source, std::max(kFormHeadBytes, limits.row_bytes));
  if (!window.ok()) return window.status();
  TextForm form;
  const std::string_view first = window->Ahead().substr(0, kFormHeadBytes);
  form.rejects = FirstLine(first).find(kRejectReason) != std::string_view::npos;
  if (const Encoding* marked = EncodingOfMark(first, &form.mark); marked != nullptr) {
    form.encoding = marked;
  } else {
    absl::StatusOr<const Encoding*> told =
        EncodingOf(*window, form.rejects ? nullptr : wanted.encoding, source.name, &form);
    if (!told.ok()) return told.status();
    form.encoding = *told;
  }
  const std::string_view head = window->Ahead().substr(0, kFormHeadBytes);
  const bool whole = head.size() == window->Size();
  absl::StatusOr<std::string> text = DecodedHead(head, whole, form);
  if (!text.ok()) return text.status();
  form.dialect.lone_cr = HasLoneCr(*text);
  std::optional<char> said;
  form.separator_line = IsSeparatorLine(FirstLine(*text), &said);
  if (said.has_value()) {
    form.dialect.separator = *said;
  } else if (wanted.separator.has_value() && !form.rejects) {
    form.dialect.separator = *wanted.separator;
  } else {
    form.dialect.separator = SeparatorOf(*text, whole, form.dialect, wanted);
  }
  return form;
}

namespace {

absl::Status NoRow(const std::string& file, std::uint64_t wanted) {
  if (wanted <= 1) return Refused({"intake: `", file, "` is empty: a row must name the columns"});
  return Refused(
      {"intake: `", file, "` has no row ", std::to_string(wanted), ", which the mapping names as its header"});
}

std::vector<std::string> NamesOf(const TableRow& row) {
  std::vector<std::string> names;
  for (std::string_view name : row.fields) names.emplace_back(TrimBlank(name));
  return names;
}

absl::StatusOr<Header> WithoutHeader(RowSource& rows, const std::string& file) {
  Header header;
  TableRow row;
  std::size_t cells = 0;
  for (std::size_t i = 0; i < kHeaderRows; ++i) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    cells = std::max(cells, row.fields.size());
  }
  if (cells == 0) return NoRow(file, 0);
  for (std::size_t i = 1; i <= cells; ++i) header.columns.push_back(Cat({"#", std::to_string(i)}));
  if (absl::Status back = rows.Rewind(); !back.ok()) return back;
  return header;
}

absl::StatusOr<Header> HeaderAt(RowSource& rows, std::uint64_t number, const std::string& file) {
  TableRow row;
  while (true) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    if (!*more || row.number > number) return NoRow(file, number);
    if (row.number < number) continue;
    if (!row.fault.empty()) {
      return Refused({"intake: `", file, "` row ", std::to_string(number), ": ", row.fault});
    }
    return Header{number, NamesOf(row)};
  }
}

}  // namespace

absl::StatusOr<Header> FindHeader(RowSource& rows, const Wanted& wanted, const std::string& file) {
  if (wanted.header_row == std::uint64_t{0}) return WithoutHeader(rows, file);
  if (wanted.header_row.has_value()) return HeaderAt(rows, *wanted.header_row, file);
  const std::set<std::string> columns(wanted.columns.begin(), wanted.columns.end());
  TableRow row;
  std::uint64_t best = 0;
  std::size_t most = 0;
  for (std::size_t i = 0; i < kHeaderRows; ++i) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    const std::size_t matches = MatchesOf(row.fields, columns);
    if (best != 0 && matches <= most) continue;
    best = row.number;
    most = matches;
  }
  if (best == 0) return NoRow(file, 0);
  if (absl::Status back = rows.Rewind(); !back.ok()) return back;
  return HeaderAt(rows, best, file);
}

std::string Describe(const TextForm& form) {
  return Cat({"separator ", ShowSeparator(form.dialect.separator), ", ", form.encoding->name,
              form.dialect.lone_cr ? ", lines end with CR" : ""});
}

std::string Describe(const Header& header) {
  return header.row == 0 ? "no header" : Cat({"header in row ", std::to_string(header.row)});
}

}  // namespace tidegate::intake
