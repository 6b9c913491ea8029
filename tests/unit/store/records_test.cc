// The store keeps records and finds them again.
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/damage.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

using RecordsTest = StoreTest;

TEST_F(RecordsTest, ARecordComesBackAsItWasPut) {
  const record::VerifiedView view = MakePerson({.name = "Maria Sample", .alias = "Mia"});
  PutRequest request = Own(view);
  request.log_index = 41;
  request.local.tags = {"sar"};
  request.local.source_reference = "reports.csv, row 7";
  const PutResult result = Put(request);
  EXPECT_EQ(result.outcome, PutOutcome::kStored);
  EXPECT_EQ(result.seq, 1u);

  const StoredRecord record = Record(1);
  EXPECT_EQ(record.view, view.view());
  EXPECT_EQ(record.event, Event::kPut);
  EXPECT_TRUE(record.own);
  EXPECT_FALSE(record.erased || record.superseded || record.forked || record.final);
  EXPECT_EQ(record.origin, kUs);
  EXPECT_EQ(record.log_index, 41u);
  EXPECT_EQ(record.arrived_ms, request.arrived_ms);
  EXPECT_EQ(record.local, request.local);
  EXPECT_TRUE(record.claims.empty());
  auto label = Read()->LabelBytes(record.label_id);
  ASSERT_TRUE(label.ok()) << label.status();
  EXPECT_EQ(*label, label::EncodeLabel(record::LabelOf(view, request.local, kUs, true)));
  EXPECT_EQ(*Read()->FindByLeaf(view.leaf()), 1u);
  EXPECT_EQ(*Read()->FindById(view.statement().record_id), 1u);
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(RecordsTest, ItIsThereAfterReopening) {
  const record::VerifiedView view = MakePerson({});
  Put(Own(view));
  Open();
  EXPECT_EQ(Record(1).view, view.view());
  EXPECT_EQ(store_->LastCommitted(), 1u);
  EXPECT_EQ(Put(Own(MakePerson({}))).seq, 2u);
}

TEST_F(RecordsTest, TheSameLeafIsStoredOnce) {
  const record::VerifiedView view = MakePerson({});
  Put(Own(view));
  const PutResult again = Put(Own(view));
  EXPECT_EQ(again.outcome, PutOutcome::kKnown);
  EXPECT_EQ(again.seq, 1u);
  EXPECT_EQ(Read()->LastSeq(), 1u);
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(RecordsTest, FindCombinesConditionsNewestFirstInPages) {
  for (int i = 0; i < 10; ++i) {
    const record::VerifiedView view = MakePerson({.name = i % 2 == 0 ? "Even Person" : "Odd Person"});
    Put(i < 5 ? Own(view) : From(view, kThem));
  }
  EXPECT_EQ(FindByName("Even Person"), (std::vector<uint64_t>{9, 7, 5, 3, 1}));
  Query query;
  query.where = Where::All({Where::OfKind("person"), Where::By(std::string(kThem))});
  query.limit = 2;
  auto page = Read()->Find(query);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->seqs, (std::vector<uint64_t>{10, 9}));
  std::vector<uint64_t> all;
  for (query.before = std::numeric_limits<uint64_t>::max(); query.before != 0; query.before = page->next) {
    page = Read()->Find(query);
    ASSERT_TRUE(page.ok()) << page.status();
    all.insert(all.end(), page->seqs.begin(), page->seqs.end());
  }
  EXPECT_EQ(all, (std::vector<uint64_t>{10, 9, 8, 7, 6}));
  query = {};
  query.where = Where::OfKind("vehicle");
  EXPECT_TRUE(Read()->Find(query)->seqs.empty());
  query.where = Where::OfKind("no such kind");
  EXPECT_TRUE(absl::IsInvalidArgument(Read()->Find(query).status()));
  EXPECT_EQ(Read()->Find({})->seqs.size(), 10u);
}

TEST_F(RecordsTest, FindTakesEitherConditionAndTheOppositeOfOne) {
  for (int i = 0; i < 6; ++i) {
    const record::VerifiedView view = MakePerson({.name = "Person " + std::to_string(i)});
    Put(i < 3 ? Own(view) : From(view, kThem));
  }
  const record::VerifiedView gone = MakePerson({.name = "Person gone"});
  Put(Own(gone));
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Erase(7, 5).status(); }).ok());
  const auto named = [](const std::string& name) { return SaysWords(name); };
  const auto found = [&](Where where) {
    Query query;
    query.where = std::move(where);
    auto page = Read()->Find(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page->seqs;
  };
  EXPECT_EQ(found(Where::Any({named("Person 1"), named("Person 4"), named("Nobody")})), (std::vector<uint64_t>{5, 2}));
  // An event and a tombstone are not of them either, and are not shown.
  EXPECT_EQ(found(Where::Not(Where::By(std::string(kThem)))), (std::vector<uint64_t>{3, 2, 1}));
  EXPECT_EQ(found(Where::All({Where::OfKind("person"), Where::Not(named("Person 5"))})),
            (std::vector<uint64_t>{5, 4, 3, 2, 1}));
  EXPECT_EQ(found(Where::Not(named("Nobody"))), (std::vector<uint64_t>{6, 5, 4, 3, 2, 1}));
  // The tombstone and the event arrived last, and are not shown.
  EXPECT_EQ(found(Where::After(4)), (std::vector<uint64_t>{6, 5}));
  EXPECT_EQ(found(Where::All({Where::After(1), Where::By(std::string(kUs))})), (std::vector<uint64_t>{3, 2}));
  EXPECT_EQ(found(Where::Not(Where::After(2))), (std::vector<uint64_t>{2, 1}));
  EXPECT_EQ(found(Where::Any({Where::After(5), named("Person 0")})), (std::vector<uint64_t>{6, 1}));
  EXPECT_TRUE(found(Where::After(100)).empty());
  EXPECT_TRUE(found(Where::Any({})).empty());
  EXPECT_TRUE(found(Where::All({named("Person 1"), named("Person 2")})).empty());
}

