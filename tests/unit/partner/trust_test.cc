// Nothing that decides about a partner comes from that partner, and a pairing can be ended, given up and made again.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "node/partner/notice.h"
#include "tests/unit/partner/test_node.h"

namespace tidegate::partner {
namespace {

class Trust : public testing::Test {
 protected:
  PartnerPtr Bank() { return charity_->Find("northbank"); }
  // A key notice as the bank's own governance would sign it.
  std::string NoticeOfTheBank(const std::function<void(KeyNotice&)>& change) {
    KeyNotice notice = bank_.identity().keys();
    notice.version += 1;
    notice.previous = crypto::HashOf({bank_.identity().key_notice().bytes});
    change(notice);
    const auto seed = bank_.vault().GetSecret("identity/governance");
    return SignKeyNotice(notice, *crypto::SigningKey::FromSeed(seed->Expose())).Encode();
  }
  std::vector<std::string> Entries() {
    std::vector<std::string> out;
    for (const auto& entry : charity_.recorded()) out.push_back(entry.organisation + ": " + entry.what);
    return out;
  }
  bool Recorded(const std::string& entry) {
    const std::vector<std::string> all = Entries();
    return std::find(all.begin(), all.end(), entry) != all.end();
  }
  // Half of a pairing: the bank has accepted, nobody has confirmed.
  Reply Accepted(TestNode& guest, const std::string& invitee = "") {
    letter_ = *charity_->Invite({.invitee = invitee}, At());
    return *guest->Accept(letter_.text, letter_.spoken_code, "", At());
  }

