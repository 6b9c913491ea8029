// A report, with front matter or without, to one item.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/report/front_matter.h"
#include "node/intake/report/maker.h"
#include "node/intake/text.h"
#include "node/intake/window.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kReportLabel = crypto::Label("TGREP01");
constexpr std::size_t kMostFaultsTold = 20;

// Without a name of its own a report is known by what it says.
std::string TitleAndText(const std::string& title, std::string_view body) {
  crypto::Hash hash = crypto::HashOf({kReportLabel, std::to_string(title.size()), ":", title, body});
  return HexOf(hash);
}

// All that is wrong, each after the first with its line and key.
std::string ReasonOf(const std::vector<ReportFault>& faults) {
  std::string reason = faults.front().reason;
  for (std::size_t i = 1; i < std::min(faults.size(), kMostFaultsTold); ++i) {
    const ReportFault& fault = faults[i];
    reason += "; ";
    if (fault.line > 0) reason += Cat({"line ", std::to_string(fault.line), ": "});
    if (!fault.key.empty()) reason += Cat({"`", fault.key, "`: "});
    reason += fault.reason;
  }
  if (faults.size() > kMostFaultsTold)
    reason += Cat({"; and ", std::to_string(faults.size() - kMostFaultsTold), " more"});
  return reason;
}

absl::Status Take(std::string_view text, std::string_view system, Batch* batch) {
  if (Trim(text).empty()) return batch->AddReject(0, "", "", "the file is empty", text);
  if (!IsUtf8(text)) {
    return batch->AddReject(0, "", "", "not UTF-8; save the file as UTF-8 and import it again", text);
  }
  Item item;
  item.original = text;
  ReportMaker maker(*batch);
  Report report = maker.Make(ParseFrontMatter(text), &item);
  const auto identity_fits = [&] {
    return report.identity.size() <= batch->limits().identity_bytes && record::IsCleanText(report.identity);
  };
  if (report.faults.empty() && !identity_fits()) {
    report.faults.push_back(
        {0, "reference", "is too long or has control characters, so it cannot identify the report"});
  }
  if (!report.faults.empty()) {
    std::stable_sort(report.faults.begin(), report.faults.end(),
                     [](const ReportFault& a, const ReportFault& b) { return a.line < b.line; });
    const ReportFault& first = report.faults.front();
    return batch->AddReject(first.line, "", first.key, ReasonOf(report.faults), text);
  }
  item.identity = report.identity.empty() ? "title and text" : "reference";
  const std::string identity = report.identity.empty() ? TitleAndText(report.title, report.body) : report.identity;
  item.source_key = Cat({system.empty() ? "report" : "report@", system, ":", identity});
  if (!system.empty()) item.former_key = "report:" + identity;
  return batch->Add(std::move(item));
}

}  // namespace

absl::Status ReadReport(const Source& source, Batch* batch) {
  std::string held;
  std::string_view text = source.bytes;
  if (!source.in_memory) {
    absl::StatusOr<std::string> read = ReadWhole(source, batch->limits().report_bytes);
    if (!read.ok()) return read.status();
    held = *std::move(read);
    text = held;
  }
  if (text.size() > batch->limits().report_bytes) {
    return Refused({"intake: `", source.name, "` is longer than a report may be"});
  }
  absl::Status taken = Take(text, source.system, batch);
  return taken.ok() ? batch->Flush() : taken;
}

}  // namespace tidegate::intake
