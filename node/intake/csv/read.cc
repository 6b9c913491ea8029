// CSV rows to items, by a mapping.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/csv/mapping.h"
#include "node/intake/csv/reader.h"
#include "node/intake/csv/row_maker.h"
#include "node/intake/rejects.h"
#include "node/intake/text.h"
#include "node/intake/window.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

// The file's name without its folder and without the ending that RejectsFile gives.
std::string OwnName(std::string_view path) {
  constexpr std::string_view kEnding = ".rejects.csv";
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  while (EndsWith(path, kEnding)) path.remove_suffix(kEnding.size());
  return std::string(path);
}

class CsvImport {
 public:
  CsvImport(const Mapping::Rules& rules, const std::string& system, Batch* batch) : rules_(rules), batch_(*batch) {
    binding_.system = system;
    binding_.file = OwnName(batch->file());
  }

  absl::Status Run(Window window) {
    CsvReader reader(window.Ahead(), batch_.limits().row_bytes, batch_.limits().columns);
    CsvRow row;
    absl::Status bound = BindHeader(reader.Next(&row), row);
    if (!bound.ok()) return bound;
    window.Advance(reader.consumed());
    RowMaker maker(rules_, binding_);
    while (true) {
      if (window.MustSlide()) {
        absl::Status flushed = batch_.Flush();  // items show bytes that are about to move
        if (!flushed.ok()) return flushed;
        absl::Status slid = window.Slide();
        if (!slid.ok()) return slid;
      }
      reader.Continue(window.Ahead());
      bool more = reader.Next(&row);
      window.Advance(reader.consumed());
      if (!more && window.ReachesEnd()) return batch_.Flush();
      if (!more) continue;  // nothing but empty lines so far
      absl::Status taken = batch_.CheckCount();
      if (taken.ok()) taken = TakeRow(row, &maker);
      if (!taken.ok()) return taken;
    }
  }

 private:
  absl::Status BindHeader(bool any, const CsvRow& row) {
    const std::string& file = batch_.file();
    if (!any) return Refused({"intake: `", file, "` is empty: the first row must name the columns"});
    if (!row.fault.empty() && row.raw.find_first_of(";\t") == std::string_view::npos) {
      return Refused({"intake: `", file, "` row 1: ", row.fault});
    }
    if (!IsUtf8(row.raw)) {
      return Refused({"intake: `", file, "` is not UTF-8; save it as UTF-8 and import it again"});
    }
    if (Trim(row.raw).find('\r') < row.raw.find('"')) {
      return Refused({"intake: `", file, "` row 1: its lines end with CR alone; save it with LF or CR LF"});
    }
    if (!row.fault.empty() || (row.fields.size() == 1 && row.raw.find_first_of(";\t") != std::string_view::npos)) {
      return Refused(
          {"intake: `", file, "` row 1: the columns are not separated by commas; save it as CSV with commas"});
    }
    std::vector<std::string> header;
    for (std::string_view name : row.fields) header.emplace_back(Trim(name));
    binding_.most_fields = header.size();
    while (!header.empty() && IsRejectColumn(header.back())) {
      if (header.back() == kRejectOriginal) binding_.broken = header.size() - 1;
      if (header.back() == kRejectRow) binding_.row = header.size() - 1;
      header.pop_back();
    }
    binding_.least_fields = header.size();
    for (const std::string& column : rules_.columns) {
      if (std::count(header.begin(), header.end(), column) > 1) {
        return Refused({"intake: `", file, "` row 1: column `", column, "` is there twice; rename one"});
      }
      auto found = std::find(header.begin(), header.end(), column);
      binding_.index.push_back(found == header.end() ? kAbsent : static_cast<std::size_t>(found - header.begin()));
      if (found == header.end()) NoteMissing(column, header);
    }
    WarnOfUnmapped(header);
    return absl::OkStatus();
  }

  void NoteMissing(const std::string& column, const std::vector<std::string>& header) {
    std::string reason = Cat({"the file has no column `", column, "`", text::DidYouMean(column, header)});
    batch_.Warn(reason);
    if (!rules_.optional[binding_.index.size() - 1] && binding_.missing.column.empty()) {
      binding_.missing = {column, reason};
    }
  }

  void WarnOfUnmapped(const std::vector<std::string>& header) {
    for (const std::string& name : header) {
      bool known = std::count(rules_.columns.begin(), rules_.columns.end(), name) != 0 ||
                   std::count(rules_.ignored.begin(), rules_.ignored.end(), name) != 0;
      if (!known) batch_.Warn(Cat({"column `", name, "` is not in the mapping and was left out"}));
    }
  }

  // What is wrong with the row as a row; empty if nothing is.
  std::string RowShapeFault(const CsvRow& row) const {
    if (!row.fault.empty()) return row.fault;
    if (row.fields.size() < binding_.least_fields || row.fields.size() > binding_.most_fields) {
      return Cat({"has ", std::to_string(row.fields.size()), " fields where the header has ",
                  std::to_string(binding_.least_fields)});
    }
    if (!IsUtf8(row.raw)) return "not UTF-8; save the file as UTF-8 and import it again";
    if (binding_.broken < row.fields.size() && !row.fields[binding_.broken].empty()) {
      return Cat({"its quotes were broken; write its cells into their columns and empty `", kRejectOriginal, "`"});
    }
    return "";
  }

  absl::Status TakeRow(const CsvRow& row, RowMaker* maker) {
    RowFault fault;
    fault.reason = RowShapeFault(row);
    if (fault.reason.empty() && !binding_.missing.column.empty()) fault = binding_.missing;
    if (fault.reason.empty() && maker->Skips(row)) {
      batch_.Skip();
      return absl::OkStatus();
    }
    Item item;
    if (fault.reason.empty() && maker->Make(row, &item, &fault)) return batch_.Add(std::move(item));
    return batch_.AddReject(row.number, "", fault.column, fault.reason, row.raw);
  }

  const Mapping::Rules& rules_;
  Batch& batch_;
  Binding binding_;
};

}  // namespace

absl::Status ReadCsv(const Source& source, const Mapping& mapping, Batch* batch) {
  CsvImport import(mapping.rules(), source.system, batch);
  if (source.in_memory) return import.Run(Window::OverBytes(source.bytes));
  // Two bytes more than the longest row, for its line end.
  absl::StatusOr<Window> window = Window::OverFile(source, batch->limits().row_bytes + 2);
  if (!window.ok()) return window.status();
  return import.Run(*std::move(window));
}

}  // namespace tidegate::intake
