// What our own people may do to a record, and what refuses: unknown kinds, records of others, what was erased, what
// somebody else changed in between; what a recall says on a node that cannot author; how far the owner has looked.
#include <gmock/gmock.h>

#include "node/flow/deed.h"
#include "node/flow/looked.h"
#include "node/flow/own_records.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AuthoringTest : public testing::Test {
 protected:
  AuthoringTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
    bank_.Apply(kShareAll);
  }
  std::string Report(MemoryNode& node, const std::string& title) {
    return node.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  std::vector<std::string> Warnings(const std::vector<Assignment>& set) {
    return Must(charity_.authoring().Add(ana_, "a test", {"report", set})).warnings;
  }
  absl::StatusOr<RecalledRecord> Recall(const std::string& id, const std::string& reason = "mistaken",
                                        bool dry_run = false) {
    return charity_.authoring().Recall(ana_, reason, {id, dry_run});
  }
  static record::RecordId IdOf(const std::string& id) { return Must(record::ParseRecordId(id)); }
  static record::Statement StatementOf(const store::StoredRecord& record) {
    return Must(record::ParseStatement(record.view.statement));
  }
  static record::Draft Draft(const std::string& title) {
    record::Draft draft = *record::Draft::Create("report");
    Must(draft.SetField("title", title));
    return draft;
  }

  support::Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  const policy::Principal ana_ = policy::PrincipalMint::Mint("ana", true, {"analyst"});
};

TEST_F(AuthoringTest, AnUnknownKindIsRefusedWithTheNearest) {
  const absl::Status unknown = charity_.TryAdd("raport", {{"title", "x"}}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(unknown));
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("there is no kind `raport`; did you mean `report`?"));
}

TEST_F(AuthoringTest, ItsAuthorIsWarnedOfARecordThatReachesNobody) {
  const auto no_tlp = HasSubstr("it has no TLP"), no_purpose = HasSubstr("it has no purpose");
  EXPECT_THAT(Warnings({{"title", "x"}}), ElementsAre(no_tlp, no_purpose));
  EXPECT_THAT(Warnings({{"title", "x"}, {"recipient", "bank"}}), ElementsAre(no_purpose)) << "it is for the bank";
  EXPECT_THAT(Warnings({{"title", "x"}, {"tlp", "CLEAR"}}), IsEmpty());
  EXPECT_THAT(Warnings({{"title", "x"}, {"tlp", "GREEN"}, {"purpose", "prevention"}}), IsEmpty());
}

TEST_F(AuthoringTest, ItsAuthorIsAskedAboutANumberOfAnOddLength) {
  const auto added =
      Must(charity_.authoring().Add(ana_, "a test", {"phone", {{"number", "phone:+48 600 70"}, {"tlp", "CLEAR"}}}));
  EXPECT_THAT(added.warnings, testing::Not(IsEmpty()));
}

TEST_F(AuthoringTest, AReasonHasAnEnd) {
  const std::string longest(kMostReasonBytes, 'x');
  EXPECT_TRUE(charity_.authoring().Add(ana_, longest, {"report", {{"title", "x"}}}).ok());
  EXPECT_TRUE(
      absl::IsInvalidArgument(charity_.authoring().Add(ana_, longest + "x", {"report", {{"title", "x"}}}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Recall("00", longest + "x").status()));
}

TEST_F(AuthoringTest, AnAmendmentIsOfTheRevisionThatItsAuthorSaw) {
  const std::string id = Report(charity_, "one");
  AmendRecord what{id, {{"title", "two"}}};
  what.as_of = Must(charity_.Held(id)).seq;
  Must(charity_.authoring().Amend(ana_, "a test", what).status());
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_.authoring().Amend(ana_, "a test", what).status()))
      << "somebody amended it in between";
}

TEST_F(AuthoringTest, AnAmendmentMayAddToAList) {
  const std::string id = charity_.Add("report", {{"title", "one"}, {"identifiers", "phone:+447700900147"}});
  AmendRecord what{id, {}};
  what.add = {{"identifiers", "phone:+447700900148"}};
  Must(charity_.authoring().Amend(ana_, "a test", what).status());
  Must(charity_.authoring().Amend(ana_, "a test", what).status());  // answered as a new one is
  const auto view = Must(record::Verify(Must(charity_.Held(id)).view));
  EXPECT_EQ(
      Must(DraftOf(Must(charity_.Held(id)))).fields.at(view.kind().FindSlot("identifiers")->number).value.items.size(),
      2u);
}

