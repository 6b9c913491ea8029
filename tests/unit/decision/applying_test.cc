// How a set comes into force and is kept, and what waits for a second person. Plan and approval are flow/govern's.
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
  ApplyingTest() { Start(); }

  void Start() {
    auto decisions = Decisions::Open(*store_, "charity");
    ASSERT_TRUE(decisions.ok()) << decisions.status();
    decisions_ = *std::move(decisions);
    decisions_->SetCircles({"banks"});
  }
  absl::StatusOr<PolicyVersion> PutInForce(const std::vector<PolicySource>& sources, const std::string& user) {
    auto engine = decisions_->Compile(sources);
    if (!engine.ok()) return engine.status();
    PolicyVersion version;
    version.sources = sources;
    version.applied_ms = ++now_;
    version.user = user;
    version.reason = "because";
    return decisions_->PutInForce(*engine, version, [this](store::WriteTransaction&) { return also_; });
  }
  void Keep(uint8_t plan) {
    PendingApplication pending{{plan}, {Sharing("GREEN")}, ++now_, "ana", "because"};
    const auto status =
        store_->Write([&](store::WriteTransaction& transaction) { return Decisions::Keep(transaction, pending); });
    EXPECT_TRUE(status.ok()) << status;
  }
  std::vector<uint8_t> Waiting() {
    std::vector<uint8_t> plans;
    auto waiting = decisions_->Waiting();
    EXPECT_TRUE(waiting.ok()) << waiting.status();
    for (const PendingApplication& pending : *waiting) plans.push_back(pending.plan[0]);
    return plans;
  }

  std::unique_ptr<Decisions> decisions_;
  absl::Status also_;
  uint64_t now_ = 1000;
};

TEST_F(ApplyingTest, EveryVersionIsKeptWithWhoWhenAndWhy) {
  for (const char* tlp : {"GREEN", "AMBER"}) ASSERT_TRUE(PutInForce({Sharing(tlp)}, tlp).ok());
  Start();  // read back from the store
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

TEST_F(ApplyingTest, WhatTheRegisterCannotRecordIsNotInForce) {
  const auto before = decisions_->engine();
  Keep(1);
  also_ = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(PutInForce({Sharing("GREEN")}, "ana").ok());
  EXPECT_EQ(decisions_->in_force().number, 0u);
  EXPECT_EQ(decisions_->engine(), before);
  EXPECT_EQ(Waiting(), std::vector<uint8_t>{1});
  Start();
  EXPECT_EQ(decisions_->in_force().number, 0u);
}

TEST_F(ApplyingTest, WhatWaitsIsKeptAcrossARestartAndEndsWithTheNextVersion) {
  Keep(2);
  Keep(1);
  Start();
  EXPECT_EQ(Waiting(), (std::vector<uint8_t>{2, 1})) << "oldest first";
  EXPECT_EQ(decisions_->Waiting(policy::Digest{1})->user, "ana");
  EXPECT_TRUE(absl::IsNotFound(decisions_->Waiting(policy::Digest{3}).status()));
  ASSERT_TRUE(PutInForce({Sharing("GREEN")}, "ana").ok());
  EXPECT_TRUE(Waiting().empty());
}

TEST_F(ApplyingTest, WhatNobodyApprovesMakesRoom) {
  for (uint8_t plan = 1; plan <= 17; ++plan) Keep(plan);
  const std::vector<uint8_t> waiting = Waiting();
  ASSERT_EQ(waiting.size(), 16u);
  EXPECT_EQ(waiting.front(), 2u);
  EXPECT_EQ(waiting.back(), 17u);
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
