#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_split.h"
#include "node/partner/words.h"
#include "tests/unit/partner/test_node.h"

namespace tidegate::partner {
namespace {

Facts Purposes(std::vector<std::string> purposes) { return {.purposes = std::move(purposes)}; }

class Pairing : public testing::Test {
 protected:
  TestNode charity_{"harbour", "charity"};
  TestNode police_{"northshire-police", "police"};
};

TEST_F(Pairing, BothSidesComeToTheSame) {
  Pair(charity_, police_);
  const PartnerPtr police = charity_->Find("northshire-police"), charity = police_->Find("harbour");
  ASSERT_NE(police, nullptr);
  ASSERT_NE(charity, nullptr);
  EXPECT_TRUE(police->active());
  EXPECT_TRUE(charity->active());
  EXPECT_EQ(police->state(), "confirmed");
  EXPECT_TRUE(police->quantum_safe);
  EXPECT_TRUE(charity->quantum_safe);
  EXPECT_EQ(police->pair, charity->pair);
  EXPECT_EQ(police->outgoing, charity->incoming);
  EXPECT_EQ(police->incoming, charity->outgoing);
  EXPECT_NE(police->incoming, police->outgoing);
  EXPECT_EQ(police->sector, "") << "what they call themselves is no fact of ours";
  EXPECT_EQ(police->keys.sector, "police");
  EXPECT_EQ(police->kem_fingerprint, police_.identity().kem_fingerprint());
  EXPECT_EQ(police->log_fingerprint, police_.identity().log_fingerprint());
  EXPECT_EQ(charity_->FindByTls(police_.identity().keys().tls_spki), police);
  EXPECT_EQ(charity_->FindByFeed(police->incoming), police);
  const auto ours = charity_->SendingPsk("northshire-police", kNow), theirs = police_->ReceivingPsk("harbour", 0);
  ASSERT_TRUE(ours.ok() && theirs.ok());
  EXPECT_EQ(ours->epoch, 0u);
  EXPECT_EQ(ours->key, theirs->key);
}

TEST_F(Pairing, AWrongOrMissingCodeOpensNothing) {
  const auto invitation = charity_->Invite({}, At());
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  EXPECT_TRUE(absl::IsPermissionDenied(police_->Accept(invitation->text, "", "", At()).status()));
  const auto other = charity_->Invite({}, At());
  const auto wrong = police_->Accept(invitation->text, other->spoken_code, "", At());
  EXPECT_TRUE(absl::IsPermissionDenied(wrong.status())) << wrong.status();
  EXPECT_EQ(police_->Find("harbour"), nullptr);
  EXPECT_TRUE(police_->Accept(invitation->text, invitation->spoken_code, "", At()).ok());
}

TEST_F(Pairing, WithoutCodeWorksAndIsShown) {
  const auto invitation = charity_->Invite({.invitee = "northshire-police", .without_code = true}, At());
  ASSERT_TRUE(invitation.ok());
  EXPECT_EQ(invitation->spoken_code, "");
  Pair(charity_, police_, /*without_code=*/true);
  EXPECT_FALSE(charity_->Find("northshire-police")->quantum_safe);
  EXPECT_FALSE(police_->Find("harbour")->quantum_safe);
  EXPECT_EQ(charity_->SendingPsk("northshire-police", kNow)->key, police_->ReceivingPsk("harbour", 0)->key);
}

TEST_F(Pairing, NothingIsActiveBeforeBothHaveConfirmed) {
  const auto invitation = charity_->Invite({.address = "127.0.0.1:7443"}, At());
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "127.0.0.1:7444", At());
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->organisation, "harbour");
  EXPECT_EQ(police_->Find("harbour")->state(), "accepted");
  EXPECT_EQ(police_->Find("harbour")->address, "127.0.0.1:7443");
  EXPECT_NE(police_->Find("harbour")->reply, "");
  ASSERT_TRUE(charity_->AcceptReply(reply->text, std::nullopt, At()).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->address, "127.0.0.1:7444");

