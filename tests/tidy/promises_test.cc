// Each "must", "never" and "only" of a page stands in docs/promises.md, each clause of a door's `Must` and `Never` in
// docs/promises-of-doors.md, with what holds it; and that exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

namespace fs = std::filesystem;

struct Promise {
  std::string words;  // of the page
  std::string holders;
};

std::string ReadText(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The rows of each heading of the table, which is a page or the header of a door.
std::map<std::string, std::vector<Promise>> ReadPromises(const std::string& table) {
  std::map<std::string, std::vector<Promise>> promises;
  std::ifstream file(fs::path(TIDEGATE_SOURCE_DIR) / table);
  std::string page;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) promises[page = line.substr(3)];
    if (!line.starts_with("| ") || line.starts_with("| words of") || line.starts_with("| ---")) continue;
    const size_t bar = line.find(" | ");
    promises[page].push_back({Trimmed(line.substr(2, bar - 2)), Trimmed(line.substr(bar + 3, line.size() - bar - 5))});
  }
  return promises;
}

// Pages of decisions, tests, measurements and terms, and CONTRIBUTING.md, are not about what the program does.
bool Promises(const std::string& page) {
  static const std::set<std::string> others = {"CONTRIBUTING.md", "docs/glossary.md", "docs/performance.md",
                                               "docs/promises.md", "docs/promises-of-doors.md"};
  return others.count(page) == 0 && !page.starts_with("docs/decisions/");
}

// Every page that is read, by its path from the root.
std::map<std::string, std::string> ReadPages() {
  const fs::path root = TIDEGATE_SOURCE_DIR;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(root)) files.push_back(entry.path());
  for (const char* top : {"crypto", "policy", "node", "proto", "docs", "text", "threads"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) files.push_back(entry.path());
  }
  std::map<std::string, std::string> pages;
  for (const fs::path& path : files) {
    const std::string name = path.lexically_relative(root).generic_string();
    if (path.extension() != ".md" || !Promises(name)) continue;
    // Examples of code are no sentences, and a sentence runs over line ends.
    std::string text;
    bool code = false;
    std::istringstream lines(ReadText(path));
    for (std::string line; std::getline(lines, line);) {
      const bool fence = line.find("```") != std::string::npos;
      if (!code && !fence) text += line + " ";
      code = code != fence;
    }
    pages[name] = std::regex_replace(text, std::regex(" +"), " ");
  }
  return pages;
}

// The places of the page that its promises quote.
std::vector<std::pair<size_t, size_t>> PlacesQuoted(const std::string& page, const std::string& text,
                                                    const std::vector<Promise>& promises) {
  std::vector<std::pair<size_t, size_t>> places;
  for (const Promise& promise : promises) {
    size_t at = text.find(promise.words);
    EXPECT_NE(at, std::string::npos) << page << " does not say \"" << promise.words << "\" any more";
    for (; at != std::string::npos; at = text.find(promise.words, at + 1)) {
      places.emplace_back(at, at + promise.words.size());
    }
  }
  return places;
}

TEST(Promises, EachOfAPageStandsInTheTable) {
  const std::map<std::string, std::vector<Promise>> promises = ReadPromises("docs/promises.md");
  const std::map<std::string, std::string> pages = ReadPages();
  const std::regex word(R"(\b([Mm]ust|[Nn]ever|[Oo]nly)\b)");
  ASSERT_GE(pages.size(), 15u);
  for (const auto& [page, rows] : promises) EXPECT_EQ(pages.count(page), 1u) << "there is no page " << page;
  for (const auto& [page, text] : pages) {
    const auto rows = promises.find(page);
    const auto places = PlacesQuoted(page, text, rows == promises.end() ? std::vector<Promise>() : rows->second);
    for (std::sregex_iterator found(text.begin(), text.end(), word), end; found != end; ++found) {
      const auto at = static_cast<size_t>(found->position());
      bool stands = false;
      for (const auto& [first, last] : places) stands = stands || (first <= at && at < last);
      EXPECT_TRUE(stands) << page << ": \"..." << text.substr(at < 50 ? 0 : at - 50, 100)
                          << "...\" needs a row in docs/promises.md";
    }
  }
}

