#include "node/intake/zones.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "node/intake/text.h"
#include "re2/re2.h"

namespace tidegate::intake {
namespace {

using Zones = std::map<std::string, absl::TimeZone>;

// Those that were loaded beforehand; null as long as files may be opened.
const Zones*& LoadedZones() {
  static const Zones* prepared = nullptr;
  return prepared;
}

// A name is part of a path below the tz database, and nothing else.
bool IsZoneName(const std::string& name) {
  static const RE2* const kName = new RE2("[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}");
  return name.size() <= 64 && RE2::FullMatch(name, *kName);
}

std::optional<absl::TimeZone> LoadZone(const std::string& name) {
  absl::TimeZone zone;
  if (!IsZoneName(name) || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

}  // namespace

absl::StatusOr<absl::TimeZone> FindZone(const std::string& name) {
  std::optional<absl::TimeZone> zone;
  if (LoadedZones() == nullptr) {
    zone = LoadZone(name);
  } else if (const auto found = LoadedZones()->find(name); found != LoadedZones()->end()) {
    zone = found->second;
  }
  if (zone.has_value()) return *zone;
  return Refused({"no time zone `", name.substr(0, 64), "`; write it as the tz database does: `Europe/London`"});
}

const std::vector<ListedZone>& ListedZones() {
  static const std::vector<ListedZone>* const kListed = [] {
    constexpr std::size_t kMost = 2000;
    auto* zones = new std::vector<ListedZone>();
    const char* folder = std::getenv("TZDIR");
    std::ifstream list(Cat({folder == nullptr ? "/usr/share/zoneinfo" : folder, "/zone.tab"}));
    for (std::string line; zones->size() < kMost && std::getline(list, line);) {
      const std::vector<std::string_view> columns = SplitList(line, '\t');
      constexpr std::size_t kNamed = 3;
      if (StartsWith(line, "#") || columns.size() < kNamed) continue;
      zones->push_back({std::string(columns[0]), std::string(columns[2])});
    }
    return zones;
  }();
  return *kListed;
}

void PrepareZones(std::string_view mapping, bool listed) {
  constexpr int kMost = 16;
  static const RE2* const kNamed = new RE2(R"(zone["']?\s*=\s*["']([A-Za-z0-9_+/-]{1,64})["'])");
  auto* zones = new Zones();
  re2::StringPiece rest(mapping.data(), mapping.size());
  std::string name;
  for (int i = 0; i < kMost && RE2::FindAndConsume(&rest, *kNamed, &name); ++i) {
    if (std::optional<absl::TimeZone> zone = LoadZone(name); zone.has_value()) zones->emplace(name, *zone);
  }
  for (const ListedZone& one : listed ? ListedZones() : std::vector<ListedZone>()) {
    if (std::optional<absl::TimeZone> zone = LoadZone(one.name); zone.has_value()) zones->emplace(one.name, *zone);
  }
  LoadedZones() = zones;
}

}  // namespace tidegate::intake