  const auto wrong = charity_->Confirm("northshire-police", invitation->fingerprint, {}, At());
  EXPECT_TRUE(absl::IsPermissionDenied(wrong.status())) << "our own fingerprint is not theirs";
  EXPECT_FALSE(charity_->Find("northshire-police")->confirmed_by_us);
  EXPECT_FALSE(charity_->Confirm("northshire-police", "", {}, At()).ok());
  EXPECT_FALSE(charity_->Confirm("northshire-police", reply->fingerprint.substr(0, 9), {}, At()).ok());
  EXPECT_TRUE(absl::IsNotFound(charity_->Confirm("nobody", reply->fingerprint, {}, At()).status()));

  std::string shouted = reply->fingerprint;
  for (char& c : shouted) c = static_cast<char>(std::toupper(c));
  ASSERT_TRUE(
      charity_->Confirm("northshire-police", "  " + shouted, Purposes({"prevention", "prevention", "assist"}), At())
          .ok());
  EXPECT_EQ(charity_->Find("northshire-police")->state(), "awaiting their confirmation");
  EXPECT_EQ(charity_->Find("northshire-police")->purposes, (std::vector<std::string>{"assist", "prevention"}));
  EXPECT_FALSE(charity_->Find("northshire-police")->active());
  ASSERT_TRUE(police_->Hear("harbour", {.confirmed = true, .reply_taken = true}, kNow).ok());
  EXPECT_EQ(police_->Find("harbour")->state(), "awaiting our confirmation");
  EXPECT_EQ(police_->Find("harbour")->reply, "");
  ASSERT_TRUE(police_->Confirm("harbour", invitation->fingerprint, {}, At()).ok());
  EXPECT_TRUE(police_->Find("harbour")->active());
}

TEST_F(Pairing, AgreedLegalBasesAreReplacedKeptOrTakenBack) {
  Pair(charity_, police_);
  const std::string theirs = charity_->Find("northshire-police")->fingerprint;
  const auto bases = [&] { return charity_->Find("northshire-police")->legal_bases; };
  EXPECT_TRUE(bases().empty());
  const std::vector<std::string> agreed = {"consent", "contract", "consent"};
  ASSERT_TRUE(charity_->Confirm("northshire-police", theirs, {.legal_bases = agreed}, At()).ok());
  EXPECT_EQ(bases(), (std::vector<std::string>{"consent", "contract"}));
  ASSERT_TRUE(charity_->Confirm("northshire-police", theirs, Purposes({"prevention"}), At()).ok());
  EXPECT_EQ(bases(), (std::vector<std::string>{"consent", "contract"})) << "nothing was said of them";
  ASSERT_TRUE(charity_->Confirm("northshire-police", theirs, {.legal_bases = std::vector<std::string>()}, At()).ok());
  EXPECT_TRUE(bases().empty()) << "none is agreed any more";
  EXPECT_EQ(charity_->Find("northshire-police")->purposes, std::vector<std::string>{"prevention"});
}

TEST_F(Pairing, EveryChangedByteOfAnInvitationIsSeen) {
  const auto invitation = charity_->Invite({}, At());
  ASSERT_TRUE(invitation.ok());
  const std::string& text = invitation->text;
  size_t tried = 0;
  for (size_t i = text.find('\n') + 1; i < text.rfind("-----END"); i += 13) {
    if (text[i] == '\n') continue;
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto reply = police_->Accept(changed, invitation->spoken_code, "", At());
    EXPECT_FALSE(reply.ok()) << i;
    ++tried;
  }
  EXPECT_GT(tried, 50u);
  EXPECT_TRUE(police_->List().empty());
  // Mail programs change the space around.
  std::string mailed = "Dear all,\n> " + text + "\nRegards";
  for (size_t at = 0; (at = mailed.find('\n', at)) != std::string::npos; at += 2) mailed.replace(at, 1, "\r\n");
  EXPECT_TRUE(police_->Accept(mailed, invitation->spoken_code, "", At()).ok());
}

