// An item that the reader of a file hands over comes out as it went in, or is refused before it is sent. For any file,
// the reader sends no frame that the other end refuses.
#include "node/intake/frames.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/property/record/random_records.h"

namespace tidegate::intake {
namespace {

using property::Dice;

std::string AnyText(Dice& dice) { return dice.Bytes(dice.Chance(30) ? 70'000 : dice.Length(200)); }
std::string AnyWords(Dice& dice) {
  return dice.Chance(30) ? AnyText(dice) : "csv:s:report:" + std::to_string(dice.Below(1000));
}

Item AnyItem(Dice& dice, const std::string& original) {
  Item item;
  item.source_key = dice.Chance(20) ? "" : AnyWords(dice);
  item.former_key = dice.Chance(2) ? "" : AnyWords(dice);
  item.identity = AnyText(dice);
  item.position = dice.Below(UINT64_MAX);
  item.object = dice.Chance(2) ? "" : AnyWords(dice);
  item.revoked = dice.Chance(5);
  item.well_formed = dice.Chance(2);
  item.original = original;
  if (!item.revoked) {
    item.draft = record::RandomDraft(dice);
    for (const record::Slot& slot : item.draft.kind->slots) {
      if (slot.type != record::Type::kReference) continue;
      for (uint64_t i = dice.Chance(1000) ? 70'000 : dice.Length(4); i > 0; --i) {
        item.references.push_back({slot.number, AnyWords(dice)});
      }
    }
    item.has_parts = dice.Chance(2);
    item.may_dangle = item.draft.kind->FindSlot("note") != nullptr && dice.Chance(2);
  }
  item.draft.local.source_reference = dice.Chance(20) ? "another" : item.source_key;
  if (dice.Chance(3)) item.draft.local.named_recipients = {"northbank", AnyText(dice)};
  if (dice.Chance(3)) item.draft.local.tags = {"sar"};
  item.draft.local.source.said = crypto::HashOf({item.source_key});
  item.draft.local.source.version_us = dice.Below(UINT64_MAX);
  return item;
}

TEST(Frames, AnItemComesOutAsItWentInOrIsNotSent) {
  Dice dice("Frames.Items");
  int sent = 0;
  for (int round = 0; round < Dice::Rounds(1500); ++round) {
    const std::string original = dice.Bytes(dice.Length(300));
    const Item item = AnyItem(dice, original);
    const absl::StatusOr<std::string> bytes = EncodeItem(item);
    if (!bytes.ok()) continue;
    ++sent;
    const absl::StatusOr<Frame> frame = DecodeFrame(std::string_view(*bytes).substr(kFrameHead));
    ASSERT_TRUE(frame.ok()) << frame.status();
    const auto* again = std::get_if<Item>(&*frame);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->draft.fields, item.draft.fields);
    EXPECT_EQ(again->source_key, item.source_key);
    EXPECT_EQ(again->references.size(), item.references.size());
    EXPECT_EQ(again->may_dangle, item.may_dangle);
    EXPECT_EQ(again->has_parts, item.has_parts);
    EXPECT_EQ(again->original, item.original);
    EXPECT_EQ(EncodeItem(*again).value_or(""), *bytes);
  }
  EXPECT_GT(sent, Dice::Rounds(1500) / 3);
}

TEST(Frames, ARejectComesOutAsItWentInOrIsNotSent) {
  Dice dice("Frames.Rejects");
  for (int round = 0; round < Dice::Rounds(2000); ++round) {
    Reject reject;
    reject.file = AnyText(dice);
    reject.position = dice.Below(UINT64_MAX);
    for (std::string* text : {&reject.object, &reject.field, &reject.reason, &reject.value, &reject.original}) {
      *text = AnyText(dice);
    }
    for (uint64_t i = dice.Length(5); i > 0; --i) {
      reject.further.push_back({AnyText(dice), AnyText(dice), AnyText(dice)});
    }
    reject.well_formed = dice.Chance(2);
    reject.items = dice.Below(3);
    const absl::StatusOr<std::string> bytes = EncodeReject(reject);
    if (!bytes.ok()) {
      EXPECT_TRUE(reject.items == 0 || (reject.items > 1 && !reject.original.empty()));
      continue;
    }
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const absl::StatusOr<Frame> frame = DecodeFrame(std::string_view(*bytes).substr(kFrameHead));
    ASSERT_TRUE(frame.ok()) << frame.status();
    const auto* again = std::get_if<Reject>(&*frame);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->original, reject.original);
    EXPECT_EQ(again->position, reject.position);
    EXPECT_EQ(EncodeReject(*again).value_or(""), *bytes);
  }
}

TEST(Frames, TheHeadOfATableComesOutAsItWentIn) {
  Dice dice("Frames.Heads");
  for (int round = 0; round < Dice::Rounds(1000); ++round) {
    TableHead head;
    head.read_as = AnyText(dice);
    for (uint64_t i = dice.Length(40); i > 0; --i) head.columns.push_back(dice.Bytes(dice.Length(100)));
    const absl::StatusOr<std::string> bytes = EncodeTableHead(head);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const absl::StatusOr<Frame> frame = DecodeFrame(std::string_view(*bytes).substr(kFrameHead));
    ASSERT_TRUE(frame.ok()) << frame.status();
    const auto* again = std::get_if<TableHead>(&*frame);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->columns, head.columns);
    EXPECT_EQ(EncodeTableHead(*again).value_or(""), *bytes);
  }
}

TEST(Frames, TheEndAndTheAssignmentComeOutAsTheyWentIn) {
  Dice dice("Frames.Ends");
  for (int round = 0; round < Dice::Rounds(1000); ++round) {
    Summary summary{static_cast<Format>(dice.Below(3)), dice.Below(99), dice.Below(99), 3, 4, {}, 5};
    for (uint64_t i = dice.Length(300); i > 0; --i) summary.warnings.push_back(dice.Bytes(dice.Length(100)));
    const std::string bytes = EncodeReadEnd(absl::OkStatus(), summary);
    const absl::StatusOr<Frame> frame = DecodeFrame(std::string_view(bytes).substr(kFrameHead));
    ASSERT_TRUE(frame.ok()) << frame.status();
    const auto* end = std::get_if<ReadEnd>(&*frame);
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(EncodeReadEnd(end->status, end->summary), bytes);

    const Assignment assignment{static_cast<Format>(dice.Below(3)),
                                AnyText(dice),
                                AnyText(dice),
                                AnyText(dice),
                                AnyText(dice),
                                dice.Below(1000)};
    const absl::StatusOr<std::string> asked = EncodeAssignment(assignment);
    if (!asked.ok()) continue;
    const absl::StatusOr<Assignment> again = DecodeAssignment(std::string_view(*asked).substr(kFrameHead));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->mapping, assignment.mapping);
    EXPECT_EQ(EncodeAssignment(*again).value_or(""), *asked);
  }
}

}  // namespace
}  // namespace tidegate::intake
