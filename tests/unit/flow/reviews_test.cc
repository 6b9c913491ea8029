// Reviews, disposal and legal holds where rows cannot be read, where a record is gone, and at their bounds.
#include <gmock/gmock.h>

#include "crypto/bytes.h"
#include "node/flow/retention.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kADay = uint64_t{24} * 3'600'000;
constexpr uint64_t kAYear = 365 * kADay + kADay / 4;

class ReviewsTest : public testing::Test {
 protected:
  ReviewsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }
  std::string Add(const std::string& title, const support::Assignments& more = {}) {
    support::Assignments set{{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}};
    set.insert(set.end(), more.begin(), more.end());
    return charity_.Add("report", set);
  }
  std::string Share() {
    const std::string id = Add("Car wash");
    line_.Meet();
    return id;
  }
  Retention Of(MemoryNode& node, uint64_t most_rows = 1000) {
    return {node.store(), node.disclosures(), node.authoring(), [this] { return clock_.now_ms; }, most_rows};
  }
  DueList DueAt(MemoryNode& node, size_t limit = 0) { return Must(Of(node).Due(ben_, "review", 0, 0, limit)); }
  static std::vector<std::string> Ids(const DueList& list) {
    std::vector<std::string> ids;
    for (const DueRecord& one : list.records) ids.push_back(record::FormatRecordId(one.id));
    return ids;
  }
  static record::RecordKey KeyOf(MemoryNode& node, const std::string& id) {
    const auto statement = Must(record::ParseStatement(Must(node.Held(id)).view.statement));
    return {statement.author_fpr, statement.record_id};
  }
  static std::string NameOf(const record::RecordKey& key) {
    return crypto::ByteWriter(48).Raw(key.author).Raw(key.id).Take();
  }
  static void PutNamed(MemoryNode& node, store::Named table, const std::string& scope, const std::string& item,
                       const std::string& value) {
    Must(node.store().Write(
        [&](store::WriteTransaction& transaction) { return transaction.PutNamed(table, scope, item, value); }));
  }
  static void Damage(MemoryNode& node, uint64_t seq) {
    node.Close();
    support::DamageArrival(node.store_folder(), seq);
    node.Open();
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
  const policy::Principal ben_ = policy::PrincipalMint::Mint("ben", true, {"supervisor"});
};

TEST_F(ReviewsTest, TheGroupsOfTheMostSeriousAreReviewedAfterTenYears) {
  EXPECT_EQ(ReviewDue("mopi-1", 5), 5 + 10 * kAYear);
  EXPECT_EQ(ReviewDue("mopi-2", 5), 5 + 10 * kAYear);
  EXPECT_EQ(ReviewDue("mopi-3", 5), 5 + 6 * kAYear);
  EXPECT_EQ(ReviewDue("", 5), 5 + 6 * kAYear);
}

TEST_F(ReviewsTest, EachRecordThatIsShownIsListedOnce) {
  const std::string id = Add("Car wash"), amended = Add("Nail bar");
  Must(charity_.Recall(Add("Farm")));
  Must(charity_.Amend(amended, {{"title", "Nail bars"}}));
  Must(Of(charity_).NoteAmended(ben_, "reviewed", {amended, ""}).status());
  clock_.now_ms += 13 * kAYear;
  EXPECT_THAT(Ids(DueAt(charity_)), ElementsAre(amended, id)) << "first what somebody decided, and it once";
  EXPECT_THAT(Ids(DueAt(charity_, 1)), ElementsAre(amended));
}

TEST_F(ReviewsTest, ADecisionThatCannotBeReadWasNotMade) {
  const std::string id = Add("Car wash"), gone = Add("Nail bar"), lost = Add("Farm");
  for (const std::string& one : {id, gone, lost}) {
    Must(Of(charity_).Retain(ben_, "still needed", {one, ""}, clock_.now_ms + 20 * kAYear).status());
  }
  const uint64_t seq = Must(charity_.Held(lost)).seq;
  clock_.now_ms += 7 * kAYear;
  EXPECT_THAT(Ids(DueAt(charity_)), IsEmpty());
  PutNamed(charity_, store::Named::kRetention, "decided", NameOf(KeyOf(charity_, id)), "no decision");
  EXPECT_THAT(Ids(DueAt(charity_)), ElementsAre(id));
  Must(charity_.Recall(gone));
  Damage(charity_, seq);
  clock_.now_ms += 14 * kAYear;
  const DueList list = DueAt(charity_);
  EXPECT_THAT(Ids(list), ElementsAre(id)) << "neither what is gone nor what cannot be read";
  EXPECT_EQ(list.unreadable, 1u);
}