TEST_F(Pairing, AReplyIsTakenOnceAndOnlyForItsInvitation) {
  const auto invitation = charity_->Invite({}, At());
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "", At());
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(Directory::IsReply(reply->text));
  EXPECT_FALSE(Directory::IsReply(invitation->text));
  EXPECT_TRUE(charity_->InvitationOpen(kNow));
  EXPECT_TRUE(absl::IsPermissionDenied(
      charity_->AcceptReply(reply->text, crypto::HashOf({"another certificate"}), At()).status()));
  TestNode stranger("stranger");
  EXPECT_TRUE(absl::IsPermissionDenied(stranger->AcceptReply(reply->text, std::nullopt, At()).status()));
  EXPECT_TRUE(charity_->AcceptReply(reply->text, police_.identity().keys().tls_spki, At()).ok());
  EXPECT_FALSE(charity_->InvitationOpen(kNow));
  EXPECT_TRUE(charity_->AcceptReply(reply->text, std::nullopt, At()).ok()) << "again is nothing new";
  // Somebody else with the same invitation comes too late.
  const auto late = stranger->Accept(invitation->text, invitation->spoken_code, "", At());
  ASSERT_TRUE(late.ok());
  EXPECT_TRUE(absl::IsPermissionDenied(charity_->AcceptReply(late->text, std::nullopt, At()).status()));
}

TEST_F(Pairing, OneNameIsOnePartner) {
  Pair(charity_, police_);
  TestNode impostor("northshire-police", "police");
  const auto invitation = charity_->Invite({}, At());
  const auto reply = impostor->Accept(invitation->text, invitation->spoken_code, "", At());
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(absl::IsAlreadyExists(charity_->AcceptReply(reply->text, std::nullopt, At()).status()));
  EXPECT_EQ(charity_->Find("northshire-police")->keys.governance_key, police_.identity().keys().governance_key);
  const auto own = charity_->Invite({}, At());
  EXPECT_FALSE(charity_->Accept(own->text, own->spoken_code, "", At()).ok()) << "our own invitation";
}

TEST_F(Pairing, InvitationsExpire) {
  const auto invitation = charity_->Invite({}, At());
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "", At());
  EXPECT_FALSE(charity_->InvitationOpen(kNow + kInvitationLifeMs));
  EXPECT_FALSE(charity_->AcceptReply(reply->text, std::nullopt, At(kNow + kInvitationLifeMs)).ok());
  TestNode late("late");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      late->Accept(invitation->text, invitation->spoken_code, "", At(kNow + kInvitationLifeMs)).status()));
}

TEST_F(Pairing, AgreedLegalBasesSurviveARestartAndALaterConfirmation) {
  Pair(charity_, police_);
  const std::string fingerprint = charity_->Find("northshire-police")->fingerprint;
  const std::vector<std::string> agreed = {"consent", "gdpr-6-1-f", "consent"};
  ASSERT_TRUE(charity_->Confirm("northshire-police", fingerprint, {.legal_bases = agreed}, At()).ok());
  ASSERT_TRUE(charity_->Confirm("northshire-police", fingerprint, Purposes({"assist"}), At()).ok());
  charity_.Reopen();
  EXPECT_EQ(charity_->Find("northshire-police")->legal_bases, (std::vector<std::string>{"consent", "gdpr-6-1-f"}));
  EXPECT_EQ(charity_->Find("northshire-police")->purposes, std::vector<std::string>{"assist"});
}

