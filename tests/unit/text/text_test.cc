// Foreign text comes out visible and in its place; a mistyped word finds the one that was meant.
#include "text/text.h"

#include <gtest/gtest.h>
#include <wchar.h>

#include <clocale>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace tidegate::text {
namespace {

TEST(Line, ShowsWhatWouldDriveATerminalOrHide) {
  EXPECT_EQ(Line("plain"), "plain");
  EXPECT_EQ(Line("Łódź, Ελλάδα, 你好"), "Łódź, Ελλάδα, 你好");
  EXPECT_EQ(Line("\x1b[2J"), "\\u{1B}[2J");
  EXPECT_EQ(Line("one\ntwo\rthree\tfour"), "one\\u{A}two\\u{D}three\\u{9}four");
  EXPECT_EQ(Line("\x7f\xc2\x9b"), "\\u{7F}\\u{9B}");
  EXPECT_EQ(Line("ab\u202Edc\u200B\u2066\u00AD\uFEFF"), "ab\\u{202E}dc\\u{200B}\\u{2066}\\u{AD}\\u{FEFF}");
  EXPECT_EQ(Line("\U000E0041\u3164\uFE0F"), "\\u{E0041}\\u{3164}\\u{FE0F}");
}

TEST(Line, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(Line("a\x9bz"), "a\\x9Bz");
  EXPECT_EQ(Line("\xe2\x80"), "\\xE2\\x80");           // cut short
  EXPECT_EQ(Line("\xc0\x9b"), "\\xC0\\x9B");           // overlong ESC
  EXPECT_EQ(Line("\xed\xa0\x80"), "\\xED\\xA0\\x80");  // half of a pair
}

TEST(Lines, FurtherLinesStandBehindABar) {
  EXPECT_EQ(Lines("one"), "one");
  EXPECT_EQ(Lines("one\r\ntwo\n\nfour\n\n", "| "), "one\n| two\n| \n| four");
  EXPECT_EQ(Lines("\n\n"), "");
  EXPECT_EQ(Lines("a\rb\x1b", "| "), "a\\u{D}b\\u{1B}");
}

TEST(Html, GivesNoMarkup) {
  EXPECT_EQ(Html("<b a=\"x\" c='y'>&\x1b\u202E"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;\\u{1B}\\u{202E}");
}

TEST(Json, ReadsBackAsItWas) {
  for (const std::string text : {"", "a\"b\\c", "\n\r\t", "\x1b\x7f", "\u202E\u200B", "\U000E0041", "Łódź"}) {
    const std::string json = Json(text);
    EXPECT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
    EXPECT_EQ(Line(json), json) << "shows itself";
  }
  EXPECT_EQ(Json("a\xff"), "\"a\uFFFD\"");
}

// For any bytes: no hidden character comes out, and Lines adds only its own line ends.
TEST(Shown, AnyBytes) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given == nullptr ? std::random_device()() : std::stoull(given);
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (size_t n = random() % 12; n > 0; --n) {
      const uint32_t c =
          random() % 4 == 0 ? random() % 0x20 : (random() % 2 == 0 ? 0x2000 + random() % 0x70 : random() % 0x110000);
      if (random() % 3 == 0) {
        bytes.push_back(static_cast<char>(random()));
      } else if (c < 0x80) {
        bytes.push_back(static_cast<char>(c));
      } else if (c < 0x10000) {
        for (const uint32_t byte : {0xE0 | (c >> 12), 0x80 | ((c >> 6) & 0x3F), 0x80 | (c & 0x3F)})
          bytes.push_back(static_cast<char>(byte));
      } else {
        for (const uint32_t byte :
             {0xF0 | (c >> 18), 0x80 | ((c >> 12) & 0x3F), 0x80 | ((c >> 6) & 0x3F), 0x80 | (c & 0x3F)}) {
          bytes.push_back(static_cast<char>(byte));
        }
      }
    }
    for (const std::string& shown : {Line(bytes), Html(bytes), Json(bytes)}) {
      for (size_t at = 0; at < shown.size();) {
        uint32_t c = 0;
        const size_t length = DecodeUtf8(shown, at, &c);
        ASSERT_GT(length, 0u) << "seed " << seed;
        ASSERT_FALSE(Hides(c)) << "seed " << seed;
        at += length;
      }
    }
    const std::string lines = Lines(bytes, "| ");
    for (size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at + 1)) {
      ASSERT_EQ(lines.substr(at + 1, 2), "| ") << "seed " << seed;
    }
  }
}

