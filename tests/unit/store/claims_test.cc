// Openings remember who gave them.
#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

class ClaimsTest : public StoreTest {
 protected:
  ClaimsTest() : whole_(MakePerson({.name = "Claimed Person", .alias = "Alias", .author = kTheirKey})) {}

  bool Limit(std::string_view giver, const record::Openings& allowed) {
    bool lost = false;
    absl::Status status = store_->Write([&](WriteTransaction& t) {
      auto result = t.LimitClaim(whole_.leaf(), giver, allowed, 77);
      if (result.ok()) lost = *result;
      return result.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return lost;
  }
  std::vector<Event> Events() {
    std::vector<Event> events;
    EXPECT_TRUE(Read()
                    ->Scan(1, 100,
                           [&](const Arrival& arrival) {
                             events.push_back(arrival.event);
                             return true;
                           })
                    .ok());
    return events;
  }

  record::VerifiedView whole_;
};

TEST_F(ClaimsTest, ASecondGiversOpeningsAreMerged) {
  const record::VerifiedView alias = Only(whole_, {"aliases"}), name = Only(whole_, {"name"});
  Put(From(alias, kThem));
  EXPECT_TRUE(FindByName("Claimed Person").empty());
  const PutResult merged = Put(From(name, kThird));
  EXPECT_EQ(merged.outcome, PutOutcome::kMerged);
  EXPECT_EQ(merged.seq, 1u);
  EXPECT_EQ(FindByName("Claimed Person"), (std::vector<uint64_t>{1}));
  const StoredRecord record = Record(1);
  EXPECT_EQ(record.view, Only(whole_, {"aliases", "name"}).view());
  EXPECT_EQ(record.claims, (std::vector<Claim>{{std::string(kThem), {Whole(whole_, "aliases")}},
                                               {std::string(kThird), {Whole(whole_, "name")}}}));
  EXPECT_EQ(Events(), (std::vector<Event>{Event::kPut, Event::kGain}));
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(ClaimsTest, ASecondGiverOfTheSameIsAClaimAndNoEvent) {
  const record::VerifiedView name = Only(whole_, {"name"});
  Put(From(name, kThem));
  EXPECT_EQ(Put(From(name, kThird)).outcome, PutOutcome::kMerged);
  EXPECT_EQ(Put(From(name, kThird)).outcome, PutOutcome::kKnown);
  EXPECT_EQ(Record(1).claims.size(), 2u);
  EXPECT_EQ(Events().size(), 1u);
}

TEST_F(ClaimsTest, AWithdrawalRemovesOneClaimAndTheLastOneErases) {
  Put(From(Only(whole_, {"name", "aliases"}), kThem));
  Put(From(Only(whole_, {"name"}), kThird));
  EXPECT_TRUE(Limit(kThem, {}));
  EXPECT_EQ(Record(1).view, Only(whole_, {"name"}).view());
  EXPECT_EQ(Record(1).claims, (std::vector<Claim>{{std::string(kThird), {Whole(whole_, "name")}}}));
  EXPECT_EQ(FindByName("Claimed Person"), (std::vector<uint64_t>{1}));
  EXPECT_TRUE(Limit(kThird, {}));
  EXPECT_TRUE(Record(1).erased);
  EXPECT_FALSE(Record(1).final);
  EXPECT_TRUE(Record(1).view.opened.empty());
  EXPECT_TRUE(FindByName("Claimed Person").empty());
  EXPECT_EQ(Counted(), 0u);
  EXPECT_FALSE(Limit(kThird, {}));
}

TEST_F(ClaimsTest, WhatWasWithdrawnMayBeGivenAgain) {
  Put(From(Only(whole_, {"name"}), kThem));
  EXPECT_TRUE(Limit(kThem, {}));
  EXPECT_EQ(Put(From(Only(whole_, {"name"}), kThem)).outcome, PutOutcome::kMerged);
  EXPECT_FALSE(Record(1).erased);
  EXPECT_EQ(Record(1).view, Only(whole_, {"name"}).view());
  EXPECT_EQ(FindByName("Claimed Person"), (std::vector<uint64_t>{1}));
  EXPECT_EQ(Counted(), 1u);
  EXPECT_EQ(Events(), (std::vector<Event>{Event::kPut, Event::kErase, Event::kGain}));
}

TEST_F(ClaimsTest, ALimitKeepsWhatIsAllowed) {
  Put(From(whole_, kThem));
  EXPECT_FALSE(Limit(kThem, {Whole(whole_, "name"), Whole(whole_, "aliases")}));
  EXPECT_TRUE(Limit(kThem, {Whole(whole_, "aliases")}));
  EXPECT_EQ(Record(1).view, Only(whole_, {"aliases"}).view());
  EXPECT_TRUE(FindByName("Claimed Person").empty());
  EXPECT_EQ(Events(), (std::vector<Event>{Event::kPut, Event::kLoss}));
  // Someone who gave nothing can take nothing.
  EXPECT_FALSE(Limit(kThird, {}));
}

TEST_F(ClaimsTest, WhatWasErasedForGoodStaysErased) {
  Put(From(whole_, kThem));
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Erase(1, 5).status(); }).ok());
  EXPECT_EQ(Put(From(whole_, kThem)).outcome, PutOutcome::kRefused);
  EXPECT_EQ(Put(From(whole_, kThird)).outcome, PutOutcome::kRefused);
  EXPECT_TRUE(Record(1).view.opened.empty());
}

TEST_F(ClaimsTest, ALimitOfAnUnknownLeafIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(
      store_->Write([&](WriteTransaction& t) { return t.LimitClaim(whole_.leaf(), kThem, {}, 1).status(); })));
}

}  // namespace
}  // namespace tidegate::store
