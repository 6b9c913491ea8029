// The small parsers that the formats are built of.
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/csv/reader.h"
#include "node/intake/dates.h"
#include "node/intake/json_scan.h"
#include "node/intake/report/front_matter.h"
#include "node/intake/stix/bundle_reader.h"
#include "node/intake/text.h"
#include "node/intake/window.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::vector<std::string>> AllRows(std::string_view text, std::vector<std::string>* faults = nullptr) {
  CsvReader reader(text, 1000, 10);
  TableRow row;
  std::vector<std::vector<std::string>> rows;
  while (reader.Next(&row)) {
    if (!row.fault.empty() && faults != nullptr) faults->push_back(std::to_string(row.number) + ": " + row.fault);
    if (row.fault.empty()) rows.emplace_back(row.fields.begin(), row.fields.end());
  }
  return rows;
}

TEST(CsvReader, ReadsWhatRfc4180Allows) {
  EXPECT_THAT(AllRows("\xEF\xBB\xBF"
                      "a,b\r\n\"x,\"\"y\"\"\",\"two\r\nlines\"\r\n,\r\nlast,row"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("x,\"y\"", "two\r\nlines"), ElementsAre("", ""),
                          ElementsAre("last", "row")));
}

TEST(CsvReader, SkipsEmptyLinesAndCountsThem) {
  CsvReader reader("a\n\n\r\nb\n", 1000, 10);
  TableRow row;
  ASSERT_TRUE(reader.Next(&row));
  ASSERT_TRUE(reader.Next(&row));
  EXPECT_EQ(row.number, 4u);
  EXPECT_EQ(row.raw, "b");
  EXPECT_FALSE(reader.Next(&row));
}

TEST(CsvReader, ABrokenRowCostsOnlyItself) {
  std::vector<std::string> faults;
  EXPECT_THAT(AllRows("a,b\n\"never closed,1\nc,\"d\"\nx\"y,1\n\"e\"f,1\ng,h\n", &faults),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("g", "h")));
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_THAT(faults[0], HasSubstr("2: "));
  EXPECT_THAT(faults[1], HasSubstr("4: a quote inside"));
  EXPECT_THAT(faults[2], HasSubstr("5: text after"));
}

TEST(CsvReader, BoundsRowsAndColumns) {
  std::vector<std::string> faults;
  EXPECT_THAT(AllRows(std::string(2000, 'x') + "\nok\n1,2,3,4,5,6,7,8,9,10,11\nend", &faults),
              ElementsAre(ElementsAre("ok"), ElementsAre("end")));
  EXPECT_THAT(faults, ElementsAre("1: longer than 1000 bytes", "3: more than 10 columns"));
}

TEST(CsvReader, ReadsBackEveryFieldThatItWrites) {
  std::mt19937 random(7);
  const std::string_view alphabet = "ab,\"\r\n \xC3\xA9;";
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> fields(1 + random() % 5);
    std::string line;
    for (std::string& field : fields) {
      for (std::size_t n = random() % 8; n > 0; --n) field.push_back(alphabet[random() % alphabet.size()]);
      if (&field != &fields.front()) line.push_back(',');
      AppendCsvField(field, &line);
    }
    if (fields.size() == 1 && fields[0].empty()) continue;  // an empty line is no row
    SCOPED_TRACE(line);
    EXPECT_THAT(AllRows(line + "\r\n"), ElementsAre(fields));
  }
}

TEST(Dates, DropsSecondsOnly) {
  EXPECT_EQ(DropSeconds("2016-05-12T08:17:27.000Z"), "2016-05-12T08:17Z");
  EXPECT_EQ(DropSeconds("2011-07-25T00:00:00-04:00"), "2011-07-25T00:00-04:00");
  for (std::string_view other : {"2026", "2026-03", "2026-03-04T10:20Z", "2016-05-12T08:17:27", "soon", ""}) {
    EXPECT_EQ(DropSeconds(other), other);
  }
}

