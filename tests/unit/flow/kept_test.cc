// An amendment tells which fields partners keep and lose.
#include "node/flow/kept.h"

#include <gtest/gtest.h>

#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;

constexpr char kShareAmber[] = R"(@id("amber") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };)";

class KeptTest : public testing::Test {
 protected:
  KeptTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAmber);
    id_ = charity_.Add("report",
                       {{"title", "Car wash"}, {"narrative", "Whole"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  std::vector<Kept> Amend(const support::Assignments& set) {
    const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
    const record::RecordId id = Must(record::ParseRecordId(id_));
    const HeldByPartners held = Must(keeping.HeldOf(id));
    Must(charity_.Amend(id_, set));
    return Must(keeping.KeptNow(id, held, static_cast<int64_t>(clock_.now_ms)));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  std::string id_;
};

TEST_F(KeptTest, WhoGetsItForTheFirstTimeGainsAllOfIt) {
  const std::vector<Kept> kept = Amend({{"title", "Nail bar"}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].gains, kept[0].gets);
  EXPECT_TRUE(kept[0].loses.empty());
}

TEST_F(KeptTest, NobodyWhereNobodyHoldsItAndNobodyGetsIt) { EXPECT_TRUE(Amend({{"tlp", "RED"}}).empty()); }

TEST_F(KeptTest, WhatIsNewToAHolderIsGained) {
  support::Line line(charity_, bank_);
  line.Meet();
  const std::vector<Kept> kept = Amend({{"place", "|Leeds|West Yorkshire|GB"}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].gains, std::vector<std::string>{"place@place.locality"});
}

TEST_F(KeptTest, ARehearsalTellsTheSameAndStoresNothing) {
  support::Line line(charity_, bank_);
  line.Meet();
  const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
  const record::RecordId id = Must(record::ParseRecordId(id_));
  const HeldByPartners held = Must(keeping.HeldOf(id));
  const uint64_t last = charity_.store().LastCommitted();
  const uint64_t log = charity_.log().size();
  std::vector<Kept> kept;
  AmendRecord amend{id_, {{"narrative", ""}}};
  amend.rehearse = [&](const store::Reader& reader) {
    kept = Must(keeping.KeptOf(reader, id, held, static_cast<int64_t>(clock_.now_ms)));
    return absl::OkStatus();
  };
  const auto who = policy::PrincipalMint::Mint("ana", true, {"analyst"});
  const AuthoredRecord would = Must(charity_.authoring().Amend(who, "case 7", amend));
  EXPECT_EQ(would.revision, 1u);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].loses, std::vector<std::string>{"narrative@narrative.full"});
  EXPECT_EQ(charity_.store().LastCommitted(), last);
  EXPECT_EQ(charity_.log().size(), log);
  Must(charity_.Amend(id_, {{"title", "As if nothing had been"}}));
}

TEST_F(KeptTest, WhatIsTakenOutIsLost) {
  support::Line line(charity_, bank_);
  line.Meet();
  const std::vector<Kept> kept = Amend({{"narrative", ""}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].organisation, "bank");
  EXPECT_EQ(kept[0].gets, std::vector<std::string>{"title@whole"});
  EXPECT_EQ(kept[0].loses, std::vector<std::string>{"narrative@narrative.full"});
  EXPECT_TRUE(kept[0].reached);
  // And so it is.
  line.Meet();
  EXPECT_EQ(bank_.Open(id_), kept[0].gets);
}

TEST_F(KeptTest, WhatNoPolicyLetsGoAnyMoreIsTakenBackWhole) {
  support::Line line(charity_, bank_);
  line.Meet();
  const std::vector<Kept> kept = Amend({{"tlp", "RED"}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(kept[0].gets.empty());
  EXPECT_EQ(kept[0].loses.size(), 2u);
  line.Meet();
  EXPECT_TRUE(bank_.Open(id_).empty());
}

TEST_F(KeptTest, WhoIsSuspendedIsNotReached) {
  support::Line(charity_, bank_).Meet();
  Must(charity_.directory().SetSuspended("bank", true, {.user = "ana"}));
  const std::vector<Kept> kept = Amend({{"narrative", ""}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_FALSE(kept[0].reached);
}

TEST_F(KeptTest, OfADamagedEntryEverythingMayBeHeld) {
  support::Line(charity_, bank_).Meet();
  const uint64_t seq = Must(charity_.Held(id_)).seq;
  const uint64_t index = Must(charity_.disclosures().Disclosed("bank", seq)).intent_index;
  Must(charity_.store().Write([index](store::WriteTransaction& transaction) {
    return transaction.PutOrdered(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(index).Take(), "damaged");
  }));
  charity_.Crash();
  const std::vector<Kept> kept = Amend({{"narrative", ""}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].loses, std::vector<std::string>{"narrative@narrative.full"});
  // Where the row cannot be read either, nobody knows what that is.
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), seq);
  charity_.Open();
  const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
  EXPECT_TRUE(Must(keeping.HeldOf(Must(record::ParseRecordId(id_)))).at("bank").empty());
}

TEST_F(KeptTest, WhatCameBackIsHeldNoMore) {
  support::Line line(charity_, bank_);
  line.Meet();
  Must(charity_.Amend(id_, {{"tlp", "RED"}}));
  line.Meet();
  const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
  EXPECT_TRUE(Must(keeping.HeldOf(Must(record::ParseRecordId(id_)))).empty());
}

TEST_F(KeptTest, WhoWasRemovedHoldsItStillAndIsNotReached) {
  support::Line(charity_, bank_).Meet();
  Must(charity_.directory().Remove("bank", "removed", {.user = "ana", .at_ms = clock_.now_ms},
                                   [](store::WriteTransaction&) { return absl::OkStatus(); }));
  const std::vector<Kept> kept = Amend({{"title", "Nail bar"}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].organisation, "bank");
  EXPECT_FALSE(kept[0].reached);
  EXPECT_EQ(kept[0].loses.size(), 2u);
  EXPECT_TRUE(kept[0].gets.empty());
}

TEST_F(KeptTest, AFieldThatIsNotKnownHereIsCalledSo) {
  const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
  const record::RecordId id = Must(record::ParseRecordId(id_));
  for (const record::SlotRung& unknown : {record::SlotRung{999, 0}, record::SlotRung{0, 99}}) {
    const auto kept = Must(keeping.KeptNow(id, {{"bank", {unknown}}}, static_cast<int64_t>(clock_.now_ms)));
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].loses, std::vector<std::string>{"a field that is not known here"});
  }
}

}  // namespace
}  // namespace tidegate::flow
