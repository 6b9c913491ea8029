// Each policy of the baseline: a case that it allows and one that it refuses, under a local set that permits
// everything.
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {
namespace {

class Baseline : public testing::Test {
 protected:
  void Allowed(const Party& party, const Label& label) {
    const auto ruling = Disclose(*engine_, party, label);
    EXPECT_TRUE(ruling.allowed()) << ruling.refusal().ToString();
  }
  void Refused(const Party& party, const Label& label, std::string_view by) {
    const auto ruling = Disclose(*engine_, party, label);
    ASSERT_FALSE(ruling.allowed());
    EXPECT_TRUE(Blames(ruling.refusal(), by)) << ruling.refusal().ToString();
  }
  int8_t RungOf(const Party& party, const Label& label, ReportSlot slot) {
    return RungsFor(*engine_, party, label)[slot];
  }
  static Label NotOurs() {
    Label label = OpenLabel();
    label.origin = "lighthouse";
    label.named_recipients = std::nullopt;
    label.onward = "yes";
    return label;
  }
  static Label Naming(const Party& party) {
    Label label = OpenLabel();
    label.named_recipients = {{party.organisation}};
    return label;
  }

  std::shared_ptr<const Engine> engine_ = EngineWith(kPermitAll);
};

TEST_F(Baseline, NothingGoesToAnUnconfirmedPartner) {
  Party party = Police();
  Allowed(party, OpenLabel());
  party.confirmed = false;
  Refused(party, OpenLabel(), "baseline.confirmed");
}

TEST_F(Baseline, RedGoesToNamedRecipientsOnly) {
  Label label = Naming(Police());
  label.tlp = "RED";
  Allowed(Police(), label);
  Refused(Bank(), label, "baseline.tlp-red");
}

TEST_F(Baseline, UnstatedUnknownAndAbsentTlpCountAsRed) {
  for (const Fact& tlp : {Fact(kUnstated), Fact("PURPLE"), Fact("green"), Fact("")}) {
    Label label = Naming(Police());
    label.tlp = tlp;
    Allowed(Police(), label);
    Refused(Bank(), label, "baseline.tlp-red");
  }
  Label absent = OpenLabel();
  absent.tlp = std::nullopt;
  Refused(Bank(), absent, "baseline.tlp-red");
}

TEST_F(Baseline, RedIsNeverPassedOn) {
  Label label = NotOurs();
  label.tlp = "RED";
  label.named_recipients = {{Police().organisation}};
  Refused(Police(), label, "baseline.tlp-red-onward");
  label.origin = "harbour";
  Allowed(Police(), label);
}

TEST_F(Baseline, AmberStrictStaysWithTheRecipient) {
  Label label = OpenLabel();
  label.tlp = "AMBER+STRICT";
  Allowed(Police(), label);
  label = NotOurs();
  label.tlp = "AMBER+STRICT";
  Refused(Police(), label, "baseline.tlp-amber-strict");
  label.tlp = "GREEN";
  Allowed(Police(), label);
}

TEST_F(Baseline, AmberIsPassedOnToClientsOnly) {
  Label label = NotOurs();
  label.tlp = "AMBER";
  Refused(Police(), label, "baseline.tlp-amber");
  Party client = Police();
  client.circles.push_back("clients");
  Allowed(client, label);
}

TEST_F(Baseline, GreenAndClearStayWithinTheCommunityOfConfirmedPartners) {
  for (const char* tlp : {"CLEAR", "GREEN"}) {
    Label label = OpenLabel();
    label.tlp = tlp;
    Party party = Charity();
    Allowed(party, label);
    party.confirmed = false;
    Refused(party, label, "baseline.confirmed");
    // A holder may pass it on within the community too, if its author's onward rule says so.
    label = NotOurs();
    label.tlp = tlp;
    Allowed(Charity(), label);
    Refused(party, label, "baseline.confirmed");
  }
}

TEST_F(Baseline, ClearNeedsNoPurposeAndGreenDoes) {
  Label label = OpenLabel();
  label.purposes = std::vector<std::string>{};
  label.tlp = "CLEAR";
  Allowed(Charity(), label);
  label.tlp = "GREEN";
  Refused(Charity(), label, "baseline.purpose");
}

TEST_F(Baseline, PapAmberGreenAndClearAreNoHindrance) {
  for (const char* pap : {"AMBER", "GREEN", "CLEAR"}) {
    Label label = OpenLabel();
    label.pap = pap;
    Allowed(Bank(), label);
    label.pap = std::string(pap) + "?";
    Refused(Bank(), label, "baseline.pap-red");
  }
}

// DPA 2018 Part 3 and Directive 2016/680 Art 6 name these apart; who was convicted is treated as a suspect is.
TEST_F(Baseline, EachCategoryOfSubjectIsDecidedByItself) {
  for (const auto& [subject, goes] : std::vector<std::pair<std::string, bool>>{{"victim", false},
                                                                               {"suspect", true},
                                                                               {"convicted", true},
                                                                               {"witness", false},
                                                                               {"reporter", false},
                                                                               {"undetermined", false}}) {
    Label label = OpenLabel();
    label.subjects = {{subject}};
    EXPECT_EQ(RungOf(Bank(), label, kName), goes ? 0 : kWithheld) << subject;
    EXPECT_EQ(RungOf(Police(), label, kName), 0) << subject;
  }
}

TEST_F(Baseline, CodeCNeedsItsConditionsToHold) {
  Label label = OpenLabel();
  label.handling_code = "C";
  label.conditions = {{"country:GB", "sector:police"}};
  Allowed(Police(), label);
  Refused(Bank(), label, "baseline.handling-conditions");
  label.conditions = {{"purpose:prevention"}};
  Allowed(Bank(), label);
  // Conditions that are not stated, or that only people can judge, are met by naming the recipient.
  for (const std::vector<std::string>& conditions :
       {std::vector<std::string>{}, std::vector<std::string>{"call the originator before action"}}) {
    label = Naming(Police());
    label.handling_code = "C";
    label.conditions = conditions;
    Allowed(Police(), label);
    Refused(Bank(), label, "baseline.handling-conditions");
  }
}

TEST_F(Baseline, AnUnknownHandlingCodeCountsAsC) {
  Label label = OpenLabel();
  label.handling_code = std::string(kUnstated);
  Allowed(Bank(), label);
  for (const Fact& code : {Fact("5"), Fact(std::nullopt)}) {
    label.handling_code = code;
    Refused(Bank(), label, "baseline.handling-conditions");
  }
}

TEST_F(Baseline, PapRedGoesToPoliceOrTheNamed) {
  Label label = OpenLabel();
  label.pap = "RED";
  Allowed(Police(), label);
  Refused(Bank(), label, "baseline.pap-red");
  label = Naming(Bank());
  label.pap = "RED";
  Allowed(Bank(), label);
  label = OpenLabel();
  label.pap = std::string(kUnstated);
  Allowed(Bank(), label);
  label.pap = std::nullopt;
  Refused(Bank(), label, "baseline.pap-red");
}

TEST_F(Baseline, APurposeMustBeShared) {
  Label label = OpenLabel();
  label.purposes = {{"prosecution"}};
  Allowed(Police(), label);
  Refused(Bank(), label, "baseline.purpose");
  label.purposes = std::vector<std::string>{};
  Refused(Police(), label, "baseline.purpose");
  label.tlp = "CLEAR";
  Allowed(Bank(), label);
}

TEST_F(Baseline, TheDisclosureStatesTheSharedPurposes) {
  Label label = OpenLabel();
  label.purposes = {{"prevention", "prosecution", "research"}};
  const auto ruling = Disclose(*engine_, Police(), label);
  ASSERT_TRUE(ruling.allowed());
  EXPECT_EQ(ruling->purposes(), (std::vector<std::string>{"prevention", "prosecution"}));
}

TEST_F(Baseline, IdentifiedPeopleNeedALegalBasisWithinTheAgreement) {
  Label label = OpenLabel();
  EXPECT_EQ(RungOf(Bank(), label, kPhone), 0);
  label.legal_basis = {{"dpa-2018-part3"}};
  EXPECT_EQ(RungOf(Police(), label, kPhone), 0);
  EXPECT_EQ(RungOf(Bank(), label, kPhone), kWithheld);
  EXPECT_EQ(RungOf(Bank(), label, kName), kWithheld);
  EXPECT_EQ(RungOf(Bank(), label, kWhere), 0) << "where it happened is not data about an identified person";
  // An agreement that names no bases leaves it to the author, who must state one all the same.
  Party party = Police();
  party.legal_bases.clear();
  EXPECT_EQ(RungOf(party, label, kName), 0);
  for (const FactSet& none : {FactSet(), FactSet(std::vector<std::string>{})}) {
    label.legal_basis = none;
    EXPECT_EQ(RungOf(Police(), label, kName), kWithheld);
    EXPECT_EQ(RungOf(party, label, kName), kWithheld);
  }
}

TEST_F(Baseline, OnwardOnlyIfTheAuthorSaidYes) {
  Allowed(Police(), NotOurs());
  for (const Fact& onward : {Fact("no"), Fact("ask"), Fact("unnamed"), Fact("perhaps"), Fact(std::nullopt)}) {
    Label label = NotOurs();
    label.onward = onward;
    Refused(Police(), label, "baseline.onward");
    label.origin = "harbour";
    Allowed(Police(), label);
  }
  Label label = OpenLabel();
  label.origin = std::nullopt;
  Refused(Police(), label, "baseline.onward");
}

TEST_F(Baseline, PersonalFieldsAboutVictimsGoToPolice) {
  for (const char* subject : {"victim", "witness", "reporter", "undetermined"}) {
    Label label = OpenLabel();
    label.subjects = {{"suspect", subject}};
    EXPECT_EQ(RungOf(Police(), label, kName), 0) << subject;
    EXPECT_EQ(RungOf(Bank(), label, kName), kWithheld) << subject;
    EXPECT_EQ(RungOf(Bank(), label, kPhone), 0) << subject;
  }
  EXPECT_EQ(RungOf(Bank(), OpenLabel(), kName), 0) << "a suspect's name, under an agreed basis";
  Label label = OpenLabel();
  for (const FactSet& unknown : {FactSet(), FactSet(std::vector<std::string>{})}) {
    label.subjects = unknown;
    EXPECT_EQ(RungOf(Bank(), label, kName), kWithheld);
  }
  // With the person's consent, to whom the author named.
  label = Naming(Charity());
  label.subjects = {{"victim"}};
  EXPECT_EQ(RungOf(Charity(), label, kName), 0);
  label.legal_basis = {{"dpa-2018-part3"}};
  EXPECT_EQ(RungOf(Charity(), label, kName), kWithheld);
}

TEST_F(Baseline, TheInformantNeverLeaves) {
  Label label = Naming(Police());
  label.tlp = "CLEAR";
  EXPECT_EQ(RungOf(Police(), label, kInformant), kWithheld);
  EXPECT_EQ(RungOf(Police(), label, kStory), 0);
}

TEST_F(Baseline, ATaggedInformantLeavesOnlySanitisedNarratives) {
  Label label = OpenLabel();
  EXPECT_EQ(RungOf(Police(), label, kStory), 0);
  label.tags = {{"informant"}};
  EXPECT_EQ(RungOf(Police(), label, kStory), 1);
  EXPECT_EQ(RungOf(Police(), label, kWhere), 0);
}

TEST_F(Baseline, SuspiciousActivityReportsGoToNamedPoliceAndFius) {
  Party fiu = Police();
  fiu.organisation = "national-fiu";
  fiu.sector = "fiu";
  for (const char* tag : {"sar", "suspicious-activity-report"}) {
    Label label = OpenLabel();
    label.tags = {{"other", tag}};
    label.named_recipients = {{"first-bank", "national-fiu", "northshire-police"}};
    Allowed(Police(), label);
    Allowed(fiu, label);
    Refused(Bank(), label, "baseline.suspicious-activity-report");
    label.named_recipients = std::vector<std::string>{};
    Refused(Police(), label, "baseline.suspicious-activity-report");
  }
  Label label = OpenLabel();
  label.tags = std::nullopt;
  Refused(Police(), label, "baseline.suspicious-activity-report");
}

class Admitting : public testing::Test {
 protected:
  Ruling<Admission> Admit(const Party& sender, const Label& label) {
    return engine_->Admit(engine_->Intern(sender), {LeafOf(1), kReport, engine_->Intern(label), true, {}}, 0);
  }
  static Label From(const Party& author) {
    Label label = OpenLabel();
    label.origin = author.organisation;
    label.named_recipients = std::nullopt;
    return label;
  }
  std::shared_ptr<const Engine> engine_ = EngineWith("");
};

TEST_F(Admitting, ConfirmedPartnersMaySendTheirOwn) {
  const auto ruling = Admit(Police(), From(Police()));
  ASSERT_TRUE(ruling.allowed()) << ruling.refusal().ToString();
  EXPECT_EQ(ruling->rule_ids(), std::vector<std::string>{"baseline.admit"});
  EXPECT_TRUE(ruling->Allows(LeafOf(1), "northshire-police"));
  EXPECT_FALSE(ruling->Allows(LeafOf(2), "northshire-police"));
  EXPECT_FALSE(ruling->Allows(LeafOf(1), "first-bank"));
  Party stranger = Police();
  stranger.confirmed = false;
  const auto refused = Admit(stranger, From(Police()));
  ASSERT_FALSE(refused.allowed());
  EXPECT_TRUE(Blames(refused.refusal(), "baseline.admit-confirmed"));
}

TEST_F(Admitting, WhatWasPassedOnNeedsItsAuthorsYes) {
  Label label = From(Charity());
  label.onward = "yes";
  EXPECT_TRUE(Admit(Police(), label).allowed());
  for (const Fact& onward : {Fact("no"), Fact("ask"), Fact("unnamed"), Fact(std::nullopt)}) {
    label.onward = onward;
    const auto refused = Admit(Police(), label);
    ASSERT_FALSE(refused.allowed());
    EXPECT_TRUE(Blames(refused.refusal(), "baseline.admit-onward"));
    EXPECT_TRUE(Admit(Charity(), label).allowed()) << "from the author itself";
  }
}

TEST_F(Admitting, AnExpiredRecordIsNotTaken) {
  Arrival arrival{LeafOf(1), kReport, engine_->Intern(From(Police())), true, 1000};
  EXPECT_TRUE(engine_->Admit(engine_->Intern(Police()), arrival, 999).allowed());
  EXPECT_FALSE(engine_->Admit(engine_->Intern(Police()), arrival, 1000).allowed());
}

TEST_F(Admitting, LocalPoliciesMayRefuseVouchedAuthors) {
  const auto engine = EngineWith(R"(
    @id("known-authors")
    forbid (principal, action == Action::"admit", resource) unless { context.author_confirmed };)");
  Arrival arrival{LeafOf(1), kReport, engine->Intern(From(Police())), true, {}};
  EXPECT_TRUE(engine->Admit(engine->Intern(Police()), arrival, 0).allowed());
  arrival.author_confirmed = false;
  const auto refused = engine->Admit(engine->Intern(Police()), arrival, 0);
  ASSERT_FALSE(refused.allowed());
  EXPECT_TRUE(Blames(refused.refusal(), "known-authors"));
}

class ReadingRecords : public testing::Test {
 protected:
  std::shared_ptr<const Engine> engine_ = EngineWith("");
  LabelHandle label_ = engine_->Intern(OpenLabel());
};

TEST_F(ReadingRecords, AnalystsReadWithAReason) {
  const auto ruling = engine_->Read(Asking("ada", {"analyst"}), LeafOf(1), kReport, label_, "case 12");
  ASSERT_TRUE(ruling.allowed()) << ruling.refusal().ToString();
  EXPECT_EQ(ruling->principal().user(), "ada");
  EXPECT_EQ(ruling->reason(), "case 12");
  EXPECT_TRUE(ruling->Allows(LeafOf(1)));
  EXPECT_FALSE(ruling->Allows(LeafOf(2)));
  for (const char* reason : {"", " \t\n"}) {
    const auto refused = engine_->Read(Asking("ada", {"analyst"}), LeafOf(1), kReport, label_, reason);
    ASSERT_FALSE(refused.allowed());
    EXPECT_TRUE(Blames(refused.refusal(), "baseline.read-reason"));
  }
}

TEST_F(ReadingRecords, OtherRolesDoNot) {
  for (const std::vector<std::string>& roles :
       {std::vector<std::string>{}, std::vector<std::string>{"auditor", "administrator"}}) {
    EXPECT_FALSE(engine_->Read(Asking("eve", roles), LeafOf(1), kReport, label_, "case 12").allowed());
  }
  EXPECT_TRUE(engine_->Read(Asking("sue", {"supervisor"}), LeafOf(1), kReport, label_, "case 12").allowed());
}

TEST_F(ReadingRecords, ASearchIsDecidedRecordByRecord) {
  const auto engine = EngineWith(R"(
    forbid (principal, action == Action::"read", resource) when { resource.record.tlp in Tlp::"RED" }
    unless { resource.record.tlp in Tlp::"AMBER+STRICT" } unless { principal in Role::"supervisor" };)");
  EXPECT_FALSE(engine->Search(Asking("ada", {"analyst"}), "find --kind report", "").allowed());
  const auto analyst = engine->Search(Asking("ada", {"analyst"}), "find --kind report", "case 12");
  const auto supervisor = engine->Search(Asking("sue", {"supervisor"}), "find --kind report", "case 12");
  ASSERT_TRUE(analyst.allowed() && supervisor.allowed());
  Label red = OpenLabel();
  red.tlp = "RED";
  EXPECT_TRUE(engine->Sees(*analyst, kReport, engine->Intern(OpenLabel())));
  EXPECT_FALSE(engine->Sees(*analyst, kReport, engine->Intern(red)));
  EXPECT_TRUE(engine->Sees(*supervisor, kReport, engine->Intern(red)));
  EXPECT_FALSE(analyst->Allows(LeafOf(1))) << "a search opens no single record";
  EXPECT_FALSE(engine->Sees(*analyst, kPerson, engine->Intern(OpenLabel()))) << "the label is of another kind";
}

}  // namespace
}  // namespace tidegate::policy