TEST_F(Pairing, EverythingSurvivesARestart) {
  ASSERT_TRUE(charity_->Invite({}, At()).ok());
  Pair(charity_, police_);
  ASSERT_TRUE(charity_->CreateCircle("lantern", At()).ok());
  ASSERT_TRUE(charity_->AddToCircle("lantern", "northshire-police", At()).ok());
  const Partner before = *charity_->Find("northshire-police");
  charity_.Reopen();
  const PartnerPtr after = charity_->Find("northshire-police");
  ASSERT_NE(after, nullptr);
  EXPECT_TRUE(after->active());
  EXPECT_EQ(after->fingerprint, before.fingerprint);
  EXPECT_EQ(after->pair, before.pair);
  EXPECT_EQ(after->circles, std::vector<std::string>{"lantern"});
  EXPECT_EQ(charity_->OpenInvitations(kNow).size(), 1u);
  EXPECT_EQ(charity_->SendingPsk("northshire-police", kNow)->key, police_->ReceivingPsk("harbour", 0)->key);
}

TEST_F(Pairing, TheRatchetFollowsThePartnerAndErases) {
  Pair(charity_, police_);
  const auto day40 = charity_->SendingPsk("northshire-police", kNow + 40 * kDayMs);
  ASSERT_TRUE(day40.ok()) << day40.status();
  EXPECT_EQ(day40->epoch, 40u);
  const auto theirs = police_->ReceivingPsk("harbour", 40);
  ASSERT_TRUE(theirs.ok()) << theirs.status();
  EXPECT_EQ(theirs->key, day40->key);
  EXPECT_EQ(police_->SendingPsk("harbour", kNow)->epoch, 0u) << "a look does not move it";
  ASSERT_TRUE(police_->AdvancePsk("harbour", 40).ok());
  EXPECT_EQ(police_->SendingPsk("harbour", kNow)->epoch, 40u) << "never back, whatever the clock says";
  EXPECT_TRUE(police_->ReceivingPsk("harbour", 10).ok());
  EXPECT_TRUE(absl::IsOutOfRange(police_->ReceivingPsk("harbour", 9).status())) << "erased";
  EXPECT_TRUE(absl::IsOutOfRange(police_->ReceivingPsk("harbour", 40 + kMaxPskEpochsAhead + 1).status()));
  EXPECT_EQ(charity_->SendingPsk("northshire-police", kNow)->epoch, 40u);
}

TEST_F(Pairing, NewerNoticesAreTakenFromThePinnedKeysOnly) {
  Pair(charity_, police_);
  ASSERT_TRUE(*Identity::RotateKem(police_.vault(), kNow + 8 * kDayMs));
  police_.Reopen();
  const std::string newer = police_.identity().kem_notice().Encode();
  ASSERT_TRUE(charity_->Hear("northshire-police", {.kem_notice = newer}, kNow).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->kem_fingerprint, police_.identity().kem_fingerprint());
  TestNode other("other");
  EXPECT_FALSE(charity_->Hear("northshire-police", {.kem_notice = other.identity().kem_notice().Encode()}, kNow).ok());
  EXPECT_FALSE(charity_->Hear("northshire-police", {.key_notice = other.identity().key_notice().Encode()}, kNow).ok());
  EXPECT_FALSE(charity_->Hear("northshire-police", {.address = "not an address"}, kNow).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->kem_fingerprint, police_.identity().kem_fingerprint());
}

TEST_F(Pairing, SuspendingIsSeenAtOnce) {
  Pair(charity_, police_);
  std::atomic<int> told = 0;
  charity_->Watch([&told] { ++told; });
  const uint64_t before = charity_->generation();
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", true, At()).ok());
  EXPECT_EQ(charity_->Find("northshire-police")->state(), "suspended");
  EXPECT_FALSE(charity_->Find("northshire-police")->active());
  EXPECT_GT(charity_->generation(), before);
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", true, At()).ok());
  EXPECT_EQ(told, 1) << "no change, no word";
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", false, At()).ok());
  EXPECT_TRUE(charity_->Find("northshire-police")->active());
}