TEST(Width, IsThatOfATerminal) {
  EXPECT_EQ(Width(""), 0u);
  EXPECT_EQ(Width("plain"), 5u);
  EXPECT_EQ(Width("Łódź"), 4u);
  EXPECT_EQ(Width("茶館"), 4u) << "two Chinese characters";
  EXPECT_EQ(Width("ㅏ한국"), 6u) << "Korean";
  EXPECT_EQ(Width("ｱｲ"), 2u) << "half-width Japanese";
  EXPECT_EQ(Width("🚐"), 2u) << "an emoji";
  EXPECT_EQ(Width("Zoe\xCC\x88"), 3u) << "a diaeresis of its own stands on the letter before it";
  EXPECT_EQ(Width("นำ้"), 2u) << "Thai marks";
  EXPECT_EQ(Width("a\xFF\x9Bz"), 4u) << "bytes that are not UTF-8 take one each";
}

// In any environment: a service runs without a locale.
TEST(Width, AsksNoEnvironment) {
  ASSERT_STREQ(setlocale(LC_ALL, nullptr), "C");
  EXPECT_EQ(Width("茶館"), 4u);
  EXPECT_EQ(wcwidth(L'茶'), -1) << "the caller's own locale is as it was";
}

TEST(LowerCase, KnowsLettersOfEveryScript) {
  EXPECT_EQ(LowerCase("CAR Wash 7"), "car wash 7");
  EXPECT_EQ(LowerCase("ŁÓDŹ"), "łódź");
  EXPECT_EQ(LowerCase("НОГТИ"), "ногти");
  EXPECT_EQ(LowerCase("ΚΉΠΟΣ"), "κήποσ");
  EXPECT_EQ(LowerCase("茶館"), "茶館");
  EXPECT_EQ(LowerCase("A\xFF\xC3"), "a\xFF\xC3");
}

TEST(NearestOf, FindsWhatWasMeant) {
  const std::vector<std::string> words = {"prevention", "detection", "GB", "labour.mining", "northbank"};
  EXPECT_EQ(NearestOf("preventoin", words), "prevention");
  EXPECT_EQ(NearestOf("PREVENTION", words), "prevention");
  EXPECT_EQ(NearestOf("labour minning", words), "labour.mining");
  EXPECT_EQ(NearestOf("prev", words), "prevention");
  EXPECT_EQ(NearestOf("northbnak", words), "northbank");
  EXPECT_EQ(NearestOf("gb", words), "GB");
  EXPECT_EQ(NearestOf("tpl", std::vector<std::string>{"tlp", "conditions"}), "tlp");
  EXPECT_EQ(NearestOf("condtions", std::vector<std::string>{"tlp", "conditions"}), "conditions");
}

TEST(NearestOf, SaysNothingWhereNothingIsNear) {
  const std::vector<std::string> words = {"prevention", "GB", "", std::string(65, 'a')};
  for (const std::string word : {"todo", "forever", "UK", "", "-", "prevention"})
    EXPECT_EQ(NearestOf(word, words), "") << word;
  EXPECT_EQ(NearestOf(std::string(65, 'a'), words), "");
  EXPECT_EQ(DidYouMean("todo", words), "");
  EXPECT_EQ(DidYouMean("prevntion", words), "; did you mean `prevention`?");
}

TEST(Visible, IsWhatAPersonSees) {
  EXPECT_EQ(Visible(""), "");
  EXPECT_EQ(Visible(" case\t12 \r\n"), "case 12");
  EXPECT_EQ(Visible("\u200B\u2060\u00AD\uFEFF"), "");
  EXPECT_EQ(Visible("\u00A0\u2003\u3000\u2800\u2028"), "");
  EXPECT_EQ(Visible("an\u200Ba \u00A0 lee"), "ana lee");
  EXPECT_EQ(Visible("Zo\u00EB \xFF"), "Zo\u00EB \xFF");
}

}  // namespace
}  // namespace tidegate::text
