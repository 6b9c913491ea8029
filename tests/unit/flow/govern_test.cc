// The records that a partner would get are counted before they go, and a partner that leaves gives back first.
#include "node/flow/govern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "node/flow/removal.h"
#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using testing::HasSubstr;

constexpr char kToPolice[] = R"(@id("police") permit (principal, action == Action::"disclose", resource)
when { principal.sector in Sector::"police" };)";
constexpr char kToFriends[] = R"(@id("friends") permit (principal in Circle::"friends", action == Action::"disclose",
resource);)";

class GovernTest : public testing::Test {
 protected:
  GovernTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kToPolice);
    id_ = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  Act By(const std::string& user) const {
    return {policy::PrincipalMint::Mint(user, true, policy::EveryRole()), "agreement", clock_.now_ms};
  }
  // Whoever owns the socket: nobody in particular.
  Act ByNobody() const {
    return {policy::PrincipalMint::Mint("owner of the socket", false, policy::EveryRole()), "agreement", clock_.now_ms};
  }
  Proposal Sector(const std::string& sector) {
    Proposal proposed{.organisation = "bank", .fingerprint = bank_.identity().keys().Fingerprint()};
    proposed.facts.sector = sector;
    return proposed;
  }
  std::string BanksSector() { return charity_.directory().Find("bank")->sector; }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  Governance governance_{charity_.store(), charity_.directory(), charity_.decisions(), [this] { return clock_.now_ms; },
                         [this](store::WriteTransaction&, const partner::Change& change) {
                           entries_.push_back(change.deed.user + ": " + change.what);
                           return absl::OkStatus();
                         }};
  std::vector<std::string> entries_;
  std::string id_;
};

TEST_F(GovernTest, WhatOpensNothingIsDoneAtOnce) {
  const auto decided = governance_.Decide(Sector("ngo"), std::nullopt, By("ana"));
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_FALSE(decided->weighed.opens());
  EXPECT_EQ(BanksSector(), "ngo");
}

TEST_F(GovernTest, WhatOpensSomethingIsDoneAsItWasShown) {
  const auto weighed = governance_.Weigh(Sector("police"));
  ASSERT_TRUE(weighed.ok()) << weighed.status();
  EXPECT_EQ(weighed->effect.records_gained, 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(Sector("police"), std::nullopt, By("ana")).status()));
  EXPECT_EQ(BanksSector(), "bank") << "weighing changes nothing";
  // Other policies, other labels or other facts are another plan.
  charity_.Apply(std::string(kToPolice) + R"(@id("b") permit (principal, action == Action::"disclose",
resource in FieldClass::"time") when { principal.country == Country::"GB" };)");
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(Sector("police"), weighed->digest, By("ana")).status()));
  const auto again = governance_.Weigh(Sector("police"));
  ASSERT_TRUE(governance_.Decide(Sector("police"), again->digest, By("ana")).ok());
  EXPECT_EQ(BanksSector(), "police");
  EXPECT_EQ(line_.Meet().stored, 1u);
}

TEST_F(GovernTest, ADecisionIsOfOnePartnerAndOneFingerprint) {
  Proposal wrong = Sector("ngo");
  wrong.fingerprint = charity_.identity().keys().Fingerprint();
  EXPECT_TRUE(absl::IsPermissionDenied(governance_.Weigh(wrong).status()));
  wrong.organisation = "nobody";
  EXPECT_TRUE(absl::IsNotFound(governance_.Weigh(wrong).status()));
}

TEST_F(GovernTest, ACircleIsWeighedToo) {
  ASSERT_TRUE(charity_.directory().CreateCircle("friends", By("ana").deed()).ok());
  charity_.Apply(kToFriends);
  const Proposal proposed{.organisation = "bank", .kind = ProposalKind::kCircle, .circle = "friends"};
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(proposed, std::nullopt, By("ana")).status()));
  const auto weighed = governance_.Weigh(proposed);
  ASSERT_TRUE(governance_.Decide(proposed, weighed->digest, By("ana")).ok());
  EXPECT_EQ(charity_.directory().Find("bank")->circles, std::vector<std::string>{"friends"});
}

