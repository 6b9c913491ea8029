// Nobody reads without a reason, by whichever verb; and every look is recorded with the reason that was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/api/agency.h"

namespace tidegate::api {
namespace {

using testing::HasSubstr;

// A verb that shows what records hold.
struct Verb {
  std::string name;   // as the register has it
  bool asks_for_one;  // by its id
  std::function<absl::Status(const Api&, const std::string& id, const std::string& reason)> look;
};

absl::Status Alerts(const Api& api, const std::string& reason, bool follow) {
  v1::AlertsRequest request;
  request.set_follow(follow);
  request.set_limit(10);
  request.mutable_asker()->set_reason(reason);
  return api.Alerts(
      Agency::Who(), request, [](const v1::Record&) { return true; }, [] { return true; });
}

std::vector<Verb> Verbs() {
  return {
      {"show", true,
       [](const Api& api, const std::string& id, const std::string& reason) {
         v1::ShowRecordRequest request;
         request.set_id(id);
         request.mutable_asker()->set_reason(reason);
         return api.ShowRecord(Agency::Who(), request).status();
       }},
      {"show", true,
       [](const Api& api, const std::string& id, const std::string& reason) {
         v1::ShowRecordRequest request;
         request.set_id(id);
         request.set_evidence(true);
         request.mutable_asker()->set_reason(reason);
         return api.ShowRecord(Agency::Who(), request).status();
       }},
      {"find", false,
       [](const Api& api, const std::string&, const std::string& reason) {
         v1::FindRecordsRequest request;
         request.mutable_asker()->set_reason(reason);
         return api.FindRecords(Agency::Who(), request).status();
       }},
      {"find", false,
       [](const Api& api, const std::string&, const std::string& reason) {
         v1::FindRecordsRequest request;
         request.set_identifier("phone:+447700900011");
         request.mutable_asker()->set_reason(reason);
         return api.FindRecords(Agency::Who(), request).status();
       }},
      {"find", false,
       [](const Api& api, const std::string&, const std::string& reason) {
         v1::CountRecordsRequest request;
         request.mutable_question()->set_query("kind:alert");
         request.mutable_question()->mutable_asker()->set_reason(reason);
         request.add_facets("kind");
         return api.CountRecords(Agency::Who(), request).status();
       }},
      {"related", true,
       [](const Api& api, const std::string& id, const std::string& reason) {
         v1::RelatedRecordsRequest request;
         request.set_id(id);
         request.mutable_asker()->set_reason(reason);
         return api.RelatedRecords(Agency::Who(), request).status();
       }},
      {"alerts", false,
       [](const Api& api, const std::string&, const std::string& reason) { return Alerts(api, reason, false); }},
      {"alerts", false,
       [](const Api& api, const std::string&, const std::string& reason) { return Alerts(api, reason, true); }},
      {"explain", true,
       [](const Api& api, const std::string& id, const std::string& reason) {
         v1::ExplainPolicyRequest request;
         request.set_id(id);
         request.set_partner("bank");
         request.mutable_asker()->set_reason(reason);
         return api.ExplainPolicy(Agency::Who(), request).status();
       }},
  };
}

class ReasonsTest : public testing::Test {
 protected:
  ReasonsTest() {
    const auto invitation = agency_.directory().Invite({.invitee = "bank", .without_code = true}, partner::At());
    EXPECT_TRUE(invitation.ok()) << invitation.status();
    const auto reply = bank_->Accept(invitation->text, "", "", partner::At());
    EXPECT_TRUE(reply.ok()) << reply.status();
    EXPECT_TRUE(agency_.directory().AcceptReply(reply->text, std::nullopt, partner::At()).ok());
    id_ = agency_.Author("alert", {{"title", "Car wash"}});
  }

