// The reader of markings and local facts takes everything that their writer takes, and gives back the same.
#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "node/record/record.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::record {
namespace {

using property::Dice;

// Texts as files have them: mostly fine, some empty, over-long, with control characters or broken UTF-8.
std::string AnyText(Dice& dice) {
  switch (dice.Below(8)) {
    case 0:
      return "";
    case 1:
      return std::string(dice.Below(300), 'x');
    case 2:
      return "two\nlines";
    case 3:
      return "\x1f\x02";
    case 4:
      return "\xff\xfe";
    case 5:
      return std::string(70'000, 'y');
    default:
      return "name " + std::to_string(dice.Below(6));
  }
}

std::vector<std::string> AnyTexts(Dice& dice) {
  std::vector<std::string> texts;
  for (uint64_t i = dice.Below(5); i > 0; --i) texts.push_back(AnyText(dice));
  if (dice.Below(50) == 0) texts.resize(300, "z");
  return texts;
}

LocalFacts AnyFacts(Dice& dice) {
  LocalFacts facts;
  if (dice.Below(2) != 0) facts.named_recipients = AnyTexts(dice);
  if (dice.Below(2) != 0) facts.tags = AnyTexts(dice);
  facts.source_reference = AnyText(dice);
  if (dice.Below(2) != 0) facts.source.said[0] = static_cast<uint8_t>(dice.Below(3));
  if (dice.Below(2) != 0) facts.source.version_us = dice.Below(UINT64_MAX);
  if (dice.Below(4) == 0) facts.source.producer = AnyText(dice);
  facts.source.as_imported = dice.Below(2) != 0;
  return facts;
}

void Canonicalise(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

TEST(LocalFacts, WhatIsWrittenIsRead) {
  Dice dice("markings");
  int written = 0;
  for (int round = 0; round < 20'000; ++round) {
    LocalFacts facts = AnyFacts(dice);
    const absl::StatusOr<std::string> bytes = EncodeLocalFacts(facts);
    if (!bytes.ok()) continue;
    ++written;
    const absl::StatusOr<LocalFacts> again = DecodeLocalFacts(*bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    Canonicalise(facts.named_recipients);
    Canonicalise(facts.tags);
    EXPECT_EQ(*again, facts);
    EXPECT_EQ(*EncodeLocalFacts(*again), *bytes);
  }
  EXPECT_GT(written, 1000);
}

Handling AnyHandling(Dice& dice) {
  Handling h;
  const auto word = [&](std::initializer_list<const char*> words) {
    return dice.Below(12) == 0 ? AnyText(dice) : std::string(*(words.begin() + dice.Below(words.size())));
  };
  if (dice.Below(2) != 0) h.tlp = static_cast<Tlp>(dice.Below(5));
  h.handling_code = word({"", "P", "C"});
  h.source_grade = word({"", "1", "2", "3"});
  h.intelligence_grade = word({"", "A", "E"});
  h.pap = word({"", "CLEAR", "RED"});
  h.onward = word({"", "no", "ask", "unnamed", "yes"});
  h.retention = word({"", "mopi-1"});
  if (dice.Below(3) == 0) h.purposes = AnyTexts(dice);
  if (dice.Below(3) == 0) h.legal_basis = {"gdpr-6-1-e"};
  if (dice.Below(3) == 0) h.conditions = AnyTexts(dice);
  if (dice.Below(3) == 0) h.expiry_ms = dice.Below(400'000'000'000'000);
  if (dice.Below(3) == 0) h.not_before_ms = dice.Below(400'000'000'000'000);
  return h;
}

TEST(Handling, WhatIsWrittenIsRead) {
  Dice dice("markings");
  int written = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Handling handling = AnyHandling(dice);
    const absl::StatusOr<std::string> bytes = EncodeHandling(handling);
    if (!bytes.ok()) continue;
    ++written;
    const absl::StatusOr<Handling> again = DecodeHandling(*bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, handling);
  }
  EXPECT_GT(written, 1000);
}

TEST(Attributes, WhatIsWrittenIsRead) {
  Dice dice("markings");
  int written = 0;
  for (int round = 0; round < 20'000; ++round) {
    FieldAttributes attributes;
    if (dice.Below(2) != 0) attributes.tlp = static_cast<Tlp>(dice.Below(5));
    if (dice.Below(2) != 0) attributes.basis = dice.Below(3) == 0 ? AnyText(dice) : "fact";
    if (dice.Below(2) != 0) attributes.source_grade = dice.Below(3) == 0 ? AnyText(dice) : "2";
    if (dice.Below(2) != 0) attributes.asserted_by = AnyText(dice);
    const absl::StatusOr<std::string> bytes = EncodeAttributes(attributes);
    if (!bytes.ok()) continue;
    ++written;
    const absl::StatusOr<FieldAttributes> again = DecodeAttributes(*bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, attributes);
  }
  EXPECT_GT(written, 1000);
}

// A marking that a person types is refused, or it can be signed.
TEST(Handling, WhatSetTakesCanBeWritten) {
  Dice dice("markings");
  static constexpr const char* kNames[] = {"tlp",       "purposes", "conditions", "legal_basis",
                                           "retention", "expiry",   "pap"};
  for (int round = 0; round < 5000; ++round) {
    Handling handling;
    for (uint64_t i = dice.Below(4); i > 0; --i) {
      std::string text = AnyText(dice);
      for (uint64_t j = dice.Below(40); j > 0; --j) text += ";" + AnyText(dice).substr(0, 250) + std::to_string(j);
      handling.Set(kNames[dice.Below(std::size(kNames))], text).IgnoreError();
    }
    const absl::StatusOr<std::string> bytes = EncodeHandling(handling);
    if (bytes.ok()) {
      EXPECT_TRUE(DecodeHandling(*bytes).ok());
    }
  }
}

}  // namespace
}  // namespace tidegate::record