TEST_F(ReviewsTest, WhatIsUnderHoldIsSaidToBeEvenIfTheHoldCannotBeRead) {
  const std::string held = Add("Car wash"), damaged = Add("Nail bar"), loose = Add("Farm");
  Must(Of(charity_).Hold(ben_, "order of a court", {held, ""}).status());
  PutNamed(charity_, store::Named::kHold, "holds", NameOf(KeyOf(charity_, damaged)), "no hold");
  clock_.now_ms += 7 * kAYear;
  const DueList list = DueAt(charity_);
  ASSERT_THAT(Ids(list), ElementsAre(held, damaged, loose));
  EXPECT_TRUE(list.records[0].held);
  EXPECT_TRUE(list.records[1].held);
  EXPECT_FALSE(list.records[2].held);
  EXPECT_FALSE(Of(charity_).Dispose(ben_, "no purpose any more", {damaged, ""}, false).ok());
  EXPECT_FALSE(charity_.Open(damaged).empty());
}

TEST_F(ReviewsTest, APageGoesThroughABoundedNumberOfArrivals) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Add("Car wash", {{"retention", i == 4 ? "mopi-3" : "mopi-1"}}));
  clock_.now_ms += 7 * kAYear;
  const DueList first = Must(Of(charity_, 3).Due(ben_, "review", 0, 0, 0));
  EXPECT_THAT(first.records, IsEmpty());
  EXPECT_NE(first.next, 0u) << "it goes on there";
  std::vector<std::string> listed;
  for (uint64_t from = first.next; from != 0;) {
    const DueList page = Must(Of(charity_, 3).Due(ben_, "review", 0, from, 0));
    for (const std::string& id : Ids(page)) listed.push_back(id);
    from = page.next;
  }
  EXPECT_THAT(listed, ElementsAre(ids[4]));
}

TEST_F(ReviewsTest, NothingIsDecidedAboutWhatIsGoneOrWithoutAReason) {
  const std::string id = Add("Car wash");
  const std::string long_reason(kMostReasonBytes + 1, 'r');
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Retain(ben_, long_reason, {id, ""}, std::nullopt).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Due(ben_, long_reason, 0, 0, 0).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Hold(ben_, "", {id, ""}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Release(ben_, "", {id, ""}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Dispose(ben_, "", {id, ""}, false).status()));
  EXPECT_TRUE(absl::IsNotFound(Of(charity_).Hold(ben_, "why", {std::string(32, '0'), ""}).status()));
  EXPECT_FALSE(Of(charity_).Hold(ben_, "why", {"no id", ""}).ok());
  Must(charity_.Recall(id));
  EXPECT_TRUE(absl::IsFailedPrecondition(Of(charity_).Retain(ben_, "why", {id, ""}, std::nullopt).status()));
}

TEST_F(ReviewsTest, ADryRunOfADisposalErasesNothing) {
  const std::string id = Share();
  EXPECT_FALSE(Must(Of(bank_).Dispose(ben_, "no purpose any more", {id, ""}, true)).disposed);
  EXPECT_FALSE(bank_.Open(id).empty());
}

TEST_F(ReviewsTest, ADisposalErasesEveryRevisionThatIsLeftAndTheDecisionAboutIt) {
  const std::string id = Share();
  Must(charity_.Amend(id, {{"title", "Car washes"}}));
  line_.Meet();
  Must(charity_.Amend(id, {{"title", "Three car washes"}}));
  line_.Meet();
  const std::vector<uint64_t> revisions = Must(bank_.Read()->Revisions(KeyOf(bank_, id)));
  ASSERT_THAT(revisions, SizeIs(3));
  Damage(bank_, revisions[0]);
  Must(Of(bank_).Retain(ben_, "still needed", {id, ""}, clock_.now_ms + kADay).status());
  const uint64_t used = bank_.receiving().UsedBy("charity").records;
  EXPECT_TRUE(Must(Of(bank_).Dispose(ben_, "no purpose any more", {id, ""}, false)).disposed);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(bank_.receiving().UsedBy("charity").records, used - 1) << "its giver has room for another";
  // Once more: nothing is left to erase, and none of it is due.
  EXPECT_TRUE(Must(Of(bank_).Dispose(ben_, "no purpose any more", {id, ""}, false)).disposed);
  clock_.now_ms += 7 * kAYear;
  EXPECT_THAT(Ids(DueAt(bank_)), IsEmpty());
}