TEST_F(AuthoringTest, AChangeOfTagsIsARevisionAndTheRegisterNamesIt) {
  const std::string id = Report(charity_, "one");
  AmendRecord what{id, {}};
  what.add_tags = {"night", "quay"};
  EXPECT_EQ(Must(charity_.authoring().Amend(ana_, "case 12", what)).revision, 1u);
  what.tells_unchanged = true;
  const auto same = Must(charity_.authoring().Amend(ana_, "case 12", what));
  EXPECT_TRUE(same.unchanged);
  EXPECT_EQ(same.revision, 1u);
  what.tells_unchanged = false;  // who gave no reason is told nothing of what the record says
  EXPECT_FALSE(Must(charity_.authoring().Amend(ana_, "", what)).unchanged);
  what.add_tags = {};
  what.remove_tags = {"night"};
  EXPECT_EQ(Must(charity_.authoring().Amend(ana_, "case 12", what)).revision, 3u);
  EXPECT_THAT(Must(charity_.Held(id)).local.tags, ElementsAre("quay"));
}

TEST_F(AuthoringTest, WhoMarksASuspiciousActivityReportIsToldThatOthersSeeItNoMore) {
  const std::string id = Report(charity_, "one");
  AmendRecord what{id, {}};
  what.add_tags = {"SAR"};
  const auto marked = Must(charity_.authoring().Amend(ana_, "case 12", what));
  EXPECT_THAT(marked.warnings, testing::Contains(HasSubstr("`screening`")));
  EXPECT_THAT(marked.view->handling().conditions, testing::Contains(std::string(record::kSarCondition)));
  what.add_tags = {"night"};
  EXPECT_THAT(Must(charity_.authoring().Amend(ana_, "case 12", what)).warnings,
              testing::Not(testing::Contains(HasSubstr("`screening`"))));
  what.add_tags = {};
  what.remove_tags = {"sar"};
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_.authoring().Amend(ana_, "case 12", what).status()));
}

// A link is handled as strictly as its ends: what it inherited stays.
TEST_F(AuthoringTest, ALinkKeepsTheTagsOfItsEnds) {
  const std::string child = charity_.Add("report", {{"title", "one"}, {"tag", "child"}});
  const std::string other = Report(charity_, "two");
  const auto link = Must(charity_.authoring().Link(ana_, "case 12", {child, "mentions", other, {}}));
  AmendRecord what{record::FormatRecordId(link.id), {}};
  what.remove_tags = {"child"};
  EXPECT_FALSE(charity_.authoring().Amend(ana_, "case 12", what).ok());
  what.remove_tags = {};
  what.add_tags = {"night"};
  EXPECT_TRUE(charity_.authoring().Amend(ana_, "case 12", what).ok());
}

