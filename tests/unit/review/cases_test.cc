// An administrator's cases: what passes, what fails and what cannot be read, each with its line.
#include "policy/review/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"
#include "tests/unit/review/run_text.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

using testing::HasSubstr;

constexpr char kWorld[] = R"(
[partner.first-bank]
sector = "bank"
country = "GB"
circles = ["lantern"]
purposes = ["prevention"]
legal_bases = ["consent"]

[partner.stranger]
organisation = "someone-else"
sector = "bank"
confirmed = false
purposes = ["prevention"]

[record.car-wash]
kind = "report"
tlp = "GREEN"
purposes = ["prevention"]
legal_basis = ["consent"]
subjects = ["victim"]
)";

CaseReport Report(const std::string& cases) {
  const auto report = RunText(*EngineWith(kSample), kWorld + cases, "cases.toml");
  if (!report.ok()) {
    ADD_FAILURE() << report.status();
    return {};
  }
  return *report;
}

std::string ErrorOf(const std::string& cases) {
  const auto report = RunText(*EngineWith(kSample), kWorld + cases, "cases.toml");
  return report.ok() ? "no error" : std::string(report.status().message());
}

TEST(Cases, PassWhereThePoliciesDoAsExpected) {
  const CaseReport report = Report(R"(
[[case]]
name = "banks see regions and months"
record = "car-wash"
partner = "first-bank"
expect = { where = "place.region", when = "time.month", title = "whole", exploitation = "code.exact", "*" = "withheld" }

[[case]]
name = "red stays here"
record = "car-wash"
set = { tlp = "RED" }
partner = ["first-bank", "stranger"]
refused_by = "baseline.tlp-red"

[[case]]
name = "strangers get nothing"
record = "car-wash"
partner = "stranger"
refused = true
)");
  EXPECT_EQ(report.cases.size(), 3u);
  EXPECT_EQ(report.failed(), 0u) << report.ToString();
  EXPECT_EQ(report.ToString(), "3 passed, 0 failed\n");
}

TEST(Cases, FailWithWhatIsSoAndWhy) {
  const CaseReport report = Report(R"(
[[case]]
name = "too hopeful"
record = "car-wash"
partner = "first-bank"
expect = { where = "place.exact", name = "whole" }

[[case]]
name = "too strict"
record = "car-wash"
partner = "first-bank"
refused = true

[[case]]
name = "another rule"
record = "car-wash"
set = { tlp = "RED" }
partner = "first-bank"
refused_by = "baseline.source"
)");
  EXPECT_EQ(report.failed(), 3u);
  ASSERT_EQ(report.cases[0].failures.size(), 2u);
  EXPECT_THAT(report.cases[0].failures[0],
              HasSubstr("`where`: expected place.exact, but it goes as `place.region` by local.cedar:3"));
  EXPECT_THAT(report.cases[0].failures[1], HasSubstr("`name`: expected whole, but it is withheld"));
  EXPECT_GT(report.cases[0].line, 1u);
  EXPECT_THAT(report.cases[1].failures[0], HasSubstr("the record goes"));
  EXPECT_THAT(report.cases[2].failures[0], HasSubstr("baseline.tlp-red"));
  EXPECT_THAT(report.ToString(), HasSubstr("0 passed, 3 failed"));
}

TEST(Cases, KnowAbsentFactsHeldRungsAndMarkings) {
  const CaseReport report = Report(R"(
[record.vague]
kind = "report"
tlp = "GREEN"
purposes = ["prevention"]
finest.where = "place.country"
finest.when = "withheld"
marking.title = { tlp = "AMBER" }

[[case]]
record = "vague"
partner = "first-bank"
expect = { where = "place.country", title = "withheld", when = "withheld" }

[[case]]
record = "vague"
set = { absent = ["pap"] }
partner = "first-bank"
refused = true
)");
  EXPECT_EQ(report.failed(), 0u) << report.ToString();
}