TEST_F(ReviewsTest, AHoldIsListedWithWhatCanBeReadOfItsRecord) {
  const std::string sound = Share(), lost = Share();
  for (const std::string& id : {sound, lost}) Must(Of(bank_).Hold(ben_, "order of a court", {id, ""}).status());
  record::RecordKey nowhere;
  nowhere.id[0] = 1;
  Must(bank_.store().Write([&](store::WriteTransaction& transaction) {
    return transaction.PutHold({nowhere, clock_.now_ms, "ben", "of a record that a backup did not have"});
  }));
  Must(charity_.Recall(sound));
  line_.Meet();
  Damage(bank_, Must(bank_.Held(lost)).seq);
  uint32_t unreadable = 0;
  const std::vector<HeldRecord> holds = Must(Of(bank_).Held(&unreadable));
  ASSERT_THAT(holds, SizeIs(3));
  size_t copies = 0, with_origin = 0;
  for (const HeldRecord& hold : holds) {
    copies += hold.copies;
    with_origin += hold.origin == "charity" ? 1 : 0;
  }
  EXPECT_EQ(copies, 1u);
  EXPECT_EQ(with_origin, 1u) << "whose the others are cannot be told";
  EXPECT_EQ(unreadable, 0u);
}

TEST_F(ReviewsTest, AHoldWithoutCopiesEndsWithoutAnErasure) {
  const std::string id = Share();
  Must(Of(bank_).Hold(ben_, "order of a court", {id, ""}).status());
  EXPECT_EQ(Must(Of(bank_).Release(ben_, "the order ended", {id, ""})).copies, 0u);
  ledger::Filter erasures;
  erasures.name = "erasure";
  EXPECT_THAT(Must(bank_.disclosures().List(erasures, 10)).entries, IsEmpty());
}

// FORMAT.md: 256 copies of one record, or 32 MiB of them, and then no further one.
class CopiesTest : public ReviewsTest {
 protected:
  // Recalls a record under hold of which so many copies are kept already, and tells how many there are afterwards.
  size_t CopiesAfter(size_t before, size_t bytes) {
    const std::string id = Share();
    Must(Of(bank_).Hold(ben_, "order of a court", {id, ""}).status());
    const std::string scope = "copies/" + NameOf(KeyOf(bank_, id));
    Must(bank_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
      const std::string copy(bytes, 'c');
      for (size_t i = 0; i < before; ++i) {
        auto put = transaction.PutNamed(store::Named::kHold, scope, "copy " + std::to_string(i), copy);
        if (!put.ok()) return put;
      }
      return absl::OkStatus();
    }));
    Must(charity_.Recall(id));
    line_.Meet();
    EXPECT_TRUE(bank_.Open(id).empty()) << "it is erased in any case";
    size_t copies = 0;
    store::Damage damage;
    Must(bank_.Read()->ForEachNamed(store::Named::kHold, scope, damage, [&](std::string_view, std::string_view) {
      ++copies;
      return true;
    }));
    return copies;
  }
};

TEST_F(CopiesTest, AreKeptUpToANumber) {
  EXPECT_EQ(CopiesAfter(255, 10), 256u);
  EXPECT_EQ(CopiesAfter(256, 10), 256u);
}

TEST_F(CopiesTest, AreKeptUpToANumberOfBytes) {
  EXPECT_EQ(CopiesAfter(2, (size_t{16} << 20) - 1), 3u);
  EXPECT_EQ(CopiesAfter(2, size_t{16} << 20), 2u);
}

}  // namespace
}  // namespace tidegate::flow
