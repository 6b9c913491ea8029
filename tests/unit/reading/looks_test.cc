// Reading names records without their contents, and shows what a partner may see.
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
using testing::HasSubstr;

constexpr char kToAll[] = R"(@id("all") permit (principal, action == Action::"disclose", resource);)";
constexpr char kTitles[] =
    R"(@id("titles") permit (principal, action == Action::"disclose", resource in Slot::"report.title");)";

class LooksTest : public testing::Test {
 protected:
  LooksTest() { support::Pair(charity_, bank_); }

  Look By(const std::string& reason) { return {who_, reason, "test"}; }
  std::shared_ptr<const policy::Engine> EngineOf(const std::string& text) {
    return Must(charity_.decisions().Compile({{"test.cedar", text}}));
  }
  std::string Report(const std::string& title, const std::string& tlp = "GREEN") {
    return charity_.Add("report", {{"title", title}, {"tlp", tlp}, {"purpose", "prevention"}});
  }
  std::vector<ledger::Consultation> Looks() {
    std::vector<ledger::Consultation> looks;
    for (const ledger::Listed& listed : Must(charity_.disclosures().List({}, 100, ~uint64_t{0})).entries) {
      if (const auto* access = std::get_if<ledger::Consultation>(&listed.entry)) looks.push_back(*access);
    }
    return looks;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Reading reading_{charity_.store(),     charity_.log(),       charity_.disclosures(),
                   charity_.directory(), charity_.decisions(), [this] { return clock_.now_ms; }};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string no_reason_, reason_ = "case 7";
};

TEST_F(LooksTest, ExamplesNameOurRecordsAndStandInTheRegister) {
  const std::string id = Report("Car wash");
  Report("Nobody's", "RED");
  const auto examples = Must(reading_.ExamplesOf(By(no_reason_), EngineOf(kTitles)));
  EXPECT_EQ(examples.examined, 2u);
  ASSERT_EQ(examples.partners.size(), 1u);
  EXPECT_EQ(examples.partners[0].partner, "bank");
  ASSERT_EQ(examples.partners[0].examples.size(), 1u);
  const Example& example = examples.partners[0].examples[0];
  EXPECT_EQ(record::FormatRecordId(example.id), id);
  ASSERT_EQ(example.changes.size(), 1u);
  EXPECT_EQ(example.changes[0].field, "title");
  EXPECT_EQ(example.changes[0].before, "");
  EXPECT_EQ(example.changes[0].after, "whole");
  ASSERT_EQ(Looks().size(), 1u);
  EXPECT_EQ(Looks()[0].user, "ana");
  EXPECT_THAT(Looks()[0].records, ElementsAre(example.id)) << "those that were named, and no others";
}

TEST_F(LooksTest, WherePlanChangesNothingNoLookIsRecorded) {
  Report("Car wash");
  const auto examples = Must(reading_.ExamplesOf(By(no_reason_), EngineOf("")));
  EXPECT_TRUE(examples.partners[0].examples.empty());
  EXPECT_TRUE(Looks().empty());
}

// A user who could not read a record even with a reason is not told its id either.
TEST_F(LooksTest, ExamplesLeaveOutWhatTheAskerMayNotRead) {
  const std::string id = Report("Car wash");
  charity_.Apply(R"(@id("closed") forbid (principal, action == Action::"read", resource)
when { resource.record.tlp == Tlp::"GREEN" };)");
  const auto examples = Must(reading_.ExamplesOf(By(reason_), EngineOf(kTitles)));
  EXPECT_TRUE(examples.partners[0].examples.empty());
}

// Others' records are never passed on: no policy changes what goes of them.
TEST_F(LooksTest, ExamplesAreOfWhatWeWrote) {
  bank_.Apply(kToAll);
  support::Line line(bank_, charity_);
  bank_.Add("report", {{"title", "Theirs"}, {"tlp", "CLEAR"}, {"onward", "yes"}});
  line.Meet();
  const auto examples = Must(reading_.ExamplesOf(By(reason_), EngineOf(kTitles)));
  EXPECT_EQ(examples.examined, 0u);
}

TEST_F(LooksTest, HoldersAreTheRegistersAndTheLookIsRecorded) {
  charity_.Apply(kTitles);
  support::Line line(charity_, bank_);
  const std::string id = Report("Car wash");
  line.Meet();
  const auto holders = Must(reading_.HoldersOf(By(no_reason_), id));
  ASSERT_EQ(holders.partners.size(), 1u);
  EXPECT_TRUE(holders.own);
  EXPECT_TRUE(holders.here);
  EXPECT_EQ(holders.partners[0].holding.partner, "bank");
  EXPECT_THAT(holders.partners[0].openings, ElementsAre("title@whole"));
  ASSERT_EQ(Looks().size(), 1u);
  EXPECT_EQ(record::FormatRecordId(Looks()[0].records.at(0)), id);
}

// Only its author looks after a record that has expired (ReadingTest of api).
TEST_F(LooksTest, WhatAnotherWroteAndHasExpiredIsWithheld) {
  bank_.Apply(kToAll);
  support::Line line(bank_, charity_);
  const std::string expiry = support::Instant(clock_.now_ms + 3'600'000);
  const std::string id =
      bank_.Add("report", {{"title", "Theirs"}, {"tlp", "CLEAR"}, {"purpose", "prevention"}, {"expiry", expiry}});
  line.Meet();
  EXPECT_EQ(Must(reading_.Show(By(reason_), id, "", false)).state, "current");
  clock_.now_ms += 7'200'000;
  const auto shown = reading_.Show(By(reason_), id, "", false);
  EXPECT_TRUE(absl::IsPermissionDenied(shown.status())) << shown.status();
}

// Policies permit the field; but it names a record of which the partner sees nothing, so it stays. Explain says so.
TEST_F(LooksTest, ExplainWithholdsAFieldThatNamesWhatThePartnerMayNotSee) {
  charity_.Apply(kToAll);
  const std::string secret = charity_.Add("report", {{"title", "Secret"}, {"tlp", "RED"}});
  const std::string open = charity_.Add("report", {{"title", "Open"}, {"tlp", "CLEAR"}});
  for (const auto& [named, goes] : {std::pair(secret, false), std::pair(open, true)}) {
    const std::string id = charity_.Add("report", {{"title", "Car wash"}, {"related", named}, {"tlp", "CLEAR"}});
    const auto explained = Must(reading_.Explain(By(reason_), id, "bank"));
    ASSERT_TRUE(explained.disclosed);
    bool seen = false;
    for (const review::FieldExplanation& field : explained.explanation.fields) {
      if (field.name != "related") continue;
      seen = true;
      EXPECT_EQ(field.rung != policy::kWithheld, goes) << field.sentence;
      EXPECT_EQ(field.sentence.find("names a record") == std::string::npos, goes) << field.sentence;
    }
    EXPECT_TRUE(seen);
  }
}

}  // namespace
}  // namespace tidegate::reading
