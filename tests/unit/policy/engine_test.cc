// The engine: the sample policy as written, gates bound to what they were decided for, and every case that must close.
#include "policy/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {
namespace {

using testing::HasSubstr;

static_assert(!std::is_default_constructible_v<Disclosure> && !std::is_copy_constructible_v<Disclosure>);
static_assert(!std::is_default_constructible_v<Admission> && !std::is_copy_constructible_v<Admission>);
static_assert(!std::is_default_constructible_v<Access> && !std::is_copy_constructible_v<Access>);

TEST(Sample, GivesThePlaceToTheRegionAndTheDateToTheMonth) {
  const auto engine = EngineWith(kSample);
  const auto ruling = Disclose(*engine, Bank(), OpenLabel());
  ASSERT_TRUE(ruling.allowed()) << ruling.refusal().ToString();
  const Rungs& rungs = ruling->rungs();
  EXPECT_EQ(rungs[kTitle], 0);
  EXPECT_EQ(rungs[kWhere], 2) << "place.region";
  EXPECT_EQ(rungs[kWhen], 2) << "time.month";
  EXPECT_EQ(rungs[kExploitation], 0);
  EXPECT_EQ(rungs[kName], kWithheld);
  EXPECT_EQ(rungs[kPhone], kWithheld);
  EXPECT_EQ(rungs[kInformant], kWithheld);
  EXPECT_EQ(rungs[kStory], kWithheld);
}

TEST(Sample, ReachesTheCircleAndTheMarkingItNames) {
  const auto engine = EngineWith(kSample);
  EXPECT_FALSE(Disclose(*engine, Charity(), OpenLabel()).allowed()) << "not in the circle";
  Label label = OpenLabel();
  label.tlp = "CLEAR";
  EXPECT_TRUE(Disclose(*engine, Bank(), label).allowed()) << "CLEAR is below GREEN";
  label.tlp = "AMBER";
  const auto refused = Disclose(*engine, Bank(), label);
  ASSERT_FALSE(refused.allowed());
  EXPECT_THAT(refused.refusal().sentence, HasSubstr("no policy permits"));
}

TEST(Disclosures, AreBoundToLeafPartnerVersionAndTime) {
  const auto engine = EngineWith(kPermitAll);
  Candidate candidate = FullReport(*engine, OpenLabel(), 7);
  candidate.not_before_ms = 100;
  candidate.expiry_ms = 200;
  const PartyHandle police = engine->Intern(Police());
  EXPECT_FALSE(engine->Disclose(police, candidate, 99).allowed());
  EXPECT_FALSE(engine->Disclose(police, candidate, 200).allowed());
  const auto ruling = engine->Disclose(police, candidate, 100);
  ASSERT_TRUE(ruling.allowed());
  EXPECT_TRUE(ruling->Allows(LeafOf(7), "northshire-police", 199));
  EXPECT_FALSE(ruling->Allows(LeafOf(8), "northshire-police", 199));
  EXPECT_FALSE(ruling->Allows(LeafOf(7), "first-bank", 199));
  EXPECT_FALSE(ruling->Allows(LeafOf(7), "northshire-police", 99));
  EXPECT_FALSE(ruling->Allows(LeafOf(7), "northshire-police", 200));
  EXPECT_EQ(ruling->policy_version(), engine->version());
  EXPECT_EQ(ruling->RuleIds(), std::vector<std::string>{"all"});
}

TEST(Gates, AllowNothingOnceTheyWereGivenAway) {
  const auto engine = EngineWith(kPermitAll);
  const auto label = engine->Intern(OpenLabel());
  auto disclosed = engine->Disclose(engine->Intern(Police()), FullReport(*engine, OpenLabel(), 7), 100);
  Label theirs = OpenLabel();
  theirs.origin = Police().organisation;
  theirs.named_recipients = std::nullopt;
  auto admitted = engine->Admit(engine->Intern(Police()), {LeafOf(7), kReport, engine->Intern(theirs), true, {}}, 0);
  auto read = engine->Read(Asking("ana", {"analyst"}), LeafOf(7), kReport, label, "case 12");
  ASSERT_TRUE(disclosed.allowed() && admitted.allowed() && read.allowed());
  Disclosure disclosure = *std::move(disclosed);
  Admission admission = *std::move(admitted);
  Access access = *std::move(read);
  EXPECT_TRUE(disclosure.Allows(LeafOf(7), "northshire-police", 100));
  EXPECT_TRUE(admission.Allows(LeafOf(7), "northshire-police"));
  EXPECT_TRUE(access.Allows(LeafOf(7)));
  const Disclosure sealed_with = std::move(disclosure);
  const Admission stored_with = std::move(admission);
  const Access shown_with = std::move(access);
  EXPECT_TRUE(sealed_with.Allows(LeafOf(7), "northshire-police", 100));
  EXPECT_TRUE(stored_with.Allows(LeafOf(7), "northshire-police"));
  EXPECT_TRUE(shown_with.Allows(LeafOf(7)));
  // NOLINTBEGIN(bugprone-use-after-move): that is the question.
  EXPECT_FALSE(disclosure.Allows(LeafOf(7), "northshire-police", 100));
  EXPECT_FALSE(admission.Allows(LeafOf(7), "northshire-police"));
  EXPECT_FALSE(access.Allows(LeafOf(7)));
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Disclosures, GiveOnlyWhatIsHeldAndNoFinerThanPermitted) {
  const auto engine = EngineWith(kSample);
  Candidate candidate = FullReport(*engine, OpenLabel());
  candidate.fields = {{kWhere, 0b1001, nullptr}, {kWhen, 0b0011, nullptr}};
  const auto ruling = engine->Disclose(engine->Intern(Bank()), candidate, 0);
  ASSERT_TRUE(ruling.allowed());
  EXPECT_EQ(ruling->rungs()[kWhere], 3) << "region is permitted but was not authored; country goes";
  EXPECT_EQ(ruling->rungs()[kWhen], kWithheld) << "only finer rungs than the month are held";
  EXPECT_EQ(ruling->rungs()[kTitle], kWithheld) << "not present";
  candidate.fields = {{99, 1, nullptr}};
  EXPECT_FALSE(engine->Disclose(engine->Intern(Bank()), candidate, 0).allowed());
}

TEST(Disclosures, AFieldsMarkingTightensAndNamesItsOwnRule) {
  const auto engine = EngineWith(R"(
    @id("green") permit (principal, action == Action::"disclose", resource)
    when { resource.record.tlp in Tlp::"GREEN" };
    @id("facts") forbid (principal, action == Action::"disclose", resource)
    when { resource.marking has basis && resource.marking.basis == "assessment" };)");
  Candidate candidate = FullReport(*engine, OpenLabel());
  candidate.fields[kTitle].marking = engine->Intern(FieldMarking{"AMBER", {}, {}, {}, {}});
  candidate.fields[kWhere].marking = engine->Intern(FieldMarking{"CLEAR", {}, {}, {}, {}});
  candidate.fields[kWhen].marking = engine->Intern(FieldMarking{{}, "assessment", {}, {}, {}});
  candidate.fields[kExploitation].marking = engine->Intern(FieldMarking{{}, "fact", {}, {}, {}});
  const auto ruling = engine->Disclose(engine->Intern(Police()), candidate, 0);
  ASSERT_TRUE(ruling.allowed());
  EXPECT_EQ(ruling->rungs()[kTitle], kWithheld) << "AMBER beats the record's GREEN";
  EXPECT_EQ(ruling->rungs()[kWhere], 0) << "a field cannot loosen what its record says, and need not";
  EXPECT_EQ(ruling->rungs()[kWhen], kWithheld);
  EXPECT_EQ(ruling->rungs()[kExploitation], 0);
  Label amber = OpenLabel();
  amber.tlp = "AMBER";
  candidate.label = engine->Intern(amber);
  EXPECT_FALSE(engine->Disclose(engine->Intern(Police()), candidate, 0).allowed()) << "a CLEAR field does not open it";
}

TEST(Masks, ACoarserRungThatIsForbiddenWithholdsTheFinerOnes) {
  const auto engine = EngineWith(std::string(kPermitAll) + R"(
    forbid (principal, action == Action::"disclose", resource in Precision::"place.country");)");
  EXPECT_EQ(RungsFor(*engine, Police(), OpenLabel())[kWhere], kWithheld);
  EXPECT_EQ(RungsFor(*engine, Police(), OpenLabel())[kWhen], 0);
}

TEST(Masks, PoliciesMayNameASlotAndAKind) {
  const auto engine = EngineWith(R"(
    permit (principal, action == Action::"disclose", resource in Slot::"report.title");
    permit (principal, action == Action::"disclose", resource in Kind::"person")
    when { resource in Precision::"age.band" };)");
  EXPECT_EQ(RungsFor(*engine, Police(), OpenLabel())[kTitle], 0);
  EXPECT_EQ(RungsFor(*engine, Police(), OpenLabel())[kExploitation], kWithheld);
  Label person = OpenLabel();
  person.kind = "person";
  EXPECT_EQ(engine->MaskFor(engine->Intern(Police()), engine->Intern(person), kPerson)->rungs, (Rungs{kWithheld, 1}));
}

TEST(Masks, CodesComeWithWhatContainsThem) {
  const auto engine = EngineWith(R"(
    permit (principal, action == Action::"disclose", resource)
    when { resource.record.exploitation.contains(Exploitation::"labour") &&
           resource.record.countries.contains(Country::"EU") };)");
  EXPECT_TRUE(Disclose(*engine, Police(), OpenLabel()).allowed());
  Label label = OpenLabel();
  label.exploitation = {{"prostitution"}};
  EXPECT_FALSE(Disclose(*engine, Police(), label).allowed());
  label = OpenLabel();
  label.countries = {{"GB"}};
  EXPECT_FALSE(Disclose(*engine, Police(), label).allowed());
}

TEST(Masks, SectorsAreHierarchical) {
  const auto engine = EngineWith(kPermitAll);
  Party border = Police();
  border.sector = "police.border";
  Label label = OpenLabel();
  label.pap = "RED";
  EXPECT_TRUE(Disclose(*engine, border, label).allowed());
}

TEST(Masks, NameWhoOpenedEachSlot) {
  const auto engine = EngineWith(R"(
    @id("places") permit (principal, action == Action::"disclose", resource in Precision::"place.region");
    @id("also-places") permit (principal, action == Action::"disclose", resource in Precision::"place.country");
    @id("titles") permit (principal, action == Action::"disclose", resource in Slot::"report.title");)");
  const auto mask = engine->MaskFor(engine->Intern(Police()), engine->Intern(OpenLabel()), kReport);
  const auto ids = [&](uint16_t slot) {
    std::vector<std::string> names;
    for (const uint16_t rule : mask->PermitsOf(slot)) names.push_back(engine->rules()[rule].id);
    return names;
  };
  EXPECT_EQ(ids(kWhere), std::vector<std::string>{"places"});
  EXPECT_EQ(ids(kTitle), std::vector<std::string>{"titles"});
  EXPECT_TRUE(ids(kName).empty());
  EXPECT_TRUE(mask->PermitsOf(1000).empty());
}

TEST(FailClosed, APolicySetThatPermitsNothing) {
  const auto engine = EngineWith("");
  const auto ruling = Disclose(*engine, Police(), OpenLabel());
  ASSERT_FALSE(ruling.allowed());
  EXPECT_THAT(ruling.refusal().sentence, HasSubstr("no policy permits"));
}

TEST(FailClosed, AnEmptyCircleReachesNobody) {
  const auto engine = EngineWith(R"(permit (principal in Circle::"empty", action == Action::"disclose", resource);)");
  for (const Party& party : {Police(), Bank(), Charity()}) {
    EXPECT_FALSE(Disclose(*engine, party, OpenLabel()).allowed()) << party.organisation;
  }
}

TEST(FailClosed, APartnerWithoutSectorOrCountry) {
  Party party = Police();
  party.sector.clear();
  const auto permits = EngineWith(R"(
    permit (principal, action == Action::"disclose", resource) when { principal.sector in Sector::"police" };)");
  EXPECT_TRUE(Disclose(*permits, Police(), OpenLabel()).allowed());
  EXPECT_FALSE(Disclose(*permits, party, OpenLabel()).allowed()) << "a permit that errs does not permit";
  const auto forbids = EngineWith(std::string(kPermitAll) + R"(
    @id("no-banks") forbid (principal, action == Action::"disclose", resource)
    when { principal.sector in Sector::"bank" };)");
  EXPECT_TRUE(Disclose(*forbids, Police(), OpenLabel()).allowed());
  const auto refused = Disclose(*forbids, party, OpenLabel());
  ASSERT_FALSE(refused.allowed()) << "a forbid that errs forbids";
  EXPECT_TRUE(Blames(refused.refusal(), "no-banks"));
}

TEST(FailClosed, TwoContradictoryMarkingsCountAsTheStrictest) {
  // An importer that meets two markings keeps the stricter one of each pair.
  Label label = OpenLabel();
  label.tlp = std::string(StricterTlp("GREEN", "RED"));
  EXPECT_FALSE(Disclose(*EngineWith(kPermitAll), Bank(), label).allowed());
}

TEST(FailClosed, ALinkedRecordDoesNotTravelWithAnAllowedOne) {
  // Decisions know one record at a time: a Disclosure of one leaf serves no other, also if one record refers to the
  // other.
  const auto engine = EngineWith(R"(permit (principal, action == Action::"disclose", resource in Kind::"report");)");
  const auto report = Disclose(*engine, Police(), OpenLabel());
  ASSERT_TRUE(report.allowed());
  Label person = OpenLabel();
  person.kind = "person";
  const Candidate linked{LeafOf(2), kPerson, engine->Intern(person), {{0, 1, nullptr}}, {}, {}};
  EXPECT_FALSE(engine->Disclose(engine->Intern(Police()), linked, 0).allowed());
  EXPECT_FALSE(report->Allows(linked.leaf, "northshire-police", 0));
}

TEST(FailClosed, WhatDoesNotParseMakesNoEngine) {
  const auto engine = EngineWith(kPermitAll);
  const auto replacement = Engine::Create({{"broken.cedar", "permit (principal, action, resource"}}, Catalogue(),
                                          CharityVocabulary(), &Sha256);
  ASSERT_FALSE(replacement.ok());
  EXPECT_THAT(std::string(replacement.status().message()), HasSubstr("broken.cedar:1:"));
  EXPECT_TRUE(Disclose(*engine, Police(), OpenLabel()).allowed()) << "the former one still decides";
}

TEST(FailClosed, UnknownKindsAndForeignHandlesOpenNothing) {
  const auto engine = EngineWith(kPermitAll);
  const auto other = EngineWith(kPermitAll);
  const PartyHandle police = engine->Intern(Police());
  Candidate candidate = FullReport(*engine, OpenLabel());
  candidate.kind = 4711;
  EXPECT_FALSE(engine->Disclose(police, candidate, 0).allowed());
  candidate.kind = kPerson;
  EXPECT_FALSE(engine->Disclose(police, candidate, 0).allowed()) << "the label is of another kind";
  EXPECT_FALSE(other->Disclose(police, FullReport(*other, OpenLabel()), 0).allowed())
      << "the party is another engine's";
  EXPECT_FALSE(engine->Disclose(nullptr, FullReport(*engine, OpenLabel()), 0).allowed());
  EXPECT_FALSE(engine->Disclose(police, Candidate{}, 0).allowed());
  const auto mask = other->MaskFor(police, other->Intern(OpenLabel()), kReport);
  EXPECT_FALSE(mask->travels);
  EXPECT_EQ(mask->rungs, Rungs(8, kWithheld));
  EXPECT_TRUE(engine->MaskFor(police, engine->Intern(OpenLabel()), 4711)->rungs.empty());
}

TEST(Masks, OfLabelsTooLongToKeepAreMadeEachTime) {
  const auto engine = EngineWith(kSample);
  Label label = OpenLabel();
  label.tags = {{std::string(5000, 'x')}};
  const Rungs expected = RungsFor(*engine, Bank(), OpenLabel());
  EXPECT_EQ(RungsFor(*engine, Bank(), label), expected);
  EXPECT_EQ(RungsFor(*engine, Bank(), label), expected);
  label.tags->push_back("sar");
  EXPECT_FALSE(Disclose(*engine, Bank(), label).allowed()) << "another long label is not taken for the first";
  const auto reader = engine->Search(Asking("ada", {"analyst", "screening"}), "find", "case 12");
  ASSERT_TRUE(reader.allowed());
  EXPECT_TRUE(engine->Sees(*reader, kReport, engine->Intern(label)));
}

TEST(Errors, AreKeptForTheAdministrator) {
  const auto engine = EngineWith(std::string(kPermitAll) + R"(
    @id("graded") permit (principal, action == Action::"disclose", resource)
    when { resource.record.source_grade == "1" };)");
  EXPECT_TRUE(engine->ErrorsSeen().empty());
  Label label = OpenLabel();
  label.source_grade = std::nullopt;
  EXPECT_TRUE(Disclose(*engine, Police(), label).allowed());
  const std::vector<SeenError> errors = engine->ErrorsSeen();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].rule.id, "graded");
  EXPECT_THAT(errors[0].message, HasSubstr("source_grade"));
  EXPECT_GE(errors[0].times, 1u);
}

