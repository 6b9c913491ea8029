// The dependency law of ARCHITECTURE.md §2, held by reading every #include.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

// Which rooms each room may include, beside itself. A room that is not here fails the test until it is placed.
const std::map<std::string, std::set<std::string>>& Law() {
  static const auto& law = *new std::map<std::string, std::set<std::string>>{
      {"proto", {}},
      {"text", {}},
      {"crypto", {}},
      {"crypto/merkle", {"crypto"}},
      {"crypto/checkpoint", {"crypto", "crypto/merkle"}},
      {"crypto/envelope", {"crypto"}},
      {"crypto/vault", {"crypto"}},
      {"policy/cedar", {"text"}},
      {"policy", {"text", "policy/cedar"}},
      {"node/record", {"text", "crypto", "policy"}},
      {"node/store/pages", {}},
      {"node/store", {"text", "crypto", "policy", "node/record", "node/store/pages"}},
      {"node/ledger", {"text", "crypto", "policy", "node/record", "node/store"}},
      {"node/intake", {"text", "crypto", "node/record"}},
      {"node/partner", {"text", "crypto", "policy", "node/record", "node/store"}},
      {"node/parcel", {"text", "crypto", "policy", "node/record", "node/store"}},
      {"node/decision", {"text", "crypto", "policy", "node/record", "node/store"}},
      {"node/store/verify", {"text", "crypto", "policy", "node/record", "node/store/pages"}},
      {"node/door", {"crypto"}},
      {"node/exchange",
       {"node/door", "proto", "text", "crypto", "policy", "node/record", "node/store", "node/partner", "node/parcel",
        "node/ledger"}},
      {"node/search", {"crypto", "node/record", "node/store"}},
      {"node/reading",
       {"crypto", "policy", "node/record", "node/store", "node/partner", "node/ledger", "node/decision",
        "node/search"}},
      {"node/feed",
       {"text", "crypto", "policy", "node/record", "node/store", "node/partner", "node/parcel", "node/ledger",
        "node/decision"}},
      {"node/flow",
       {"text", "crypto", "policy", "node/record", "node/store", "node/partner", "node/parcel", "node/ledger",
        "node/intake", "node/decision", "node/exchange", "node/feed"}},
      {"node/api",
       {"proto", "text", "crypto", "policy", "node/record", "node/store", "node/partner", "node/ledger",
        "node/decision", "node/flow", "node/search", "node/reading"}},
      {"node/operators", {"proto", "text", "policy", "node/api"}},
      {"node",
       {"proto", "text", "crypto", "policy", "node/record", "node/store", "node/partner", "node/parcel", "node/ledger",
        "node/intake", "node/decision", "node/store/verify", "node/door", "node/exchange", "node/api", "node/feed",
        "node/operators", "node/flow", "node/command", "node/reading"}},
      {"node/command", {"proto", "text", "crypto", "policy", "node/record", "node"}},
  };
  return law;
}

// Crypto's sub-rooms may be used by whoever may use crypto.
std::string Umbrella(const std::string& room) { return room.rfind("crypto/", 0) == 0 ? "crypto" : room; }

// The longest room of the law that is a folder of `path`; empty for paths outside every room.
std::string RoomOf(const std::string& path) {
  if (path.rfind("tidegate/v1/", 0) == 0) return "proto";
  std::string best;
  for (const auto& [room, allowed] : Law()) {
    if (path.rfind(room + "/", 0) == 0 && room.size() > best.size()) best = room;
  }
  return best;
}

// Rooms whose outside library is theirs alone.
const std::map<std::string, std::set<std::string>>& OutsideLibraries() {
  static const auto& libraries = *new std::map<std::string, std::set<std::string>>{
      {"lmdb.h", {"node/store", "node/store/verify"}},
      {"sodium.h", {"crypto", "crypto/vault", "crypto/envelope", "crypto/checkpoint", "crypto/merkle"}},
      {"openssl/", {"crypto", "crypto/envelope", "crypto/vault", "node/exchange", "node/partner", "node/door"}},
      {"nghttp2/", {"node/door"}},
      {"seccomp.h", {"node/door"}},
      {"grpcpp/", {"node/exchange", "node/operators", "node/command"}},
      {"toml++/", {"node", "node/intake", "policy"}},
      {"simdjson.h", {"node/intake"}},
      {"CLI/", {"node/command"}},
      {"google/protobuf/", {"node/command", "node/api", "node/record"}},
  };
  return libraries;
}

TEST(DependencyLaw, EveryIncludeFollowsAnArrow) {
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    const std::string room = RoomOf(file.path);
    ASSERT_FALSE(room.empty()) << file.path << " is in no room of the law: place it in tests/tidy/law_test.cc";
    const std::set<std::string>& allowed = Law().at(room);
    for (const Include& include : file.includes) {
      if (!include.quoted) continue;
      const std::string target = RoomOf(include.path);
      if (target.empty() || target == room) continue;
      EXPECT_TRUE(allowed.count(target) > 0 || allowed.count(Umbrella(target)) > 0)
          << file.path << ":" << include.line << " includes " << include.path << ": `" << room << "` must not know `"
          << target << "`";
    }
  }
}

TEST(DependencyLaw, AnotherRoomIsEnteredByItsDoorOnly) {
  const std::set<std::string> open_rooms = {"crypto", "node/record", "policy", "node"};  // doors of several headers
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    const std::string room = RoomOf(file.path);
    for (const Include& include : file.includes) {
      const std::string target = RoomOf(include.path);
      if (!include.quoted || target.empty() || target == room || target == "proto" || open_rooms.count(target) > 0) {
        continue;
      }
      const std::string name = target.substr(target.rfind('/') + 1);
      EXPECT_EQ(include.path, target + "/" + name + ".h")
          << file.path << ":" << include.line << " reaches behind the door of `" << target << "`";
    }
  }
}

TEST(DependencyLaw, OutsideLibrariesStayInTheirRooms) {
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    const std::string room = RoomOf(file.path);
    for (const Include& include : file.includes) {
      for (const auto& [library, rooms] : OutsideLibraries()) {
        if (include.path.rfind(library, 0) != 0) continue;
        // The catalogue compiler is a build-time program, not part of the record room.
        if (file.path.rfind("node/record/catalogue/", 0) == 0) continue;
        EXPECT_TRUE(rooms.count(room) > 0) << file.path << ":" << include.line << " includes " << include.path;
      }
    }
  }
}

TEST(DependencyLaw, OnlyAnEdgeMintsAPrincipal) {
  for (const SourceFile& file : ReadSources({"text", "crypto", "policy", "node"})) {
    for (const Include& include : file.includes) {
      if (include.path != "policy/principal_mint.h") continue;
      EXPECT_EQ(RoomOf(file.path), "node/operators") << file.path << ":" << include.line;
    }
  }
}

TEST(DependencyLaw, TheVerifierSharesNothingWithTheWriter) {
  for (const SourceFile& file : ReadSources({"node"})) {
    if (file.path.find("/verify/") == std::string::npos) continue;
    for (const Include& include : file.includes) {
      EXPECT_EQ(include.path.rfind("node/store/writ", 0), std::string::npos) << file.path << ":" << include.line;
    }
  }
}

}  // namespace
}  // namespace tidegate::tidy
