// What a partner says of a parcel: late, twice, of another parcel, of records that it never carried, under another key.
#include <algorithm>

#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Fate;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;

class ReceiptsTest : public testing::Test {
 protected:
  ReceiptsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  crypto::Hash LeafOf(const std::string& id) const { return record::LogLeaf(Must(charity_.Held(id)).view.statement); }
  uint64_t ArrivalOf(const std::string& id) const { return Must(charity_.Held(id)).seq; }
  partner::PartnerPtr bank() const { return charity_.directory().Find("bank"); }
  partner::PartnerPtr charity() const { return bank_.directory().Find("charity"); }
  std::vector<parcel::SignedReceipt> Waiting() { return Must(bank_.receiving().Unacknowledged(charity())); }
  // What waits in the bank's outbox, read.
  parcel::Receipt Read(const parcel::SignedReceipt& receipt) const {
    return Must(parcel::VerifyReceipt(receipt.bytes, crypto::View(receipt.signature),
                                      bank_.identity().keys().delivery_key, bank_.identity().delivery_fingerprint()));
  }
  absl::Status Say(const parcel::Receipt& receipt) {
    return charity_.sharing().Acknowledge(bank(), Must(parcel::SignReceipt(receipt, bank_.identity().delivery_key())));
  }
  ledger::HoldingState StateOf(uint64_t seq) {
    return Must(charity_.disclosures().Disclosed("bank", seq, UINT64_MAX)).state;
  }
  void ExpectRefused(const absl::Status& said) { EXPECT_EQ(parcel::LayerOf(said), parcel::Layer::kManifest) << said; }

