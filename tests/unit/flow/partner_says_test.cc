// What a partner may do to a line at any time: repeat itself, tell of many checkpoints, be refused again and again,
// send what is not admitted; and what becomes of its stream when it is suspended, or when much was lost.
#include <gmock/gmock.h>

#include "tests/support/held.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Fate;
using support::MemoryNode;
using support::Must;

class PartnerSaysTest : public testing::Test {
 protected:
  PartnerSaysTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }
  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  // The newest refusal that the bank entered.
  std::string Refusal() {
    ledger::Filter refusals;
    refusals.name = "refusal";
    const auto page = Must(bank_.disclosures().List(refusals, 1, UINT64_MAX));
    if (page.entries.empty()) return "none";
    const auto& refusal = std::get<ledger::Refusal>(page.entries.front().entry);
    return refusal.layer + ": " + refusal.rule;
  }

  support::Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
};

TEST_F(PartnerSaysTest, TheSameReceiptUntilItIsTooMuch) {
  charity_.SetLimits({.partner_resent_parcels = 0});
  Report("one");
  line_.Meet([](size_t) { return Fate::kReceiptLost; });
  const auto receipt = Must(bank_.receiving().Unacknowledged(bank_.directory().Find("charity"))).at(0);
  const partner::PartnerPtr bank = charity_.directory().Find("bank");
  absl::Status said;
  int times = 0;
  while (said.ok() && times < 200) said = (++times, charity_.sharing().Acknowledge(bank, receipt));
  EXPECT_EQ(parcel::LayerOf(said), parcel::Layer::kLimit) << said;
  EXPECT_GT(times, 60);
  clock_.now_ms += 1000;
  Must(charity_.sharing().Acknowledge(bank, receipt));
}

TEST_F(PartnerSaysTest, NothingToAStreamOnceItIsSuspended) {
  const std::string id = Report("one");
  Must(charity_.directory().SetSuspended("bank", true, {.user = "ana", .at_ms = clock_.now_ms}));
  EXPECT_EQ(parcel::LayerOf(line_.Meet().status), parcel::Layer::kIdentity);
  EXPECT_TRUE(bank_.Open(id).empty());
}

TEST_F(PartnerSaysTest, MoreCheckpointsThanAnybodyHas) {
  exchange::Greeting many;
  many.checkpoints.assign(1000, "no checkpoint");
  charity_.sharing().Greet(*charity_.directory().Find("bank"), many);
  EXPECT_TRUE(charity_.authoring().ReadOnly().empty());
}

TEST_F(PartnerSaysTest, WhatIsRefusedAgainAndAgainIsEnteredOnceInTenMinutes) {
  bank_.SetLimits({.partner_records = 0});
  Report("one");
  const uint64_t before = bank_.disclosures().log().size();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(line_.Meet().refused, 1u) << i;
  EXPECT_EQ(bank_.disclosures().log().size(), before + 1);
  clock_.now_ms += uint64_t{11} * 60'000;
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_THAT(Refusal(), testing::HasSubstr("(and 2 more since the entry before)"));
}

TEST_F(PartnerSaysTest, WhatOurPoliciesDoNotAdmit) {
  bank_.Apply(R"(@id("clear-only") forbid (principal, action == Action::"admit", resource)
                 unless { resource.record.tlp in Tlp::"CLEAR" };)");
  const std::string id = Report("one");
  const std::string wanted =
      charity_.Add("organisation",
                   {{"name", "Quay Ltd"}, {"tlp", "CLEAR"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_FALSE(bank_.Open(wanted).empty());
  EXPECT_THAT(Refusal(), testing::HasSubstr("admission: "));
}

// More parcels than a feed reads again: then it looks at everything again.
TEST_F(PartnerSaysTest, NothingOfVeryManyParcels) {
  for (int i = 0; i < 70; ++i) {
    Report("r" + std::to_string(i));
    EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kLost; }).ended);
  }
  charity_.Crash();
  for (int i = 0; i < 3; ++i) line_.Meet();
  support::ExpectHeldAsAllowed(charity_, bank_);
}

}  // namespace
}  // namespace tidegate::flow
