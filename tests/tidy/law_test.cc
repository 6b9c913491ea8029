// The dependency law: tests/tidy/law.txt, held by reading every #include, and equal to what the builds and
// ARCHITECTURE.md §2 say.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

namespace fs = std::filesystem;
const std::vector<std::string> kHouse = {"threads", "text", "crypto", "policy", "node"};

struct Room {
  std::string path;
  std::string layer;
  std::set<std::string> includes;
};

std::vector<std::string> Words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> LinesOf(const fs::path& path) {
  std::ifstream file(fs::path(TIDEGATE_SOURCE_DIR) / path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// In the order of the file. Blank lines and those that begin with # say nothing.
const std::vector<Room>& Law() {
  static const auto& law = *new std::vector<Room>([] {
    std::vector<Room> rooms;
    for (const std::string& line : LinesOf("tests/tidy/law.txt")) {
      if (line.empty() || line.front() == '#') continue;
      const std::vector<std::string> words = Words(line);
      EXPECT_TRUE(words.size() >= 2 && words[1].ends_with(':')) << "law.txt: expected `LAYER ROOM: ROOMS`: " << line;
      if (words.size() < 2) continue;
      rooms.push_back({words[1].substr(0, words[1].size() - 1), words[0], {words.begin() + 2, words.end()}});
    }
    return rooms;
  }());
  return law;
}

const Room* RoomCalled(std::string_view path) {
  const auto found = std::find_if(Law().begin(), Law().end(), [&](const Room& room) { return room.path == path; });
  return found == Law().end() ? nullptr : &*found;
}

// The longest room of the law that is a folder of `path`; empty for paths outside every room.
std::string RoomOf(const std::string& path) {
  if (path.rfind("tidegate/v1/", 0) == 0) return "proto";
  if (path == "node/main.cc") return "main";
  std::string best;
  for (const Room& room : Law()) {
    if (path.rfind(room.path + "/", 0) == 0 && room.path.size() > best.size()) best = room.path;
  }
  return best;
}

// A build-time program, not part of the record room.
bool BuildsTheCatalogue(const SourceFile& file) { return file.path.rfind("node/record/catalogue/", 0) == 0; }

// Rooms whose outside library is theirs alone.
const std::map<std::string, std::set<std::string>>& OutsideLibraries() {
  static const auto& libraries = *new std::map<std::string, std::set<std::string>>{
      {"mutex", {"threads"}},
      {"shared_mutex", {"threads"}},
      {"condition_variable", {"threads"}},
      {"lmdb.h", {"node/store/environment", "node/store/verify"}},
      {"sodium.h", {"crypto"}},
      {"openssl/", {"crypto", "node/door"}},
      {"crypto/openssl.h", {"crypto", "node/door"}},
      {"nghttp2/", {"node/door"}},
      {"seccomp.h", {"node/door"}},
      {"grpcpp/", {"node/operators", "node/command"}},
      {"toml++/", {"node", "node/intake", "policy/review"}},
      {"simdjson.h", {"node/intake"}},
      {"expat.h", {"node/intake"}},
      {"zip.h", {"node/intake"}},
      {"zlib.h", {"node/store/index", "node/store/verify"}},
      {"re2/", {"node/intake"}},
      {"iconv.h", {"node/intake"}},
      {"yaml.h", {"node/intake"}},
      {"unicode/", {"text/words"}},
      {"phonenumbers/", {"node/record/value"}},
      {"CLI/", {"node/command"}},
      {"google/protobuf/", {"node/command"}},
  };
  return libraries;
}

TEST(DependencyLaw, ArrowsPointToRoomsAbove) {
  std::set<std::string> above;
  std::string layer;
  EXPECT_GT(Law().size(), 20u);
  for (const Room& room : Law()) {
    EXPECT_LE(layer, room.layer) << room.path << " stands below a room of a higher layer";
    layer = room.layer;
    for (const std::string& other : room.includes) {
      EXPECT_EQ(above.count(other), 1u) << room.path << " may not include " << other
                                        << ", which does not stand above it";
    }
    above.insert(room.path);
  }
}

TEST(DependencyLaw, EveryIncludeFollowsAnArrowAndEveryArrowIsUsed) {
  std::map<std::string, std::set<std::string>> used;
  for (const SourceFile& file : ReadSources(kHouse)) {
    if (BuildsTheCatalogue(file)) continue;
    const std::string room = RoomOf(file.path);
    ASSERT_FALSE(room.empty()) << file.path << " is in no room of the law: place it in tests/tidy/law.txt";
    for (const Include& include : file.includes) {
      const std::string target = include.quoted ? RoomOf(include.path) : "";
      if (target.empty() || target == room) continue;
      used[room].insert(target);
      EXPECT_EQ(RoomCalled(room)->includes.count(target), 1u)
          << file.path << ":" << include.line << " includes " << include.path << ": `" << room << "` must not know `"
          << target << "`";
    }
  }
  for (const Room& room : Law()) {
    for (const std::string& other : room.includes) {
      EXPECT_EQ(used[room.path].count(other), 1u) << room.path << " may include " << other << " and does not";
    }
  }
}

// tidegate_library(NAME room ... DEPS a b c LIBS ...) of a room's own CMakeLists.txt, in which a room is called by the
// last word of its folder.
TEST(DependencyLaw, TheBuildLinksWhatTheLawAllows) {
  std::map<std::string, std::string> folders;
  for (const Room& room : Law()) folders[room.path.substr(room.path.rfind('/') + 1)] = room.path;
  for (const Room& room : Law()) {
    if (room.path == "main") continue;
    std::string text;
    for (const std::string& line : LinesOf(fs::path(room.path) / "CMakeLists.txt")) text += line + " ";
    std::string name = room.path.substr(room.path.rfind('/') + 1);
    size_t at = text.find("tidegate_library(");
    while (at != std::string::npos && text.find("NAME " + name + " ", at) > text.find(')', at)) {
      at = text.find("tidegate_library(", at + 1);
    }
    ASSERT_NE(at, std::string::npos) << room.path << " has no tidegate_library named `" << name << "`";
    std::set<std::string> linked;
    bool among = false;
    for (const std::string& word : Words(text.substr(at, text.find(')', at) - at))) {
      if (word == "DEPS") {
        among = true;
      } else if (word == "LIBS" || word == "SRCS") {
        among = false;
      } else if (among && folders.count(word) > 0) {
        linked.insert(folders[word]);
      }
    }
    EXPECT_EQ(linked, room.includes) << room.path << "/CMakeLists.txt, DEPS";
  }
}

// | layer | room | includes |
TEST(DependencyLaw, TheTableOfTheArchitectureIsTheLaw) {
  std::vector<std::string> rows;
  for (const std::string& line : LinesOf("ARCHITECTURE.md")) {
    if (line.rfind("| ", 0) == 0 && line.size() > 2 && std::isdigit(static_cast<unsigned char>(line[2])) &&
        line.find(" | `") != std::string::npos) {
      rows.push_back(line);
    }
  }
  std::vector<std::string> law;
  for (const Room& room : Law()) {
    std::string row = "| " + room.layer + " | `" + room.path + "` | ";
    std::string separator;
    for (const std::string& other : room.includes) {
      row += separator + other;
      separator = ", ";
    }
    law.push_back(row + (room.includes.empty() ? "nothing of the project |" : " |"));
  }
  EXPECT_EQ(rows, law) << "ARCHITECTURE.md §2 and tests/tidy/law.txt";
}

TEST(DependencyLaw, AnotherRoomIsEnteredByItsDoorOnly) {
  // Doors of several headers.
  const std::set<std::string> open_rooms = {"crypto", "node/record/value", "node/record", "policy", "node", "proto"};
  for (const SourceFile& file : ReadSources(kHouse)) {
    const std::string room = RoomOf(file.path);
    for (const Include& include : file.includes) {
      const std::string target = RoomOf(include.path);
      if (!include.quoted || target.empty() || target == room || open_rooms.count(target) > 0) continue;
      const std::string name = target.substr(target.rfind('/') + 1);
      EXPECT_EQ(include.path, target + "/" + name + ".h")
          << file.path << ":" << include.line << " reaches behind the door of `" << target << "`";
    }
  }
}

TEST(DependencyLaw, OutsideLibrariesStayInTheirRoomsAndEachRoomUsesIts) {
  std::map<std::string, std::set<std::string>> used;
  for (const SourceFile& file : ReadSources(kHouse)) {
    if (BuildsTheCatalogue(file)) continue;
    for (const Include& include : file.includes) {
      for (const auto& [library, rooms] : OutsideLibraries()) {
        if (include.path.rfind(library, 0) != 0) continue;
        used[library].insert(RoomOf(file.path));
        EXPECT_EQ(rooms.count(RoomOf(file.path)), 1u)
            << file.path << ":" << include.line << " includes " << include.path;
      }
    }
  }
  EXPECT_EQ(used, OutsideLibraries()) << "a permission that no room uses is struck";
}

TEST(DependencyLaw, TheVerifierSharesNothingWithTheWriter) {
  for (const SourceFile& file : ReadSources({"node"})) {
    if (file.path.find("/verify/") == std::string::npos) continue;
    for (const Include& include : file.includes) {
      EXPECT_EQ(include.path.rfind("node/store/writ", 0), std::string::npos) << file.path << ":" << include.line;
    }
  }
}

// policy/review explains what the engine does, so it sees the engine's inside. No other room does.
TEST(DependencyLaw, TheInsideOfTheEngineIsForItsReviewersAlone) {
  const std::set<std::string> inside = {"policy/core.h", "policy/names.h", "policy/rules.h", "policy/world.h"};
  const std::set<std::string> rooms = {"policy", "policy/review"};
  size_t seen = 0;
  for (const SourceFile& file : ReadSources(kHouse)) {
    for (const Include& include : file.includes) {
      if (inside.count(include.path) == 0) continue;
      ++seen;
      EXPECT_EQ(rooms.count(RoomOf(file.path)), 1u) << file.path << ":" << include.line << " includes " << include.path;
    }
  }
  EXPECT_GT(seen, inside.size());
}

// A header of a door with several headers that says so is not part of the door.
TEST(DependencyLaw, WhatIsPrivateToARoomStaysInIt) {
  std::set<std::string> hidden;
  const std::vector<SourceFile> files = ReadSources(kHouse);
  for (const SourceFile& file : files) {
    for (size_t i = 0; i < file.lines.size() && file.lines[i].rfind("//", 0) == 0; ++i) {
      if (file.lines[i].find("Private to the room") != std::string::npos) hidden.insert(file.path);
    }
  }
  EXPECT_GT(hidden.size(), 3u);
  for (const SourceFile& file : files) {
    for (const Include& include : file.includes) {
      if (hidden.count(include.path) == 0) continue;
      EXPECT_EQ(RoomOf(file.path), RoomOf(include.path))
          << file.path << ":" << include.line << " includes " << include.path << ", which is private to its room";
    }
  }
}

// A record that the store holds is opened by reading, feed, flow and decision (which makes candidates for them). An
// answer to an operator comes from reading, which asks for the gate and the register's entry.
TEST(DependencyLaw, TheApiOpensNoStoredRecord) {
  size_t files = 0;
  for (const SourceFile& file : ReadSources({"node/api", "node/operators"})) {
    ++files;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      for (const char* opens :
           {"GetRecord(", "FindById(", "FindRecord(", "Revisions(", "Candidates", "ParseStatement("}) {
        EXPECT_EQ(file.lines[i].find(opens), std::string::npos) << file.path << ":" << i + 1 << " calls " << opens;
      }
    }
  }
  EXPECT_GT(files, 10u);
}

// TOML of cases goes through a third-party parser, so that is done where a crash ends nothing.
TEST(DependencyLaw, OnlyTheCommandParsesCases) {
  std::set<std::string> rooms;
  for (const SourceFile& file : ReadSources(kHouse)) {
    for (const std::string& line : file.lines) {
      if (line.find("ParseCases(") != std::string::npos) rooms.insert(RoomOf(file.path));
    }
  }
  EXPECT_EQ(rooms, (std::set<std::string>{"policy/review", "node/command"}));
}

// Policies come into force after a plan and enough approvals, which are flow/govern's.
TEST(DependencyLaw, OnlyGovernancePutsPoliciesInForce) {
  std::set<std::string> callers;
  for (const SourceFile& file : ReadSources({"node"})) {
    for (const std::string& line : file.lines) {
      if (line.find("PutInForce(") != std::string::npos) callers.insert(file.path);
    }
  }
  EXPECT_EQ(callers, (std::set<std::string>{"node/decision/applying.cc", "node/decision/decision.h",
                                            "node/flow/govern_policies.cc"}));
}

TEST(DependencyLaw, OnlyAnEdgeMintsAPrincipal) {
  for (const SourceFile& file : ReadSources(kHouse)) {
    for (const Include& include : file.includes) {
      if (include.path != "policy/principal_mint.h") continue;
      EXPECT_EQ(RoomOf(file.path), "node/operators") << file.path << ":" << include.line;
    }
  }
}

}  // namespace
}  // namespace tidegate::tidy
