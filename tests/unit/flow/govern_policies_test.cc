// How policies come into force: planned, applied, approved by a second person where it takes two, and refused where
// they should be; each with its entry in the register.
#include "node/flow/govern_policies.h"

#include <gtest/gtest.h>

#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using policy::PolicySource;
using support::Clock;
using support::MemoryNode;

PolicySource Sharing(std::string_view tlp) {
  return {"sharing.cedar",
          "@id(\"share\")\npermit (principal, action == Action::\"disclose\", resource)\n"
          "when { resource.record.tlp in Tlp::\"" +
              std::string(tlp) + "\" };\n"};
}
policy::Principal By(const std::string& user) {
  return policy::PrincipalMint::Mint(user.empty() ? "owner of the socket" : user, !user.empty(), {"administrator"});
}

class GovernPoliciesTest : public testing::Test {
 protected:
  GovernPoliciesTest() { support::Pair(charity_, bank_); }

  PolicyGovernance& policies() { return charity_.policies(); }
  uint32_t InForce() { return charity_.decisions().in_force().number; }
  // As after a restart.
  void Restart(uint32_t people) {
    charity_.Crash();
    charity_.decisions().RequireApprovals(people);
  }
  policy::Digest PlanOf(const std::vector<PolicySource>& sources) {
    return support::Must(policies().Plan(*support::Must(charity_.decisions().Compile(sources)))).digest;
  }
  absl::StatusOr<Applied> Apply(const std::vector<PolicySource>& sources, const policy::Digest& plan,
                                const std::string& user) {
    return policies().Apply(sources, plan, By(user), "because");
  }
  absl::StatusOr<Applied> Approve(const policy::Digest& plan, const std::string& user) {
    return policies().Approve(plan, By(user), "agreed");
  }
  std::vector<WaitingPolicies> Waiting() { return support::Must(policies().Waiting()); }
  void Agree(const std::string& purpose) {
    const partner::PartnerPtr bank = charity_.directory().Find("bank");
    partner::Facts facts;
    facts.sector = "bank";
    facts.country = "GB";
    facts.purposes = std::vector<std::string>{purpose};
    support::Must(charity_.directory().Confirm("bank", bank->fingerprint, facts, {.user = "ana", .at_ms = 1}));
  }
  // The register's entries about policies, oldest first: `applied by ana: because`.
  std::vector<std::string> Deeds() {
    std::vector<std::string> deeds;
    const auto page = support::Must(charity_.disclosures().List({}, 1000, std::numeric_limits<uint64_t>::max()));
    for (auto listed = page.entries.rbegin(); listed != page.entries.rend(); ++listed) {
      if (const auto* entry = std::get_if<ledger::PolicyApplied>(&listed->entry)) {
        deeds.push_back("applied by " + entry->user + ": " + entry->reason);
      } else if (const auto* proposed = std::get_if<ledger::PolicyProposed>(&listed->entry)) {
        deeds.push_back("proposed by " + proposed->user + ": " + proposed->reason);
      } else if (const auto* withdrawn = std::get_if<ledger::PolicyWithdrawn>(&listed->entry)) {
        deeds.push_back("withdrawn by " + withdrawn->user + ": " + withdrawn->reason);
      }
    }
    return deeds;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
};

TEST_F(GovernPoliciesTest, OnePersonIsEnoughUnlessMoreAreAskedFor) {
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const auto applied = Apply(sources, PlanOf(sources), "ana");
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_FALSE(applied->pending);
  EXPECT_EQ(InForce(), 1u);
  EXPECT_EQ(charity_.decisions().engine()->version(), applied->version.digest);
  EXPECT_EQ(Deeds(), std::vector<std::string>{"applied by ana: because"});
}

// The bank waits for more; the change of policy alone wakes its feed.
TEST_F(GovernPoliciesTest, FeedsAreToldOfWhatCameIntoForce) {
  support::Line line(charity_, bank_);
  const std::string id = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  line.Meet();
  EXPECT_TRUE(bank_.Open(id).empty());
  ASSERT_TRUE(Apply({Sharing("GREEN")}, PlanOf({Sharing("GREEN")}), "ana").ok());
  EXPECT_EQ(line.Meet().stored, 1u);
  EXPECT_FALSE(bank_.Open(id).empty());
}

TEST_F(GovernPoliciesTest, APlanThatIsNotTheOneShownIsRefused) {
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("AMBER")}, plan, "ana").status())) << "other policies";
  charity_.Add("report", {{"title", "Car wash"}, {"tlp", "RED"}, {"purpose", "prevention"}});
  ASSERT_EQ(PlanOf({Sharing("GREEN")}), plan) << "or a busy node could not apply at all: nobody gains this record";
  charity_.Add("report", {{"title", "Nail bar"}, {"tlp", "CLEAR"}, {"purpose", "prevention"}});
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("GREEN")}, plan, "ana").status())) << "one more record goes";
  const policy::Digest now = PlanOf({Sharing("GREEN")});
  Agree("prosecution");
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("GREEN")}, now, "ana").status())) << "another agreement";
  EXPECT_EQ(InForce(), 0u);
  EXPECT_TRUE(Deeds().empty());
}

// Records of others never go on to anybody, so a plan that counted them would promise too much.
TEST_F(GovernPoliciesTest, APlanCountsWhatWeWroteAndNothingElse) {
  MemoryNode police{"police", "police", clock_};
  support::Pair(charity_, police);
  bank_.Apply(Sharing("GREEN").text);
  bank_.Add("report", {{"title", "Theirs"}, {"tlp", "CLEAR"}, {"onward", "yes"}});
  support::Line line(bank_, charity_);
  EXPECT_EQ(line.Meet().stored, 1u);
  const auto plan = support::Must(policies().Plan(*support::Must(charity_.decisions().Compile({Sharing("GREEN")}))));
  for (const review::PartnerPlan& partner : plan.partners) EXPECT_EQ(partner.records_gained, 0u) << partner.partner;
}

