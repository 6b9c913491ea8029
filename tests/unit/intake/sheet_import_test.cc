// Spreadsheets through a mapping: the same items that a text table of the same cells gives, and dates as they are.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/workbooks.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kSightings = R"(
kind = "report"
source = "harbour"
identity = ["Ref"]
[columns]
Ref = { to = "report.external_id", scheme = "case" }
What = "report.title"
Seen = { to = "report.observed", date = "%d/%m/%Y", offset = "+01:00" }
Tel = { to = "report.identifiers", scheme = "phone", optional = true }
)";

Mapping MappingOf(std::string_view toml) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(toml, "m.toml");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

Collected Import(const std::string& bytes, std::string_view toml = kSightings) {
  const Mapping mapping = MappingOf(toml);
  return Collect(Format::kCsv, {"harbour.xlsx", bytes, true}, &mapping);
}

const std::string kHeader = TextRow(1, {"Ref", "What", "Seen"});

TEST(SheetImport, GivesWhatATextTableOfTheSameCellsGives) {
  const Mapping mapping = MappingOf(kSightings);
  const Collected text = CollectText(Format::kCsv, "Ref,What,Seen\nH-1,A van,04/03/2026\n", &mapping);
  const Collected sheet = Import(XlsxOf(kHeader + TextRow(2, {"H-1", "A van", "04/03/2026"})));
  ASSERT_TRUE(sheet.status.ok()) << sheet.status;
  ASSERT_EQ(sheet.items.size(), 1u);
  ASSERT_EQ(text.items.size(), 1u);
  EXPECT_EQ(sheet.items[0].source_key, text.items[0].source_key);
  EXPECT_EQ(sheet.items[0].draft.local.source.said, text.items[0].draft.local.source.said);
  EXPECT_EQ(sheet.items[0].position, 2u);
}

TEST(SheetImport, ADateCellIsItsDateWhateverFormTheMappingHas) {
  const std::string rows =
      kHeader +
      "<row r=\"2\"><c t=\"inlineStr\"><is><t>H-1</t></is></c><c t=\"inlineStr\"><is><t>x</t></is></c>"
      "<c s=\"1\"><v>46085</v></c></row>"
      "<row r=\"3\"><c t=\"inlineStr\"><is><t>H-2</t></is></c><c t=\"inlineStr\"><is><t>x</t></is></c>"
      "<c s=\"2\"><v>46085.43090277778</v></c></row>" +
      TextRow(4, {"H-3", "x", "05/03/2026"});
  const Collected sheet = Import(Xlsx({{{"S", rows}}, {}, {"mm-dd-yy", "dd/mm/yyyy hh:mm"}}));
  ASSERT_EQ(sheet.items.size(), 3u) << (sheet.rejects.empty() ? "" : sheet.rejects[0].reason);
  EXPECT_EQ(Shown(sheet.items[0].draft, "observed"), "2026-03-04");
  EXPECT_EQ(Shown(sheet.items[1].draft, "observed"), "2026-03-04T09:20Z");
  EXPECT_EQ(Shown(sheet.items[2].draft, "observed"), "2026-03-05");
}

TEST(SheetImport, ADateCellNeedsNoFormInTheMapping) {
  const std::string rows = TextRow(1, {"What", "Seen"}) +
                           "<row r=\"2\"><c t=\"inlineStr\"><is><t>x</t></is></c><c s=\"1\"><v>46085.5</v></c></row>";
  const Collected sheet =
      Import(Xlsx({{{"S", rows}}, {}, {"dd/mm/yyyy hh:mm"}}),
             "kind = \"report\"\nsource = \"s\"\neach_row = true\n[columns]\nWhat = \"report.title\"\n"
             "Seen = \"report.observed\"\n");
  ASSERT_EQ(sheet.items.size(), 1u) << (sheet.rejects.empty() ? "" : sheet.rejects[0].reason);
  EXPECT_EQ(Shown(sheet.items[0].draft, "observed"), "2026-03-04T12:00Z");
}

TEST(SheetImport, ACellWithoutAValueRefusesItsRowIfItIsMapped) {
  const std::string rows =
      TextRow(1, {"Ref", "What", "Seen", "Tel", "Other"}) +
      "<row r=\"2\"><c t=\"inlineStr\"><is><t>H-1</t></is></c><c t=\"e\"><v>#REF!</v></c></row>"
      "<row r=\"3\"><c t=\"inlineStr\"><is><t>H-2</t></is></c><c t=\"inlineStr\"><is><t>x</t></is></c>"
      "<c r=\"E3\" t=\"e\"><v>#REF!</v></c></row>"
      "<row r=\"4\"><c><v>4111111111111110</v></c><c t=\"inlineStr\"><is><t>x</t></is></c></row>";
  const Collected sheet = Import(XlsxOf(rows));
  ASSERT_EQ(sheet.items.size(), 1u);
  EXPECT_EQ(sheet.items[0].position, 3u);
  ASSERT_EQ(sheet.rejects.size(), 2u);
  EXPECT_EQ(sheet.rejects[0].field, "What");
  EXPECT_THAT(sheet.rejects[0].reason, HasSubstr("error of a formula"));
  EXPECT_EQ(sheet.rejects[0].original, "H-1,");
  EXPECT_EQ(sheet.rejects[1].field, "Ref");
  EXPECT_THAT(sheet.rejects[1].reason, HasSubstr("15 digits"));
}