TEST(FrontMatter, IsYaml) {
  const FrontMatter front = ParseFrontMatter(
      "---\r\n# a comment\ntitle: 'it''s \"so\"'\nDate: 2025-01-01 # a day\nplaces: [a, 'b, c', \"d\\n\"]\n"
      "tags:\n- one\n- two\nempty:\nnothing: ~\ntext: |\n  first\n    second\n\n  third\nfolded: >\n  one\n  two\n\n  "
      "three\n"
      "legal-basis: x\nlong: \"a caravan\n  behind the barn\"\n---\nbody\n---\nmore");
  EXPECT_THAT(front.faults, IsEmpty());
  EXPECT_EQ(front.body, "body\n---\nmore");
  ASSERT_EQ(front.entries.size(), 10u);
  EXPECT_THAT(front.entries[0].values, ElementsAre("it's \"so\""));
  EXPECT_EQ(front.entries[0].line, 3u);
  EXPECT_EQ(front.entries[1].key, "date");
  EXPECT_THAT(front.entries[1].values, ElementsAre("2025-01-01"));
  EXPECT_THAT(front.entries[2].values, ElementsAre("a", "b, c", "d\n"));
  EXPECT_TRUE(front.entries[2].list);
  EXPECT_THAT(front.entries[3].values, ElementsAre("one", "two"));
  EXPECT_THAT(front.entries[4].values, IsEmpty());
  EXPECT_THAT(front.entries[5].values, IsEmpty());
  EXPECT_THAT(front.entries[6].values, ElementsAre("first\n  second\n\nthird"));
  EXPECT_THAT(front.entries[7].values, ElementsAre("one two\nthree"));
  EXPECT_EQ(front.entries[8].key, "legal_basis");
  EXPECT_THAT(front.entries[9].values, ElementsAre("a caravan behind the barn"));
  EXPECT_EQ(front.entries[9].line, 22u);
}

TEST(FrontMatter, OfABrokenKeyCostsNoOther) {
  const FrontMatter front = ParseFrontMatter(
      "---\ntitle: Police: six held\nnote: 'open\nlist: [x\ntlp: RED\n\tx: 1\nown:\n  deep: 1\n---\nbody\n");
  ASSERT_EQ(front.entries.size(), 5u);
  EXPECT_THAT(front.entries[0].values, ElementsAre("Police: six held"));
  EXPECT_THAT(front.taken_as_text, ElementsAre(2u));
  EXPECT_THAT(front.entries[1].unread, HasSubstr("is no YAML"));
  EXPECT_THAT(front.entries[2].unread, HasSubstr("is no YAML"));
  EXPECT_EQ(front.entries[3].key, "tlp");
  EXPECT_EQ(front.entries[3].line, 5u);
  EXPECT_EQ(front.entries[4].unread, "has keys of its own");
  EXPECT_EQ(front.body, "body\n");
}

TEST(FrontMatter, FollowsNoAlias) {
  std::string bomb = "---\na: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const char before = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [*" + before + ", *" + before + ", *" + before + "]\n";
  }
  const FrontMatter front = ParseFrontMatter(bomb + "title: *a\n---\nbody\n");
  ASSERT_EQ(front.entries.size(), 10u);
  EXPECT_EQ(front.entries[0].values.size(), 9u);
  for (std::size_t i = 1; i < front.entries.size(); ++i) EXPECT_EQ(front.entries[i].unread, "refers to another value");
}

