// What code says of pages, and pages of formats: a section that is cited exists, a label on disk or wire has its page.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

namespace fs = std::filesystem;

// Every page of the house by its file name, whole.
const std::map<std::string, std::string>& Pages() {
  static const auto& pages = *new std::map<std::string, std::string>([] {
    std::map<std::string, std::string> found;
    for (const char* top : {"crypto", "policy", "node", "proto", "docs", "tests", "text", "."}) {
      const fs::path folder = fs::path(TIDEGATE_SOURCE_DIR) / top;
      std::vector<fs::path> files;
      if (std::string(top) == ".") {
        for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
      } else {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) files.push_back(entry.path());
      }
      for (const fs::path& path : files) {
        if (path.extension() != ".md") continue;
        std::ifstream file(path);
        std::ostringstream text;
        text << file.rdbuf();
        found[path.filename().string()] += text.str();
      }
    }
    return found;
  }());
  return pages;
}

// Comment lines that follow each other are one text: a citation may run over their end.
std::string CommentsOf(const SourceFile& file) {
  std::string text;
  for (const std::string& line : file.lines) {
    const size_t slashes = line.find("//");
    text += slashes == std::string::npos ? "\n" : " " + line.substr(slashes + 2);
  }
  return std::regex_replace(text, std::regex(" +"), " ");
}

TEST(Pages, EverySectionThatIsCitedExists) {
  const std::regex citation("([A-Za-z_-]+\\.md), \"([^\"]+)\"");
  size_t cited = 0;
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node", "tests", "text"})) {
    if (file.path.rfind("tests/tidy/", 0) == 0) continue;
    const std::string comments = CommentsOf(file);
    for (std::sregex_iterator at(comments.begin(), comments.end(), citation), end; at != end; ++at) {
      ++cited;
      const auto page = Pages().find((*at)[1]);
      ASSERT_NE(page, Pages().end()) << file.path << " cites " << (*at)[1] << ", which is no page";
      const std::string section = (*at)[2];
      const bool heading = page->second.find("# " + section) != std::string::npos ||
                           page->second.find("**" + section) != std::string::npos;
      EXPECT_TRUE(heading) << file.path << " cites " << (*at)[1] << ", \"" << section
                           << "\", which is no section of it";
    }
  }
  EXPECT_GT(cited, 10u);
}

// Seven characters and a NUL: "TDGxxx1".
TEST(Pages, EveryLabelStandsOnAPage) {
  std::string all;
  for (const auto& [name, text] : Pages()) all += text;
  const std::regex label("\"(TDG[a-z]{3}[0-9])(?:\\\\0)?\"");
  std::set<std::string> seen;
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node"})) {
    for (const std::string& line : file.lines) {
      for (std::sregex_iterator at(line.begin(), line.end(), label), end; at != end; ++at) {
        if (!seen.insert((*at)[1]).second) continue;
        EXPECT_NE(all.find((*at)[1]), std::string::npos) << file.path << ": no page says what " << (*at)[1] << " is of";
      }
    }
  }
  EXPECT_GT(seen.size(), 15u);
}

// A door is the header that is named for its folder; it opens with its card: what the room takes, gives and must not
// do, in one order.
TEST(Pages, EveryDoorOpensWithItsCard) {
  const std::vector<std::string> order = {"Takes", "Gives", "May call", "Must", "Never", "Threads", "Spec"};
  size_t doors = 0;
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    const fs::path path(file.path);
    if (path.extension() != ".h" || path.parent_path().filename() != path.stem()) continue;
    if (std::any_of(file.lines.begin(), file.lines.end(),
                    [](const std::string& line) { return line.find("Private to the room") != std::string::npos; })) {
      continue;
    }
    ++doors;
    std::vector<std::string> said;
    for (const std::string& line : file.lines) {
      if (line.rfind("//", 0) != 0) break;
      for (const std::string& word : order) {
        if (line.rfind("//   " + word + std::string(9 - word.size(), ' '), 0) == 0) said.push_back(word);
      }
    }
    for (const char* needed : {"Takes", "Gives", "Threads", "Spec"}) {
      EXPECT_NE(std::find(said.begin(), said.end(), needed), said.end())
          << file.path << ": its card does not say `//   " << needed << "`";
    }
    std::vector<std::string> sorted = said;
    std::sort(sorted.begin(), sorted.end(), [&](const std::string& a, const std::string& b) {
      return std::find(order.begin(), order.end(), a) < std::find(order.begin(), order.end(), b);
    });
    EXPECT_EQ(said, sorted) << file.path << ": the lines of its card are in another order than those of other doors";
  }
  EXPECT_GT(doors, 15u);
}

// find_package and pkg_check_modules of cmake/TidegateOptions.cmake: each is linked somewhere.
TEST(Pages, NoDependencyIsUnused) {
  std::ifstream options(fs::path(TIDEGATE_SOURCE_DIR) / "cmake/TidegateOptions.cmake");
  std::ostringstream text;
  text << options.rdbuf();
  std::string builds = text.str();
  for (const char* top : {"crypto", "policy", "node", "proto", "tests", "text", "cmake"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TIDEGATE_SOURCE_DIR) / top)) {
      const std::string name = entry.path().filename().string();
      if (name != "CMakeLists.txt" && entry.path().extension() != ".cmake") continue;
      if (name == "TidegateOptions.cmake") continue;
      std::ifstream file(entry.path());
      std::ostringstream one;
      one << file.rdbuf();
      builds += one.str();
    }
  }
  const std::string own = text.str();
  const std::regex module("pkg_check_modules\\((\\w+) ");
  for (std::sregex_iterator at(own.begin(), own.end(), module), end; at != end; ++at) {
    EXPECT_NE(builds.find("PkgConfig::" + (*at)[1].str()), std::string::npos)
        << (*at)[1] << " is required and linked nowhere";
  }
}

}  // namespace
}  // namespace tidegate::tidy