TEST(SheetImport, TheRejectsOfASheetAreImportedAgainWithTheirDates) {
  const Mapping mapping = MappingOf(kSightings);
  const std::string header = "Ref,What,Seen,x_tidegate_row,x_tidegate_field,x_tidegate_reason,x_tidegate_original\n";
  const Collected again = Collect(
      Format::kCsv, {"harbour.xlsx.rejects.csv", header + "H-1,A van,2026-03-04,2,What,empty,\n", true}, &mapping);
  ASSERT_EQ(again.items.size(), 1u);
  EXPECT_EQ(Shown(again.items[0].draft, "observed"), "2026-03-04");
  const Collected plain = CollectText(Format::kCsv, "Ref,What,Seen\nH-1,A van,2026-03-04\n", &mapping);
  EXPECT_EQ(plain.rejects.size(), 1u);
}

TEST(SheetImport, BannersAndShortRowsAreNoHindrance) {
  const std::string rows = TextRow(1, {"Harbour mission, weekly list", "", "", "", "", "", "", "printed Monday"}) +
                           kHeader + TextRow(5, {"H-1", "A van"});
  std::string numbered = rows;
  numbered.replace(numbered.find("r=\"1\"", 10), 5, "r=\"3\"");
  const Collected sheet = Import(XlsxOf(numbered));
  ASSERT_TRUE(sheet.status.ok()) << sheet.status;
  ASSERT_EQ(sheet.items.size(), 1u) << (sheet.rejects.empty() ? "" : sheet.rejects[0].reason);
  EXPECT_EQ(sheet.items[0].position, 5u);
}

TEST(SheetImport, TheSheetIsTheOneThatIsNamedOrHasTheColumns) {
  const std::string others = TextRow(1, {"Read this first"});
  const std::string cases = kHeader + TextRow(2, {"H-1", "A van", "04/03/2026"});
  const std::string bytes = Xlsx({{{"Read me", others}, {"Week 10", cases}, {"Old", cases, "", true}}});
  EXPECT_EQ(Import(bytes).items.size(), 1u);
  const std::string twins = Xlsx({{{"Week 10", cases}, {"Week 11", cases + TextRow(3, {"H-2", "A boat", ""})}}});
  EXPECT_THAT(std::string(Import(twins).status.message()), HasSubstr("sheet `Week 10` and sheet `Week 11`"));
  const std::string named = "sheet = \"week 11\"\n" + std::string(kSightings);
  EXPECT_EQ(Import(twins, named).items.size(), 2u);
  const std::string wrong = "sheet = \"Week 1\"\n" + std::string(kSightings);
  EXPECT_THAT(std::string(Import(twins, wrong).status.message()),
              HasSubstr("no sheet `Week 1`; did you mean `Week 10`"));
}

TEST(SheetImport, RowsWithoutAnIdentityAreKnownByTheirSheetToo) {
  const std::string each = "kind = \"report\"\nsource = \"s\"\neach_row = true\n[columns]\nWhat = \"report.title\"\n";
  const std::string one = TextRow(1, {"What"}) + TextRow(2, {"A van"});
  const std::string bytes = Xlsx({{{"Mon", one}, {"Tue", one}}});
  EXPECT_THAT(std::string(Import(bytes, "sheet = \"Mon\"\n" + each).items[0].source_key), HasSubstr("#Mon:2"));
  const std::string apart = Xlsx({{{"Mon", one}, {"Notes", TextRow(1, {"x"})}}});
  EXPECT_THAT(std::string(Import(apart, each).status.message()), HasSubstr("write `sheet = "));
  EXPECT_EQ(Import(XlsxOf(one), each).items[0].source_key, "csv:s:report:row:harbour.xlsx:2");
}

TEST(SheetImport, AnOdsSheetGivesTheSame) {
  const auto row = [](const std::string& a, const std::string& b, const std::string& c) {
    const auto text = [](const std::string& t) {
      return "<table:table-cell office:value-type=\"string\"><text:p>" + t + "</text:p></table:table-cell>";
    };
    return "<table:table-row>" + text(a) + text(b) + text(c) + "</table:table-row>";
  };
  const std::string bytes = Ods("<table:table table:name=\"S\">" + row("Ref", "What", "Seen") +
                                row("H-1", "A van", "04/03/2026") + "</table:table>");
  const Collected ods = Import(bytes);
  const Collected xlsx = Import(XlsxOf(kHeader + TextRow(2, {"H-1", "A van", "04/03/2026"})));
  ASSERT_EQ(ods.items.size(), 1u) << ods.status;
  EXPECT_EQ(ods.items[0].source_key, xlsx.items[0].source_key);
  EXPECT_EQ(ods.items[0].draft.local.source.said, xlsx.items[0].draft.local.source.said);
}

TEST(SheetImport, AFileWithoutAMappingIsATableByItsName) {
  for (const char* name : {"a.xlsx", "a.ods", "A.XLS"}) {
    absl::StatusOr<Format> format = DetectFormat(name, "PK\x03\x04");
    ASSERT_TRUE(format.ok());
    EXPECT_EQ(*format, Format::kCsv);
  }
}

}  // namespace
}  // namespace tidegate::intake