// libyaml takes minutes for a hundred thousand brackets.
TEST(FrontMatter, NestingIsBounded) {
  for (const char* nest : {"[", "{", "- ", "? ", "[{"}) {
    std::string deep;
    while (deep.size() < 100'000) deep += nest;
    const FrontMatter front = ParseFrontMatter("---\ntitle: A title\ntags:\n  " + deep + "\n---\nbody\n");
    ASSERT_EQ(front.entries.size(), 2u) << nest;
    EXPECT_THAT(front.entries[0].values, ElementsAre("A title")) << nest;
    // A line that begins no list or mapping of its own is taken as the text that it is.
    const bool flow = nest[0] == '[' || nest[0] == '{';
    EXPECT_THAT(front.entries[1].unread, flow ? HasSubstr("deeper than 64") : HasSubstr("")) << nest;
    EXPECT_EQ(front.entries[1].values.size(), flow ? 0u : 1u) << nest;
  }
}

TEST(FrontMatter, HasSoManyKeysAndNoMore) {
  for (const char* one : {": v\n", ": [v\n"}) {  // sound, and each broken by itself
    std::string head;
    for (int i = 0; i < 600; ++i) head += "k" + std::to_string(i) + one;
    const FrontMatter front = ParseFrontMatter("---\n" + head + "---\nbody\n");
    EXPECT_EQ(front.entries.size(), 512u);
    ASSERT_EQ(front.faults.size(), 1u);
    EXPECT_THAT(front.faults[0].reason, HasSubstr("more than 512 keys"));
  }
}

TEST(FrontMatter, MayBeTomlOrMissing) {
  const FrontMatter toml = ParseFrontMatter(
      "+++\ntitle = \"A title\"\ntags = [\"a\", \"b\"]\ndate = 2026-01-20\ndraft = false\n[extra]\nx = 1\n+++\nbody\n");
  ASSERT_EQ(toml.entries.size(), 5u);
  EXPECT_THAT(toml.entries[0].values, ElementsAre("A title"));
  EXPECT_EQ(toml.entries[0].line, 2u);
  EXPECT_THAT(toml.entries[1].values, ElementsAre("a", "b"));
  EXPECT_THAT(toml.entries[2].values, ElementsAre("2026-01-20"));
  EXPECT_THAT(toml.entries[3].values, ElementsAre("false"));
  EXPECT_EQ(toml.entries[4].unread, "has keys of its own");
  EXPECT_EQ(toml.body, "body\n");
  const FrontMatter plain = ParseFrontMatter("\nTitle: A title: with more\nTLP: RED\n\nbody: no key\n");
  ASSERT_EQ(plain.entries.size(), 2u);
  EXPECT_THAT(plain.entries[0].values, ElementsAre("A title: with more"));
  EXPECT_EQ(plain.entries[1].key, "tlp");
  EXPECT_EQ(plain.entries[1].line, 3u);
  EXPECT_EQ(plain.body, "\nbody: no key\n");
  for (const char* text : {"title: x\n", "Note: he left\n\nand more\n", "", "Plain text.\n",
                           "---\nA line between two rules\n---\nand more\n", "---\n\nafter a rule"}) {
    const FrontMatter none = ParseFrontMatter(text);
    EXPECT_EQ(none.body, text);
    EXPECT_THAT(none.entries, IsEmpty()) << text;
    EXPECT_THAT(none.faults, IsEmpty()) << text;
  }
}

TEST(FrontMatter, NamesTheLineOfAFault) {
  const auto fault = [](std::string_view text) {
    const FrontMatter front = ParseFrontMatter(text);
    return front.faults.empty() ? std::string("none")
                                : std::to_string(front.faults[0].line) + ": " + front.faults[0].reason;
  };
  EXPECT_THAT(fault("---\ntlp: RED\n"),
              HasSubstr("1: the front matter that begins here is not closed by a line `---`"));
  EXPECT_THAT(fault("\n+++\ntlp = \"RED\"\n"),
              HasSubstr("2: the front matter that begins here is not closed by a line `+++`"));
  EXPECT_THAT(fault("---\nnonsense\n- {\ntlp: RED\n---\nbody"), HasSubstr("2: stands before the first key"));
  EXPECT_THAT(fault("+++\ntitle = \"x\"\ntlp = RED\n+++\nbody"), HasSubstr("3: the front matter is no TOML"));
}

TEST(ValueScanner, FindsTheEndAcrossPieces) {
  std::string value = R"({"a":"}\"{","b":[1,{"c":null}]})";
  for (std::size_t split = 0; split <= value.size(); ++split) {
    ValueScanner scanner;
    std::size_t first = scanner.Feed(std::string_view(value).substr(0, split));
    EXPECT_EQ(first, split);
    if (!scanner.Done()) first += scanner.Feed(value.substr(split) + ",x");
    EXPECT_TRUE(scanner.Done());
    EXPECT_EQ(first, value.size());
    EXPECT_EQ(scanner.Depth(), 3u);
  }
}