TEST_F(AuthoringTest, WhatWasErasedOrIsAnothersIsNotAmended) {
  const std::string erased = Report(charity_, "erased");
  const uint64_t seq = Must(charity_.Held(erased)).seq;
  const std::string theirs = Report(bank_, "theirs");
  Line(bank_, charity_).Meet();
  Must(charity_.store().Write(
      [&](store::WriteTransaction& transaction) { return transaction.Erase(seq, clock_.now_ms).status(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_.Amend(erased, {{"title", "x"}})));
  const OwnRecords own = charity_.own_records();
  EXPECT_TRUE(absl::IsFailedPrecondition(own.CommitAmendment(Draft("x"), Must(charity_.Held(erased)), {}).status()));
  const absl::Status another = charity_.Amend(theirs, {{"title", "x"}});
  EXPECT_TRUE(absl::IsPermissionDenied(another));
  EXPECT_THAT(std::string(another.message()), HasSubstr("add a `sighting`"));
}

TEST_F(AuthoringTest, WhatChangedInTheMeantimeIsNotStoredOver) {
  const std::string id = Report(charity_, "one");
  OwnRecords own = charity_.own_records();
  const store::StoredRecord seen = Must(charity_.Held(id));
  Chance chances[2];
  Draw(chances);
  const Authored first = Must(own.CommitAmendment(Draft("two"), seen, chances[0]));
  const Authored second = Must(own.CommitAmendment(Draft("three"), seen, chances[1]));
  Must(own.Store(first, {}).status());
  EXPECT_TRUE(absl::IsFailedPrecondition(own.Store(second, {}).status()));
  const Authored recall = Must(own.CommitRecall(StatementOf(Must(charity_.Held(id)))));
  Must(own.Store(recall, {}).status());
  EXPECT_TRUE(absl::IsFailedPrecondition(own.Store(recall, {}).status())) << "the same recall again";
}

TEST_F(AuthoringTest, WhatIsNotWantedAnyMoreLeavesNoEntry) {
  OwnRecords own = charity_.own_records();
  Chance chance;
  Draw({&chance, 1});
  std::vector<Prepared> one;
  one.push_back(Must(own.Prepare(Must(own.CommitNew(Draft("x"), chance)))));
  const uint64_t before = charity_.disclosures().log().size();
  Must(own.StoreWanted(one, {}, [](store::WriteTransaction&, size_t) -> absl::StatusOr<bool> { return false; }));
  EXPECT_EQ(charity_.disclosures().log().size(), before);
  EXPECT_EQ(one.front().log_index, 0u);
  EXPECT_EQ(charity_.log().size(), 0u);
}

TEST_F(AuthoringTest, TheNewestRevisionOfEachIsTold) {
  const std::string one = Report(charity_, "one");
  Must(charity_.Amend(one, {{"title", "two"}}));
  EXPECT_THAT(Must(charity_.authoring().NewestOf({IdOf(one), record::RecordId{}})), ElementsAre(2u, 0u));
}

// --- Recalls ---

TEST_F(AuthoringTest, ARecallNeedsAReasonAndARecordOfOurs) {
  const std::string theirs = Report(bank_, "theirs"), ours = Report(charity_, "ours");
  Line(bank_, charity_).Meet();
  EXPECT_TRUE(absl::IsInvalidArgument(Recall(ours, "").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Recall(theirs).status()));
  EXPECT_TRUE(absl::IsNotFound(Recall(std::string(32, '0')).status()));
  // Also where a damaged row of another's is all that there is.
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), 2);
  charity_.Open();
  EXPECT_TRUE(absl::IsNotFound(Recall(theirs).status()));
}

TEST_F(AuthoringTest, ADryRunOfARecallNamesTheHoldersAndRecallsNothing) {
  const std::string id = Report(charity_, "one");
  Line(charity_, bank_).Meet();
  const RecalledRecord would = Must(Recall(id, "mistaken", true));
  EXPECT_FALSE(would.recalled);
  EXPECT_THAT(would.holders, ElementsAre("bank"));
  EXPECT_FALSE(charity_.Open(id).empty());
  ledger::Filter looks;
  looks.name = "access";
  const auto page = Must(charity_.disclosures().List(looks, 1));
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(std::get<ledger::Consultation>(page.entries.front().entry).verb, "recall --dry-run");
}

TEST_F(AuthoringTest, ARestoredNodeAsksActivePartnersAlone) {
  const std::string id = Report(charity_, "one");
  MemoryNode police("police", "police", clock_);
  support::Pair(charity_, police);
  Must(charity_.directory().SetSuspended("police", true, {.user = "ana", .at_ms = clock_.now_ms}));
  charity_.continuity().Behind("bank");
  const absl::Status unknown = Recall(std::string(32, '0')).status();
  EXPECT_TRUE(absl::IsNotFound(unknown));
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("restored from a backup"));
  EXPECT_THAT(Must(Recall(id)).note, HasSubstr("This node is read-only"));
  EXPECT_EQ(Must(charity_.disclosures().Asked("bank", 10)).open.size(), 1u);
  EXPECT_THAT(Must(charity_.disclosures().Asked("police", 10)).open, IsEmpty());
}

TEST(StoreFailsTest, SaysWhichErrorsEveryFurtherRecordWouldMeet) {
  for (const absl::Status& fault :
       {absl::UnavailableError(""), absl::ResourceExhaustedError(""), absl::InternalError("")}) {
    EXPECT_TRUE(StoreFails(fault)) << fault;
  }
  for (const absl::Status& row : {absl::OkStatus(), absl::DataLossError(""), absl::NotFoundError("")}) {
    EXPECT_FALSE(StoreFails(row)) << row;
  }
}

