// Tables to items, by a mapping: texts here, and sheets of workbooks in sheet/.
#include <memory>

#include "node/intake/batch.h"
#include "node/intake/csv/form.h"
#include "node/intake/csv/mapping.h"
#include "node/intake/csv/table.h"
#include "node/intake/csv/text_rows.h"
#include "node/intake/sheet/table.h"
#include "node/intake/sheet/workbook.h"

namespace tidegate::intake {

absl::Status ReadCsv(const Source& source, const Mapping& mapping, Batch* batch) {
  absl::StatusOr<bool> workbook = IsWorkbook(source);
  if (!workbook.ok()) return workbook.status();
  if (*workbook) return ReadSheet(source, mapping, batch);
  Wanted wanted = WantedBy(mapping.rules());
  absl::StatusOr<TextForm> form = FindTextForm(source, wanted, batch->limits());
  if (!form.ok()) return form.status();
  for (const std::string& warning : form->warnings) batch->Warn(warning);
  if (form->rejects) wanted.header_row.reset();
  absl::StatusOr<std::unique_ptr<TextRows>> rows = TextRows::Open(source, *form, batch->limits());
  if (!rows.ok()) return rows.status();
  const TableFacts facts = {Describe(*form), std::string(form->encoding->name)};
  return ReadTable(**rows, wanted, facts, source, mapping, batch);
}

}  // namespace tidegate::intake