// What stands in the lines `Must` and `Never` of a door's card, in one line each.
std::vector<std::string> CardsPromises(const SourceFile& header) {
  static const std::regex begin(R"(^//   (Takes|Gives|May call|Must|Never|Threads|Spec) +(.*))");
  std::vector<std::string> promises;
  bool promised = false;
  std::smatch match;
  for (const std::string& line : header.lines) {
    if (!line.starts_with("//")) break;
    if (std::regex_match(line, match, begin)) {
      promised = match[1] == "Must" || match[1] == "Never";
      if (promised) promises.push_back(match[2]);
    } else if (promised && line.starts_with("//        ")) {
      promises.back() += " " + Trimmed(line.substr(2));
    } else {
      promised = false;
    }
  }
  return promises;
}

TEST(Promises, EachClauseOfADoorsCardStandsInTheTable) {
  std::map<std::string, std::vector<Promise>> promises = ReadPromises("docs/promises-of-doors.md");
  size_t clauses = 0;
  for (const SourceFile& header : ReadSources({"threads", "text", "crypto", "policy", "node"})) {
    if (!header.path.ends_with(".h")) continue;
    const std::vector<std::string> said = CardsPromises(header);
    if (said.empty()) continue;
    const std::vector<Promise> rows = promises[header.path];
    promises.erase(header.path);
    std::string all;
    for (const std::string& line : said) {
      all += line + "; ";
      std::istringstream parts(line);
      for (std::string clause; std::getline(parts, clause, ';'); ++clauses) {
        bool stands = false;
        for (const Promise& row : rows) stands = stands || clause.find(row.words) != std::string::npos;
        EXPECT_TRUE(stands) << header.path << ": \"" << Trimmed(clause)
                            << "\" needs a row in docs/promises-of-doors.md";
      }
    }
    for (const Promise& row : rows) {
      EXPECT_NE(all.find(row.words), std::string::npos)
          << header.path << " does not say \"" << row.words << "\" any more";
    }
  }
  EXPECT_GE(clauses, 80u);
  for (const auto& [header, rows] : promises) ADD_FAILURE() << header << " is no header whose card promises anything";
}

std::set<std::string> NamesOfTests() {
  const std::regex test(R"(^TEST(?:_F|_P)?\((\w+), (\w+)\))");
  std::set<std::string> names;
  for (const SourceFile& file : ReadSources({"tests"})) {
    std::smatch match;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      std::string line = file.lines[i];
      if (line.starts_with("TEST") && line.ends_with(",") && i + 1 < file.lines.size()) {
        line += " " + Trimmed(file.lines[i + 1]);
      }
      if (std::regex_search(line, match, test)) names.insert(match[1].str() + "." + match[2].str());
    }
  }
  return names;
}

// All that tests/fault says, in which the name of a conversation is a string.
std::string WordsOfFaults() {
  std::string words;
  for (const SourceFile& file : ReadSources({"tests"})) {
    if (!file.path.starts_with("tests/fault/")) continue;
    for (const std::string& line : file.lines) words += line + "\n";
  }
  return words;
}

TEST(Promises, WhatHoldsEachExists) {
  const std::set<std::string> tests = NamesOfTests();
  const std::string faults = WordsOfFaults();
  const fs::path root = TIDEGATE_SOURCE_DIR;
  const std::regex cited("`([^`]+)`");
  size_t held = 0;
  std::map<std::string, std::vector<Promise>> all = ReadPromises("docs/promises.md");
  all.merge(ReadPromises("docs/promises-of-doors.md"));
  for (const auto& [page, rows] : all) {
    for (const Promise& promise : rows) {
      if (promise.holders == "a description" || promise.holders == "a rule for people") continue;
      size_t named = 0;
      for (std::sregex_iterator at(promise.holders.begin(), promise.holders.end(), cited), end; at != end; ++at) {
        const std::string name = (*at)[1];
        const std::string rest = name.substr(std::min(name.find(' '), name.size() - 1) + 1);
        bool exists = tests.count(name) == 1;
        if (name.starts_with("e2e ")) exists = fs::exists(root / ("tests/e2e/test_" + rest + ".py"));
        if (name.starts_with("gate ")) exists = fs::exists(root / ("tests/tidy/gates/" + rest + ".cc"));
        if (name.starts_with("fault ")) exists = faults.find(rest + "\"") != std::string::npos;
        named += exists ? 1 : 0;
        // A type or a room may be named beside what holds the promise.
        const bool holder = name.find('.') != std::string::npos || name.find(' ') != std::string::npos;
        EXPECT_TRUE(exists || !holder) << page << ", \"" << promise.words << "\": there is no " << name;
      }
      EXPECT_GE(named, 1u) << page << ", \"" << promise.words << "\": nothing holds it";
      held += named;
    }
  }
  EXPECT_GE(held, 250u);
}

}  // namespace
}  // namespace tidegate::tidy