// --- How far the owner has looked ---

TEST_F(AuthoringTest, WhatWasLookedAtNeverGoesBack) {
  store::Store& store = charity_.store();
  EXPECT_EQ(Must(LookedUpTo(store)), LookedAt{});
  Report(charity_, "one");
  Report(charity_, "two");
  Must(LookUpTo(store, {2, 5}));
  Must(LookUpTo(store, {1, 4}));
  EXPECT_EQ(Must(LookedUpTo(store)), (LookedAt{2, 5}));
  Must(LookUpTo(store, {2, 5}));
  EXPECT_TRUE(absl::IsInvalidArgument(LookUpTo(store, {3, 5}))) << "that has not come";
  EXPECT_EQ(Must(LookedUpTo(store)), (LookedAt{2, 5}));
  charity_.Close();
  support::DamageNamed(charity_.store_folder(), static_cast<uint8_t>(store::Named::kSetting));
  charity_.Open();
  EXPECT_EQ(Must(LookedUpTo(charity_.store())), LookedAt{}) << "everything counts as new again";
}

// What somebody types of a time, and may have meant otherwise.
TEST_F(AuthoringTest, ItsAuthorIsAskedAboutATimeWithoutAZone) {
  EXPECT_THAT(Warnings({{"title", "x"}, {"observed", "2026-01-04T10:20"}, {"tlp", "GREEN"}, {"purpose", "prevention"}}),
              ElementsAre(HasSubstr("without a zone")));
}

TEST_F(AuthoringTest, OnlyAChangeOfTagsAloneIsAnsweredAsNone) {
  const std::string id = Report(charity_, "one");
  AmendRecord what{id, {}};
  what.tells_unchanged = true;
  what.add_tags = {"night"};
  EXPECT_EQ(Must(charity_.authoring().Amend(ana_, "case 12", what)).revision, 1u) << "the tag is new";
  what.set = {{"title", "one"}};
  const auto said = Must(charity_.authoring().Amend(ana_, "case 12", what));
  EXPECT_FALSE(said.unchanged) << "whoever sets a field makes a revision";
  EXPECT_EQ(said.revision, 2u);
}

// The mark stands in a field that travels and in the signed handling, and among no tags of this node.
TEST_F(AuthoringTest, OfAReportThatWasMarkedBeforeItsAuthorIsToldNothing) {
  const auto hides = testing::Contains(HasSubstr("`screening`"));
  const auto marked = Must(charity_.authoring().Add(
      ana_, "a test",
      {"person", {{"family_name", "Doe"}, {"tags", "sar"}, {"tlp", "GREEN"}, {"purpose", "prevention"}}}));
  ASSERT_THAT(marked.local.tags, IsEmpty());
  ASSERT_THAT(marked.view->handling().conditions, testing::Contains(std::string(record::kSarCondition)));
  AmendRecord what{record::FormatRecordId(marked.id), {{"given_names", "Jo"}}};
  EXPECT_THAT(Must(charity_.authoring().Amend(ana_, "case 12", what)).warnings, testing::Not(hides));
}

TEST_F(AuthoringTest, ATagThatIsTakenOutLeavesAFieldThatSaysNothingIsKnown) {
  const std::string id = charity_.Add("person", {{"family_name", "Doe"}, {"tags", "unknown"}, {"tag", "night"}});
  AmendRecord what{id, {}};
  what.remove_tags = {"night"};
  Must(charity_.authoring().Amend(ana_, "case 12", what).status());
  EXPECT_THAT(Must(charity_.Held(id)).local.tags, IsEmpty());
  EXPECT_THAT(charity_.Open(id), testing::Contains("tags@whole")) << "`unknown`";
}

TEST_F(AuthoringTest, ALinkWhoseEndIsGoneBecomesNoLooserThanItWas) {
  const std::string one = Report(charity_, "one"), other = Report(charity_, "two");
  const auto link = Must(charity_.authoring().Link(ana_, "case 12", {one, "mentions", other, {}}));
  const std::string id = record::FormatRecordId(link.id);
  Must(charity_.Recall(one));
  EXPECT_TRUE(charity_.Amend(id, {{"note", "Seen again"}}).ok());
  EXPECT_FALSE(charity_.Amend(id, {{"tlp", "CLEAR"}}).ok());
}

}  // namespace
}  // namespace tidegate::flow
