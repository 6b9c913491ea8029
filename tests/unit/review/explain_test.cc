// Explanations: every present field, what goes, by which rule, and what stands in the way of more.
#include "policy/review/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

using testing::HasSubstr;

Explanation ExplainTo(const Engine& engine, const Party& party, const Label& label) {
  return Explain(engine, engine.Intern(party), FullReport(engine, label), 0);
}

TEST(Explain, SaysWhichRuleGaveWhichRung) {
  const auto engine = EngineWith(kSample);
  const Explanation said = ExplainTo(*engine, Bank(), OpenLabel());
  EXPECT_TRUE(said.travels);
  EXPECT_EQ(said.partner, "first-bank");
  ASSERT_EQ(said.fields.size(), 8u);
  const FieldExplanation& where = said.fields[kWhere];
  EXPECT_EQ(where.name, "where");
  EXPECT_EQ(where.rung, 2);
  EXPECT_EQ(where.precision, "place.region");
  ASSERT_EQ(where.permitted_by.size(), 1u);
  EXPECT_EQ(where.permitted_by[0].Where(), "local.cedar:3");
  EXPECT_TRUE(where.forbidden_by.empty());
  ASSERT_EQ(where.would_permit.size(), 1u);
  EXPECT_THAT(where.sentence,
              HasSubstr("goes as `place.region` by local.cedar:3; finer is withheld: no policy permits"));
  EXPECT_EQ(said.fields[kTitle].sentence, "goes as `whole` by local.cedar:3");
}

TEST(Explain, SaysWhatForbidsAndWhatWouldHaveToBeTrue) {
  const auto engine = EngineWith(kSample);
  const Explanation said = ExplainTo(*engine, Bank(), OpenLabel());
  const FieldExplanation& name = said.fields[kName];
  EXPECT_EQ(name.rung, kWithheld);
  EXPECT_EQ(name.precision, "withheld");
  ASSERT_EQ(name.forbidden_by.size(), 1u);
  EXPECT_EQ(name.forbidden_by[0].line, 6u);
  EXPECT_THAT(name.sentence, HasSubstr("unless { principal.sector in Sector::\"police\" }"));
  EXPECT_THAT(said.fields[kInformant].sentence, HasSubstr("baseline.source"));
  EXPECT_THAT(said.fields[kStory].sentence, HasSubstr("local.cedar:3 would, if `when {"));
  EXPECT_THAT(said.ToString(), HasSubstr("  informant (source): is withheld"));
}

TEST(Explain, ListsAllThatWouldHaveToBeTrue) {
  const auto engine = EngineWith(kSample);
  Label label = OpenLabel();
  label.subjects = {{"victim"}};
  label.legal_basis = std::vector<std::string>{};
  const Explanation said = ExplainTo(*engine, Bank(), label);
  // Every forbid, not only the first, and a permit besides.
  const FieldExplanation& name = said.fields[kName];
  EXPECT_THAT(
      name.needs,
      testing::ElementsAre(HasSubstr("baseline.legal-basis (baseline/purpose.cedar:"), HasSubstr("baseline.subjects"),
                           HasSubstr("local.cedar:6 must not forbid it, and it forbids `unless { principal.sector"),
                           HasSubstr("a permit must apply: local.cedar:3, which permits `when {")));
  EXPECT_THAT(said.fields[kInformant].needs[0], HasSubstr("forbids it always"));
  EXPECT_TRUE(said.fields[kTitle].needs.empty()) << "it goes whole";
  EXPECT_THAT(said.fields[kWhere].needs, testing::ElementsAre(HasSubstr("a permit must apply")));
  Candidate coarse = FullReport(*engine, label);
  coarse.fields[kWhere].rungs = 0b1100;
  EXPECT_TRUE(Explain(*engine, engine->Intern(Bank()), coarse, 0).fields[kWhere].needs.empty())
      << "nothing finer than the region is held";
}

