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
// a bar, so that nobody can take a line of a value for a row or a line of ours. If the terminal is too narrow for the
// table, PrintFitted prints it.
void PrintTable(const std::vector<std::vector<std::string>>& rows);

// How many columns a line has: the terminal's, or COLUMNS; `otherwise` if neither is known.
inline constexpr size_t kUsualWidth = 80;
inline constexpr size_t kAnyWidth = size_t{1} << 20;  // a program reads it: one row is one line
size_t OutputWidth(size_t otherwise = kUsualWidth);
// A sentence of ours, over as many lines as it needs; each begins with `indent`, the further ones with four more
// blanks.
void PrintSentence(std::string_view sentence, size_t width, std::string_view indent = "");
// Gives the same lines without printing them. The sentence is one line. It breaks what stands between backticks only if
// no line can hold it.
std::vector<std::string> SentenceLines(std::string_view sentence, size_t width, std::string_view indent);
// The text of `--help`.
void PrintHelp(const std::string& help);
// Lines of ours; one that is longer than a terminal's goes on as a sentence does.
void PrintText(std::string_view lines);
// The same on standard error. On a terminal lines are broken at its width, but a command that people may copy stays on
// one line. If a program reads standard error, no line is broken.
void TellText(std::string_view lines);
// `warning: ...` on standard error, as TellText.
void PrintWarning(std::string_view warning);
// As PrintTable, within `width` columns: a longer text goes on inside its column. Columns without any value are left
// out. If not all columns fit beside each other, the last ones go below each row, after their headings.
void PrintFitted(std::vector<std::vector<std::string>> rows, size_t width);

// One record of `--follow`: first what happened to it, then the record. With `json` all of it in one line.
void PrintNews(const v1::Record& record, bool json);
// Adds the counts of a further part.
void AddCounts(const v1::CountRecordsReply& part, v1::CountRecordsReply& all);

// A record in full: its handling first, then when it was made and came, fields at their rungs, what is withheld, what
// was verified, and what stands around it (record_page.cc).
void PrintRecord(const v1::Record& record, size_t width = OutputWidth());
// One row for each record, beginning with its TLP and grade. If lines are narrow, an id is cut to the digits that
// distinguish it from the others.
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
