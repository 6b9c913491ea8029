// How policies come into force: planned, applied, approved by a second person, kept, and refused where they should be.
#include <gtest/gtest.h>

#include "node/decision/decision.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::decision {
namespace {

using policy::PolicySource;

PolicySource Sharing(std::string_view tlp) {
  return {"sharing.cedar",
          "@id(\"share\")\npermit (principal in Circle::\"banks\", action == Action::\"disclose\", resource)\n"
          "when { resource.record.tlp in Tlp::\"" +
              std::string(tlp) + "\" };\n"};
}

class ApplyingTest : public store::StoreTest {
 protected:
  ApplyingTest() { Start(1); }

  void Start(uint32_t people) {
    auto decisions = Decisions::Open(*store_, "charity");
    ASSERT_TRUE(decisions.ok()) << decisions.status();
    decisions_ = *std::move(decisions);
    decisions_->SetCircles({"banks"});
    decisions_->RequireApprovals(people);
    policy::Party bank;
    bank.organisation = "bank";
    bank.sector = "bank";
    bank.circles = {"banks"};
    bank.confirmed = true;
    partners_ = {bank};
  }
  policy::Digest PlanOf(const std::vector<PolicySource>& sources) {
    auto engine = decisions_->Compile(sources);
    EXPECT_TRUE(engine.ok()) << engine.status();
    auto plan = decisions_->Plan(**engine, partners_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan->digest;
  }
  absl::StatusOr<Application> Apply(const std::vector<PolicySource>& sources, const policy::Digest& plan,
                                    const std::string& user) {
    return decisions_->Apply(sources, plan, partners_, user, "because", ++now_, Also());
  }
  absl::StatusOr<Application> Approve(const policy::Digest& plan, const std::string& user) {
    return decisions_->Approve(plan, partners_, user, ++now_, Also());
  }
  AlsoWrite Also() {
    return [this](store::WriteTransaction&, const Application& application, const std::string& user) {
      deeds_.push_back((application.pending ? "proposed by " : "applied by ") + user);
      return also_;
    };
  }
  std::vector<PendingApplication> Pending() {
    auto pending = decisions_->Pending(partners_);
    EXPECT_TRUE(pending.ok()) << pending.status();
    return *pending;
  }

  std::unique_ptr<Decisions> decisions_;
  std::vector<policy::Party> partners_;
  std::vector<std::string> deeds_;
  absl::Status also_;
  uint64_t now_ = 1000;
};

TEST_F(ApplyingTest, OnePersonIsEnoughUnlessMoreAreAskedFor) {
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  auto applied = Apply(sources, PlanOf(sources), "ana");
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_FALSE(applied->pending);
  EXPECT_EQ(decisions_->in_force().number, 1u);
  EXPECT_EQ(decisions_->engine()->version(), applied->version.digest);
  EXPECT_EQ(deeds_, std::vector<std::string>{"applied by ana"});
}

TEST_F(ApplyingTest, EveryVersionIsKeptWithWhoWhenAndWhy) {
  for (const char* tlp : {"GREEN", "AMBER"}) {
    ASSERT_TRUE(Apply({Sharing(tlp)}, PlanOf({Sharing(tlp)}), tlp).ok());
  }
  Start(1);  // read back from the store
  auto history = decisions_->History();
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->size(), 3u);
  EXPECT_EQ((*history)[0].number, 2u);
  EXPECT_EQ((*history)[0].user, "AMBER");
  EXPECT_EQ((*history)[0].reason, "because");
  EXPECT_EQ((*history)[0].digest, decisions_->engine()->version());
  EXPECT_EQ((*history)[1].applied_ms, 1001u);
  EXPECT_EQ((*history)[2].number, 0u);
  auto first = decisions_->Version(1);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->sources.at(0).text, Sharing("GREEN").text);
  EXPECT_TRUE(absl::IsNotFound(decisions_->Version(3).status()));
}

TEST_F(ApplyingTest, APlanThatIsNotTheOneShownIsRefused) {
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("AMBER")}, plan, "ana").status()));
  partners_[0].circles.clear();
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("GREEN")}, plan, "ana").status())) << "partners changed";
  partners_[0].circles = {"banks"};
  store::PersonSpec spec;
  spec.tlp = "CLEAR";
  const record::VerifiedView person = store::MakePerson(spec);
  Put(Own(person));
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({Sharing("GREEN")}, plan, "ana").status())) << "one more record goes";
  EXPECT_EQ(decisions_->in_force().number, 0u);
  EXPECT_TRUE(deeds_.empty());
}

// Else a busy node could not apply at all.
TEST_F(ApplyingTest, ARecordThatNobodyGainsIsNoChangeOfThePlan) {
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  store::PersonSpec spec;
  spec.tlp = "RED";
  const record::VerifiedView person = store::MakePerson(spec);
  Put(Own(person));
  EXPECT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
}

TEST_F(ApplyingTest, WhatDoesNotParseNeverReplacesWhatDoes) {
  ASSERT_TRUE(Apply({Sharing("GREEN")}, PlanOf({Sharing("GREEN")}), "ana").ok());
  const auto before = decisions_->engine();
  auto broken = Apply({{"broken.cedar", "permit (principal, action"}}, {}, "ana");
  EXPECT_TRUE(absl::IsInvalidArgument(broken.status())) << broken.status();
  EXPECT_EQ(decisions_->engine(), before);
  Start(1);
  EXPECT_EQ(decisions_->in_force().number, 1u);
  EXPECT_EQ(decisions_->engine()->version(), before->version());
}

