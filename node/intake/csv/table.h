// Items of the rows of a table, by a mapping: the same for a text and for a sheet.
#ifndef TIDEGATE_NODE_INTAKE_CSV_TABLE_H_
#define TIDEGATE_NODE_INTAKE_CSV_TABLE_H_

#include <string>

#include "absl/status/status.h"
#include "node/intake/batch.h"
#include "node/intake/csv/form.h"
#include "node/intake/intake.h"
#include "node/intake/rows.h"

namespace tidegate::intake {

// The form of a table, as the mapping gives it.
Wanted WantedBy(const Mapping::Rules& rules);

struct TableFacts {
  std::string form;      // how the table was read, for people; the header's place is added
  std::string encoding;  // of its bytes, for the reason of a row that does not fit it
};

// Reads all rows of `rows`, which stands at its first, and hands over what becomes of them.
absl::Status ReadTable(RowSource& rows, const Wanted& wanted, const TableFacts& facts, const Source& source,
                       const Mapping& mapping, Batch* batch);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_TABLE_H_