TEST(Versions, NameEverythingThatDecides) {
  const auto engine = EngineWith(kPermitAll);
  EXPECT_EQ(engine->version(), EngineWith(kPermitAll)->version());
  EXPECT_EQ(engine->version(), EngineWith(std::string("// A comment decides nothing.\n") + kPermitAll)->version());
  EXPECT_NE(engine->version(), EngineWith(kSample)->version());
  Vocabulary vocabulary = CharityVocabulary();
  vocabulary.circles.push_back("new");
  EXPECT_EQ(engine->version(), EngineWith(kPermitAll, vocabulary)->version()) << "a circle decides through its members";
  vocabulary.self = "first-bank";
  EXPECT_NE(engine->version(), EngineWith(kPermitAll, vocabulary)->version());
  vocabulary = CharityVocabulary();
  vocabulary.exploitation.pop_back();
  EXPECT_NE(engine->version(), EngineWith(kPermitAll, vocabulary)->version());
  std::vector<KindShape> kinds = Catalogue();
  kinds[0].slots[kPhone].field_class = "analytic";
  const auto reshaped = Engine::Create({{"local.cedar", kPermitAll}}, kinds, CharityVocabulary(), &Sha256);
  ASSERT_TRUE(reshaped.ok());
  EXPECT_NE(engine->version(), (*reshaped)->version());
}