TEST_F(ApplyingTest, WhatTheRegisterCannotRecordIsNotInForce) {
  also_ = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(Apply({Sharing("GREEN")}, PlanOf({Sharing("GREEN")}), "ana").ok());
  EXPECT_EQ(decisions_->in_force().number, 0u);
  Start(1);
  EXPECT_EQ(decisions_->in_force().number, 0u);
}

TEST_F(ApplyingTest, TheSecondPersonPutsItInForceAcrossARestart) {
  Start(2);
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const policy::Digest plan = PlanOf(sources);
  auto proposed = Apply(sources, plan, "ana");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_TRUE(proposed->pending);
  EXPECT_EQ(decisions_->in_force().number, 0u);
  Start(2);
  ASSERT_EQ(Pending().size(), 1u);
  EXPECT_EQ(Pending()[0].user, "ana");
  EXPECT_FALSE(Pending()[0].lapsed);
  EXPECT_TRUE(absl::IsPermissionDenied(Apply(sources, plan, "ana").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Approve(plan, "Ana ").status()));
  EXPECT_EQ(decisions_->in_force().number, 0u);
  auto approved = Approve(plan, "ben");
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_FALSE(approved->pending);
  EXPECT_EQ(decisions_->in_force().number, 1u);
  EXPECT_TRUE(Pending().empty());
  Start(2);
  EXPECT_EQ(decisions_->in_force().user, "ana");
  EXPECT_EQ(decisions_->in_force().approver, "ben");
  EXPECT_EQ(deeds_, (std::vector<std::string>{"proposed by ana", "applied by ben"}));
}

TEST_F(ApplyingTest, ApplyingTheSamePlanIsTheSecondWordToo) {
  Start(2);
  const std::vector<PolicySource> sources = {Sharing("GREEN")};
  const policy::Digest plan = PlanOf(sources);
  ASSERT_TRUE(Apply(sources, plan, "ana").ok());
  auto second = Apply(sources, plan, "ben");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->pending);
  EXPECT_EQ(decisions_->in_force().approver, "ben");
}

TEST_F(ApplyingTest, WhoeverDoesNotSayWhoTheyAreIsNeitherOfTheTwo) {
  Start(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({Sharing("GREEN")}, plan, " ").status()));
  EXPECT_TRUE(Pending().empty());
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Approve(plan, "").status()));
  EXPECT_EQ(decisions_->in_force().number, 0u);
}

TEST_F(ApplyingTest, APendingApplicationLapsesWhenPartnersChange) {
  Start(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  partners_[0].purposes = {"prevention"};
  ASSERT_EQ(Pending().size(), 1u);
  EXPECT_TRUE(Pending()[0].lapsed);
  EXPECT_TRUE(absl::IsFailedPrecondition(Approve(plan, "ben").status()));
  EXPECT_EQ(decisions_->in_force().number, 0u);
  EXPECT_TRUE(absl::IsNotFound(Approve({}, "ben").status()));
}

TEST_F(ApplyingTest, WhatWaitsIsWithdrawnByWhoeverIsNamed) {
  Start(2);
  const policy::Digest plan = PlanOf({Sharing("GREEN")});
  ASSERT_TRUE(Apply({Sharing("GREEN")}, plan, "ana").ok());
  std::vector<std::string> written;
  const auto also = [&](store::WriteTransaction&, const PendingApplication& gone) {
    written.push_back(gone.user);
    return also_;
  };
  EXPECT_TRUE(absl::IsInvalidArgument(decisions_->Withdraw(plan, "", also).status()));
  EXPECT_TRUE(absl::IsNotFound(decisions_->Withdraw({}, "ben", also).status()));
  also_ = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(decisions_->Withdraw(plan, "ben", also).ok());
  EXPECT_EQ(Pending().size(), 1u) << "what the register cannot record is not withdrawn";
  also_ = absl::OkStatus();
  partners_[0].circles.clear();  // it has lapsed; it can still be taken back
  const auto withdrawn = decisions_->Withdraw(plan, "ben", also);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->user, "ana");
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(written, (std::vector<std::string>{"ana", "ana"}));
  partners_[0].circles = {"banks"};
  EXPECT_TRUE(absl::IsNotFound(Approve(plan, "ben").status())) << "nobody can approve it any more";
  Start(2);
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(decisions_->in_force().number, 0u);
}

TEST_F(ApplyingTest, DifferencesAreShownAsUnifiedHunks) {
  const std::string text = DiffSources({Sharing("GREEN"), {"gone.cedar", "x\n"}}, {Sharing("AMBER")});
  EXPECT_NE(text.find("-when { resource.record.tlp in Tlp::\"GREEN\" };\n"), std::string::npos) << text;
  EXPECT_NE(text.find("+when { resource.record.tlp in Tlp::\"AMBER\" };\n"), std::string::npos) << text;
  EXPECT_NE(text.find("@@ -1,3 +1,3 @@\n"), std::string::npos) << text;
  EXPECT_NE(text.find("--- gone.cedar\n+++ (no such file)\n@@ -1,1 +0,0 @@\n-x\n"), std::string::npos) << text;
  EXPECT_EQ(DiffSources({Sharing("GREEN")}, {Sharing("GREEN")}), "");
}

}  // namespace
}  // namespace tidegate::decision
