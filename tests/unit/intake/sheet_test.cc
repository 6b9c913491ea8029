// Cells of spreadsheets as texts, and files that no spreadsheet program writes.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/sheet/cell.h"
#include "node/intake/sheet/workbook.h"
#include "tests/support/workbooks.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct SheetContents {
  absl::Status status;
  std::vector<std::uint64_t> numbers;
  std::vector<std::vector<std::string>> rows;  // each cell's text; `date:` and `fault:` before those that are
  std::vector<std::string> faults;             // of rows
  std::vector<std::string> warnings;
};

SheetContents ContentsOf(const std::string& bytes, std::size_t sheet = 0, const Limits& limits = {}) {
  SheetContents contents;
  const Source source{"cases.xlsx", bytes, true};
  absl::StatusOr<std::unique_ptr<Workbook>> workbook = Workbook::Open(source, limits);
  contents.status = workbook.status();
  if (!workbook.ok()) return contents;
  absl::StatusOr<std::unique_ptr<SheetRows>> rows = (*workbook)->Rows(sheet);
  contents.status = rows.status();
  if (!rows.ok()) return contents;
  SheetRow row;
  while (true) {
    absl::StatusOr<bool> more = (*rows)->Next(&row);
    contents.status = more.status();
    if (!more.ok() || !*more) break;
    contents.numbers.push_back(row.number);
    if (!row.fault.empty()) contents.faults.push_back(row.fault);
    std::vector<std::string>& cells = contents.rows.emplace_back();
    for (const SheetCell& cell : row.cells) {
      const char* what = cell.type == SheetCell::Type::kDate    ? "date:"
                         : cell.type == SheetCell::Type::kFault ? "fault:"
                                                                : "";
      cells.push_back(what + cell.text);
    }
  }
  contents.warnings = (*rows)->Warnings();
  return contents;
}

std::string WhyRefused(const std::string& bytes) { return std::string(ContentsOf(bytes).status.message()); }

// A cell with this number in it, shown by this format.
std::string ShownBy(std::string_view number, std::string_view format, bool from_1904 = false) {
  return NumberCell(number, ReadNumberFormat(format), from_1904).text;
}

TEST(SheetCells, ANumberIsShownInPlainDigits) {
  EXPECT_EQ(ShownBy("447700900123", "General"), "447700900123");
  EXPECT_EQ(ShownBy("4.4770090012300003E+11", "General"), "447700900123");
  EXPECT_EQ(ShownBy("0.30000000000000004", "General"), "0.3");
  EXPECT_EQ(ShownBy("-12.50", "0.00"), "-12.5");
  EXPECT_EQ(ShownBy("1E-3", "General"), "0.001");
  EXPECT_EQ(ShownBy("1200", "[$£-809]#,##0.00"), "1200");
  EXPECT_EQ(ShownBy("0", "General"), "0");
  EXPECT_EQ(ShownBy("85", "0.0E+00"), "85");
}

TEST(SheetCells, ANumberThatAFormatFillsWithZerosKeepsThem) {
  EXPECT_EQ(ShownBy("123", "00000"), "00123");
  EXPECT_EQ(ShownBy("7700900123", "00000000000"), "07700900123");
  EXPECT_EQ(ShownBy("447700900123", "\\+0"), "+447700900123");
  EXPECT_EQ(ShownBy("1234567", "000-0000"), "123-4567");
  EXPECT_EQ(ShownBy("5", "0&quot;"), "5");
  EXPECT_EQ(ShownBy("5", "0\" persons\""), "5");
  EXPECT_EQ(ShownBy("12.5", "00000"), "12.5");
}

TEST(SheetCells, APercentageIsAPercentage) {
  EXPECT_EQ(ShownBy("0.85", "0%"), "85%");
  EXPECT_EQ(ShownBy("0.125", "0.0%"), "12.5%");
}

TEST(SheetCells, ANumberThatHasLostDigitsIsRefused) {
  const SheetCell cell = NumberCell("4111111111111110", {}, false);
  EXPECT_EQ(cell.type, SheetCell::Type::kFault);
  EXPECT_THAT(cell.text, HasSubstr("15 digits"));
  EXPECT_EQ(NumberCell("356938035643809", {}, false).text, "356938035643809");
}