  Clock clock_;
  mutable MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(ReceiptsTest, ThatComeLateAndInAnotherOrderSayTheSame) {
  const auto lost = [](size_t) { return Fate::kReceiptLost; };
  const auto hold = [&] {  // stores one parcel, whose receipt does not come back
    line_.Meet(lost);
    return Waiting();
  };
  const std::string first = Report("one");
  const uint64_t seq = ArrivalOf(first);
  std::vector<parcel::SignedReceipt> receipts = hold();
  ASSERT_EQ(receipts.size(), 1u);
  // The bank's next meeting would bring it first. Here what it says of the recall comes before.
  ASSERT_TRUE(charity_.Recall(first).ok());
  parcel::Receipt recall = Read(receipts[0]);
  EXPECT_EQ(recall.stored, 1u);
  Must(charity_.sharing().Acknowledge(bank(), receipts[0]));
  EXPECT_NE(StateOf(seq), ledger::HoldingState::kErased);
  Must(charity_.sharing().Acknowledge(bank(), receipts[0]));  // twice is as once
  receipts = hold();
  ASSERT_GE(receipts.size(), 1u);
  for (const parcel::SignedReceipt& receipt : receipts) Must(charity_.sharing().Acknowledge(bank(), receipt));
  EXPECT_EQ(StateOf(seq), ledger::HoldingState::kErased);
  // The older one once more: an answer never becomes a lesser one.
  for (const parcel::SignedReceipt& receipt : receipts) Must(charity_.sharing().Acknowledge(bank(), receipt));
  EXPECT_EQ(StateOf(seq), ledger::HoldingState::kErased);
}

TEST_F(ReceiptsTest, OfNoParcelOfOursAreRefused) {
  parcel::Receipt receipt;
  receipt.manifest_hash = crypto::HashOf({"no manifest of ours"});
  receipt.signer_fpr = bank_.identity().delivery_fingerprint();
  receipt.at_ms = clock_.now_ms;
  ExpectRefused(Say(receipt));
}

TEST_F(ReceiptsTest, UnderAnotherKeyAreRefused) {
  Report("one");
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  const parcel::Receipt receipt = Read(Waiting().at(0));
  const auto other = crypto::SigningKey::Generate();
  EXPECT_TRUE(parcel::LayerOf(charity_.sharing().Acknowledge(bank(), Must(parcel::SignReceipt(receipt, other)))));
}

TEST_F(ReceiptsTest, SpeakOfWhatTheirParcelCarriedAndOfNothingElse) {
  const std::string carried = Report("one"), recalled = Report("two");
  line_.Meet();
  const std::string kept = charity_.Add("report", {{"title", "kept"}, {"tlp", "RED"}, {"purpose", "prevention"}});
  Line back(bank_, charity_);
  bank_.Apply(kShareAll);
  const std::string theirs = bank_.Add("report", {{"title", "theirs"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  back.Meet();
  const crypto::Hash theirs_leaf = record::LogLeaf(Must(bank_.Held(theirs)).view.statement);
  const uint64_t seq = ArrivalOf(recalled);
  const crypto::Hash recalled_leaf = LeafOf(recalled), kept_leaf = LeafOf(kept);
  const std::string next = Report("three");
  ASSERT_TRUE(charity_.Recall(recalled).ok());
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  const parcel::Receipt said = Read(Waiting().back());
  ASSERT_EQ(said.erased.size(), 1u);
  const uint64_t before = charity_.disclosures().log().size();

  parcel::Receipt receipt = said;
  receipt.unwanted = {LeafOf(carried)};  // another parcel's
  ExpectRefused(Say(receipt));
  receipt = said;
  receipt.unwanted = {recalled_leaf};  // asked back in it, not sent
  ExpectRefused(Say(receipt));
  receipt = said;
  receipt.erased.push_back({crypto::HashOf({"nobody's"}), 0, 0, 0});
  ExpectRefused(Say(receipt));
  receipt = said;
  receipt.erased.push_back({theirs_leaf, 0, 0, 0});  // a record of somebody else
  ExpectRefused(Say(receipt));
  EXPECT_EQ(charity_.disclosures().log().size(), before);
  EXPECT_EQ(StateOf(seq), ledger::HoldingState::kUnanswered);

  receipt = said;
  receipt.unwanted = {LeafOf(next)};
  receipt.erased.push_back({kept_leaf, 2, 1, 1});  // ours, and not asked for here: said without harm
  Must(Say(receipt));
  EXPECT_EQ(StateOf(seq), ledger::HoldingState::kErased);
  EXPECT_EQ(StateOf(ArrivalOf(next)), ledger::HoldingState::kRefused);
}

TEST_F(ReceiptsTest, ThatRefuseAreEnteredAndTheParcelComesAgain) {
  const std::string id = Report("one");
  bank_.SetLimits({.partner_records = 0});
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_EQ(Must(charity_.disclosures().Parcel("bank", 1)).answer, ledger::Answer::kRefused);
  EXPECT_TRUE(Waiting().empty()) << "a refusal is made again, not kept";
  bank_.SetLimits({});
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_FALSE(bank_.Open(id).empty());
}

TEST_F(ReceiptsTest, ThatCannotBeReadKeepNoOtherFromBeingGiven) {
  Report("one");
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  Must(bank_.store().Write([&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kExchange, OutboxScope("charity"), std::string(32, 'x'), "damaged");
  }));
  EXPECT_EQ(Must(bank_.receiving().Unacknowledged(charity())).size(), 1u);
}

// Before a node ends, what was delivered leaves the outbox; otherwise it is given once more.
TEST_F(ReceiptsTest, ThatWereDeliveredAreForgottenBeforeTheEnd) {
  Report("one");
  line_.Meet();
  bank_.receiving().Tidy();
  bank_.Crash();
  EXPECT_TRUE(Waiting().empty());
  Report("two");
  line_.Meet();
  bank_.Crash();
  EXPECT_EQ(Waiting().size(), 1u);
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(ReceiptsTest, OfAParcelThatAskedForNothingCannotSayThatSomethingIsGone) {
  const std::string first = Report("one"), second = Report("two");
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  parcel::Receipt receipt = Read(Waiting().at(0));
  receipt.erased.push_back({LeafOf(first), 0, 0, 0});
  ExpectRefused(Say(receipt));
  EXPECT_NE(StateOf(ArrivalOf(first)), ledger::HoldingState::kErased);
}

// Each says one thing more; the register keeps an entry for each, up to an end.
TEST_F(ReceiptsTest, OfOneParcelHaveAnEnd) {
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(Report("r" + std::to_string(i)));
  line_.Meet();
  std::vector<crypto::Hash> leaves;
  for (const std::string& id : ids) leaves.push_back(LeafOf(id));
  for (const std::string& id : ids) ASSERT_TRUE(charity_.Recall(id).ok());
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  parcel::Receipt receipt = Read(Waiting().back());
  receipt.erased.clear();
  size_t taken = 0;
  absl::Status said;
  for (const crypto::Hash& leaf : leaves) {
    receipt.erased.push_back({leaf, 0, 0, 0});
    said = Say(receipt);
    if (!said.ok()) break;
    ++taken;
  }
  EXPECT_EQ(taken, 16u);
  EXPECT_EQ(parcel::LayerOf(said), parcel::Layer::kLimit) << said;
}

TEST_F(ReceiptsTest, ThatWereDeliveredTwiceAreForgottenOnce) {
  Report("one");
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  const parcel::SignedReceipt receipt = Waiting().at(0);
  for (int i = 0; i < 2; ++i) Must(bank_.receiving().Acknowledged(charity(), receipt));
  bank_.receiving().Tidy();
  bank_.Crash();
  EXPECT_TRUE(Waiting().empty());
}

TEST_F(ReceiptsTest, ThatCannotBeForgottenAreOfferedOnceMore) {
  Report("one");
  line_.Meet();
  bank_.store().Close();
  bank_.receiving().Tidy();
  bank_.Crash();
  EXPECT_EQ(Waiting().size(), 1u);
}

// What it keeps under legal hold, beside what it erased.
TEST_F(ReceiptsTest, ThatWithholdWhatTheyErasedOrWereNotAskedForSayNoMoreThanThat) {
  const std::string gone = Report("one"), kept = Report("two"), other = Report("three");
  const crypto::Hash gone_leaf = LeafOf(gone), kept_leaf = LeafOf(kept), other_leaf = LeafOf(other);
  const uint64_t gone_seq = ArrivalOf(gone), kept_seq = ArrivalOf(kept), other_seq = ArrivalOf(other);
  line_.Meet();
  ASSERT_TRUE(charity_.Recall(gone).ok());
  ASSERT_TRUE(charity_.Recall(kept).ok());
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  parcel::Receipt receipt = Read(Waiting().back());
  receipt.erased = {{gone_leaf, 0, 0, 0}};
  receipt.withheld = {gone_leaf, kept_leaf, other_leaf};
  Must(Say(receipt));
  EXPECT_EQ(StateOf(gone_seq), ledger::HoldingState::kErased) << "it said that it is gone";
  EXPECT_EQ(StateOf(kept_seq), ledger::HoldingState::kWithheld);
  EXPECT_EQ(StateOf(other_seq), ledger::HoldingState::kDelivered) << "it was not asked for";
}

}  // namespace
}  // namespace tidegate::flow
