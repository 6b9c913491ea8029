// A reserve of disk for writes that protect people. Private to the room; FORMAT.md, "The reserve".
//
// The reserve is a file of zeros beside data.mdb, whose blocks the disk has set aside. When the disk is full, a
// protective write gives a piece of it back to the disk and is tried again. While a piece is missing, ordinary writes
// are refused, so that they cannot use up what was given back. The missing piece is taken again as soon as there is
// room for it.
#ifndef TIDEGATE_NODE_STORE_RESERVE_H_
#define TIDEGATE_NODE_STORE_RESERVE_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "node/store/store.h"

namespace tidegate::store {

// Threads: one writer calls Refill and GiveUp, one call at a time. The others are for any thread.
class Reserve {
 public:
  // `bytes` is the size of the whole reserve; 0 keeps none.
  Reserve(std::string folder, uint64_t bytes);

  // Takes over what an earlier run left, also one that was interrupted. Call it once, before anything else.
  void Open();
  // Takes what is missing from the disk. True if the reserve is whole afterwards.
  bool Refill();
  // Gives one piece back to the disk, for a write of this purpose. False if no piece is left that such a write may
  // have.
  bool GiveUp(Purpose purpose);

  bool whole() const { return held() >= bytes_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t held() const { return held_.load(std::memory_order_relaxed); }
  // Free bytes of the file system that the store lies on, as an ordinary user has them; 0 if that cannot be read.
  uint64_t FreeOnDisk() const;
  // Whether the disk would give so many bytes now. It asks the disk: it sets them aside and gives them back. So a quota
  // counts too, which the number of free bytes does not show.
  bool HasRoom(uint64_t bytes) const;

 private:
  const std::string folder_;
  const std::string path_;
  const uint64_t bytes_;
  const uint64_t piece_;
  std::atomic<uint64_t> held_ = 0;
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_RESERVE_H_
