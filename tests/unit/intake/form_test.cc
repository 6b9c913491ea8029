// Tables as people have them: separators, encodings, line ends and headers, told from the table or by the mapping.
#include "node/intake/csv/form.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kFormMapping =
    "kind=\"report\"\nsource=\"s\"\nidentity=[\"no\"]\nignore=[\"more\"]\n[columns]\nwhat=\"report.title\"\n"
    "when={to=\"report.observed\",optional=true}\n";

Collected ReadWith(std::string_view head, std::string_view text, const Limits& limits = {}) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(Cat({head, kFormMapping}), "m.toml");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return CollectText(Format::kCsv, text, &*mapping, {}, limits);
}
Collected ReadTableText(std::string_view text) { return ReadWith("", text); }

std::vector<std::string> TitlesOf(const Collected& read) {
  std::vector<std::string> titles;
  EXPECT_TRUE(read.status.ok()) << read.status;
  for (const Item& item : read.items) titles.push_back(Shown(item.draft, "title"));
  for (const Reject& reject : read.rejects) titles.push_back("rejected: " + reject.reason);
  return titles;
}

std::string Utf16(std::string_view ascii, bool big_endian, bool mark = true) {
  std::string out = !mark ? "" : big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (char c : ascii) {
    if (big_endian) out.push_back('\0');
    out.push_back(c);
    if (!big_endian) out.push_back('\0');
  }
  return out;
}

TEST(TableForm, EverySeparatorIsTold) {
  for (char separator : {',', ';', '\t', '|'}) {
    std::string text = "no;what;more\n1;One, or two;x\n2;\"Two;\";\"y,z\"\n";
    for (char& c : text) c = c == ';' ? separator : c;
    if (separator == ',') text = "no,what,more\n1,\"One, or two\",x\n2,\"Two,\",\"y,z\"\n";
    SCOPED_TRACE(text);
    const Collected read = ReadTableText(text);
    const std::string last = Cat({"Two", {&separator, 1}});
    EXPECT_THAT(TitlesOf(read), ElementsAre("One, or two", separator == '\t' ? "Two" : last));
    EXPECT_THAT(read.head.read_as, HasSubstr("UTF-8, header in row 1"));
    EXPECT_THAT(read.head.columns, ElementsAre("no", "what", "more"));
  }
}