TEST_F(GovernTest, WhereItTakesTwoTheSecondIsAnother) {
  charity_.decisions().RequireApprovals(2);
  const auto digest = governance_.Weigh(Sector("police"))->digest;
  EXPECT_FALSE(governance_.Decide(Sector("police"), digest, ByNobody()).ok());
  const auto first = governance_.Decide(Sector("police"), digest, By("ana"));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->pending);
  EXPECT_EQ(BanksSector(), "bank");
  for (const char* same : {" ANA", "an\u200Ba", "ana\u00A0", "a\u00ADna\u2060"}) {
    EXPECT_TRUE(absl::IsPermissionDenied(governance_.Decide(Sector("police"), digest, By(same)).status())) << same;
  }
  EXPECT_FALSE(governance_.Decide(Sector("police"), digest, By("\u200B")).ok()) << "a name that nobody sees";
  const auto second = governance_.Decide(Sector("police"), digest, By("bo"));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->pending);
  EXPECT_EQ(BanksSector(), "police");
  ASSERT_TRUE(governance_.Decide(Sector("ngo"), std::nullopt, By("ana")).ok()) << "what opens nothing needs one";
}

TEST_F(GovernTest, TheChangeAndTheEndOfTheFirstWordAreOneTransaction) {
  ASSERT_TRUE(charity_.directory().CreateCircle("friends", By("ana").deed()).ok());
  charity_.Apply(std::string(kToPolice) + kToFriends);
  charity_.decisions().RequireApprovals(2);
  const auto second = [this](const Proposal& proposed) {
    const auto digest = governance_.Weigh(proposed)->digest;
    ASSERT_TRUE(governance_.Decide(proposed, digest, By("ana"))->pending);
    const uint64_t before = charity_.store().Commits();
    const auto decided = governance_.Decide(proposed, digest, By("bo"));
    ASSERT_TRUE(decided.ok()) << decided.status();
    EXPECT_FALSE(decided->pending);
    EXPECT_EQ(charity_.store().Commits(), before + 1) << proposed.InWords();
    EXPECT_EQ(*governance_.Waiting(), 0u) << proposed.InWords();
  };
  second({.organisation = "bank", .kind = ProposalKind::kCircle, .circle = "friends"});
  ASSERT_TRUE(charity_.directory().SetSuspended("bank", true, By("ana").deed()).ok());
  ASSERT_TRUE(charity_.directory().SetLeaving("bank", true, By("ana").deed()).ok());
  second({.organisation = "bank", .kind = ProposalKind::kResume});
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "confirmed");
  ASSERT_TRUE(charity_.directory().DropFromCircle("friends", "bank", By("ana").deed()).ok());
  second(Sector("police"));
  EXPECT_EQ(BanksSector(), "police");
}

TEST_F(GovernTest, WhoIsSuspendedGetsNothingAgainUnseen) {
  ASSERT_TRUE(governance_.Decide(Sector("police"), governance_.Weigh(Sector("police"))->digest, By("ana")).ok());
  ASSERT_TRUE(charity_.directory().SetSuspended("bank", true, By("ana").deed()).ok());
  const Proposal resume{.organisation = "bank", .kind = ProposalKind::kResume};
  const auto unseen = governance_.Decide(resume, std::nullopt, By("ana"));
  EXPECT_TRUE(absl::IsFailedPrecondition(unseen.status())) << unseen.status();
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "suspended");
  const auto weighed = governance_.Weigh(resume);
  ASSERT_TRUE(weighed.ok()) << weighed.status();
  EXPECT_EQ(weighed->effect.records_gained, 1u);
  ASSERT_TRUE(governance_.Decide(resume, weighed->digest, By("ana")).ok());
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "confirmed");
  const auto again = governance_.Decide(resume, std::nullopt, By("ana"));
  ASSERT_TRUE(again.ok()) << "resuming one that is not suspended opens nothing: " << again.status();
}

