// Rows that a node keeps about its partners' lines: where it stands, how much of their limits they used, the
// checkpoints that it knows, and the note that it is behind. A kept row is read; a changed row is read or refused.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <tuple>

#include "node/flow/budget.h"
#include "node/flow/continuity.h"
#include "node/flow/known_checkpoints.h"
#include "node/flow/standing.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using property::Dice;
using store::Named;

uint64_t AnyNumber(Dice& dice) { return dice.Chance(6) ? UINT64_MAX : dice.Length(UINT64_MAX); }

std::string AnyOrganisation(Dice& dice) { return std::string(dice.Chance(4) ? 63 : 1 + dice.Below(63), 'b'); }

class Lines : public testing::Test {
 protected:
  // One transaction: it sees what it wrote.
  void Write(const std::function<void(store::WriteTransaction&)>& body) {
    support::Must(node_.store().Write([&](store::WriteTransaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    }));
  }

  support::Clock clock_;
  support::MemoryNode node_{"harbour", "charity", clock_};
};

TEST_F(Lines, WhereANodeStandsIsReadAsItWasSaved) {
  Dice dice("Lines.WhereANodeStandsIsReadAsItWasSaved");
  Write([&dice](store::WriteTransaction& transaction) {
    for (int round = 0; round < Dice::Rounds(200); ++round) {
      const std::string organisation = AnyOrganisation(dice);
      const size_t size = dice.Chance(8) ? parcel::kMaxCursorBytes : dice.Length(300);
      const Standing standing{dice.Bytes(size), AnyNumber(dice)};
      support::Must(standing.Save(transaction, organisation));
      const absl::StatusOr<Standing> read = Standing::Load(transaction, organisation);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->cursor, standing.cursor);
      EXPECT_EQ(read->last_seq, standing.last_seq);
    }
    support::Must(Standing{dice.Bytes(40), AnyNumber(dice)}.Save(transaction, "harbour"));
    const std::string row = *transaction.GetNamed(Named::kCursor, "in", "harbour");
    property::Mutate(dice, row, [&transaction](const std::string& changed) {
      support::Must(transaction.PutNamed(Named::kCursor, "in", "harbour", changed));
      const absl::StatusOr<Standing> other = Standing::Load(transaction, "harbour");
      ASSERT_TRUE(other.ok()) << other.status();
      if (other->cursor.empty() && other->last_seq == 0) return;  // from the start, as where nothing was saved
      support::Must(other->Save(transaction, "harbour"));
      EXPECT_EQ(*transaction.GetNamed(Named::kCursor, "in", "harbour"), changed);
    });
  });
}

TEST_F(Lines, WhatAPartnerUsedIsReadAsItWasSaved) {
  Dice dice("Lines.WhatAPartnerUsedIsReadAsItWasSaved");
  Write([&dice](store::WriteTransaction& transaction) {
    Used used;
    for (int round = 0; round < Dice::Rounds(200); ++round) {
      used = {AnyNumber(dice), AnyNumber(dice), AnyNumber(dice), AnyNumber(dice)};
      const std::string organisation = AnyOrganisation(dice);
      support::Must(used.Save(transaction, organisation));
      const absl::StatusOr<Used> read = Used::Load(transaction, organisation);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(std::tie(read->records, read->bytes, read->day, read->entries),
                std::tie(used.records, used.bytes, used.day, used.entries));
    }
    support::Must(used.Save(transaction, "harbour"));
    const std::string row = *transaction.GetNamed(Named::kExchange, kUsedScope, "harbour");
    property::Mutate(dice, row, [&transaction](const std::string& changed) {
      support::Must(transaction.PutNamed(Named::kExchange, kUsedScope, "harbour", changed));
      const absl::StatusOr<Used> other = Used::Load(transaction, "harbour");
      ASSERT_TRUE(other.ok()) << other.status();
      if (other->records == 0 && other->bytes == 0 && other->day == 0 && other->entries == 0) return;  // counted anew
      support::Must(other->Save(transaction, "harbour"));
      EXPECT_EQ(*transaction.GetNamed(Named::kExchange, kUsedScope, "harbour"), changed);
    });
  });
}

TEST_F(Lines, TheLargestCheckpointIsReadAsItWasSaved) {
  Dice dice("Lines.TheLargestCheckpointIsReadAsItWasSaved");
  Write([&dice](store::WriteTransaction& transaction) {
    for (int round = 0; round < Dice::Rounds(200); ++round) {
      const crypto::SigningKey key = crypto::SigningKey::Generate();
      partner::Partner sender;
      sender.organisation = AnyOrganisation(dice);
      const partner::Names names{"example", sender.organisation, AnyOrganisation(dice)};
      sender.keys.log_key = {names.Log(dice.Chance(4) ? UINT32_MAX : 1), key.public_key()};
      sender.log_fingerprint = crypto::HashOf({dice.Bytes(8)});
      parcel::OpenedSection section;
      section.author = sender.keys.log_key;
      section.author_fpr = sender.log_fingerprint;
      section.by_sender = true;
      section.link = dice.Chance(2) ? parcel::Link::kFirst : parcel::Link::kExtends;
      section.checkpoint = {sender.keys.log_key.name, AnyNumber(dice), crypto::HashOf({dice.Bytes(8)})};
      section.note = *checkpoint::SignCheckpoint(section.checkpoint, key);
      support::Must(KnownCheckpoints::Save(transaction, sender, section));
      const absl::StatusOr<KnownCheckpoints> read = KnownCheckpoints::Load(transaction, sender);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->RootAt(sender.log_fingerprint, section.checkpoint.size), section.checkpoint.root);
      if (round % 40 != 0) continue;
      property::Mutate(dice, section.note, [&](const std::string& changed) {
        support::Must(transaction.PutNamed(Named::kCheckpointSeen, sender.organisation, "largest", changed));
        EXPECT_FALSE(KnownCheckpoints::Load(transaction, sender).ok());
      });
    }
  });
}

TEST_F(Lines, ANodeThatIsBehindSaysSoAfterEachStartWhateverBecameOfTheNote) {
  Dice dice("Lines.ANodeThatIsBehindSaysSoAfterEachStartWhateverBecameOfTheNote");
  const auto begin = [this] {
    return std::make_unique<Continuity>(node_.store(), node_.log(), [this] { return clock_.now_ms; });
  };
  for (int round = 0; round < 20; ++round) {
    const auto continuity = begin();
    ASSERT_TRUE(continuity->MayAuthor().ok());
    continuity->Behind(AnyOrganisation(dice));
    ASSERT_FALSE(continuity->MayAuthor().ok());
    EXPECT_EQ(begin()->MayAuthor(), continuity->MayAuthor());
    if (round == 0) {
      const std::string note = *node_.Read()->GetNamed(Named::kSetting, "behind", "");
      property::Mutate(dice, note, [&](const std::string& changed) {
        Write([&](store::WriteTransaction& transaction) {
          support::Must(transaction.PutNamed(Named::kSetting, "behind", "", changed));
        });
        EXPECT_FALSE(begin()->MayAuthor().ok());
      });
    }
    Write([](store::WriteTransaction& transaction) {
      support::Must(transaction.DeleteNamed(Named::kSetting, "behind", ""));
    });
  }
}

}  // namespace
}  // namespace tidegate::flow