TEST(Explain, SaysWhichPartnerOrFieldAPermitIsFor) {
  const auto elsewhere = EngineWith(R"(permit (principal in Circle::"empty", action == Action::"disclose", resource)
    when { resource.record.tlp in Tlp::"GREEN" };)");
  EXPECT_THAT(ExplainTo(*elsewhere, Bank(), OpenLabel()).fields[kTitle].needs,
              testing::ElementsAre("the partner would have to be one that local.cedar:1 is for: "
                                   "`principal in Circle::\"empty\"`"));
  const auto others = EngineWith(R"(permit (principal in Circle::"lantern", action == Action::"disclose",
    resource in Slot::"report.when") when { resource.record.tlp in Tlp::"GREEN" };)");
  EXPECT_THAT(ExplainTo(*others, Bank(), OpenLabel()).fields[kTitle].needs,
              testing::ElementsAre("local.cedar:1 is for other fields: `resource in Slot::\"report.when\"`"));
  EXPECT_THAT(ExplainTo(*EngineWith(""), Bank(), OpenLabel()).fields[kTitle].needs,
              testing::ElementsAre(HasSubstr("some policy must permit it")));
}

// Explain quotes the conditions that the engine evaluates, and no text beside them that looks like one.
TEST(Explain, QuotesTheConditionsAndNothingThatLooksLikeOne) {
  const auto engine = EngineWith(R"(@note("shared when { it rains }")
permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.title")
// only when { the moon is full }
when { resource.record.tlp == Tlp::"RED" };)");
  const Explanation said = ExplainTo(*engine, Bank(), OpenLabel());
  EXPECT_THAT(said.fields[kTitle].sentence, HasSubstr("would, if `when { resource.record.tlp == Tlp::\"RED\" }` held"));
  EXPECT_THAT(said.fields[kTitle].sentence, testing::Not(HasSubstr("rains")));
}

TEST(Explain, AgreesWithTheDecision) {
  const auto engine = EngineWith(std::string(kPermitAll) + R"(
    forbid (principal, action == Action::"disclose", resource in Precision::"narrative.full")
    unless { resource in Precision::"narrative.heading" };)");
  Candidate candidate = FullReport(*engine, OpenLabel());
  candidate.fields[kWhen].marking = engine->Intern(FieldMarking{"RED", {}, {}, {}, {}});
  candidate.fields[kWhere].rungs = 0b1000;
  const PartyHandle bank = engine->Intern(Bank());
  const auto ruling = engine->Disclose(bank, candidate, 0);
  ASSERT_TRUE(ruling.allowed());
  const Explanation said = Explain(*engine, bank, candidate, 0);
  for (const FieldExplanation& field : said.fields) EXPECT_EQ(field.rung, ruling->rungs()[field.slot]) << field.name;
  EXPECT_EQ(said.fields[kStory].rung, 2);
  EXPECT_EQ(said.fields[kWhere].rung, 3);
  EXPECT_EQ(said.fields[kWhen].marking, "TLP:RED");
  EXPECT_THAT(said.fields[kWhen].sentence, HasSubstr("baseline.tlp-red"));
}

TEST(Explain, ARefusedRecordGivesNothingAndSaysWhy) {
  const auto engine = EngineWith(kPermitAll);
  Label label = OpenLabel();
  label.tlp = "RED";
  const Explanation said = ExplainTo(*engine, Bank(), label);
  EXPECT_FALSE(said.travels);
  EXPECT_THAT(said.sentence, HasSubstr("baseline.tlp-red (baseline/tlp.cedar:"));
  for (const FieldExplanation& field : said.fields) EXPECT_EQ(field.rung, kWithheld);
  Candidate expired = FullReport(*engine, OpenLabel());
  expired.expiry_ms = 5;
  const Explanation late = Explain(*engine, engine->Intern(Bank()), expired, 5);
  EXPECT_FALSE(late.travels);
  EXPECT_THAT(late.sentence, HasSubstr("expired"));
  for (const FieldExplanation& field : late.fields) EXPECT_EQ(field.rung, kWithheld);
}

TEST(Explain, AnErringRuleIsNamed) {
  const auto engine = EngineWith(kPermitAll);
  Label label = OpenLabel();
  label.pap = std::nullopt;
  const Explanation said = ExplainTo(*engine, Bank(), label);
  EXPECT_FALSE(said.travels);
  EXPECT_THAT(said.sentence, HasSubstr("baseline.pap-red"));
}

}  // namespace
}  // namespace tidegate::review
