// One row on disk that cannot be read any more: the feed goes on, and what a partner holds of that record is taken back
// where something has to be.
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
  void Damage(uint64_t seq) {
    charity_.Close();
    support::DamageArrival(charity_.store_folder(), seq);
    charity_.Open();
    ASSERT_TRUE(absl::IsDataLoss(charity_.Read()->Get(seq).status()));
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

}  // namespace
}  // namespace tidegate::flow
