// Damaged chunks of the index, and the interface that answers in their place. Reached by index.h; FORMAT.md, "Damaged
// chunks".
#ifndef TIDEGATE_NODE_STORE_INDEX_HOLES_H_
#define TIDEGATE_NODE_STORE_INDEX_HOLES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/index/chunk.h"

namespace tidegate::index {

// The index is derived from rows, which this room does not know. Whoever owns the rows answers for damaged chunks.
class Rows {
 public:
  virtual ~Rows() = default;
  // The chunk under `key` is damaged. Gives the postings of every damaged chunk of the table as the rows say them, in
  // their order; postings that sound chunks hold may be among them. The answer is valid while the index lives. An error
  // if the caller must not go on: a writer mends the index first.
  virtual absl::StatusOr<std::span<const Posting>> InPlaceOf(std::string_view key) = 0;
};

// The error of a damaged chunk, for code that cannot go on without it. Tells `rows`, if that is not null.
absl::Status MeetDamage(Rows* rows, std::string_view key);

// Damaged chunks of one run that lie beside each other.
struct Hole {
  std::vector<std::string> keys;
  uint64_t lowest = 0, highest = 0;  // bounds of the run's arrivals
  // What was lost lies between these two; neither of them was.
  Posting above, below;
  // What the damaged chunks still say, true or not.
  std::vector<Posting> said;

  bool MayHaveHeld(const Posting& posting) const {
    return above < posting && posting < below && lowest <= posting.seq && posting.seq <= highest;
  }
};

struct Survey {
  std::vector<Hole> holes;
  // A key is not valid, or a chunk belongs to a run that is not in the list: nobody knows what was lost.
  bool beyond_mending = false;
};

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_HOLES_H_