TEST_F(RecordsTest, AQuestionThatCostsTooMuchStopsAndGoesOnFromThere) {
  std::vector<record::VerifiedView> views;
  for (int i = 0; i < 6000; ++i) views.push_back(MakePerson({.name = "Person"}));
  ASSERT_TRUE(store_
                  ->Write([&](WriteTransaction& t) {
                    for (const record::VerifiedView& view : views) {
                      auto prepared = store_->Prepare(Own(view));
                      if (!prepared.ok()) return prepared.status();
                      if (auto put = t.Put(*prepared); !put.ok()) return put.status();
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  // Every record is looked at, and none is what is asked for.
  Query query;
  query.where = Where::All({Where::Not(Where::OfKind("person")), Where::By(std::string(kUs))});
  query.work = 1;  // raised to kLeastWork
  uint64_t goes = 0;
  for (query.before = std::numeric_limits<uint64_t>::max();; ++goes) {
    auto page = Read()->Find(query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_TRUE(page->seqs.empty());
    EXPECT_LE(page->work, kLeastWork);
    if (!page->stopped) {
      EXPECT_EQ(page->next, 0u);
      break;
    }
    ASSERT_GT(page->next, 0u);
    ASSERT_LT(page->next, query.before) << "a question does not go on";
    query.before = page->next;
  }
  EXPECT_GT(goes, 1u);
}

TEST_F(RecordsTest, ARecordIsFoundByItsOwnId) {
  const record::VerifiedView first = MakePerson({}), second = MakePerson({.before = &first});
  Put(Own(first));
  Put(Own(MakePerson({})));
  Put(Own(second));
  Query query;
  query.where = Where::Has(record::RecordTerm(first.statement().record_id));
  EXPECT_EQ(Read()->Find(query)->seqs, (std::vector<uint64_t>{3}));
}

TEST_F(RecordsTest, AnAmendmentHidesItsPredecessor) {
  const record::VerifiedView first = MakePerson({.name = "First Name"});
  const record::VerifiedView second = MakePerson({.name = "Second Name", .before = &first});
  Put(Own(first));
  EXPECT_EQ(Put(Own(second)).outcome, PutOutcome::kStored);
  EXPECT_TRUE(FindByName("First Name").empty());
  EXPECT_EQ(FindByName("Second Name"), (std::vector<uint64_t>{2}));
  EXPECT_TRUE(Record(1).superseded);
  EXPECT_EQ(Record(1).view, first.view());
  EXPECT_EQ(Record(2).event, Event::kAmend);
  EXPECT_EQ(*Read()->FindById(first.statement().record_id), 2u);
  EXPECT_EQ(*Read()->Revisions(KeyOf(first)), (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(RecordsTest, APredecessorThatComesLateIsHiddenAtOnce) {
  const record::VerifiedView first = MakePerson({.name = "First Name"});
  const record::VerifiedView second = MakePerson({.name = "Second Name", .before = &first});
  Put(From(second, kThem));
  Put(From(first, kThem));
  EXPECT_TRUE(Record(2).superseded);
  EXPECT_TRUE(FindByName("First Name").empty());
  EXPECT_EQ(*Read()->FindById(first.statement().record_id), 1u);
  EXPECT_EQ(Counted(), 1u);
}

TEST_F(RecordsTest, TwoSuccessorsAreAForkAndBothAreKept) {
  const record::VerifiedView first = MakePerson({});
  const record::VerifiedView left = MakePerson({.name = "Left", .before = &first});
  const record::VerifiedView right = MakePerson({.name = "Right", .before = &first});
  Put(Own(first));
  EXPECT_FALSE(Put(Own(left)).forked);
  EXPECT_TRUE(Put(Own(right)).forked);
  EXPECT_TRUE(Record(2).forked && Record(3).forked);
  EXPECT_FALSE(Record(2).superseded || Record(3).superseded);
  EXPECT_EQ(FindByName("Left"), (std::vector<uint64_t>{2}));
  EXPECT_EQ(FindByName("Right"), (std::vector<uint64_t>{3}));
}

TEST_F(RecordsTest, ARecallErasesEveryRevisionAndRefusesLaterViews) {
  const record::VerifiedView first = MakePerson({.name = "Recalled Person"});
  const record::VerifiedView second = MakePerson({.name = "Recalled Again", .before = &first});
  const record::VerifiedView late = MakePerson({.name = "Too Late", .before = &second});
  Put(From(first, kThem));
  Put(From(second, kThem));
  const PutResult recall = Put(From(MakeRecall(second), kThem));
  EXPECT_EQ(recall.seq, 4u);  // 3: what was open of the first went with the second
  EXPECT_EQ(recall.erased, (std::vector<uint64_t>{1, 2}));
  for (uint64_t seq : {1u, 2u}) {
    const StoredRecord tombstone = Record(seq);
    EXPECT_TRUE(tombstone.erased && tombstone.final);
    EXPECT_TRUE(tombstone.view.opened.empty() && tombstone.view.proof.empty());
    EXPECT_EQ(tombstone.view.statement, (seq == 1 ? first : second).view().statement);
    EXPECT_EQ(tombstone.local, record::LocalFacts());
  }
  EXPECT_TRUE(FindByName("Recalled Again").empty());
  EXPECT_EQ(Counted(), 0u);
  EXPECT_EQ(*Read()->FindByLeaf(second.leaf()), 2u);
  EXPECT_EQ(Put(From(second, kThem)).outcome, PutOutcome::kRefused);
  EXPECT_EQ(Put(From(second, kThird)).outcome, PutOutcome::kRefused);
  const PutResult refused = Put(From(late, kThem));
  EXPECT_EQ(refused.outcome, PutOutcome::kRefused);
  EXPECT_EQ(refused.seq, 4u);
  EXPECT_EQ(*Read()->FindById(first.statement().record_id), 4u);
  // The erasures are events of the arrival order.
  std::vector<std::pair<Event, uint64_t>> events;
  ASSERT_TRUE(Read()
                  ->Scan(4, 100,
                         [&](const Arrival& arrival) {
                           events.emplace_back(arrival.event, arrival.subject);
                           return true;
                         })
                  .ok());
  EXPECT_EQ(events, (std::vector<std::pair<Event, uint64_t>>{{Event::kRecall, 4}, {Event::kErase, 2}}));
}

TEST_F(RecordsTest, AScanOfOwnRecordsPassesOverThoseOfOthersAndNamesWhatStandsThere) {
  ASSERT_EQ(Put(Own(MakePerson({.name = "Own"}))).seq, 1u);
  ASSERT_EQ(Put(From(MakePerson({.name = "Theirs"}), kThem)).seq, 2u);
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Erase(2, 7).status(); }).ok());
  const record::VerifiedView later = MakePerson({.name = "Later"});
  ASSERT_EQ(Put(Own(later)).seq, 4u);
  struct Seen {
    std::string version;
    bool record = false;
    bool operator==(const Seen&) const = default;
  };
  const auto look = [this](uint64_t first, uint64_t last, size_t most = 100) {
    std::map<uint64_t, Seen> seen;
    const absl::Status status = Read()->ScanOwn(first, last, [&](const SealedArrival& sealed) -> absl::StatusOr<bool> {
      auto arrival = sealed.Open();
      if (!arrival.ok()) return arrival.status();
      EXPECT_EQ(arrival->seq, sealed.seq());
      seen[sealed.seq()] = {std::string(sealed.version()), arrival->record.has_value()};
      return seen.size() < most;
    });
    EXPECT_TRUE(status.ok()) << status;
    return seen;
  };
  auto before = look(1, 100);
  ASSERT_EQ(before.size(), 3u);
  EXPECT_TRUE(before[1].record && !before[3].record && before[4].record);
  EXPECT_TRUE(look(2, 2).empty());
  EXPECT_EQ(look(2, 3).size(), 1u);
  EXPECT_EQ(look(1, 100, 2).size(), 2u);
  EXPECT_EQ(look(1, 100), before);
  // A value that is written again has another name; one that is not keeps its own.
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Relabel(1, {{}, {"urgent"}, ""}, 9); }).ok());
  auto after = look(1, 4);
  EXPECT_NE(after[1].version, before[1].version);
  EXPECT_EQ(after[4].version, before[4].version);
  // A record that was superseded, erased or recalled is still passed: feeds tell their partners.
  ASSERT_EQ(Put(Own(MakeRecall(later))).seq, 6u);
  const auto all = look(1, 100);
  EXPECT_EQ(all.count(4), 1u);
  EXPECT_EQ(all.count(6), 1u);
  EXPECT_EQ(all.rbegin()->first, 7u) << "the erasure that the recall brought";
}

TEST_F(RecordsTest, AllInOneTransactionGivesTheSame) {
  const record::VerifiedView first = MakePerson({.name = "Batch One"});
  const record::VerifiedView second = MakePerson({.name = "Batch Two", .before = &first});
  const record::VerifiedView other = MakePerson({.name = "Batch Three"});
  const record::VerifiedView recall = MakeRecall(other);
  absl::Status status = store_->Write([&](WriteTransaction& transaction) {
    for (const record::VerifiedView* view : {&first, &other, &second, &first, &recall}) {
      auto prepared = store_->Prepare(Own(*view));
      if (!prepared.ok()) return prepared.status();
      if (auto put = transaction.Put(*prepared); !put.ok()) return put.status();
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(FindByName("Batch One").empty());
  EXPECT_EQ(FindByName("Batch Two"), (std::vector<uint64_t>{3}));
  EXPECT_TRUE(FindByName("Batch Three").empty());
  EXPECT_EQ(Counted(), 1u);
  EXPECT_EQ(Read()->LastSeq(), 5u);  // three records, the recall, its erasure
}

TEST_F(RecordsTest, CountsSayWhatAPlanNeeds) {
  const record::VerifiedView first = MakePerson({.name = "Counted", .alias = "Alias"});
  const record::VerifiedView second = MakePerson({.name = "Counted Too"});
  Put(Own(first));
  Put(Own(second));
  auto holdings = Read()->Holdings();
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  ASSERT_EQ(holdings->records.size(), 1u);
  EXPECT_EQ(holdings->records[0].records, 2u);
  EXPECT_EQ(holdings->records[0].kind, first.statement().kind);
  EXPECT_EQ(holdings->records[0].label, record::LabelOf(first, {}, kUs, true));
  const uint16_t name = first.kind().FindSlot("name")->number, aliases = first.kind().FindSlot("aliases")->number;
  for (const label::FieldCount& field : holdings->fields) {
    EXPECT_EQ(field.fields, field.slot == aliases ? 1u : 2u) << field.slot;
    EXPECT_TRUE(field.slot != name || field.held == 1u);
  }
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Erase(1, 5).status(); }).ok());
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.Erase(2, 5).status(); }).ok());
  EXPECT_TRUE(Read()->Holdings()->records.empty());
  EXPECT_TRUE(Read()->Holdings()->fields.empty());
}

