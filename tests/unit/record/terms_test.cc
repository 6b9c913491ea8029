// Terms: a record is found by what it says, however it was written.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

bool Found(const VerifiedView& view, const absl::StatusOr<Term>& term) {
  EXPECT_TRUE(term.ok()) << term.status();
  const std::vector<Term> terms = TermsOf(view);
  EXPECT_TRUE(std::is_sorted(terms.begin(), terms.end()));
  return std::find(terms.begin(), terms.end(), *term) != terms.end();
}

TEST(Terms, ARecordIsFoundByItsFields) {
  const VerifiedView view = Committed(SampleReport());
  const Kind& kind = view.kind();
  EXPECT_TRUE(Found(view, IdentifierTerm("phone", "0044 7700 900123")));
  EXPECT_TRUE(Found(view, TermFor(kind, "", "plate:AB12 cde")));
  EXPECT_TRUE(Found(view, TermFor(kind, "identifiers", "plate:ab12cde")));
  EXPECT_TRUE(Found(view, TermFor(kind, "exploitation", "labour.wages-taken")));
  EXPECT_TRUE(Found(view, TermFor(kind, "exploitation", "Forced labour")));  // the parent
  EXPECT_TRUE(Found(view, TermFor(kind, "observed", "2026")));
  EXPECT_TRUE(Found(view, TermFor(kind, "observed", "2026-03")));
  EXPECT_TRUE(Found(view, TermFor(kind, "observed", "2026-03-04")));
  EXPECT_TRUE(Found(view, TermFor(kind, "place", "  GRIMSBY ")));
  EXPECT_TRUE(Found(view, TermFor(kind, "place", "GB")));
  EXPECT_TRUE(Found(view, TermFor(kind, "persons_named", "marin")));
  EXPECT_TRUE(Found(view, TermFor(kind, "persons_named", "Marin  Ionescu")));
  EXPECT_TRUE(Found(view, CountryTerm("GB")));
  EXPECT_TRUE(Found(view, KindTerm(kind)));
  EXPECT_TRUE(Found(view, RecordTerm(view.statement().record_id)));
  EXPECT_FALSE(Found(view, TermFor(kind, "observed", "2026-04")));
  EXPECT_FALSE(Found(view, TermFor(kind, "persons_named", "Grigore")));
  EXPECT_FALSE(Found(view, IdentifierTerm("phone", "+44 7700 900124")));
}

TEST(Terms, ARangeIsFoundByEveryMonthInIt) {
  const VerifiedView view = Committed(DraftOf("report", {{"observed", "2025-11..2026-02"}}));
  for (const char* month : {"2025-11", "2025-12", "2026-01", "2026-02", "2025", "2026"}) {
    EXPECT_TRUE(Found(view, TermFor(view.kind(), "observed", month))) << month;
  }
  EXPECT_FALSE(Found(view, TermFor(view.kind(), "observed", "2026-03")));
}

TEST(Terms, CoordinatesAreFoundByGeohashOfThreeLengths) {
  // The worked example of geohash: 57.64911, 10.40744 is u4pruydqqvj.
  const VerifiedView view = Committed(DraftOf("report", {{"place", "Skagen||||57.64911,10.40744"}}));
  for (const char* hash : {"geohash:u4p", "geohash:u4pru", "geohash:u4pruyd"}) {
    EXPECT_TRUE(Found(view, TermFor(view.kind(), "place", hash))) << hash;
  }
}

TEST(Terms, MaskedAndWithheldGiveNone) {
  const VerifiedView full = Committed(SampleReport());
  const absl::StatusOr<View> narrow = Narrow(full.view(), MaskOf(full.kind(), {{"identifiers", 1}, {"place", 3}}));
  ASSERT_TRUE(narrow.ok());
  const absl::StatusOr<VerifiedView> view = Verify(*narrow);
  ASSERT_TRUE(view.ok());
  EXPECT_FALSE(Found(*view, IdentifierTerm("phone", "+447700900123")));
  EXPECT_FALSE(Found(*view, TermFor(view->kind(), "place", "Grimsby")));
  EXPECT_TRUE(Found(*view, CountryTerm("GB")));
}

TEST(Terms, WrongQuestionsAreRefused) {
  const Kind& kind = *Catalogue::FindKind("report");
  EXPECT_FALSE(TermFor(kind, "no_such_field", "x").ok());
  EXPECT_FALSE(TermFor(kind, "wage", "20 GBP").ok());
  EXPECT_FALSE(TermFor(kind, "observed", "soon").ok());
  EXPECT_FALSE(TermFor(kind, "", "no scheme").ok());
  EXPECT_FALSE(IdentifierTerm("phone", "1").ok());
  EXPECT_FALSE(IdentifierTerm("phone", "07700 900123").ok());
  EXPECT_EQ(*IdentifierTerm("tel", "07700 900123", "GB"), *IdentifierTerm("phone", "+447700900123"));
  EXPECT_EQ(OldTelephoneTerm("Tel", "07700 900123")->text, "phone:07700900123");
  EXPECT_FALSE(OldTelephoneTerm("phone", "+447700900123").has_value());
  EXPECT_FALSE(OldTelephoneTerm("iban", "07700 900123").has_value());
}

TEST(Terms, ALongTextGivesABoundedNumber) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word" + std::to_string(i) + " ";
  const VerifiedView view = Committed(DraftOf("report", {{"narrative", text}, {"place", "GB"}}));
  const std::vector<Term> terms = TermsOf(view);
  EXPECT_LE(terms.size(), kMaxTerms);
  EXPECT_TRUE(Found(view, CountryTerm("GB")));
}

}  // namespace
}  // namespace tidegate::record