TEST(SheetCells, ADateIsAsPreciseAsItIsShown) {
  EXPECT_EQ(ShownBy("46085", "dd/mm/yyyy"), "2026-03-04");
  EXPECT_EQ(ShownBy("46085", "[$-809]d mmmm yyyy;@"), "2026-03-04");
  EXPECT_EQ(ShownBy("46085", "mmm\\-yy"), "2026-03");
  EXPECT_EQ(ShownBy("46085", "yyyy"), "2026");
  EXPECT_EQ(ShownBy("46085", "d-mmm"), "2026-03-04");
  EXPECT_EQ(ShownBy("46085.43090277778", "dd/mm/yyyy hh:mm"), "2026-03-04T10:20:30");
  EXPECT_EQ(ShownBy("46085.43090277778", "yyyy-mm-dd"), "2026-03-04");
  EXPECT_EQ(ShownBy("46085.999999999", "yyyy-mm-dd hh:mm"), "2026-03-05T00:00:00");
  EXPECT_EQ(NumberCell("46085", ReadNumberFormat("dd/mm/yyyy"), false).type, SheetCell::Type::kDate);
}

TEST(SheetCells, DatesCountFromTheRightDay) {
  EXPECT_EQ(ShownBy("1", "yyyy-mm-dd"), "1900-01-01");
  EXPECT_EQ(ShownBy("59", "yyyy-mm-dd"), "1900-02-28");
  EXPECT_EQ(NumberCell("60", ReadNumberFormat("yyyy-mm-dd"), false).type, SheetCell::Type::kFault);
  EXPECT_EQ(ShownBy("61", "yyyy-mm-dd"), "1900-03-01");
  EXPECT_EQ(ShownBy("2958465", "yyyy-mm-dd"), "9999-12-31");
  EXPECT_EQ(NumberCell("2958466", ReadNumberFormat("yyyy-mm-dd"), false).type, SheetCell::Type::kFault);
  EXPECT_EQ(NumberCell("-4", ReadNumberFormat("yyyy-mm-dd"), false).type, SheetCell::Type::kFault);
  EXPECT_EQ(ShownBy("0", "yyyy-mm-dd", true), "1904-01-01");
  EXPECT_EQ(ShownBy("44623", "yyyy-mm-dd", true), "2026-03-04");
}

TEST(SheetCells, ATimeOfDayAndADurationAreNoDates) {
  EXPECT_EQ(ShownBy("0.43090277778", "hh:mm"), "10:20:30");
  EXPECT_EQ(ShownBy("1.5", "[h]:mm:ss"), "36:00:00");
  EXPECT_EQ(NumberCell("0.5", ReadNumberFormat("h:mm AM/PM"), false).type, SheetCell::Type::kText);
}

TEST(SheetCells, TheFormatsWithoutACodeAreKnown) {
  EXPECT_EQ(NumberCell("46085", BuiltInNumberFormat(14), false).text, "2026-03-04");
  EXPECT_EQ(NumberCell("46085", BuiltInNumberFormat(17), false).text, "2026-03");
  EXPECT_EQ(NumberCell("46085.5", BuiltInNumberFormat(22), false).text, "2026-03-04T12:00:00");
  EXPECT_EQ(NumberCell("46085", BuiltInNumberFormat(3), false).text, "46085");
  EXPECT_EQ(NumberCell("0.5", BuiltInNumberFormat(9), false).text, "50%");
}

TEST(Xlsx, CellsOfEachTypeAreRead) {
  const std::string bytes =
      Xlsx({{{"Cases",
              "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
              "<row r=\"3\"><c r=\"A3\"><v>42</v></c><c r=\"B3\" t=\"b\"><v>1</v></c>"
              "<c r=\"C3\" t=\"str\"><f>A1&amp;\"x\"</f><v>Refx</v></c>"
              "<c r=\"D3\" s=\"1\"><v>46085</v></c><c r=\"E3\" t=\"d\"><v>2026-03-04T00:00:00</v></c>"
              "<c r=\"F3\" s=\"2\"/></row>"}},
            {"<t>Ref</t>", "<r><t>Tra</t></r><r><t>de</t></r><rPh><t>no</t></rPh>"},
            {"dd/mm/yyyy", "@"}});
  const SheetContents contents = ContentsOf(bytes);
  ASSERT_TRUE(contents.status.ok()) << contents.status;
  EXPECT_THAT(contents.numbers, ElementsAre(1, 3));
  EXPECT_THAT(contents.rows, ElementsAre(ElementsAre("Ref", "", "Trade"),
                                         ElementsAre("42", "true", "Refx", "date:2026-03-04", "date:2026-03-04")));
}

