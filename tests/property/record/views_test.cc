// For random records of every kind: what a chain of holders does to views never leaves the author's truth, and never
// says more than it may.
#include <gtest/gtest.h>

#include <algorithm>

#include "node/record/value/ladder.h"
#include "tests/property/record/random_records.h"

namespace tidegate::record {
namespace {

constexpr int kRounds = 600;

// The rung at which each slot may go under both masks.
std::vector<int8_t> Coarser(const std::vector<int8_t>& a, const std::vector<int8_t>& b) {
  std::vector<int8_t> out(a.size());
  for (size_t i = 0; i < a.size(); ++i) out[i] = a[i] < 0 || b[i] < 0 ? int8_t{-1} : std::max(a[i], b[i]);
  return out;
}

std::vector<int8_t> Finer(const std::vector<int8_t>& a, const std::vector<int8_t>& b) {
  std::vector<int8_t> out(a.size());
  for (size_t i = 0; i < a.size(); ++i) out[i] = a[i] < 0 ? b[i] : (b[i] < 0 ? a[i] : std::min(a[i], b[i]));
  return out;
}

TEST(ViewsProperty, CommittedViewsVerifyAndSurviveTheCodec) {
  Dice dice("CommittedViewsVerify");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView committed = RandomCommitted(dice);
    const absl::StatusOr<View> decoded = DecodeView(EncodeView(committed.view()));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    const absl::StatusOr<VerifiedView> verified = Verify(*decoded);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->view(), committed.view());
    EXPECT_EQ(verified->leaf(), committed.leaf());
    const absl::StatusOr<View> held = DecodeHeld(EncodeHeld(committed));
    ASSERT_TRUE(held.ok()) << held.status();
    EXPECT_EQ(*held, committed.view());
    for (size_t k = 0; k < verified->size(); ++k) {
      EXPECT_EQ(verified->value(k), committed.value(k));
      EXPECT_EQ(verified->attributes(k), committed.attributes(k));
    }
  }
}

TEST(ViewsProperty, NarrowedViewsVerifyAtExactlyTheirRungs) {
  Dice dice("NarrowedViewsVerify");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView full = RandomCommitted(dice);
    const std::vector<int8_t> mask = RandomMask(dice, full.kind());
    const absl::StatusOr<View> narrow = Narrow(full.view(), mask);
    if (!narrow.ok()) {
      ASSERT_EQ(narrow.status().code(), absl::StatusCode::kFailedPrecondition) << narrow.status();
      for (const Opened& opened : full.view().opened) EXPECT_LT(mask[opened.slot], 0);
      continue;
    }
    const absl::StatusOr<VerifiedView> verified = Verify(*narrow);
    ASSERT_TRUE(verified.ok()) << verified.status();
    size_t shown = 0;
    for (size_t k = 0; k < full.size(); ++k) {
      const Opened& held = full.view().opened[k];
      const int at = verified->Find(held.slot);
      ASSERT_EQ(at >= 0, mask[held.slot] >= 0);
      if (at < 0) continue;
      ++shown;
      const auto rung = std::max(held.rung, static_cast<uint8_t>(mask[held.slot]));
      EXPECT_EQ(verified->view().opened[static_cast<size_t>(at)].rung, rung);
      EXPECT_EQ(verified->value(static_cast<size_t>(at)), CoarsenTo(full.slot(k), full.value(k), rung));
    }
    EXPECT_EQ(verified->size(), shown);
  }
}

// One narrower serves partner after partner: each gets what it would get alone, with anything that the narrower has
// kept.
TEST(ViewsProperty, OneNarrowerForManyPartnersGivesEachItsOwn) {
  Dice dice("OneNarrower");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView full = RandomCommitted(dice);
    absl::StatusOr<Narrower> narrower = Narrower::Of(full.view());
    ASSERT_TRUE(narrower.ok()) << narrower.status();
    std::vector<std::vector<int8_t>> masks;
    masks.reserve(4);
    for (int k = 0; k < 4; ++k) masks.push_back(RandomMask(dice, full.kind()));
    for (int partner = 0; partner < 20; ++partner) {
      const std::vector<int8_t>& mask = masks[dice.Below(masks.size())];
      const absl::StatusOr<View> alone = Narrow(full.view(), mask);
      const absl::StatusOr<Narrower::Encoded> encoded = narrower->Encode(mask);
      ASSERT_EQ(encoded.ok(), alone.ok());
      if (!alone.ok()) continue;
      EXPECT_EQ(encoded->view, EncodeView(*alone));
      ASSERT_EQ(encoded->openings.size(), alone->opened.size());
      for (size_t k = 0; k < alone->opened.size(); ++k) {
        EXPECT_EQ(encoded->openings[k].slot, alone->opened[k].slot);
        EXPECT_EQ(encoded->openings[k].rung, alone->opened[k].rung);
      }
    }
  }
}

