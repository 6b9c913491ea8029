#include "node/store/verify/index.h"

#include <zlib.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace tidegate::verify {
namespace {

constexpr size_t kTermBytes = 16, kCheckBytes = 4;

// The entries of one chunk. False from the callback stops; false from the walk is damage.
bool ForEachEntry(std::string_view chunk,
                  absl::FunctionRef<bool(std::string_view term, const std::vector<uint64_t>& arrivals)> visit) {
  Fields in(chunk);
  std::string_view last;
  std::vector<uint64_t> arrivals;
  while (in.ok() && in.remaining() > 0) {
    const std::string_view term = in.Take(kTermBytes);
    Fields numbers(in.Bytes());
    if (!in.ok() || numbers.remaining() == 0 || (!last.empty() && term <= last)) return false;
    last = term;
    arrivals.clear();
    for (uint64_t arrival = 0; numbers.remaining() > 0;) {
      const uint64_t step = numbers.Number();
      if (!numbers.ok() || step == 0 || arrival + step < arrival) return false;
      arrivals.push_back(arrival += step);
    }
    if (!visit(term, arrivals)) return true;
  }
  return in.ok();
}

}  // namespace

std::optional<std::string_view> Index::Entries(uint64_t run, std::string_view key, std::string_view chunk) const {
  if (run < checked_) return chunk;
  if (chunk.size() < kCheckBytes) return std::nullopt;
  const std::string_view entries = chunk.substr(0, chunk.size() - kCheckBytes);
  const std::string checked = absl::StrCat(std::string(key), std::string(entries));
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return BigEndian(sum, kCheckBytes) == chunk.substr(entries.size()) ? std::optional(entries) : std::nullopt;
}

void Index::Load() {
  if (const std::optional<std::string_view> checks = disk_.Raw("meta", "checks"); checks.has_value()) {
    if (const auto plain = disk_.Unseal("meta", "checks", *checks, "checks"); plain.has_value()) {
      checked_ = Fields(*plain).Fixed(4);
    }
  } else if (const auto chunk = disk_.AtOrBelow("postings", std::string(64, '\xff')); chunk.has_value()) {
    // In a store of version 0.1 no chunk ends with a check, not even the newest.
    checked_ = 0;
    if (Entries(0, chunk->first, chunk->second).has_value()) disk_.Found("meta", "checks", "is missing");
    checked_ = UINT64_MAX;
  }
  std::optional<std::string_view> sealed = disk_.Raw("meta", "runs");
  if (!sealed.has_value()) {
    if (disk_.Entries("postings") > 0) disk_.Found("meta", "runs", "is missing");
    return;
  }
  std::optional<std::string> plain = disk_.Unseal("meta", "runs", *sealed, "runs");
  if (!plain.has_value()) return;
  Fields in(*plain);
  const uint64_t next = in.Number();
  while (in.ok() && in.remaining() > 0) {
    const uint64_t id = in.Number();
    in.Number();  // bytes
    Run run;
    run.lowest = in.Number();
    run.highest = in.Number();
    run.into = in.Number();
    in.Number();  // owed
    if (!in.ok()) break;
    if (id == 0 || id >= next || run.into >= next || run.into == id || !runs_.emplace(id, run).second) in.Fail();
  }
  if (!in.ok()) disk_.Found("meta", "runs", "is damaged");
  for (const auto& [id, run] : runs_) {
    if (run.into != 0 && runs_.count(run.into) == 0) {
      disk_.Found("meta", "runs", absl::StrCat("run ", id, " is being merged into one that is not there"));
    }
  }
}

std::vector<uint64_t> Index::Arrivals(const vault::BlindTermBytes& term) const {
  std::vector<uint64_t> all;
  const std::string_view wanted = crypto::View(term);
  for (const auto& [id, run] : runs_) {
    // A term that is in many chunks of a run begins every one of them but the first.
    std::string from = BigEndian(id, 4) + std::string(wanted) + BigEndian(UINT64_MAX);
    for (;;) {
      const auto chunk = disk_.AtOrBelow("postings", from);
      if (!chunk.has_value() || chunk->first.substr(0, 4) != BigEndian(id, 4)) break;
      ForEachEntry(Entries(id, chunk->first, chunk->second).value_or(""),
                   [&](std::string_view found, const std::vector<uint64_t>& arrivals) {
                     if (found == wanted) all.insert(all.end(), arrivals.begin(), arrivals.end());
                     return found < wanted;
                   });
      Fields key(After(chunk->first, 4));
      if (key.Take(kTermBytes) != wanted) break;
      const uint64_t first = key.Fixed(8);
      if (first == 0) break;
      from = BigEndian(id, 4) + std::string(wanted) + BigEndian(first - 1);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

void Index::ForEach(bool report,
                    absl::FunctionRef<void(const vault::BlindTermBytes& term, uint64_t arrival)> visit) const {
  uint64_t last_run = 0;
  std::string last;  // the posting before: term and arrival
  disk_.ForEach("postings", "", [&](std::string_view key, std::string_view chunk) {
    Fields name(key);
    const uint64_t id = name.Fixed(4);
    const std::string_view begin = name.Take(kTermBytes + 8);
    const std::string where = absl::StrCat("run ", id, " from ", Hex(begin));
    const auto found = [&](std::string_view what) {
      if (report) disk_.Found("postings", where, std::string(what));
    };
    const auto run = runs_.find(id);
    if (!name.done() || run == runs_.end()) {
      found("belongs to no run");
      return true;
    }
    if (id != last_run) last.clear();
    last_run = id;
    if (!last.empty() && begin <= last) found("begins before the chunk before it ends");
    bool first = true, outside = false;
    const std::optional<std::string_view> entries = Entries(id, key, chunk);
    const bool sound = entries.has_value() &&
                       ForEachEntry(*entries, [&](std::string_view term, const std::vector<uint64_t>& arrivals) {
                         if (first && std::string(term) + BigEndian(arrivals.front()) != begin)
                           found("begins elsewhere than its key says");
                         first = false;
                         vault::BlindTermBytes bytes;
                         std::copy(term.begin(), term.end(), bytes.begin());
                         for (uint64_t arrival : arrivals) {
                           outside |= arrival < run->second.lowest || arrival > run->second.highest;
                           visit(bytes, arrival);
                         }
                         last = std::string(term) + BigEndian(arrivals.back());
                         return true;
                       });
    if (!sound || first) found("is damaged");
    if (outside) found("holds an arrival that its run should not have");
    return true;
  });
}

}  // namespace tidegate::verify
