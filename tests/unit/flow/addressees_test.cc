// A record that names an unknown organisation or circle is stored, and its author is warned.
#include "node/flow/addressees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Assignments;
using support::Clock;
using support::MemoryNode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AddresseesTest : public testing::Test {
 protected:
  AddresseesTest() {
    support::Pair(charity_, bank_);
    const partner::Deed deed{.user = "ana", .at_ms = clock_.now_ms};
    support::Must(charity_.directory().Invite({.invitee = "harbour-trust", .without_code = true}, deed).status());
    support::Must(charity_.directory().CreateCircle("banks", deed).status());
  }
  std::vector<std::string> Unknown(const Assignments& set) {
    record::Draft draft = support::Must(record::Draft::Create("report"));
    for (const auto& [field, value] : set) support::Must(AssignAll(draft, {{field, value}}));
    return Addressees(charity_.directory(), clock_.now_ms).Unknown(draft);
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"first-bank", "bank", clock_};
};

TEST_F(AddresseesTest, PartnersInvitedOnesAndWeOurselvesAreKnown) {
  EXPECT_THAT(Unknown({{"recipient", "first-bank;harbour-trust;charity"},
                       {"conditions", "organisation:first-bank;circle:banks;sector:police"}}),
              IsEmpty());
}

TEST_F(AddresseesTest, AnotherNameIsToldWithTheNearest) {
  const auto warnings = Unknown({{"recipient", "first-bnak"}});
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0], HasSubstr("the recipient `first-bnak` reaches nobody"));
  EXPECT_THAT(warnings[0], HasSubstr("did you mean `first-bank`?"));
  EXPECT_THAT(Unknown({{"recipient", "somebody-else"}}), ElementsAre(testing::Not(HasSubstr("did you mean"))));
  EXPECT_THAT(Unknown({{"recipient", "First-Bank"}}), SizeIs(1)) << "names are exact: policies compare them so";
}

TEST_F(AddresseesTest, ConditionsThatHoldForNobodyAreTold) {
  EXPECT_THAT(Unknown({{"conditions", "organisation:first-bnak;circle:bnaks"}}),
              ElementsAre(HasSubstr("the condition `organisation:first-bnak` holds for nobody"),
                          testing::AllOf(HasSubstr("no such circle"), HasSubstr("did you mean `banks`?"))));
}

TEST_F(AddresseesTest, WhatWasWarnedOfIsStoredAndReachesNobody) {
  charity_.Apply(R"(@id("all") permit (principal, action == Action::"disclose", resource);)");
  const auto added = charity_.authoring().Add(
      policy::PrincipalMint::Mint("ana", true, {"analyst"}), "why",
      {"report", {{"title", "x"}, {"tlp", "RED"}, {"purpose", "prevention"}, {"recipient", "first-bnak"}}});
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_THAT(added->warnings, SizeIs(1));
  const auto amended = charity_.authoring().Amend(policy::PrincipalMint::Mint("ana", true, {"analyst"}), "why",
                                                  {record::FormatRecordId(added->id), {{"recipient", "first-bank"}}});
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_THAT(amended->warnings, IsEmpty());
}

TEST_F(AddresseesTest, ManyItemsThatNameOneAreOneWarningAndManyNamesAreBounded) {
  DraftWarnings warnings;
  warnings.Add({"a reaches nobody"}, "2");
  warnings.Add({"a reaches nobody"}, "3");
  EXPECT_THAT(warnings.Told(), ElementsAre("2: a reaches nobody; 1 more items say so too"));
  for (int i = 0; i < 1000; ++i) warnings.Add({"n" + std::to_string(i)}, std::to_string(i));
  EXPECT_THAT(warnings.Told(), SizeIs(DraftWarnings::kMost + 1));
  EXPECT_THAT(warnings.Told().back(), HasSubstr("901 more items"));
}

}  // namespace
}  // namespace tidegate::flow