TEST(Cases, ThatCannotBeReadSayWhere) {
  EXPECT_THAT(ErrorOf("[[case]\n"), HasSubstr("cases.toml:21:"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("no `[[case]]`"));
  const std::string head = "[[case]]\nrecord = \"car-wash\"\npartner = \"first-bank\"\n";
  EXPECT_THAT(ErrorOf(head), HasSubstr("needs `expect`"));
  EXPECT_THAT(ErrorOf(head + "expect = { wher = \"whole\" }"), HasSubstr("no field `wher`"));
  EXPECT_THAT(ErrorOf(head + "expect = { where = \"place.regoin\" }"), HasSubstr("has no rung `place.regoin`"));
  EXPECT_THAT(ErrorOf(head + "expect = { \"*\" = \"witheld\" }"), HasSubstr("(did you mean `withheld`?)"));
  EXPECT_THAT(ErrorOf(head + "set = { colour = \"RED\" }\nrefused = true"), HasSubstr("no fact `colour`"));
  EXPECT_THAT(ErrorOf(head + "set = { tlp = 5 }\nrefused = true"), HasSubstr("expected a text in quotes"));
  EXPECT_THAT(ErrorOf(head + "refused = \"yes\""), HasSubstr("expected true or false"));
  EXPECT_THAT(ErrorOf(head + "refusd = true"), HasSubstr("no `refusd`"));
  EXPECT_THAT(ErrorOf("[[case]]\nrecord = \"nail-bar\"\npartner = \"first-bank\"\nrefused = true"),
              HasSubstr("the file has no record `nail-bar`; expected `car-wash`"));
  EXPECT_THAT(ErrorOf("[[case]]\nrecord = \"car-wash\"\npartner = \"nobody\"\nrefused = true"),
              HasSubstr("no partner `nobody`; expected one of `first-bank` or `stranger`"));
  EXPECT_THAT(ErrorOf("[colour.red]\n" + head + "refused = true"),
              HasSubstr("has no `colour`; expected one of `case`, `partner` or `record`"));
}

TEST(Cases, ErrorsShowTheLineWithACaretUnderTheWrongWord) {
  const std::string head = "[[case]]\nrecord = \"car-wash\"\npartner = \"first-bank\"\n";
  EXPECT_EQ(
      ErrorOf(head + "expect = { \"*\" = \"ä\", wher = \"whole\" }"),
      "cases.toml:24:18: no field has the rung `ä`; expected one of `code.exact`, `code.parent`, "
      "`identifier.masked`, `identifier.whole`, `narrative.full`, `narrative.heading`, `narrative.sanitised`, "
      "`place.country`, `place.exact`, `place.locality`, `place.region`, `time.day`, `time.minute`, `time.month`, "
      "`time.year`, `whole` or one of 1 more\n"
      "24 | expect = { \"*\" = \"ä\", wher = \"whole\" }\n"
      "   |                  ^");
  // Columns count characters, not bytes.
  EXPECT_EQ(ErrorOf(head + "name = \"ä\"\nset = { tags = [\"ä\", 5] }"),
            "cases.toml:25:22: expected a text in quotes\n"
            "25 | set = { tags = [\"ä\", 5] }\n"
            "   |                      ^");
  EXPECT_EQ(
      ErrorOf(head + "expect = { title = \"whole\", when = \"time.mnth\" }"),
      "cases.toml:24:36: `when` has no rung `time.mnth`; expected one of `time.day`, `time.minute`, `time.month`, "
      "`time.year` or `withheld` (did you mean `time.month`?)\n"
      "24 | expect = { title = \"whole\", when = \"time.mnth\" }\n"
      "   |                                    ^");
}

// A word that is one letter off, in each place where a name may stand: where it is, and which one was meant.
TEST(Cases, NamesOneLetterOffAreSuggested) {
  struct Slip {
    std::string text;
    std::string at;
    std::string meant;
  };
  const std::string head = "[[case]]\nrecord = \"car-wash\"\npartner = \"first-bank\"\n";
  const std::string end = "refused = true\n";
  const std::vector<Slip> slips = {
      {"[recrd.x]\nkind = \"report\"\n", "21:2", "record"},
      {"[partner.x]\nsectr = \"bank\"\n", "22:1", "sector"},
      {"[record.x]\nkind = \"reprt\"\n", "22:8", "report"},
      {"[record.x]\nkind = \"report\"\nhandling_cod = \"P\"\n", "23:1", "handling_code"},
      {"[record.x]\nkind = \"report\"\nabsent = [\"tlp\", \"papp\"]\n", "23:18", "pap"},
      {"[record.x]\nkind = \"report\"\nfinest.wheer = \"place.exact\"\n", "23:8", "where"},
      {"[record.x]\nkind = \"report\"\nfinest.where = \"place.exat\"\n", "23:16", "place.exact"},
      {"[record.x]\nkind = \"report\"\nmarking.stry = { tlp = \"AMBER\" }\n", "23:9", "story"},
      {"[record.x]\nkind = \"report\"\nmarking.story = { basi = \"fact\" }\n", "23:19", "basis"},
      {head + "refusd_by = \"x\"\n", "24:1", "refused_by"},
      {"[[case]]\nrecord = \"car-wsh\"\n", "22:10", "car-wash"},
      {"[[case]]\nrecord = \"car-wash\"\npartner = [\"first-bank\", \"strangr\"]\n", "23:26", "stranger"},
      {head + "expect = { exploitatoin = \"whole\" }\n", "24:12", "exploitation"},
      {head + "expect = { title = \"whol\" }\n", "24:20", "whole"},
  };
  for (const Slip& slip : slips) {
    const bool opens = slip.text.starts_with("[[case]]");
    const std::string error = ErrorOf(opens ? slip.text : slip.text + head + end);
    EXPECT_THAT(error, testing::StartsWith("cases.toml:" + slip.at + ": ")) << slip.text;
    EXPECT_THAT(error, HasSubstr("(did you mean `" + slip.meant + "`?)")) << slip.text;
    EXPECT_THAT(error, testing::EndsWith(" ^")) << slip.text;
  }
}

TEST(Cases, AnErrorIsAFindingLikeThoseOfPolicyFiles) {
  const auto report = RunText(*EngineWith(kSample), "[[case]]\nrecrd = \"x\"\n", "cases.toml");
  ASSERT_FALSE(report.ok());
  const Diagnostic found = DiagnosticFrom("cases.toml", report.status());
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.file, "cases.toml");
  EXPECT_EQ(found.line, 2u);
  EXPECT_EQ(found.column, 1u);
  EXPECT_THAT(found.message, testing::StartsWith("a case has no `recrd`"));
  EXPECT_EQ(found.excerpt, "2 | recrd = \"x\"\n  | ^");
}

