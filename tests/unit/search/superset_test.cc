// What the index is asked: each record that answers fulfils it, whatever part of the record its asker may see.
#include "node/search/superset.h"

#include <gtest/gtest.h>

#include "node/search/search.h"

namespace tidegate::search {
namespace {

using Is = store::Where::Is;

// `&(...)`, `|(...)`, `!x`, kind, origin, term; `*` for any record.
std::string WhereShape(const store::Where& where) {
  switch (where.is()) {
    case Is::kKind:
    case Is::kOrigin:
      return where.name();
    case Is::kTerm:
      return where.term().text;
    case Is::kNot:
      return "!" + WhereShape(where.of().front());
    case Is::kAll:
      if (where.of().empty()) return "*";
      break;
    case Is::kAny:
      break;
  }
  std::string shape = where.is() == Is::kAll ? "&(" : "|(";
  for (const store::Where& part : where.of()) shape += (shape.size() > 2 ? " " : "") + WhereShape(part);
  return shape + ")";
}

std::string AskedFor(const std::string& query) {
  Question question;
  question.query = query;
  question.home = "GB";
  const auto plan = PlanFor(question);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? WhereShape(plan->query.where) : "";
}

TEST(Superset, AsksTheIndexForWhatItSaysOfEachRecord) {
  EXPECT_EQ(AskedFor("kind:alert"), "alert");
  EXPECT_EQ(AskedFor("kind:alert country:GB car"), "&(alert GB)");
  EXPECT_EQ(AskedFor("plate:AB12CDE OR kind:alert"), "|(plate:AB12CDE alert)");
  EXPECT_EQ(AskedFor("report.title:x"), "report");
}

TEST(Superset, IsAnyRecordWhereTheIndexCannotTell) {
  EXPECT_EQ(AskedFor("car"), "*");
  EXPECT_EQ(AskedFor("kind:alert OR car"), "*");
  EXPECT_EQ(AskedFor(""), "*");
}

// A value that a partner may not see is in the index all the same: without it the record answers.
TEST(Superset, ExcludesByKindAndAuthorAlone) {
  EXPECT_EQ(AskedFor("-plate:AB12CDE"), "*");
  EXPECT_EQ(AskedFor("-country:GB kind:alert"), "alert");
  EXPECT_EQ(AskedFor("-kind:alert -origin:bank"), "&(!alert !bank)");
  EXPECT_EQ(AskedFor("-(kind:alert OR plate:AB12CDE)"), "!alert");
  EXPECT_EQ(AskedFor("-(kind:alert plate:AB12CDE)"), "*");
  EXPECT_EQ(AskedFor("--kind:alert"), "alert");
}

TEST(Superset, NamesTheIdentifiersThatWereAskedFor) {
  Question question;
  question.query = "plate:AB12CDE -plate:XY34ZZZ (report.identifiers:phone:+447700900147 OR car)";
  question.identifier = "case:A-1";
  const auto plan = PlanFor(question);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> asked;
  for (const record::Term& term : plan->asked) asked.push_back(term.text);
  EXPECT_EQ(asked, (std::vector<std::string>{"case:A-1", "plate:AB12CDE", "phone:+447700900147"}));
}

}  // namespace
}  // namespace tidegate::search
