// A thread-safe map of bounded size, in shards. It may forget any entry. Private to the room.
#ifndef TIDEGATE_POLICY_BOUNDED_CACHE_H_
#define TIDEGATE_POLICY_BOUNDED_CACHE_H_

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "threads/threads.h"

namespace tidegate::policy {

// A full shard is emptied. Entries in use soon come back, and a look-up that finds its entry does no bookkeeping.
// Values are copied out, so they should be cheap to copy.
template <typename Key, typename Value>
class BoundedCache {
 public:
  explicit BoundedCache(size_t most) : most_in_shard_(most / kShards + 1) {}

  std::optional<Value> Find(const Key& key) const {
    const Shard& shard = ShardOf(key);
    threads::MutexLock lock(shard.mutex);
    const auto found = shard.map.find(key);
    if (found == shard.map.end()) return std::nullopt;
    return found->second;
  }

  // Keeps `value`, unless another thread was first. Gives the value that is kept.
  Value Keep(const Key& key, Value value) {
    Shard& shard = ShardOf(key);
    threads::MutexLock lock(shard.mutex);
    if (shard.map.size() >= most_in_shard_) shard.map.clear();
    return shard.map.try_emplace(key, std::move(value)).first->second;
  }

 private:
  static constexpr size_t kShards = 16;

  struct Shard {
    mutable threads::Mutex mutex;
    absl::flat_hash_map<Key, Value> map ABSL_GUARDED_BY(mutex);
  };

  // The map uses the low bits of the same hash, so the shard takes high ones.
  static size_t Index(const Key& key) { return absl::Hash<Key>{}(key) >> 32 & (kShards - 1); }
  const Shard& ShardOf(const Key& key) const { return shards_[Index(key)]; }
  Shard& ShardOf(const Key& key) { return shards_[Index(key)]; }

  const size_t most_in_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_BOUNDED_CACHE_H_
