// ARCHITECTURE.md §3, the three walks: each step's function is there, who is said to call it does, and no call goes up:
// the caller's room may include the called one, or the called one implements an interface of the caller's room.
#include <gtest/gtest.h>

#include <algorithm>
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

struct Step {
  std::string line, room, caller;
  std::vector<std::string> functions;
};

std::vector<std::string> NamesIn(const std::string& text) {
  static const std::regex quoted("`([A-Za-z:]+)`");
  std::vector<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), quoted), end; at != end; ++at) words.push_back((*at)[1]);
  return words;
}

std::vector<std::string> PartsOf(const std::string& name) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at = name.find("::"); at != std::string::npos; at = name.find("::", begin)) {
    parts.push_back(name.substr(begin, at - begin));
    begin = at + 2;
  }
  parts.push_back(name.substr(begin));
  return parts;
}

// By the walk's heading.
std::map<std::string, std::vector<Step>> Walks() {
  std::ifstream page(std::string(TIDEGATE_SOURCE_DIR) + "/ARCHITECTURE.md");
  std::map<std::string, std::vector<Step>> walks;
  std::string walk;
  bool within = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("Three walks")) within = true;
    if (line.starts_with("**Following**")) within = false;
    if (!within) continue;
    if (line.starts_with("*")) walk = line;
    if (!line.starts_with("| ") || line.starts_with("| step ") || line.starts_with("| --- ")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    EXPECT_EQ(cells.size(), 5u) << line;
    if (cells.size() != 5 || cells[0].starts_with(" *")) continue;  // where it goes on
    EXPECT_GT(cells[4].size(), 2u) << "what is true if we die there? " << line;
    std::string room = cells[1];
    std::erase(room, ' ');
    walks[walk].push_back({line, room, cells[3], NamesIn(cells[2])});
  }
  return walks;
}

// Rooms under node by their last name, and what each may include.
const std::map<std::string, std::set<std::string>>& MayInclude() {
  static const auto& law = *new std::map<std::string, std::set<std::string>>([] {
    std::ifstream file(std::string(TIDEGATE_SOURCE_DIR) + "/tests/tidy/law.txt");
    std::map<std::string, std::set<std::string>> rooms;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string layer, room, other;
      words >> layer >> room;
      if (!room.ends_with(':')) continue;
      std::set<std::string>& may = rooms[room.substr(room.rfind('/') + 1, room.size() - room.rfind('/') - 2)];
      while (words >> other) may.insert(other.substr(other.rfind('/') + 1));
    }
    return rooms;
  }());
  return law;
}

std::vector<std::string> FilesOf(const std::string& room) {
  static const auto& sources = *new std::vector<SourceFile>(ReadSources({"node"}));
  std::vector<std::string> texts;
  for (const SourceFile& file : sources) {
    if (!file.path.starts_with("node/" + room + "/")) continue;
    std::string& text = texts.emplace_back();
    for (const std::string& line : file.lines) text += line + "\n";
  }
  return texts;
}

// Whether the room declares or defines it: `Class::Function(` in a source, or within the class.
bool Has(const std::string& room, const std::string& function) {
  const std::vector<std::string> parts = PartsOf(function);
  const std::string owner = parts.size() > 1 ? parts[parts.size() - 2] : "";
  for (const std::string& text : FilesOf(room)) {
    if (owner.empty() && std::regex_search(text, std::regex("\n[^ /\n][^\n]* " + parts.back() + "\\("))) return true;
    if (owner.empty()) continue;
    if (text.find(owner + "::" + parts.back() + "(") != std::string::npos) return true;
    const bool declares = std::regex_search(text, std::regex("class ([A-Za-z]+::)?" + owner + "\\b[^;]*\\{"));
    if (declares && std::regex_search(text, std::regex("[ ~]" + parts.back() + "\\("))) return true;
  }
  return false;
}

// What stands in the braces of each definition of that name in the room: of a function or a class.
std::vector<std::string> BodiesOf(const std::string& room, const std::string& name) {
  std::vector<std::string> bodies;
  const std::regex begins("(^|[ :*&])" + name + "(\\(| .*\\{$)");
  for (const std::string& text : FilesOf(room)) {
    std::istringstream lines(text);
    std::string body;
    bool within = false;
    for (std::string line; std::getline(lines, line);) {
      const bool top = !line.empty() && line.front() != ' ' && line.front() != '/' && line.front() != '#';
      if (!within && top && std::regex_search(line, begins)) within = true;
      if (!within) continue;
      body += line + "\n";
      if (line == "}" || line == "};" || (body.find('{') == std::string::npos && line.ends_with(';'))) {
        bodies.push_back(std::exchange(body, ""));
        within = false;
      }
    }
  }
  return bodies;
}

TEST(Walks, NameFunctionsThatAreThereAndCallsThatGoDown) {
  const auto walks = Walks();
  ASSERT_EQ(walks.size(), 3u);
  for (const auto& [walk, steps] : walks) {
    SCOPED_TRACE(walk);
    EXPECT_GE(steps.size(), 6u);
    for (const Step& step : steps) {
      SCOPED_TRACE(step.line);
      ASSERT_TRUE(MayInclude().count(step.room)) << "no room is called " << step.room;
      ASSERT_FALSE(step.functions.empty());
      for (const std::string& function : step.functions) {
        if (function == "Principal") continue;
        EXPECT_TRUE(Has(step.room, function)) << step.room << " has no " << function;
      }
      const std::vector<std::string> by = NamesIn(step.caller);
      if (by.empty()) {
        EXPECT_EQ(step.caller, " gRPC ");
        continue;
      }
      const std::string caller_room = PartsOf(by[0]).front();
      if (by.size() == 2) {  // through an interface
        EXPECT_TRUE(Has(caller_room, by[1] + "::~" + by[1]) || Has(caller_room, by[1] + "::Store")) << by[1];
        const std::vector<std::string> files = FilesOf(step.room);
        EXPECT_TRUE(std::any_of(files.begin(), files.end(),
                                [&](const std::string& text) {
                                  return text.find("public " + caller_room + "::" + by[1]) != std::string::npos;
                                }))
            << step.room << " does not implement " << by[1];
        continue;
      }
      EXPECT_TRUE(caller_room == step.room || MayInclude().at(caller_room).count(step.room))
          << caller_room << " may not include " << step.room << ": this step goes up";
      const std::string name = by[0].substr(caller_room.size() + 2), called = PartsOf(step.functions[0]).back();
      const std::regex call("\\b" + called + "[(,]");
      const std::vector<std::string> bodies = BodiesOf(caller_room, name);
      EXPECT_TRUE(std::any_of(bodies.begin(), bodies.end(),
                              [&](const std::string& body) {
                                return std::regex_search(body.substr(std::min(body.size(), body.find('{'))), call);
                              }))
          << by[0] << " does not call " << called;
    }
  }
}

}  // namespace
}  // namespace tidegate::tidy
