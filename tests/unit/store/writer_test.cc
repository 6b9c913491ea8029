// Group commit, snapshots, waiting, the growing map.
#include <atomic>
#include <latch>
#include <thread>

#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

class WriterTest : public StoreTest {
 protected:
  std::string Value(std::string_view item) {
    auto value = Read()->GetNamed(Named::kSetting, "", item);
    return value.ok() ? *value : "absent";
  }
};

TEST_F(WriterTest, AFailedBodyUndoesOnlyItself) {
  // The first body holds the writer until the others wait, so that those share one commit.
  std::latch writer_busy(1), go(1);
  std::atomic<int> runs = 0;
  std::thread first([&] {
    EXPECT_TRUE(store_
                    ->Write([&](WriteTransaction& t) {
                      writer_busy.count_down();
                      go.wait();
                      return t.PutNamed(Named::kSetting, "", "first", "1");
                    })
                    .ok());
  });
  writer_busy.wait();
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i) {
    others.emplace_back([&, i] {
      const std::string item = "body" + std::to_string(i);
      absl::Status status = store_->Write([&](WriteTransaction& t) {
        ++runs;
        absl::Status put = t.PutNamed(Named::kSetting, "", item, "written");
        if (!put.ok()) return put;
        return i % 2 == 0 ? absl::OkStatus() : absl::AbortedError("this body changed its mind");
      });
      EXPECT_EQ(status.ok(), i % 2 == 0) << status;
      EXPECT_TRUE(i % 2 == 0 || absl::IsAborted(status)) << status;
    });
  }
  go.count_down();
  first.join();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(runs, 8);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(Value("body" + std::to_string(i)), i % 2 == 0 ? "written" : "absent") << i;
  }
}

