// Views: committing, narrowing, merging, verifying, and every way of tampering with one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

using testing::HasSubstr;

View NarrowTo(const View& view, const std::vector<std::pair<std::string, int8_t>>& rungs) {
  absl::StatusOr<View> narrow = Narrow(view, MaskOf(*Catalogue::FindKind("report"), rungs));
  EXPECT_TRUE(narrow.ok()) << narrow.status();
  return *std::move(narrow);
}

TEST(View, CommittedVerifiesAndSaysWhatTheDraftSaid) {
  const Draft draft = SampleReport();
  const VerifiedView committed = Committed(draft);
  EXPECT_EQ(committed.size(), draft.fields.size());
  const absl::StatusOr<VerifiedView> verified = Verify(committed.view());
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->leaf(), committed.leaf());
  EXPECT_EQ(verified->statement(), committed.statement());
  EXPECT_EQ(verified->handling(), committed.handling());
  for (size_t i = 0; i < verified->size(); ++i) {
    EXPECT_EQ(verified->value(i), draft.fields.at(verified->slot(i).number).value);
    EXPECT_EQ(committed.value(i), verified->value(i));
  }
  EXPECT_EQ(verified->leaf(), LogLeaf(committed.view().statement));
  EXPECT_EQ(verified->Find("control_methods"), -1);
  EXPECT_EQ(verified->Find("no_such_field"), -1);
}

TEST(View, TheSameSeedGivesTheSameRecordAndAnotherSeedNothingInCommon) {
  const Draft draft = SampleReport();
  EXPECT_EQ(Committed(draft, 1).view(), Committed(draft, 1).view());
  const View a = Committed(draft, 1).view();
  const View b = Committed(draft, 2).view();
  EXPECT_NE(a.statement, b.statement);
  for (size_t i = 0; i < a.opened.size(); ++i) EXPECT_NE(a.opened[i].salt, b.opened[i].salt);
  for (const Hash& hash : a.proof) EXPECT_EQ(std::count(b.proof.begin(), b.proof.end(), hash), 0);
}

TEST(View, UnmarkedIsSignedAsRed) {
  const VerifiedView view = Committed(DraftOf("report", {{"title", "x"}}));
  EXPECT_EQ(view.handling().tlp, Tlp::kRed);
  EXPECT_THAT(view.statement().handling, HasSubstr("RED"));
}

TEST(View, SarTravelsAsACondition) {
  Draft by_tag = DraftOf("report", {{"title", "x"}});
  by_tag.local.tags = {"sar"};
  const Draft by_field = DraftOf("report", {{"title", "x"}, {"tags", "suspicious-activity-report"}});
  for (const Draft& draft : {by_tag, by_field}) {
    EXPECT_THAT(Committed(draft).handling().conditions, testing::ElementsAre(kSarCondition));
  }
  EXPECT_TRUE(Committed(DraftOf("report", {{"title", "x"}})).handling().conditions.empty());
}

TEST(View, NarrowShowsOnlyWhatTheMaskAllows) {
  const VerifiedView full = Committed(SampleReport());
  const View narrow = NarrowTo(full.view(), {{"place", 2}, {"observed", 2}, {"exploitation", 1}, {"title", 0}});
  const absl::StatusOr<VerifiedView> verified = Verify(narrow);
  ASSERT_TRUE(verified.ok()) << verified.status();
  ASSERT_EQ(verified->size(), 4u);
  const auto shown = [&](std::string_view name) {
    const auto at = static_cast<size_t>(verified->Find(name));
    return DisplayValue(verified->slot(at), verified->value(at)) + " @" + std::string(verified->precision(at));
  };
  EXPECT_EQ(shown("place"), "Lincolnshire, GB @place.region");
  EXPECT_EQ(shown("observed"), "2026-03 @time.month");
  EXPECT_EQ(shown("exploitation"), "labour @code.parent");
  EXPECT_EQ(verified->leaf(), full.leaf());
  const std::string bytes = EncodeView(narrow);
  for (const char* secret : {"Harbour Lane", "Grimsby", "Marin", "7700900123", "Volunteer", "wages-taken", "AB12CDE"}) {
    EXPECT_THAT(bytes, testing::Not(HasSubstr(secret)));
  }
}

