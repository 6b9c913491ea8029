// Two nodes in memory: what goes, what is lost on its way, and what is held afterwards.
#include "node/flow/own_records.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Fate;
using support::kShareAll;
using support::Line;
using support::MemoryNode;

class BetweenTest : public testing::Test {
 protected:
  BetweenTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(BetweenTest, ARecordGoesOverAndIsHeldOnce) {
  const std::string id = charity_.Add("report", {{"title", "Car wash"},
                                                 {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB"},
                                                 {"tlp", "AMBER"},
                                                 {"purpose", "prevention"},
                                                 {"legal-basis", "gdpr-6-1-f"}});
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(line_.Meet().stored, 0u);
  EXPECT_EQ(bank_.Read()->RecordCount().value(), 1u);
}

// A parcel is closed at four mebibytes of records.
TEST_F(BetweenTest, WhatDoesNotFitIntoOneParcelGoesInSeveral) {
  std::vector<std::string> ids;
  for (int i = 0; i < 90; ++i) {
    ids.push_back(charity_.Add("report", {{"title", "Report " + std::to_string(i)},
                                          {"narrative", std::string(60000, static_cast<char>('a' + i % 26))},
                                          {"tlp", "GREEN"},
                                          {"purpose", "prevention"},
                                          {"legal-basis", "gdpr-6-1-f"}}));
  }
  EXPECT_GE(line_.Meet().stored, 2u);
  for (const std::string& id : ids) EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  // The notices that take them back do not fit into one parcel either, and are interrupted after the first.
  charity_.Apply(R"(@id("none") forbid (principal, action == Action::"disclose", resource);)");
  line_.Meet([](size_t number) { return number == 0 ? Fate::kArrives : Fate::kLost; });
  line_.Meet();
  for (const std::string& id : ids) EXPECT_TRUE(bank_.Open(id).empty());
}

TEST_F(BetweenTest, AParcelThatIsLostComesAgain) {
  const std::string id = charity_.Add(
      "report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  for (const Fate fate : {Fate::kLost, Fate::kCut}) {
    EXPECT_TRUE(line_.Meet([fate](size_t) { return fate; }).ended);
    EXPECT_TRUE(bank_.Open(id).empty());
  }
  charity_.Crash();
  bank_.Crash();
  EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kReceiptLost; }).ended);
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(BetweenTest, ATwinOfTheirRecordIsRefusedThereAndTheirsStays) {
  const std::string id = charity_.Add(
      "report", {{"title", "Real"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  line_.Meet();
  bank_.Apply(kShareAll);
  record::Draft draft = *record::Draft::Create("report");
  ASSERT_TRUE(draft.SetField("title", "Nothing to see here").ok());
  ASSERT_TRUE(draft.handling.Set("tlp", "CLEAR").ok());
  record::CommitContext context;
  context.author_fpr = bank_.identity().log_fingerprint();
  context.record_id = *record::ParseRecordId(id);
  auto twin = record::Commit(draft, context, crypto::RandomArray<32>());
  ASSERT_TRUE(twin.ok()) << twin.status();
  const auto stored = bank_.own_records().Store({*std::move(twin), {}}, {});
  ASSERT_TRUE(stored.ok()) << stored.status();
  Line back(bank_, charity_);
  EXPECT_EQ(back.Meet().stored, 1u);
  EXPECT_EQ(charity_.Held(id)->own, true);
  EXPECT_TRUE(absl::IsNotFound(charity_.Held(id, "bank").status()));
  EXPECT_TRUE(charity_.Amend(id, {{"title", "Real still"}}).ok());
  EXPECT_TRUE(charity_.Recall(id).ok());
}

// Finding 7: of an earlier revision nothing stays, however the amendment goes.
TEST_F(BetweenTest, AnAmendmentThatGoesWithLessLeavesNothingOfTheEarlierRevision) {
  charity_.Apply(R"(@id("green") permit (principal, action == Action::"disclose", resource)
                    when { resource.record.tlp in Tlp::"GREEN" };
                    @id("region")
                    permit (principal, action == Action::"disclose", resource in Precision::"place.region");)");
  const std::string id = charity_.Add("report", {{"title", "Witness lives here"},
                                                 {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB"},
                                                 {"tlp", "GREEN"},
                                                 {"purpose", "prevention"},
                                                 {"legal-basis", "gdpr-6-1-f"}});
  line_.Meet();
  const crypto::Hash first = record::LogLeaf(charity_.Held(id)->view.statement);
  ASSERT_TRUE(charity_.Amend(id, {{"tlp", "AMBER"}, {"title", ""}}).ok());
  line_.Meet();
  EXPECT_EQ(bank_.Open(id), (std::vector<std::string>{"place@place.region"}));
  auto theirs = bank_.Read();
  EXPECT_TRUE(theirs->GetRecord(*theirs->FindByLeaf(first))->view.opened.empty());
  auto ours = charity_.Read();
  const auto holding = charity_.disclosures().Disclosed("bank", *ours->FindByLeaf(first), UINT64_MAX);
  ASSERT_TRUE(holding.ok()) << holding.status();
  EXPECT_EQ(holding->state, ledger::HoldingState::kErased);
  EXPECT_TRUE(holding->openings.empty());
}

class LinkTest : public BetweenTest {
 protected:
  LinkTest() {
    charity_.Apply(R"(@id("green") permit (principal, action == Action::"disclose", resource)
                      when { resource.record.tlp in Tlp::"GREEN" };)");
    open_ = charity_.Add(
        "organisation",
        {{"name", "Quay Cleaning Ltd"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
    kept_ = charity_.Add(
        "organisation",
        {{"name", "Kept inside"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
    link_ = support::Must(charity_.TryLink(open_, "owns", kept_));
  }
  std::string open_, kept_, link_;
};

TEST_F(LinkTest, GoesWhenBothEndsDoAndIsTakenBackWithOneOfThem) {
  line_.Meet();
  EXPECT_FALSE(bank_.Open(link_).empty());
  ASSERT_TRUE(charity_.Amend(kept_, {{"tlp", "RED"}}).ok());
  line_.Meet();
  EXPECT_TRUE(bank_.Open(kept_).empty());
  EXPECT_TRUE(bank_.Open(link_).empty());
  EXPECT_FALSE(bank_.Open(open_).empty());
}

TEST_F(LinkTest, StaysWhileAnEndStaysAndGoesWhenThatIsLoosened) {
  ASSERT_TRUE(charity_.Amend(kept_, {{"tlp", "RED"}}).ok());
  line_.Meet();
  EXPECT_TRUE(bank_.Open(link_).empty());
  ASSERT_TRUE(charity_.Amend(kept_, {{"tlp", "CLEAR"}}).ok());
  line_.Meet();
  EXPECT_FALSE(bank_.Open(link_).empty());
}

TEST_F(LinkTest, IsTakenBackWhenAnEndIsRecalled) {
  line_.Meet();
  ASSERT_TRUE(charity_.Recall(kept_).ok());
  line_.Meet();
  EXPECT_TRUE(bank_.Open(link_).empty());
}

TEST_F(LinkTest, OfARecordThatSomebodyElseWroteStaysUnlessItGoesToThatAuthor) {
  bank_.Apply(kShareAll);
  const std::string theirs =
      bank_.Add("organisation",
                {{"name", "Bank's own"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  Line back(bank_, charity_);
  back.Meet();
  const std::string across = support::Must(charity_.TryLink(open_, "owns", theirs));
  MemoryNode police("police", "police", clock_);
  support::Pair(charity_, police);
  Line further(charity_, police);
  further.Meet();
  line_.Meet();
  EXPECT_FALSE(police.Open(link_).empty());
  EXPECT_TRUE(police.Open(across).empty());
  EXPECT_FALSE(bank_.Open(across).empty());
}

TEST_F(LinkTest, TheSameLinkIsMadeOnce) {
  const absl::Status again = charity_.TryLink(open_, "owns", kept_).status();
  EXPECT_TRUE(absl::IsAlreadyExists(again)) << again;
  EXPECT_NE(std::string(again.message()).find(link_), std::string::npos) << again;
  EXPECT_TRUE(charity_.TryLink(kept_, "owns", open_).ok());
}

TEST_F(LinkTest, IsAsStrictAsItsStricterEndAndMayOnlyBeStricter) {
  const std::string red = charity_.Add(
      "organisation", {{"name", "Red"}, {"tlp", "AMBER"}, {"purpose", "prevention"}, {"pap", "RED"}, {"tag", "sar"}});
  const absl::Status looser = charity_.TryLink(open_, "owns", red, {{"tlp", "GREEN"}}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(looser)) << looser;
  EXPECT_NE(std::string(looser.message()).find("AMBER"), std::string::npos) << looser;
  const std::string link = support::Must(charity_.TryLink(open_, "owns", red));
  const auto view = record::Verify(charity_.Held(link)->view);
  EXPECT_EQ(view->handling().tlp, record::Tlp::kAmber);
  EXPECT_EQ(view->handling().pap, "RED");
  EXPECT_EQ(charity_.Held(link)->local.tags, (std::vector<std::string>{"sar"}));
  EXPECT_FALSE(charity_.Amend(link, {{"tlp", "CLEAR"}}).ok());
  EXPECT_FALSE(charity_.TryAdd("link", {{"from", open_}, {"verb", "controls"}, {"to", red}, {"tlp", "CLEAR"}}).ok());
}

// Finding 8: what is said about a report that names the police goes to its author, as the report was handled.
TEST_F(BetweenTest, ASightingCarriesAllHandlingAndGoesToTheAuthorAlone) {
  MemoryNode police("police", "police", clock_);
  MemoryNode other("otherbank", "bank", clock_);
  support::Pair(charity_, police);
  support::Pair(police, other);
  support::Pair(bank_, police);
  police.Apply(kShareAll);
  bank_.Apply(kShareAll);
  const std::string id = bank_.Add("report", {{"title", "Account 991"},
                                              {"tlp", "AMBER"},
                                              {"purpose", "prevention"},
                                              {"pap", "RED"},
                                              {"tag", "sar"},
                                              {"recipient", "police"},
                                              {"expiry", "2030-01-01"}});
  Line there(bank_, police), back(police, bank_), elsewhere(police, other);
  there.Meet();
  const std::string sighting = support::Must(police.TrySight(id, "acted-on", {{"note", "arrest on Friday"}}));
  back.Meet();
  elsewhere.Meet();
  EXPECT_EQ(police.Held(sighting)->local.named_recipients, (std::vector<std::string>{"bank"}));
  const auto view = record::Verify(police.Held(sighting)->view);
  EXPECT_EQ(view->handling().pap, "RED");
  EXPECT_TRUE(view->handling().expiry_ms.has_value());
  EXPECT_EQ(view->handling().conditions, (std::vector<std::string>{"tag:sar"}));
  EXPECT_TRUE(other.Open(sighting).empty());
}

// However it is written, the mark of a suspicious-activity report keeps it from whoever is no police.
TEST_F(BetweenTest, ATagInAnyCaseOrByAnAliasProtects) {
  for (const char* tag : {"SAR", "Str", "suspicious activity report"}) {
    const std::string id = charity_.Add("report", {{"title", "Account 991"},
                                                   {"tlp", "GREEN"},
                                                   {"purpose", "prevention"},
                                                   {"legal-basis", "gdpr-6-1-f"},
                                                   {"tag", tag}});
    EXPECT_EQ(charity_.Held(id)->local.tags, (std::vector<std::string>{"sar"})) << tag;
    line_.Meet();
    EXPECT_TRUE(bank_.Open(id).empty()) << tag;
  }
}

// Else it could be made about an open record, and then, in a second step, be marked as that one is.
TEST_F(BetweenTest, WhatASightingOrALinkIsAboutCannotBeChanged) {
  const auto report = [this](const char* tlp) {
    return charity_.Add(
        "report", {{"title", "Car wash"}, {"tlp", tlp}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  };
  const std::string strict = report("AMBER"), open = report("CLEAR");
  line_.Meet();
  const std::string sighting = support::Must(bank_.TrySight(strict, "known"));
  const std::string link = support::Must(bank_.TryLink(strict, "related-to", open));
  for (const auto& [id, field] : {std::pair{sighting, "reference"}, std::pair{link, "from"}}) {
    const absl::Status changed = bank_.Amend(id, {{field, open}});
    EXPECT_TRUE(absl::IsFailedPrecondition(changed)) << changed;
    EXPECT_FALSE(bank_.Amend(id, {{"tlp", "CLEAR"}}).ok()) << field;
  }
  EXPECT_TRUE(bank_.Amend(sighting, {{"note", "seen again"}}).ok());
}

TEST_F(BetweenTest, ASightingOfOnesOwnOrARecalledRecordIsRefused) {
  const std::string id = charity_.Add(
      "report", {{"title", "Ours"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_.TrySight(id, "known").status()));
  line_.Meet();
  EXPECT_TRUE(bank_.TrySight(id, "known").ok());
  ASSERT_TRUE(charity_.Recall(id).ok());
  line_.Meet();
  EXPECT_TRUE(absl::IsFailedPrecondition(bank_.TrySight(id, "known").status()));
}

// Finding 17: whom a condition names stays here; that it closes the record travels.
TEST_F(BetweenTest, ConditionsThatNameCirclesOrOrganisationsStayAtHome) {
  charity_.Apply(kShareAll);
  const std::string id = charity_.Add("report", {{"title", "For some"},
                                                 {"tlp", "GREEN"},
                                                 {"purpose", "prevention"},
                                                 {"handling-code", "C"},
                                                 {"conditions", "organisation:bank;sector:bank"}});
  line_.Meet();
  const auto theirs = bank_.Held(id);
  ASSERT_TRUE(theirs.ok()) << theirs.status();
  const auto view = record::Verify(theirs->view);
  EXPECT_EQ(view->handling().conditions, (std::vector<std::string>{"as agreed with the author", "sector:bank"}));
  EXPECT_EQ(charity_.Held(id)->local.conditions, (std::vector<std::string>{"organisation:bank"}));
  MemoryNode police("police", "police", clock_);
  support::Pair(charity_, police);
  Line(charity_, police).Meet();
  EXPECT_TRUE(police.Open(id).empty()) << "it holds of the bank alone";
  // An amendment keeps them, and they can be taken out.
  ASSERT_TRUE(charity_.Amend(id, {{"title", "For them"}}).ok());
  EXPECT_EQ(charity_.Held(id)->local.conditions, (std::vector<std::string>{"organisation:bank"}));
}

TEST_F(BetweenTest, AnOldRecordWhoseSignedHandlingNamesOthersGoesToNobodyUntilItIsAmended) {
  record::Draft draft = *record::Draft::Create("report");
  ASSERT_TRUE(draft.SetField("title", "Old").ok());
  for (const auto& [word, value] : support::Assignments{
           {"tlp", "GREEN"}, {"purposes", "prevention"}, {"conditions", "organisation:bank"}, {"handling_code", "C"}}) {
    ASSERT_TRUE(draft.handling.Set(word, value).ok()) << word;
  }
  record::CommitContext context;
  context.author_fpr = charity_.identity().log_fingerprint();
  context.record_id = crypto::RandomArray<16>();
  auto view = record::Commit(draft, context, crypto::RandomArray<32>());
  ASSERT_TRUE(view.ok()) << view.status();
  ASSERT_TRUE(charity_.own_records().Store({*std::move(view), {}}, {}).ok());
  const std::string id = record::FormatRecordId(context.record_id);
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id).empty());
  ASSERT_TRUE(charity_.Amend(id, {{"title", "Old and mended"}}).ok());
  line_.Meet();
  EXPECT_FALSE(bank_.Open(id).empty());
}

}  // namespace
}  // namespace tidegate::flow