TEST_F(GovernTest, ACircleThatPoliciesForbidIsNotLeftUnseen) {
  ASSERT_TRUE(charity_.directory().CreateCircle("watched", By("ana").deed()).ok());
  ASSERT_TRUE(charity_.directory().AddToCircle("watched", "bank", By("ana").deed()).ok());
  charity_.Apply(R"(@id("all") permit (principal, action == Action::"disclose", resource);
@id("not") forbid (principal in Circle::"watched", action == Action::"disclose", resource);)");
  const Proposal leave{.organisation = "bank", .kind = ProposalKind::kLeaveCircle, .circle = "watched"};
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(leave, std::nullopt, By("ana")).status()));
  EXPECT_EQ(governance_.Weigh(leave)->effect.records_gained, 1u);
  const Proposal nowhere{.organisation = "bank", .kind = ProposalKind::kLeaveCircle, .circle = "nowhere"};
  EXPECT_TRUE(absl::IsNotFound(governance_.Weigh(nowhere).status()));
}

TEST_F(GovernTest, ACircleIsRenamedWhereNobodyGetsMoreOrLessByIt) {
  partner::Directory& directory = charity_.directory();
  ASSERT_TRUE(directory.CreateCircle("banks", By("ana").deed()).ok());
  ASSERT_TRUE(directory.AddToCircle("banks", "bank", By("ana").deed()).ok());
  ASSERT_TRUE(directory.CreateCircle("charities", By("ana").deed()).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(governance_.RenameCircle("banks", "charities", By("ana")).status()));
  EXPECT_THAT(std::string(governance_.RenameCircle("bnaks", "lenders", By("ana")).status().message()),
              HasSubstr("did you mean `banks`"));
  EXPECT_FALSE(governance_.RenameCircle("banks", "Not A Name", By("ana")).ok());
  const auto renamed = governance_.RenameCircle("banks", "lenders", By("ana"));
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_EQ(renamed->organisations, std::vector<std::string>{"bank"});
  EXPECT_EQ(directory.Find("bank")->circles, std::vector<std::string>{"lenders"});
  ASSERT_EQ(directory.Circles().size(), 2u);
  EXPECT_EQ(directory.Circles()[1].name, "lenders");
}

TEST_F(GovernTest, ACircleThatAPolicyNamesKeepsItsNameAndNoOtherTakesIt) {
  partner::Directory& directory = charity_.directory();
  for (const char* circle : {"friends", "banks"}) {
    ASSERT_TRUE(directory.CreateCircle(circle, By("ana").deed()).ok());
  }
  ASSERT_TRUE(directory.AddToCircle("banks", "bank", By("ana").deed()).ok());
  charity_.Apply(kToFriends);
  const auto named = governance_.RenameCircle("friends", "old-friends", By("ana"));
  EXPECT_TRUE(absl::IsFailedPrecondition(named.status())) << named.status();
  EXPECT_THAT(std::string(named.status().message()), HasSubstr("names the circle `friends`"));
  // `clients` is read by the baseline: whoever is renamed into it may be passed what is AMBER.
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.RenameCircle("banks", "clients", By("ana")).status()));
  ASSERT_TRUE(directory.RemoveCircle("friends", By("ana").deed()).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.RenameCircle("banks", "friends", By("ana")).status()));
  EXPECT_EQ(directory.Find("bank")->circles, std::vector<std::string>{"banks"});
}