TEST_F(RecordsTest, ARelabelMovesTheCounts) {
  const record::VerifiedView view = MakePerson({});
  Put(Own(view));
  record::LocalFacts local;
  local.named_recipients = {std::string(kThird)};
  ASSERT_TRUE(store_->Write([&](WriteTransaction& t) { return t.Relabel(1, local, 9); }).ok());
  EXPECT_EQ(Record(1).local, local);
  auto holdings = Read()->Holdings();
  ASSERT_EQ(holdings->records.size(), 1u);
  EXPECT_EQ(holdings->records[0].label, record::LabelOf(view, local, kUs, true));
  EXPECT_EQ(Read()->Get(2)->event, Event::kRelabel);
  EXPECT_EQ(Read()->Get(2)->subject, 1u);
}

TEST_F(RecordsTest, ProofsAreKeptOnceAndComeBack) {
  ParcelProof proof;
  proof.author = kThem;
  proof.giver = kThird;
  proof.note = "a note\n";
  proof.log_size = 900;
  proof.leaves = {{3, crypto::HashOf({"a"})}, {700, crypto::HashOf({"b"})}};
  proof.proof = {crypto::HashOf({"c"})};
  proof.manifest = crypto::HashOf({"m"});
  uint64_t id = 0;
  ASSERT_TRUE(store_
                  ->Write([&](WriteTransaction& t) {
                    auto put = t.PutProof(proof);
                    if (put.ok()) id = *put;
                    return put.status();
                  })
                  .ok());
  EXPECT_EQ(id, 1u);
  auto read = Read()->GetProof(1);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, proof);
  EXPECT_TRUE(absl::IsNotFound(Read()->GetProof(2).status()));
  proof.leaves = {{3, {}}, {3, {}}};
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Write([&](WriteTransaction& t) { return t.PutProof(proof).status(); })));
}

