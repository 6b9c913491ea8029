// Code and pages agree: a section that code cites exists, and a label on disk or wire has its page.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
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
    for (const char* top : {"crypto", "policy", "node", "proto", "docs", "tests", "text", "threads", "."}) {
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
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node", "tests", "text", "threads"})) {
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

// CRYPTO.md, "Notation": no input of one kind is also an input of another kind. So one source makes what a label
// begins. store/verify reads with code of its own, and a KEM key's id is computed where it is sealed to and where it is
// read.
TEST(Pages, ALabelHasOneMeaning) {
  const std::regex label("\"(TDG[a-z]{3}[0-9])(?:\\\\0)?\"");
  std::map<std::string, std::set<std::string>> makers;
  for (const SourceFile& file : ReadSources({"crypto", "policy", "node"})) {
    if (!file.path.ends_with(".cc") || file.path.starts_with("node/store/verify/")) continue;
    for (const std::string& line : file.lines) {
      for (std::sregex_iterator at(line.begin(), line.end(), label), end; at != end; ++at) {
        makers[(*at)[1]].insert(file.path);
      }
    }
  }
  EXPECT_GT(makers.size(), 50u);
  for (const auto& [name, files] : makers) {
    if (name == "TDGkem1") continue;
    EXPECT_EQ(files.size(), 1u) << name << " is made by " << *files.begin() << " and " << *files.rbegin();
  }
}

// Whether a test of this name exists: `Suite.Name`, `Suite` whole, or a conversation of the rude programs.
bool IsATest(const std::string& name, const std::vector<SourceFile>& tests) {
  const size_t dot = name.find('.');
  const std::string suite = name.substr(0, dot), one = dot == std::string::npos ? "" : name.substr(dot + 1);
  for (const SourceFile& file : tests) {
    for (const std::string& line : file.lines) {
      if (file.path.rfind("tests/fault/rude/", 0) == 0 && line.find("{\"" + name + "\", ") != std::string::npos)
        return true;
      if (line.rfind("TEST", 0) == 0 && line.find("(" + suite + ", " + one) != std::string::npos) return true;
    }
  }
  return false;
}

// EXCHANGE.md, "Limits": each row ends with the tests that break its limit.
TEST(Pages, EveryLimitOfTheExchangeIsBrokenByATest) {
  const std::vector<SourceFile> tests = ReadSources({"tests"});
  std::istringstream page(Pages().at("EXCHANGE.md"));
  size_t limits = 0;
  bool within = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) within = line == "## Limits";
    if (!within || line.rfind("| ", 0) != 0 || line.rfind("| what ", 0) == 0 || line.rfind("| --- ", 0) == 0) continue;
    ++limits;
    const size_t last = line.rfind(" | ");
    ASSERT_NE(last, std::string::npos) << line;
    const std::string cell = line.substr(last);
    const std::regex quoted("`([^`]+)`");
    size_t named = 0;
    for (std::sregex_iterator at(cell.begin(), cell.end(), quoted), end; at != end; ++at, ++named) {
      EXPECT_TRUE(IsATest((*at)[1], tests)) << "no test is called `" << (*at)[1] << "`: " << line;
    }
    EXPECT_GT(named, 0u) << "no test breaks this limit: " << line;
  }
  EXPECT_GT(limits, 25u);
}

// docs/README.md, "A newcomer's hour": what it sends a newcomer to is there.
TEST(Pages, TheNewcomersHourNamesWhatExists) {
  const fs::path root(TIDEGATE_SOURCE_DIR);
  std::ifstream file(root / "docs/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::regex named("`([A-Za-z_/.*]+\\.[a-z]+)`|`([A-Za-z]+)::([A-Za-z]+)`|\\]\\(([^)#]+)\\)");
  const std::vector<SourceFile> sources = ReadSources({"crypto", "policy", "node", "text"});
  size_t seen = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), named), end; at != end; ++at) {
    ++seen;
    if ((*at)[4].matched) {
      EXPECT_TRUE(fs::exists(root / "docs" / std::string((*at)[4]))) << (*at)[4];
    } else if ((*at)[1].matched) {
      const std::string path = (*at)[1];
      if (path.find('*') == std::string::npos) {
        EXPECT_TRUE(fs::exists(root / path)) << path;
      }
    } else {
      const std::string function = std::string((*at)[2]) + "::" + std::string((*at)[3]) + "(";
      // After the file that the sentence names.
      const std::string before = page.substr(0, static_cast<size_t>(at->position()));
      const size_t open = before.rfind("`node/"), close = before.find('`', open + 1);
      ASSERT_NE(open, std::string::npos) << function;
      const std::string path = before.substr(open + 1, close - open - 1);
      bool found = false;
      for (const SourceFile& source : sources) {
        if (source.path != path) continue;
        for (const std::string& line : source.lines) found = found || line.find(function) != std::string::npos;
      }
      EXPECT_TRUE(found) << path << " has no " << function << ")";
    }
  }
  EXPECT_GT(seen, 20u);
}

// A door is the header that is named for its folder; it opens with its card: what the room takes, gives and must not
// do, in one order.
TEST(Pages, EveryDoorOpensWithItsCard) {
  const std::vector<std::string> order = {"Takes", "Gives", "May call", "Must", "Never", "Threads", "Spec"};
  size_t doors = 0;
  for (const SourceFile& file : ReadSources({"threads", "text", "crypto", "policy", "node"})) {
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
  for (const char* top : {"crypto", "policy", "node", "proto", "tests", "text", "threads", "cmake"}) {
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
  // Protobuf, absl, OpenSSL: the targets of a package begin with its name. PkgConfig finds the others, below.
  const std::regex package("find_package\\((\\w+) ");
  for (std::sregex_iterator at(own.begin(), own.end(), package), end; at != end; ++at) {
    const std::string name = (*at)[1];
    if (name == "PkgConfig") continue;
    std::string small = name;  // protobuf::libprotobuf is of Protobuf
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_TRUE(builds.find(name + "::", own.size()) != std::string::npos ||
                builds.find(small + "::", own.size()) != std::string::npos)
        << name << " is required and linked nowhere";
  }
  const std::regex module("pkg_check_modules\\((\\w+) ");
  for (std::sregex_iterator at(own.begin(), own.end(), module), end; at != end; ++at) {
    EXPECT_NE(builds.find("PkgConfig::" + (*at)[1].str()), std::string::npos)
        << (*at)[1] << " is required and linked nowhere";
  }
}

}  // namespace
}  // namespace tidegate::tidy
