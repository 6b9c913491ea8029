// Index terms: what may answer a condition has one of its terms.
#include "node/record/index_terms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "node/record/covers.h"
#include "tests/property/crypto/dice.h"
#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

constexpr int64_t kDay = 86'400'000;

std::set<Term> TermsIn(const VerifiedView& view, LocalFacts local = {}) {
  const std::vector<Term> terms = IndexTermsOf({view, local});
  EXPECT_TRUE(std::is_sorted(terms.begin(), terms.end()));
  return {terms.begin(), terms.end()};
}
bool HasAny(const std::set<Term>& terms, const std::vector<Term>& any) {
  return std::any_of(any.begin(), any.end(), [&](const Term& term) { return terms.count(term) > 0; });
}

TEST(IndexTerms, SayTheFieldsAndTheHandling) {
  LocalFacts local;
  local.tags = {"urgent"};
  local.source_reference = "row 7";
  const std::set<Term> terms = TermsIn(Committed(SampleReport()), local);
  EXPECT_TRUE(terms.count(*IdentifierTerm("phone", "0044 7700 900123")));
  EXPECT_TRUE(terms.count(CodeTerm("exploitation", "labour.wages-taken")));
  EXPECT_TRUE(terms.count(CodeTerm("exploitation", "labour")));
  EXPECT_TRUE(terms.count(CodeTerm("country", "GB")));
  EXPECT_TRUE(terms.count(WordTerm("grimsby")));
  EXPECT_TRUE(terms.count(WordTerm("ionescu")));
  EXPECT_TRUE(terms.count(FieldTerm("place")));
  EXPECT_TRUE(terms.count(TagTerm("URGENT")));
  EXPECT_TRUE(terms.count(SourceTerm("row 7")));
  EXPECT_FALSE(terms.count(WordTerm("volunteer"))) << "nobody may search for an informant";
  EXPECT_FALSE(terms.count({kMoreTerm, ""}));
}

TEST(IndexTerms, MaskedAndWithheldGiveNone) {
  const VerifiedView full = Committed(SampleReport());
  const absl::StatusOr<View> narrow = Narrow(full.view(), MaskOf(full.kind(), {{"identifiers", 1}, {"place", 3}}));
  ASSERT_TRUE(narrow.ok());
  const absl::StatusOr<VerifiedView> view = Verify(*narrow);
  ASSERT_TRUE(view.ok());
  const std::set<Term> terms = TermsIn(*view);
  EXPECT_FALSE(terms.count(*IdentifierTerm("phone", "+447700900123")));
  EXPECT_FALSE(terms.count(WordTerm("grimsby")));
  EXPECT_TRUE(terms.count(CodeTerm("country", "GB")));
}

TEST(IndexTerms, OfALongTextAreBoundedAndSayThatThereAreMore) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word" + std::to_string(i) + " ";
  const VerifiedView view = Committed(DraftOf("report", {{"narrative", text}, {"place", "GB"}}));
  const std::set<Term> terms = TermsIn(view);
  EXPECT_EQ(terms.size(), kMostIndexTerms + 2) << "beside its kind and the term that says that there are more";
  EXPECT_TRUE(terms.count({kMoreTerm, ""}));
  EXPECT_TRUE(terms.count(CodeTerm("country", "GB")));
  // One more giver and a fork leave all the others.
  const std::vector<std::string> givers = {"bank", "police"};
  std::vector<Term> expected(terms.begin(), terms.end());
  expected.insert(expected.end(), {GiverTerm("bank"), GiverTerm("police"), ForkedTerm()});
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(IndexTermsOf({view, {}, 0, false, true, givers}), expected);
}

