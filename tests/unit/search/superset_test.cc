// What the index is asked: each record that answers fulfils it, whatever part of the record its asker may see.
#include "node/search/superset.h"

#include <gtest/gtest.h>

#include "node/record/index_terms.h"
#include "node/search/search.h"

namespace tidegate::search {
namespace {

using Is = store::Where::Is;

// `&(...)`, `|(...)`, `!x`, kind, origin, term; `*` for any record.
std::string WhereShape(const store::Where& where) {
  switch (where.is()) {
    case Is::kKind:
    case Is::kOrigin:
    case Is::kLabel:
      return where.name();
    case Is::kTerm:
      return where.term().text;
    case Is::kAfter:
      return ">" + std::to_string(where.arrival());
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

std::string AskedFor(const std::string& query, bool as_held = true) {
  Question question;
  question.query = query;
  question.home = "GB";
  question.as_held = as_held;
  question.looked = 17;
  const auto plan = PlanFor(question);
  EXPECT_TRUE(plan.ok()) << plan.status();
  if (!plan.ok()) return "";
  const store::Where& where = plan->query.where;
  if (where.is() != Is::kAny) return WhereShape(where);
  // Whatever is asked, a record that says more than the index keeps may answer.
  EXPECT_EQ(where.of().size(), 2u);
  EXPECT_EQ(where.of().back().term().slot, record::kMoreTerm);
  return WhereShape(where.of().front());
}

TEST(Superset, AsksTheIndexForWhatItSaysOfEachRecord) {
  EXPECT_EQ(AskedFor("kind:alert"), "alert");
  EXPECT_EQ(AskedFor("kind:alert country:GB car"), "&(alert GB car)");
  EXPECT_EQ(AskedFor("plate:AB12CDE OR kind:alert"), "|(plate:AB12CDE alert)");
  EXPECT_EQ(AskedFor("report.title:x"), "&(report x)");
  EXPECT_EQ(AskedFor("kind:alert OR car"), "|(alert car)");
  EXPECT_EQ(AskedFor("\"the car wash\""), "&(wash car the)");
  EXPECT_EQ(AskedFor("exploitation:labour.care tag:URGENT"), "&(exploitation/labour.care tag/urgent)");
  EXPECT_EQ(AskedFor("tlp:>=AMBER+STRICT"), "|(tlp/AMBER+STRICT tlp/RED)");
  EXPECT_EQ(AskedFor("grade:1?C"), "&(grade/01 grade/2C)");
  EXPECT_EQ(AskedFor("has:place from:bank is:own"), "&(place bank own)");
  EXPECT_EQ(AskedFor("report.victim_count:>5"), "&(report victim_count)");
  EXPECT_EQ(AskedFor("related:8944d987"), "8944");
  EXPECT_EQ(AskedFor("is:new kind:alert"), "&(>17 alert)");
}

TEST(Superset, AsksForADayByWhatMayHoldIt) {
  EXPECT_EQ(AskedFor("raised:2026-03-04"), "|(raised/2026+ raised/2026-03+ raised/2026-03-04 raised/202x+)");
  EXPECT_EQ(AskedFor("raised:2026-03"), "|(raised/2026+ raised/2026-03 raised/202x+)");
  // A partner may be told the year alone.
  EXPECT_EQ(AskedFor("raised:2026-03-04", false), "|(raised/2026 raised/202x+)");
  EXPECT_EQ(AskedFor("created:2026-03-04", false), "|(made/2026+ made/2026-03+ made/2026-03-04 made/202x+)");
}

TEST(Superset, IsAnyRecordWhereTheIndexCannotTell) {
  EXPECT_EQ(AskedFor(""), "*");
  EXPECT_EQ(AskedFor("-car"), "*");
  EXPECT_EQ(AskedFor("kind:alert OR -car"), "*");
  EXPECT_EQ(AskedFor("is:received", false), "*");
  EXPECT_EQ(AskedFor("report.place:unknown", false), "report");
}

// A value that a partner may not see is in the index all the same: without it the record answers.
TEST(Superset, ExcludesByKindAndAuthorAlone) {
  EXPECT_EQ(AskedFor("-plate:AB12CDE"), "*");
  EXPECT_EQ(AskedFor("-country:GB kind:alert"), "alert");
  EXPECT_EQ(AskedFor("-kind:alert -origin:bank"), "&(!alert !bank)");
  EXPECT_EQ(AskedFor("-is:own"), "!own");
  EXPECT_EQ(AskedFor("-(kind:alert OR plate:AB12CDE)"), "!alert");
  EXPECT_EQ(AskedFor("-(kind:alert plate:AB12CDE)"), "*");
  EXPECT_EQ(AskedFor("--kind:alert"), "alert");
  EXPECT_EQ(AskedFor("-is:new", false), "!>17");
  EXPECT_EQ(AskedFor("-is:recalled kind:alert"), "alert") << "nothing that is held is recalled";
}

// What is gone is looked up by itself, so a question says of the whole of its answer whether it is gone.
TEST(GoneIn, IsWhatEachAnswerHasToBe) {
  const auto asked = [](const std::string& query, const std::string& state = "") {
    Question question;
    question.query = query;
    question.state = state;
    return PlanFor(question);
  };
  const auto gone = [&](const std::string& query, const std::string& state = "") {
    const auto plan = asked(query, state);
    EXPECT_TRUE(plan.ok()) << query << ": " << plan.status();
    return plan.ok() ? std::string(plan->gone.recalled ? "r" : "") + (plan->gone.withdrawn ? "w" : "") : "";
  };
  EXPECT_EQ(gone("kind:report"), "");
  EXPECT_EQ(gone("-is:recalled"), "");
  EXPECT_EQ(gone("-(car is:recalled)"), "");
  EXPECT_EQ(gone("is:recalled"), "r");
  EXPECT_EQ(gone("", "withdrawn"), "w");
  EXPECT_EQ(gone("kind:report", "recalled"), "r");
  EXPECT_EQ(gone("kind:report (is:new (is:withdrawn created:2026))"), "w");
  EXPECT_EQ(gone("is:recalled OR is:withdrawn"), "rw");
  EXPECT_EQ(gone("(is:recalled OR is:withdrawn) -(kind:report OR origin:bank)"), "rw");
  for (const char* apart : {"is:recalled OR kind:report", "-(-is:recalled)", "kind:report (is:own OR is:withdrawn)",
                            "NOT (kind:report -is:recalled)"}) {
    const absl::Status refused = asked(apart).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << apart << ": " << refused;
    EXPECT_NE(refused.message().find("ask twice"), absl::string_view::npos) << apart;
  }
  for (const char* contents : {"car", "-car", "tag:sar", "tlp:RED", "seen:2026", "from:bank", "report.title:x",
                               "phone:+447700900147", "has:place", "(kind:report OR country:GB)"}) {
    const absl::Status refused = asked(std::string("is:recalled ") + contents).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << contents << ": " << refused;
    EXPECT_NE(refused.message().find("neither contents nor handling"), absl::string_view::npos) << contents;
  }
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