// Members that get nothing now: one that leaves, one that nobody confirmed, one whose row cannot be read.
TEST_F(GovernTest, ACircleIsRenamedWhoeverItsMembersAre) {
  MemoryNode police("police", "police", clock_), shelter("shelter", "ngo", clock_);
  support::Pair(charity_, shelter);
  const auto invitation =
      support::Must(charity_.directory().Invite({.invitee = "police", .without_code = true}, By("ana").deed()));
  const auto reply = support::Must(police.directory().Accept(invitation.text, "", "", By("ana").deed()));
  support::Must(charity_.directory().AcceptReply(reply.text, std::nullopt, By("ana").deed()));
  ASSERT_TRUE(charity_.directory().CreateCircle("friends", By("ana").deed()).ok());
  for (const char* member : {"bank", "police", "shelter"}) {
    ASSERT_TRUE(charity_.directory().AddToCircle("friends", member, By("ana").deed()).ok()) << member;
  }
  ASSERT_TRUE(charity_.directory().SetLeaving("bank", true, By("ana").deed()).ok());
  const auto renamed = governance_.RenameCircle("friends", "peers", By("ana"));
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_EQ(renamed->organisations, (std::vector<std::string>{"bank", "police", "shelter"}));
  support::Must(charity_.store().Write([](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kPartner, "partners", "shelter", "damaged");
  }));
  charity_.Crash();
  ASSERT_EQ(charity_.directory().Find("shelter"), nullptr);
  EXPECT_FALSE(charity_.governance().RenameCircle("peers", "others", By("ana")).ok()) << "its row is not written over";
}

// A record may name a circle in a condition, too.
TEST_F(GovernTest, ACircleThatARecordNamesKeepsItsName) {
  partner::Directory& directory = charity_.directory();
  ASSERT_TRUE(directory.CreateCircle("friends", By("ana").deed()).ok());
  ASSERT_TRUE(directory.AddToCircle("friends", "bank", By("ana").deed()).ok());
  charity_.Apply(R"(@id("all") permit (principal, action == Action::"disclose", resource);)");
  ASSERT_TRUE(governance_.RenameCircle("friends", "peers", By("ana")).ok());
  charity_.Add("report", {{"title", "For peers"},
                          {"tlp", "GREEN"},
                          {"purpose", "prevention"},
                          {"handling-code", "C"},
                          {"condition", "circle:peers"}});
  const auto named = governance_.RenameCircle("peers", "friends", By("ana"));
  EXPECT_TRUE(absl::IsFailedPrecondition(named.status())) << named.status();
  EXPECT_THAT(std::string(named.status().message()), HasSubstr("conditions of 1 record name the circle `peers`"));
  charity_.Add("report", {{"title", "For peers too"},
                          {"tlp", "GREEN"},
                          {"purpose", "prevention"},
                          {"handling-code", "C"},
                          {"condition", "circle:peers"}});
  EXPECT_THAT(std::string(governance_.RenameCircle("peers", "friends", By("ana")).status().message()),
              HasSubstr("conditions of 2 records name the circle `peers`"));
}

// It reaches nobody today. The record would mean nobody for good if the circle went from its name.
TEST_F(GovernTest, ACircleWithoutMembersThatARecordNamesKeepsItsNameToo) {
  partner::Directory& directory = charity_.directory();
  ASSERT_TRUE(directory.CreateCircle("shelters", By("ana").deed()).ok());
  ASSERT_TRUE(directory.CreateCircle("hostels", By("ana").deed()).ok());
  charity_.Add("report", {{"title", "For shelters"},
                          {"tlp", "GREEN"},
                          {"purpose", "prevention"},
                          {"handling-code", "C"},
                          {"condition", "circle:shelters"}});
  const auto old_name = governance_.RenameCircle("shelters", "refuges", By("ana"));
  EXPECT_THAT(std::string(old_name.status().message()), HasSubstr("conditions of 1 record name the circle `shelters`"));
  ASSERT_TRUE(directory.RemoveCircle("shelters", By("ana").deed()).ok());
  const auto new_name = governance_.RenameCircle("hostels", "shelters", By("ana"));
  EXPECT_THAT(std::string(new_name.status().message()), HasSubstr("conditions of 1 record name the circle `shelters`"));
  EXPECT_EQ(governance_.NamingsOf("shelters")->records, 1u) << "whoever removes the circle is told of it";
}

