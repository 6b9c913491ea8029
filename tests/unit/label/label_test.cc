#include "policy/label/label.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/agencies.h"

namespace tidegate::label {
namespace {

using policy::OpenLabel;
using policy::Police;

TEST(Label, BytesAreCanonicalAndReadBack) {
  Label label = OpenLabel();
  label.retention = std::nullopt;
  label.tags = std::nullopt;
  label.countries = {{"GB", "FR", "GB"}};
  const std::string bytes = EncodeLabel(label);
  Label sorted = label;
  Normalise(sorted);
  EXPECT_EQ(sorted.countries, (FactSet{{"FR", "GB"}}));
  EXPECT_EQ(EncodeLabel(sorted), bytes);
  const auto decoded = DecodeLabel(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, sorted);
}

TEST(Label, AbsentEmptyAndUnstatedAreThreeThings) {
  Label absent = OpenLabel(), empty = OpenLabel(), unstated = OpenLabel();
  absent.tlp = std::nullopt;
  empty.tlp = "";
  unstated.tlp = std::string(kUnstated);
  EXPECT_NE(EncodeLabel(absent), EncodeLabel(empty));
  EXPECT_NE(EncodeLabel(empty), EncodeLabel(unstated));
  absent = OpenLabel();
  absent.tags = std::nullopt;
  EXPECT_NE(EncodeLabel(absent), EncodeLabel(OpenLabel()));
}

TEST(Label, DamagedBytesAreRefused) {
  const std::string bytes = EncodeLabel(OpenLabel());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeLabel(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(DecodeLabel(bytes + "x").ok());
  std::string other_version = bytes;
  other_version[0] = 9;
  EXPECT_FALSE(DecodeLabel(other_version).ok());
  // If bytes with one flipped byte can still be read, they must be canonical.
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    const auto decoded = DecodeLabel(flipped);
    if (decoded.ok()) {
      EXPECT_EQ(EncodeLabel(*decoded), flipped) << i;
    }
  }
}

TEST(Marking, BytesReadBack) {
  const FieldMarking marking{"RED", "assessment", std::nullopt, "C", "northshire-police"};
  const auto decoded = DecodeMarking(EncodeMarking(marking));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, marking);
  EXPECT_FALSE(DecodeMarking(EncodeMarking(marking) + "x").ok());
  EXPECT_FALSE(DecodeMarking("").ok());
  EXPECT_TRUE(FieldMarking{}.empty());
  EXPECT_FALSE(marking.empty());
}

TEST(Party, OrderOfListsDoesNotMatter) {
  Party other = Police();
  std::swap(other.purposes[0], other.purposes[1]);
  EXPECT_EQ(EncodeParty(Police()), EncodeParty(other));
  other.confirmed = false;
  EXPECT_NE(EncodeParty(Police()), EncodeParty(other));
}

TEST(Rungs, WhatGoesIsHeldAndNoFinerThanPermitted) {
  EXPECT_EQ(HeldFrom(0, 4), 0b1111);
  EXPECT_EQ(HeldFrom(2, 4), 0b1100);
  EXPECT_EQ(HeldFrom(0, kMostRungs), 0xffff);
  EXPECT_EQ(HeldFrom(kWithheld, 4), 0);
  EXPECT_EQ(HeldFrom(4, 4), 0);
  EXPECT_EQ(GoingRung(0, 0b1111), 0);
  EXPECT_EQ(GoingRung(2, 0b1111), 2);
  EXPECT_EQ(GoingRung(0, 0b1100), 2);
  EXPECT_EQ(GoingRung(1, 0b1001), 3) << "the permitted rung was not authored: the next coarser goes";
  EXPECT_EQ(GoingRung(2, 0b0011), kWithheld) << "never a finer one";
  EXPECT_EQ(GoingRung(kWithheld, 0b1111), kWithheld);
}

TEST(Tlp, TheStricterHoldsAndUnknownIsStrictest) {
  EXPECT_EQ(StricterTlp("GREEN", "AMBER"), "AMBER");
  EXPECT_EQ(StricterTlp("RED", "CLEAR"), "RED");
  EXPECT_EQ(StricterTlp("AMBER", "AMBER+STRICT"), "AMBER+STRICT");
  EXPECT_EQ(StricterTlp("PURPLE", "RED"), "PURPLE");
  EXPECT_EQ(StricterTlp(kUnstated, "RED"), kUnstated);
}

}  // namespace
}  // namespace tidegate::label
