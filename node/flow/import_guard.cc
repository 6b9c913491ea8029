#include <algorithm>
#include <iterator>

#include "node/flow/import.h"

namespace tidegate::flow {

std::optional<std::string> ImportGuard::SeenInRun(const std::string& run, const std::string& key,
                                                  const std::string& file) {
  constexpr size_t kMostRuns = 4;
  constexpr size_t kMostFiles = 100'000;
  if (run.empty()) return std::nullopt;
  const threads::MutexLock lock(runs_mutex_);
  auto at = std::find_if(runs_.begin(), runs_.end(), [&run](const Run& known) { return known.name == run; });
  if (at == runs_.end()) {
    runs_.push_back({run, {}});
    if (runs_.size() > kMostRuns) runs_.pop_front();
    at = std::prev(runs_.end());
  }
  const auto found = at->files.find(key);
  if (found != at->files.end()) return found->second == file ? std::nullopt : std::optional(found->second);
  if (at->files.size() < kMostFiles) at->files.emplace(key, file);
  return std::nullopt;
}

}  // namespace tidegate::flow
