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

// Aligned columns; the first row is the heading. A cell of several lines stays in its column, its further lines behind
// a bar, so that no line of a value can be taken for a row or a line of ours.
void PrintTable(const std::vector<std::vector<std::string>>& rows);

// A record in full: its handling first, then fields at their rungs, then what is withheld and what was verified.
void PrintRecord(const v1::Record& record);
// One line a record, each beginning with its TLP and grade.
void PrintRecordList(const std::vector<v1::Record>& records);

// A bar on stderr while work goes on; silent where stderr is no terminal. Not thread-safe.
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
