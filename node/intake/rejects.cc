#include "node/intake/rejects.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/csv/reader.h"
#include "node/intake/intake.h"
#include "node/intake/json_scan.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;
// Reasons are written through a buffer of this size, so that a file of rejects costs few system calls.
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr mode_t kOwnerOnly = 0600;
// How each kind of rejects file begins; by it an import knows its own.
constexpr std::string_view kStixHead =
    "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000000\",\"objects\":[{\"x_tidegate_reason\":";
constexpr std::string_view kReportReason = "# x_tidegate_reason:";
constexpr std::size_t kReportHead = 16;  // bytes before it

absl::Status Failed(std::string_view what, std::string_view path) {
  return absl::UnavailableError(Cat({"intake: cannot ", what, " `", path, "`: ", std::strerror(errno)}));
}

std::string_view Extension(Format format) {
  switch (format) {
    case Format::kStix:
      return "json";
    case Format::kCsv:
      return "csv";
    case Format::kReport:
      return "md";
  }
  return "txt";
}

// `path` without links, dots and doubled slashes; empty if it does not exist.
std::string RealPath(const std::string& path) {
  std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? std::string() : std::string(real.get());
}

std::string FolderOf(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool Within(std::string_view path, std::string_view folder) {
  return path == folder || folder == "/" || (StartsWith(path, folder) && path.substr(folder.size(), 1) == "/");
}

// What is in the place of the rejects file. Only a file that an import wrote, and that nobody touched since, may be
// replaced.
enum class Before { kNothing, kOurs, kAnothers };

// The nanoseconds of the time at which an import wrote its rejects file. Every later writer gives it another time.
constexpr long kUntouched = 271'828'182;
constexpr int kMostNames = 100;

// A rejects file of an earlier import is a plain file of the node's user, bears the import's mark, and begins as one.
Before WhatLies(const std::string& path, Format format) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno == ENOENT ? Before::kNothing : Before::kAnothers;
  struct stat facts {};
  std::string first(kMaxHeaderBytes, '\0');
  const bool plain = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == geteuid() &&
                     facts.st_mtim.tv_nsec == kUntouched;
  const ssize_t read = plain ? pread(file, first.data(), first.size(), 0) : 0;
  close(file);
  first.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
  switch (format) {
    case Format::kStix:
      return StartsWith(first, kStixHead) ? Before::kOurs : Before::kAnothers;
    case Format::kCsv:
      return first.find(kRejectReason) < first.find('\n') ? Before::kOurs : Before::kAnothers;
    case Format::kReport:
      return first.find(kReportReason) < kReportHead ? Before::kOurs : Before::kAnothers;
  }
  return Before::kAnothers;
}

std::string AllFields(const Reject& reject) {
  std::string fields = reject.field;
  for (const Fault& fault : reject.further) fields.append(Cat({"; ", fault.field}));
  return fields;
}

// One reason as it is; of several each behind its field.
std::string AllReasons(const Reject& reject) {
  if (reject.further.empty()) return reject.reason;
  std::string reasons = Cat({reject.field, ": ", reject.reason});
  for (const Fault& fault : reject.further) reasons.append(Cat({"; ", fault.field, ": ", fault.reason}));
  return reasons;
}

