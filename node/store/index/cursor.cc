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
  Everything(uint64_t after, uint64_t newest, Budget& budget) : after_(after), newest_(newest), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    if (std::min(limit, newest_) <= after_) return Answer{};
    if (!budget_.Take()) return Answer{limit, false};
    return Answer{std::min(limit, newest_)};
  }

 private:
  const uint64_t after_;
  const uint64_t newest_;
  Budget& budget_;
};

// Asks one set after the other for the smallest number that any of them has named, until all name the same.
class Intersection final : public Cursor {
 public:
  Intersection(std::vector<CursorPtr> sets, std::vector<CursorPtr> excluded)
      : sets_(std::move(sets)), excluded_(std::move(excluded)) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    while (limit > 0) {
      absl::StatusOr<Answer> agreed = Agreed(limit);
      if (!agreed.ok() || !agreed->known || agreed->number == 0) return agreed;
      absl::StatusOr<Answer> out = InExcluded(agreed->number);
      if (!out.ok() || !out->known) return out;
      if (out->number == 0) return agreed;
      limit = agreed->number - 1;
    }
    return Answer{};
  }
  absl::StatusOr<Answer> At(uint64_t number) override {
    for (const CursorPtr& set : sets_) {
      absl::StatusOr<Answer> found = set->At(number);
      if (!found.ok() || !found->known || found->number == 0) return found;
    }
    absl::StatusOr<Answer> out = InExcluded(number);
    if (!out.ok() || !out->known) return out;
    return Answer{out->number == 0 ? number : 0};
  }

 private:
  absl::StatusOr<Answer> Agreed(uint64_t limit) {
    uint64_t candidate = limit;
    size_t agreed = 0;
    for (size_t i = 0; agreed < sets_.size(); i = (i + 1) % sets_.size()) {
      absl::StatusOr<Answer> found = sets_[i]->AtOrBelow(candidate);
      if (!found.ok() || !found->known || found->number == 0) return found;
      agreed = found->number == candidate ? agreed + 1 : 1;
      candidate = found->number;
    }
    return Answer{candidate};
  }
  absl::StatusOr<Answer> InExcluded(uint64_t number) {
    for (const CursorPtr& set : excluded_) {
      absl::StatusOr<Answer> found = set->At(number);
      if (!found.ok() || !found->known || found->number != 0) return found;
    }
    return Answer{};
  }

  const std::vector<CursorPtr> sets_, excluded_;
};

class Joined final : public Cursor {
 public:
  Joined(std::vector<CursorPtr> sets, Budget& budget) : sets_(std::move(sets)), said_(sets_.size()), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    std::fill(said_.begin(), said_.end(), Answer{limit, false});
    greatest_ = 0;
    do {
      if (absl::Status status = AskTheOpen(); !status.ok()) return status;
    } while (budget_.left() > 0 && CountOpen() > 0);
    Answer best{greatest_};
    for (const Answer& said : said_) {
      if (IsOpen(said) && said.number > best.number) best = said;
    }
    return best;
  }
  absl::StatusOr<Answer> At(uint64_t number) override {
    for (const CursorPtr& set : sets_) {
      absl::StatusOr<Answer> found = set->At(number);
      if (!found.ok() || !found->known || found->number == number) return found;
    }
    return Answer{};
  }

 private:
  // True if the set may still hold a number greater than the known one. If two sets name the same number, one that
  // knows is enough.
  bool IsOpen(const Answer& said) const { return !said.known && said.number > greatest_; }
  uint64_t CountOpen() const {
    return std::count_if(said_.begin(), said_.end(), [this](const Answer& said) { return IsOpen(said); });
  }
  // Each of the open sets goes on from where its budget ended.
  absl::Status AskTheOpen() {
    uint64_t open = CountOpen();
    for (size_t i = 0; i < sets_.size(); ++i) {
      if (!IsOpen(said_[i])) continue;
      const Budget::Share share(budget_, budget_.left() / open--);
      const absl::StatusOr<Answer> found = sets_[i]->AtOrBelow(said_[i].number);
      if (!found.ok()) return found.status();
      said_[i] = *found;
      if (found->known) greatest_ = std::max(greatest_, found->number);
    }
    return absl::OkStatus();
  }

  const std::vector<CursorPtr> sets_;
  std::vector<Answer> said_;  // by each set, of the limit that is asked for
  uint64_t greatest_ = 0;     // that a set surely holds
  Budget& budget_;
};

class Complement final : public Cursor {
 public:
  Complement(CursorPtr set, uint64_t newest, Budget& budget) : set_(std::move(set)), newest_(newest), budget_(budget) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    for (uint64_t candidate = std::min(limit, newest_); candidate > 0; --candidate) {
      absl::StatusOr<Answer> excluded = set_->At(candidate);
      if (!excluded.ok()) return excluded;
      if (excluded->known && excluded->number == 0) return Answer{candidate};
      if (!excluded->known || !budget_.Take()) return Answer{candidate, false};
    }
    return Answer{};
  }
  absl::StatusOr<Answer> At(uint64_t number) override {
    if (number > newest_) return Answer{};
    absl::StatusOr<Answer> excluded = set_->At(number);
    if (!excluded.ok() || !excluded->known) return excluded;
    return Answer{excluded->number == 0 ? number : 0};
  }

 private:
  const CursorPtr set_;
  const uint64_t newest_;
  Budget& budget_;
};

}  // namespace

absl::StatusOr<Answer> Cursor::At(uint64_t number) {
  const absl::StatusOr<Answer> found = AtOrBelow(number);
  if (!found.ok() || !found->known) return found.ok() ? Answer{number, false} : found;
  return Answer{found->number == number ? number : 0};
}

CursorPtr These(std::vector<uint64_t> numbers, Budget& budget) {
  return std::make_unique<Listed>(std::move(numbers), budget);
}
CursorPtr UpTo(uint64_t newest, Budget& budget) { return Above(0, newest, budget); }
CursorPtr Above(uint64_t after, uint64_t newest, Budget& budget) {
  return std::make_unique<Everything>(after, newest, budget);
}
CursorPtr And(std::vector<CursorPtr> sets, std::vector<CursorPtr> excluded) {
  return std::make_unique<Intersection>(std::move(sets), std::move(excluded));
}
CursorPtr Union(std::vector<CursorPtr> sets, Budget& budget) {
  return std::make_unique<Joined>(std::move(sets), budget);
}
CursorPtr Or(CursorPtr one, CursorPtr other, Budget& budget) {
  std::vector<CursorPtr> both;
  both.push_back(std::move(one));
  both.push_back(std::move(other));
  return Union(std::move(both), budget);
}
CursorPtr Not(CursorPtr set, uint64_t newest, Budget& budget) {
  return std::make_unique<Complement>(std::move(set), newest, budget);
}

}  // namespace tidegate::index
