#include "node/intake/intake.h"

#include <array>
#include <string>

#include "node/intake/batch.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

struct FormatWord {
  Format format;
  std::string_view name;
};
constexpr std::array<FormatWord, 3> kFormats = {
    {{Format::kStix, "stix"}, {Format::kCsv, "csv"}, {Format::kReport, "report"}}};

struct Ending {
  std::string_view ending;
  Format format;
};
constexpr std::array<Ending, 6> kEndings = {{{".json", Format::kStix},
                                             {".stix", Format::kStix},
                                             {".csv", Format::kCsv},
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
  return Refused({"intake: no format `", name.substr(0, 40), "`; there are stix, csv and report"});
}

absl::StatusOr<Format> DetectFormat(const std::string& path, std::string_view first_bytes) {
  std::string name = Lower(path);
  for (const Ending& ending : kEndings) {
    if (EndsWith(name, ending.ending)) return ending.format;
  }
  if (StartsWith(first_bytes, "\xEF\xBB\xBF")) first_bytes.remove_prefix(3);
  std::string_view text = Trim(first_bytes);
  if (StartsWith(text, "{")) return Format::kStix;
  if (StartsWith(first_bytes, "---\n") || StartsWith(first_bytes, "---\r\n")) return Format::kReport;
  return Refused({"intake: cannot tell what `", path, "` is; say --format stix, csv or report"});
}

absl::StatusOr<Summary> Read(Format format, const Source& source, const Mapping* mapping, const Defaults& defaults,
                             const Limits& limits, const ItemSink& items, const RejectSink& rejects) {
  if (format == Format::kCsv && mapping == nullptr) {
    return Refused({"intake: `", source.name, "` is CSV and needs a mapping; say --mapping FILE"});
  }
  if (format != Format::kCsv && mapping != nullptr) {
    return Refused({"intake: `", source.name, "` is ", FormatName(format), "; a mapping is only for csv"});
  }
  Batch batch(format, source.name, defaults, limits, items, rejects);
  absl::Status read = ReadAs(format, source, mapping, &batch);
  if (!read.ok()) {
    // What was good before the fault is handed over, as promised; the fault itself is what the caller must hear of.
    absl::Status flushed = batch.Flush();
    return flushed.ok() ? read : flushed;
  }
  return batch.TakeSummary();
}

Reject RejectOf(const Item& item, const std::string& file, std::string_view field, std::string_view reason) {
  Reject reject;
  reject.file = file;
  reject.position = item.position;
  reject.object = item.object;
  reject.field = field;
  reject.reason = reason;
  reject.original = item.original;
  return reject;
}

Reject DanglingReference(const Item& item, const std::string& file, const Reference& reference) {
  std::string_view field = item.draft.kind->slots[reference.slot].name;
  return RejectOf(item, file, field,
                  "refers to something that is neither in this import nor held here; import that first");
}

}  // namespace tidegate::intake