TEST_F(RecordsTest, NothingOfARecordIsReadableOnDisk) {
  const std::string name = "Zzyzxia Plantedname", alias = "Quorvelith";
  PutRequest request;
  const record::VerifiedView view = MakePerson({.name = name, .alias = alias});
  request = Own(view);
  request.origin = "plantedorigin";
  request.local.source_reference = "plantedreference";
  request.local.tags = {"plantedtag"};
  Put(request);
  ASSERT_TRUE(store_
                  ->Write([](WriteTransaction& t) {
                    absl::Status status = t.PutNamed(Named::kPartner, "plantedscope", "planteditem", "plantedvalue");
                    return status.ok() ? t.PutOrdered(Ordered::kDue, "1", "plantedordered") : status;
                  })
                  .ok());
  store_.reset();
  std::ifstream file(data() + "/data.mdb", std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  const std::string all = bytes.str();
  ASSERT_GT(all.size(), 4096u);
  for (const std::string& planted : {std::string("Zzyzxia"), std::string("Plantedname"), std::string("zzyzxia"), alias,
                                     std::string("quorvelith"), std::string("planted"), std::string("person")}) {
    EXPECT_EQ(all.find(planted), std::string::npos) << planted;
  }
  EXPECT_EQ(all.find(crypto::View(view.leaf())), std::string::npos);
  EXPECT_EQ(all.find(crypto::View(view.statement().record_id)), std::string::npos);
}

TEST_F(RecordsTest, AReceivedRecordIsStoredThroughTheGateThatIsForItAndItsGiverOnly) {
  const record::VerifiedView one = MakePerson({.author = kTheirKey}), other = MakePerson({.author = kTheirKey});
  const auto received = [&](const record::VerifiedView& view) {
    auto made = store_->PrepareReceived(From(view, kThem));
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  };
  const auto gate = [&](const record::VerifiedView& view, std::string_view giver) {
    auto made = support::AdmissionFor(view, received(view).label(), std::string(giver));
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  };
  EXPECT_TRUE(absl::IsPermissionDenied(received(one).Admit(gate(other, kThem)).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(received(one).Admit(gate(one, kThird)).status()));
  EXPECT_TRUE(received(one).Admit(gate(one, kThem)).ok());
}

TEST_F(RecordsTest, WhatIsPassedOnAgainstItsAuthorsWordIsNotLetIn) {
  for (const std::string_view onward : {"no", "ask", "unnamed"}) {
    const record::VerifiedView theirs = MakePerson({.onward = std::string(onward), .author = kTheirKey});
    EXPECT_TRUE(support::Prepared(*store_, From(theirs, kThem)).ok()) << onward;
    EXPECT_TRUE(absl::IsPermissionDenied(support::Prepared(*store_, From(theirs, kThird)).status())) << onward;
  }
}

TEST_F(RecordsTest, ARowThatCannotBeReadIsDataLossThatNamesTheArrival) {
  Put(Own(MakePerson({.name = "One Person"})));
  Put(Own(MakePerson({.name = "Other Person"})));
  store_.reset();
  support::DamageArrival(data(), 1);
  Open();
  const auto snapshot = Read();
  std::vector<absl::Status> told = {snapshot->Get(1).status(), snapshot->GetRecord(1).status()};
  told.push_back(snapshot->Scan(1, 10, [](const Arrival&) { return true; }));
  told.push_back(snapshot->ScanOwn(1, 2, [](const SealedArrival& arrival) -> absl::StatusOr<bool> {
    if (absl::Status opened = arrival.Open().status(); !opened.ok()) return opened;
    return true;
  }));
  for (const absl::Status& status : told) {
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_NE(status.message().find("arrival 1 "), std::string_view::npos) << status;
  }
  EXPECT_TRUE(snapshot->Get(2).ok());
  EXPECT_TRUE(absl::IsNotFound(snapshot->Get(3).status()));
}

TEST_F(RecordsTest, NeitherAnOwnRecordNorARecallIsTheWayRoundTheGate) {
  const record::VerifiedView theirs = MakePerson({.author = kTheirKey});
  const record::VerifiedView recall = MakeRecall(theirs);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Prepare(From(theirs, kThem)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PrepareRecall(From(theirs, kThem)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PrepareReceived(From(recall, kThem)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PrepareReceived(Own(theirs)).status()));
  EXPECT_TRUE(store_->PrepareRecall(From(recall, kThem)).ok());
}

}  // namespace
}  // namespace tidegate::store
