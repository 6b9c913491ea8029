// Rows that version 0.1 wrote are read: where a node stands with a feed, a receipt in the outbox, numbers of parcels.
#include "crypto/bytes.h"
#include "node/flow/standing.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using store::Named;
using support::Must;

TEST(OldRows, ANumberWasItsDecimalDigits) {
  EXPECT_EQ(Must(feed::DecodeNumber("17")), 17u);
  EXPECT_EQ(Must(feed::DecodeNumber(feed::EncodeNumber(17))), 17u);
  for (const std::string& damaged : {std::string(), std::string("17x"), feed::EncodeNumber(17) + "x"}) {
    EXPECT_TRUE(absl::IsDataLoss(feed::DecodeNumber(damaged).status())) << damaged;
  }
}

TEST(OldRows, AReceiptInTheOutboxHadNoLabel) {
  parcel::SignedReceipt receipt;
  receipt.bytes = "a receipt";
  receipt.signature.fill(7);
  const std::string row = crypto::ByteWriter().Lp32(receipt.bytes).Raw(crypto::View(receipt.signature)).Take();
  const parcel::SignedReceipt read = Must(KeptReceipt(row));
  EXPECT_EQ(read.bytes, receipt.bytes);
  EXPECT_EQ(read.signature, receipt.signature);
  EXPECT_TRUE(absl::IsDataLoss(KeptReceipt(row + "x").status()));
  // One with what is withheld says what that is.
  const std::string withheld = std::string("TDGout2\0", 8) + row;
  EXPECT_EQ(Must(KeptReceipt(withheld + crypto::ByteWriter().Lp32("leaves").Take())).withheld, "leaves");
  EXPECT_TRUE(absl::IsDataLoss(KeptReceipt(withheld + crypto::ByteWriter().Lp32("").Take()).status()));
}

class OldRowsTest : public testing::Test {
 protected:
  OldRowsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }
  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  // Writes a row as version 0.1 did: without the label.
  static void TakeTheLabelOff(support::MemoryNode& node, Named table, const std::string& scope) {
    Must(node.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
      std::vector<std::pair<std::string, std::string>> rows;
      store::Damage damage;
      Must(transaction.ForEachNamed(table, scope, damage, [&rows](std::string_view item, std::string_view row) {
        rows.emplace_back(item, row.substr(8));
        return true;
      }));
      EXPECT_FALSE(rows.empty()) << scope;
      for (auto& [item, row] : rows) {
        if (row.size() == 8) row = std::to_string(crypto::ByteReader(row).U64());  // a number
        if (auto put = transaction.PutNamed(table, scope, item, row); !put.ok()) return put;
      }
      return absl::OkStatus();
    }));
    node.Crash();
  }

  support::Clock clock_;
  support::MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
};

TEST_F(OldRowsTest, AFeedGoesOnWhereItWas) {
  const std::string first = Report("one");
  EXPECT_EQ(line_.Meet().stored, 1u);
  TakeTheLabelOff(bank_, Named::kCursor, "in");
  TakeTheLabelOff(charity_, Named::kFrontier, std::string(feed::kLastNumberScope));
  TakeTheLabelOff(charity_, Named::kFrontier, feed::NextScope("bank"));
  const std::string second = Report("two");
  const support::Meeting met = line_.Meet();
  EXPECT_EQ(met.stored, 1u) << "one is not sent again, and two under a number of its own";
  EXPECT_EQ(met.refused, 0u);
  EXPECT_EQ(bank_.Open(second), charity_.Open(second));
}

TEST_F(OldRowsTest, AReceiptThatWaitsIsGivenAndKnown) {
  const std::string id = Report("one");
  line_.Meet([](size_t) { return support::Fate::kReceiptLost; });
  TakeTheLabelOff(bank_, Named::kExchange, OutboxScope("charity"));
  TakeTheLabelOff(charity_, Named::kExchange, feed::SentScope("bank"));
  EXPECT_EQ(line_.Meet().stored, 0u);
  const auto state = Must(charity_.disclosures().Parcel("bank", 1));
  EXPECT_EQ(state.answer, ledger::Answer::kStored);
}

}  // namespace
}  // namespace tidegate::flow
