#include "node/door/places.h"

#include <algorithm>
#include <map>

namespace tidegate::door {
namespace {

constexpr size_t kOwnFiles = 24;  // what a door has open beside its visitors
constexpr size_t kMostWaiting = 480;

const Waiting* OldestOf(const std::vector<Waiting>& waiting, const std::string* host, int progress, bool settled) {
  for (const Waiting& one : waiting) {
    if (one.progress == progress && one.settled == settled && (host == nullptr || one.host == *host)) return &one;
  }
  return nullptr;
}

std::optional<ConnectionId> OldestIdle(const std::vector<Open>& open, const crypto::Hash& spki) {
  for (const Open& one : open) {
    if (one.spki == spki && one.idle) return one.id;
  }
  return std::nullopt;
}

}  // namespace

Places Places::For(size_t files) {
  const size_t room = std::max<size_t>(files, kOwnFiles + 8) - kOwnFiles;
  Places places;
  places.waiting = std::min(kMostWaiting, room / 2);
  places.waiting_host = std::max<size_t>(1, places.waiting * 3 / 4);
  places.open = std::min(kMostConnections, room - places.waiting);
  places.open_one = std::min(kMostConnectionsOfOne, places.open);
  return places;
}

bool Crowded(const Places& places, const std::vector<Waiting>& waiting) {
  return waiting.size() >= places.waiting_host &&
         std::none_of(waiting.begin(), waiting.end(), [](const Waiting& one) { return one.settled; });
}

std::optional<ConnectionId> LeavesForNew(const Places& places, const std::vector<Waiting>& waiting,
                                         const std::string& host) {
  const auto from_host =
      std::count_if(waiting.begin(), waiting.end(), [&host](const Waiting& one) { return one.host == host; });
  const std::string* whose = static_cast<size_t>(from_host) >= places.waiting_host ? &host : nullptr;
  if (whose == nullptr && waiting.size() < places.waiting) return std::nullopt;
  for (const bool settled : {true, false}) {
    for (const int progress : {0, 1, 2}) {
      if (const Waiting* found = OldestOf(waiting, whose, progress, settled)) return found->id;
    }
  }
  return std::nullopt;
}

Verdict Admit(const Places& places, const std::vector<Open>& open, const crypto::Hash& spki) {
  std::map<crypto::Hash, size_t> counts;
  for (const Open& one : open) ++counts[one.spki];
  Verdict verdict;
  if (counts[spki] >= places.open_one) {
    verdict.leaves = OldestIdle(open, spki);
    verdict.admitted = verdict.leaves.has_value();
    return verdict;
  }
  if (open.size() < places.open) return verdict;
  verdict.why = Reason::kFull;
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most->second > 1) verdict.leaves = OldestIdle(open, most->first);
  verdict.admitted = verdict.leaves.has_value();
  return verdict;
}

}  // namespace tidegate::door
