// Makes a draft of a report from front matter and text.
//
// If a key that changes the report's handling, or what policies see of it, is not understood, the report is refused.
// Any other key that is not understood is left out with a warning.
#ifndef TIDEGATE_NODE_INTAKE_REPORT_MAKER_H_
#define TIDEGATE_NODE_INTAKE_REPORT_MAKER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/report/front_matter.h"
#include "node/intake/target.h"

namespace tidegate::intake {

struct ReportFault {
  std::size_t line = 0;  // in the file; 0: of none
  std::string key;
  std::string reason;
};

struct Report {
  std::vector<ReportFault> faults;  // in no order
  std::string title;
  std::string identity;   // what its source calls it; empty if it does not say
  std::string_view body;  // of the file
};

class ReportMaker {
 public:
  explicit ReportMaker(Batch& batch) : batch_(batch) {}

  // Fills the item's draft.
  Report Make(const FrontMatter& front, Item* item);

 private:
  void Take(const FrontMatterEntry& entry, record::Draft* draft);
  void TakeField(const FrontMatterEntry& entry, const Target& target, record::Draft* draft);
  void TakeHandling(const FrontMatterEntry& entry, const Target& target, record::Draft* draft);
  void TakeUrl(const FrontMatterEntry& entry, record::Draft* draft);
  void TakeUnknown(const FrontMatterEntry& entry, const record::Draft& draft);
  // The text of an item as the field reads it; empty, with a fault if it may be a slip, if the field cannot read it.
  std::string Understood(const FrontMatterEntry& entry, const Target& target, const std::string& value,
                         const record::Draft& draft);
  void TakeBody(std::string_view body, record::Draft* draft);
  void TakeTitle(record::Draft* draft);
  void KeepMarkingOfText(const FrontMatter& front, std::string_view text, record::Draft* draft);
  std::string LeftOutLines(const FrontMatter& front, std::string_view text) const;
  bool Repeats(const FrontMatter& front, std::size_t index);

  void Fault(const FrontMatterEntry& entry, std::string_view reason);
  void Warn(const FrontMatterEntry& entry, std::string_view what);

  Batch& batch_;
  Report report_;
  std::vector<std::size_t> left_out_;  // lines of keys that have no field here
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_MAKER_H_
