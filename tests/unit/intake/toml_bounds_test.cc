// What of a TOML text the parser never sees.
#include "node/intake/toml_bounds.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/intake.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

using ::testing::HasSubstr;

std::string Dotted(std::size_t parts, std::string_view dot = ".") {
  std::string key = "a";
  for (std::size_t i = 1; i < parts; ++i) key += std::string(dot) + "a";
  return key;
}

TEST(TomlBounds, AKeyHasSixteenPartsAtMost) {
  for (const std::string dot : {".", " . ", "\t.\t"}) {
    EXPECT_TRUE(CheckTomlBounds(Dotted(16, dot) + " = 1\n").ok()) << dot;
    EXPECT_FALSE(CheckTomlBounds(Dotted(17, dot) + " = 1\n").ok()) << dot;
    EXPECT_FALSE(CheckTomlBounds("x = 1\n[" + Dotted(17, dot) + "]\n").ok()) << dot;
    EXPECT_FALSE(CheckTomlBounds("x = { " + Dotted(17, dot) + " = 1 }\n").ok()) << dot;
  }
  std::string quoted = "\"a\"";
  for (int i = 0; i < 16; ++i) quoted += ".'a'";
  EXPECT_FALSE(CheckTomlBounds(quoted + " = 1").ok());
}

TEST(TomlBounds, BracketsAreNestedSixtyFourDeepAtMost) {
  EXPECT_TRUE(CheckTomlBounds("x = " + std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_FALSE(CheckTomlBounds("x = " + std::string(65, '[') + std::string(65, ']')).ok());
  std::string tables = "x = ";
  for (int i = 0; i < 65; ++i) tables += "{ a = ";
  EXPECT_FALSE(CheckTomlBounds(tables).ok());
}

TEST(TomlBounds, StringsAndCommentsMayHoldWhatTheyLike) {
  EXPECT_TRUE(CheckTomlBounds("x = \"" + Dotted(100) + "\"\n# " + std::string(100, '[')).ok());
  EXPECT_TRUE(CheckTomlBounds("x = \"\"\"\n" + std::string(100, '[') + "\"\"\"\ny = 'a\"b'\n").ok());
  EXPECT_TRUE(CheckTomlBounds("x = \"a\\\"" + std::string(100, '[') + "\"\n").ok());
}

// A string of one line cannot hide what stands below it.
TEST(TomlBounds, AStrayQuoteHidesNothing) {
  EXPECT_FALSE(CheckTomlBounds("x = \"open\n" + Dotted(17) + " = 1\n").ok());
  EXPECT_FALSE(CheckTomlBounds("x = 'open\n" + Dotted(17) + " = 1\n").ok());
}

TEST(TomlBounds, TheFaultNamesItsLine) {
  EXPECT_THAT(std::string(CheckTomlBounds("x = 1\n\n" + Dotted(17) + " = 1\n").message()), HasSubstr("line 3"));
}

TEST(TomlBounds, AMappingOfEndlessKeysIsRefused) {
  for (const std::string& text : {Dotted(40'000) + " = 1", "[" + Dotted(40'000) + "]",
                                  "x = " + std::string(40'000, '['), std::string(300'000, '#')}) {
    EXPECT_FALSE(Mapping::Parse(text, "m.toml").ok());
  }
}

}  // namespace
}  // namespace tidegate::intake
