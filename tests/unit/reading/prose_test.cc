// Narratives that say what is withheld: what counts as saying it, and what does not.
#include "node/reading/prose.h"

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "policy/policy.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::reading {
namespace {

record::Value Holding(record::Scalar scalar) {
  record::Value value;
  value.items.push_back(std::move(scalar));
  return value;
}

TEST(Prose, FindsWordsWhateverTheirCaseAndWhatPartsThem) {
  const Prose prose("Seen at the RED Lion,\n14 Harbour-Lane; twice.");
  EXPECT_TRUE(prose.ContainsWords("red lion"));
  EXPECT_TRUE(prose.ContainsWords("Red  LION"));
  EXPECT_TRUE(prose.ContainsWords("14 harbour lane"));
  EXPECT_FALSE(prose.ContainsWords("lion red"));
  EXPECT_FALSE(prose.ContainsWords("harbour 14"));
}

TEST(Prose, FoldsAsciiAndNothingElse) {
  EXPECT_TRUE(Prose("in MÜNCHEN").ContainsWords("mÜnchen"));
  EXPECT_FALSE(Prose("in MÜNCHEN").ContainsWords("münchen")) << "only ASCII is folded: the page says so";
  EXPECT_FALSE(Prose("in Munchen").ContainsWords("München"));
  EXPECT_FALSE(Prose("Łódźanka").ContainsWords("Łódź")) << "bytes above 0x7F are letters, so this is within a word";
}

TEST(Prose, FindsWholeWordsOnly) {
  const Prose prose("Karlsruhe and Carlisle");
  EXPECT_TRUE(prose.ContainsWords("Carlisle"));
  EXPECT_FALSE(prose.ContainsWords("Carl"));
  EXPECT_FALSE(prose.ContainsWords("isle"));
  EXPECT_FALSE(prose.ContainsWords("and Carl"));
}

TEST(Prose, PassesOverWhatIsFoundByChance) {
  EXPECT_FALSE(Prose("Ana saw the van").ContainsWords("Ana"));
  EXPECT_TRUE(Prose("Anas saw the van").ContainsWords("Anas"));
  EXPECT_FALSE(Prose("a b c").ContainsWords("a b")) << "two letters, however they are spaced";
  EXPECT_FALSE(Prose("plate AB 12 C").ContainsIdentifier("AB12C"));
  EXPECT_TRUE(Prose("plate AB 12 CD").ContainsIdentifier("AB12CD"));
  EXPECT_FALSE(Prose("").ContainsWords(""));
  EXPECT_FALSE(Prose("").ContainsIdentifier(""));
}

TEST(Prose, FindsIdentifiersHoweverTheyAreParted) {
  const Prose prose("Paid to GB29 NWBK-6016 1331 9268 19 by card.");
  EXPECT_TRUE(prose.ContainsIdentifier("GB29NWBK60161331926819"));
  EXPECT_TRUE(prose.ContainsIdentifier("gb29 nwbk 6016 1331 9268 19"));
  const Prose joined("Paid to GB29NWBK60161331926819.");
  EXPECT_TRUE(joined.ContainsIdentifier("GB29 NWBK 6016 1331 9268 19"));
  EXPECT_FALSE(joined.ContainsIdentifier("GB29NWBK601613319268")) << "the beginning of another";
  EXPECT_FALSE(joined.ContainsIdentifier("NWBK60161331926819")) << "the end of another";
  EXPECT_FALSE(prose.ContainsIdentifier("331926819")) << "nine digits are a whole value, and this is an end";
}

TEST(Prose, FindsTelephoneNumbersWithAndWithoutTheirPrefix) {
  for (const char* written : {"call 07700 900123 today", "+44 7700 900123", "0044-7700-900123", "(447700)900123."}) {
    EXPECT_TRUE(Prose(written).ContainsIdentifier("+447700900123")) << written;
  }
  EXPECT_FALSE(Prose("call 07700 9001234").ContainsIdentifier("+447700900123")) << "a longer number";
  EXPECT_TRUE(Prose("x1 07700900123").ContainsIdentifier("+447700900123")) << "a number of its own";
  for (const char* written : {"code x700900123", "code x07700900123", "code x0770 0900 123", "code x447700\n900123"}) {
    EXPECT_FALSE(Prose(written).ContainsIdentifier("+447700900123")) << "the end of a longer word: " << written;
  }
}

TEST(Prose, SaysOfAPlaceWhatItsRungKeepsBack) {
  record::Place place;
  place.name = "14 Harbour Lane";
  place.locality = "Grimsby";
  place.region = "Lincolnshire";
  const record::Value value = Holding(place);
  EXPECT_FALSE(Says(Prose("Harbour Lane 14, Grimsby, Lincolnshire"), value, 0)) << "all of it goes";
  EXPECT_TRUE(Says(Prose("at 14 harbour lane"), value, 1));
  EXPECT_FALSE(Says(Prose("in grimsby"), value, 1));
  EXPECT_TRUE(Says(Prose("in grimsby"), value, 2));
  EXPECT_FALSE(Says(Prose("in lincolnshire"), value, 2));
  EXPECT_TRUE(Says(Prose("in lincolnshire"), value, 3));
  EXPECT_TRUE(Says(Prose("in lincolnshire"), value, policy::kWithheld));
  EXPECT_FALSE(Says(Prose("in grimsbyshire"), value, policy::kWithheld));
}

TEST(Prose, IsReadAsFarAsItsRungLets) {
  record::Narrative narrative;
  narrative.text = "Anton told us";
  narrative.sanitised = "A source told us";
  narrative.heading = "Labour in Grimsby";
  const record::Value value = Holding(narrative);
  EXPECT_TRUE(ProseOf(value, 0).ContainsWords("Anton"));
  EXPECT_FALSE(ProseOf(value, 1).ContainsWords("Anton"));
  EXPECT_TRUE(ProseOf(value, 1).ContainsWords("source told"));
  EXPECT_FALSE(ProseOf(value, 2).ContainsWords("source told"));
  EXPECT_TRUE(ProseOf(value, 2).ContainsWords("Grimsby"));
}

// Whether these words are a number whose last nine digits stand in the words after the first: whatever is put against
// the first, those are a number of their own.
bool LastNineStandApart(const std::vector<std::string>& words) {
  std::string digits;
  for (const std::string& word : words) digits += word;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return false;
  return digits.size() - words.front().size() >= 9;
}

// Properties over random words: a value is found where it stands as whole words, in any case and with anything between
// its words, and is not found once a letter is put against either end of it, but for numbers of which enough is left.
TEST(Prose, PropertyWholeValuesAreFoundAndPartsAreNot) {
  property::Dice dice("prose");
  const auto pick = [&](std::string_view from) { return from[dice.Below(from.size())]; };
  const auto word = [&](size_t least, std::string_view letters) {
    std::string out;
    for (size_t n = least + dice.Below(6); n > 0; --n) out += pick(letters);
    return out;
  };
  constexpr std::string_view kLetters = "abcdefghijklm0123456789";
  constexpr std::string_view kOthers = "nopqrstuvwxyz";  // of words around: never part of the value
  for (int round = 0; round < property::Dice::Rounds(2000); ++round) {
    const bool number = dice.Chance(4);
    std::vector<std::string> words;
    for (size_t n = 1 + dice.Below(3); n > 0; --n) words.push_back(word(4, number ? "0123456789" : kLetters));
    std::string plain, told;
    for (const std::string& one : words) {
      if (!plain.empty()) plain += ' ';
      if (!told.empty()) told += std::string(1 + dice.Below(3), pick(" ,.;-\n"));
      plain += one;
      for (const char c : one) told += dice.Chance(2) ? c : absl::ascii_toupper(static_cast<unsigned char>(c));
    }
    const std::string before = word(1, kOthers), after = word(1, kOthers);
    const Prose whole(before + " " + told + "! " + after);
    EXPECT_TRUE(whole.ContainsWords(plain)) << plain << " in " << told;
    if (plain.size() >= 6) {
      EXPECT_TRUE(whole.ContainsIdentifier(plain)) << plain << " in " << told;
    }
    const std::string front = before + told + " " + after, back = before + " " + told + after;
    for (const std::string& glued : {front, back}) {
      EXPECT_FALSE(Prose(glued).ContainsWords(plain)) << plain << " in " << glued;
    }
    EXPECT_FALSE(Prose(back).ContainsIdentifier(plain)) << plain << " in " << back;
    EXPECT_EQ(Prose(front).ContainsIdentifier(plain), LastNineStandApart(words)) << plain << " in " << front;
  }
}

}  // namespace
}  // namespace tidegate::reading
