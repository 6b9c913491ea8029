// What roles may do and see: rights over areas and records, and each field of a record.
#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {
namespace {

TEST(OwnFields, PersonalOnesAreForInvestigators) {
  const auto engine = EngineWith("");
  const Candidate candidate = FullReport(*engine, OpenLabel());
  const auto analyst = engine->Read(Asking("ana", {"analyst"}), candidate, "case 12");
  ASSERT_TRUE(analyst.allowed()) << analyst.refusal().ToString();
  EXPECT_TRUE(analyst->narrows());
  EXPECT_EQ(analyst->rungs()[kTitle], 0);
  EXPECT_EQ(analyst->rungs()[kWhere], 0);
  EXPECT_EQ(analyst->rungs()[kStory], 0);
  for (const ReportSlot slot : {kName, kPhone, kInformant}) EXPECT_EQ(analyst->rungs()[slot], kWithheld) << slot;
  ASSERT_EQ(analyst->hidden().size(), 3u);
  EXPECT_EQ(analyst->hidden()[0].why->rules.at(0).id, "baseline.read-personal");
  const auto investigator = engine->Read(Asking("ivy", {"investigator"}), candidate, "case 12");
  ASSERT_TRUE(investigator.allowed());
  EXPECT_FALSE(investigator->narrows());
  EXPECT_TRUE(investigator->hidden().empty());
  EXPECT_FALSE(engine->Read(Asking("ivy", {"investigator"}), candidate, " ").allowed()) << "not without a reason";
}

// Reading is decided at each rung: whoever may see a coarse one sees that.
TEST(OwnFields, GoAsCoarseAsTheyMust) {
  const auto engine = EngineWith(R"(@id("regions") forbid (principal, action == Action::"read", resource)
    when { resource in FieldClass::"location" } unless { resource in Precision::"place.region" }
    unless { principal in Role::"investigator" };)");
  const auto analyst = engine->Read(Asking("ana", {"analyst"}), FullReport(*engine, OpenLabel()), "case 12");
  ASSERT_TRUE(analyst.allowed());
  EXPECT_EQ(analyst->rungs()[kWhere], 2);
}

TEST(OwnFields, OfAnAccessWithoutThemAreNotSeen) {
  const auto engine = EngineWith("");
  const auto access =
      engine->Read(Asking("ivy", {"investigator"}), LeafOf(1), kReport, engine->Intern(OpenLabel()), "case 12");
  ASSERT_TRUE(access.allowed());
  EXPECT_TRUE(access->narrows());
  EXPECT_TRUE(access->rungs().empty());
}

TEST(OwnRecords, ReportsOfSuspiciousActivityAreForThoseWhoScreen) {
  const auto engine = EngineWith("");
  for (const char* tag : {"sar", "suspicious-activity-report"}) {
    Label label = OpenLabel();
    label.tags = {{tag}};
    const LabelHandle handle = engine->Intern(label);
    for (const char* role : {"analyst", "investigator", "supervisor", "administrator", "auditor"}) {
      EXPECT_FALSE(engine->CouldRead(Asking("ana", {role}), kReport, handle)) << role;
      for (const Action action : {Action::kAmend, Action::kRecall, Action::kSight, Action::kAudit, Action::kExport}) {
        EXPECT_FALSE(engine->May(Asking("ana", {role}), action, kReport, handle)) << role;
      }
    }
    EXPECT_TRUE(engine->CouldRead(Asking("kit", {"screening"}), kReport, handle));
    EXPECT_TRUE(engine->May(Asking("kit", {"screening"}), Action::kAmend, kReport, handle));
    EXPECT_TRUE(engine->May(Asking("kit", {"screening", "auditor"}), Action::kAudit, kReport, handle));
  }
  const LabelHandle plain = engine->Intern(OpenLabel());
  EXPECT_TRUE(engine->May(Asking("aud", {"auditor"}), Action::kAudit, kReport, plain));
}

TEST(Rights, OfSeveralRolesAddUp) {
  const auto engine = EngineWith("");
  EXPECT_FALSE(engine->Allow(Asking("ana", {"analyst"}), Action::kGovern, Area::kUsers).allowed());
  EXPECT_TRUE(engine->Allow(Asking("ana", {"analyst", "administrator"}), Action::kGovern, Area::kUsers).allowed());
  const auto refused = engine->Allow(Asking("eve", {}), Action::kConsult, Area::kRecords);
  ASSERT_FALSE(refused.allowed());
  EXPECT_EQ(refused.refusal().sentence, "no policy lets `eve` consult in `records`; the roles are: none");
}

TEST(Rights, AreWidenedAndNarrowedByPoliciesOfTheOrganisation) {
  const auto engine = EngineWith(R"(
    @id("recall") permit (principal, action == Action::"recall", resource) when { principal in Role::"analyst" };
    @id("two") forbid (principal, action == Action::"govern", resource == Area::"partners")
    unless { ["sue", "kit"].contains(principal.name) };)");
  EXPECT_TRUE(engine->Allow(Asking("ana", {"analyst"}), Action::kRecall, Area::kRecords).allowed());
  EXPECT_TRUE(engine->Allow(Asking("sue", {"administrator"}), Action::kGovern, Area::kPartners).allowed());
  const auto other = engine->Allow(Asking("bo", {"administrator"}), Action::kGovern, Area::kPartners);
  ASSERT_FALSE(other.allowed());
  EXPECT_TRUE(Blames(other.refusal(), "two"));
}

// As organisations wrote them before there were rights: they stay valid, and give nobody a right.
TEST(Rights, ArePartedFromPoliciesThatNameNoAction) {
  const auto engine = EngineWith(R"(
    @id("all") permit (principal, action, resource);
    @id("red") forbid (principal, action, resource) when { resource.record.tlp == Tlp::"RED" };)");
  EXPECT_FALSE(engine->Allow(Asking("ana", {"analyst"}), Action::kGovern, Area::kUsers).allowed());
  EXPECT_FALSE(engine->Allow(Asking("eve", {}), Action::kConsult, Area::kRecords).allowed());
  EXPECT_TRUE(engine->Allow(Asking("ana", {"analyst"}), Action::kConsult, Area::kRecords).allowed());
  Label red = OpenLabel();
  red.tlp = "RED";
  EXPECT_FALSE(engine->CouldRead(Asking("ivy", {"investigator"}), kReport, engine->Intern(red)));
}

}  // namespace
}  // namespace tidegate::policy