  TestNode charity_{"harbour", "charity"};
  TestNode bank_{"northbank", "bank"};
  Invitation letter_;
};

TEST_F(Trust, SectorAndCountryAreUnsetUntilOurAdministratorSaysThem) {
  Pair(charity_, bank_);
  EXPECT_EQ(Bank()->sector, "");
  EXPECT_EQ(Bank()->country, "");
  EXPECT_EQ(Bank()->keys.sector, "bank") << "its claim is kept, and shown as one";
  const std::string fingerprint = Bank()->fingerprint;
  ASSERT_TRUE(charity_->Confirm("northbank", fingerprint, {.sector = "bank", .country = "GB"}, At()).ok());
  EXPECT_EQ(Bank()->sector, "bank");
  ASSERT_TRUE(charity_->Confirm("northbank", fingerprint, {.purposes = {{"prevention"}}}, At()).ok());
  EXPECT_EQ(Bank()->sector, "bank") << "nothing was said of it";
  ASSERT_TRUE(charity_->Confirm("northbank", fingerprint, {.sector = ""}, At()).ok());
  EXPECT_EQ(Bank()->sector, "");
  EXPECT_EQ(Bank()->country, "GB");
  EXPECT_FALSE(charity_->Confirm("northbank", fingerprint, {.country = "gb"}, At()).ok());
  charity_.Reopen();
  EXPECT_EQ(Bank()->country, "GB");
}

TEST_F(Trust, ANoticeNeverChangesWhoAPartnerIsOrWhatItCallsItself) {
  Pair(charity_, bank_);
  const auto hear = [&](const std::function<void(KeyNotice&)>& change) {
    return charity_->Hear("northbank", {.key_notice = NoticeOfTheBank(change)}, kNow).status();
  };
  EXPECT_TRUE(absl::IsPermissionDenied(hear([](KeyNotice& notice) { notice.sector = "police"; })));
  EXPECT_TRUE(absl::IsPermissionDenied(hear([](KeyNotice& notice) { notice.country = "FR"; })));
  EXPECT_TRUE(absl::IsPermissionDenied(hear([](KeyNotice& notice) {
    notice.names.node = "node2";
    notice.log_key.name = notice.names.Log(1);
  })));
  EXPECT_TRUE(absl::IsPermissionDenied(
      hear([](KeyNotice& notice) { notice.log_key.public_key = crypto::SigningKey::Generate().public_key(); })));
  EXPECT_EQ(Bank()->keys.version, 1u);
  // A new TLS key is what notices are for.
  const crypto::Hash tls = crypto::HashOf({"a new TLS key"});
  EXPECT_TRUE(hear([&](KeyNotice& notice) { notice.tls_spki = tls; }).ok());
  EXPECT_EQ(charity_->FindByTls(tls), Bank());
  EXPECT_TRUE(Recorded("northbank: its key notice 2 taken"));
}

TEST_F(Trust, WhatAPartnerSaysOfItsAddressCountsFromOurConfirmationOnAndUntilItMoves) {
  const Reply reply = Accepted(bank_);
  ASSERT_TRUE(charity_->AcceptReply(reply.text, std::nullopt, At()).ok());
  ASSERT_TRUE(charity_->Hear("northbank", {.address = "b.example:1"}, kNow).ok());
  EXPECT_EQ(Bank()->address, "");
  EXPECT_FALSE(Bank()->dialled());
  ASSERT_TRUE(charity_->Confirm("northbank", reply.fingerprint, {}, At()).ok());
  ASSERT_TRUE(charity_->Hear("northbank", {.address = "b.example:1"}, kNow).ok());
  EXPECT_EQ(Bank()->address, "b.example:1");
  EXPECT_TRUE(Bank()->dialled());
  EXPECT_TRUE(Recorded("northbank: says that it is at b.example:1 now"));
  ASSERT_TRUE(charity_->SetAddress("northbank", "other.example:2", At()).ok());
  ASSERT_TRUE(charity_->Hear("northbank", {.address = "b.example:1"}, kNow).ok());
  EXPECT_EQ(Bank()->address, "other.example:2") << "the administrator's word holds until they move";
  ASSERT_TRUE(charity_->Hear("northbank", {.address = "c.example:3"}, kNow).ok());
  EXPECT_EQ(Bank()->address, "c.example:3");
  EXPECT_FALSE(charity_->SetAddress("northbank", "unix:/run/socket", At()).ok());
  EXPECT_TRUE(charity_->SetAddress("northbank", "", At()).ok());
  EXPECT_FALSE(Bank()->dialled());
}

TEST_F(Trust, APartnerCannotFillTheRegisterWithItsMoves) {
  Pair(charity_, bank_);
  const auto move = [&](int to, uint64_t now_ms) {
    return charity_->Hear("northbank", {.address = "b.example:" + std::to_string(to)}, now_ms).status();
  };
  for (int i = 1; i <= kMaxChangesHeardAnHour; ++i) ASSERT_TRUE(move(i, kNow).ok()) << i;
  const size_t entries = charity_.recorded().size();
  EXPECT_TRUE(absl::IsResourceExhausted(move(100, kNow)));
  EXPECT_EQ(charity_.recorded().size(), entries);
  EXPECT_TRUE(move(100, kNow + 3'600'000).ok()) << "an hour later it may move again";
}

TEST_F(Trust, EveryChangeHasItsEntryWithWhoAndWhy) {
  Pair(charity_, bank_);
  ASSERT_TRUE(charity_->CreateCircle("banks", At()).ok());
  ASSERT_TRUE(charity_->AddToCircle("banks", "northbank", At()).ok());
  ASSERT_TRUE(charity_->SetSuspended("northbank", true, At()).ok());
  ASSERT_TRUE(charity_->SetSuspended("northbank", false, At()).ok());
  ASSERT_TRUE(charity_->DropFromCircle("banks", "northbank", At()).ok());
  ASSERT_TRUE(charity_->RemoveCircle("banks", At()).ok());
  ASSERT_TRUE(charity_->Remove("northbank", "removed", At(), nullptr).ok());
  for (const std::string entry :
       {"northbank: invitation made", "northbank: has accepted our invitation",
        "northbank: confirmed by us; sector: unset; country: unset; agreed purposes: none; agreed legal bases: none",
        "northbank: has confirmed us", ": circle banks made", "northbank: put into circle banks",
        "northbank: suspended", "northbank: resumed", "northbank: taken out of circle banks", ": circle banks removed",
        "northbank: removed"}) {
    EXPECT_TRUE(Recorded(entry)) << entry;
  }
  EXPECT_EQ(charity_.recorded().back().user, "admin");
  EXPECT_EQ(charity_.recorded().back().reason, "agreement");
}

TEST_F(Trust, NamesThatLookAlikeAreRefused) {
  for (const std::string name : {"n0rthbank", "northbarik", "nor-thbank", "northbanl", "rnotorbank", "vvest"}) {
    EXPECT_EQ(Skeleton(name) == Skeleton("northbank"),
              name == "n0rthbank" || name == "northbarik" || name == "nor-thbank")
        << name;
  }
  EXPECT_EQ(Skeleton("rnotor-bank"), Skeleton("motorbank"));
  EXPECT_EQ(Skeleton("west-1l"), Skeleton("vvestii"));
  // A letter that looks like another may be part of a pair that looks like a third.
  EXPECT_EQ(Skeleton("lantern-charlty"), Skeleton("lantern-charity"));
  EXPECT_EQ(Skeleton("anria"), Skeleton("anna"));
  EXPECT_EQ(Skeleton("soc1al-fund"), Skeleton("sodal-fund"));
  for (char a = '0'; a <= '9'; ++a) {
    for (char b = '0'; b < a; ++b) EXPECT_NE(Skeleton(std::string("bank-") + a), Skeleton(std::string("bank-") + b));
  }
  Pair(charity_, bank_);
  TestNode twin("n0rthbank", "bank");
  EXPECT_TRUE(absl::IsInvalidArgument(charity_->Invite({.invitee = "n0rthbank"}, At()).status()));
  const Reply reply = Accepted(twin);
  EXPECT_TRUE(absl::IsInvalidArgument(charity_->AcceptReply(reply.text, std::nullopt, At()).status()));
  TestNode like_us("harb0ur");
  const auto theirs = like_us->Invite({}, At());
  EXPECT_TRUE(absl::IsInvalidArgument(charity_->Accept(theirs->text, theirs->spoken_code, "", At()).status()));
  // What a removed partner wrote may still be held under its name.
  ASSERT_TRUE(charity_->Remove("northbank", "removed", At(), nullptr).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(charity_->Invite({.invitee = "n0rthbank"}, At()).status()));
  EXPECT_TRUE(charity_->Invite({.invitee = "northbank"}, At()).ok()) << "it can pair anew";
}

TEST_F(Trust, TwoInvitationsWhoseNamesLookAlikeAreNotOpenAtOnce) {
  ASSERT_TRUE(charity_->Invite({.invitee = "coastpolice"}, At()).ok());
  const absl::Status alike = charity_->Invite({.invitee = "c0astpolice"}, At()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(alike)) << alike;
  EXPECT_NE(alike.message().find("`coastpolice`, whose invitation is open"), absl::string_view::npos) << alike;
  EXPECT_TRUE(charity_->Invite({.invitee = "coastpolice"}, At()).ok()) << "the same one gets another letter";
  EXPECT_TRUE(charity_->Invite({.invitee = "coastguard"}, At()).ok());
  EXPECT_TRUE(charity_->Invite({}, At()).ok());
  ASSERT_TRUE(charity_->CancelInvitations(At()).ok());
  EXPECT_TRUE(charity_->Invite({.invitee = "c0astpolice"}, At()).ok());
}

TEST_F(Trust, AReplyOfSomebodyElseThanWasInvitedIsRefusedAndTheInvitationStaysOpen) {
  TestNode other("otherbank", "bank");
  const Reply wrong = Accepted(other, "northbank");
  EXPECT_TRUE(absl::IsPermissionDenied(charity_->AcceptReply(wrong.text, std::nullopt, At()).status()));
  EXPECT_EQ(charity_->Find("otherbank"), nullptr);
  charity_.Reopen();
  const auto right = bank_->Accept(letter_.text, letter_.spoken_code, "", At());
  ASSERT_TRUE(right.ok());
  EXPECT_TRUE(charity_->AcceptReply(right->text, std::nullopt, At()).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(charity_->Invite({.without_code = true}, At()).status()))
      << "without a code, whom it is for must be said";
}

TEST_F(Trust, TheFingerprintIsTheNodesAndStaysTheSame) {
  const Reply first = Accepted(bank_);
  EXPECT_EQ(first.fingerprint, bank_.identity().keys().Fingerprint());
  EXPECT_EQ(letter_.fingerprint, charity_.identity().keys().Fingerprint());
  ASSERT_TRUE(charity_->AcceptReply(first.text, std::nullopt, At()).ok());
  EXPECT_TRUE(charity_->CheckFingerprint("northbank", first.fingerprint).ok());
  EXPECT_TRUE(charity_->CheckFingerprint("northbank", first.letter_fingerprint).ok()) << "what version 0.1 reads out";
  EXPECT_TRUE(absl::IsPermissionDenied(charity_->CheckFingerprint("northbank", letter_.fingerprint)));
}

TEST_F(Trust, TheSameLetterAcceptedAgainGivesTheSameReply) {
  const Reply first = Accepted(bank_);
  const auto again = bank_->Accept(letter_.text, letter_.spoken_code, "", At());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->text, first.text);
  ASSERT_TRUE(charity_->AcceptReply(again->text, std::nullopt, At()).ok());
  ASSERT_TRUE(Meet(bank_, charity_).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(bank_->Accept(letter_.text, letter_.spoken_code, "", At()).status()))
      << "the inviter has it";
}

TEST_F(Trust, ANewLetterReplacesAPairingThatWasNeverConfirmed) {
  ASSERT_TRUE(charity_->AcceptReply(Accepted(bank_).text, std::nullopt, At()).ok());
  ASSERT_TRUE(charity_->Confirm("northbank", bank_.identity().keys().Fingerprint(), {.sector = "bank"}, At()).ok());
  const Reply reply = Accepted(bank_);
  ASSERT_TRUE(charity_->AcceptReply(reply.text, std::nullopt, At()).ok());
  EXPECT_FALSE(Bank()->confirmed_by_us) << "it is another pairing";
  EXPECT_EQ(Bank()->sector, "");
  EXPECT_TRUE(Meet(bank_, charity_).ok());
  EXPECT_EQ(charity_->SendingPsk("northbank", kNow)->key, bank_->ReceivingPsk("harbour", 0)->key);
}

TEST_F(Trust, DifferentPairSecretsAreFoundBeforeAnybodyCountsAsConfirmed) {
  const Reply first = Accepted(bank_);
  ASSERT_TRUE(charity_->AcceptReply(first.text, std::nullopt, At()).ok());
  Accepted(bank_);  // and its reply never arrives: each side holds another pairing
  ASSERT_TRUE(charity_->Confirm("northbank", first.fingerprint, {}, At()).ok());
  ASSERT_TRUE(bank_->Confirm("harbour", letter_.fingerprint, {}, At()).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Meet(bank_, charity_)));
  EXPECT_EQ(Bank()->state(), "pairing failed");
  EXPECT_EQ(bank_->Find("harbour")->state(), "pairing failed");
  EXPECT_FALSE(Bank()->confirmed_by_them);
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_->Confirm("northbank", first.fingerprint, {}, At()).status()));
  EXPECT_TRUE(Recorded("northbank: the pair secrets differ: pairing failed"));
  // Both cancel it, and pair again.
  ASSERT_TRUE(charity_->Cancel("northbank", At()).ok());
  ASSERT_TRUE(bank_->Cancel("harbour", At()).ok());
  Pair(charity_, bank_);
  EXPECT_TRUE(Bank()->active());
}

