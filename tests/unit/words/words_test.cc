// Words in several scripts.
#include "text/words/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/property/crypto/dice.h"

namespace tidegate::words {
namespace {

using testing::ElementsAre;

bool Finds(std::string_view text, std::string_view phrase) { return HasPhrase(WordsOf(text), WordsOf(phrase)); }

TEST(Words, AreFoldedInLatinAndVietnamese) {
  EXPECT_THAT(WordsOf("The Café's CAR-wash, 24/7"), ElementsAre("the", "cafe's", "car", "wash", "24", "7"));
  EXPECT_TRUE(Finds("Tiệm làm MÓNG ở Hà Nội", "lam mong"));
  EXPECT_TRUE(Finds("ｆｕｌｌ ｗｉｄｔｈ", "full width"));
  EXPECT_TRUE(Finds("STRASSE", "straße"));
}

TEST(Words, AreFoldedInCyrillicAndGreek) {
  EXPECT_TRUE(Finds("Автомойка в ЛИДСЕ", "лидсе"));
  EXPECT_TRUE(Finds("всё о мёде", "все о меде"));
  EXPECT_TRUE(Finds("Οδός Ερμού", "οδοσ ερμου"));
}

TEST(Words, OfArabicLoseVowelSignsAndLengthening) {
  EXPECT_TRUE(Finds("غَسِيل السَّيّارات", "غسيل السيارات"));
  EXPECT_TRUE(Finds("غســـيل", "غسيل"));
}

TEST(Words, OfChineseAreItsCharacters) {
  EXPECT_THAT(WordsOf("人口贩卖"), ElementsAre("人", "口", "贩", "卖"));
  EXPECT_TRUE(Finds("打击人口贩卖活动", "口贩"));
  EXPECT_FALSE(Finds("打击人口贩卖活动", "人贩"));
}

TEST(Words, APhraseStandsSideBySide) {
  EXPECT_TRUE(Finds("behind the car wash.", "CAR wash"));
  EXPECT_FALSE(Finds("wash the car", "car wash"));
  EXPECT_FALSE(Finds("carwash", "car wash"));
}

// Plain ASCII does not go through ICU. A word in another script makes the same text go through it.
TEST(Words, OfPlainTextAreThoseOfIcu) {
  constexpr std::string_view kSigns = "aZ09 .,:;'\"-/@#&()!?$%*+<=>[]^`{|}~\\\n\t";
  property::Dice dice("Words");
  for (int i = 0; i < property::Dice::Rounds(3000); ++i) {
    std::string text;
    for (size_t j = dice.Below(12); j > 0; --j) text += kSigns[dice.Below(kSigns.size())];
    std::vector<std::string> by_icu = WordsOf(text + " \u00e9");
    ASSERT_EQ(by_icu.back(), "e");
    by_icu.pop_back();
    ASSERT_EQ(WordsOf(text), by_icu) << text;
  }
}

TEST(Words, OfBytesThatAreNoTextAreFew) {
  EXPECT_TRUE(WordsOf("").empty());
  EXPECT_TRUE(WordsOf("!?-- ").empty());
  EXPECT_LE(WordsOf("\xff\xfe a").size(), 1u);
}

}  // namespace
}  // namespace tidegate::words
