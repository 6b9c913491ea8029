#include "node/intake/intake.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "node/intake/batch.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

struct FormatWord {
  Format format;
  std::string_view name;
};
constexpr std::array<FormatWord, 3> kFormats = {
    {{Format::kStix, "stix"}, {Format::kCsv, "csv"}, {Format::kReport, "report"}}};

constexpr std::size_t kMostShown = 40;  // bytes of somebody's word

struct Ending {
  std::string_view ending;
  Format format;
};
constexpr std::array<Ending, 10> kEndings = {{{".json", Format::kStix},
                                              {".stix", Format::kStix},
                                              {".csv", Format::kCsv},
                                              {".tsv", Format::kCsv},
                                              {".xlsx", Format::kCsv},
                                              {".ods", Format::kCsv},
                                              {".xls", Format::kCsv},
                                              {".md", Format::kReport},
                                              {".markdown", Format::kReport},
                                              {".txt", Format::kReport}}};

absl::Status ReadAs(Format format, const Source& source, const Mapping* mapping, Batch* batch) {
  switch (format) {
    case Format::kStix:
      return ReadStix(source, batch);
    case Format::kCsv:
      return ReadCsv(source, *mapping, batch);
    case Format::kReport:
      return ReadReport(source, batch);
  }
  return absl::InternalError("intake: an unknown format");
}

}  // namespace

std::string_view FormatName(Format format) {
  for (const FormatWord& word : kFormats) {
    if (word.format == format) return word.name;
  }
  return "";
}

absl::StatusOr<Format> ParseFormat(std::string_view name) {
  for (const FormatWord& word : kFormats) {
    if (word.name == name) return word.format;
  }
  // What people write instead: the ending of a file, or a word for it.
  const std::string ending = "." + Lower(name);
  for (const Ending& one : kEndings) {
    if (one.ending == ending) {
      return Refused({"intake: no format `", name.substr(0, kMostShown), "`; write `", FormatName(one.format), "`"});
    }
  }
  std::vector<std::string_view> names;
  names.reserve(std::size(kFormats));
  for (const FormatWord& word : kFormats) names.push_back(word.name);
  return Refused({"intake: no format `", name.substr(0, kMostShown), "`", text::DidYouMean(name, names),
                  "; there are stix, csv (any table, a spreadsheet too) and report"});
}

absl::StatusOr<Format> DetectFormat(const std::string& path, std::string_view first_bytes, bool mapped) {
  if (StartsWith(first_bytes, "\xEF\xBB\xBF")) first_bytes.remove_prefix(3);
  const bool object = StartsWith(Trim(first_bytes), "{");
  const std::string_view line = Trim(first_bytes.substr(0, first_bytes.find('\n')));
  const bool front_matter = line == "---" || line == "+++";
  if (mapped && !object && !front_matter) return Format::kCsv;
  std::string name = Lower(path);
  for (const Ending& ending : kEndings) {
    if (EndsWith(name, ending.ending)) return ending.format;
  }
  if (object || StartsWith(Trim(first_bytes), "[")) return Format::kStix;
  if (front_matter) return Format::kReport;
  return Refused({"intake: cannot tell what `", path, "` is; say --format stix, csv or report"});
}

absl::StatusOr<Summary> Read(Format format, const Source& source, const Mapping* mapping, const Defaults& defaults,
                             const Limits& limits, const ItemSink& items, const RejectSink& rejects,
                             const TableSink& table) {
  if (format == Format::kCsv && mapping == nullptr) {
    return Refused({"intake: `", source.name, "` is a table and needs a mapping; say --mapping FILE"});
  }
  if (format != Format::kCsv && mapping != nullptr) {
    return Refused({"intake: `", source.name, "` is ", FormatName(format), "; a mapping is only for csv"});
  }
  if (absl::Status named = CheckSystem(source.system); !named.ok()) return named;
  Batch batch(format, source.name, defaults, limits, items, rejects, table);
  absl::Status read = ReadAs(format, source, mapping, &batch);
  if (!read.ok()) {
    // Hand over the items that were good before the fault, as promised. The caller must hear of the fault itself.
    absl::Status flushed = batch.Flush();
    return flushed.ok() ? read : flushed;
  }
  return batch.TakeSummary();
}

absl::Status CheckSystem(std::string_view system) {
  constexpr std::size_t kLongest = 64;
  bool word = system.size() <= kLongest && std::all_of(system.begin(), system.end(), [](char c) {
                return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
              });
  if (word) return absl::OkStatus();
  return Refused({"intake: the name of a source has at most 64 letters, digits, `-`, `_` and `.`"});
}

Reject RejectOf(const Item& item, const std::string& file, std::string_view field, std::string_view reason) {
  Reject reject;
  reject.file = file;
  reject.position = item.position;
  reject.object = item.object;
  reject.field = field;
  reject.reason = reason;
  reject.original = item.original;
  reject.well_formed = item.well_formed;
  return reject;
}

Reject DanglingReference(const Item& item, const std::string& file, const Reference& reference) {
  std::string_view field = item.draft.kind->slots[reference.slot].name;
  return RejectOf(item, file, field,
                  "refers to something that is not held here: it was not imported, was refused or was taken back; "
                  "import that first");
}

}  // namespace tidegate::intake
