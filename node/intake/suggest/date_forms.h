// In which forms the dates of a column are written.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_DATE_FORMS_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_DATE_FORMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/intake/suggest/profile.h"
#include "node/record/draft.h"

namespace tidegate::intake {

// What is known of the dates besides the column.
struct DateHints {
  bool named = false;        // the column's name speaks of a date, so that a bare number can be one
  bool month_first = false;  // where the table is from, `03/04/2026` is the 4th of March
  bool birth = false;        // dates of birth lie further back than others
};

struct DateGuess {
  std::vector<std::string> forms;   // for DateRules; none: the field reads the dates as they are
  std::optional<int> first_year;    // needed by a form with two digits of a year
  bool zoneless = false;            // it has times of day, and none says its zone
  std::uint64_t fits = 0;           // cells that are read so
  std::vector<std::string> doubts;  // a sentence each
};

// Looks at each way in which digits, letters and signs follow each other (`9/9/Y`), and finds the form that reads most
// of its cells. Where day and month could be exchanged, the other cells decide; if they do not, there is a doubt.
DateGuess GuessDates(const record::Slot& slot, const ColumnProfile& column, const DateHints& hints);

// The forms of times of day (`%H:%M`) that read most of the column; none if it has no such times.
std::vector<std::string> GuessClocks(const ColumnProfile& column);

// The forms of a date in one column and a time of day in another, joined by a space, also where the time is empty.
std::vector<std::string> WithClocks(const std::vector<std::string>& dates, const std::vector<std::string>& clocks);

// `["%d.%m.%Y", "%B %Y"]`, or one text: the TOML value of `date`.
std::string FormsText(const std::vector<std::string>& forms);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_DATE_FORMS_H_
