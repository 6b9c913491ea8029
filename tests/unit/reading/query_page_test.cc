// Each example of node/search/QUERY.md finds what the page says, counts say the same, and pages lose nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

struct PageExample {
  std::string query;
  std::set<std::string> finds;
};

// Rows of the table under "Examples".
std::vector<PageExample> ExamplesOfThePage() {
  std::ifstream page(TIDEGATE_SOURCE_DIR "/node/search/QUERY.md");
  std::vector<PageExample> examples;
  bool there = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) there = line == "## Examples";
    std::smatch row;
    if (!there || !std::regex_match(line, row, std::regex(R"(\| `(.+)` \| (.*) ?\|)"))) continue;
    PageExample& example = examples.emplace_back();
    example.query = row[1];
    const std::string found = row[2];
    const std::regex name(R"([^,]+)");
    for (auto one = std::sregex_iterator(found.begin(), found.end(), name); one != std::sregex_iterator(); ++one) {
      std::string title = one->str();
      while (!title.empty() && title.front() == ' ') title.erase(0, 1);
      while (!title.empty() && title.back() == ' ') title.pop_back();
      if (!title.empty()) example.finds.insert(title);
    }
  }
  return examples;
}

class QueryPage : public testing::Test {
 protected:
  QueryPage() {
    farm_ = charity_.Add("report", {{"title", "Farm"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
    charity_.Add("report", {{"title", "Car wash"},
                            {"narrative", "Men sleep behind the car wash. They are paid little."},
                            {"exploitation", "labour.personal-services"},
                            {"control_methods", "debt-bondage"},
                            {"subject_categories", "victim"},
                            {"place", "1 Mill Yard|Leeds|West Yorkshire|GB|53.801,-1.549"},
                            {"observed", "2026-02-10"},
                            {"identifiers", "phone:+447700900147; plate:AB12 CDE"},
                            {"victim_count", "5"},
                            {"tlp", "GREEN"},
                            {"pap", "GREEN"},
                            {"grade", "1BP"},
                            {"purpose", "prevention"}});
    person_ = charity_.Add("person", {{"name", "Ana Example"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
    charity_.Add("report", {{"title", "Nail bar"},
                            {"narrative", "Beside the Café."},
                            {"place", "|Boston|Lincolnshire|GB"},
                            {"observed", "2026-02"},
                            {"victim_count", "<5"},
                            {"related", person_},
                            {"tag", "urgent"},
                            {"tlp", "AMBER"},
                            {"grade", "2CP"},
                            {"purpose", "prevention"}});
    Must(reading_.MarkSeen(who_, reading_.Newest()));
    Must(charity_.Recall(farm_));
    charity_.Add("alert", {{"title", "Cash"},
                           {"narrative", "They wash the money of a car dealer."},
                           {"raised", "2026-02-20"},
                           {"accounts", "iban:GB33BUKB20201555555555"},
                           {"amount", "1200 GBP"},
                           {"countries", "RO; GB"},
                           {"tlp", "RED"},
                           {"purpose", "prevention"}});
    charity_.Add("report", {{"title", "Автомойка"},
                            {"narrative", "Работа в Лидсе"},
                            {"exploitation", "labour"},
                            {"industry", "agriculture"},
                            {"observed", "2026-02-22"},
                            {"tlp", "GREEN"},
                            {"purpose", "prevention"}});
    charity_.Add("report",
                 {{"title", "人口贩卖"}, {"observed", "unknown"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }

  search::Question Asks(const std::string& query) {
    search::Question question;
    question.query = query;
    const size_t id = query.find("related:ID");
    if (id != std::string::npos) question.query.replace(id + 8, 2, person_);
    return question;
  }
  std::string TitleOf(const Seen& seen) const {
    if (!seen.view) return record::FormatRecordId(seen.statement.record_id) == farm_ ? "Farm" : "?";
    const int title = seen.view->Find("title");
    if (title < 0) return "Person";
    return std::get<record::Text>(seen.view->value(static_cast<size_t>(title)).items.front()).text;
  }
  std::set<std::string> Found(const Page& page) {
    std::set<std::string> found;
    for (const Seen& seen : page.records) found.insert(TitleOf(seen) + (seen.may ? " (may)" : ""));
    return found;
  }
  std::vector<std::string> InOrder(const Page& page) {
    std::vector<std::string> found;
    for (const Seen& seen : page.records) found.push_back(TitleOf(seen));
    return found;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_};
  Reading reading_{charity_.store(),     charity_.log(),       charity_.disclosures(),
                   charity_.directory(), charity_.decisions(), [this] { return clock_.now_ms; }};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7", nobody_;
  const Look look_{who_, reason_, "find"};
  std::string person_, farm_;
};

TEST_F(QueryPage, EachExampleFindsWhatThePageSays) {
  const std::vector<PageExample> examples = ExamplesOfThePage();
  ASSERT_GT(examples.size(), 50u);
  for (const PageExample& example : examples) {
    SCOPED_TRACE(example.query);
    const auto found = reading_.Find(look_, Asks(example.query), nobody_);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(Found(*found), example.finds);
    EXPECT_EQ(found->cursor, "");
    const auto counted = reading_.Count(look_, Asks(example.query), nobody_, {});
    ASSERT_TRUE(counted.ok()) << counted.status();
    EXPECT_EQ(counted->count, example.finds.size());
  }
}

TEST_F(QueryPage, FacetsCountEachRecordUnderEachValueThatItSays) {
  const auto counted = Must(reading_.Count(look_, Asks(""), nobody_, {"kind", "country", "month", "exploitation"}));
  EXPECT_EQ(counted.count, 6u);
  EXPECT_THAT(counted.facets.at("kind"), UnorderedElementsAre(Pair("report", 4), Pair("alert", 1), Pair("person", 1)));
  EXPECT_THAT(counted.facets.at("country"), UnorderedElementsAre(Pair("GB", 3), Pair("RO", 1)));
  EXPECT_THAT(counted.facets.at("month"), UnorderedElementsAre(Pair("2026-02", 3)));
  EXPECT_THAT(counted.facets.at("exploitation"),
              UnorderedElementsAre(Pair("labour.personal-services", 1), Pair("labour", 1)));
  const auto wrong = reading_.Count(look_, Asks(""), nobody_, {"kinds"});
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("did you mean `kind`?"));
}

TEST_F(QueryPage, SortedBySeenTheLatestComesFirstAndPagesLoseNothing) {
  search::Question question = Asks("kind:report");
  question.limit = 3;
  const auto first = Must(reading_.FindBySeen(look_, question, nobody_));
  EXPECT_THAT(InOrder(first), ElementsAre("Автомойка", "Car wash", "Nail bar"));
  ASSERT_NE(first.cursor, "");
  question.cursor = first.cursor;
  const auto second = Must(reading_.FindBySeen(look_, question, nobody_));
  EXPECT_THAT(InOrder(second), ElementsAre("人口贩卖")) << "what says nothing comes last";
  EXPECT_EQ(second.cursor, "");
  question.cursor = "7";
  EXPECT_FALSE(reading_.FindBySeen(look_, question, nobody_).ok());
}

TEST_F(QueryPage, ACountStandsInTheRegisterWithoutRecords) {
  ASSERT_TRUE(reading_.Count(look_, Asks("plate:AB12CDE"), nobody_, {}).ok());
  const auto entries = Must(charity_.disclosures().List({}, 1, ~uint64_t{0})).entries;
  ASSERT_EQ(entries.size(), 1u);
  const auto* access = std::get_if<ledger::Consultation>(&entries.front().entry);
  ASSERT_NE(access, nullptr);
  EXPECT_EQ(access->reason, "case 7");
  EXPECT_TRUE(access->records.empty());
  EXPECT_EQ(access->asked.size(), 1u);
}

// What was recalled has no fields left: it answers a query that asks for none.
TEST_F(QueryPage, FollowingTellsWhatAnswersFromThenOn) {
  const auto follow = [this](const std::string& query, uint64_t after) {
    std::vector<std::string> told;
    int rounds = 0;
    EXPECT_TRUE(reading_
                    .Follow(
                        look_, Asks(query), after,
                        [&](const Seen& seen) {
                          told.push_back(seen.view ? TitleOf(seen) : seen.state);
                          return true;
                        },
                        [&rounds] { return rounds++ > 0; })
                    .ok());
    return told;
  };
  uint64_t after = reading_.Newest();
  const std::string id = charity_.Add("report", {{"title", "Car park"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  charity_.Add("report", {{"title", "Other"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  EXPECT_THAT(follow("car", after), ElementsAre("Car park"));
  EXPECT_THAT(follow("kind:report", after), ElementsAre("Car park", "Other"));
  after = reading_.Newest();
  Must(charity_.Recall(id));
  EXPECT_THAT(follow("car", after), ElementsAre());
  EXPECT_THAT(follow("kind:report", after), ElementsAre("recalled"));
  EXPECT_THAT(follow("is:recalled is:new", after), ElementsAre("recalled"));
  EXPECT_THAT(follow("-is:recalled", after), ElementsAre());
}

TEST_F(QueryPage, ASearchIsSavedAndAlertsComeWithTheProgram) {
  const auto save = [this](const std::string& name, const std::string& query) {
    return charity_.store().Write([&](store::WriteTransaction& transaction) {
      return search::Save(transaction, {name, query, "ana", clock_.now_ms});
    });
  };
  Must(save("washes", "\"car wash\""));
  Must(save("washes", "car"));
  EXPECT_THAT(std::string(save("x", "phnoe:1").message()), HasSubstr("`phone`"));
  EXPECT_FALSE(save("alerts", "car").ok());
  EXPECT_FALSE(save("-x", "car").ok());
  EXPECT_FALSE(save("a b", "car").ok());
  const auto searches = Must(search::SavedSearches(*charity_.Read()));
  EXPECT_THAT(searches, ElementsAre(search::SavedSearch{"alerts", "kind:alert", "", 0},
                                    search::SavedSearch{"washes", "car", "ana", clock_.now_ms}));
  const auto remove = [this](const std::string& name) {
    return charity_.store().Write(
        [&](store::WriteTransaction& transaction) { return search::RemoveSaved(transaction, name); });
  };
  EXPECT_THAT(std::string(remove("wash").message()), HasSubstr("`washes`"));
  EXPECT_FALSE(remove("alerts").ok());
  Must(remove("washes"));
  EXPECT_EQ(Must(search::SavedSearches(*charity_.Read())).size(), 1u);
}

TEST_F(QueryPage, ASavedRowIsReadStrictly) {
  const search::SavedSearch search{"a", "car", "ana", 7};
  const std::string row = search::EncodeSaved(search);
  EXPECT_EQ(Must(search::DecodeSaved("a", row)), search);
  for (size_t cut = 0; cut < row.size(); ++cut) {
    EXPECT_FALSE(search::DecodeSaved("a", row.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(search::DecodeSaved("a", row + "x").ok());
}

// What is related is what the asker sees of it, and what a bound leaves out is said.
TEST_F(QueryPage, RelatedRecordsShareAnIdentifierOrNameEachOther) {
  const std::string other = charity_.Add(
      "report", {{"title", "Same van"}, {"identifiers", "plate:AB12CDE"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::string link = Must(charity_.TryLink(person_, "related-to", other));
  const auto titles = [this](const Related& related) {
    std::vector<std::string> found;
    for (const RelatedRecord& node : related.nodes) {
      const bool is_link = node.seen.view->kind().name == "link";
      found.push_back((is_link ? "a link" : TitleOf(node.seen)) + " " + std::to_string(node.distance));
    }
    return found;
  };
  const auto near = Must(reading_.RelatedTo(look_, other, "", 1));
  EXPECT_THAT(titles(near), UnorderedElementsAre("Same van 0", "Car wash 1", "a link 1"));
  EXPECT_FALSE(near.more);
  ASSERT_EQ(near.edges.size(), 2u);
  for (const RelatedEdge& edge : near.edges) {
    const bool shared = edge.how == "identifier";
    EXPECT_EQ(edge.what, shared ? "plate:AB12CDE" : "to");
    EXPECT_EQ(shared ? edge.from : edge.to, 0u);
  }
  const auto far = Must(reading_.RelatedTo(look_, other, "", 3));
  EXPECT_THAT(titles(far), UnorderedElementsAre("Same van 0", "Car wash 1", "a link 1", "Person 2", "Nail bar 3"));
  EXPECT_FALSE(reading_.RelatedTo(look_, other, "", 6).ok());
  const auto entries = Must(charity_.disclosures().List({}, 1, ~uint64_t{0})).entries;
  const auto* access = std::get_if<ledger::Consultation>(&entries.at(0).entry);
  ASSERT_NE(access, nullptr);
  EXPECT_EQ(access->records.size(), 5u);
}

TEST_F(QueryPage, AnAuthorWhomNobodyKnowsIsNamedWithTheNearest) {
  const auto found = reading_.Find(look_, Asks("kind:report origin:charty"), nobody_);
  EXPECT_TRUE(absl::IsNotFound(found.status()));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("`charity`"));
  EXPECT_TRUE(reading_.Find(look_, Asks("kind:report -origin:charty"), nobody_).ok());
}

TEST_F(QueryPage, WithoutAReasonNothingIsFoundOrCounted) {
  const Look look{who_, nobody_, "find"};
  EXPECT_TRUE(absl::IsPermissionDenied(reading_.Find(look, Asks("car"), nobody_).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(reading_.Count(look, Asks("car"), nobody_, {}).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(reading_.FindBySeen(look, Asks("car"), nobody_).status()));
}

}  // namespace
}  // namespace tidegate::reading
