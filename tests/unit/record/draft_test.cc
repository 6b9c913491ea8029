// Drafts: fields by name, and errors that say which and why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

using testing::HasSubstr;

TEST(Draft, UnknownKindNamesTheKinds) {
  const absl::StatusOr<Draft> draft = Draft::Create("rumour");
  ASSERT_EQ(draft.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Message(draft.status()), HasSubstr("report"));
}

TEST(Draft, ErrorsNameTheField) {
  Draft draft = DraftOf("report", {});
  EXPECT_THAT(Message(draft.SetField("titel", "x")), HasSubstr("has no field `titel`; did you mean `title`?"));
  EXPECT_THAT(Message(draft.SetField("zzz", "x")), HasSubstr("kind `report` has no field `zzz`"));
  EXPECT_THAT(Message(draft.SetField("victim_count", "a few")), HasSubstr("field `victim_count`"));
  EXPECT_THAT(Message(draft.SetField("exploitation", "labour.cares")), HasSubstr("did you mean `labour.care`?"));
  EXPECT_THAT(Message(draft.SetField("title", std::string(2'000'000, 'x'))), HasSubstr("field `title`: value of "));
  EXPECT_TRUE(draft.fields.empty());
}

// It is kept, because plans grow; but a digit was probably left out.
TEST(Draft, ATelephoneNumberOfAnOddLengthIsDoubted) {
  Draft draft = DraftOf("report", {});
  ASSERT_TRUE(draft.SetField("identifiers", "phone:+48 600 700 800; phone:+44 20 7946 0001").ok());
  EXPECT_THAT(DoubtsAbout(draft, 0), testing::IsEmpty());
  for (const char* odd : {"phone:+48 600 70", "phone:+44 20 7946 0001 22"}) {
    ASSERT_TRUE(draft.SetField("identifiers", odd).ok()) << odd;
    EXPECT_THAT(DoubtsAbout(draft, 0), testing::ElementsAre(HasSubstr("shorter or longer than those of its country")))
        << odd;
  }
}

TEST(Draft, ErrorsNeverQuoteTheValue) {
  Draft draft = DraftOf("report", {});
  for (const char* field : {"victim_count", "observed", "identifiers", "exploitation", "ongoing", "related"}) {
    const absl::Status set = draft.SetField(field, "Marin-Ionescu-secret");
    ASSERT_FALSE(set.ok()) << field;
    EXPECT_THAT(Message(set), testing::Not(HasSubstr("Ionescu")));
  }
}

TEST(Draft, NarrativePartsAndAttributesInAnyOrder) {
  Draft draft = DraftOf("report", {{"narrative.heading", "Car wash"},
                                   {"narrative.tlp", "RED"},
                                   {"narrative", "The full text"},
                                   {"narrative.sanitised", "The sanitised text"},
                                   {"narrative.basis", "assessment"}});
  const Field& field = draft.fields.at(SlotOf("report", "narrative").number);
  EXPECT_EQ(field.value, (Value{{Narrative{"The full text", "The sanitised text", "Car wash"}}}));
  EXPECT_EQ(field.attributes.tlp, Tlp::kRed);
  EXPECT_EQ(field.attributes.basis, "assessment");
  EXPECT_THAT(Message(draft.SetField("title.sanitised", "x")), HasSubstr("not a narrative"));
  EXPECT_FALSE(draft.SetField("title.colour", "x").ok());
}

TEST(Draft, ValuesAndClearing) {
  Draft draft = DraftOf("report", {});
  EXPECT_TRUE(draft.SetValue("ongoing", Value{{Tristate{true}}}).ok());
  EXPECT_FALSE(draft.SetValue("ongoing", Value{{Text{"yes"}}}).ok());
  EXPECT_FALSE(draft.SetValue("ongoin", Value{{Tristate{true}}}).ok());
  EXPECT_TRUE(draft.ClearField("ongoing"));
  EXPECT_FALSE(draft.ClearField("ongoing"));
}

TEST(Doubts, AreToldOfWhatWasTakenAsItWasWritten) {
  const Kind& report = *Catalogue::FindKind("report");
  EXPECT_THAT(DoubtAbout(report, "observed", "2026-03-04T10:20"), testing::HasSubstr("without a zone"));
  EXPECT_THAT(DoubtAbout(report, "observed", "2026-03-01..2026-03-04 10:20"), testing::HasSubstr("without a zone"));
  EXPECT_THAT(DoubtAbout(report, "expiry", "2026-03-04T10:20"), testing::HasSubstr("`expiry` has a time"));
  EXPECT_THAT(DoubtAbout(report, "place", "Leeds, West Yorkshire, GB"), testing::HasSubstr("kept whole"));
  for (const auto& [field, text] : {std::pair{"observed", "2026-03-04T10:20Z"},
                                    {"observed", "2026-03-04"},
                                    {"observed", "2026-03-04 10:20+02:00"},
                                    {"place", "|Leeds|West Yorkshire|GB"},
                                    {"place", "Leeds"},
                                    {"title", "2026-03-04T10:20, Leeds"}}) {
    EXPECT_EQ(DoubtAbout(report, field, text), "") << field << ": " << text;
  }
}

TEST(Doubts, AreToldOfTimesThatCannotBe) {
  constexpr uint64_t kNow = 1'780'000'000'000;  // in May 2026
  Draft draft = *Draft::Create("report");
  ASSERT_TRUE(draft.SetField("observed", "3026-01-01").ok());
  ASSERT_TRUE(draft.handling.Set("expiry", "2020-01-01").ok());
  EXPECT_THAT(DoubtsAbout(draft, kNow), testing::ElementsAre(testing::HasSubstr("`observed` lies in the future"),
                                                             testing::HasSubstr("its expiry is past")));
  ASSERT_TRUE(draft.SetField("observed", "2026-05..").ok());
  ASSERT_TRUE(draft.handling.Set("expiry", "2030-01-01").ok());
  EXPECT_THAT(DoubtsAbout(draft, kNow), testing::IsEmpty());
}

}  // namespace
}  // namespace tidegate::record
