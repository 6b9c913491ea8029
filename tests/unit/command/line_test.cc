// The command line as scripts rely on it: exit codes, words on stderr, results on stdout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "node/command/command.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::command {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome RunLine(std::vector<std::string> words) {
  words.insert(words.begin(), "tidegate");
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = Run(static_cast<int>(argv.size()), argv.data());
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

class LineTest : public testing::Test {
 protected:
  Outcome OnNode(std::vector<std::string> words) {
    words.insert(words.begin(), {"--node", folder_.path() + "/node"});
    return RunLine(std::move(words));
  }
  store::TemporaryFolder folder_;
};

// Every verb that ARCHITECTURE.md and the README promise.
const std::vector<std::vector<std::string>> kVerbs = {{"init"},
                                                      {"serve"},
                                                      {"partner", "invite"},
                                                      {"partner", "accept"},
                                                      {"partner", "confirm"},
                                                      {"partner", "list"},
                                                      {"circle", "create"},
                                                      {"circle", "add"},
                                                      {"circle", "list"},
                                                      {"import"},
                                                      {"add"},
                                                      {"amend"},
                                                      {"tag"},
                                                      {"link"},
                                                      {"sighting"},
                                                      {"find"},
                                                      {"show"},
                                                      {"history"},
                                                      {"alerts"},
                                                      {"policy", "check"},
                                                      {"policy", "explain"},
                                                      {"policy", "plan"},
                                                      {"policy", "apply"},
                                                      {"policy", "show"},
                                                      {"policy", "test"},
                                                      {"policy", "matrix"},
                                                      {"policy", "history"},
                                                      {"policy", "diff"},
                                                      {"policy", "rollback"},
                                                      {"recall"},
                                                      {"holders"},
                                                      {"audit", "list"},
                                                      {"verify"},
                                                      {"status"},
                                                      {"kinds"},
                                                      {"fields"},
                                                      {"codes"},
                                                      {"partner"},
                                                      {"circle"},
                                                      {"policy"},
                                                      {"audit"}};

TEST_F(LineTest, EveryVerbHasHelpWithAnExample) {
  for (std::vector<std::string> verb : kVerbs) {
    const std::string name = verb.back();
    verb.push_back("--help");
    const Outcome help = RunLine(verb);
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_THAT(help.out, HasSubstr("tidegate")) << name;
    EXPECT_THAT(help.out, HasSubstr("Example")) << name;
    EXPECT_THAT(help.err, IsEmpty()) << name;
  }
}

TEST_F(LineTest, WrongUsageIsTwo) {
  EXPECT_EQ(RunLine({}).code, 2);
  EXPECT_EQ(RunLine({"shwo", "x"}).code, 2);
  EXPECT_EQ(OnNode({"show"}).code, 2);
  EXPECT_EQ(OnNode({"find", "--no-such-option"}).code, 2);
  const Outcome outcome = OnNode({"add", "report", "--set", "title"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("FIELD=VALUE"));
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(LineTest, AnArgumentThatIsNoTextIsWrongUsage) {
  const Outcome outcome = OnNode({"add", "report", "--set", "title=a\xff"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("UTF-8"));
}

TEST_F(LineTest, WhereNoNodeServesItSaysHowToStartOne) {
  const Outcome outcome = OnNode({"status", "--json"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("serve"));
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(LineTest, AMasterKeyInsideTheNodesFolderIsRefusedAndNothingIsMade) {
  const std::string node = folder_.path() + "/node";
  const Outcome outcome = OnNode({"init", "--organisation", "lantern", "--sector", "ngo", "--country", "GB", "--listen",
                                  "127.0.0.1:0", "--key-file", node + "/master.key"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("inside"));
  EXPECT_FALSE(std::filesystem::exists(node + "/master.key"));
}

TEST(AssignmentsTest, TakeEverythingAfterTheFirstEqualsSign) {
  const auto parsed = ParseAssignments({"title=a=b", "note="});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)[0].field(), "title");
  EXPECT_EQ((*parsed)[0].value(), "a=b");
  EXPECT_EQ((*parsed)[1].value(), "");
  EXPECT_TRUE(absl::IsInvalidArgument(ParseAssignments({"=x"}).status()));
}

TEST(ReadFileTest, RefusesWhatIsLargerThanItsBound) {
  store::TemporaryFolder folder;
  const std::string path = folder.path() + "/file";
  std::ofstream(path) << "12345";
  EXPECT_EQ(*ReadFile(path, 5), "12345");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(path, 4).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadFile(path + "x", 5).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile("/dev/zero", 5).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(folder.path(), 5).status()));
}

TEST(ReadFileTest, NamesTheLineThatIsNoText) {
  store::TemporaryFolder folder;
  const std::string path = folder.path() + "/file";
  std::ofstream(path) << "é\n\tpermit\n";
  EXPECT_EQ(*ReadTextFile(path, 50), "é\n\tpermit\n");
  std::ofstream(path) << "first\nsecond\xe9\nthird";
  const absl::Status status = ReadTextFile(path, 50).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2"));
}

TEST(PrintTest, ColumnsStayAlignedWithAccents) {
  testing::internal::CaptureStdout();
  PrintTable({{"NAME", "TOWN"}, {"Zoë", "Łódź"}, {"Ann", "Hull"}});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "NAME  TOWN\nZoë   Łódź\nAnn   Hull\n");
}

TEST(PrintTest, ARecordBeginsWithItsHandling) {
  v1::Record record;
  record.mutable_handling()->set_line("TLP:RED | grade 1AC");
  record.set_kind("report");
  record.set_withheld(3);
  testing::internal::CaptureStdout();
  PrintRecord(record);
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(printed.rfind("TLP:RED | grade 1AC\n", 0), 0u);
  EXPECT_THAT(printed, HasSubstr("3 further fields"));
  EXPECT_THAT(printed, HasSubstr("author signature NO"));
}

TEST(PrintTest, EveryLineOfAListBeginsWithItsMarking) {
  v1::Record record;
  record.mutable_handling()->set_tlp("AMBER");
  record.mutable_handling()->set_grade("2BC");
  record.mutable_handling()->add_conditions("ask-first");
  record.mutable_handling()->set_onward("ask");
  testing::internal::CaptureStdout();
  PrintRecordList({record});
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_THAT(printed, HasSubstr("\nTLP:AMBER 2BC (ask-first) onward: ask"));
}

TEST(PrintTest, JsonHasEveryFieldAndNumbersAsNumbers) {
  v1::AuthoredReply reply;
  reply.set_log_index(7);
  testing::internal::CaptureStdout();
  PrintJson(reply);
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_THAT(printed, HasSubstr("\"log_index\": 7"));
  EXPECT_THAT(printed, HasSubstr("\"id\": \"\""));
}

// A word that no verb takes is named, with the nearest that one takes.
TEST_F(LineTest, AWrongVerbGetsTheNearest) {
  const Outcome wrong = RunLine({"sho", "abc"});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("`tidegate` has no verb `sho`; did you mean `show`?"));
  EXPECT_THAT(RunLine({"partner", "remov"}).err,
              HasSubstr("`tidegate partner` has no verb `remov`; did you mean `remove`?"));
  EXPECT_THAT(RunLine({"partner"}).err, HasSubstr("`tidegate partner` needs a verb"));
}