TEST(Versions, DecisionVersionsAlsoNameThePartnersFacts) {
  const auto engine = EngineWith(kPermitAll);
  Party party = Police();
  const Digest before = engine->DecisionVersion(party);
  EXPECT_EQ(before, engine->DecisionVersion(Police()));
  party.circles.push_back("clients");
  EXPECT_NE(before, engine->DecisionVersion(party));
  EXPECT_NE(engine->PartyDigest(party), engine->PartyDigest(Police()));
  EXPECT_NE(before, EngineWith(kSample)->DecisionVersion(Police()));
}

TEST(Versions, AnAuthorsFactsCountOnlyWherePoliciesAsk) {
  constexpr char kAboutOrigin[] = R"(
    permit (principal, action == Action::"disclose", resource) when { resource.record.origin in Circle::"lantern" };)";
  Vocabulary knows = CharityVocabulary();
  knows.organisations = {Police()};
  EXPECT_EQ(EngineWith(kPermitAll)->version(), EngineWith(kPermitAll, knows)->version());
  EXPECT_NE(EngineWith(kAboutOrigin)->version(), EngineWith(kAboutOrigin, knows)->version());
  Label label = OpenLabel();
  label.origin = "northshire-police";
  label.onward = "yes";
  EXPECT_TRUE(Disclose(*EngineWith(kAboutOrigin, knows), Bank(), label).allowed());
  EXPECT_FALSE(Disclose(*EngineWith(kAboutOrigin), Bank(), label).allowed());
}

