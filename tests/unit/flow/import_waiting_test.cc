// Links and sightings that lack an end: how they are made, kept in a row, and found again.
#include "node/flow/import_waiting.h"

#include <gmock/gmock.h>

#include "node/flow/import_stix.h"
#include "node/flow/own_records.h"
#include "tests/support/damage.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

record::Narrative NoteIn(const record::Draft& draft) {
  const auto field = draft.fields.find(draft.kind->FindSlot("note")->number);
  return field == draft.fields.end() ? record::Narrative()
                                     : std::get<record::Narrative>(field->second.value.items.front());
}

// A link of a source that names two things for one of its ends, and one for the other.
intake::Item ThreeEnds() {
  intake::Item item;
  item.draft = *record::Draft::Create("link");
  item.source_key = "stix:relationship--1";
  item.draft.local.source_reference = item.source_key;
  item.draft.local.source.said[0] = 7;
  const uint16_t from = item.draft.kind->FindSlot("from")->number, to = item.draft.kind->FindSlot("to")->number;
  item.references = {{from, "stix:a", {}}, {from, "stix:b", {}}, {to, "stix:b", {}}};
  item.may_dangle = true;
  return item;
}
std::vector<intake::Reference> Absent(const intake::Item& item, size_t i) { return {item.references[i]}; }

TEST(DanglingEnd, IsTakenOutByItsFieldAndItsKey) {
  intake::Item item = ThreeEnds();
  const std::vector<intake::Reference> absent = Absent(item, 1);
  const WaitingLink link = WaitingLinkOf(item, absent);
  ASSERT_THAT(link.ends, SizeIs(3));
  EXPECT_FALSE(link.ends[0].absent) << "the same field, another key";
  EXPECT_TRUE(link.ends[1].absent);
  EXPECT_FALSE(link.ends[2].absent) << "the same key, another field";
  Must(Dangle(absent, item));
  ASSERT_THAT(item.references, SizeIs(2));
  EXPECT_EQ(item.references[0].source_key, "stix:a");
  EXPECT_EQ(item.references[1].slot, link.ends[2].slot);
  EXPECT_EQ(NoteIn(item.draft).text, "from: b, which is not held here");
  EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kRed);
}

TEST(DanglingEnd, IsSaidBehindWhatTheSourceNotes) {
  intake::Item item = ThreeEnds();
  Must(item.draft.SetField("note", "seen by two"));
  const WaitingLink link = WaitingLinkOf(item, Absent(item, 0));
  EXPECT_EQ(link.note_bytes, 11u);
  Must(Dangle(Absent(item, 0), item));
  EXPECT_EQ(NoteIn(item.draft).text, "seen by two\n\nfrom: a, which is not held here");
}

// A source may say that it does not know what there is to note.
TEST(DanglingEnd, IsSaidInPlaceOfANoteThatIsUnknown) {
  intake::Item item = ThreeEnds();
  Must(item.draft.SetValue("note", {{record::Unknown()}}));
  EXPECT_EQ(WaitingLinkOf(item, Absent(item, 0)).note_bytes, 0u);
  Must(Dangle(Absent(item, 0), item));
  EXPECT_EQ(NoteIn(item.draft).text, "from: a, which is not held here");
}

TEST(KeptWhole, IsToldByItsTypeUnlessItWasCut) {
  record::Draft draft = *record::Draft::Create("foreign");
  EXPECT_EQ(TypeKeptWhole(draft), "");
  Must(draft.SetField("object_type", "malware"));
  EXPECT_EQ(TypeKeptWhole(draft), "malware");
  Must(draft.SetField("note", "what was left out"));
  EXPECT_EQ(TypeKeptWhole(draft), "") << "its note says what was cut";
  draft.ClearField("note");
  Must(draft.SetValue("object_type", {{record::Unknown()}}));
  EXPECT_EQ(TypeKeptWhole(draft), "");
  EXPECT_EQ(TypeKeptWhole(*record::Draft::Create("report")), "");
}

TEST(KeptWhole, IsCountedAlwaysAndItsTypesAreListedUpToABound) {
  ImportProgress told;
  CountWhole("", told);
  EXPECT_EQ(told.whole, 0u);
  for (int i = 0; i < 101; ++i) CountWhole("x-" + std::to_string(i), told);
  CountWhole("x-0", told);
  EXPECT_EQ(told.whole, 102u);
  EXPECT_THAT(told.whole_types, SizeIs(100));
}