std::string Steps(std::string_view text, const Limits& limits = {}) {
  Window window = Window::OverBytes(text);
  BundleReader reader(&window, "file", limits);
  std::string said;
  while (true) {
    absl::StatusOr<BundleReader::Step> step = reader.Next();
    if (!step.ok()) return said + "! " + std::string(MessageOf(step.status()));
    if (*step == BundleReader::Step::kEnd) return said + ".";
    if (*step == BundleReader::Step::kOversized) said += "<long>";
    if (*step == BundleReader::Step::kObject) said += std::string(reader.object());
  }
}

TEST(BundleReader, GivesTheObjectsInAnyOrderOfMembers) {
  EXPECT_EQ(Steps(R"({"type":"bundle","id":"b","objects":[{"a":1} , {"b":2}]})"), R"({"a":1}{"b":2}.)");
  EXPECT_EQ(Steps(R"( { "objects" : [ 7,"s" ] , "x":{"y":[]}, "type" : "bundle" } )"), R"(7"s".)");
  EXPECT_EQ(Steps(R"({"type":"bundle"})"), ".");
}

TEST(BundleReader, GivesAListOfObjectsAndAnObjectAlone) {
  EXPECT_EQ(Steps(R"( [ {"a":1},{"b":2} ] )"), R"({"a":1}{"b":2}.)");
  EXPECT_EQ(Steps("[]"), ".");
  EXPECT_EQ(Steps("\xEF\xBB\xBF"
                  R"({"type":"report","objects":[1]})"),
            R"({"type":"report","objects":[1]}.)");
  EXPECT_EQ(Steps(R"({"id":"\"type\"","x":[{"type":"bundle"}], "type" : "url"})"),
            R"({"id":"\"type\"","x":[{"type":"bundle"}], "type" : "url"}.)");
  EXPECT_EQ(Steps(R"({"a\"b":1,"type":"url"})"), R"({"a\"b":1,"type":"url"}.)");
  Limits limits;
  limits.object_bytes = 20;
  EXPECT_EQ(Steps(R"({"type":"url","value":"https://long.example"})", limits), "<long>.");
}

TEST(BundleReader, GivesWhatStandsOneOnEachLine) {
  EXPECT_EQ(Steps("{\"type\":\"url\"}\n{\"type\":\"note\"}\n"), R"({"type":"url"}{"type":"note"}.)");
  EXPECT_EQ(Steps(R"({"type":"bundle","objects":[{"a":1}]}
                     {"type":"bundle","objects":[{"b":2}]}
                     {"type":"url"})"),
            R"({"a":1}{"b":2}{"type":"url"}.)");
  EXPECT_THAT(Steps("{\"type\":\"url\"}\n{\"type\":"), HasSubstr("a property without a value"));
}

TEST(BundleReader, RefusesWhatIsNoBundleAndSaysWhere) {
  EXPECT_THAT(Steps(R"({"objects":[]})"), HasSubstr("no STIX bundle"));
  EXPECT_THAT(Steps("7"), HasSubstr("byte 0: not JSON"));
  EXPECT_THAT(Steps("[1] 2"), HasSubstr("after the bundle"));
  EXPECT_THAT(Steps("[1,"), HasSubstr("before the bundle does"));
  EXPECT_THAT(Steps(R"({"type":"report"} {})"), HasSubstr("no STIX bundle"));
  EXPECT_THAT(Steps(R"({"type":"report"} [])"), HasSubstr("after the bundle"));
  EXPECT_THAT(Steps(R"({"type":"report","a":)"), HasSubstr("in the middle of an object"));
  EXPECT_THAT(Steps(""), HasSubstr("empty"));
  EXPECT_THAT(Steps(R"({"type":"bundle","objects":[{"a":1},]})"), HasSubstr("a comma before `]`"));
  EXPECT_THAT(Steps(R"({"type":"bundle","objects":[{"a":1} {"b":1}]})"), HasSubstr("{\"a\":1}! "));
  EXPECT_THAT(Steps(R"({"type":"bundle","objects":[{"a":1},{"b":)"), HasSubstr("in the middle of an object"));
  EXPECT_THAT(Steps(R"({"type":"bundle","objects":[]} x)"), HasSubstr("after the bundle"));
  EXPECT_THAT(Steps(R"({"type":"bundle","objects":[],"objects":[]})"), HasSubstr("twice"));
}

TEST(BundleReader, PassesOverWhatIsTooLong) {
  Limits limits;
  limits.object_bytes = 20;
  EXPECT_EQ(Steps(R"({"type":"bundle","objects":[{"a":1},{"b":"0123456789012345678901234567890"},{"c":3}]})", limits),
            R"({"a":1}<long>{"c":3}.)");
}

std::string CutOf(std::string_view json, std::size_t piece, std::size_t longest = 20, std::size_t most = 60) {
  ObjectCutter cutter(longest, most);
  for (std::size_t at = 0; at < json.size(); at += piece) cutter.Feed(json.substr(at, piece));
  std::string said = cutter.Take();
  for (const std::string& name : cutter.cut()) said += " " + name;
  return said + (cutter.only_texts() ? "" : " (not only texts)");
}

TEST(ObjectCutter, LeavesOutLongMembersHoweverTheBytesCome) {
  const std::string tail(40, 'x');
  const std::string json = R"({ "a" : 1, "long":")" + tail + R"(\"}" ,"b":[ "}" ],"c":null })";
  for (std::size_t piece : {1, 2, 3, 7, 1000}) {
    EXPECT_EQ(CutOf(json, piece), R"({"a":1,"b":[ "}" ],"c":null} long)") << piece;
    EXPECT_EQ(CutOf(R"({"a":1,"list":[")" + tail + R"("]})", piece), R"({"a":1} list (not only texts))") << piece;
  }
  EXPECT_EQ(CutOf(R"({"a":1,"b":2})", 1), "") << "nothing was cut";
  EXPECT_EQ(CutOf(R"(["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])", 5), "") << "no object";
  EXPECT_EQ(CutOf(R"({"long":")" + tail, 5), "") << "it does not end";
  std::string many = R"({"long":")" + tail + "\"";
  for (int i = 0; i < 9; ++i) many += ",\"k" + std::to_string(i) + "\":\"12345678\"";
  EXPECT_EQ(CutOf(many + "}", 5), " long") << "too much is left";
}

TEST(Window, ShowsAFileInFlatMemoryWithoutLosingAByte) {
  TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += std::to_string(i) + "\n";
  WriteFile(folder / "numbers", bytes);
  absl::StatusOr<Window> window = Window::OverFile({folder / "numbers"}, 100);
  ASSERT_TRUE(window.ok());
  for (int pass = 0; pass < 2; ++pass) {
    std::string seen;
    while (!(window->ReachesEnd() && window->Ahead().empty())) {
      if (window->MustSlide()) {
        ASSERT_TRUE(window->Slide().ok());
      }
      ASSERT_EQ(window->Offset(), seen.size());
      ASSERT_LE(window->Ahead().size(), 900u);
      std::size_t step = std::min<std::size_t>(window->Ahead().size(), 97);
      seen.append(window->Ahead().substr(0, step));
      window->Advance(step);
    }
    EXPECT_EQ(seen, bytes);
    ASSERT_TRUE(window->Rewind().ok());
  }
}

TEST(Window, RefusesWhatIsNoFile) {
  EXPECT_EQ(Window::OverFile({"/nonexistent"}, 10).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(MessageOf(Window::OverFile({"/"}, 10).status())), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace tidegate::intake
