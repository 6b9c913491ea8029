// The page of who gets what agrees with the masks; the difference of two sets is what a reader would call one.
#include "policy/review/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/unit/policy/agencies.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

using testing::ElementsAre;
using testing::HasSubstr;

MatrixQuestion Question(const Engine& engine) {
  return {{Bank(), Police()}, {"report"}, {"GREEN", "AMBER"}, AnyOwnRecord(engine)};
}

const MatrixCell& CellOf(const MatrixRow& row, const std::string& field_class) {
  for (const MatrixCell& cell : row.cells) {
    if (cell.field_class == field_class) return cell;
  }
  ADD_FAILURE() << "no class " << field_class;
  return row.cells.front();
}

const MatrixRow& RowFor(const Matrix& matrix, const std::string& partner, const std::string& tlp, bool named = false) {
  for (const MatrixRow& row : matrix.rows) {
    if (row.partner == partner && row.tlp == tlp && row.named == named) return row;
  }
  ADD_FAILURE() << "no row for " << partner << " " << tlp << (named ? " named" : "");
  return matrix.rows.front();
}

TEST(Matrix, ShowsWhatMayGoToWhomAtWhichPrecision) {
  const auto engine = EngineWith(kSample);
  const Matrix matrix = MakeMatrix(*engine, Question(*engine));
  const MatrixRow& green = RowFor(matrix, "first-bank", "GREEN");
  EXPECT_TRUE(green.travels);
  EXPECT_THAT(CellOf(green, "location").precisions, ElementsAre("place.region"));
  EXPECT_THAT(CellOf(green, "time").precisions, ElementsAre("time.month"));
  EXPECT_THAT(CellOf(green, "analytic").precisions, ElementsAre("code.exact", "whole"));
  EXPECT_EQ(CellOf(green, "analytic").open, 2u);
  EXPECT_EQ(CellOf(green, "personal").open, 0u);
  EXPECT_EQ(CellOf(green, "personal").slots, 1u);
  EXPECT_THAT(green.rules, ElementsAre("local.cedar:3"));
  EXPECT_FALSE(RowFor(matrix, "first-bank", "AMBER").travels);
  EXPECT_EQ(matrix.version, engine->version());
}

// Users found this: the page said that nothing personal goes, because it supposed a record without a legal basis.
TEST(Matrix, SupposesTheRecordThatGivesMost) {
  const auto engine = EngineWith(kPermitAll);
  Party police = Police();
  police.legal_bases.clear();
  const Matrix matrix = MakeMatrix(*engine, {{police, Bank()}, {"report"}, {"AMBER"}, AnyOwnRecord(*engine)});
  EXPECT_THAT(CellOf(RowFor(matrix, police.organisation, "AMBER"), "personal").precisions, ElementsAre("whole"));
  EXPECT_THAT(CellOf(RowFor(matrix, police.organisation, "AMBER"), "identifier").precisions,
              ElementsAre("identifier.whole"));
  EXPECT_THAT(CellOf(RowFor(matrix, "first-bank", "AMBER"), "personal").precisions, ElementsAre("whole"))
      << "of suspects";
  EXPECT_EQ(CellOf(RowFor(matrix, police.organisation, "AMBER"), "source").open, 0u) << "forbidden whatever is said";
  Party stranger = Bank();
  stranger.purposes.clear();
  const Matrix none = MakeMatrix(*engine, {{stranger}, {"report"}, {"AMBER", "CLEAR"}, AnyOwnRecord(*engine)});
  EXPECT_FALSE(RowFor(none, "first-bank", "AMBER").travels) << "without an agreed purpose";
  EXPECT_TRUE(RowFor(none, "first-bank", "CLEAR").travels) << "but CLEAR needs none";
}

TEST(Matrix, CoversAllKindsAndMarkingsUnlessAsked) {
  const auto engine = EngineWith(kPermitAll);
  MatrixQuestion question = Question(*engine);
  question.kinds.clear();
  question.tlps.clear();
  const Matrix matrix = MakeMatrix(*engine, question);
  EXPECT_EQ(std::count_if(matrix.rows.begin(), matrix.rows.end(), [](const MatrixRow& row) { return !row.named; }),
            2 * 2 * 5);
  for (const MatrixRow& row : matrix.rows) {
    EXPECT_EQ(row.travels, row.named || row.tlp != "RED") << row.partner << " " << row.kind << " " << row.tlp;
  }
  EXPECT_TRUE(RowFor(matrix, "first-bank", "RED", true).travels) << "RED goes to whom the record names";
}

TEST(Matrix, AStricterMarkOfAFieldMayBeWhatAPolicyAsksFor) {
  const auto engine = EngineWith(std::string(kSample) + R"(
permit (principal, action == Action::"disclose", resource in FieldClass::"identifier")
when { resource.record.tlp == Tlp::"AMBER+STRICT" };)");
  const Matrix matrix = MakeMatrix(*engine, Question(*engine));
  EXPECT_THAT(CellOf(RowFor(matrix, "first-bank", "GREEN"), "identifier").precisions, ElementsAre("identifier.whole"));
}

TEST(Matrix, IsReadByPeopleAndPrograms) {
  const auto engine = EngineWith(kSample);
  MatrixQuestion question = Question(*engine);
  question.partners[0].organisation = "<b>first & \"bank\"</b>";
  const Matrix matrix = MakeMatrix(*engine, question);
  EXPECT_THAT(matrix.ToString(), HasSubstr("location: place.region (1 of 1)"));
  const nlohmann::json json = nlohmann::json::parse(matrix.ToJson());
  EXPECT_EQ(json["rows"].size(), matrix.rows.size());
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
}  // namespace tidegate::review
