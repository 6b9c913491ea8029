// The records that a term of the index leads to, as far as their asker may see them. Private to the room.
#ifndef TIDEGATE_NODE_READING_NEIGHBOURS_H_
#define TIDEGATE_NODE_READING_NEIGHBOURS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "node/reading/glance.h"

namespace tidegate::reading {

// Whether what is seen says this identifier. A row of the index is about the whole record, not about what is seen.
bool SaysIdentifier(const record::VerifiedView& view, const record::Identifier& identifier);

// Opens no more than one question may cost: rows, and bytes of contents.
class Reading::Neighbours {
 public:
  // kShown: each is proven from its author's log. kCounted: it is not, and nothing of it may be shown.
  enum class For : uint8_t { kShown, kCounted };
  Neighbours(Glance& glance, For what, Unread& unread) : glance_(glance), for_(what), unread_(unread) {}

  // Nothing where its contents are gone, where the asker may not see it, where it is damaged, or when the work is used
  // up.
  absl::StatusOr<std::optional<Seen>> At(uint64_t seq);
  // Those that meet `where`, newest first. False where they are more than `most`.
  absl::StatusOr<bool> Having(store::Where where, size_t most, std::vector<Seen>& into);
  // Those that say the identifier, newest first. False where more than `most` records have it.
  absl::StatusOr<bool> Saying(const record::Identifier& identifier, size_t most, std::vector<Seen>& into);
  // The work was used up, so that there may be others.
  bool cut() const { return cut_; }

 private:
  Glance& glance_;
  const For for_;
  Unread& unread_;
  uint64_t opened_ = 0;
  size_t bytes_ = 0;
  bool cut_ = false;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_NEIGHBOURS_H_