TEST_F(Trust, AMismatchEndsWhenTheRightProofComes) {
  const Reply reply = Accepted(bank_);
  ASSERT_TRUE(charity_->AcceptReply(reply.text, std::nullopt, At()).ok());
  EXPECT_FALSE(charity_->Hear("northbank", {.proof = std::string(32, 'x')}, kNow).ok());
  EXPECT_TRUE(Bank()->mismatched);
  ASSERT_TRUE(Meet(bank_, charity_).ok());
  EXPECT_FALSE(Bank()->mismatched);
}

TEST_F(Trust, AnActivePairingIsNotEndedByAProofOfAnother) {
  Pair(charity_, bank_);
  EXPECT_TRUE(absl::IsPermissionDenied(charity_->Hear("northbank", {.proof = std::string(32, 'x')}, kNow).status()));
  EXPECT_TRUE(Bank()->active());
}

TEST_F(Trust, CancelGivesUpWhatIsHalfMadeAndNothingElse) {
  EXPECT_TRUE(absl::IsNotFound(charity_->Cancel("northbank", At())));
  const Reply reply = Accepted(bank_, "northbank");
  ASSERT_TRUE(charity_->Cancel("northbank", At()).ok());
  EXPECT_FALSE(charity_->InvitationOpen(kNow));
  EXPECT_FALSE(charity_->AcceptReply(reply.text, std::nullopt, At()).ok());
  ASSERT_TRUE(bank_->Cancel("harbour", At()).ok());
  EXPECT_EQ(bank_->Find("harbour"), nullptr);
  EXPECT_TRUE(bank_.vault().SecretNames("pair/").empty());
  ASSERT_TRUE(charity_->Invite({}, At()).ok());
  EXPECT_EQ(*charity_->CancelInvitations(At()), 1u);
  EXPECT_FALSE(charity_->InvitationOpen(kNow));
  Pair(charity_, bank_);
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_->Cancel("northbank", At())));
}

