// One row on disk that can no longer be read: the feed goes on, and the partner is asked to erase that record if
// something must be taken back.
#include "tests/support/damage.h"

#include <algorithm>

#include "node/feed/intents.h"
#include "tests/support/forger.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;

class DamageTest : public testing::Test {
 protected:
  DamageTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(const std::string& title) {
    return charity_.Add("report",
                        {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  }
  uint64_t ArrivalOf(const std::string& id) const {
    return Must(charity_.Read()->FindById(Must(record::ParseRecordId(id))));
  }
  // Writes something else over a row of the charity's.
  void Damage(uint64_t seq) { DamageAt(charity_, seq); }
  static void DamageAt(MemoryNode& node, uint64_t seq) {
    node.Close();
    support::DamageArrival(node.store_folder(), seq);
    node.Open();
    ASSERT_TRUE(absl::IsDataLoss(node.Read()->Get(seq).status()));
  }
  // The register's entry about what was sent of the arrival last.
  void DamageIntentAbout(uint64_t seq) {
    const uint64_t index = Must(charity_.disclosures().Disclosed("bank", seq)).intent_index;
    Must(charity_.store().Write([index](store::WriteTransaction& transaction) {
      return transaction.PutOrdered(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(index).Take(), "damaged");
    }));
    charity_.Crash();
    ASSERT_FALSE(charity_.disclosures().Get(index).ok());
  }
  // A notice that takes back the whole record, as the charity may give it at any time.
  parcel::Receipt RecallWhole(const std::string& id, const crypto::Hash& leaf) {
    support::Forger forger(charity_, bank_);
    parcel::SealRequest request = forger.Next();
    request.whole_recalls.push_back({leaf, Must(record::ParseRecordId(id))});
    return forger.Given(std::move(request));
  }
  RecalledRecord Recall(const std::string& id) {
    return Must(
        charity_.authoring().Recall(policy::PrincipalMint::Mint("ana", true, {"analyst"}), "a test", {id, false}));
  }
  // A recall by somebody else under an id of ours, which names our record's leaf as they know it.
  static record::VerifiedView TwinOf(const MemoryNode& author, const record::RecordId& id) {
    auto theirs = Must(author.Read()->GetRecord(Must(author.Read()->FindById(id))));
    auto statement = Must(record::ParseStatement(theirs.view.statement));
    return Must(record::CommitRecall(statement, author.identity().log_fingerprint(), 1));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(DamageTest, APolicyThatTightensTakesBackWhatCannotBeReadToo) {
  const std::string one = Report("one"), other = Report("other");
  line_.Meet();
  ASSERT_FALSE(bank_.Open(one).empty());
  Damage(ArrivalOf(one));
  charity_.Apply(R"(@id("none") permit (principal, action == Action::"disclose", resource)
                    when { resource.record.tlp in Tlp::"GREEN" && false };)");
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_TRUE(bank_.Open(other).empty());
}

TEST_F(DamageTest, AnAmendmentTakesBackAnEarlierRevisionThatCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  const crypto::Hash leaf = record::LogLeaf(charity_.Held(one)->view.statement);
  ASSERT_TRUE(charity_.Amend(one, {{"title", "one, amended"}}).ok());
  Damage(first);
  const std::string other = Report("other");
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
  EXPECT_FALSE(bank_.Open(other).empty());
  const auto theirs = bank_.Read();
  EXPECT_TRUE(Must(theirs->GetRecord(Must(theirs->FindByLeaf(leaf)))).view.opened.empty());
}

TEST_F(DamageTest, AnAmendmentThatCannotBeReadTakesBackWhatItReplaced) {
  const std::string one = Report("one"), other = Report("other");
  line_.Meet();
  ASSERT_TRUE(charity_.Amend(one, {{"title", "one, amended"}}).ok());
  Damage(ArrivalOf(one));
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_FALSE(bank_.Open(other).empty());
}

TEST_F(DamageTest, ARecallReachesWhoHoldsARevisionThatCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  ASSERT_TRUE(charity_.Recall(one).ok());
  Damage(first);
  const std::string other = Report("other");
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_FALSE(bank_.Open(other).empty());
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", first, UINT64_MAX)).state, ledger::HoldingState::kErased);
}

TEST_F(DamageTest, WhatWasAskedBackIsAskedForAgainAlthoughItCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  ASSERT_TRUE(charity_.Recall(one).ok());
  line_.Meet([](size_t) { return support::Fate::kLost; });
  Damage(first);
  clock_.now_ms += 4'000;
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", first, UINT64_MAX)).state, ledger::HoldingState::kErased);
}

TEST_F(DamageTest, ARecallOfWhatTheHolderCannotReadErasesItAndIsAnswered) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  const uint64_t theirs = bank_.Held(one)->seq;
  DamageAt(bank_, theirs);
  ASSERT_TRUE(charity_.Recall(one).ok());
  Must(line_.Meet().status);
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", first, UINT64_MAX)).state, ledger::HoldingState::kErased);
  EXPECT_TRUE(Must(bank_.Read()->WrittenOver(theirs)));
  // It does not come again.
  clock_.now_ms += 60'000;
  const support::Meeting after = line_.Meet();
  EXPECT_EQ(after.stored + after.refused, 0U);
}

TEST_F(DamageTest, AnAmendmentOfWhatTheHolderCannotReadIsTaken) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t theirs = bank_.Held(one)->seq;
  DamageAt(bank_, theirs);
  ASSERT_TRUE(charity_.Amend(one, {{"title", "one, amended"}}).ok());
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
  // The recall of the amended record takes back the row that cannot be read too.
  const uint64_t second = ArrivalOf(one);
  ASSERT_TRUE(charity_.Recall(one).ok());
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_TRUE(Must(bank_.Read()->WrittenOver(theirs)));
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", second, UINT64_MAX)).state, ledger::HoldingState::kErased);
}

TEST_F(DamageTest, AWithdrawalOfWhatTheHolderCannotReadStopsNothing) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t theirs = bank_.Held(one)->seq;
  DamageAt(bank_, theirs);
  charity_.Apply(R"(@id("none") permit (principal, action == Action::"disclose", resource)
                    when { resource.record.tlp in Tlp::"GREEN" && false };)");
  Must(line_.Meet().status);
  // A withdrawal proves nothing about the row's author: it stays, and nothing is signed.
  EXPECT_FALSE(Must(bank_.Read()->WrittenOver(theirs)));
  EXPECT_NE(Must(charity_.disclosures().Disclosed("bank", ArrivalOf(one), UINT64_MAX)).state,
            ledger::HoldingState::kErased);
  charity_.Apply(kShareAll);
  const std::string other = Report("other");
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(other).empty());
}

