// The frames that the reader of a file hands over, and which of them the node believes.
#include "node/intake/frames.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::HasSubstr;

Item SomeItem() {
  const std::string text =
      R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[{"type":"sighting",)"
      R"("id":"sighting--00000000-0000-4000-8000-000000000001","modified":"2025-01-02T03:04:05Z",)"
      R"("sighting_of_ref":"incident--00000000-0000-4000-8000-000000000002","description":"seen","count":3,)"
      R"("object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]}]})";
  Collected read = Collect(Format::kStix, {"source", text, true, -1, "north"});
  EXPECT_EQ(read.items.size(), 1u);
  Item item = std::move(read.items.at(0));
  item.draft.local.named_recipients = {"a", "b"};
  item.original = "its bytes";  // what it had was the text's, which ends here
  return item;
}

std::string Body(absl::StatusOr<std::string> frame) {
  EXPECT_TRUE(frame.ok()) << frame.status();
  return frame->substr(kFrameHead);
}

TEST(Frames, AnItemComesBackAsItWas) {
  const Item item = SomeItem();
  const std::string body = Body(EncodeItem(item));
  const absl::StatusOr<Frame> frame = DecodeFrame(body);
  ASSERT_TRUE(frame.ok()) << frame.status();
  const auto* again = std::get_if<Item>(&*frame);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->draft.kind, item.draft.kind);
  EXPECT_EQ(again->draft.fields, item.draft.fields);
  EXPECT_EQ(again->draft.handling, item.draft.handling);
  EXPECT_EQ(again->draft.local, item.draft.local);
  ASSERT_EQ(again->references.size(), item.references.size());
  EXPECT_EQ(again->references[0].source_key, item.references[0].source_key);
  EXPECT_EQ(again->source_key, item.source_key);
  EXPECT_EQ(again->former_key, item.former_key);
  EXPECT_EQ(again->object, item.object);
  EXPECT_TRUE(again->well_formed);
  EXPECT_TRUE(again->may_dangle);
  EXPECT_EQ(again->original, "its bytes");
}

TEST(Frames, RejectsAndTheEndComeBackAsTheyWere) {
  Reject reject;
  reject.file = "f";
  reject.position = 7;
  reject.object = "o";
  reject.field = "field";
  reject.reason = "why";
  reject.value = "what";
  reject.further = {{"other", "too", "that"}};
  reject.original = "bytes";
  reject.well_formed = true;
  const auto again = DecodeFrame(Body(EncodeReject(reject)));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(std::get<Reject>(*again).reason, "why");
  EXPECT_EQ(std::get<Reject>(*again).position, 7u);
  EXPECT_TRUE(std::get<Reject>(*again).well_formed);
  EXPECT_EQ(std::get<Reject>(*again).value, "what");
  ASSERT_EQ(std::get<Reject>(*again).further.size(), 1u);
  EXPECT_EQ(std::get<Reject>(*again).further[0].reason, "too");
  Summary summary;
  summary.items = 5;
  summary.older = 2;
  summary.warnings = {"w"};
  const auto end = DecodeFrame(Body(EncodeReadEnd(absl::InvalidArgumentError("no header"), summary)));
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(std::get<ReadEnd>(*end).status, absl::InvalidArgumentError("no header"));
  EXPECT_EQ(std::get<ReadEnd>(*end).summary.older, 2u);
  EXPECT_EQ(std::get<ReadEnd>(*end).summary.warnings, summary.warnings);
}

TEST(Frames, WhatNoFileCouldHaveGivenIsNotBelieved) {
  const std::string body = Body(EncodeItem(SomeItem()));
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(DecodeFrame(std::string_view(body).substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(DecodeFrame(body + "x").ok());
  Item item = SomeItem();
  std::string of_another = body;
  of_another[of_another.find(item.source_key)] ^= 1;  // its source reference says who it is, too
  EXPECT_FALSE(DecodeFrame(of_another).ok());
  item.draft.local.source_reference = "another's key";
  EXPECT_FALSE(EncodeItem(item).ok()) << "nor is it sent";
  item = SomeItem();
  item.references[0].slot = item.draft.kind->FindSlot("count")->number;
  EXPECT_FALSE(DecodeFrame(Body(EncodeItem(item))).ok());
  item = SomeItem();
  item.draft.fields[item.draft.kind->FindSlot("count")->number].value.items = {record::Text{"no number"}};
  EXPECT_FALSE(DecodeFrame(Body(EncodeItem(item))).ok());
  EXPECT_FALSE(DecodeFrame(std::string(1, '\x09')).ok());
}

TEST(Frames, AnErrorOfNoFileIsOneOfTheReader) {
  const auto end = DecodeFrame(Body(EncodeReadEnd(absl::PermissionDeniedError("x"), {})));
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(absl::IsInternal(std::get<ReadEnd>(*end).status));
}

TEST(Frames, AnAssignmentComesBackAsItWas) {
  const Assignment assignment{Format::kCsv, "/a/b.csv", "north", "kind = 1", "m.toml", 256};
  const absl::StatusOr<std::string> bytes = EncodeAssignment(assignment);
  ASSERT_TRUE(bytes.ok());
  const auto again = DecodeAssignment(std::string_view(*bytes).substr(kFrameHead));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->mapping, assignment.mapping);
  EXPECT_EQ(again->batch_items, 256u);
  EXPECT_FALSE(EncodeAssignment({Format::kCsv, std::string(70'000, 'x'), "", "", "", 1}).ok());
}

absl::Status ReadBy(const std::string& program) {
  TemporaryFolder folder;
  WriteFile(folder / "r.md", "---\ntitle: t\n---\nbody");
  return ReadApart(
             program, {Format::kReport, folder / "r.md", "", "", "", 8},
             [](std::vector<Item>&) { return absl::OkStatus(); }, [](const Reject&) { return absl::OkStatus(); })
      .status();
}

// The node goes on, in whatever way the reader ends.
TEST(Apart, AReaderThatEndsCostsTheImportAndNothingElse) {
  const absl::Status ended = ReadBy("/bin/false");
  EXPECT_TRUE(absl::IsInternal(ended)) << ended;
  EXPECT_THAT(std::string(ended.message()), HasSubstr("ended with 1"));
}

TEST(Apart, AReaderThatSaysNonsenseIsNotBelieved) {
  EXPECT_TRUE(absl::IsInternal(ReadBy("/usr/bin/yes")));  // as a length, more than a frame may have
}

TEST(Apart, AProgramThatIsNotThereIsSaid) { EXPECT_TRUE(absl::IsUnavailable(ReadBy("/nonexistent"))); }

}  // namespace
}  // namespace tidegate::intake