TEST_F(GovernPoliciesTest, WhatDoesNotParseNeverReplacesWhatDoes) {
  ASSERT_TRUE(Apply({Sharing("GREEN")}, PlanOf({Sharing("GREEN")}), "ana").ok());
  const auto before = charity_.decisions().engine();
  const auto broken = Apply({{"broken.cedar", "permit (principal, action"}}, {}, "ana");
  EXPECT_TRUE(absl::IsInvalidArgument(broken.status())) << broken.status();
  EXPECT_EQ(charity_.decisions().engine(), before);
}

TEST_F(GovernPoliciesTest, TheSecondPersonPutsItInForceAcrossARestart) {
  charity_.decisions().RequireApprovals(2);
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const policy::Digest plan = PlanOf(sources);
  const auto proposed = Apply(sources, plan, "ana");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_TRUE(proposed->pending);
  EXPECT_EQ(proposed->version.number, 1u);
  EXPECT_EQ(InForce(), 0u);
  Restart(2);
  ASSERT_EQ(Waiting().size(), 1u);
  EXPECT_EQ(Waiting()[0].application.user, "ana");
  EXPECT_FALSE(Waiting()[0].lapsed);
  EXPECT_TRUE(absl::IsPermissionDenied(Apply(sources, plan, "ana").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Approve(plan, "Ana ").status()));
  EXPECT_EQ(InForce(), 0u);
  const auto approved = Approve(plan, "ben");
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_FALSE(approved->pending);
  EXPECT_EQ(InForce(), 1u);
  EXPECT_TRUE(Waiting().empty());
  Restart(2);
  EXPECT_EQ(charity_.decisions().in_force().user, "ana");
  EXPECT_EQ(charity_.decisions().in_force().approver, "ben");
  EXPECT_EQ(Deeds(), (std::vector<std::string>{"proposed by ana: because", "applied by ben: agreed"}));
}

// The second person's page is made from the set that waits: it must be the page that the first one saw.
TEST_F(GovernPoliciesTest, TheSecondPersonSeesTheSamePlanAsTheFirst) {
  charity_.decisions().RequireApprovals(2);
  charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const review::Plan first = support::Must(policies().Plan(*support::Must(charity_.decisions().Compile(sources))));
  ASSERT_TRUE(Apply(sources, first.digest, "ana").ok());
  const auto waiting = policies().SourcesOf(first.digest);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  const review::Plan second = support::Must(policies().Plan(*support::Must(charity_.decisions().Compile(*waiting))));
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(second.ToString(), first.ToString());
  EXPECT_EQ(second.rules.size(), 1u);
  EXPECT_EQ(second.partners.at(0).records_gained, 1u);
}

TEST_F(GovernPoliciesTest, ApplyingTheSamePlanIsTheSecondWordToo) {
  charity_.decisions().RequireApprovals(2);
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const policy::Digest plan = PlanOf(sources);
  ASSERT_TRUE(Apply(sources, plan, "ana").ok());
  const auto second = Apply(sources, plan, "ben");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->pending);
  EXPECT_EQ(charity_.decisions().in_force().approver, "ben");
}

TEST_F(GovernPoliciesTest, WhoeverDoesNotSayWhoTheyAreIsNeitherOfTheTwo) {
  charity_.decisions().RequireApprovals(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({Sharing("GREEN")}, plan, "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({Sharing("GREEN")}, plan, " ").status()));
  EXPECT_TRUE(Waiting().empty());
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Approve(plan, "").status()));
  EXPECT_EQ(InForce(), 0u);
}

TEST_F(GovernPoliciesTest, WhatWaitsLapsesWhenAnAgreementChanges) {
  charity_.decisions().RequireApprovals(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  Agree("prosecution");
  ASSERT_EQ(Waiting().size(), 1u);
  EXPECT_TRUE(Waiting()[0].lapsed);
  EXPECT_TRUE(absl::IsFailedPrecondition(policies().SourcesOf(plan).status())) << "no page is shown of it";
  EXPECT_TRUE(absl::IsFailedPrecondition(Approve(plan, "ben").status()));
  EXPECT_EQ(InForce(), 0u);
  EXPECT_TRUE(absl::IsNotFound(Approve({}, "ben").status()));
}

TEST_F(GovernPoliciesTest, WhatWaitsIsWithdrawnByWhoeverIsNamed) {
  charity_.decisions().RequireApprovals(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(policies().Withdraw(plan, By(""), "").status()));
  EXPECT_TRUE(absl::IsNotFound(policies().Withdraw({}, By("ben"), "").status()));
  Agree("prosecution");  // it has lapsed; it can still be taken back
  const auto withdrawn = policies().Withdraw(plan, By("ben"), "too early");
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->user, "ana");
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Deeds(), (std::vector<std::string>{"proposed by ana: because", "withdrawn by ben: too early"}));
  EXPECT_TRUE(absl::IsNotFound(Approve(plan, "ben").status())) << "nobody can approve it any more";
  Restart(2);
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(InForce(), 0u);
}

TEST_F(GovernPoliciesTest, AUserAndAReasonHaveAnEnd) {
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({Sharing("GREEN")}, plan, std::string(201, 'x')).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(policies().Apply({Sharing("GREEN")}, plan, By("ana"), std::string(2001, 'x')).status()));
  EXPECT_EQ(InForce(), 0u);
  ASSERT_TRUE(policies().Apply({Sharing("GREEN")}, plan, By(std::string(200, 'x')), std::string(2000, 'x')).ok());
}

}  // namespace
}  // namespace tidegate::flow