TEST_F(WriterTest, ManyThreadsGiveEveryRecordANumberOfItsOwn) {
  constexpr int kThreads = 8, kEach = 20;
  std::vector<std::thread> threads;
  std::atomic<bool> reading = true;
  std::thread reader([&] {
    uint64_t last = 0;
    while (reading) {
      auto snapshot = store_->Read();
      ASSERT_TRUE(snapshot.ok());
      const uint64_t now = (*snapshot)->LastSeq();
      EXPECT_GE(now, last);
      last = now;
      uint64_t count = 0;
      EXPECT_TRUE((*snapshot)->Scan(1, 1000, [&count](const Arrival& a) { return a.seq == ++count; }).ok());
      EXPECT_EQ(count, now);
    }
  });
  std::vector<std::vector<record::VerifiedView>> views(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    for (int j = 0; j < kEach; ++j) views[i].push_back(MakePerson({.name = "Parallel Person"}));
    threads.emplace_back([&, i] {
      for (const record::VerifiedView& view : views[i]) {
        PutRequest request;
        request.view = &view;
        request.origin = kUs;
        ASSERT_TRUE(store_
                        ->Write([&](WriteTransaction& t) {
                          auto prepared = support::Prepared(*store_, request);
                          return prepared.ok() ? t.Put(*prepared).status() : prepared.status();
                        })
                        .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  reading = false;
  reader.join();
  EXPECT_EQ(Read()->LastSeq(), kThreads * kEach);
  EXPECT_EQ(Counted(), kThreads * kEach);
  Query query;
  query.where = Where::OfKind("person");
  query.limit = 1000;
  EXPECT_EQ(Read()->Find(query)->seqs.size(), kThreads * kEach);
}

TEST_F(WriterTest, ASnapshotDoesNotMove) {
  Put(Own(MakePerson({})));
  auto before = Read();
  Put(Own(MakePerson({})));
  EXPECT_EQ(before->LastSeq(), 1u);
  EXPECT_TRUE(absl::IsNotFound(before->Get(2).status()));
  EXPECT_EQ(Read()->LastSeq(), 2u);
}

TEST_F(WriterTest, TooManySnapshotsAreRefusedAndRecoverable) {
  Open({.most_snapshots = 3});
  std::vector<std::unique_ptr<Snapshot>> open;
  for (int i = 0; i < 3; ++i) open.push_back(Read());
  EXPECT_TRUE(absl::IsResourceExhausted(store_->Read().status()));
  open.pop_back();
  EXPECT_TRUE(store_->Read().ok());
}

TEST_F(WriterTest, TheMapGrowsByItself) {
  Open({.first_map_bytes = 1 << 20});
  const std::string block(64 << 10, 'x');
  for (int round = 0; round < 8; ++round) {
    ASSERT_TRUE(store_
                    ->Write([&](WriteTransaction& t) {
                      for (int i = 0; i < 16; ++i) {
                        absl::Status status =
                            t.PutNamed(Named::kSetting, std::to_string(round), std::to_string(i), block);
                        if (!status.ok()) return status;
                      }
                      return absl::OkStatus();
                    })
                    .ok());
  }
  EXPECT_GT(store_->BytesOnDisk(), 8u << 20);
  for (int round = 0; round < 8; ++round) {
    int count = 0;
    Damage damage;
    EXPECT_TRUE(Read()
                    ->ForEachNamed(Named::kSetting, std::to_string(round), damage,
                                   [&](std::string_view, std::string_view v) { return ++count > 0 && v == block; })
                    .ok());
    EXPECT_EQ(count, 16);
  }
}

TEST_F(WriterTest, ABodyIsRunAgainWhenTheMapHadToGrow) {
  Open({.first_map_bytes = 1 << 20});
  std::vector<PreparedPut> prepared;
  for (int i = 0; i < 1600; ++i) {
    const record::VerifiedView view = MakePerson({.name = "Twice Run", .alias = std::string(600, 'a')});
    auto put = store_->Prepare(Own(view));
    ASSERT_TRUE(put.ok()) << put.status();
    prepared.push_back(*std::move(put));
  }
  int runs = 0;
  ASSERT_TRUE(store_
                  ->Write([&](WriteTransaction& t) {
                    ++runs;
                    for (const PreparedPut& put : prepared) {
                      if (auto result = t.Put(put); !result.ok()) return result.status();
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_GT(runs, 1);
  EXPECT_EQ(Read()->LastSeq(), prepared.size());
  EXPECT_EQ(Counted(), prepared.size());
  EXPECT_EQ(FindByName("Twice Run").size(), 100u);
}

TEST_F(WriterTest, AMapAtItsLimitRefusesAndLaterWritesStillWork) {
  Open({.first_map_bytes = 1 << 20, .most_map_bytes = 2 << 20});
  const std::string block(1 << 20, 'x');
  absl::Status status = absl::OkStatus();
  int stored = 0;
  while (status.ok() && stored < 10) {
    status = store_->Write(
        [&](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "", "big" + std::to_string(stored), block); });
    stored += status.ok() ? 1 : 0;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(store_->Health().ok());
  EXPECT_EQ(Value("big" + std::to_string(stored)), "absent");
  EXPECT_TRUE(store_->Write([](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "", "small", "1"); }).ok());
  EXPECT_EQ(Value("small"), "1");
}

TEST_F(WriterTest, WaitersWakeForCommitsNudgesAndTheEnd) {
  EXPECT_EQ(store_->WaitBeyond(0, absl::Now() - absl::Seconds(1)), 0u);
  std::thread committed([&] { EXPECT_EQ(store_->WaitBeyond(0, absl::InfiniteFuture()), 1u); });
  Put(Own(MakePerson({})));
  committed.join();
  // A nudge may come before the wait begins, so it is repeated until the waiter has gone.
  std::atomic<bool> woken = false;
  std::thread nudged([&] {
    EXPECT_EQ(store_->WaitBeyond(1, absl::InfiniteFuture()), 1u);
    woken = true;
  });
  while (!woken) store_->Nudge();
  nudged.join();
  std::thread closed([&] { EXPECT_EQ(store_->WaitBeyond(1, absl::InfiniteFuture()), 1u); });
  store_->Close();
  closed.join();
  EXPECT_TRUE(absl::IsUnavailable(store_->Write([](WriteTransaction&) { return absl::OkStatus(); })));
  EXPECT_TRUE(absl::IsUnavailable(store_->Health()));
}

TEST_F(WriterTest, DeferredWorkIsFlushedInsideAndToldAfterwards) {
  struct Counter : Deferred {
    explicit Counter(std::vector<std::string>& log_in) : log(log_in) {}
    absl::Status Flush(WriteTransaction& t) override {
      log.push_back("flush");
      return t.PutNamed(Named::kSetting, "", "deferred", std::to_string(count));
    }
    void Committed() override { log.push_back("committed"); }
    std::vector<std::string>& log;
    int count = 0;
  };
  std::vector<std::string> log;
  const int owner = 0;
  ASSERT_TRUE(store_
                  ->Write([&](WriteTransaction& t) {
                    EXPECT_EQ(t.Attached(&owner), nullptr);
                    auto* counter = static_cast<Counter*>(t.Attach(&owner, std::make_unique<Counter>(log)));
                    counter->count = 3;
                    EXPECT_EQ(t.Attached(&owner), counter);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(log, (std::vector<std::string>{"flush", "committed"}));
  EXPECT_EQ(Value("deferred"), "3");
  log.clear();
  EXPECT_FALSE(store_
                   ->Write([&](WriteTransaction& t) {
                     t.Attach(&owner, std::make_unique<Counter>(log));
                     return absl::AbortedError("no");
                   })
                   .ok());
  EXPECT_TRUE(log.empty());
}

TEST_F(WriterTest, NamedAndOrderedTablesKeepTheirOrderAndScopes) {
  ASSERT_TRUE(store_
                  ->Write([](WriteTransaction& t) {
                    for (const char* item : {"a", "b", "c"}) {
                      absl::Status status = t.PutNamed(Named::kCircle, "lantern", item, std::string("value ") + item);
                      if (status.ok()) status = t.PutOrdered(Ordered::kDue, std::string("0") + item, item);
                      if (!status.ok()) return status;
                    }
                    absl::Status status = t.PutNamed(Named::kCircle, "other", "a", "elsewhere");
                    if (status.ok()) status = t.PutOrdered(Ordered::kDue, "1z", "z");
                    return status.ok() ? t.PutOrdered(Ordered::kParcel, "0a", "other table") : status;
                  })
                  .ok());
  std::vector<std::string> items;
  Damage damage;
  ASSERT_TRUE(Read()
                  ->ForEachNamed(Named::kCircle, "lantern", damage,
                                 [&](std::string_view item, std::string_view value) {
                                   EXPECT_EQ(value, "value " + std::string(item));
                                   items.emplace_back(item);
                                   return true;
                                 })
                  .ok());
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, (std::vector<std::string>{"a", "b", "c"}));
  auto ordered = [&](std::string_view prefix, std::string_view from, bool descending) {
    std::string values;
    EXPECT_TRUE(Read()
                    ->ForEachOrdered(Ordered::kDue, prefix, from, descending,
                                     [&](auto, const absl::StatusOr<std::string_view>& value) {
                                       values += *value;
                                       return true;
                                     })
                    .ok());
    return values;
  };
  EXPECT_EQ(ordered("", "", false), "abcz");
  EXPECT_EQ(ordered("", "", true), "zcba");
  EXPECT_EQ(ordered("0", "", true), "cba");
  EXPECT_EQ(ordered("0", "0b", false), "bc");
  EXPECT_EQ(ordered("0", "0b", true), "ba");
  EXPECT_EQ(ordered("0", "0bb", true), "ba");
  EXPECT_EQ(ordered("2", "", false), "");
  ASSERT_TRUE(store_
                  ->Write([](WriteTransaction& t) {
                    absl::Status status = t.DeleteNamed(Named::kCircle, "lantern", "b");
                    return status.ok() ? t.DeleteOrdered(Ordered::kDue, "0b") : status;
                  })
                  .ok());
  EXPECT_TRUE(absl::IsNotFound(Read()->GetNamed(Named::kCircle, "lantern", "b").status()));
  EXPECT_EQ(ordered("", "", false), "acz");
}

TEST_F(WriterTest, AReaderWaitsForNoWriter) {
  ASSERT_TRUE(store_->Write([](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "", "held", "1"); }).ok());
  // Another thread reads while the body of a write is under way: were it to wait, the two would wait for each other.
  std::string seen;
  ASSERT_TRUE(store_
                  ->Write([&](WriteTransaction& t) {
                    absl::Status put = t.PutNamed(Named::kSetting, "", "held", "2");
                    std::thread reader([&] { seen = Value("held"); });
                    reader.join();
                    return put;
                  })
                  .ok());
  EXPECT_EQ(seen, "1");
  EXPECT_EQ(Value("held"), "2");
}

// Rows and cursors on disk bear these numbers: one that is given again would be read as what it was before.
TEST_F(WriterTest, EventsAndTablesKeepTheirNumbers) {
  const std::vector<Event> events = {Event::kPut,   Event::kAmend,   Event::kRecall, Event::kGain,   Event::kLoss,
                                     Event::kErase, Event::kRelabel, Event::kGrant,  Event::kInstant};
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(static_cast<size_t>(events[i]), i);
  const std::vector<Named> named = {Named::kSetting,  Named::kPartner, Named::kCircle,         Named::kPolicyVersion,
                                    Named::kFrontier, Named::kCursor,  Named::kCheckpointSeen, Named::kReject,
                                    Named::kUser,     Named::kLedger,  Named::kRequest,        Named::kExchange};
  for (size_t i = 0; i < named.size(); ++i) EXPECT_EQ(static_cast<size_t>(named[i]), i + 1);
  const std::vector<Ordered> ordered = {Ordered::kLogTile,    Ordered::kRegisterTile, Ordered::kRegisterEntry,
                                        Ordered::kDisclosure, Ordered::kParcel,       Ordered::kPolicySource,
                                        Ordered::kDue};
  for (size_t i = 0; i < ordered.size(); ++i) EXPECT_EQ(static_cast<size_t>(ordered[i]), i + 1);
}

TEST_F(WriterTest, AnotherKeyringIsRefused) {
  store_.reset();
  TemporaryFolder other;
  auto stranger = OpenVault(other.path());
  EXPECT_TRUE(absl::IsUnauthenticated(Store::Open(data(), *stranger).status()));
  EXPECT_TRUE(Store::Open(data(), *vault_).ok());
}

TEST_F(WriterTest, AReadOnlyStoreRefusesToWrite) {
  Put(Own(MakePerson({})));
  Open({.read_only = true});
  EXPECT_EQ(Read()->LastSeq(), 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Write([](WriteTransaction&) { return absl::OkStatus(); })));
}

}  // namespace
}  // namespace tidegate::store