// A report's front matter takes the reason as a comment; other text takes it before its first line, in front matter
// that holds nothing else.
std::string ReportWithReason(const Reject& reject) {
  std::string reason = Cat({kReportReason, " ", reject.field, reject.field.empty() ? "" : ": ", reject.reason});
  for (char& c : reason) c = c == '\n' || c == '\r' ? ' ' : c;
  std::string_view text = reject.original;
  if (StartsWith(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t begin = std::min(text.find_first_not_of("\r\n"), text.size());
  const std::string_view opening = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  if (Trim(opening) != "---" && Trim(opening) != "+++") return Cat({"---\n", reason, "\n---\n", text});
  const std::size_t line = std::min(begin + opening.size() + 1, text.size());
  std::string_view rest = text.substr(line);
  if (StartsWith(rest, kReportReason)) rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  return Cat({text.substr(begin, line - begin), reason, "\n", rest});
}

}  // namespace

std::string_view WithoutRejectsEnding(std::string_view path) {
  constexpr std::string_view kWord = ".rejects";
  while (true) {
    const std::size_t at = path.rfind(kWord);
    if (at == std::string_view::npos || at == 0) return path;
    std::string_view ending = path.substr(at + kWord.size());
    const std::size_t dot = ending.rfind('.');
    if (dot == std::string_view::npos) return path;
    const std::string_view number = ending.substr(0, dot);
    const bool numbered = number.empty() || (number.front() == '.' && number.size() > 1 &&
                                             number.find_first_not_of("0123456789", 1) == std::string_view::npos);
    ending.remove_prefix(dot + 1);
    if (!numbered || (ending != "csv" && ending != "json" && ending != "md")) return path;
    path = path.substr(0, at);
  }
}

bool IsUncorrectedRejects(Format format, const std::string& path) {
  return WithoutRejectsEnding(path).size() < path.size() && WhatLies(path, format) == Before::kOurs;
}

bool StripRejectReason(std::string_view object, std::string* stripped) {
  std::size_t at = SkipBlank(object, 0);
  if (at == object.size() || object[at] != '{') return false;
  std::size_t rest = SkipBlank(object, at + 1);
  bool any = false;
  for (std::string_view name : {kRejectReason, kRejectField}) {
    std::string key = Cat({"\"", name, "\":"});
    if (!StartsWith(object.substr(rest), key)) continue;
    ValueScanner value;
    std::size_t size = value.Feed(object.substr(rest + key.size()));
    if (!value.Done()) return false;
    rest = SkipBlank(object, rest + key.size() + size);
    if (rest < object.size() && object[rest] == ',') rest = SkipBlank(object, rest + 1);
    any = true;
  }
  if (any) *stripped = Cat({"{", object.substr(rest)});
  return any;
}

struct RejectsFile::State {
  Format format = Format::kCsv;
  std::string source;
  std::string path;       // where the file will be, if nothing else lies there
  std::string temporary;  // where it is written; empty until the first reject
  int file = -1;
  std::string buffer;
  std::vector<std::string> columns;  // CSV: of the source
  std::uint64_t count = 0;

  ~State() { Discard(); }

  void Discard() {
    if (file >= 0) close(file);
    file = -1;
    if (!temporary.empty()) unlink(temporary.c_str());
    temporary.clear();
  }

  absl::Status Begin();
  absl::Status Drain(std::size_t limit);
  absl::Status Install();
  // `path`, or the first numbered name beside it where no file lies that must stay.
  absl::StatusOr<std::string> FreePath() const;
  std::string Numbered(int number) const;
  void AppendCsv(const Reject& reject);
  void AppendStix(const Reject& reject);
};

// Creates the temporary file, beside where it will be, and writes what comes before the first reject.
absl::Status RejectsFile::State::Begin() {
  std::string name = path + ".XXXXXX";
  file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return Failed("write the rejects file", path);
  temporary = name;
  if (fchmod(file, kOwnerOnly) != 0) return Failed("protect", temporary);
  if (format == Format::kStix) {
    buffer = kStixHead.substr(0, kStixHead.find('[') + 1);
  }
  if (format != Format::kCsv) return absl::OkStatus();
  for (const std::string& column : columns) {
    AppendCsvField(column, &buffer);
    buffer.push_back(',');
  }
  buffer.append(Cat({kRejectRow, ",", kRejectField, ",", kRejectReason, ",", kRejectOriginal, "\r\n"}));
  return absl::OkStatus();
}

// The row as it was, filled up to the header's columns so that the reason stands under its name. A row whose quotes are
// broken would break this file too: its text goes quoted, whole, into a column of its own.
void RejectsFile::State::AppendCsv(const Reject& reject) {
  CsvReader reader(reject.original, reject.original.size() + 1, kMaxHeaderBytes);
  TableRow row;
  std::string_view broken;
  if (!reject.well_formed || !reader.Next(&row) || !row.fault.empty()) {
    broken = reject.original;
    row.fields.clear();
  }
  if (row.fields.size() == columns.size() + kRejectColumns) {  // rejected before: the new reason replaces the old one
    broken = row.fields.back();
    row.fields.resize(columns.size());
  }
  if (row.fields.size() < columns.size()) row.fields.resize(columns.size());
  const std::string position = std::to_string(reject.position);
  const std::string fields = AllFields(reject);
  const std::string reasons = AllReasons(reject);
  for (std::string_view added :
       {std::string_view(position), std::string_view(fields), std::string_view(reasons), broken}) {
    row.fields.push_back(added);
  }
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (i > 0) buffer.push_back(',');
    AppendCsvField(row.fields[i], &buffer);
  }
  buffer.append("\r\n");
}

// Writes the object as it was, with the reason in front of its first property. Anything that is no object is written as
// a string.
void RejectsFile::State::AppendStix(const Reject& reject) {
  if (count > 0) buffer.append(",\n");
  buffer.append(Cat({"{\"", kRejectReason, "\":", text::Json(reject.reason)}));
  if (!reject.field.empty()) buffer.append(Cat({",\"", kRejectField, "\":", text::Json(reject.field)}));
  std::string stripped;
  std::string_view object = StripRejectReason(reject.original, &stripped) ? stripped : reject.original;
  if (!reject.well_formed) {
    buffer.append(Cat({",\"", kRejectOriginal, "\":", text::Json(object), "}"}));
    return;
  }
  std::string_view rest = Trim(object).substr(1);
  bool empty = SkipBlank(rest, 0) + 1 == rest.size();
  buffer.append(Cat({empty ? "" : ",", rest}));
}

