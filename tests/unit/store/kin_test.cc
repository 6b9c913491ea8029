// A record is (author, id): what one author does under an id changes nothing of another's, and costs no more however
// much is held.
#include <algorithm>

#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

const crypto::Hash kThirdKey = crypto::HashOf({"third log key"});

class KinTest : public StoreTest {
 protected:
  PutRequest FromThird(const record::VerifiedView& view) {
    PutRequest request = From(view, kThird);
    request.origin = kThird;
    return request;
  }
  uint64_t Show(const record::VerifiedView& view, std::string_view origin = {}) {
    auto seq = Read()->FindById(view.statement().record_id, origin);
    EXPECT_TRUE(seq.ok()) << seq.status();
    return seq.value_or(0);
  }
  struct Costs {
    uint64_t stored = 0, limit = 0;
    uint64_t most_rows = 0;  // opened for one put
  };
  // In one transaction, as a parcel's are.
  Costs PutAll(const std::vector<record::VerifiedView>& views) {
    std::vector<PreparedPut> prepared;
    for (const record::VerifiedView& view : views) prepared.push_back(*support::Prepared(*store_, From(view, kThem)));
    Costs costs;
    const absl::Status status = store_->Write([&](WriteTransaction& t) -> absl::Status {
      costs = {};
      for (const PreparedPut& one : prepared) {
        const uint64_t before = store_->RowsOpened();
        auto put = t.Put(one);
        if (!put.ok()) return put.status();
        costs.most_rows = std::max(costs.most_rows, store_->RowsOpened() - before);
        costs.stored += put->outcome == PutOutcome::kStored ? 1 : 0;
        costs.limit += put->outcome == PutOutcome::kLimit ? 1 : 0;
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return costs;
  }
  // As a store of the version before has it: rows and no table of kin.
  void ForgetKin() {
    constexpr auto kKin = static_cast<Ordered>(0xf0);
    const absl::Status status = store_->Write([](WriteTransaction& t) {
      std::vector<std::string> keys;
      absl::Status listed = t.ForEachOrdered(kKin, "", "", false, [&](std::string_view key, const auto&) {
        keys.emplace_back(key);
        return true;
      });
      for (const std::string& key : keys) {
        if (listed.ok()) listed = t.DeleteOrdered(kKin, key);
      }
      return listed;
    });
    ASSERT_TRUE(status.ok()) << status;
  }
};

TEST_F(KinTest, ATwinOfOneOfOurRecordsIsRefusedWhateverItIs) {
  const record::VerifiedView ours = MakePerson({.name = "Ours"});
  const record::VerifiedView twin = MakePerson({.name = "Theirs", .author = kTheirKey, .twin = &ours});
  const record::VerifiedView after = MakePerson({.name = "After", .author = kTheirKey, .before = &ours});
  Put(Own(ours));
  EXPECT_EQ(Put(From(twin, kThem)).outcome, PutOutcome::kTwin);
  EXPECT_EQ(Put(From(after, kThem)).outcome, PutOutcome::kTwin);
  EXPECT_EQ(Put(From(MakeRecall(twin), kThem)).outcome, PutOutcome::kTwin);
  EXPECT_EQ(Read()->LastSeq(), 1u);
  EXPECT_FALSE(Record(1).superseded || Record(1).erased || Record(1).forked);
  EXPECT_EQ(Show(ours), 1u);
}

TEST_F(KinTest, TwinsOfTwoOthersAreHeldApartAndBothAreReachable) {
  const record::VerifiedView first = MakePerson({.name = "First", .author = kTheirKey});
  const record::VerifiedView twin = MakePerson({.name = "Twin", .author = kThirdKey, .twin = &first});
  EXPECT_EQ(Put(From(first, kThem)).outcome, PutOutcome::kStored);
  EXPECT_EQ(Put(FromThird(twin)).outcome, PutOutcome::kStored);
  EXPECT_EQ(Show(first, kThem), 1u);
  EXPECT_EQ(Show(first, kThird), 2u);
  const absl::Status unclear = Read()->FindById(first.statement().record_id).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(unclear)) << unclear;
  for (std::string_view word : {"`bank`", "`police`", "--origin"}) {
    EXPECT_NE(std::string(unclear.message()).find(word), std::string::npos) << unclear;
  }
  EXPECT_TRUE(absl::IsNotFound(Read()->FindById(first.statement().record_id, kUs).status()));
  EXPECT_EQ(*Read()->FindRecord(KeyOf(twin)), 2u);
  EXPECT_EQ(*Read()->Revisions(KeyOf(first)), (std::vector<uint64_t>{1}));
}

TEST_F(KinTest, ATwinThatIsRecalledLeavesTheOtherAsItWas) {
  const record::VerifiedView first = MakePerson({.name = "First", .author = kTheirKey});
  const record::VerifiedView twin = MakePerson({.name = "Twin", .author = kThirdKey, .twin = &first});
  Put(From(first, kThem));
  Put(FromThird(twin));
  EXPECT_EQ(Put(FromThird(MakeRecall(twin))).erased, (std::vector<uint64_t>{2}));
  EXPECT_FALSE(Record(1).erased || Record(1).superseded);
  EXPECT_TRUE(Record(2).erased);
  EXPECT_EQ(Show(first, kThem), 1u);
  EXPECT_EQ(Record(Show(first, kThird)).event, Event::kRecall);
  EXPECT_EQ(FindByName("First"), (std::vector<uint64_t>{1}));
}

TEST_F(KinTest, InAnOldStoreThatHoldsATwinOfOursOurOwnIsFoundAndTheTwinByItsAuthor) {
  // The twin came first: so an old version, or a restored backup, can hold both.
  const record::VerifiedView twin = MakePerson({.name = "Twin", .author = kTheirKey});
  const record::VerifiedView ours = MakePerson({.name = "Ours", .twin = &twin});
  Put(From(twin, kThem));
  EXPECT_EQ(Put(Own(ours)).outcome, PutOutcome::kStored);
  ForgetKin();
  EXPECT_EQ(Show(ours), 2u);
  EXPECT_EQ(Show(ours, kThem), 1u);
  const auto namesakes = Read()->Namesakes(ours.statement().record_id);
  ASSERT_TRUE(namesakes.ok()) << namesakes.status();
  ASSERT_EQ(namesakes->size(), 2u);
  EXPECT_TRUE(namesakes->front().own);
  EXPECT_EQ(namesakes->back().origin, kThem);
  const record::VerifiedView more = MakePerson({.name = "More", .author = kTheirKey, .before = &twin});
  EXPECT_EQ(Put(From(more, kThem)).outcome, PutOutcome::kTwin);
  const record::VerifiedView amended = MakePerson({.name = "Amended", .before = &ours});
  EXPECT_EQ(Put(Own(amended)).outcome, PutOutcome::kStored);
  EXPECT_EQ(Show(ours), 3u);
  EXPECT_FALSE(Record(1).superseded);
}

TEST_F(KinTest, RowsWithoutATableOfKinAreReadOnceAndThenKept) {
  std::vector<record::VerifiedView> chain;
  chain.push_back(MakePerson({.author = kTheirKey}));
  for (int i = 1; i < 100; ++i) chain.push_back(MakePerson({.author = kTheirKey, .before = &chain.back()}));
  PutAll(chain);
  ForgetKin();
  chain.push_back(MakePerson({.author = kTheirKey, .before = &chain.back()}));
  Put(From(chain.back(), kThem));
  const uint64_t before = store_->RowsOpened();
  chain.push_back(MakePerson({.author = kTheirKey, .before = &chain.back()}));
  EXPECT_EQ(Put(From(chain.back(), kThem)).outcome, PutOutcome::kStored);
  EXPECT_LE(store_->RowsOpened() - before, 4u);
  EXPECT_EQ(Read()->Revisions(KeyOf(chain.front()))->size(), 102u);
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    EXPECT_TRUE(Record(*Read()->FindByLeaf(chain[i].leaf())).superseded) << i;
  }
  EXPECT_FALSE(Record(*Read()->FindByLeaf(chain.back().leaf())).superseded);
}

// A partner's four thousand records of one id: one more costs what the second did, and there is an end.
TEST_F(KinTest, FourThousandRecordsOfOneIdCostNoMoreEachAndMostAreRefused) {
  const record::VerifiedView first = MakePerson({.author = kTheirKey});
  Put(From(first, kThem));
  std::vector<record::VerifiedView> twins;
  for (int i = 1; i < 4000; ++i) twins.push_back(MakePerson({.author = kTheirKey, .twin = &first}));
  const Costs costs = PutAll(twins);
  EXPECT_EQ(costs.stored, 15u);
  EXPECT_EQ(costs.limit, 3984u);
  EXPECT_LE(costs.most_rows, 4u);
  EXPECT_TRUE(Record(1).forked && Record(2).forked && Record(16).forked);
}

TEST_F(KinTest, AnEndlessChainOfRevisionsEndsAtItsBoundAndEachCostsTheSame) {
  std::vector<record::VerifiedView> chain;
  chain.push_back(MakePerson({.author = kTheirKey}));
  for (int i = 1; i < 1100; ++i) chain.push_back(MakePerson({.author = kTheirKey, .before = &chain.back()}));
  const Costs costs = PutAll(chain);
  EXPECT_EQ(costs.stored, 1024u);
  EXPECT_EQ(costs.limit, 76u);
  EXPECT_LE(costs.most_rows, 4u);
  // It can still be taken back.
  EXPECT_EQ(Put(From(MakeRecall(chain[1023]), kThem)).outcome, PutOutcome::kStored);
  EXPECT_TRUE(Record(1).final && Record(*Read()->FindByLeaf(chain[1023].leaf())).final);
  EXPECT_EQ(Put(From(MakeRecall(chain[1022]), kThem)).outcome, PutOutcome::kKnown);
}

TEST_F(KinTest, UnderOneIdRecordsOfSixteenAuthorsAreTaken) {
  const record::VerifiedView first = MakePerson({.author = crypto::HashOf({"author 0"})});
  for (int i = 0; i < 20; ++i) {
    const record::VerifiedView view =
        MakePerson({.author = crypto::HashOf({"author " + std::to_string(i)}), .twin = &first});
    EXPECT_EQ(Put(From(view, kThem)).outcome, i < 16 ? PutOutcome::kStored : PutOutcome::kLimit) << i;
  }
}

TEST_F(KinTest, OurOwnRecordsHaveNoSuchBounds) {
  const record::VerifiedView first = MakePerson({});
  Put(Own(first));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(Put(Own(MakePerson({.before = &first}))).outcome, PutOutcome::kStored);
  EXPECT_EQ(Read()->Revisions(KeyOf(first))->size(), 41u);
}

// Decision 0028: what an author has replaced is not kept.
TEST_F(KinTest, OfAnEarlierRevisionThatWasGivenToUsNothingStaysOpen) {
  const record::VerifiedView first = MakePerson({.name = "Fine Name", .author = kTheirKey});
  const record::VerifiedView second = MakePerson({.name = "Second", .author = kTheirKey, .before = &first});
  Put(From(first, kThem));
  Put(From(second, kThem));
  EXPECT_TRUE(Record(1).view.opened.empty());
  EXPECT_TRUE(Record(1).erased && Record(1).superseded);
  EXPECT_FALSE(Record(1).final);
  // Nor does it come back.
  EXPECT_EQ(Put(From(first, kThem)).outcome, PutOutcome::kKnown);
  EXPECT_TRUE(Record(1).view.opened.empty());
}

TEST_F(KinTest, AnEarlierRevisionThatComesLateIsNotOpenedAtAll) {
  const record::VerifiedView first = MakePerson({.name = "Fine Name", .author = kTheirKey});
  const record::VerifiedView second = MakePerson({.name = "Second", .author = kTheirKey, .before = &first});
  Put(From(second, kThem));
  Put(From(first, kThem));
  EXPECT_TRUE(Record(2).view.opened.empty());
  EXPECT_EQ(Show(first), 1u);
}

TEST_F(KinTest, OurOwnEarlierRevisionsStay) {
  const record::VerifiedView first = MakePerson({.name = "Fine Name"});
  const record::VerifiedView second = MakePerson({.name = "Second", .before = &first});
  Put(Own(first));
  Put(Own(second));
  EXPECT_EQ(Record(1).view, first.view());
}

}  // namespace
}  // namespace tidegate::store