// Two spans overlap: the one that is asked for has a term of the one that was said.
TEST(IndexTerms, OfTimesMeetWhereSpansOverlap) {
  property::Dice dice("IndexTerms");
  const int64_t begin = -20 * 365 * kDay, days = 50 * 365;
  for (int i = 0; i < property::Dice::Rounds(300); ++i) {
    const auto end = [&]() -> std::optional<int64_t> {
      if (dice.Chance(12)) return std::nullopt;
      return begin + static_cast<int64_t>(dice.Chance(10) ? dice.Below(4'000'000) : dice.Below(days)) * kDay;
    };
    const auto span = [&] {
      std::pair<std::optional<int64_t>, std::optional<int64_t>> made{end(), std::nullopt};
      if (made.first && !dice.Chance(10))
        made.second = *made.first + static_cast<int64_t>(1 + dice.Length(9000)) * kDay;
      return made;
    };
    const auto [said_from, said_until] = span();
    const auto [from, until] = span();
    if ((!said_from && !said_until) || (!from && !until)) continue;
    const int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
    const bool overlap =
        said_from.value_or(low) < until.value_or(high) && from.value_or(low) < said_until.value_or(high);
    std::set<std::string> said;
    for (const Period& period : Cover(said_from, said_until, 12)) {
      said.insert("x/" + period.Name());
      said.insert("x/" + period.Name() + "+");
      for (const Period& around : period.Around()) said.insert("x/" + around.Name());
    }
    EXPECT_LE(Cover(said_from, said_until, 12).size(), 22u);
    for (const TimePrecision precision : {TimePrecision::kDay, TimePrecision::kMonth, TimePrecision::kYear}) {
      const std::vector<Term> asked = TimeTerms("x", from, until, precision);
      const bool meets =
          std::any_of(asked.begin(), asked.end(), [&](const Term& term) { return said.count(term.text); });
      if (overlap) {
        ASSERT_TRUE(meets) << said_from.value_or(0) / kDay << " " << from.value_or(0) / kDay;
      }
    }
  }
}

TEST(IndexTerms, OfATimeAreThoseOfItsDayMonthYearAndDecade) {
  const std::set<Term> terms = TermsIn(Committed(DraftOf("report", {{"observed", "2026-02-10"}})));
  const auto day = [](int number) { return std::optional<int64_t>(number * kDay); };
  const int tenth = 20494;  // 2026-02-10
  EXPECT_TRUE(HasAny(terms, TimeTerms(kSeenClock, day(tenth), day(tenth + 1), TimePrecision::kDay)));
  EXPECT_FALSE(HasAny(terms, TimeTerms(kSeenClock, day(tenth + 1), day(tenth + 2), TimePrecision::kDay)));
  EXPECT_TRUE(HasAny(terms, TimeTerms(kSeenClock, day(tenth + 1), day(tenth + 2), TimePrecision::kYear)));
  EXPECT_FALSE(HasAny(terms, TimeTerms(kSeenClock, std::nullopt, day(tenth), TimePrecision::kDay)));
}

double Degrees(double radians) { return radians * 180 / std::numbers::pi; }

// A point that lies in a circle lies in one of its cells, at the poles and at the 180th meridian too.
TEST(IndexTerms, OfPlacesMeetWhereAPointIsNear) {
  property::Dice dice("Cells");
  for (int i = 0; i < property::Dice::Rounds(2000); ++i) {
    const double latitude = static_cast<double>(dice.Below(180'000'001)) / 1e6 - 90;
    const double longitude = dice.Chance(4) ? 179.99 : static_cast<double>(dice.Below(360'000'001)) / 1e6 - 180;
    const double metres = std::pow(10, 2 + static_cast<double>(dice.Below(1000)) / 190);
    // From the centre, in any direction, as far as the radius at most.
    const double angle = metres / 6'371'008.8 * static_cast<double>(dice.Below(999)) / 1000;
    const double bearing = static_cast<double>(dice.Below(6283)) / 1000;
    const double at = latitude * std::numbers::pi / 180;
    const double to = std::asin(std::sin(at) * std::cos(angle) + std::cos(at) * std::sin(angle) * std::cos(bearing));
    double east = longitude + Degrees(std::atan2(std::sin(bearing) * std::sin(angle) * std::cos(at),
                                                 std::cos(angle) - std::sin(at) * std::sin(to)));
    east = std::remainder(east, 360);
    const auto e6 = [](double degrees) { return static_cast<int32_t>(std::lround(degrees * 1e6)); };
    const std::vector<std::string> cells = CellsAround({e6(latitude), e6(longitude)}, metres);
    EXPECT_LE(cells.size(), 24u);
    const std::vector<std::string> of = CellsOf({e6(Degrees(to)), e6(east)});
    ASSERT_TRUE(std::find_first_of(cells.begin(), cells.end(), of.begin(), of.end()) != cells.end())
        << latitude << "," << longitude << "," << metres << " has " << Degrees(to) << "," << east;
  }
}

}  // namespace
}  // namespace tidegate::record