TEST_F(DamageTest, OurOwnRecallOfWhatWeCannotReadAsksItsHoldersToEraseIt) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  Damage(first);
  const RecalledRecord recalled = Recall(one);
  EXPECT_EQ(recalled.holders, std::vector<std::string>{"bank"});
  EXPECT_NE(recalled.note.find("can be read here"), std::string::npos) << recalled.note;
  clock_.now_ms += 4'000;
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", first, UINT64_MAX)).state, ledger::HoldingState::kErased);
  // Said again, it is the same.
  EXPECT_TRUE(charity_.Recall(one).ok());
}

TEST_F(DamageTest, OurOwnRecallGoesByAnEarlierRevisionWhereTheNewestCannotBeRead) {
  const std::string one = Report("one");
  ASSERT_TRUE(charity_.Amend(one, {{"title", "one, amended"}}).ok());
  line_.Meet();
  const uint64_t newest = ArrivalOf(one);
  ASSERT_FALSE(bank_.Open(one).empty());
  Damage(newest);
  EXPECT_TRUE(Recall(one).note.empty());
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", newest, UINT64_MAX)).state, ledger::HoldingState::kErased);
}

TEST_F(DamageTest, NobodyElseSpeaksUnderAnIdOfOursWhoseRowCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  Damage(first);
  const record::RecordId id = Must(record::ParseRecordId(one));
  const record::VerifiedView twin = TwinOf(bank_, id);
  store::PutRequest request;
  request.view = &twin;
  request.origin = request.giver = "bank";
  auto prepared = Must(charity_.store().PrepareRecall(request));
  store::PutResult put;
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto done = transaction.Put(prepared);
    if (done.ok()) put = *done;
    return done.status();
  }));
  EXPECT_EQ(put.outcome, store::PutOutcome::kTwin);
  EXPECT_FALSE(Must(charity_.Read()->WrittenOver(first)));
  EXPECT_EQ(Must(charity_.Read()->OwnRevisions(id)), std::vector<uint64_t>{first});
}

// --- Entries of the register ---

constexpr char kClearOnly[] = R"(@id("none") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"CLEAR" };)";

TEST_F(DamageTest, WhatADamagedEntryMayHaveSentIsTakenBack) {
  const std::string one = Report("one"), other = Report("other");
  line_.Meet();
  DamageIntentAbout(ArrivalOf(one));
  charity_.Apply(kClearOnly);
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
  EXPECT_TRUE(bank_.Open(other).empty());
  charity_.Apply(kShareAll);
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
}

TEST_F(DamageTest, AnAmendmentOfWhatADamagedEntrySentReplacesIt) {
  const std::string one = Report("one");
  line_.Meet();
  const crypto::Hash first = record::LogLeaf(charity_.Held(one)->view.statement);
  DamageIntentAbout(ArrivalOf(one));
  ASSERT_TRUE(charity_.Amend(one, {{"title", "one, amended"}}).ok());
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
  const auto theirs = bank_.Read();
  EXPECT_TRUE(Must(theirs->GetRecord(Must(theirs->FindByLeaf(first)))).view.opened.empty());
}