TEST_F(GovernTest, PersonsAreCountedOnceByTheirNames) {
  const auto add = [&](const std::string& kind, support::Assignments set) {
    for (const auto& [field, value] :
         {std::pair{"tlp", "GREEN"}, std::pair{"purpose", "prevention"}, std::pair{"legal-basis", "gdpr-6-1-f"}}) {
      set.emplace_back(field, value);
    }
    charity_.Add(kind, set);
  };
  add("person", {{"name", "Ana Novak"}});
  add("person", {{"nationalities", "RO"}});
  add("report", {{"title", "Farm"}, {"persons_named", "ana  NOVAK; Bo Lind"}});
  const auto weighed = governance_.Weigh(Sector("police"));
  ASSERT_TRUE(weighed.ok()) << weighed.status();
  EXPECT_EQ(weighed->effect.records_gained, 4u);
  EXPECT_EQ(weighed->named.persons, 3u) << "Ana Novak, Bo Lind, and one whose record has no name";
  EXPECT_TRUE(weighed->named.all);
  const auto told = governance_.Decide(Sector("police"), std::nullopt, By("ana")).status();
  EXPECT_NE(std::string(told.message()).find("name 3 persons"), std::string::npos) << told;
  EXPECT_EQ(governance_.Weigh(Sector("ngo"))->named.persons, 0u);
}

TEST_F(GovernTest, WhatWaitsIsListedAndApprovedByItsDigest) {
  charity_.decisions().RequireApprovals(2);
  const auto digest = governance_.Weigh(Sector("police"))->digest;
  EXPECT_TRUE(absl::IsNotFound(governance_.Approve(digest, By("bo")).status()));
  ASSERT_TRUE(governance_.Decide(Sector("police"), digest, By("ana"))->pending);
  EXPECT_EQ(*governance_.Waiting(), 1u);
  const auto waits = governance_.Waits();
  ASSERT_TRUE(waits.ok()) << waits.status();
  ASSERT_EQ(waits->size(), 1u);
  EXPECT_EQ(waits->front().first.deed.user, "ana");
  EXPECT_EQ(waits->front().first.proposal->InWords(), "confirm; sector: police");
  ASSERT_TRUE(waits->front().weighed.has_value());
  EXPECT_EQ(waits->front().weighed->effect.records_gained, 1u);
  EXPECT_TRUE(absl::IsPermissionDenied(governance_.Approve(digest, By("Ana")).status()));
  EXPECT_FALSE(governance_.Approve(digest, ByNobody()).ok());
  const auto approved = governance_.Approve(digest, By("bo"));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(BanksSector(), "police");
  EXPECT_EQ(*governance_.Waiting(), 0u);
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].find("ana: waits for a second user: confirm; sector: police; plan "), 0u) << entries_[0];
}

TEST_F(GovernTest, WhatHasLapsedIsApprovedByNobodyAndCanBeTakenBack) {
  charity_.decisions().RequireApprovals(2);
  const auto digest = governance_.Weigh(Sector("police"))->digest;
  ASSERT_TRUE(governance_.Decide(Sector("police"), digest, By("ana"))->pending);
  charity_.Add("report", {{"title", "Nail bar"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  EXPECT_FALSE(governance_.Waits()->front().weighed.has_value());
  const auto late = governance_.Approve(digest, By("bo"));
  EXPECT_TRUE(absl::IsFailedPrecondition(late.status())) << late.status();
  EXPECT_EQ(BanksSector(), "bank");
  EXPECT_FALSE(governance_.Withdraw(digest, ByNobody()).ok());
  ASSERT_TRUE(governance_.Withdraw(digest, By("ana")).ok());
  EXPECT_EQ(*governance_.Waiting(), 0u);
  EXPECT_TRUE(absl::IsNotFound(governance_.Withdraw(digest, By("ana")).status()));
  EXPECT_EQ(entries_.back().find("ana: waits no longer: plan "), 0u) << entries_.back();
}

TEST_F(GovernTest, ARowThatCannotBeReadStopsNothingAndIsTakenBack) {
  const policy::Digest digest = governance_.Weigh(Sector("police"))->digest;
  support::Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kPartner, "proposals",
                                absl::BytesToHexString(std::string(crypto::View(digest))), "damaged");
  }));
  EXPECT_EQ(*governance_.Waiting(), 1u);
  EXPECT_FALSE(governance_.Waits()->front().weighed.has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Approve(digest, By("bo")).status()));
  ASSERT_TRUE(governance_.Withdraw(digest, By("bo")).ok());
  EXPECT_EQ(*governance_.Waiting(), 0u);
}

