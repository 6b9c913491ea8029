// Labels and markings as a store keeps them: any author's marking is read as it was written.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/label/label.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"

namespace tidegate::label {
namespace {

using property::Dice;

std::string AnyText(Dice& dice) { return dice.Bytes(dice.Chance(20) ? 70'000 : dice.Length(40)); }

Fact AnyFact(Dice& dice) { return dice.Chance(3) ? Fact() : Fact(AnyText(dice)); }

// Out of order, and some of them twice.
FactSet AnyFacts(Dice& dice) {
  if (dice.Chance(3)) return std::nullopt;
  std::vector<std::string> facts;
  for (uint64_t i = dice.Length(12); i > 0; --i) {
    const bool again = !facts.empty() && dice.Chance(4);
    facts.push_back(again ? facts[dice.Below(facts.size())] : dice.Bytes(dice.Length(20)));
  }
  return facts;
}

Label AnyLabel(Dice& dice) {
  Label label;
  label.kind = dice.Bytes(dice.Length(30));
  for (const LabelFact& fact : kLabelFacts) {
    if (fact.one != nullptr) {
      label.*fact.one = AnyFact(dice);
    } else {
      label.*fact.many = AnyFacts(dice);
    }
  }
  return label;
}

TEST(Labels, AreReadAsTheyWereWritten) {
  Dice dice("Labels.AreReadAsTheyWereWritten");
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    Label label = AnyLabel(dice);
    const std::string bytes = EncodeLabel(label);
    const absl::StatusOr<Label> read = DecodeLabel(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    Normalise(label);
    EXPECT_EQ(*read, label);
    EXPECT_EQ(EncodeLabel(*read), bytes);
    if (round % 10 != 0) continue;
    property::Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<Label> other = DecodeLabel(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeLabel(*other), changed);
      }
    });
  }
}

TEST(Labels, MarkingsOfFieldsAreReadAsTheyWereWritten) {
  Dice dice("Labels.MarkingsOfFieldsAreReadAsTheyWereWritten");
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    const FieldMarking marking{AnyFact(dice), AnyFact(dice), AnyFact(dice), AnyFact(dice), AnyFact(dice)};
    const std::string bytes = EncodeMarking(marking);
    const absl::StatusOr<FieldMarking> read = DecodeMarking(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, marking);
    if (round % 10 != 0) continue;
    property::Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<FieldMarking> other = DecodeMarking(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeMarking(*other), changed);
      }
    });
  }
}

}  // namespace
}  // namespace tidegate::label