  Agency agency_;
  partner::TestNode bank_{"bank"};
  std::string id_;
};

TEST_F(ReasonsTest, WithoutAReasonTheBaselineRefusesEachVerbAndNothingIsLookedUp) {
  for (const Verb& verb : Verbs()) {
    for (const char* reason : {"", " ", "\t\n", "\u200B", "\u2060\u00A0\u3000"}) {
      const absl::Status refused = verb.look(agency_.api(), id_, reason);
      EXPECT_TRUE(absl::IsPermissionDenied(refused)) << verb.name << ": " << refused;
      EXPECT_THAT(std::string(refused.message()), HasSubstr("baseline.read-reason")) << verb.name;
      EXPECT_THAT(std::string(refused.message()), HasSubstr("--reason")) << verb.name;
      if (!verb.asks_for_one) continue;
      // Whether a record is held is not told without a reason either.
      EXPECT_EQ(verb.look(agency_.api(), std::string(32, '0'), reason), refused) << verb.name;
      EXPECT_EQ(verb.look(agency_.api(), "no id", reason), refused) << verb.name;
    }
  }
  EXPECT_TRUE(agency_.Audit().empty());
}

TEST_F(ReasonsTest, EachLookIsRecordedWithItsReason) {
  size_t looks = 0;
  for (const Verb& verb : Verbs()) {
    const std::string reason = "case " + std::to_string(++looks);
    const absl::Status seen = verb.look(agency_.api(), id_, reason);
    EXPECT_TRUE(seen.ok()) << verb.name << ": " << seen;
    const auto entries = agency_.Audit();
    ASSERT_EQ(entries.size(), looks) << verb.name;
    EXPECT_EQ(entries.front().user(), "ana") << verb.name;
    EXPECT_EQ(entries.front().reason(), reason) << verb.name;
    EXPECT_THAT(entries.front().summary(), testing::StartsWith(verb.name + ": "));
  }
}

TEST_F(ReasonsTest, WithAReasonAnUnknownIdIsNotFound) {
  for (const Verb& verb : Verbs()) {
    if (!verb.asks_for_one) continue;
    EXPECT_TRUE(absl::IsNotFound(verb.look(agency_.api(), std::string(32, '0'), "case 7"))) << verb.name;
  }
}

// No contents are shown, so it is answered without a reason; who asked stands in the register (decision 0032).
TEST_F(ReasonsTest, HoldersNeedsNoReasonAndIsRecorded) {
  v1::HoldersRequest request;
  request.set_id(id_);
  ASSERT_TRUE(agency_.api().Holders(Agency::Who(), request).ok());
  request.mutable_asker()->set_reason("audit of May");
  ASSERT_TRUE(agency_.api().Holders(Agency::Who("ben"), request).ok());
  const auto entries = agency_.Audit();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].user(), "ben");
  EXPECT_EQ(entries[0].reason(), "audit of May");
  EXPECT_EQ(entries[0].records(0), id_);
  EXPECT_THAT(entries[0].summary(), testing::StartsWith("holders: "));
  EXPECT_EQ(entries[1].reason(), "") << "none is made up";
  request.set_id(std::string(32, '0'));
  EXPECT_TRUE(absl::IsNotFound(agency_.api().Holders(Agency::Who(), request).status()));
}

// It names who holds a record, and recalls nothing.
TEST_F(ReasonsTest, ADryRunOfARecallIsALook) {
  v1::RecallRecordRequest request;
  request.set_id(id_);
  request.set_dry_run(true);
  EXPECT_TRUE(absl::IsInvalidArgument(agency_.api().RecallRecord(Agency::Who(), request).status())) << "no reason";
  request.mutable_asker()->set_reason("may be in danger");
  const auto told = agency_.api().RecallRecord(Agency::Who(), request);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_FALSE(told->recalled());
  ASSERT_EQ(agency_.Audit().size(), 1u);
  EXPECT_EQ(agency_.Audit()[0].reason(), "may be in danger");
  EXPECT_THAT(agency_.Audit()[0].summary(), testing::StartsWith("recall --dry-run: "));
}

TEST_F(ReasonsTest, TheRegisterIsReadByTheRecordThatItIsAbout) {
  const std::string other = agency_.Author("alert", {{"title", "Nail bar"}});
  for (const std::string& id : {id_, other, id_}) {
    EXPECT_TRUE(Verbs().front().look(agency_.api(), id, "case 7").ok());
  }
  v1::ListAuditRequest request;
  request.set_record(id_);
  const auto found = agency_.api().ListAudit(Agency::Who(), request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->entries_size(), 2);
  request.set_record("7");
  EXPECT_TRUE(absl::IsInvalidArgument(agency_.api().ListAudit(Agency::Who(), request).status()));
}

}  // namespace
}  // namespace tidegate::api