TEST_F(GovernTest, AFingerprintHasAnEnd) {
  Proposal longest = Sector("ngo");
  longest.fingerprint = std::string(201, 'a');
  const absl::Status refused = governance_.Weigh(longest).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("far longer"));
}

// Resuming opens what a confirmed partner gets, and nothing to one that is not confirmed.
TEST_F(GovernTest, ResumingOpensNothingToWhoeverIsNotConfirmedByBoth) {
  charity_.Apply(R"(@id("all") permit (principal, action == Action::"disclose", resource);)");
  const auto opens = [&](const std::string& organisation) {
    return support::Must(governance_.Weigh({.organisation = organisation, .kind = ProposalKind::kResume})).opens();
  };
  EXPECT_FALSE(opens("bank")) << "it has everything already";
  ASSERT_TRUE(charity_.directory().SetLeaving("bank", true, By("ana").deed()).ok());
  EXPECT_TRUE(opens("bank")) << "one that is leaving gets nothing new";
  MemoryNode police("police", "police", clock_);
  const auto invitation =
      support::Must(charity_.directory().Invite({.invitee = "police", .without_code = true}, By("ana").deed()));
  const auto reply = support::Must(police.directory().Accept(invitation.text, "", "", By("ana").deed()));
  support::Must(charity_.directory().AcceptReply(reply.text, std::nullopt, By("ana").deed()));
  EXPECT_FALSE(opens("police")) << "nobody has confirmed";
  support::Must(charity_.directory().CreateCircle("friends", By("ana").deed()).status());
  charity_.Apply(kToFriends);
  const Proposal circle{.organisation = "police", .kind = ProposalKind::kCircle, .circle = "friends"};
  EXPECT_FALSE(support::Must(governance_.Weigh(circle)).opens()) << "and a circle opens nothing to it";
  const Proposal leaving{.organisation = "bank", .kind = ProposalKind::kCircle, .circle = "friends"};
  EXPECT_FALSE(support::Must(governance_.Weigh(leaving)).opens()) << "nor to one that leaves";
  const partner::PartnerPtr known = charity_.directory().Find("police");
  partner::Facts facts;
  facts.sector = "police";
  facts.country = "GB";
  facts.purposes = std::vector<std::string>{"prevention"};
  support::Must(charity_.directory().Confirm("police", known->fingerprint, facts, By("ana").deed()).status());
  EXPECT_TRUE(support::Must(governance_.Weigh(circle)).opens()) << "as if it had confirmed us too";
  EXPECT_FALSE(opens("police")) << "it has not confirmed us";
}

// Persons are counted in the newest records alone, and the refusal says that.
TEST_F(GovernTest, InAVeryLargeStorePersonsAreAtLeastSoMany) {
  support::Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (uint64_t i = 0; i <= kMostOpenedForPersons; ++i) {
      auto event = transaction.AppendEvent(store::Event::kInstant, 0, clock_.now_ms, "");
      if (!event.ok()) return event.status();
    }
    return absl::OkStatus();
  }));
  const absl::Status told = governance_.Decide(Sector("police"), std::nullopt, By("ana")).status();
  EXPECT_THAT(std::string(told.message()), HasSubstr("they name at least 0 persons"));
}

