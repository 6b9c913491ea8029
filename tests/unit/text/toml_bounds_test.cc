// TOML texts that the parser never sees.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "text/text.h"

namespace tidegate::text {
namespace {

using ::testing::HasSubstr;

std::string Dotted(size_t parts, std::string_view dot = ".") {
  std::string key = "a";
  for (size_t i = 1; i < parts; ++i) key += std::string(dot) + "a";
  return key;
}

TEST(TomlBounds, AKeyHasSixteenPartsAtMost) {
  for (const std::string dot : {".", " . ", "\t.\t"}) {
    EXPECT_TRUE(TomlBeyondBounds(Dotted(16, dot) + " = 1\n").empty()) << dot;
    EXPECT_FALSE(TomlBeyondBounds(Dotted(17, dot) + " = 1\n").empty()) << dot;
    EXPECT_FALSE(TomlBeyondBounds("x = 1\n[" + Dotted(17, dot) + "]\n").empty()) << dot;
    EXPECT_FALSE(TomlBeyondBounds("x = { " + Dotted(17, dot) + " = 1 }\n").empty()) << dot;
  }
  std::string quoted = "\"a\"";
  for (int i = 0; i < 16; ++i) quoted += ".'a'";
  EXPECT_FALSE(TomlBeyondBounds(quoted + " = 1").empty());
}

TEST(TomlBounds, BracketsAreNestedSixtyFourDeepAtMost) {
  EXPECT_TRUE(TomlBeyondBounds("x = " + std::string(64, '[') + std::string(64, ']')).empty());
  EXPECT_FALSE(TomlBeyondBounds("x = " + std::string(65, '[') + std::string(65, ']')).empty());
  std::string tables = "x = ";
  for (int i = 0; i < 65; ++i) tables += "{ a = ";
  EXPECT_FALSE(TomlBeyondBounds(tables).empty());
}

TEST(TomlBounds, StringsAndCommentsMayHoldWhatTheyLike) {
  EXPECT_TRUE(TomlBeyondBounds("x = \"" + Dotted(100) + "\"\n# " + std::string(100, '[')).empty());
  EXPECT_TRUE(TomlBeyondBounds("x = \"\"\"\n" + std::string(100, '[') + "\"\"\"\ny = 'a\"b'\n").empty());
  EXPECT_TRUE(TomlBeyondBounds("x = \"a\\\"" + std::string(100, '[') + "\"\n").empty());
}

// A string of one line cannot hide what stands below it.
TEST(TomlBounds, AStrayQuoteHidesNothing) {
  EXPECT_FALSE(TomlBeyondBounds("x = \"open\n" + Dotted(17) + " = 1\n").empty());
  EXPECT_FALSE(TomlBeyondBounds("x = 'open\n" + Dotted(17) + " = 1\n").empty());
}

TEST(TomlBounds, TheFaultNamesItsLine) {
  EXPECT_THAT(TomlBeyondBounds("x = 1\n\n" + Dotted(17) + " = 1\n"), HasSubstr("line 3"));
}

}  // namespace
}  // namespace tidegate::text
