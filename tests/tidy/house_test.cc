// House rules that a reader would otherwise have to check by eye.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

constexpr size_t kMostLines = 600;
constexpr size_t kMostColumns = 120;

size_t CodePoints(std::string_view line) {
  size_t count = 0;
  for (char c : line) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string GuardOf(const std::string& path) {
  std::string guard = "TIDEGATE_";
  for (char c : path) guard += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(c)) : '_';
  return guard + "_";
}

TEST(House, FilesStayReadable) {
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node", "tests"})) {
    EXPECT_LE(file.lines.size(), kMostLines) << file.path << " has grown long: is it two rooms?";
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].find("#include") != std::string::npos || file.lines[i].find("R\"") != std::string::npos)
        continue;
      EXPECT_LE(CodePoints(file.lines[i]), kMostColumns) << file.path << ":" << i + 1;
    }
  }
}

TEST(House, HeadersAreGuardedByTheirPath) {
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node", "tests"})) {
    if (!file.path.ends_with(".h")) continue;
    bool guarded = false;
    for (const std::string& line : file.lines) guarded = guarded || line == "#define " + GuardOf(file.path);
    EXPECT_TRUE(guarded) << file.path << " should be guarded by " << GuardOf(file.path);
  }
}

TEST(House, NoDrawerForOddsAndEnds) {
  const std::set<std::string> banned = {"util", "utils", "common", "manager", "helper", "helpers", "misc"};
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(TIDEGATE_SOURCE_DIR) / "node")) {
    EXPECT_EQ(banned.count(entry.path().stem().string()), 0u) << entry.path();
  }
}

TEST(House, PolicyReadsNoClockAndTouchesNoFile) {
  const std::set<std::string> banned = {"chrono", "ctime", "time.h", "fstream", "unistd.h", "filesystem", "random"};
  for (const SourceFile& file : ReadSources({"policy"})) {
    for (const Include& include : file.includes) {
      EXPECT_EQ(banned.count(include.path), 0u) << file.path << ":" << include.line << " includes " << include.path;
    }
  }
}

// A function with TEST_ in its name would weaken a node (it chooses a key): only the room that offers it to tests names
// it.
TEST(House, WhatIsForTestsIsCalledByTestsAlone) {
  size_t offered = 0;
  for (const SourceFile& file : ReadSources({"text", "threads", "crypto", "policy", "node"})) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const size_t at = file.lines[i].find("TEST_");
      if (at == std::string::npos || file.lines[i].find("//") < at || file.lines[i].starts_with("#")) continue;
      const bool offers = file.path.starts_with("crypto/envelope/");
      offered += offers ? 1 : 0;
      EXPECT_TRUE(offers) << file.path << ":" << i + 1 << " names what is for tests";
    }
  }
  EXPECT_GE(offered, 1u);
}

// text::JsonTree is the one printer of JSON. A number alone (no arguments) has no string to escape.
TEST(House, JsonIsPrintedByOneFunction) {
  size_t printed = 0;
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      printed += line.find("text::JsonTree(") != std::string::npos ? 1 : 0;
      const size_t dump = line.find(".dump(");
      const bool number = file.path == "text/json.cc" || line.find("item.is_number()") != std::string::npos;
      EXPECT_TRUE(dump == std::string::npos || number) << file.path << ":" << i + 1 << ": use text::JsonTree";
    }
  }
  EXPECT_GE(printed, 4u);
}

TEST(House, NothingIsLeftForLater) {
  // Spelled in two halves so that this file passes its own test.
  const std::string todo = std::string("TO") + "DO";
  const std::string fixme = std::string("FIX") + "ME";
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node", "tests"})) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_EQ(file.lines[i].find(todo), std::string::npos) << file.path << ":" << i + 1;
      EXPECT_EQ(file.lines[i].find(fixme), std::string::npos) << file.path << ":" << i + 1;
    }
  }
}

}  // namespace
}  // namespace tidegate::tidy
