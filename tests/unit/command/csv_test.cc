// CSV that a spreadsheet may open: nothing in it is run, and what is read is what was written.
#include "node/command/csv.h"

#include <gtest/gtest.h>

namespace tidegate::command {
namespace {

TEST(CsvTest, CellsAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(CsvLine({"a", "b c", "", "1,5", "say \"so\"", "two\nlines"}),
            "a,b c,,\"1,5\",\"say \"\"so\"\"\",\"two\nlines\"\n");
}

TEST(CsvTest, ACellThatLooksLikeAFormulaIsText) {
  for (const char* cell :
       {"=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\n=1", "\uFF1D1", "\uFF0B1", "=cmd|' /C calc'!A0"}) {
    EXPECT_EQ(CsvCell(cell).substr(0, 2), "\"'") << cell;
  }
  for (const char* cell : {"case 7", "2026-03-04", "a=b", "ana@example", ""}) EXPECT_EQ(CsvCell(cell), cell);
}

}  // namespace
}  // namespace tidegate::command