TEST_F(GovernTest, AWordWithoutAReasonIsTakenAndWhoeverIsGoneLapses) {
  const auto wordless = [this](const std::string& user) {
    return Act(policy::PrincipalMint::Mint(user, true, policy::EveryRole()), "", clock_.now_ms);
  };
  ASSERT_TRUE(charity_.directory().CreateCircle("watched", By("ana").deed()).ok());
  ASSERT_TRUE(charity_.directory().AddToCircle("watched", "bank", By("ana").deed()).ok());
  charity_.Apply(R"(@id("all") permit (principal, action == Action::"disclose", resource);
@id("not") forbid (principal in Circle::"watched", action == Action::"disclose", resource);)");
  charity_.decisions().RequireApprovals(2);
  const Proposal leave{.organisation = "bank", .kind = ProposalKind::kLeaveCircle, .circle = "watched"};
  const auto digest = governance_.Weigh(leave)->digest;
  ASSERT_TRUE(governance_.Decide(leave, digest, wordless("ana"))->pending);
  ASSERT_TRUE(governance_.Decide(leave, digest, wordless("bo")).ok());
  EXPECT_TRUE(charity_.directory().Find("bank")->circles.empty());
  // Of a partner that is gone nobody can weigh anything.
  ASSERT_TRUE(charity_.directory().AddToCircle("watched", "bank", By("ana").deed()).ok());
  ASSERT_TRUE(governance_.Decide(leave, governance_.Weigh(leave)->digest, By("ana"))->pending);
  support::Must(charity_.directory().Remove("bank", "removed", By("ana").deed(),
                                            [](store::WriteTransaction&) { return absl::OkStatus(); }));
  const auto waits = support::Must(governance_.Waits());
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_FALSE(waits.front().weighed.has_value());
}

// PARTNER.md, "At rest". A row of an older version is read: it says only who proposed it.
TEST(ProposalRow, IsReadAsItWasWritten) {
  FirstWord word;
  word.deed = {.user = "ana", .reason = "agreement", .at_ms = 7};
  word.proposal = Proposal{.organisation = "bank", .fingerprint = "5d1c", .circle = ""};
  word.proposal->facts.sector = "police";
  word.proposal->facts.country = "";
  word.proposal->facts.purposes = std::vector<std::string>{"prevention", "safeguarding"};
  const std::string bytes = EncodeFirstWord(word);
  const auto read = DecodeFirstWord(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeFirstWord(*read), bytes);
  EXPECT_EQ(read->proposal->facts.country, "") << "taken back is not the same as not stated";
  EXPECT_FALSE(read->proposal->facts.legal_bases.has_value());
  EXPECT_EQ(read->proposal->InWords(),
            "confirm; sector: police; country: unset; agreed purposes: prevention, safeguarding");
  const std::string old = std::string("TDGgpr1\0", 8) + std::string("\0\0\0\0\0\0\0\7", 8) + std::string("\0\3ana", 5) +
                          std::string("\0\0", 2);
  const auto older = DecodeFirstWord(old);
  ASSERT_TRUE(older.ok()) << older.status();
  EXPECT_EQ(older->deed.user, "ana");
  EXPECT_FALSE(older->proposal.has_value());
  EXPECT_EQ(EncodeFirstWord(*older), old);
  EXPECT_FALSE(DecodeFirstWord(bytes + "x").ok());
  EXPECT_FALSE(DecodeFirstWord("").ok());
}