// Narrowing twice is narrowing once by both: what C gets through B is what A's and B's policies allow together.
TEST(ViewsProperty, NarrowingTwiceIsNarrowingOnce) {
  Dice dice("NarrowingTwice");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView full = RandomCommitted(dice);
    const std::vector<int8_t> first = RandomMask(dice, full.kind());
    const std::vector<int8_t> second = RandomMask(dice, full.kind());
    const absl::StatusOr<View> once = Narrow(full.view(), Coarser(first, second));
    const absl::StatusOr<View> step = Narrow(full.view(), first);
    if (!step.ok()) {
      EXPECT_FALSE(once.ok());
      continue;
    }
    const absl::StatusOr<View> twice = Narrow(*step, second);
    ASSERT_EQ(twice.ok(), once.ok()) << twice.status() << " " << once.status();
    if (!once.ok()) continue;
    EXPECT_EQ(*twice, *once);
  }
}

TEST(ViewsProperty, MergedViewsAreTheNarrowingByTheFinerMask) {
  Dice dice("MergedViews");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView full = RandomCommitted(dice);
    const std::vector<int8_t> first = RandomMask(dice, full.kind());
    const std::vector<int8_t> second = RandomMask(dice, full.kind());
    const absl::StatusOr<View> a = Narrow(full.view(), first);
    const absl::StatusOr<View> b = Narrow(full.view(), second);
    if (!a.ok() || !b.ok()) continue;
    const absl::StatusOr<View> merged = Merge(*a, *b);
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_EQ(*merged, *Merge(*b, *a));
    EXPECT_EQ(*merged, *Narrow(full.view(), Finer(first, second)));
    EXPECT_EQ(*Merge(*merged, *a), *merged);
    EXPECT_EQ(*Merge(full.view(), *a), full.view());
  }
}

// A planted word in a withheld field, or above the rung that goes, is nowhere in the bytes that leave.
TEST(ViewsProperty, WhatIsWithheldIsNotInTheBytes) {
  Dice dice("WhatIsWithheld");
  const std::string planted = "Zyxwv9planted";
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    Draft draft = RandomDraft(dice);
    std::vector<uint16_t> plants;
    for (const Slot& slot : draft.kind->slots) {
      if (slot.type == Type::kText) draft.fields[slot.number].value = Value{{Text{planted}}};
      if (slot.type == Type::kPlace) draft.fields[slot.number].value = Value{{Place{planted, "", "", "GB", {}}}};
      if (slot.type == Type::kNarrative) draft.fields[slot.number].value = Value{{Narrative{planted, "", "said"}}};
      if (slot.type == Type::kText || slot.type == Type::kPlace || slot.type == Type::kNarrative) {
        plants.push_back(slot.number);
      }
    }
    CommitContext context;
    const absl::StatusOr<VerifiedView> full = Commit(draft, context, RandomBytes<32>(dice));
    ASSERT_TRUE(full.ok()) << full.status();
    ASSERT_NE(EncodeView(full->view()).find(planted), std::string::npos);
    std::vector<int8_t> mask = RandomMask(dice, full->kind());
    for (uint16_t slot : plants) {
      const bool laddered = draft.kind->slots[slot].rung_count() > 1;
      mask[slot] = laddered && dice.Below(2) != 0 ? int8_t{1} : int8_t{-1};
    }
    const absl::StatusOr<View> narrow = Narrow(full->view(), mask);
    if (!narrow.ok()) continue;
    EXPECT_EQ(EncodeView(*narrow).find(planted), std::string::npos);
    for (const Opened& opened : full->view().opened) {
      if (mask[opened.slot] > opened.rung || mask[opened.slot] < 0) {
        EXPECT_EQ(EncodeView(*narrow).find(std::string(crypto::View(opened.salt))), std::string::npos);
      }
    }
  }
}

// One byte changed anywhere in an encoded view: refused, or another leaf.
TEST(ViewsProperty, DamageIsRefused) {
  Dice dice("DamageIsRefused");
  for (int i = 0; i < Dice::Rounds(kRounds); ++i) {
    const VerifiedView full = RandomCommitted(dice);
    const absl::StatusOr<View> narrow = Narrow(full.view(), RandomMask(dice, full.kind()));
    if (!narrow.ok()) continue;
    std::string bytes = EncodeView(*narrow);
    const size_t at = dice.Below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + dice.Below(255)));
    absl::StatusOr<View> decoded = DecodeView(bytes);
    if (!decoded.ok()) continue;
    EXPECT_EQ(EncodeView(*decoded), bytes);
    const absl::StatusOr<VerifiedView> verified = Verify(*std::move(decoded));
    if (!verified.ok()) continue;
    EXPECT_NE(verified->leaf(), full.leaf()) << "byte " << at;
  }
}

}  // namespace
}  // namespace tidegate::record