TEST(Xlsx, ACellWithoutAnAddressStandsAfterTheLast) {
  const SheetContents contents =
      ContentsOf(XlsxOf("<row><c><v>1</v></c><c r=\"D1\"><v>2</v></c><c><v>3</v></c></row>"
                        "<row><c><v>4</v></c></row>"));
  EXPECT_THAT(contents.numbers, ElementsAre(1, 2));
  EXPECT_THAT(contents.rows, ElementsAre(ElementsAre("1", "", "", "2", "3"), ElementsAre("4")));
}

TEST(Xlsx, AnErrorAndAFormulaWithoutItsResultAreNoValues) {
  const SheetContents contents =
      ContentsOf(XlsxOf("<row><c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c><f>SUM(A1:A9)</f></c></row>"));
  ASSERT_EQ(contents.rows.size(), 1u);
  EXPECT_THAT(contents.rows[0][0], HasSubstr("fault:holds the error of a formula"));
  EXPECT_THAT(contents.rows[0][1], HasSubstr("fault:holds a formula without its result"));
}

TEST(Xlsx, EscapesOfControlCharactersAreResolved) {
  const SheetContents contents = ContentsOf(XlsxOf(TextRow(1, {"a_x000D_\nb", "_x005F_x000D_", "_x0001_", "_xZZZZ_"})));
  EXPECT_THAT(contents.rows, ElementsAre(ElementsAre("a\r\nb", "_x000D_", "_x0001_", "_xZZZZ_")));
}

TEST(Xlsx, MergedCellsHaveTheirValueOnceAndAWarning) {
  const std::string merged = "<mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:A3\"/></mergeCells>";
  EXPECT_THAT(ContentsOf(Xlsx({{{"S", TextRow(1, {"a"}), merged}}})).warnings, ElementsAre(HasSubstr("merged")));
  const std::string across = "<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>";
  EXPECT_THAT(ContentsOf(Xlsx({{{"S", TextRow(1, {"a"}), across}}})).warnings, IsEmpty());
}

TEST(Xlsx, SheetsAreKnownByNameAndHiddenOnesAsSuch) {
  const std::string bytes = Xlsx({{{"Read me", TextRow(1, {"x"})}, {"Cases", TextRow(1, {"y"}), "", true}}});
  const Limits limits;
  absl::StatusOr<std::unique_ptr<Workbook>> workbook = Workbook::Open({"f", bytes, true}, limits);
  ASSERT_TRUE(workbook.ok()) << workbook.status();
  ASSERT_EQ((*workbook)->sheets().size(), 2u);
  EXPECT_EQ((*workbook)->sheets()[0].name, "Read me");
  EXPECT_FALSE((*workbook)->sheets()[0].hidden);
  EXPECT_TRUE((*workbook)->sheets()[1].hidden);
  EXPECT_THAT(ContentsOf(bytes, 1).rows, ElementsAre(ElementsAre("y")));
}

TEST(Xlsx, DatesOfTheFirstMacintoshesCountFrom1904) {
  XlsxParts parts{{{"S", "<row><c s=\"1\"><v>44623</v></c></row>"}}, {}, {"dd/mm/yyyy"}, true};
  EXPECT_THAT(ContentsOf(Xlsx(parts)).rows, ElementsAre(ElementsAre("date:2026-03-04")));
}

