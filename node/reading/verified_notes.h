// Checkpoints whose signatures were verified lately. Private to the room.
#ifndef TIDEGATE_NODE_READING_VERIFIED_NOTES_H_
#define TIDEGATE_NODE_READING_VERIFIED_NOTES_H_

#include <cstddef>
#include <map>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"
#include "crypto/checkpoint/checkpoint.h"
#include "threads/threads.h"

namespace tidegate::reading {

// The records that one answer shows often lie under a few checkpoints, and one answer after the other asks for the
// newest: its signature costs more than finding a record. The same bytes under the same key verify again. Any thread.
class VerifiedNotes {
 public:
  // As checkpoint::VerifyCheckpoint.
  absl::StatusOr<checkpoint::Checkpoint> Verify(const std::string& note, const checkpoint::VerifierKey& key) {
    constexpr size_t kMostKept = 256;
    const Asked asked(key.name, key.public_key, note);
    {
      const threads::MutexLock lock(mutex_);
      if (const auto known = verified_.find(asked); known != verified_.end()) return known->second;
    }
    auto checkpoint = checkpoint::VerifyCheckpoint(note, key);
    if (!checkpoint.ok()) return checkpoint;
    const threads::MutexLock lock(mutex_);
    if (verified_.size() >= kMostKept) verified_.clear();
    verified_.emplace(asked, *checkpoint);
    return checkpoint;
  }

 private:
  using Asked = std::tuple<std::string, crypto::PublicKey, std::string>;
  threads::Mutex mutex_;
  std::map<Asked, checkpoint::Checkpoint> verified_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_VERIFIED_NOTES_H_
