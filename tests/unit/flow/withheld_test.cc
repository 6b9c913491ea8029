// What a node keeps under legal hold of records that it was asked to erase: nobody sees it, and the answer neither says
// that it is gone nor more than it may.
#include <gmock/gmock.h>

#include "node/flow/retention.h"
#include "tests/support/damage.h"
#include "tests/support/forger.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Forger;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class WithheldTest : public testing::Test {
 protected:
  WithheldTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }
  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  crypto::Hash LeafOf(const std::string& id) const { return record::LogLeaf(Must(charity_.Held(id)).view.statement); }
  void Hold(const std::string& id) {
    const Retention retention(bank_.store(), bank_.disclosures(), bank_.authoring(), [this] { return clock_.now_ms; });
    Must(retention.Hold(policy::PrincipalMint::Mint("ben", true, {"supervisor"}), "order of a court", {id, ""})
             .status());
  }
  // What the bank answers when all of this is withdrawn at once.
  parcel::Receipt Withdraw(const std::vector<crypto::Hash>& leaves) {
    Forger forger(charity_, bank_);
    parcel::SealRequest request = forger.Next();
    for (const crypto::Hash& leaf : leaves) request.withdrawals.push_back({leaf, {}});
    return forger.Given(std::move(request));
  }
  static std::vector<crypto::Hash> Erased(const parcel::Receipt& receipt) {
    std::vector<crypto::Hash> leaves;
    for (const parcel::Erased& one : receipt.erased) leaves.push_back(one.leaf);
    return leaves;
  }

  support::Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(WithheldTest, AHoldThatCannotBeReadIsOneAllTheSame) {
  const std::string id = Report("one");
  line_.Meet();
  Hold(id);
  bank_.Close();
  support::DamageNamed(bank_.store_folder(), static_cast<uint8_t>(store::Named::kHold));
  bank_.Open();
  const parcel::Receipt receipt = Withdraw({LeafOf(id)});
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_THAT(receipt.withheld, ElementsAre(LeafOf(id)));
  EXPECT_THAT(receipt.erased, IsEmpty());
}

TEST_F(WithheldTest, ARevisionThatWasErasedBeforeTheHoldBeganIsSaidToBeGone) {
  const std::string id = Report("one");
  const crypto::Hash first = LeafOf(id);
  line_.Meet();
  Must(charity_.Amend(id, {{"title", "amended"}}));
  line_.Meet();
  Hold(id);
  const parcel::Receipt receipt = Withdraw({LeafOf(id), first});
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_THAT(receipt.withheld, ElementsAre(LeafOf(id))) << "of this one there is a copy";
  EXPECT_THAT(Erased(receipt), ElementsAre(first));
}

TEST_F(WithheldTest, AReceiptNamesNoMoreOfThemThanItMay) {
  std::vector<crypto::Hash> leaves;
  std::vector<std::string> ids;
  for (size_t i = 0; i <= parcel::kMaxWithheldLeaves; ++i) {
    ids.push_back(Report("r" + std::to_string(i)));
    leaves.push_back(LeafOf(ids.back()));
  }
  line_.Meet();
  for (const std::string& id : ids) Hold(id);
  const parcel::Receipt receipt = Withdraw(leaves);
  EXPECT_THAT(receipt.withheld, SizeIs(parcel::kMaxWithheldLeaves));
  EXPECT_THAT(receipt.erased, IsEmpty()) << "what is not named is not said to be gone";
  for (const std::string& id : ids) EXPECT_TRUE(bank_.Open(id).empty());
}

}  // namespace
}  // namespace tidegate::flow