TEST_F(LineTest, AWrongOptionGetsTheNearest) {
  const Outcome wrong = RunLine({"show", "abc", "--reson=why"});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("`tidegate show` has no option `--reson`; did you mean `--reason`?"));
  EXPECT_THAT(RunLine({"--hlep"}).err, HasSubstr("did you mean `--help`?"));
}

TEST_F(LineTest, AnArgumentTooManyIsNamed) {
  EXPECT_THAT(RunLine({"alerts", "Grimsby"}).err, HasSubstr("`tidegate alerts` takes no further argument: `Grimsby`"));
}

// It comes as far as the node, which is not there.
TEST_F(LineTest, AQueryMayBeginWithADash) {
  EXPECT_EQ(OnNode({"find", "-tlp:RED"}).code, kRefused);
  EXPECT_EQ(OnNode({"find", "--count", "-(kind:alert OR car)"}).code, kRefused);
  EXPECT_EQ(OnNode({"search", "save", "calm", "-tlp:RED"}).code, kRefused);
  EXPECT_EQ(OnNode({"find", "-h"}).code, kSuccess);
  EXPECT_EQ(OnNode({"find", "--tlp:RED"}).code, kUsage);
  EXPECT_EQ(OnNode({"alerts", "-tlp:RED"}).code, kUsage);
}

TEST_F(LineTest, AQueryOfTheRegisterThatBeginsWithADashIsReadAsAQuery) {
  const Outcome told = OnNode({"audit", "list", "--limit", "5", "-kind:access"});
  EXPECT_EQ(told.code, kUsage);
  EXPECT_THAT(told.err, HasSubstr("cannot exclude entries"));
  EXPECT_EQ(OnNode({"audit", "list", "-"}).code, kRefused) << "a word of one dash comes as far as the node";
  EXPECT_EQ(OnNode({"audit", "list", "-h"}).code, kSuccess);
}

TEST_F(LineTest, TheQueryLanguageIsPrintedWithoutANode) {
  const Outcome help = RunLine({"find", "--help-query"});
  EXPECT_EQ(help.code, kSuccess);
  EXPECT_THAT(help.out, HasSubstr("near:LAT,LON,RADIUS"));
}

TEST_F(LineTest, HelpIsAVerbToo) {
  const Outcome asked = RunLine({"help", "partner", "confirm"});
  EXPECT_EQ(asked.code, kSuccess);
  EXPECT_EQ(asked.out, RunLine({"partner", "confirm", "--help"}).out);
  EXPECT_EQ(OnNode({"help"}).out, RunLine({"--help"}).out) << "behind --node, too";
  EXPECT_EQ(RunLine({"--node=/x", "help", "show"}).out, RunLine({"show", "--help"}).out);
  const Outcome wrong = RunLine({"help", "partner", "confrim"});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean `confirm`?"));
}

