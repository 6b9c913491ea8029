// Views as a store keeps them: the author's by its seed, everybody else's as they came.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/crypto/hex.h"
#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

TEST(HeldView, TheAuthorsIsRedrawnFromItsSeed) {
  // A place known to the region only: two rungs are random, and the seed gives them as well.
  const VerifiedView coarse = Committed(DraftOf("report", {{"place", "||Lincolnshire|GB"}, {"title", "x"}}));
  for (const VerifiedView& committed : {Committed(SampleReport()), coarse}) {
    const std::string held = EncodeHeld(committed);
    EXPECT_LT(held.size() + 100, EncodeView(committed.view()).size());
    const absl::StatusOr<View> read = DecodeHeld(held);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, committed.view());
  }
}

// Values in old stores must for ever be derived as they were.
TEST(HeldView, TheSeedGivesWhatItAlwaysGave) {
  const std::string held = EncodeHeld(Committed(SampleReport(), 9));
  const absl::StatusOr<View> read = DecodeHeld(held);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(crypto::ToHex(crypto::View(crypto::HashOf({held}))),
            "451e9566629ba911fa936f9d7a10a0e900a78ca5ec240d9d0f3d989842d1465c");
  EXPECT_EQ(crypto::ToHex(crypto::View(crypto::HashOf({EncodeView(*read)}))),
            "f94232459a95bddc7cccb22fe9942e85140e209dfd654e90319a42c4eef65faa");
}

TEST(HeldView, WhatWasVerifiedHasNoSeedAndStaysAsItCame) {
  const absl::StatusOr<VerifiedView> received = Verify(Committed(SampleReport()).view());
  ASSERT_TRUE(received.ok());
  EXPECT_FALSE(received->seed().has_value());
  EXPECT_EQ(EncodeHeld(*received), EncodeView(received->view()));
  EXPECT_EQ(*DecodeHeld(EncodeHeld(*received)), received->view());
}

TEST(HeldView, NoPartnersViewIsReadAsHeld) { EXPECT_FALSE(DecodeView(EncodeHeld(Committed(SampleReport()))).ok()); }

TEST(HeldView, NoNarrowerViewHasTheSeed) {
  const VerifiedView committed = Committed(SampleReport(), 0x5e);
  const std::string seed(32, '\x5e');
  ASSERT_THAT(EncodeHeld(committed), testing::HasSubstr(seed));
  absl::StatusOr<Narrower> narrower = Narrower::Of(committed.view());
  ASSERT_TRUE(narrower.ok());
  const absl::StatusOr<Narrower::Encoded> all = narrower->Encode(std::vector<int8_t>(committed.kind().slots.size(), 0));
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(all->view, testing::Not(testing::HasSubstr(seed)));
  EXPECT_THAT(EncodeView(committed.view()), testing::Not(testing::HasSubstr(seed)));
}

TEST(HeldView, CutAnywhereOrLongerItIsRefused) {
  const std::string held = EncodeHeld(Committed(SampleReport()));
  for (size_t length = 0; length < held.size(); ++length) {
    EXPECT_FALSE(DecodeHeld(held.substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(DecodeHeld(held + '\0').ok());
}

TEST(HeldView, AnyChangedByteIsRefusedOrAnotherRecord) {
  const VerifiedView committed = Committed(SampleReport());
  const std::string held = EncodeHeld(committed);
  for (size_t at = 0; at < held.size(); ++at) {
    std::string changed = held;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    const absl::StatusOr<View> read = DecodeHeld(changed);
    if (!read.ok()) continue;
    const absl::StatusOr<VerifiedView> verified = Verify(*read);
    EXPECT_TRUE(!verified.ok() || verified->leaf() != committed.leaf()) << at;
  }
}

}  // namespace
}  // namespace tidegate::record
