// What a question may cost: it stops, says what it looked at, and goes on from its cursor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;

constexpr uint64_t kOpening = 32;  // opening one record

class BoundsTest : public testing::Test {
 protected:
  // So small a question may cost no more than opening four records.
  static Work Small() {
    Work work;
    work.of_a_page = work.of_a_count = 4 * kOpening;
    work.shared = 2;
    return work;
  }
  Reading ReadsWith(const Work& work) {
    return {charity_.store(),
            charity_.log(),
            charity_.disclosures(),
            charity_.directory(),
            charity_.decisions(),
            [this] { return clock_.now_ms; },
            work};
  }
  std::string Report(const std::string& title, const std::string& tlp, const std::string& phone) {
    return charity_.Add("report",
                        {{"title", title}, {"tlp", tlp}, {"purpose", "prevention"}, {"identifiers", "phone:" + phone}});
  }
  search::Question Asks(const std::string& query) {
    search::Question question;
    question.query = query;
    return question;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_};
  Reading reading_ = ReadsWith(Small());
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7";
  const Look look_{who_, reason_, "find"};
};

TEST_F(BoundsTest, AQuestionThatTheIndexDoesNotAnswerStopsAndGoesOn) {
  Report("Sought", "AMBER", "+447700900001");
  for (int i = 0; i < 12; ++i) Report("Other", "GREEN", "+447700900002");
  search::Question question = Asks("-tlp:GREEN");
  size_t found = 0, pages = 0;
  do {
    const Page page = Must(reading_.Find(look_, question, ""));
    EXPECT_LE(page.looked, 4u);
    EXPECT_EQ(page.stopped, !page.cursor.empty());
    found += page.records.size();
    question.cursor = page.cursor;
    ASSERT_LT(++pages, 20u) << "it does not go on";
  } while (!question.cursor.empty());
  EXPECT_EQ(found, 1u);
  EXPECT_GT(pages, 2u);
}

TEST_F(BoundsTest, AQuestionThatTheIndexAnswersLooksAtItsAnswersAlone) {
  Report("Sought", "AMBER", "+447700900001");
  for (int i = 0; i < 12; ++i) Report("Other", "GREEN", "+447700900002");
  for (const char* query : {"sought", "tlp:AMBER", "phone:+447700900001", "tlp:>GREEN sought -is:received"}) {
    const Page page = Must(reading_.Find(look_, Asks(query), ""));
    EXPECT_EQ(page.records.size(), 1u) << query;
    EXPECT_EQ(page.looked, 1u) << query;
    EXPECT_FALSE(page.stopped) << query;
  }
}

TEST_F(BoundsTest, CountsOfPartsAddUp) {
  for (int i = 0; i < 11; ++i) Report("One", "GREEN", "+447700900002");
  // The index knows days alone, so that records are opened.
  search::Question question = Asks("kind:report created:today");
  uint64_t count = 0, parts = 0;
  do {
    const Counted part = Must(reading_.Count(look_, question, "", {}));
    count += part.count;
    question.cursor = part.cursor;
    ASSERT_LT(++parts, 20u) << "it does not go on";
  } while (!question.cursor.empty());
  EXPECT_EQ(count, 11u);
  EXPECT_GT(parts, 2u);
  EXPECT_TRUE(absl::IsResourceExhausted(reading_.FindBySeen(look_, Asks("kind:report"), "").status()));
}

// The index says how many there are. To open them all would cost more than this question may.
TEST_F(BoundsTest, ACountOpensOnlyWhatTheIndexDoesNotSayExactly) {
  Work work;
  work.of_a_count = 40 * kOpening;
  Reading reading = ReadsWith(work);
  for (int i = 0; i < 100; ++i) Report("One", i < 60 ? "GREEN" : "AMBER", "+447700900002");
  const std::pair<const char*, uint64_t> exact[] = {
      {"", 100},        {"kind:report", 100}, {"tlp:GREEN", 60}, {"-tlp:GREEN", 40}, {"one phone:+447700900002", 100},
      {"kind:alert", 0}};
  for (const auto& [query, count] : exact) {
    const Counted counted = Must(reading.Count(look_, Asks(query), "", {}));
    EXPECT_EQ(counted.count, count) << query;
    EXPECT_FALSE(counted.stopped) << query;
  }
  EXPECT_TRUE(Must(reading.Count(look_, Asks("created:today"), "", {})).stopped);
  EXPECT_TRUE(Must(reading.Count(look_, Asks("kind:report"), "", {"kind"})).stopped) << "facets are read from records";
}

// An analyst sees no identifier. A condition on what is withheld would tell it by the count.
TEST_F(BoundsTest, ACountOfWhatIsWithheldOpensTheRecords) {
  const policy::Principal analyst = policy::PrincipalMint::Mint("ben", true, {"analyst"});
  const Look look{analyst, reason_, "find"};
  Work work;
  work.of_a_count = 40 * kOpening;
  Reading reading = ReadsWith(work);
  for (int i = 0; i < 100; ++i) Report("One", "GREEN", "+447700900002");
  EXPECT_EQ(Must(reading.Count(look, Asks("kind:report tlp:GREEN"), "", {})).count, 100u);
  const Counted withheld = Must(reading.Count(look, Asks("phone:+447700900002"), "", {}));
  EXPECT_EQ(withheld.count, 0u);
  EXPECT_TRUE(withheld.stopped);
}

// What somebody may not know of costs their question next to nothing, so that neither its time nor where it stops tells
// of it.
TEST_F(BoundsTest, AQuestionOpensNoRecordThatItsAskerMayNotKnowOf) {
  charity_.Apply(R"(@id("closed") forbid (principal, action == Action::"read", resource)
      when { resource.record.tlp == Tlp::"AMBER" };)");
  Work work;
  work.of_a_page = work.of_a_count = 40 * kOpening;
  Reading reading = ReadsWith(work);
  Report("Sought", "GREEN", "+447700900001");
  for (int i = 0; i < 100; ++i) Report("Sought", "AMBER", "+447700900002");
  for (const char* query : {"sought", "\"sought\" created:today", ""}) {
    const Page page = Must(reading.Find(look_, Asks(query), ""));
    EXPECT_EQ(page.records.size(), 1u) << query;
    EXPECT_FALSE(page.stopped) << query;
    EXPECT_EQ(Must(reading.Count(look_, Asks(query), "", {"kind"})).count, 1u) << query;
  }
}

TEST_F(BoundsTest, AnIdentifierOfManyRecordsTiesNoneAndIsNamed) {
  const std::string hub = Report("Hub", "GREEN", "+447700900003");
  Report("One", "GREEN", "+447700900003");
  EXPECT_EQ(Must(reading_.RelatedTo(look_, hub, "", 1)).nodes.size(), 2u);
  Report("Two", "GREEN", "+447700900003");
  const Related many = Must(reading_.RelatedTo(look_, hub, "", 1));
  EXPECT_EQ(many.nodes.size(), 1u);
  EXPECT_THAT(many.common, ElementsAre("phone:+447700900003"));
  for (const size_t depth : {size_t{0}, kMostRelatedDepth + 1}) {
    EXPECT_TRUE(absl::IsInvalidArgument(reading_.RelatedTo(look_, hub, "", depth).status()));
  }
}

}  // namespace
}  // namespace tidegate::reading
