// Terms of what people type: the same identifier has one term, however it was written.
#include "node/record/terms.h"

#include <gtest/gtest.h>

namespace tidegate::record {
namespace {

TEST(Terms, AnIdentifierHasOneTermHoweverItIsWritten) {
  EXPECT_EQ(*IdentifierTerm("tel", "07700 900123", "GB"), *IdentifierTerm("phone", "+447700900123"));
  EXPECT_EQ(IdentifierTerm("plate", "AB12 cde")->text, "plate:AB12CDE");
  EXPECT_FALSE(IdentifierTerm("phone", "1").ok());
  EXPECT_FALSE(IdentifierTerm("phone", "07700 900123").ok());
  EXPECT_FALSE(IdentifierTerm("no such scheme!", "1").ok());
}

TEST(Terms, ATelephoneNumberHasTheTermOfRelease01Too) {
  EXPECT_EQ(OldTelephoneTerm("Tel", "07700 900123")->text, "phone:07700900123");
  EXPECT_FALSE(OldTelephoneTerm("phone", "+447700900123").has_value());
  EXPECT_FALSE(OldTelephoneTerm("iban", "07700 900123").has_value());
}

}  // namespace
}  // namespace tidegate::record