TEST_F(Trust, ARemovedPartnerIsForgottenButForTheKeysItWroteUnder) {
  Pair(charity_, bank_);
  ASSERT_TRUE(charity_->CreateCircle("banks", At()).ok());
  ASSERT_TRUE(charity_->AddToCircle("banks", "northbank", At()).ok());
  bool also = false;
  ASSERT_TRUE(charity_
                  ->Remove("northbank", "removed", At(),
                           [&](store::WriteTransaction&) {
                             also = true;
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_TRUE(also);
  EXPECT_EQ(Bank(), nullptr);
  EXPECT_EQ(charity_->FindByTls(bank_.identity().keys().tls_spki), nullptr);
  EXPECT_TRUE(charity_->Circles()[0].organisations.empty());
  EXPECT_TRUE(charity_.vault().SecretNames("pair/").empty());
  EXPECT_TRUE(absl::IsNotFound(charity_->Remove("northbank", "removed", At(), nullptr)));
  charity_.Reopen();
  ASSERT_EQ(charity_->LogKeysOf("northbank").size(), 1u);
  EXPECT_EQ(charity_->LogKeysOf("northbank")[0], bank_.identity().keys().log_key);
  // It lost its node and made a new one: both keys are known from then on.
  TestNode anew("northbank", "bank");
  Pair(charity_, anew);
  EXPECT_TRUE(Bank()->active());
  EXPECT_TRUE(Bank()->circles.empty());
  EXPECT_EQ(charity_->LogKeysOf("northbank").size(), 2u);
}

TEST_F(Trust, ALeavingPartnerIsReachedAndNoLongerFollowed) {
  Pair(charity_, bank_, false, kNow, "", "b.example:1");
  EXPECT_TRUE(Bank()->dialled());
  ASSERT_TRUE(charity_->SetLeaving("northbank", true, At()).ok());
  EXPECT_EQ(Bank()->state(), "leaving");
  EXPECT_TRUE(Bank()->active()) << "it is to hear that it must give back what it holds";
  EXPECT_FALSE(Bank()->dialled());
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_->Confirm("northbank", Bank()->fingerprint, {}, At()).status()));
  charity_.Reopen();
  EXPECT_TRUE(Bank()->leaving);
}

TEST_F(Trust, ASecretThatACrashLeftBehindGoesWithTheNextInvitation) {
  ASSERT_TRUE(charity_.vault().SetSecret("pair/gone", crypto::SecretBytes::CopyOf(std::string(40, 's'))).ok());
  Pair(charity_, bank_);
  EXPECT_EQ(charity_.vault().SecretNames("pair/"), std::vector<std::string>{"pair/northbank"});
}

}  // namespace
}  // namespace tidegate::partner
