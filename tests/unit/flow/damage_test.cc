// One row on disk that can no longer be read: the feed goes on, and the partner is asked to erase that record if
// something must be taken back.
#include "tests/support/damage.h"

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

}  // namespace
}  // namespace tidegate::flow