TEST(WaitingRow, WithAWrongByteIsRefused) {
  const intake::Item item = ThreeEnds();
  WaitingLink link = WaitingLinkOf(item, Absent(item, 0));
  const std::string row = Must(EncodeWaiting(link));
  link.ends[0].absent = false;
  const std::string other = Must(EncodeWaiting(link));
  ASSERT_EQ(row.size(), other.size());
  std::string wrong = row;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] != other[i]) wrong[i] = 2;  // neither held nor not
  }
  EXPECT_TRUE(DecodeWaiting(row).ok());
  EXPECT_FALSE(DecodeWaiting(wrong).ok());
}

class WaitingItemsTest : public testing::Test {
 protected:
  static constexpr char kEnd[] = "stix:incident--1";

  // Stores a link that lacks its end, and the row about it.
  std::string Wait(const std::string& key, const std::string& note = "", bool as_said = true) {
    intake::Item item;
    item.draft = *record::Draft::Create("link");
    item.source_key = key;
    item.draft.local.source_reference = key;
    item.draft.local.source.said[0] = 7;
    item.draft.local.source.as_imported = true;
    item.references = {{item.draft.kind->FindSlot("from")->number, kEnd, {}}};
    Must(item.draft.SetField("verb", "related-to"));
    item.draft.handling.tlp = record::Tlp::kGreen;
    const WaitingLink link = WaitingLinkOf(item, item.references);
    Must(Dangle(std::vector<intake::Reference>(item.references), item));
    if (note == "none") item.draft.ClearField("note");
    if (note == "unknown") Must(item.draft.SetValue("note", {{record::Unknown()}}));
    if (!as_said) item.draft.local.source.said[0] ^= 1;
    Chance chance;
    Draw({&chance, 1});
    OwnRecords own = node_.own_records();
    const Authored authored = Must(own.CommitNew(item.draft, chance));
    Must(own.Store(authored, {}).status());
    Must(node_.store().Write([&link](store::WriteTransaction& transaction) { return KeepWaiting(transaction, link); }));
    return record::FormatRecordId(chance.id);
  }
  // What `held` says of a key: the record, where it is one of ours, and that the end is held.
  absl::StatusOr<std::optional<Held>> HeldHere(const std::string& key) {
    if (key == kEnd) return std::optional<Held>(Held{{}, std::nullopt, {}, nullptr});
    return FindStored(*node_.Read(), node_.name(), key);
  }
  std::vector<intake::Item> Items(WaitingLimits most = {}) {
    const auto snapshot = node_.Read();
    return Must(WaitingItems(
        *snapshot, [this](const std::string& key) { return HeldHere(key); }, most));
  }

  Clock clock_;
  MemoryNode node_{"charity", "ngo", clock_};
};

TEST_F(WaitingItemsTest, SayWhatTheirSourceSaid) {
  Wait("stix:relationship--1");
  const std::vector<intake::Item> items = Items();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].source_key, "stix:relationship--1");
  EXPECT_EQ(items[0].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(items[0].draft.fields.count(items[0].draft.kind->FindSlot("note")->number), 0u);
}

TEST_F(WaitingItemsTest, NeedNoNote) {
  Wait("stix:relationship--1", "none");
  Wait("stix:relationship--2", "unknown");
  const std::vector<intake::Item> items = Items();
  ASSERT_THAT(items, SizeIs(2));
  size_t unknown = 0;
  for (const intake::Item& item : items) {
    const auto note = item.draft.fields.find(item.draft.kind->FindSlot("note")->number);
    unknown += note != item.draft.fields.end() ? 1 : 0;
  }
  EXPECT_EQ(unknown, 1u) << "what is unknown stays so";
}

TEST_F(WaitingItemsTest, AreNotThoseWhoseRecordIsNotAsTheImportLeftIt) {
  Wait("stix:relationship--1", "", /*as_said=*/false);
  EXPECT_THAT(Items(), IsEmpty());
}