TEST_F(Pairing, ANameThatNobodyHasGetsTheNearestWhereOurOwnPeopleTypedIt) {
  Pair(charity_, police_);
  EXPECT_EQ(charity_->Named("northshire-police").value(), charity_->Find("northshire-police"));
  const std::string nearest = "did you mean `northshire-police`";
  EXPECT_NE(charity_->Named("northshire-polcie").status().message().find(nearest), std::string::npos);
  EXPECT_NE(charity_->SetSuspended("northshire-polcie", true, At()).message().find(nearest), std::string::npos);
  // What a partner sends never tells it whom else we know.
  const auto heard = charity_->Hear("northshire-polcie", {}, kNow);
  EXPECT_TRUE(absl::IsNotFound(heard.status()));
  EXPECT_EQ(heard.status().message().find(nearest), std::string::npos) << heard.status();
}

TEST_F(Pairing, Circles) {
  Pair(charity_, police_);
  ASSERT_TRUE(charity_->CreateCircle("lantern", At()).ok());
  EXPECT_TRUE(charity_->Find("northshire-police")->circles.empty());
  EXPECT_TRUE(charity_->Circles()[0].organisations.empty()) << "an empty circle reaches nobody";
  EXPECT_TRUE(absl::IsAlreadyExists(charity_->CreateCircle("lantern", At()).status()));
  EXPECT_FALSE(charity_->CreateCircle("Lantern", At()).ok());
  EXPECT_TRUE(absl::IsNotFound(charity_->AddToCircle("lantern", "nobody", At()).status()));
  EXPECT_TRUE(absl::IsNotFound(charity_->AddToCircle("nothing", "northshire-police", At()).status()));
  ASSERT_TRUE(charity_->AddToCircle("lantern", "northshire-police", At()).ok());
  EXPECT_EQ(charity_->AddToCircle("lantern", "northshire-police", At())->organisations.size(), 1u);
  EXPECT_EQ(charity_->Find("northshire-police")->circles, std::vector<std::string>{"lantern"});
}

TEST_F(Pairing, ReadersNeverSeeHalfAChange) {
  Pair(charity_, police_);
  ASSERT_TRUE(charity_->CreateCircle("lantern", At()).ok());
  ASSERT_TRUE(charity_->AddToCircle("lantern", "northshire-police", At()).ok());
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const PartnerPtr partner = charity_->Find("northshire-police");
      ASSERT_EQ(partner->circles.size(), 1u);
      ASSERT_EQ(charity_->FindByTls(partner->keys.tls_spki)->organisation, "northshire-police");
    }
  });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(charity_->SetSuspended("northshire-police", i % 2 == 0, At()).ok());
  done = true;
  reader.join();
}

TEST(SpokenCodes, AreEightWordsThatForgive) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string code = RandomCode();
    EXPECT_EQ(std::vector<std::string>(absl::StrSplit(code, ' ')).size(), kCodeWords);
    ASSERT_TRUE(ReadCode(code).ok());
    EXPECT_EQ(*ReadCode(code), code);
    for (const auto& word : absl::StrSplit(code, ' ')) seen.insert(std::string(word));
  }
  EXPECT_GT(seen.size(), 400u) << "1600 draws from 512 words meet nearly all of them";
  std::set<std::string> fronts;
  for (const std::string& word : seen) EXPECT_TRUE(fronts.insert(word.substr(0, kDistinctLetters)).second) << word;
  EXPECT_EQ(*ReadCode(" Acorn-ACTOR, albums  alle almond amber anchor ankle"),
            "acorn actor album alley almond amber anchor ankle");
  EXPECT_FALSE(ReadCode("acorn actor album alley almond amber anchor").ok());
  const auto unknown = ReadCode("acorn actor qqqq alley almond amber anchor ankle");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.status().message().find("word 3"), absl::string_view::npos);
  EXPECT_EQ(unknown.status().message().find("qqqq"), absl::string_view::npos) << "codes never reach a log";
}

}  // namespace
}  // namespace tidegate::partner
