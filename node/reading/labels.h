// What policies read of the records that are held, kept so that each question can leave out what its asker may not
// know of. Private to the room.
#ifndef TIDEGATE_NODE_READING_LABELS_H_
#define TIDEGATE_NODE_READING_LABELS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/store/store.h"
#include "policy/policy.h"
#include "threads/threads.h"

namespace tidegate::reading {

// Records with one of these labels, or with one of the `others`.
store::Where AnyLabelled(const std::vector<std::string>& labels, std::vector<store::Where> others = {});

// Any thread.
class Labels {
 public:
  // The labels whose records this search may not see at all. Without them a question opens no such record, so that what
  // it costs does not depend on how many there are. Empty where they are too many for a question, or cannot be read:
  // then the gate of each record refuses it. `search` is of `engine`.
  std::vector<std::string> Hidden(const store::Reader& reader, const std::shared_ptr<const policy::Engine>& engine,
                                  const policy::Access& search);

 private:
  struct Known {
    std::string bytes;
    uint32_t kind = 0;
    policy::LabelHandle handle;  // null where the label cannot be read
  };
  void Learn(const store::Reader& reader, const policy::Engine& engine, uint32_t last)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  threads::Mutex mutex_;
  std::shared_ptr<const policy::Engine> engine_ ABSL_GUARDED_BY(mutex_);  // that the handles are of
  std::vector<Known> known_ ABSL_GUARDED_BY(mutex_);                      // by id, from 1 on
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_LABELS_H_