TEST(Ods, CellsOfEachTypeAreRead) {
  const SheetContents contents = ContentsOf(
      Ods("<table:table table:name=\"Cases\"><table:table-header-rows><table:table-row>"
          "<table:table-cell office:value-type=\"string\"><text:p>Ref<text:s text:c=\"2\"/>no</text:p>"
          "<office:annotation><text:p>a comment</text:p></office:annotation><text:p>two</text:p></table:table-cell>"
          "</table:table-row></table:table-header-rows>"
          "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"1024\"/>"
          "</table:table-row><table:table-row>"
          "<table:table-cell office:value-type=\"float\" office:value=\"123\"><text:p>00123</text:p></table:table-cell>"
          "<table:table-cell office:value-type=\"currency\" "
          "office:value=\"1200\"><text:p>£1,200.00</text:p></table:table-cell>"
          "<table:covered-table-cell table:number-columns-repeated=\"2\"/>"
          "<table:table-cell office:value-type=\"date\" office:date-value=\"2026-03-04\"><text:p>04/03/26</text:p>"
          "</table:table-cell><table:table-cell office:value-type=\"date\" office:date-value=\"2026-03-04T10:20:30\"/>"
          "<table:table-cell office:value-type=\"time\" office:time-value=\"PT10H20M00S\"/>"
          "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"false\"/>"
          "<table:table-cell office:value-type=\"percentage\" office:value=\"0.85\"/>"
          "<table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"string\"><text:p>ja</text:p>"
          "</table:table-cell>"
          "<table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p>"
          "</table:table-cell></table:table-row></table:table>"));
  ASSERT_TRUE(contents.status.ok()) << contents.status;
  EXPECT_THAT(contents.numbers, ElementsAre(1, 4));
  ASSERT_EQ(contents.rows.size(), 2u);
  EXPECT_THAT(contents.rows[0], ElementsAre("Ref  no\ntwo"));
  EXPECT_THAT(contents.rows[1],
              ElementsAre("00123", "1200", "", "", "date:2026-03-04", "date:2026-03-04T10:20:30", "10:20:00", "false",
                          "85%", "ja", "ja", HasSubstr("fault:holds the error")));
}

TEST(Ods, RowsThatAreRepeatedAreRowsOfTheirOwn) {
  const SheetContents contents =
      ContentsOf(Ods("<table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"3\">"
                     "<table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>"
                     "</table:table-row></table:table>"));
  EXPECT_THAT(contents.numbers, ElementsAre(1, 2, 3));
  EXPECT_THAT(contents.rows, ElementsAre(ElementsAre("x"), ElementsAre("x"), ElementsAre("x")));
}

TEST(Ods, EachSheetHasItsOwnRows) {
  const std::string bytes =
      Ods("<table:table table:name=\"A\"><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
          "</table:table-row></table:table><table:table "
          "table:name=\"B\"><table:table-row><table:table-cell><text:p>b</text:p>"
          "</table:table-cell></table:table-row></table:table>");
  EXPECT_THAT(ContentsOf(bytes, 0).rows, ElementsAre(ElementsAre("a")));
  EXPECT_THAT(ContentsOf(bytes, 1).rows, ElementsAre(ElementsAre("b")));
}