TEST_F(WaitingItemsTest, AreNotThoseThatCannotBeReadOrAreNotHere) {
  Wait("stix:relationship--1");
  Must(node_.store().Write([](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kReject, "waits", "some item", "no row");
  }));
  const auto snapshot = node_.Read();
  // Of the link itself: it cannot be read, it is not held, it comes in this import, it was erased.
  for (int how = 0; how < 4; ++how) {
    const auto items =
        Must(WaitingItems(*snapshot, [this, how](const std::string& key) -> absl::StatusOr<std::optional<Held>> {
          if (key == kEnd) return HeldHere(key);
          if (how == 0) return absl::DataLossError("damaged");
          if (how == 1) return std::optional<Held>();
          auto held = HeldHere(key);
          if (how == 2) (*held)->record.reset();
          if (how == 3) (*held)->record->erased = true;
          return held;
        }));
    EXPECT_THAT(items, IsEmpty()) << how;
  }
  // Of the end: it cannot be read, or is not held.
  for (const bool damaged : {true, false}) {
    const auto items =
        Must(WaitingItems(*snapshot, [this, damaged](const std::string& key) -> absl::StatusOr<std::optional<Held>> {
          if (key != kEnd) return HeldHere(key);
          if (damaged) return absl::DataLossError("damaged");
          return std::optional<Held>();
        }));
    EXPECT_THAT(items, IsEmpty()) << damaged;
  }
  EXPECT_THAT(Items(), SizeIs(1)) << "a row that is none stops no other";
}

TEST_F(WaitingItemsTest, HaveABoundAndTheNextImportDoesTheOthers) {
  for (const char* key : {"stix:relationship--1", "stix:relationship--2", "stix:relationship--3"}) Wait(key);
  EXPECT_THAT(Items({.looked = 2}), SizeIs(2));
  EXPECT_THAT(Items({.completed = 1}), SizeIs(1));
  EXPECT_THAT(Items(), SizeIs(3));
}

TEST_F(WaitingItemsTest, AreFoundByTheRecordThatWaitsAsLongAsItIsAsItWasLeft) {
  const std::string id = Wait("stix:relationship--1");
  const auto waiting = [&](const std::string& record) {
    const auto held = Must(node_.Held(record));
    return Must(WaitingLinkFor(*node_.Read(), held));
  };
  ASSERT_TRUE(waiting(id).has_value());
  EXPECT_EQ(waiting(id)->handling.tlp, record::Tlp::kGreen);
  EXPECT_FALSE(waiting(node_.Add("report", {{"title", "A van"}, {"tlp", "GREEN"}})).has_value());
  EXPECT_FALSE(waiting(Wait("stix:relationship--2", "", /*as_said=*/false)).has_value());
  OwnRecords own = node_.own_records();
  const store::StoredRecord held = Must(node_.Held(id));
  Chance chance;
  Draw({&chance, 1});
  Must(own.Store(Must(own.CommitAmendment(Must(DraftOf(held)), held, chance)), {}).status());  // changed here
  EXPECT_FALSE(waiting(id).has_value());
}

TEST_F(WaitingItemsTest, HaveNoRowThatCanBeReadAnyMore) {
  const std::string id = Wait("stix:relationship--1");
  Must(node_.store().Write([](store::WriteTransaction& transaction) -> absl::Status {
    std::vector<std::string> items;
    store::Damage damage;
    auto read =
        transaction.ForEachNamed(store::Named::kReject, "waits", damage, [&](std::string_view item, std::string_view) {
          items.emplace_back(item);
          return true;
        });
    if (!read.ok()) return read;
    return transaction.PutNamed(store::Named::kReject, "waits", items.at(0), "no row");
  }));
  EXPECT_FALSE(Must(WaitingLinkFor(*node_.Read(), Must(node_.Held(id)))).has_value());
}

TEST_F(WaitingItemsTest, HaveARowThatWasDamaged) {
  const std::string id = Wait("stix:relationship--1");
  node_.Close();
  support::DamageNamed(node_.store_folder(), static_cast<uint8_t>(store::Named::kReject));
  node_.Open();
  EXPECT_FALSE(Must(WaitingLinkFor(*node_.Read(), Must(node_.Held(id)))).has_value());
  EXPECT_THAT(Items(), IsEmpty());
}

}  // namespace
}  // namespace tidegate::flow