TEST(Cases, ARefusalByARuleThatIsNoneSaysSo) {
  const CaseReport report = Report(R"(
[[case]]
record = "car-wash"
set = { tlp = "RED" }
partner = "first-bank"
refused_by = "baseline.tlp-rad"
)");
  ASSERT_EQ(report.failed(), 1u);
  EXPECT_THAT(report.cases[0].failures[0], HasSubstr("which no policy is called (did you mean `baseline.tlp-red`?)"));
}

// The parser calls itself for each part of a key; 40,000 of them once ended the process.
TEST(Cases, KeysWithoutEndNeverReachTheParser) {
  std::string key = "a";
  for (int i = 0; i < 40'000; ++i) key += ".a";
  EXPECT_THAT(ErrorOf(key + " = 1\n"), HasSubstr("more than 16 parts"));
  EXPECT_THAT(ErrorOf("x = " + std::string(40'000, '[')), HasSubstr("nested deeper than 64"));
}

// The command line parsed the tree that a node gets: it may be any tree, with any places.
TEST(Cases, ATreeThatNoTextGivesIsRefusedAndNothingWorse) {
  const auto engine = EngineWith(kSample);
  CaseNode root;
  EXPECT_FALSE(RunCases(*engine, root, "", "c.toml").ok()) << "no table";
  root.type = CaseNode::Type::kTable;
  CaseNode cases;
  cases.type = CaseNode::Type::kList;
  CaseNode one;
  one.line = one.column = 0xffffffff;
  cases.items = {one};
  root.members = {{"case", 0, 0, cases}};
  const auto report = RunCases(*engine, root, "x = 1\n", "c.toml");
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("expected a table"));
  root.members = {{"partner", 7, 7, one}, {"record", 7, 7, one}, {"case", 7, 7, one}};
  EXPECT_FALSE(RunCases(*engine, root, "", "").ok());
}

TEST(Cases, AFileThatNestsDeeperThanCasesDoIsRefused) {
  std::string deep = "x = ";
  for (int i = 0; i < 20; ++i) deep += "[";
  for (int i = 0; i < 20; ++i) deep += "]";
  EXPECT_THAT(ErrorOf(deep + "\n"), HasSubstr("nested deeper than 16"));
}

// A case that supposes what no record and no agreement can say proves nothing.
TEST(Cases, WordsOfClosedListsMustBeTheirs) {
  const auto engine = EngineWith(kSample);
  const KnownWords words = CharityVocabulary().words;
  const auto told = [&](const std::string& partner, const std::string& record) {
    const auto report = RunText(*engine,
                                "[partner.p]\n" + partner + "\n[record.r]\nkind = \"report\"\n" + record +
                                    "\n[[case]]\nrecord = \"r\"\npartner = \"p\"\nrefused = true\n",
                                "c.toml", words);
    return report.ok() ? std::string() : std::string(report.status().message());
  };
  EXPECT_EQ(told("purposes = [\"prevention\"]", "purposes = [\"prevention\"]"), "");
  EXPECT_EQ(told("organisation = \"anybody\"", "tags = [\"anything\"]\nnamed_recipients = [\"anybody\"]"), "");
  EXPECT_THAT(told("purposes = [\"preventoin\"]", ""),
              HasSubstr("c.toml:2:13: no Purpose is called `preventoin` (did you mean `prevention`?)"));
  EXPECT_THAT(told("country = \"UK\"", ""), HasSubstr("did you mean `GB`?"));
  EXPECT_THAT(told("sector = \"bnak\"", ""), HasSubstr("did you mean `bank`?"));
  EXPECT_THAT(told("", "legal_basis = [\"consent\", \"todo\"]"), HasSubstr("no legal_basis is called `todo`"));
  EXPECT_THAT(told("", "retention = \"forever\""), HasSubstr("no retention is called `forever`"));
}

}  // namespace
}  // namespace tidegate::review