// With --json every error is one line of JSON on stderr, and stdout is empty.
TEST_F(LineTest, ErrorsAreJsonWhereTheAnswerWouldBe) {
  const std::vector<std::pair<std::vector<std::string>, int>> kWrong = {
      {{"status", "--json"}, kRefused},
      {{"find", "--json", "--limit", "0"}, kUsage},
      {{"alerts", "--json", "Grimsby"}, kUsage},
      {{"sho", "--json"}, kUsage},
      {{"show", "--json"}, kUsage},
      {{"fields", "reprot", "--json"}, kUsage},
      {{"codes", "country", "nowhere at all", "--json"}, kRefused},
      {{"verify", "/none", "--json"}, kRefused},
      {{"add", "report", "--json", "--set", "title=\xff"}, kUsage}};
  for (const auto& [words, code] : kWrong) {
    const Outcome outcome = OnNode(words);
    EXPECT_EQ(outcome.code, code) << words.front();
    EXPECT_THAT(outcome.out, IsEmpty()) << words.front();
    const auto parsed = nlohmann::json::parse(outcome.err, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << outcome.err;
    EXPECT_EQ(parsed["error"]["exit_code"], code) << outcome.err;
    EXPECT_EQ(parsed["error"]["kind"], code == kUsage ? "usage" : "refused") << outcome.err;
    EXPECT_FALSE(parsed["error"]["message"].get<std::string>().empty()) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST_F(LineTest, InitRefusesAnAddressThatNobodyCanDial) {
  const auto init = [&](const std::string& listen, const std::string& advertise) {
    std::vector<std::string> words = {
        "init",       "--organisation",        "lantern",  "--sector", "ngo", "--country", "GB",
        "--key-file", folder_.path() + "/key", "--listen", listen};
    if (!advertise.empty()) words.insert(words.end(), {"--advertise", advertise});
    return OnNode(words);
  };
  for (const char* listen : {"0.0.0.0:7443", "[::]:7443", "0.0.0.0:0"}) {
    const Outcome outcome = init(listen, "");
    EXPECT_EQ(outcome.code, kUsage) << listen;
    EXPECT_THAT(outcome.err, HasSubstr("`--advertise HOST:PORT`")) << listen;
  }
  EXPECT_THAT(init("0.0.0.0:7443", "0.0.0.0:7443").err, HasSubstr("no address that a partner can dial"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/node"));
  const Outcome made = init("0.0.0.0:7443", "node.lantern.example:7443");
  EXPECT_EQ(made.code, kSuccess) << made.err;
  EXPECT_THAT(made.err, HasSubstr("next: tidegate --node " + folder_.path() + "/node serve"));
}

TEST_F(LineTest, InitListsTheSectors) {
  const Outcome outcome =
      OnNode({"init", "--organisation", "x", "--sector", "xx", "--country", "GB", "--listen", "127.0.0.1:1"});
  EXPECT_EQ(outcome.code, kUsage);
  for (const char* sector : {"bank", "ngo", "ngo.shelter", "police"}) EXPECT_THAT(outcome.err, HasSubstr(sector));
}

// The verbs that list kinds, fields and codes need no node.
TEST_F(LineTest, KindsFieldsAndCodesAreListed) {
  EXPECT_THAT(RunLine({"kinds"}).out, HasSubstr("report ("));
  const Outcome fields = RunLine({"fields", "report"});
  EXPECT_EQ(fields.code, kSuccess);
  EXPECT_THAT(fields.out, HasSubstr("place.exact, place.locality, place.region, place.country"));
  EXPECT_THAT(fields.out, HasSubstr("tlp, grade"));
  EXPECT_THAT(RunLine({"codes"}).out, HasSubstr("exploitation"));
  EXPECT_THAT(RunLine({"codes", "country", "kingdom"}).out, HasSubstr("GB    United Kingdom"));
  EXPECT_THAT(RunLine({"codes", "country", "--json"}).out, HasSubstr("\"code\": \"GB\""));
}

TEST_F(LineTest, AnUnknownKindListOrCodeGetsTheNearest) {
  const Outcome kind = RunLine({"fields", "reprot"});
  EXPECT_EQ(kind.code, kUsage);
  EXPECT_THAT(kind.err, HasSubstr("did you mean `report`?"));
  EXPECT_THAT(RunLine({"codes", "exploitaton"}).err, HasSubstr("did you mean `exploitation`?"));
  const Outcome code = RunLine({"codes", "country", "romana"});
  EXPECT_EQ(code.code, kRefused);
  EXPECT_THAT(code.err, HasSubstr("did you mean `RO`?"));
}

}  // namespace
}  // namespace tidegate::command
