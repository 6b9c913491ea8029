// The handling that is inherited from two records is never looser than either, in any word and in both orders.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "node/record/record.h"
#include "tests/support/full.h"

namespace tidegate::record {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return random_() % n; }
  std::string One(const std::vector<std::string>& words) { return words[Below(words.size())]; }
  std::vector<std::string> Some(const std::vector<std::string>& words) {
    std::vector<std::string> some;
    for (const std::string& word : words) {
      if (Below(2) == 0) some.push_back(word);
    }
    return some;
  }
  std::optional<uint64_t> Instant() { return Below(3) == 0 ? std::nullopt : std::optional<uint64_t>(Below(100)); }

  Inheritance Any() {
    Inheritance one;
    one.handling.tlp = static_cast<Tlp>(Below(5));
    one.handling.pap = One({"", "CLEAR", "GREEN", "AMBER", "RED"});
    one.handling.handling_code = One({"", "P", "C"});
    one.handling.conditions = Some({"sector:bank", "circle:quiet", "organisation:us", "tag:sar"});
    one.handling.purposes = Some({"prevention", "prosecution", "safeguarding"});
    one.handling.legal_basis = Some({"consent", "gdpr-6-1-e", "gdpr-6-1-f"});
    one.handling.onward = One({"", "no", "ask", "unnamed", "yes"});
    one.handling.expiry_ms = Instant();
    one.handling.not_before_ms = Instant();
    one.local.tags = Some({"informant", "sar"});
    one.local.named_recipients = Some({"bank", "police"});
    return one;
  }

 private:
  std::mt19937_64 random_;
};

using Words = std::vector<std::string>;

bool Within(const Words& some, const Words& all) {
  return std::all_of(some.begin(), some.end(),
                     [&](const std::string& word) { return std::find(all.begin(), all.end(), word) != all.end(); });
}

size_t Rank(const std::string& word, const Words& ascending) {
  return static_cast<size_t>(std::find(ascending.begin(), ascending.end(), word) - ascending.begin());
}

// Said again, without the code under test: each word of `joined` lets at most that happen which `one` lets.
void ExpectNoLooser(const Inheritance& joined, const Inheritance& one) {
  const Handling& now = joined.handling;
  const Handling& was = one.handling;
  EXPECT_GE(now.effective_tlp(), was.effective_tlp());
  const Words pap{"", "CLEAR", "GREEN", "AMBER", "RED"}, onward{"yes", "unnamed", "ask", "no"};
  EXPECT_GE(Rank(now.pap, pap), Rank(was.pap, pap));
  EXPECT_GE(Rank(std::string(now.effective_onward()), onward), Rank(std::string(was.effective_onward()), onward));
  if (was.handling_code == "C") {
    EXPECT_EQ(now.handling_code, "C");
  }
  if (now.handling_code == "P") {
    EXPECT_EQ(was.handling_code, "P");
  }
  EXPECT_TRUE(Within(was.conditions, now.conditions));
  EXPECT_TRUE(Within(one.local.tags, joined.local.tags));
  const bool world = was.purposes.empty() && was.effective_tlp() == Tlp::kClear;
  EXPECT_TRUE(world || Within(now.purposes, was.purposes));
  EXPECT_TRUE(Within(now.legal_basis, was.legal_basis));
  EXPECT_TRUE(Within(joined.local.named_recipients, one.local.named_recipients));
  if (was.expiry_ms) {
    EXPECT_TRUE(now.expiry_ms && *now.expiry_ms <= *was.expiry_ms);
  }
  if (was.not_before_ms) {
    EXPECT_TRUE(now.not_before_ms && *now.not_before_ms >= *was.not_before_ms);
  }
}

TEST(Inheriting, IsNeverLooserThanAnyOfThem) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  Random random(seed);
  const int rounds = support::Full() ? 200000 : 5000;
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const Inheritance a = random.Any(), b = random.Any(), c = random.Any();
    const Inheritance all = Join(Join(a, b), c);
    for (const Inheritance* one : {&a, &b, &c}) ExpectNoLooser(all, *one);
    EXPECT_EQ(Join(a, b), Join(b, a));
    EXPECT_EQ(Join(all, all), all);
    Draft draft = *Draft::Create("link");
    Inherit(draft, all);
    EXPECT_TRUE(KeepsTo(draft, all).ok());
    if (all.handling.effective_tlp() > Tlp::kClear) {
      draft.handling.tlp = static_cast<Tlp>(static_cast<int>(all.handling.effective_tlp()) - 1);
      EXPECT_FALSE(KeepsTo(draft, all).ok());
    }
  }
}

// A draft that says things of its own is afterwards no looser than what it inherits, nor than it was. It may have
// inherited words that it did not say: purposes, legal bases, recipients.
TEST(Inheriting, TightensWhatSaysThingsOfItsOwn) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  Random random(seed);
  const int rounds = support::Full() ? 200000 : 5000;
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const Inheritance inherited = random.Any();
    Inheritance said = random.Any();
    Draft draft = *Draft::Create("link");
    Inherit(draft, said);
    draft.handling.source_grade = "2";
    draft.handling.retention = random.One({"", "mopi-1"});
    const std::string retention = draft.handling.retention;
    Tighten(draft, inherited);
    EXPECT_EQ(draft.handling.source_grade, "2") << "how good a link is, is its own";
    if (!retention.empty()) {
      EXPECT_EQ(draft.handling.retention, retention);
    }
    Inheritance now;
    now.handling = draft.handling;
    now.local.tags = draft.local.tags;
    now.local.named_recipients = draft.local.named_recipients;
    ExpectNoLooser(now, inherited);
    if (said.handling.purposes.empty()) said.handling.purposes = inherited.handling.purposes;
    if (said.handling.legal_basis.empty()) said.handling.legal_basis = inherited.handling.legal_basis;
    if (said.local.named_recipients.empty()) said.local.named_recipients = inherited.local.named_recipients;
    ExpectNoLooser(now, said);
  }
}

}  // namespace
}  // namespace tidegate::record