TEST(Catalogues, ThatContradictThemselvesAreRefused) {
  const auto refused = [](std::vector<KindShape> kinds) {
    return !Engine::Create({}, kinds, CharityVocabulary(), &Sha256).ok();
  };
  std::vector<KindShape> kinds = Catalogue();
  kinds[1].name = "report";
  EXPECT_TRUE(refused(kinds));
  kinds = Catalogue();
  kinds[0].slots[0].precisions.clear();
  EXPECT_TRUE(refused(kinds));
  kinds = Catalogue();
  kinds[0].slots[0].precisions.assign(kMostRungs + 1, "x");
  EXPECT_TRUE(refused(kinds));
  kinds = Catalogue();
  kinds[0].slots[1].precisions = {"place.country", "place.exact"};
  EXPECT_TRUE(refused({kinds[0], {9, 1, "other", {{0, "a", "location", {"place.exact", "place.country"}}}}}))
      << "a ladder both ways up";
  EXPECT_FALSE(refused(Catalogue()));
}

TEST(Catalogues, TheNewestVersionOfAKindDecides) {
  std::vector<KindShape> kinds = Catalogue();
  KindShape newer = kinds[1];
  newer.version = 2;
  newer.slots.push_back({2, "alias", "personal", {"whole"}});
  kinds.insert(kinds.begin(), newer);
  const auto engine = Engine::Create({{"local.cedar", kPermitAll}}, kinds, CharityVocabulary(), &Sha256);
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->FindKind(kPerson)->slots.size(), 3u);
  EXPECT_EQ((*engine)->FindKind(99), nullptr);
}

TEST(Threads, ShareOneEngine) {
  const auto engine = EngineWith(kSample);
  const Rungs expected = RungsFor(*EngineWith(kSample), Bank(), OpenLabel());
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (int& mistakes : wrong) {
    threads.emplace_back([&engine, &expected, &mistakes] {
      for (int i = 0; i < 50; ++i) {
        Label label = OpenLabel();
        label.purposes = {{"prevention", std::to_string(i)}};
        if (RungsFor(*engine, Bank(), label) != expected) ++mistakes;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

}  // namespace
}  // namespace tidegate::policy
