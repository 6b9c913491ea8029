// Cursors over arrival numbers, and how they are combined: a question is a tree of them. Every step of a question is
// paid for from one budget, so that no question costs more than its asker may spend.
#ifndef TIDEGATE_NODE_STORE_INDEX_CURSOR_H_
#define TIDEGATE_NODE_STORE_INDEX_CURSOR_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace tidegate::index {

// The work that one question may take: index entries and rows that it looks at. For one thread.
class Budget {
 public:
  static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

  explicit Budget(uint64_t rows) : left_(rows) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Pays for one look. False when nothing is left: then the look must not be made.
  bool Take() {
    if (left_ == 0) return false;
    --left_;
    ++used_;
    return true;
  }
  uint64_t left() const { return left_; }
  uint64_t used() const { return used_; }

  // While it lives, no more than `rows` of what is left can be spent.
  class Share {
   public:
    Share(Budget& budget, uint64_t rows) : budget_(budget), held_back_(budget.left_ - std::min(rows, budget.left_)) {
      budget_.left_ -= held_back_;
    }
    ~Share() { budget_.left_ += held_back_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    Budget& budget_;
    const uint64_t held_back_;
  };

 private:
  uint64_t left_;
  uint64_t used_ = 0;
};

// The answer of a cursor. If the budget ended, `known` is false. Then no number above `number`, up to the limit that
// was asked for, is in the set. Whether `number` and smaller ones are in it is not known; the question goes on from
// there.
struct Answer {
  uint64_t number = 0;  // 0: none
  bool known = true;
  bool operator==(const Answer&) const = default;
};

// A set of arrival numbers, which is asked for downwards. If the budget ended, the caller may ask the same cursor again
// with a larger budget. A cursor is for one thread, and valid while the transaction that it reads lives.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // The largest number of the set at or below `limit`, or 0. It is cheapest if the limits of one cursor descend.
  virtual absl::StatusOr<Answer> AtOrBelow(uint64_t limit) = 0;
  // The number itself if it is in the set, or 0. It costs at most one step of each set, even if the next number lies
  // far below.
  virtual absl::StatusOr<Answer> At(uint64_t number);
};
using CursorPtr = std::unique_ptr<Cursor>;

// A set of these numbers, which ascend. Each call costs one.
CursorPtr These(std::vector<uint64_t> numbers, Budget& budget);
// Every number from 1 to `newest`. Each call costs one.
CursorPtr UpTo(uint64_t newest, Budget& budget);
// Every number above `after`, up to `newest`. Each call that finds one costs one.
CursorPtr Above(uint64_t after, uint64_t newest, Budget& budget);
// The numbers that are in all of the sets and in none of `excluded`. `sets` has at least one set. The cursor walks
// along `sets`, so a large excluded set costs no more than a small one.
CursorPtr And(std::vector<CursorPtr> sets, std::vector<CursorPtr> excluded = {});
// The numbers that are in any of the sets. Each set gets an equal share of the budget that is left. If one does not use
// its share, the others get it. So a set that needs much work cannot stop the others, and every question goes on.
CursorPtr Union(std::vector<CursorPtr> sets, Budget& budget);
CursorPtr Or(CursorPtr one, CursorPtr other, Budget& budget);
// The numbers from 1 to `newest` that are not in the set. A number that is in the set costs one more.
CursorPtr Not(CursorPtr set, uint64_t newest, Budget& budget);

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_CURSOR_H_