TEST(TableForm, AQuotedFileOfTabsIsRead) {
  const Collected read = ReadTableText("\"no\"\t\"what\"\n\"1\"\t\"One\"\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("One"));
  EXPECT_EQ(read.head.read_as, "separator tab, UTF-8, header in row 1");
}

TEST(TableForm, AFirstLineMayNameTheSeparator) {
  const Collected read = ReadTableText("sep=^\r\nno^what\r\n1^a;b,c\r\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("a;b,c"));
  EXPECT_EQ(read.head.read_as, "separator `^`, UTF-8, header in row 2");
  EXPECT_EQ(read.items[0].position, 3u);
  EXPECT_THAT(TitlesOf(ReadTableText("\"sep=;\"\nno;what\n1;a\n")), ElementsAre("a"));
  EXPECT_THAT(TitlesOf(ReadTableText("sep=\t\nno\twhat\n1\ta\n")), ElementsAre("a"));
  EXPECT_THAT(TitlesOf(ReadTableText("SEP=|\r\nno|what\r\n1|a\r\n")), ElementsAre("a"));
}

// A spreadsheet program that has saved such a file leaves empty cells behind the sign.
TEST(TableForm, AFirstLineWithoutAUsableSignIsNoRow) {
  for (std::string_view line : {"sep=\"", "\"sep=\"\"", "sep=", "sep=;;", "\"sep=\";", "sep=;\t"}) {
    const Collected read = ReadTableText(Cat({line, "\nno;what\n1;a\n"}));
    EXPECT_THAT(TitlesOf(read), ElementsAre("a")) << line;
    EXPECT_THAT(read.head.read_as, HasSubstr("separator `;`")) << line;
  }
}

TEST(TableForm, ARowOfAnyLengthIsRefusedOnce) {
  const TemporaryFolder folder;
  const std::string path = folder / "long.csv";
  Limits limits;
  limits.row_bytes = 64;
  for (std::string_view begin : {"2,", "2,\""}) {
    WriteFile(path,
              Cat({"no,what\n1,One\n", begin, std::string(100'000, 'x'), "\n3,Three\n", std::string(5'000, ',')}));
    absl::StatusOr<Mapping> mapping =
        Mapping::Parse("kind=\"report\"\nsource=\"s\"\nidentity=[\"no\"]\n[columns]\nwhat=\"report.title\"\n", "m");
    ASSERT_TRUE(mapping.ok()) << mapping.status();
    const Collected read = Collect(Format::kCsv, {path}, &*mapping, {}, limits);
    EXPECT_EQ(read.items.size(), 2u);
    EXPECT_EQ(read.rejects.size(), 2u) << begin;
  }
}

TEST(TableForm, LinesMayEndWithCrAlone) {
  const Collected read = ReadTableText("no,what\r1,\"One\nwith two lines\"\r\r2,Two\r");
  EXPECT_THAT(TitlesOf(read), ElementsAre("One\nwith two lines", "Two"));
  EXPECT_THAT(read.head.read_as, HasSubstr("lines end with CR"));
  EXPECT_EQ(read.items[1].position, 4u);
}

TEST(TableForm, ALoneCrWithinAFileOfLfEndsNoLine) {
  EXPECT_THAT(TitlesOf(ReadTableText("no,what\n1,\"One\rmore\"\n2,Two\n")), ElementsAre("One\rmore", "Two"));
}

TEST(TableForm, WhatIsNotUtf8IsWindows1252) {
  const Collected read = ReadTableText("no;what\n1;Caf\xE9 \x96 5 \x80\n2;plain\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("Caf\xC3\xA9 \xE2\x80\x93 5 \xE2\x82\xAC", "plain"));
  EXPECT_EQ(read.head.read_as, "separator `;`, Windows-1252, header in row 1");
}

TEST(TableForm, OddBytesInAFileOfUtf8CostTheirRowsOnly) {
  const Collected read = ReadTableText(
      "no,what\n1,Caf\xC3\xA9\n2,\xC5\x81"
      "a\xC5\xBAnia\n3,Caf\xE9\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("Caf\xC3\xA9",
                                          "\xC5\x81"
                                          "a\xC5\xBAnia",
                                          "rejected: has bytes that are not UTF-8; correct them, or say the right "
                                          "`encoding` in the mapping"));
}

TEST(TableForm, AnEncodingMayBeNamed) {
  EXPECT_THAT(TitlesOf(ReadWith("encoding=\"iso-8859-2\"\n",
                                "no,what\n1,\xA3\xF3"
                                "d\xBC\n")),
              ElementsAre("\xC5\x81\xC3\xB3"
                          "d\xC5\xBA"));
  EXPECT_THAT(TitlesOf(ReadWith("encoding=\"cp1251\"\n", "no,what\n1,\xC4\xE0\n")), ElementsAre("\xD0\x94\xD0\xB0"));
  EXPECT_THAT(TitlesOf(ReadWith("encoding=\"utf-16le\"\n", Utf16("no,what\n1,a\n", false, false))), ElementsAre("a"));
}

TEST(TableForm, AWrongEncodingIsRefusedOnce) {
  const Collected read = ReadWith("encoding=\"utf-8\"\n", "no,what\n1,Caf\xE9\n2,\xC9t\xE9\n");
  EXPECT_THAT(std::string(MessageOf(read.status)), HasSubstr("not UTF-8, as the mapping says"));
  EXPECT_THAT(read.rejects, IsEmpty());
  EXPECT_THAT(ReadWith("encoding=\"windows-1252\"\n", "no,what\n1,Caf\xC3\xA9\n").summary.warnings,
              testing::Contains(HasSubstr("looks like UTF-8 and is read as Windows-1252")));
}

TEST(TableForm, ACharacterThatAnEncodingLacksCostsItsRow) {
  EXPECT_THAT(TitlesOf(ReadWith("encoding=\"windows-1252\"\n", "no,what\n1,a\x81\n2,b\n")),
              ElementsAre("b", HasSubstr("rejected: has bytes that are not Windows-1252")));
}

TEST(TableForm, Utf16IsToldByItsMarkOrItsZeros) {
  for (bool big_endian : {false, true}) {
    for (bool mark : {false, true}) {
      const Collected read = ReadTableText(Utf16("no\twhat\r\n1\tOne\r\n2\t\"two \"\"2\"\"\"\r\n", big_endian, mark));
      EXPECT_THAT(TitlesOf(read), ElementsAre("One", "two \"2\""));
      EXPECT_THAT(read.head.read_as, HasSubstr(big_endian ? "UTF-16BE" : "UTF-16LE"));
    }
  }
  // Half of a pair, and half of a unit at the very end.
  std::string odd = Utf16("no,what\n1,a", false) + std::string("\x00\xD8", 2) + Utf16("\n2,b", false, false) + "x";
  EXPECT_THAT(TitlesOf(ReadTableText(odd)), ElementsAre(HasSubstr("rejected: "), HasSubstr("rejected: ")));
}

TEST(TableForm, AByteOrderMarkIsNoPartOfTheFirstColumn) {
  EXPECT_THAT(TitlesOf(ReadTableText("\xEF\xBB\xBFno;what\n1;a\n")), ElementsAre("a"));
}

TEST(TableForm, ALongTextInAnyEncodingIsReadInFlatMemory) {
  std::string text = "no,what\n";
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + ",\"t " + std::string(i % 90, 'x') + "\"\n";
  Limits limits;
  limits.row_bytes = 300;
  TemporaryFolder folder;
  WriteFile(folder / "long.csv", Utf16(text, false));
  absl::StatusOr<Mapping> mapping = Mapping::Parse(kFormMapping, "m");
  const Collected wide = Collect(Format::kCsv, {folder / "long.csv"}, &*mapping, {}, limits);
  const Collected plain = CollectText(Format::kCsv, text, &*mapping);
  ASSERT_EQ(wide.items.size(), 3000u) << wide.status;
  for (std::size_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(wide.items[i].draft.local.source.said, plain.items[i].draft.local.source.said);
    ASSERT_EQ(wide.originals[i], plain.originals[i]);
  }
}

TEST(TableForm, BannerRowsAboveTheHeaderArePassedOver) {
  const Collected read = ReadTableText("Monthly return;;\n;;\nConfidential;no;\nno;what;when\n1;One;2026\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("One"));
  EXPECT_THAT(read.head.read_as, HasSubstr("header in row 4"));
  EXPECT_EQ(read.items[0].position, 5u);
}

TEST(TableForm, TheMappingMayNameTheHeaderRow) {
  const std::string text = "no,what\n8,old\nno,what\n1,One\n";
  EXPECT_THAT(TitlesOf(ReadTableText(text)).size(), 3u);
  const Collected read = ReadWith("header_row=3\n", text);
  EXPECT_THAT(TitlesOf(read), ElementsAre("One"));
  EXPECT_THAT(std::string(MessageOf(ReadWith("header_row=9\n", text).status)), HasSubstr("has no row 9"));
}

TEST(TableForm, ATableMayHaveNoHeader) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(
      "kind=\"report\"\nsource=\"s\"\nheader_row=0\nidentity=[\"#1\"]\n[columns]\n\"#2\"=\"report.title\"\n", "m");
  ASSERT_TRUE(mapping.ok());
  const Collected read = CollectText(Format::kCsv, "1;One;x\n2;Two;\n", &*mapping);
  EXPECT_THAT(TitlesOf(read), ElementsAre("One", "Two"));
  EXPECT_EQ(read.items[0].source_key, "csv:s:report:1");
  EXPECT_EQ(read.head.read_as, "separator `;`, UTF-8, no header");
  EXPECT_THAT(read.head.columns, ElementsAre("#1", "#2", "#3"));
}

TEST(TableForm, RowsWithoutAnyCellAreSkippedAndCounted) {
  const Collected read = ReadTableText("no,what,more\n1,One,\n,,\n , \xC2\xA0,\n2,Two,\n,,\n");
  EXPECT_THAT(TitlesOf(read), ElementsAre("One", "Two"));
  EXPECT_EQ(read.summary.skipped, 3u);
}

TEST(TableForm, EmptyCellsBeyondTheHeaderDoNoHarm) {
  EXPECT_THAT(TitlesOf(ReadTableText("no,what\n1,One,,\n2,Two,,x\n")),
              ElementsAre("One", HasSubstr("rejected: has 4 fields where the header has 2")));
}

TEST(TableForm, WhatASeparatorIsDecidesTheColumnsOfTheMapping) {
  // Commas stand in more rows than the separator does.
  EXPECT_THAT(TitlesOf(ReadTableText("no;what\n1;a, b, c\n2;d, e, f\n3;g, h, i\n")).size(), 3u);
}

// A row has the identity that it had when only commas and UTF-8 were read.
TEST(TableForm, AKeyDependsOnWhatARowSaysAndNotOnTheFormOfItsTable) {
  absl::StatusOr<Mapping> mapping =
      Mapping::Parse("kind=\"report\"\nsource=\"s\"\n[columns]\na=\"report.title\"\nb=\"report.observed\"\n", "m");
  const Collected commas = CollectText(Format::kCsv, "a,b\nx y,2025\n", &*mapping);
  const Collected tabs = CollectText(Format::kCsv, Utf16("a\tb\nx y\t2025\n", true), &*mapping);
  ASSERT_EQ(commas.items.size() + tabs.items.size(), 2u);
  EXPECT_EQ(commas.items[0].source_key, tabs.items[0].source_key);
  EXPECT_EQ(commas.items[0].source_key,
            "csv:s:report:sha256:812c9fc781382ec58c055743ed8bc6a99fea673f61d0b8efbe00b144234d02be");
}

TEST(Encodings, AreFoundByTheNamesThatPeopleWrite) {
  for (const auto& [name, known] : std::vector<std::pair<std::string, std::string>>{{"utf8", "UTF-8"},
                                                                                    {"UTF_16", "UTF-16LE"},
                                                                                    {"Latin1", "ISO-8859-1"},
                                                                                    {"CP1252", "Windows-1252"},
                                                                                    {"windows 1250", "Windows-1250"},
                                                                                    {"cp850", "CP850"},
                                                                                    {"sjis", "Shift-JIS"}}) {
    absl::StatusOr<const Encoding*> found = FindEncoding(name);
    ASSERT_TRUE(found.ok()) << name;
    EXPECT_EQ((*found)->name, known);
  }
  EXPECT_THAT(std::string(MessageOf(FindEncoding("windows-1225").status())), HasSubstr("did you mean `Windows-125"));
  EXPECT_FALSE(FindEncoding("").ok());
}

TEST(Encodings, EachHasATableOnThisMachine) {
  for (const char* name :
       {"utf-8", "utf-16le", "utf-16be", "windows-1250", "windows-1252", "windows-874", "iso-8859-15", "koi8-u",
        "macintosh", "cp437", "cp866", "shift-jis", "gb18030", "big5", "euc-kr"}) {
    EXPECT_TRUE(Decoder::Open(**FindEncoding(name)).ok()) << name;
  }
}

TEST(Encodings, EvidenceIsTheSameHoweverATextIsCut) {
  const std::string text = "a\xC3\xA9 \xE9\xC3 \xE2\x82\xAC\xF0\x9F\x98\x80 \xFF\xC3\xA9\xE2\x82";
  Utf8Evidence whole;
  whole.Take(text, true);
  EXPECT_GT(whole.bad(), 0u);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Evidence parts;
    parts.Take(std::string_view(text).substr(0, cut), false);
    parts.Take(std::string_view(text).substr(cut), true);
    EXPECT_EQ(parts.good(), whole.good()) << cut;
    EXPECT_EQ(parts.bad(), whole.bad()) << cut;
  }
}

TEST(DetectFormat, AMappingMakesATableOfAnyFile) {
  const auto told = [](const char* path, std::string_view first, bool mapped) {
    absl::StatusOr<Format> format = DetectFormat(path, first, mapped);
    return format.ok() ? std::string(FormatName(*format)) : "unknown";
  };
  EXPECT_EQ(told("calls.txt", "no\twhat", true), "csv");
  EXPECT_EQ(told("calls.txt", "no\twhat", false), "report");
  EXPECT_EQ(told("calls", "no\twhat", true), "csv");
  EXPECT_EQ(told("calls.tsv", "no\twhat", false), "csv");
  EXPECT_EQ(told("a.json", " {", true), "stix");
  EXPECT_EQ(told("a.md", "---\ntitle: x", true), "report");
}

}  // namespace
}  // namespace tidegate::intake
