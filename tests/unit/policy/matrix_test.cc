// The page of who gets what agrees with the masks; the difference of two sets is what a reader would call one.
#include "policy/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/policy/agencies.h"

namespace tidegate::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MatrixQuestion Question(const Engine& engine) {
  return {{Bank(), Police()}, {"report"}, {"GREEN", "AMBER"}, TypicalRecord(engine)};
}

const MatrixCell& CellOf(const MatrixRow& row, const std::string& field_class) {
  for (const MatrixCell& cell : row.cells) {
    if (cell.field_class == field_class) return cell;
  }
  ADD_FAILURE() << "no class " << field_class;
  return row.cells.front();
}

TEST(Matrix, ShowsWhatGoesToWhomAtWhichPrecision) {
  const auto engine = EngineWith(kSample);
  const Matrix matrix = MakeMatrix(*engine, Question(*engine));
  ASSERT_EQ(matrix.rows.size(), 4u);
  const MatrixRow& green = matrix.rows[0];
  EXPECT_EQ(green.partner, "first-bank");
  EXPECT_EQ(green.tlp, "GREEN");
  EXPECT_TRUE(green.travels);
  EXPECT_THAT(CellOf(green, "location").precisions, ElementsAre("place.region"));
  EXPECT_THAT(CellOf(green, "time").precisions, ElementsAre("time.month"));
  EXPECT_THAT(CellOf(green, "analytic").precisions, ElementsAre("code.exact", "whole"));
  EXPECT_EQ(CellOf(green, "analytic").open, 2u);
  EXPECT_EQ(CellOf(green, "personal").open, 0u);
  EXPECT_EQ(CellOf(green, "personal").slots, 1u);
  EXPECT_THAT(green.rules, ElementsAre("local.cedar:3"));
  EXPECT_FALSE(matrix.rows[1].travels) << "AMBER";
  EXPECT_EQ(matrix.version, engine->version());
}

TEST(Matrix, CoversAllKindsAndMarkingsUnlessAsked) {
  const auto engine = EngineWith(kPermitAll);
  MatrixQuestion question = Question(*engine);
  question.kinds.clear();
  question.tlps.clear();
  const Matrix matrix = MakeMatrix(*engine, question);
  EXPECT_EQ(matrix.rows.size(), 2u * 2u * 5u);
  for (const MatrixRow& row : matrix.rows) {
    // A person of the test catalogue has personal fields only, and nobody determined this one's part.
    const bool kept = row.tlp == "RED" || (row.partner == "first-bank" && row.kind == "person");
    EXPECT_EQ(row.travels, !kept) << row.partner << " " << row.kind << " " << row.tlp;
  }
}

TEST(Matrix, IsReadByPeopleAndPrograms) {
  const auto engine = EngineWith(kSample);
  MatrixQuestion question = Question(*engine);
  question.partners[0].organisation = "<b>first & \"bank\"</b>";
  const Matrix matrix = MakeMatrix(*engine, question);
  EXPECT_THAT(matrix.ToString(), HasSubstr("location: place.region (1 of 1)"));
  const nlohmann::json json = nlohmann::json::parse(matrix.ToJson());
  EXPECT_EQ(json["rows"].size(), 4u);
  EXPECT_EQ(json["rows"][0]["classes"][2]["class"], "location");
  EXPECT_THAT(matrix.ToHtml(), HasSubstr("&lt;b&gt;first &amp; &quot;bank&quot;&lt;/b&gt;"));
  EXPECT_THAT(matrix.ToHtml(), Not(HasSubstr("<b>first")));
}

TEST(Difference, MatchesByIdOrByText) {
  constexpr char kOne[] = R"(
@id("a") permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.title");
@id("b") permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.where");
forbid (principal, action == Action::"disclose", resource in Slot::"report.when");
forbid (principal, action == Action::"disclose", resource in Slot::"report.phone");)";
  constexpr char kOther[] = R"(
// Moved and explained.
forbid (principal, action == Action::"disclose", resource in Slot::"report.when");
@id("a") permit (principal in Circle::"lantern", action == Action::"disclose", resource in FieldClass::"analytic");
@id("c") permit (principal in Circle::"lantern", action == Action::"disclose", resource in Slot::"report.where");)";
  const auto one = EngineWith(kOne), other = EngineWith(kOther);
  EXPECT_TRUE(DiffRules(*one, *one).empty());
  const std::vector<RuleDifference> differences = DiffRules(*one, *other);
  std::vector<std::string> said;
  for (const RuleDifference& difference : differences) {
    const char* kinds[] = {"added ", "removed ", "changed "};
    said.push_back(kinds[static_cast<int>(difference.kind)] + difference.rule.id);
    EXPECT_EQ(difference.before.empty(), difference.kind == RuleDifference::Kind::kAdded);
    EXPECT_EQ(difference.after.empty(), difference.kind == RuleDifference::Kind::kRemoved);
  }
  EXPECT_THAT(said, testing::UnorderedElementsAre("changed a", "removed b", "removed local.cedar:5", "added c"));
}

}  // namespace
}  // namespace tidegate::policy
