// Parcels of random shape come out as they went in; parcels with random damage do not come out.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/property/crypto/dice.h"
#include "tests/unit/parcel/correspondence.h"

namespace tidegate::parcel {
namespace {

using property::Dice;

// A parcel of one to three sections over a growing log; gives the request, ready to be sealed.
SealRequest RandomRequest(Correspondence& post, Dice& dice, std::vector<Hash>& leaves) {
  std::vector<Section> sections;
  uint64_t linked = 0;
  if (const auto known = post.memory().LastOnPath(post.log().fingerprint())) linked = known->size;
  const uint64_t count = 1 + dice.Below(3);
  for (uint64_t s = 0; s < count; ++s) {
    std::vector<Item> items;
    std::vector<RecallItem> recalls;
    for (uint64_t i = dice.Length(12); i > 0; --i) {
      if (dice.Chance(3)) {
        post.NewItem("Not sent");
      } else if (dice.Chance(4)) {
        const record::VerifiedView gone = post.Commit("Gone");
        post.log().Append(gone.leaf());
        recalls.push_back(post.NewRecall(gone));
      } else {
        items.push_back(post.NewItem("Sent " + std::to_string(i)));
        leaves.push_back(items.back().disclosed().leaf);
      }
    }
    if (post.log().size() == 0) post.NewItem("Not sent either");
    sections.push_back(post.MakeSection(std::move(items), std::move(recalls), linked));
    linked = post.log().size();
  }
  SealRequest request = post.Request(std::move(sections));
  for (uint64_t i = dice.Length(5); i > 0; --i) {
    Withdrawal withdrawal;
    withdrawal.leaf = crypto::HashOf({dice.Bytes(8)});
    uint16_t slot = 0;
    for (uint64_t j = dice.Length(6); j > 0; --j) {
      slot = static_cast<uint16_t>(slot + 1 + dice.Below(3));
      withdrawal.allowed.push_back({slot, static_cast<uint8_t>(dice.Below(4))});
    }
    request.withdrawals.push_back(std::move(withdrawal));
  }
  for (uint64_t i = dice.Length(3); i > 0; --i) {
    WholeRecall& recall = request.whole_recalls.emplace_back();
    recall.leaf = crypto::HashOf({dice.Bytes(8)});
    const std::string id = dice.Bytes(recall.record.size());
    std::copy(id.begin(), id.end(), recall.record.begin());
  }
  request.next_cursor = dice.Bytes(dice.Length(300));
  request.suite = dice.Chance(2) ? Suite::kAes256Gcm : Suite::kChaCha20Poly1305;
  return request;
}

std::vector<Hash> LeavesOf(const Opened& opened) {
  std::vector<Hash> leaves;
  for (const OpenedSection& section : opened.sections) {
    for (const OpenedItem& item : section.items) leaves.push_back(item.view.leaf());
  }
  return leaves;
}

TEST(Parcels, ComeOutAsTheyWentIn) {
  Dice dice("Parcels.ComeOutAsTheyWentIn");
  for (int round = Dice::Rounds(30); round > 0; --round) {
    Correspondence post;
    for (int parcel = 0; parcel < 3; ++parcel) {
      std::vector<Hash> leaves;
      SealRequest request = RandomRequest(post, dice, leaves);
      const std::vector<Withdrawal> withdrawals = request.withdrawals;
      const std::vector<WholeRecall> whole_recalls = request.whole_recalls;
      const std::string cursor = request.next_cursor;
      const Sealed sealed = Must(Seal(std::move(request)));
      const absl::StatusOr<Opened> opened = Open(post.Context(), sealed);
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_EQ(LeavesOf(*opened), leaves);
      EXPECT_EQ(opened->withdrawals, withdrawals);
      EXPECT_EQ(opened->whole_recalls, whole_recalls);
      EXPECT_EQ(opened->next_cursor, cursor);
      EXPECT_EQ(opened->manifest.n, leaves.size());
      const OpenedSection& last = opened->sections.back();
      EXPECT_EQ(last.checkpoint.root, post.log().Root(post.log().size()));
      post.memory().last[last.author_fpr] = {last.checkpoint.size, last.checkpoint.root};
    }
  }
}

TEST(Parcels, DamageOnTheWayIsRefusedWithItsLayer) {
  Dice dice("Parcels.DamageOnTheWayIsRefusedWithItsLayer");
  Correspondence post;
  const Sealed good = Must(Seal(post.Request(Sections(post.MakeSection(post.NewItems({"Night work", "Night work"}))))));
  ASSERT_TRUE(Open(post.Context(), good).ok());
  for (int round = Dice::Rounds(400); round > 0; --round) {
    Sealed bad = good;
    std::string& chunk = bad.chunks[0];
    switch (dice.Below(5)) {
      case 0:
        bad.manifest[dice.Below(bad.manifest.size())] ^= static_cast<char>(1 + dice.Below(255));
        break;
      case 1:
        bad.signature[dice.Below(64)] ^= static_cast<uint8_t>(1 + dice.Below(255));
        break;
      case 2:
        chunk[dice.Below(chunk.size())] ^= static_cast<char>(1 + dice.Below(255));
        break;
      case 3:
        chunk.resize(dice.Below(chunk.size()));
        break;
      default:
        chunk += dice.Bytes(1 + dice.Below(64));
    }
    const absl::StatusOr<Opened> opened = Open(post.Context(), bad);
    ASSERT_FALSE(opened.ok());
    EXPECT_TRUE(LayerOf(opened.status()).has_value()) << opened.status();
  }
}

// A sender that seals and signs as it should, but lies inside: no change that it makes alters a record.
TEST(Parcels, ALyingSenderAltersNoRecord) {
  Dice dice("Parcels.ALyingSenderAltersNoRecord");
  Correspondence post;
  const record::VerifiedView gone = post.Commit();
  post.log().Append(gone.leaf());
  std::vector<Item> items = post.NewItems({"One", "Two"});
  const std::vector<Hash> leaves = {items[0].disclosed().leaf, items[1].disclosed().leaf};
  std::vector<RecallItem> recalls = {post.NewRecall(gone)};
  const Sealed good = Must(Seal(post.Request(Sections(post.MakeSection(std::move(items), std::move(recalls))))));
  const Manifest manifest = Must(ParseManifest(good.manifest));
  const std::string plaintext = post.PlaintextOf(good);
  const absl::StatusOr<Opened> honest = Open(post.Context(), good);
  ASSERT_TRUE(honest.ok()) << honest.status();
  int refused = 0;
  for (int round = Dice::Rounds(1500); round > 0; --round) {
    std::string lie = plaintext;
    const size_t at = dice.Below(lie.size());
    switch (dice.Below(4)) {
      case 0:
        lie[at] ^= static_cast<char>(1 << dice.Below(8));
        break;
      case 1:
        lie.erase(at, 1 + dice.Below(40));
        break;
      case 2:
        lie.insert(at, dice.Bytes(1 + dice.Below(40)));
        break;
      default:
        std::swap(lie[at], lie[dice.Below(lie.size())]);
    }
    const absl::StatusOr<Opened> opened = Open(post.Context(), post.SealAnything(manifest, lie));
    if (!opened.ok()) {
      EXPECT_TRUE(LayerOf(opened.status()).has_value()) << opened.status();
      ++refused;
      continue;
    }
    ASSERT_EQ(LeavesOf(*opened), leaves);
    for (size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_EQ(opened->sections[0].items[i].view.view().opened, honest->sections[0].items[i].view.view().opened);
    }
    ASSERT_EQ(opened->sections[0].recalls.size(), 1u);
    EXPECT_EQ(opened->sections[0].recalls[0].view.leaf(), honest->sections[0].recalls[0].view.leaf());
  }
  EXPECT_GT(refused, Dice::Rounds(1500) / 2) << "most bytes are covered by some proof";
}

}  // namespace
}  // namespace tidegate::parcel
