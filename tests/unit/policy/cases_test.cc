// An administrator's cases: what passes, what fails and what cannot be read, each with its line.
#include "policy/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {
namespace {

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
  const auto report = RunCases(*EngineWith(kSample), kWorld + cases, "cases.toml");
  if (!report.ok()) {
    ADD_FAILURE() << report.status();
    return {};
  }
  return *report;
}

std::string ErrorOf(const std::string& cases) {
  const auto report = RunCases(*EngineWith(kSample), kWorld + cases, "cases.toml");
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
  EXPECT_THAT(ErrorOf("[[case]\n"), HasSubstr("cases.toml:"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("no `[[case]]`"));
  const std::string head = "[[case]]\nrecord = \"car-wash\"\npartner = \"first-bank\"\n";
  EXPECT_THAT(ErrorOf(head), HasSubstr("needs `expect`"));
  EXPECT_THAT(ErrorOf(head + "expect = { wher = \"whole\" }"), HasSubstr("no field `wher`"));
  EXPECT_THAT(ErrorOf(head + "expect = { where = \"place.regoin\" }"), HasSubstr("has no rung `place.regoin`"));
  EXPECT_THAT(ErrorOf(head + "set = { colour = \"RED\" }\nrefused = true"), HasSubstr("no fact `colour`"));
  EXPECT_THAT(ErrorOf(head + "set = { tlp = 5 }\nrefused = true"), HasSubstr("must be a text"));
  EXPECT_THAT(ErrorOf(head + "refusd = true"), HasSubstr("no `refusd`"));
  EXPECT_THAT(ErrorOf("[[case]]\nrecord = \"nail-bar\"\npartner = \"first-bank\"\nrefused = true"),
              HasSubstr("must name one of the file's records"));
  EXPECT_THAT(ErrorOf("[[case]]\nrecord = \"car-wash\"\npartner = \"nobody\"\nrefused = true"),
              HasSubstr("no partner `nobody`"));
  EXPECT_THAT(ErrorOf("[colour.red]\n" + head + "refused = true"), HasSubstr("`colour` is not"));
}

}  // namespace
}  // namespace tidegate::policy
