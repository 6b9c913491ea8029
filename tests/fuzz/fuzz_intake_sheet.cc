// A spreadsheet of any bytes: as a file, and as the XML of a sheet of a whole file.
#include <cstdint>
#include <string>
#include <string_view>

#include "node/intake/sheet/workbook.h"
#include "tests/fuzz/fuzz_intake.h"
#include "tests/support/workbooks.h"

namespace tidegate::intake {
namespace {

void ReadSheets(std::string_view bytes) {
  Limits limits;
  limits.row_bytes = 4096;
  limits.columns = 64;
  limits.unpacked_bytes = std::uint64_t{1} << 20;
  absl::StatusOr<std::unique_ptr<Workbook>> workbook = Workbook::Open({"fuzz", bytes, true}, limits);
  if (!workbook.ok()) return;
  for (std::size_t sheet = 0; sheet < (*workbook)->sheets().size(); ++sheet) {
    absl::StatusOr<std::unique_ptr<SheetRows>> rows = (*workbook)->Rows(sheet);
    if (!rows.ok()) continue;
    SheetRow row;
    std::uint64_t last = 0;
    while (true) {
      const absl::StatusOr<bool> more = (*rows)->Next(&row);
      if (!more.ok() || !*more) break;
      Require(row.number > last && row.number <= kMostSheetRows);
      last = row.number;
      Require(row.cells.size() <= limits.columns && (row.fault.empty() || row.cells.empty()));
      std::size_t size = 0;
      for (const SheetCell& cell : row.cells) size += cell.text.size();
      Require(size <= limits.row_bytes);
    }
  }
}

}  // namespace
}  // namespace tidegate::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidegate::intake;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size == 0) return 0;
  const std::string rest(bytes.substr(1));
  switch (data[0] % 3) {
    case 0:
      ReadSheets(rest);
      break;
    case 1:
      ReadSheets(Xlsx({{{"S", rest}}, {"<t>shared</t>"}, {"dd/mm/yyyy"}}));
      break;
    default:
      ReadSheets(Ods("<table:table table:name=\"S\">" + rest + "</table:table>"));
  }
  return 0;
}
