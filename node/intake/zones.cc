#include "node/intake/zones.h"

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

void PrepareZones(std::string_view mapping) {
  constexpr int kMost = 16;
  static const RE2* const kNamed = new RE2(R"(zone["']?\s*=\s*["']([A-Za-z0-9_+/-]{1,64})["'])");
  auto* zones = new Zones();
  re2::StringPiece rest(mapping.data(), mapping.size());
  std::string name;
  for (int i = 0; i < kMost && RE2::FindAndConsume(&rest, *kNamed, &name); ++i) {
    if (std::optional<absl::TimeZone> zone = LoadZone(name); zone.has_value()) zones->emplace(name, *zone);
  }
  LoadedZones() = zones;
}

}  // namespace tidegate::intake