TEST(Workbooks, WhatIsNoneSaysWhatToDo) {
  const std::string old_office("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
  EXPECT_THAT(WhyRefused(old_office + std::string(600, '\0')), HasSubstr("old format .xls"));
  const std::string package("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", 32);
  EXPECT_THAT(WhyRefused(old_office + std::string(600, '\0') + package), HasSubstr("password"));
  EXPECT_THAT(WhyRefused("\n<html><table>"), HasSubstr("web page"));
  EXPECT_THAT(WhyRefused("Ref\tDate\n"), HasSubstr("--format csv"));
  EXPECT_THAT(WhyRefused(""), HasSubstr("no spreadsheet"));
  EXPECT_THAT(WhyRefused(Zip({{"notes.txt", "x"}})), HasSubstr("no spreadsheet"));
  EXPECT_THAT(WhyRefused(Zip({{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "<a/>"}})),
              HasSubstr("no spreadsheet"));
  EXPECT_THAT(WhyRefused(XlsxOf("").substr(0, 300)), HasSubstr("damaged"));
}

TEST(Workbooks, APasswordIsToldPlainly) {
  EXPECT_THAT(WhyRefused(Zip(OdsEntries("<table:table table:name=\"S\"/>"), "secret")), HasSubstr("password"));
  std::vector<ZipEntry> entries = OdsEntries("<table:table table:name=\"S\"/>");
  entries.push_back({"META-INF/manifest.xml", "<m:manifest xmlns:m=\"m\"><m:encryption-data/></m:manifest>"});
  EXPECT_THAT(WhyRefused(Zip(entries)), HasSubstr("password"));
}

TEST(Workbooks, EntitiesAndDocumentTypesAreRefused) {
  std::vector<ZipEntry> entries = OdsEntries("");
  entries[1].bytes = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
  EXPECT_THAT(WhyRefused(Zip(entries)), HasSubstr("document type"));
  entries[1].bytes = "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"file:///etc/hostname\"><a/>";
  EXPECT_THAT(WhyRefused(Zip(entries)), HasSubstr("document type"));
}

TEST(Workbooks, WhatUnpacksWithoutEndIsRefused) {
  Limits limits;
  limits.unpacked_bytes = std::uint64_t{1} << 20;
  std::vector<ZipEntry> entries = XlsxEntries({{{"S", TextRow(1, {"x"})}}});
  EXPECT_TRUE(ContentsOf(Zip(entries), 0, limits).status.ok());
  for (std::size_t part = 0; part < entries.size(); ++part) {
    std::vector<ZipEntry> bomb = entries;
    bomb[part].bytes.append(limits.unpacked_bytes, ' ');
    const std::string bytes = Zip(bomb);
    EXPECT_LT(bytes.size(), 10'000u);
    EXPECT_THAT(ContentsOf(bytes, 0, limits).status.message(), HasSubstr("unpacks to more than")) << bomb[part].name;
  }
}

TEST(Workbooks, TextThatStandsForMoreThanASheetMayHaveIsRefused) {
  // One text of 1 kB, which 2,000 cells name.
  Limits limits;
  limits.unpacked_bytes = std::uint64_t{1} << 20;
  std::string rows;
  for (int i = 0; i < 2000; ++i) rows += "<row><c t=\"s\"><v>0</v></c></row>";
  const std::string bytes = Xlsx({{{"S", rows}}, {"<t>" + std::string(1000, 'x') + "</t>"}});
  EXPECT_THAT(ContentsOf(bytes, 0, limits).status.message(), HasSubstr("bytes of text"));
}

TEST(Workbooks, ARowBeyondABoundCostsThatRow) {
  Limits limits;
  limits.columns = 3;
  limits.row_bytes = 40;
  const std::string bytes = XlsxOf("<row><c><v>1</v></c><c r=\"D1\"><v>2</v></c></row>" +
                                   TextRow(2, {std::string(20, 'x'), std::string(21, 'y')}) + TextRow(3, {"fine"}) +
                                   TextRow(4, {std::string(41, 'z')}));
  const SheetContents contents = ContentsOf(bytes, 0, limits);
  EXPECT_THAT(contents.faults, ElementsAre(HasSubstr("3 columns"), HasSubstr("40 bytes")));
  ASSERT_EQ(contents.rows.size(), 4u);
  EXPECT_THAT(contents.rows[2], ElementsAre("fine"));
  EXPECT_THAT(contents.rows[3], ElementsAre(HasSubstr("fault:")));
}

TEST(Workbooks, RepetitionsBeyondASheetAreRefused) {
  const auto rows = [](const std::string& repeated, const std::string& columns) {
    return Ods("<table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"" + repeated +
               "\"><table:table-cell table:number-columns-repeated=\"" + columns +
               "\" office:value-type=\"string\"><text:p>x</text:p></table:table-cell></table:table-row></table:table>");
  };
  EXPECT_THAT(WhyRefused(rows("18446744073709551615", "1")), HasSubstr("1,048,576 rows"));
  EXPECT_THAT(WhyRefused(rows("2000000", "1")), HasSubstr("1,048,576 rows"));
  EXPECT_THAT(ContentsOf(rows("1", "18446744073709551615")).faults, ElementsAre(HasSubstr("columns")));
  EXPECT_THAT(WhyRefused(XlsxOf("<row r=\"2\"/><row r=\"2\"/>")), HasSubstr("in order"));
  EXPECT_THAT(WhyRefused(XlsxOf("<row r=\"9999999\"/>")), HasSubstr("in order"));
}

TEST(Workbooks, XmlNestedTooDeepOrWithEndlessMarkupIsRefused) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_THAT(WhyRefused(XlsxOf(deep)), HasSubstr("nested"));
  EXPECT_THAT(WhyRefused(XlsxOf("<row a=\"" + std::string(std::size_t{2} << 20, 'x') + "\"/>")), HasSubstr("markup"));
}

TEST(Workbooks, NoDamageOfAFileDoesMoreThanEndItsReading) {
  const std::string whole = Xlsx({{{"Cases", TextRow(1, {"Ref", "Seen"}) + TextRow(2, {"A-1", "2026-03-04"})}}});
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
    const absl::Status status = ContentsOf(damaged).status;
    EXPECT_TRUE(status.ok() || status.message().rfind("intake: ", 0) == 0) << at << ": " << status;
    EXPECT_TRUE(ContentsOf(whole.substr(0, at)).status.code() == absl::StatusCode::kInvalidArgument) << at;
  }
}

}  // namespace
}  // namespace tidegate::intake