TEST(ProposalRow, OfAChangeThatThereIsNotIsRefused) {
  FirstWord word;
  word.proposal = Proposal{.organisation = "bank", .fingerprint = "5d1c"};
  const std::string bytes = EncodeFirstWord(word);
  ASSERT_TRUE(DecodeFirstWord(bytes).ok());
  std::string kind = bytes, facts = bytes;
  const size_t at = bytes.find("bank") + 4;
  for (const char wrong : {0, 5}) {
    kind[at] = wrong;
    EXPECT_FALSE(DecodeFirstWord(kind).ok()) << static_cast<int>(wrong);
  }
  ASSERT_EQ(facts.back(), '\0') << "no fact is stated";
  facts.back() = 16;  // a fifth fact
  EXPECT_FALSE(DecodeFirstWord(facts).ok());
}

TEST(ProposalWords, SayWhatEachWouldChange) {
  Proposal proposal{.organisation = "bank", .kind = ProposalKind::kCircle, .circle = "friends"};
  EXPECT_EQ(proposal.InWords(), "put into the circle `friends`");
  proposal.kind = ProposalKind::kLeaveCircle;
  EXPECT_EQ(proposal.InWords(), "take out of the circle `friends`");
  proposal.kind = ProposalKind::kResume;
  EXPECT_EQ(proposal.InWords(), "resume");
  proposal.kind = ProposalKind::kConfirm;
  proposal.facts.purposes = std::vector<std::string>{};
  proposal.facts.legal_bases = std::vector<std::string>{"gdpr-6-1-f"};
  EXPECT_EQ(proposal.InWords(), "confirm; agreed purposes: none; agreed legal bases: gdpr-6-1-f");
}

TEST_F(GovernTest, TheOldestProposalMakesRoomForANewOne) {
  const auto keep = [&](uint8_t number, uint64_t at_ms) {
    FirstWord word;
    word.digest[0] = number;
    word.deed = By("ana").deed();
    word.deed.at_ms = at_ms;
    support::Must(
        charity_.store().Write([&](store::WriteTransaction& transaction) { return KeepFirstWord(transaction, word); }));
  };
  const auto first = [&] { return support::Must(FirstWords(*charity_.Read())).front().digest[0]; };
  // Two of one moment, and one before them.
  keep(200, 7), keep(100, 7), keep(150, 5);
  EXPECT_EQ(first(), 150);
  for (uint8_t i = 0; i < kMostProposals - 3; ++i) keep(i, 8);
  EXPECT_EQ(support::Must(FirstWords(*charity_.Read())).size(), kMostProposals);
  keep(250, 9);
  EXPECT_EQ(support::Must(FirstWords(*charity_.Read())).size(), kMostProposals);
  EXPECT_EQ(first(), 100) << "of one moment the lower digest";
}

TEST_F(GovernTest, APartnerThatGoesGivesBackFirst) {
  ASSERT_TRUE(governance_.Decide(Sector("police"), governance_.Weigh(Sector("police"))->digest, By("ana")).ok());
  line_.Meet();
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  EXPECT_EQ(*removals.Held("bank"), 1u);
  const auto waiting = removals.TakeBackAndRemove("bank", By("ana"), 0);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_FALSE(waiting->removed);
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "leaving");
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id_).empty());
  const auto removed = removals.TakeBackAndRemove("bank", By("ana"), 5000);
  EXPECT_TRUE(removed.ok() ? removed->removed : absl::IsNotFound(removed.status())) << removed.status();
  EXPECT_EQ(charity_.directory().Find("bank"), nullptr);
}

TEST_F(GovernTest, WhoCannotBeReachedIsCutOffAtOnceOnlyWhereThatIsSaid) {
  ASSERT_TRUE(governance_.Decide(Sector("police"), governance_.Weigh(Sector("police"))->digest, By("ana")).ok());
  line_.Meet();
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  ASSERT_TRUE(charity_.directory().SetSuspended("bank", true, By("ana").deed()).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(removals.TakeBackAndRemove("bank", By("ana"), 0).status()));
  const auto removed = removals.RemoveNow("bank", By("ana"));
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->held, 1u) << "and what could not be taken back is told";
  EXPECT_FALSE(bank_.Open(id_).empty());
}

}  // namespace
}  // namespace tidegate::flow
