// `show` tells how many other records say an identifier of the record: those that its asker may see, and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SharedTest : public testing::Test {
 protected:
  SharedTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }

  static std::string Report(MemoryNode& node, const std::string& title, const std::string& identifiers,
                            const std::string& tlp = "GREEN") {
    return node.Add("report", {{"title", title},
                               {"identifiers", identifiers},
                               {"tlp", tlp},
                               {"purpose", "prevention"},
                               {"legal_basis", "gdpr-6-1-e"}});
  }
  std::vector<std::string> Shared(MemoryNode& node, const std::string& id, size_t most = 1000) {
    Work work;
    work.shared = most;
    Reading reading{node.store(),
                    node.log(),
                    node.disclosures(),
                    node.directory(),
                    node.decisions(),
                    [this] { return clock_.now_ms; },
                    work};
    const Look look{who_, reason_, "show"};
    std::vector<std::string> told;
    for (const SharedIdentifier& one : Must(reading.AroundOf(look, Must(reading.Show(look, id, "", false)))).shared) {
      told.push_back(one.identifier + (one.more ? " more than " : " ") + std::to_string(one.records) + "/" +
                     std::to_string(one.organisations));
    }
    return told;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7";
};

TEST_F(SharedTest, CountsOtherRecordsAndWhoWroteThem) {
  Report(charity_, "Received", "phone:+447700900001; plate:AB12CDE");
  Must(line_.Meet().status);
  const std::string here = Report(bank_, "Here", "phone:+447700900001; plate:AB12CDE; phone:+447700900009");
  EXPECT_THAT(Shared(bank_, here), ElementsAre("phone:+447700900001 1/1", "plate:AB12CDE 1/1"));
  Report(bank_, "Also here", "phone:+447700900001");
  EXPECT_THAT(Shared(bank_, here), ElementsAre("phone:+447700900001 2/2", "plate:AB12CDE 1/1"));
  EXPECT_THAT(Shared(bank_, Report(bank_, "Alone", "phone:+447700900002")), IsEmpty());
}

TEST_F(SharedTest, WhatIsRecalledOrAmendedAwayIsCountedNoMore) {
  const std::string here = Report(charity_, "Here", "phone:+447700900001");
  const std::string amended = Report(charity_, "One", "phone:+447700900001");
  const std::string recalled = Report(charity_, "Two", "phone:+447700900001");
  EXPECT_THAT(Shared(charity_, here), ElementsAre("phone:+447700900001 2/1"));
  ASSERT_TRUE(charity_.Amend(amended, {{"identifiers", "phone:+447700900003"}}).ok());
  EXPECT_THAT(Shared(charity_, here), ElementsAre("phone:+447700900001 1/1"));
  ASSERT_TRUE(charity_.Recall(recalled).ok());
  EXPECT_THAT(Shared(charity_, here), IsEmpty());
}

TEST_F(SharedTest, CountsNothingThatTheAskerMayNotSee) {
  const std::string here = Report(charity_, "Here", "phone:+447700900001");
  Report(charity_, "Closed", "phone:+447700900001", "AMBER");
  EXPECT_THAT(Shared(charity_, here), SizeIs(1));
  charity_.Apply(R"(@id("closed") forbid (principal, action == Action::"read", resource)
      when { resource.record.tlp == Tlp::"AMBER" };)");
  EXPECT_THAT(Shared(charity_, here), IsEmpty());
}

// An analyst who may not see identifiers learns from no count that somebody else has one.
TEST_F(SharedTest, CountsNothingForWhomIdentifiersAreWithheld) {
  const std::string here = Report(charity_, "Here", "phone:+447700900001");
  Report(charity_, "There", "phone:+447700900001");
  who_ = policy::PrincipalMint::Mint("ben", true, {"analyst"});
  EXPECT_THAT(Shared(charity_, here), IsEmpty());
}

TEST_F(SharedTest, BeyondTheBoundSaysThatThereAreMore) {
  const std::string here = Report(charity_, "Here", "phone:+447700900001");
  for (int i = 0; i < 4; ++i) Report(charity_, "There", "phone:+447700900001");
  EXPECT_THAT(Shared(charity_, here, 5), ElementsAre("phone:+447700900001 4/1"));
  EXPECT_THAT(Shared(charity_, here, 3), ElementsAre("phone:+447700900001 more than 3/1"));
}

}  // namespace
}  // namespace tidegate::reading
