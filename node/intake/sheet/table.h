// A sheet of a workbook as a table: the same rows that a text table gives.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_TABLE_H_
#define TIDEGATE_NODE_INTAKE_SHEET_TABLE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/batch.h"
#include "node/intake/csv/form.h"
#include "node/intake/intake.h"
#include "node/intake/rows.h"
#include "node/intake/sheet/workbook.h"

namespace tidegate::intake {

class SheetTable : public RowSource {
 public:
  // Opens the sheet `name`; without a name the only one, or the one sheet that has all columns of `needed`, which
  // are some of those of `wanted`; visible ones first. InvalidArgument, which names the sheets, if there is none or
  // several are as good. `limits` must outlive it.
  static absl::StatusOr<std::unique_ptr<SheetTable>> Open(const Source& source, const std::string& name,
                                                          const Wanted& wanted, const std::vector<std::string>& needed,
                                                          const Limits& limits);

  // Each row has at least as many fields as the widest before it, so that a row whose last cells are empty is no
  // shorter than its header.
  absl::StatusOr<Step> Next(TableRow* row) override;
  absl::Status Release() override;
  absl::Status Rewind() override;

  // "sheet `Cases`", for people.
  std::string Form() const;
  bool HasOthers() const { return workbook_->sheets().size() > 1; }
  // Complete once Next() gave kEnd.
  std::vector<std::string> Warnings() const { return rows_->Warnings(); }

 private:
  explicit SheetTable(std::unique_ptr<Workbook> workbook) : workbook_(std::move(workbook)) {}
  absl::Status Choose(const Wanted& wanted, const std::vector<std::string>& needed, const std::string& file);
  absl::Status ChooseNamed(const std::string& name, const std::string& file);
  // The columns of the sheet's header; none if it has no such row.
  absl::StatusOr<std::vector<std::string>> Columns(std::size_t sheet, const Wanted& wanted, const std::string& file);
  absl::Status Begin(std::size_t sheet);

  std::unique_ptr<Workbook> workbook_;
  std::size_t sheet_ = 0;
  std::unique_ptr<SheetRows> rows_;
  SheetRow cells_;  // what the fields of the last row show
  std::size_t width_ = 0;
  std::deque<std::string> raw_;
  std::size_t raw_bytes_ = 0;
};

// Items of a sheet, by a mapping.
absl::Status ReadSheet(const Source& source, const Mapping& mapping, Batch* batch);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_TABLE_H_
