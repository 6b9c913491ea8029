// Records that may be sealed, and that they come out as they went in.
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "tests/unit/parcel/correspondence.h"

namespace tidegate::parcel {
namespace {

// The gate is part of the type: without a Disclosure there is no Item.
static_assert(!std::is_default_constructible_v<Item>);
static_assert(!std::is_constructible_v<Item, record::View>);
static_assert(!std::is_constructible_v<Item, record::VerifiedView>);
template <typename... Arguments>
concept MakesAnItem = requires(Arguments... arguments) {
  Item::Make(std::forward<Arguments>(arguments)...);
};
template <typename Held>
constexpr bool kNeedsItsGate =
    MakesAnItem<Held, policy::Disclosure&&, std::string_view, int64_t, uint64_t> &&
    !MakesAnItem<Held, const policy::Disclosure&, std::string_view, int64_t, uint64_t> &&  // a Disclosure is used up
    !MakesAnItem<Held, std::string_view, int64_t, uint64_t>;
static_assert(kNeedsItsGate<const record::View&>);
static_assert(kNeedsItsGate<record::Narrower&>);

class Seals : public testing::Test {
 protected:
  Correspondence post_;
};

TEST_F(Seals, WhatGoesInComesOut) {
  const record::VerifiedView gone = post_.Commit("To be recalled");
  const uint64_t gone_index = post_.log().Append(gone.leaf());
  std::vector<Item> items = post_.NewItems({"First", "Second"});
  std::vector<RecallItem> recalls = {post_.NewRecall(gone)};
  SealRequest request = post_.Request(Sections(post_.MakeSection(std::move(items), std::move(recalls))));
  request.withdrawals = {{.leaf = gone.leaf(), .allowed = {{2, 1}, {5, 0}}}, {.leaf = gone.leaf(), .allowed = {}}};
  request.instants = {{.leaf = gone.leaf(), .what = Instant::What::kExpired, .at_ms = 17}};
  const std::vector<Withdrawal> withdrawals = request.withdrawals;
  const std::vector<Instant> instants = request.instants;
  const Sealed sealed = Must(Seal(std::move(request)));
  ASSERT_EQ(sealed.disclosed.size(), 2u);
  EXPECT_EQ(sealed.disclosed[0].purpose, "prevention");

  const absl::StatusOr<Opened> opened = Open(post_.Context(), sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->manifest_hash, sealed.manifest_hash);
  EXPECT_EQ(opened->next_cursor, "next cursor");
  EXPECT_EQ(opened->withdrawals, withdrawals);
  EXPECT_EQ(opened->instants, instants);
  ASSERT_EQ(opened->sections.size(), 1u);
  const OpenedSection& section = opened->sections[0];
  EXPECT_TRUE(section.by_sender);
  EXPECT_EQ(section.link, Link::kFirst);
  EXPECT_EQ(section.checkpoint.size, post_.log().size());
  ASSERT_EQ(section.items.size(), 2u);
  ASSERT_EQ(section.recalls.size(), 1u);
  EXPECT_EQ(section.recalls[0].view.statement().prev_leaf, gone.leaf());
  EXPECT_GT(section.recalls[0].log_index, gone_index);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(section.items[i].view.leaf(), sealed.disclosed[i].leaf);
    EXPECT_EQ(section.items[i].purpose, "prevention");
    Openings openings;
    for (const record::Opened& field : section.items[i].view.view().opened)
      openings.push_back({field.slot, field.rung});
    EXPECT_EQ(openings, sealed.disclosed[i].openings);
  }
}

TEST_F(Seals, OnlyWhatPolicyAllowsLeaves) {
  const Sealed sealed = Must(Seal(post_.Request(Sections(post_.MakeSection(post_.NewItems({"Night work"}))))));
  const absl::StatusOr<Opened> opened = Open(post_.Context(), sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  const record::VerifiedView& view = opened->sections[0].items[0].view;
  EXPECT_EQ(view.Find("persons_named"), -1);
  EXPECT_EQ(view.Find("informant"), -1);
  ASSERT_GE(view.Find("place"), 0);
  EXPECT_EQ(view.precision(view.Find("place")), "place.region");
  ASSERT_GE(view.Find("title"), 0);
  const std::string plaintext = post_.PlaintextOf(sealed);
  for (std::string_view secret : {"Ionescu", "Volunteer", "Harbour Lane", "Grimsby"}) {
    EXPECT_EQ(plaintext.find(secret), std::string::npos) << secret;
  }
  EXPECT_NE(plaintext.find("Lincolnshire"), std::string::npos);
}

TEST_F(Seals, AnotherRecordsDisclosureIsRefused) {
  const record::VerifiedView one = post_.Commit("One"), other = post_.Commit("Other");
  const absl::StatusOr<Item> item = Item::Make(one.view(), post_.Disclose(other), Correspondence::kPartner, kNow, 0);
  EXPECT_TRUE(absl::IsPermissionDenied(item.status())) << item.status();
}

TEST_F(Seals, AnotherPartnersDisclosureIsRefused) {
  const record::VerifiedView one = post_.Commit();
  const absl::StatusOr<Item> item =
      Item::Make(one.view(), post_.Disclose(one, "first-bank"), Correspondence::kPartner, kNow, 0);
  EXPECT_TRUE(absl::IsPermissionDenied(item.status())) << item.status();
}

TEST_F(Seals, AnItemForAnotherPartnerIsRefused) {
  const record::VerifiedView one = post_.Commit();
  const uint64_t index = post_.log().Append(one.leaf());
  Item item = Must(Item::Make(one.view(), post_.Disclose(one, "first-bank"), "first-bank", kNow, index));
  const absl::StatusOr<Sealed> sealed = Seal(post_.Request(Sections(post_.MakeSection(Items(std::move(item))))));
  EXPECT_TRUE(absl::IsPermissionDenied(sealed.status())) << sealed.status();
}

TEST_F(Seals, SuiteThreeAndAnEmptyParcel) {
  post_.NewItem();  // so that the log is not empty
  SealRequest request = post_.Request(Sections(post_.MakeSection({})));
  request.suite = Suite::kChaCha20Poly1305;
  const absl::StatusOr<Opened> opened = Open(post_.Context(), Must(Seal(std::move(request))));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->manifest.suite, Suite::kChaCha20Poly1305);
  EXPECT_EQ(opened->manifest.n, 0u);
  EXPECT_EQ(opened->manifest.contents, merkle::EmptyRoot());
  EXPECT_TRUE(opened->sections[0].items.empty());
}

TEST_F(Seals, ManyRecordsOverManyChunks) {
  std::vector<Item> items;
  for (int i = 0; i < 600; ++i) items.push_back(post_.NewItem());
  const Sealed sealed = Must(Seal(post_.Request(Sections(post_.MakeSection(std::move(items))))));
  ASSERT_GE(sealed.chunks.size(), 2u);
  EXPECT_EQ(sealed.chunks.front().size(), kMaxChunkBytes);
  const absl::StatusOr<Opened> opened = Open(post_.Context(), sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->sections[0].items.size(), 600u);
}

TEST_F(Seals, BoundsAreKept) {
  std::vector<Item> items = post_.NewItems({"Night work", "Night work"});
  const size_t bytes = items[0].bytes();
  EXPECT_GT(bytes, 300u);
  Limits limits;
  limits.records = 1;
  EXPECT_TRUE(
      absl::IsResourceExhausted(Seal(post_.Request(Sections(post_.MakeSection(std::move(items)))), limits).status()));
  limits = Limits();
  limits.plaintext_bytes = bytes / 2;
  EXPECT_TRUE(absl::IsResourceExhausted(
      Seal(post_.Request(Sections(post_.MakeSection(post_.NewItems({"Night work"})))), limits).status()));
  SealRequest request = post_.Request();
  request.next_cursor = std::string(kMaxCursorBytes + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(Seal(std::move(request)).status()));
}

TEST_F(Seals, AnUnorderedSectionIsRefused) {
  Item first = post_.NewItem(), second = post_.NewItem();
  Section section = post_.MakeSection({});
  section.items.push_back(std::move(second));
  section.items.push_back(std::move(first));
  EXPECT_TRUE(absl::IsInvalidArgument(Seal(post_.Request(Sections(std::move(section)))).status()));
}

}  // namespace
}  // namespace tidegate::parcel