// Otherwise the feed would call settled what it told the partner since.
TEST_F(DamageTest, WhatADamagedEntryLostOnItsWayIsDoubted) {
  constexpr char kGreen[] = R"(@id("green") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" };)";
  charity_.Apply(kGreen);
  Report("green");
  const std::string amber =
      charity_.Add("report", {{"title", "amber"}, {"tlp", "AMBER"}, {"purpose", "prevention"}, {"recipient", "bank"}});
  EXPECT_EQ(line_.Meet().stored, 1u);
  charity_.Apply(kShareAll);
  EXPECT_TRUE(line_.Meet([](size_t) { return support::Fate::kLost; }).ended);
  DamageIntentAbout(ArrivalOf(amber));
  charity_.Apply(kGreen);
  EXPECT_EQ(line_.Meet().stored, 1u) << "the notice about what may have arrived";
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(DamageTest, WhatNeitherItsRowNorTheRegisterKnowsStopsNothing) {
  const std::string one = Report("one"), other = Report("other");
  line_.Meet();
  const uint64_t seq = ArrivalOf(one);
  DamageIntentAbout(seq);
  Damage(seq);
  charity_.Apply(kClearOnly);
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(other).empty());
  ASSERT_TRUE(Recall(one).recalled);
  clock_.now_ms += 4000;
  Must(line_.Meet().status);
  EXPECT_NE(Must(charity_.disclosures().Disclosed("bank", seq)).state, ledger::HoldingState::kErased)
      << "nothing is said to be gone that nobody could name";
}

TEST_F(DamageTest, ARecallGoesOnAlthoughNobodyCanNameAnEarlierRevision) {
  const std::string one = Report("one"), other = Report("other");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  ASSERT_TRUE(charity_.Amend(one, {{"title", "amended"}}).ok());
  DamageIntentAbout(first);
  Damage(first);
  ASSERT_TRUE(charity_.Recall(one).ok());
  ASSERT_TRUE(charity_.Recall(other).ok());
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(other).empty());
  EXPECT_NE(Must(charity_.disclosures().Disclosed("bank", first)).state, ledger::HoldingState::kErased);
}

// An old revision may expire alone. What is asked back of it is not the whole record.
TEST_F(DamageTest, WhatIsAskedBackOfOneRevisionLeavesTheLaterOne) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  ASSERT_TRUE(charity_.Amend(one, {{"title", "amended"}}).ok());
  line_.Meet();
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto asked = charity_.disclosures().AskBack(transaction, Must(record::ParseRecordId(one)), first, clock_.now_ms,
                                                /*recall=*/true, {"bank"});
    if (!asked.ok()) return asked.status();
    return transaction.Erase(first, clock_.now_ms).status();
  }));
  clock_.now_ms += 4000;
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
}

// A restored node asks everybody. Of whoever was never given the record it knows no leaf.
TEST_F(DamageTest, WhatNobodyCanNameIsAskedForInVain) {
  const std::string one = Report("one"), other = Report("other");
  charity_.continuity().Behind("bank");
  Damage(ArrivalOf(one));
  ASSERT_TRUE(Recall(one).recalled);
  ASSERT_EQ(Must(charity_.disclosures().Asked("bank", 10)).open.size(), 1u);
  clock_.now_ms += 4000;
  Must(line_.Meet().status);
  EXPECT_EQ(Must(charity_.disclosures().Asked("bank", 10)).open.size(), 1u);
}

// What it says of the records is asked for again, in a parcel of its own.
TEST_F(DamageTest, AnAnswerAboutADamagedEntryIsTaken) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t seq = ArrivalOf(one);
  ASSERT_TRUE(charity_.Recall(one).ok());
  line_.Meet([](size_t) { return support::Fate::kReceiptLost; });
  DamageIntentAbout(seq);
  const uint64_t before = charity_.disclosures().log().size();
  line_.Meet();
  EXPECT_GT(charity_.disclosures().log().size(), before) << "the answer is entered";
  clock_.now_ms += 2 * 3'600'000;
  line_.Meet();
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", seq)).state, ledger::HoldingState::kErased);
}

TEST_F(DamageTest, AnIntentIsFoundWhereItStandsAndNowhereElse) {
  Report("one");
  line_.Meet();
  const uint64_t index = Must(charity_.disclosures().Disclosed("bank", 1)).intent_index;
  EXPECT_EQ(Must(feed::IntentAt(charity_.disclosures(), index)).parcel_seq, 1u);
  EXPECT_EQ(Must(feed::IntentOf(charity_.disclosures(), "bank", 1)).records.size(), 1u);
  EXPECT_TRUE(absl::IsDataLoss(feed::IntentAt(charity_.disclosures(), 0).status())) << "another entry";
  EXPECT_TRUE(absl::IsDataLoss(feed::IntentAt(charity_.disclosures(), 1000).status())) << "no entry";
  EXPECT_TRUE(absl::IsNotFound(feed::IntentOf(charity_.disclosures(), "bank", 9).status()));
}