TEST(View, AFieldKnownOnlyCoarselyGoesCoarsely) {
  const VerifiedView full = Committed(DraftOf("report", {{"place", "||Lincolnshire|GB"}, {"title", "x"}}));
  EXPECT_EQ(full.precision(static_cast<size_t>(full.Find("place"))), "place.region");
  const absl::StatusOr<VerifiedView> exact = Verify(NarrowTo(full.view(), {{"place", 0}}));
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_EQ(exact->precision(0), "place.region");
  const absl::StatusOr<VerifiedView> country = Verify(NarrowTo(full.view(), {{"place", 3}}));
  ASSERT_TRUE(country.ok()) << country.status();
  EXPECT_EQ(DisplayValue(country->slot(0), country->value(0)), "GB");
}

TEST(View, NarrowRefusesNonsense) {
  const View full = Committed(SampleReport()).view();
  const Kind& kind = *Catalogue::FindKind("report");
  EXPECT_EQ(Narrow(full, std::vector<int8_t>(kind.slots.size(), -1)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Narrow(full, std::vector<int8_t>(3, 0)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Narrow(full, MaskOf(kind, {{"place", 4}})).ok());
  // A field that the record has not: nothing remains.
  EXPECT_EQ(Narrow(full, MaskOf(kind, {{"control_methods", 0}})).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(View, MergeTakesTheFinest) {
  const VerifiedView full = Committed(SampleReport());
  const View a = NarrowTo(full.view(), {{"place", 3}, {"title", 0}});
  const View b = NarrowTo(full.view(), {{"place", 1}, {"observed", 0}});
  for (const auto& [left, right] : {std::pair{a, b}, std::pair{b, a}}) {
    const absl::StatusOr<View> merged = Merge(left, right);
    ASSERT_TRUE(merged.ok()) << merged.status();
    const absl::StatusOr<VerifiedView> verified = Verify(*merged);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(*merged, NarrowTo(full.view(), {{"place", 1}, {"observed", 0}, {"title", 0}}));
  }
  EXPECT_EQ(*Merge(full.view(), a), full.view());
  EXPECT_FALSE(Merge(a, Committed(SampleReport(), 9).view()).ok());
}

TEST(View, AmendAndRecall) {
  const VerifiedView first = Committed(SampleReport());
  CommitContext context = SampleContext();
  context.act = Act::kAmend;
  EXPECT_FALSE(Commit(SampleReport(), context, SeedOf(3)).ok());  // an amend follows something
  context.revision = 1;
  context.prev_leaf = first.leaf();
  const absl::StatusOr<VerifiedView> amended = Commit(SampleReport(), context, SeedOf(3));
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_TRUE(Verify(amended->view()).ok());

  const absl::StatusOr<VerifiedView> recall = CommitRecall(amended->statement(), context.author_fpr, 1'773'000'000'000);
  ASSERT_TRUE(recall.ok()) << recall.status();
  EXPECT_TRUE(recall->recall());
  EXPECT_EQ(recall->statement().revision, 2u);
  EXPECT_EQ(recall->statement().prev_leaf, amended->leaf());
  EXPECT_EQ(recall->statement().record_id, first.statement().record_id);
  EXPECT_EQ(recall->handling().tlp, Tlp::kAmber);
  EXPECT_TRUE(recall->handling().purposes.empty());
  EXPECT_EQ(*Narrow(recall->view(), {}), recall->view());
  EXPECT_FALSE(CommitRecall(recall->statement(), context.author_fpr, 0).ok());
  View with_field = recall->view();
  with_field.opened.push_back(first.view().opened.front());
  EXPECT_THAT(Message(Verify(with_field).status()), HasSubstr("record: opening: a recall opens no fields"));
}

TEST(View, CommitRefusesWhatIsNotValid) {
  EXPECT_FALSE(Commit(Draft{}, SampleContext(), SeedOf(1)).ok());
  EXPECT_FALSE(Commit(DraftOf("report", {}), SampleContext(), SeedOf(1)).ok());
  Draft only_marked = DraftOf("report", {{"title", "x"}, {"wage.tlp", "RED"}});
  EXPECT_THAT(Message(Commit(only_marked, SampleContext(), SeedOf(1)).status()), HasSubstr("field `wage`"));
  Draft no_conditions = DraftOf("report", {{"title", "x"}});
  EXPECT_TRUE(no_conditions.handling.Set("grade", "1BC").ok());
  EXPECT_THAT(Message(Commit(no_conditions, SampleContext(), SeedOf(1)).status()), HasSubstr("record: handling: "));
  Draft beyond = DraftOf("report", {{"title", "x"}});
  beyond.fields[9999] = beyond.fields.begin()->second;
  EXPECT_FALSE(Commit(beyond, SampleContext(), SeedOf(1)).ok());
}

struct Tampering {
  const char* name;
  const char* layer;
  std::function<void(View&)> act;
};

size_t IndexOf(const View& view, std::string_view name) {
  const uint16_t number = SlotOf("report", name).number;
  for (size_t i = 0; i < view.opened.size(); ++i) {
    if (view.opened[i].slot == number) return i;
  }
  ADD_FAILURE() << name;
  return 0;
}

// Re-signs nothing: only bytes of the view change, as a forwarder could.
TEST(View, EachTamperingIsRefusedWithItsLayer) {
  const View view =
      NarrowTo(Committed(SampleReport()).view(), {{"place", 2}, {"observed", 1}, {"title", 0}, {"exploitation", 0}});
  ASSERT_TRUE(Verify(view).ok());
  const Slot& place = SlotOf("report", "place");
  const std::vector<Tampering> tamperings = {
      {"value swapped", "opening",
       [&](View& v) { v.opened[IndexOf(v, "place")].value = EncodeValue(place, *ParseValue(place, "||Kent|GB")); }},
      {"value finer than its rung", "opening",
       [&](View& v) { v.opened[IndexOf(v, "place")].value = EncodeValue(place, *ParseValue(place, "|Hull||GB")); }},
      {"value of another encoding", "opening", [](View& v) { v.opened[0].value += '\0'; }},
      {"salt", "opening", [](View& v) { v.opened[0].salt[3] ^= 1; }},
      {"finer hash", "opening", [](View& v) { v.opened[IndexOf(v, "place")].finer[0][0] ^= 1; }},
      {"finer hash left out", "opening", [](View& v) { v.opened[IndexOf(v, "place")].finer.pop_back(); }},
      {"rung renamed", "opening", [](View& v) { v.opened[IndexOf(v, "place")].rung = 3; }},
      {"rung out of range", "opening", [](View& v) { v.opened[IndexOf(v, "title")].rung = 1; }},
      {"type", "opening", [](View& v) { v.opened[0].type ^= 0x80; }},
      {"attributes added", "opening",
       [](View& v) {
         v.opened[0].attributes = *EncodeAttributes({Tlp::kClear, "", "", "", ""});
       }},
      {"attributes broken", "handling", [](View& v) { v.opened[0].attributes = "\x09"; }},
      {"field moved", "opening", [](View& v) { v.opened.back().slot += 1; }},
      {"field beyond the kind", "opening", [](View& v) { v.opened.back().slot = 60000; }},
      {"field dropped", "opening", [](View& v) { v.opened.pop_back(); }},
      {"field doubled", "opening", [](View& v) { v.opened.insert(v.opened.begin(), v.opened.front()); }},
      {"order", "opening", [](View& v) { std::swap(v.opened[0], v.opened[1]); }},
      {"proof hash", "opening", [](View& v) { v.proof[1][31] ^= 0x80; }},
      {"proof too short", "opening", [](View& v) { v.proof.pop_back(); }},
      {"proof too long", "opening", [](View& v) { v.proof.push_back(v.proof.back()); }},
      {"all fields dropped", "opening", [](View& v) { v.opened.clear(); }},
      {"statement label", "opening", [](View& v) { v.statement[0] ^= 1; }},
      {"statement suite", "opening", [](View& v) { v.statement[8] = 2; }},
      {"kind", "opening", [](View& v) { v.statement[12] = 77; }},
      {"schema version", "opening", [](View& v) { v.statement[14] = 77; }},
      {"root", "opening", [](View& v) { v.statement.back() ^= 1; }},
      {"statement trailing byte", "opening", [](View& v) { v.statement += 'x'; }},
      {"handling tag", "handling", [](View& v) { v.statement[8 + 1 + 4 + 2 + 16 + 4 + 32 + 32 + 8 + 1 + 2] = 99; }},
  };
  for (const Tampering& tampering : tamperings) {
    View broken = view;
    tampering.act(broken);
    const absl::StatusOr<VerifiedView> verified = Verify(broken);
    ASSERT_FALSE(verified.ok()) << tampering.name;
    EXPECT_THAT(Message(verified.status()), testing::StartsWith("record: " + std::string(tampering.layer) + ": "))
        << tampering.name;
  }
}

// Handling and act are signed: they cannot be changed and still be the same leaf.
TEST(View, TheLeafBindsTheWholeStatement) {
  const View view = Committed(SampleReport()).view();
  for (size_t i = 0; i < view.statement.size(); ++i) {
    std::string other = view.statement;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_NE(LogLeaf(other), LogLeaf(view.statement));
  }
}

TEST(Statement, EachActHasItsShape) {
  const Statement put = Committed(SampleReport()).statement();
  const auto refused = [](Statement s) { return !ParseStatement(EncodeStatement(s)).ok(); };
  EXPECT_FALSE(refused(put));
  Statement s = put;
  s.revision = 1;
  EXPECT_TRUE(refused(s));
  s.prev_leaf[0] = 1;
  EXPECT_TRUE(refused(s));
  s.act = Act::kAmend;
  EXPECT_FALSE(refused(s));
  s.revision = 0;
  EXPECT_TRUE(refused(s));
  s.revision = 1;
  s.act = Act::kRecall;
  EXPECT_TRUE(refused(s));
  s.act = static_cast<Act>(3);
  EXPECT_TRUE(refused(s));
  s = put;
  s.n = 0;
  EXPECT_TRUE(refused(s));
}

TEST(Codec, RoundTripsAndRefusesEveryTruncation) {
  const View view = NarrowTo(Committed(SampleReport()).view(), {{"place", 2}, {"title", 0}});
  const std::string bytes = EncodeView(view);
  const absl::StatusOr<View> decoded = DecodeView(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, view);
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(DecodeView(bytes.substr(0, length)).ok());
  EXPECT_FALSE(DecodeView(bytes + '\0').ok());
}

TEST(Codec, ALengthHasOneFormAndAnEnd) {
  View view;
  view.statement = "S";
  Opened& opened = view.opened.emplace_back();
  for (size_t length : {0, 1, 127, 128, 16383, 16384, 100000}) {
    opened.value.assign(length, 'v');
    const std::string bytes = EncodeView(view);
    const absl::StatusOr<View> decoded = DecodeView(bytes);
    ASSERT_TRUE(decoded.ok()) << length;
    EXPECT_EQ(*decoded, view) << length;
    EXPECT_EQ(EncodeView(*decoded), bytes) << length;
  }
  opened.value = "vv";
  const std::string bytes = EncodeView(view);
  const size_t at = bytes.size() - 2 - 2 - 1;  // before it: the value; behind: no hashes
  ASSERT_EQ(bytes[at], 2);
  const auto with_length = [&](std::string_view length) {
    return bytes.substr(0, at).append(length) + bytes.substr(at + 1);
  };
  EXPECT_TRUE(DecodeView(with_length("\x02")).ok());
  EXPECT_FALSE(DecodeView(with_length(std::string_view("\x82\x00", 2))).ok()) << "not the shortest form";
  EXPECT_FALSE(DecodeView(with_length("\xff\xff\xff\xff\x0f")).ok()) << "five bytes";
  EXPECT_FALSE(DecodeView(with_length("\x7f")).ok()) << "beyond the end";
}

// One bit anywhere: refused by the codec or by Verify, or another record altogether (its statement's own fields).
TEST(Codec, NoBitFlipGivesAnotherTruthAboutTheSameRecord) {
  const VerifiedView original = Committed(DraftOf("report", {{"title", "x"}, {"place", "|Leeds||GB"}}));
  const std::string bytes = EncodeView(original.view());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    absl::StatusOr<View> view = DecodeView(flipped);
    if (!view.ok()) continue;
    const absl::StatusOr<VerifiedView> verified = Verify(*std::move(view));
    if (!verified.ok()) continue;
    EXPECT_NE(verified->leaf(), original.leaf()) << "byte " << i;
  }
}

TEST(RecordId, HexBothWays) {
  RecordId id;
  for (size_t i = 0; i < id.size(); ++i) id[i] = static_cast<uint8_t>(i * 17);
  EXPECT_EQ(FormatRecordId(id), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(*ParseRecordId("00112233445566778899AABBCCDDEEFF"), id);
  EXPECT_FALSE(ParseRecordId("00").ok());
  EXPECT_FALSE(ParseRecordId(std::string(32, 'g')).ok());
}

}  // namespace
}  // namespace tidegate::record
