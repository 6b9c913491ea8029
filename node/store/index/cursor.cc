#include "node/store/index/cursor.h"

#include <algorithm>
#include <utility>

namespace tidegate::index {
namespace {

class Listed final : public Cursor {
 public:
  Listed(std::vector<uint64_t> numbers, Budget& budget) : numbers_(std::move(numbers)), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    if (!budget_.Take()) return Answer{limit, false};
    const auto above = std::upper_bound(numbers_.begin(), numbers_.end(), limit);
    return Answer{above == numbers_.begin() ? 0 : *std::prev(above)};
  }

 private:
  const std::vector<uint64_t> numbers_;
  Budget& budget_;
};

class Everything final : public Cursor {
 public:
  Everything(uint64_t newest, Budget& budget) : newest_(newest), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    if (!budget_.Take()) return Answer{limit, false};
    return Answer{std::min(limit, newest_)};
  }

 private:
  const uint64_t newest_;
  Budget& budget_;
};

// Asks one set after the other for the smallest number that any of them has named, until all name the same.
class Intersection final : public Cursor {
 public:
  explicit Intersection(std::vector<CursorPtr> sets) : sets_(std::move(sets)) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    uint64_t candidate = limit;
    size_t agreed = 0;
    for (size_t i = 0; agreed < sets_.size(); i = (i + 1) % sets_.size()) {
      const absl::StatusOr<Answer> found = sets_[i]->AtOrBelow(candidate);
      if (!found.ok() || !found->known || found->number == 0) return found;
      agreed = found->number == candidate ? agreed + 1 : 1;
      candidate = found->number;
    }
    return Answer{candidate};
  }

 private:
  const std::vector<CursorPtr> sets_;
};

class Joined final : public Cursor {
 public:
  explicit Joined(std::vector<CursorPtr> sets) : sets_(std::move(sets)) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    Answer best;
    for (const CursorPtr& set : sets_) {
      const absl::StatusOr<Answer> found = set->AtOrBelow(limit);
      if (!found.ok()) return found;
      // Of two that name the same number, one that knows is enough.
      if (found->number > best.number || (found->number == best.number && found->known)) best = *found;
      if (best.known && best.number == limit) break;
    }
    return best;
  }

 private:
  const std::vector<CursorPtr> sets_;
};

class Complement final : public Cursor {
 public:
  Complement(CursorPtr set, uint64_t newest, Budget& budget) : set_(std::move(set)), newest_(newest), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    for (uint64_t candidate = std::min(limit, newest_); candidate > 0; --candidate) {
      const absl::StatusOr<Answer> excluded = set_->AtOrBelow(candidate);
      if (!excluded.ok()) return excluded;
      // A set that knows of nothing above some lower number leaves the candidate outside it.
      if (excluded->number < candidate) return Answer{candidate};
      if (!excluded->known || !budget_.Take()) return Answer{candidate, false};
    }
    return Answer{};
  }

 private:
  const CursorPtr set_;
  const uint64_t newest_;
  Budget& budget_;
};

}  // namespace

CursorPtr These(std::vector<uint64_t> numbers, Budget& budget) {
  return std::make_unique<Listed>(std::move(numbers), budget);
}
CursorPtr UpTo(uint64_t newest, Budget& budget) { return std::make_unique<Everything>(newest, budget); }
CursorPtr And(std::vector<CursorPtr> sets) { return std::make_unique<Intersection>(std::move(sets)); }
CursorPtr Union(std::vector<CursorPtr> sets) { return std::make_unique<Joined>(std::move(sets)); }
CursorPtr Or(CursorPtr one, CursorPtr other) {
  std::vector<CursorPtr> both;
  both.push_back(std::move(one));
  both.push_back(std::move(other));
  return Union(std::move(both));
}
CursorPtr Not(CursorPtr set, uint64_t newest, Budget& budget) {
  return std::make_unique<Complement>(std::move(set), newest, budget);
}

}  // namespace tidegate::index