TEST_F(DamageTest, TwoAmendmentsTakeAnUnreadableRevisionBackOnce) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = ArrivalOf(one);
  ASSERT_TRUE(charity_.Amend(one, {{"title", "two"}}).ok());
  ASSERT_TRUE(charity_.Amend(one, {{"title", "three"}}).ok());
  Damage(first);
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_FALSE(bank_.Open(one).empty());
  const ledger::Intent last = Must(feed::IntentOf(charity_.disclosures(), "bank", 2));
  EXPECT_EQ(std::count_if(last.records.begin(), last.records.end(),
                          [&](const ledger::IntendedRecord& record) { return record.seq == first; }),
            1);
}

// --- Rows of the line: where each side stands ---

TEST_F(DamageTest, ALineWhoseRowsCannotBeReadBeginsAnewAndNothingIsLost) {
  const std::string one = Report("one");
  line_.Meet();
  for (MemoryNode* node : {&charity_, &bank_}) {
    node->Close();
    const bool ours = node == &charity_;
    support::DamageNamed(node->store_folder(),
                         static_cast<uint8_t>(ours ? store::Named::kFrontier : store::Named::kCursor));
    support::DamageNamed(node->store_folder(), static_cast<uint8_t>(store::Named::kExchange));
    node->Open();
  }
  EXPECT_EQ(bank_.receiving().UsedBy("charity").records, 0u) << "counted anew";
  charity_.sharing().Greet(*charity_.directory().Find("bank"),
                           bank_.receiving().Greet(*bank_.directory().Find("charity")));
  const std::string two = Report("two");
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(one).empty());
  EXPECT_FALSE(bank_.Open(two).empty());
  Must(charity_.Recall(one));
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(one).empty());
}

// The manifest's row says which parcel a receipt is for. The register says it too.
TEST_F(DamageTest, AReceiptIsTakenAlthoughTheRowOfItsManifestCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet([](size_t) { return support::Fate::kReceiptLost; });
  charity_.Close();
  support::DamageNamed(charity_.store_folder(), static_cast<uint8_t>(store::Named::kExchange));
  charity_.Open();
  line_.Meet();
  EXPECT_EQ(Must(charity_.disclosures().Disclosed("bank", ArrivalOf(one))).state, ledger::HoldingState::kDelivered);
  EXPECT_EQ(Must(feed::DecodeNumber(Must(charity_.Read()->GetNamed(
                store::Named::kExchange, feed::SentScope("bank"),
                crypto::View(
                    std::get<ledger::ManifestSent>(Must(charity_.disclosures().Get(
                                                       *Must(charity_.disclosures().Parcel("bank", 1)).manifest_index)))
                        .manifest))))),
            1u)
      << "and is written again";
}

// --- What takes back a whole record, at a holder with rows that cannot be read ---

TEST_F(DamageTest, AWholeRecallIsNotAnsweredErasedWhileARowCannotBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = bank_.Held(one)->seq;
  ASSERT_TRUE(charity_.Amend(one, {{"title", "amended"}}).ok());
  line_.Meet();
  const crypto::Hash leaf = record::LogLeaf(bank_.Held(one)->view.statement);
  DamageAt(bank_, first);
  EXPECT_TRUE(RecallWhole(one, leaf).erased.empty());
  EXPECT_TRUE(bank_.Open(one).empty()) << "what can be read is gone";
  // Once its author's recall has written the row over, nothing is left.
  ASSERT_TRUE(charity_.Recall(one).ok());
  Must(line_.Meet().status);
  EXPECT_TRUE(Must(bank_.Read()->WrittenOver(first)));
  EXPECT_EQ(RecallWhole(one, leaf).erased.size(), 1u);
}

TEST_F(DamageTest, AWholeRecallIsNotAnsweredErasedWhileNoRowCanBeRead) {
  const std::string one = Report("one");
  line_.Meet();
  const uint64_t first = bank_.Held(one)->seq;
  ASSERT_TRUE(charity_.Amend(one, {{"title", "amended"}}).ok());
  line_.Meet();
  const uint64_t second = bank_.Held(one)->seq;
  const crypto::Hash leaf = record::LogLeaf(bank_.Held(one)->view.statement);
  DamageAt(bank_, first);
  DamageAt(bank_, second);
  EXPECT_TRUE(RecallWhole(one, leaf).erased.empty());
}

}  // namespace
}  // namespace tidegate::flow
