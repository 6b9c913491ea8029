// Combined cursors against sets in memory: random trees of and, or, union and not over random sets. With a budget that
// ends too early, what a cursor still says is true, a question that goes on from there comes to the same end, and no
// more is looked at than was paid for.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>

#include "node/store/index/cursor.h"

namespace tidegate::index {
namespace {

using Set = std::set<uint64_t>;

uint64_t Seed() {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

// A set that counts how often it was looked at without having been paid for.
class Watched final : public Cursor {
 public:
  Watched(Set numbers, Budget& budget, uint64_t& looks)
      : numbers_(std::move(numbers)), budget_(budget), looks_(looks) {}
  absl::StatusOr<Answer> AtOrBelow(uint64_t limit) override {
    if (!budget_.Take()) return Answer{limit, false};
    ++looks_;
    const auto above = numbers_.upper_bound(limit);
    return Answer{above == numbers_.begin() ? 0 : *std::prev(above)};
  }

 private:
  const Set numbers_;
  Budget& budget_;
  uint64_t& looks_;
};

// A random question: its answer, and how to ask it again with another budget.
struct Question {
  Set answer;
  std::function<CursorPtr(Budget&, uint64_t& looks)> make;
};

class CursorsTest : public testing::Test {
 protected:
  static constexpr uint64_t kNewest = 60;

  uint64_t Below(uint64_t end) { return std::uniform_int_distribution<uint64_t>(0, end - 1)(random_); }

  Question Random(int depth) {
    const uint64_t choice = depth == 0 ? Below(3) : Below(8);
    if (choice == 0) {
      Question all;
      const uint64_t after = Below(2) == 0 ? 0 : Below(kNewest + 10);
      for (uint64_t i = after + 1; i <= kNewest; ++i) all.answer.insert(i);
      all.make = [after](Budget& budget, uint64_t&) {
        return after == 0 ? UpTo(kNewest, budget) : Above(after, kNewest, budget);
      };
      return all;
    }
    if (choice <= 2) {
      Question leaf;
      const uint64_t one_in = 1 + Below(12);
      for (uint64_t i = 1; i <= kNewest; ++i) {
        if (Below(one_in) == 0) leaf.answer.insert(i);
      }
      if (choice == 1) {
        leaf.make = [set = leaf.answer](Budget& budget, uint64_t& looks) {
          return std::make_unique<Watched>(set, budget, looks);
        };
      } else {
        leaf.make = [set = leaf.answer](Budget& budget, uint64_t&) {
          return These(std::vector<uint64_t>(set.begin(), set.end()), budget);
        };
      }
      return leaf;
    }
    if (choice == 3) return Negated(Random(depth - 1));
    std::vector<Question> parts;
    const uint64_t count = choice == 4 ? 2 : 1 + Below(4);
    for (uint64_t i = 0; i < count; ++i) parts.push_back(Random(depth - 1));
    return choice <= 5 ? AnyOf(std::move(parts), choice == 4) : AllOf(std::move(parts));
  }

  static Question Of(const Set& numbers) {
    return {numbers,
            [numbers](Budget& budget, uint64_t& looks) { return std::make_unique<Watched>(numbers, budget, looks); }};
  }
  static Question Negated(Question part) {
    Question negated;
    for (uint64_t i = 1; i <= kNewest; ++i) {
      if (!part.answer.contains(i)) negated.answer.insert(i);
    }
    negated.make = [part](Budget& budget, uint64_t& looks) { return Not(part.make(budget, looks), kNewest, budget); };
    return negated;
  }
  static Question AnyOf(std::vector<Question> parts, bool two) {
    Question any;
    for (const Question& part : parts) any.answer.insert(part.answer.begin(), part.answer.end());
    any.make = [parts, two](Budget& budget, uint64_t& looks) {
      if (two) return Or(parts[0].make(budget, looks), parts[1].make(budget, looks), budget);
      std::vector<CursorPtr> sets;
      for (const Question& part : parts) sets.push_back(part.make(budget, looks));
      return Union(std::move(sets), budget);
    };
    return any;
  }
  static Question AllOf(std::vector<Question> parts) {
    Question all;
    all.answer = parts.front().answer;
    for (const Question& part : parts) {
      std::erase_if(all.answer, [&](uint64_t number) { return !part.answer.contains(number); });
    }
    all.make = [parts](Budget& budget, uint64_t& looks) {
      std::vector<CursorPtr> sets;
      for (const Question& part : parts) sets.push_back(part.make(budget, looks));
      return And(std::move(sets));
    };
    return all;
  }

  // Everything that the question answers, asked downwards with so much for each go.
  Set Ask(const Question& question, uint64_t rows) {
    Set found;
    uint64_t limit = kNewest + Below(3);
    for (int goes = 0; limit > 0; ++goes) {
      EXPECT_LT(goes, 10'000) << "a question does not come to an end";
      if (goes == 10'000) return found;
      Budget budget(rows);
      uint64_t looks = 0;
      const CursorPtr cursor = question.make(budget, looks);
      bool known = true;
      while (limit > 0 && known) {
        const auto answer = cursor->AtOrBelow(limit);
        EXPECT_TRUE(answer.ok()) << answer.status();
        known = answer->known;
        EXPECT_LE(answer->number, limit);
        // No number of the set lies between its answer and the number that it was asked for.
        const auto next = question.answer.upper_bound(limit);
        const uint64_t truth = next == question.answer.begin() ? 0 : *std::prev(next);
        if (known) {
          EXPECT_EQ(answer->number, truth);
        } else {
          EXPECT_GE(answer->number, truth);
        }
        limit = answer->number;
        if (known && limit > 0) found.insert(limit--);
      }
      EXPECT_LE(budget.used(), rows);
      EXPECT_LE(looks, budget.used());
    }
    return found;
  }

  std::mt19937_64 random_{Seed()};
};

TEST_F(CursorsTest, TreesOfSetsAreTheAlgebraOfSets) {
  for (int round = 0; round < 400; ++round) {
    const Question question = Random(4);
    EXPECT_EQ(Ask(question, Budget::kUnlimited), question.answer) << "round " << round;
  }
}

TEST_F(CursorsTest, ABudgetThatEndsTellsTheTruthAndLosesNothing) {
  for (int round = 0; round < 400; ++round) {
    const Question question = Random(2);
    // Enough for one step of each set in the tree: with less a question may stay where it is.
    const uint64_t rows = 64 + Below(64);
    EXPECT_EQ(Ask(question, rows), question.answer) << "round " << round << ", " << rows << " rows";
  }
}

// Half of the numbers, and the other half.
TEST_F(CursorsTest, ASetThatNeedsMuchLeavesTheOthersTheirStep) {
  Set odd, even;
  for (uint64_t i = 1; i <= kNewest; ++i) (i % 2 == 0 ? even : odd).insert(i);
  const Question nothing = AllOf({Of(odd), Of(even)});
  // Each needs far more than eight steps to say how far down its next number is.
  EXPECT_EQ(Ask(AnyOf({nothing, Of({7})}, true), 8), (Set{7}));
  EXPECT_EQ(Ask(AnyOf({Of({7}), nothing, Of(even)}, false), 12).size(), even.size() + 1);
  EXPECT_EQ(Ask(AllOf({Negated(nothing), Of(odd)}), 8), odd);
  EXPECT_EQ(Ask(AllOf({Negated(Negated(Negated(nothing))), Of(even)}), 8), even);
}

TEST_F(CursorsTest, WithoutABudgetNothingIsLookedAt) {
  Budget nothing(0);
  uint64_t looks = 0;
  for (int round = 0; round < 50; ++round) {
    const Question question = Random(3);
    const auto answer = question.make(nothing, looks)->AtOrBelow(kNewest);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(*answer, (Answer{kNewest, false}));
  }
  EXPECT_EQ(looks, 0u);
  EXPECT_EQ(nothing.used(), 0u);
}

}  // namespace
}  // namespace tidegate::index
