// Says, without a look into the index, that the index lacks a name. It can say so of most names that are not there.
// Reached by index.h.
//
// A record that arrives is looked for by its id, and an import looks for its source reference. Nearly all are new, and
// to learn that would cost a look into each run. A Bloom filter of the names that the index holds (FORMAT.md, "Blind
// keys") answers from memory. It never says no to a name that is there.
#ifndef TIDEGATE_NODE_STORE_INDEX_NAME_FILTER_H_
#define TIDEGATE_NODE_STORE_INDEX_NAME_FILTER_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "node/store/index/chunk.h"

namespace tidegate::index {

// Threads: one thread adds, any number may ask. A thread that learns of a commit sees the names that were added before
// it.
class NameFilter {
 public:
  // A filter for so many names, which says a false yes to one in a hundred.
  explicit NameFilter(uint64_t names);
  void Add(const Posting& name);
  bool MayHold(const Posting& name) const;
  uint64_t capacity() const { return capacity_; }
  bool full() const { return added_ > capacity_; }

 private:
  static constexpr size_t kBlockWords = 8;  // a cache line
  std::atomic<uint64_t>* BlockOf(const Posting& name) const;

  const uint64_t capacity_;
  const uint64_t blocks_;
  const std::unique_ptr<std::atomic<uint64_t>[]> words_;
  uint64_t added_ = 0;  // of the adder alone
};

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_NAME_FILTER_H_
