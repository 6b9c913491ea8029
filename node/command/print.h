// How results look: JSON exactly as operator.proto, tables in human words, progress on a terminal's stderr.
#ifndef TIDEGATE_NODE_COMMAND_PRINT_H_
#define TIDEGATE_NODE_COMMAND_PRINT_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/v1/operator.pb.h"

namespace tidegate::command {

// Pretty JSON of one message, all fields present, numbers as numbers.
void PrintJson(const google::protobuf::Message& message);
// One message a line, for streams.
void PrintJsonLine(const google::protobuf::Message& message);

// One line of ours on stdout, a heading in bold. A line that begins with a TLP shows that word in its colour.
void PrintLine(std::string_view line, bool heading = false);

// Aligned columns; the first row is the heading. A cell of several lines stays in its column, its further lines behind
// a bar, so that no line of a value can be taken for a row or a line of ours. Where a terminal is too narrow for it,
// the table is printed as PrintFitted does.
void PrintTable(const std::vector<std::vector<std::string>>& rows);

// How many columns a line has: the terminal's, or COLUMNS; `otherwise` where neither is known.
inline constexpr size_t kUsualWidth = 80;
inline constexpr size_t kAnyWidth = size_t{1} << 20;  // a program reads it: one row is one line
size_t OutputWidth(size_t otherwise = kUsualWidth);
// A sentence of ours, over as many lines as it needs; each begins with `indent`, the further ones with four more
// blanks.
void PrintSentence(std::string_view sentence, size_t width, std::string_view indent = "");
// The same lines, not printed. The sentence is one line; what stands between backticks is broken only if no line can
// hold it.
std::vector<std::string> SentenceLines(std::string_view sentence, size_t width, std::string_view indent);
// The text of `--help`.
void PrintHelp(const std::string& help);
// Lines of ours; one that is longer than a terminal's goes on as a sentence does.
void PrintText(std::string_view lines);
// The same on standard error, within the columns of the terminal that it is; where a program reads it, one line stays
// one. For what people read: a command that they may copy stays on its line.
void TellText(std::string_view lines);
// `warning: ...` on standard error, as TellText.
void PrintWarning(std::string_view warning);
// As PrintTable, within `width` columns: a longer text goes on inside its column. Columns without any value are left
// out. If not all columns fit beside each other, the last ones go below each row, after their headings.
void PrintFitted(std::vector<std::vector<std::string>> rows, size_t width);

// A record that is followed, headed by what happened to it; as JSON in one line.
void PrintNews(const v1::Record& record, bool json);
// Adds the counts of a further part.
void AddCounts(const v1::CountRecordsReply& part, v1::CountRecordsReply& all);

// A record in full: its handling first, then when it was made and came, fields at their rungs, what is withheld, what
// was verified, and what stands around it (record_page.cc).
void PrintRecord(const v1::Record& record, size_t width = OutputWidth());
// A row a record, each beginning with its TLP and grade. In narrow lines an id is cut to the digits that tell it from
// the others.
void PrintRecordList(const std::vector<v1::Record>& records, size_t width = OutputWidth(kAnyWidth));
// Prints the differences between two revisions, each value under the other.
void PrintChanges(const google::protobuf::RepeatedPtrField<v1::ValueChange>& changes, size_t width = OutputWidth());

// A bar on stderr while work goes on. Silent if stderr is no terminal. Not thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Show(double done, double total, std::string_view note);

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_PRINT_H_