absl::Status RejectsFile::State::Drain(std::size_t limit) {
  if (buffer.size() <= limit) return absl::OkStatus();
  std::string_view left = buffer;
  while (!left.empty()) {
    ssize_t written = write(file, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", temporary);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer.clear();
  return absl::OkStatus();
}

std::string RejectsFile::State::Numbered(int number) const {
  if (number == 0) return path;
  const std::size_t dot = path.rfind('.');
  const bool ending = dot != std::string::npos && dot > path.rfind('/') + 1;
  const std::size_t at = ending ? dot : path.size();
  return Cat({path.substr(0, at), ".", std::to_string(number), path.substr(at)});
}

absl::StatusOr<std::string> RejectsFile::State::FreePath() const {
  for (int number = 0; number < kMostNames; ++number) {
    std::string name = Numbered(number);
    if (WhatLies(name, format) != Before::kAnothers) return name;
  }
  return absl::FailedPreconditionError(Cat({"intake: `", path, "` and all numbered files beside it (",
                                            std::to_string(kMostNames), ") hold work of yours; move them away"}));
}

// Durable first, then visible under its name: after a crash there is the old file or the new one, whole.
absl::Status RejectsFile::State::Install() {
  if (format == Format::kStix) buffer.append("]}\n");
  absl::Status drained = Drain(0);
  if (!drained.ok()) return drained;
  absl::StatusOr<std::string> free = FreePath();
  if (!free.ok()) return free.status();
  path = *std::move(free);
  struct stat facts {};
  if (fstat(file, &facts) != 0) return Failed("write", temporary);
  const timespec times[] = {facts.st_atim, {facts.st_mtim.tv_sec, kUntouched}};
  if (futimens(file, times) != 0 || fsync(file) != 0) return Failed("write", temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed("put in place", path);
  temporary.clear();
  int folder = open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool durable = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  return durable ? absl::OkStatus() : Failed("make durable", path);
}

RejectsFile::RejectsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
RejectsFile::RejectsFile(RejectsFile&&) noexcept = default;
RejectsFile& RejectsFile::operator=(RejectsFile&&) noexcept = default;
RejectsFile::~RejectsFile() = default;

const std::string& RejectsFile::path() const { return state_->path; }

absl::StatusOr<RejectsFile> RejectsFile::Open(Format format, const std::string& source,
                                              const std::string& node_directory, const std::string& place) {
  std::string real_source = RealPath(source);
  if (real_source.empty()) return absl::NotFoundError(Cat({"intake: cannot find `", source, "`"}));
  auto state = std::make_unique<State>();
  state->format = format;
  state->source = source;
  struct stat facts {};
  const bool folder = !place.empty() && stat(place.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
  const std::string name = folder ? Cat({place, "/", source.substr(source.rfind('/') + 1)}) : source;
  // The rejects of a rejects file lie beside it, not under a name that grows with each import.
  state->path = place.empty() || folder ? Cat({WithoutRejectsEnding(name), ".rejects.", Extension(format)}) : place;
  // The named folder must not be the node's, and neither may the folder that a link leads to.
  const std::string real_node = RealPath(node_directory);
  const std::string beside = RealPath(FolderOf(state->path));
  if (beside.empty() || stat(beside.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    return absl::NotFoundError(Cat({"intake: there is no folder for `", state->path, "`"}));
  }
  if (!real_node.empty() && (Within(real_source, real_node) || Within(beside, real_node))) {
    return absl::FailedPreconditionError(
        Cat({"intake: `", Within(real_source, real_node) ? source : state->path,
             "` lies in the node's folder, where nothing is kept in clear text; move it out"}));
  }
  return RejectsFile(std::move(state));
}

void RejectsFile::SetColumns(std::vector<std::string> columns) { state_->columns = std::move(columns); }

absl::Status RejectsFile::Add(const Reject& reject) {
  State& state = *state_;
  // The table itself is at fault, or the report is empty: there is nothing to correct here.
  if (state.format != Format::kStix && Trim(reject.original).empty()) return absl::OkStatus();
  if (state.file < 0) {
    absl::Status begun = state.Begin();
    if (!begun.ok()) return begun;
  }
  switch (state.format) {
    case Format::kCsv:
      state.AppendCsv(reject);
      break;
    case Format::kStix:
      state.AppendStix(reject);
      break;
    case Format::kReport:
      state.buffer = ReportWithReason(reject);  // one report a file
      break;
  }
  ++state.count;
  return state.Drain(kBufferBytes);
}

absl::StatusOr<std::uint64_t> RejectsFile::Finish() {
  State& state = *state_;
  if (state.count == 0) {
    for (int number = 0; number < kMostNames; ++number) {
      const std::string name = state.Numbered(number);
      const Before before = WhatLies(name, state.format);
      const bool source = before == Before::kOurs && RealPath(name) == RealPath(state.source);
      if (before == Before::kOurs && !source && unlink(name.c_str()) != 0 && errno != ENOENT) {
        return Failed("remove the last import's", name);
      }
      if (before == Before::kNothing) break;
    }
    return std::uint64_t{0};
  }
  absl::Status installed = state.Install();
  if (!installed.ok()) {
    state.Discard();
    return installed;
  }
  close(state.file);
  state.file = -1;
  return state.count;
}

}  // namespace tidegate::intake
