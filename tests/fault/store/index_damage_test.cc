// The index is derived from the rows. Whatever is damaged of it: every look-up answers as before, a recall erases what
// it should, and what is damaged is made anew, at the start or with the next write.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/store/environment/environment.h"
#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

using environment::Bytes;
using environment::Dbi;
using environment::Environment;
using environment::Val;

namespace fs = std::filesystem;

struct Stored {
  std::string key, value;
};

class IndexDamageTest : public testing::Test {
 protected:
  IndexDamageTest() {
    auto node = Open();
    people_.push_back(MakePerson({.name = "One Person", .alias = "Uno"}));
    people_.push_back(MakePerson({.name = "Other Person"}));
    for (int i = 0; i < 80; ++i) people_.push_back(MakePerson({.name = "Common Name", .alias = absl::StrCat("A", i)}));
    std::vector<const record::VerifiedView*> all;
    for (const auto& view : people_) all.push_back(&view);
    Must(node->Author(all));
    people_.push_back(MakePerson({.name = "One Renamed", .before = &people_[0]}));
    Must(node->Author({&people_.back()}));
    people_.push_back(MakePerson({.name = "Their Person", .author = kTheirKey}));
    const uint64_t at = bank_.Append(people_.back().leaf());
    Must(node->Receive(bank_, "bank", {{&people_.back(), at}}));
    answers_ = AnswersOf(node->store());
    node.reset();
    fs::copy(data(), sound_);
  }

  std::string data() const { return folder_.path() + "/data"; }
  std::unique_ptr<SampleNode> Open() { return std::make_unique<SampleNode>(folder_.path()); }
  static void Must(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }
  void Restore() {
    fs::remove_all(data());
    fs::copy(sound_, data());
  }

  // What every way to look something up says.
  std::string AnswersOf(Store& store) const {
    auto snapshot = store.Read();
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    const Reader& reader = **snapshot;
    std::string answers;
    const auto add = [&answers](std::string_view what, const absl::StatusOr<std::vector<uint64_t>>& numbers) {
      absl::StrAppend(&answers, std::string(what), ":");
      if (!numbers.ok()) absl::StrAppend(&answers, " ", numbers.status().ToString());
      for (size_t i = 0; numbers.ok() && i < numbers->size(); ++i) absl::StrAppend(&answers, " ", (*numbers)[i]);
      absl::StrAppend(&answers, "\n");
    };
    for (const auto& view : people_) {
      const absl::StatusOr<uint64_t> leaf = reader.FindByLeaf(view.leaf());
      add("leaf", leaf.ok() ? absl::StatusOr<std::vector<uint64_t>>(std::vector<uint64_t>{*leaf}) : leaf.status());
      add("revisions", reader.Revisions(KeyOf(view)));
      add("arrivals", reader.ArrivalsUnder(view.statement().record_id));
      add("own", reader.OwnRevisions(view.statement().record_id));
    }
    const auto find = [&](std::string_view what, Where where) {
      const absl::StatusOr<Page> page = reader.Find({.where = std::move(where), .limit = 1000});
      add(what, page.ok() ? absl::StatusOr<std::vector<uint64_t>>(page->seqs) : page.status());
    };
    find("kind", Where::OfKind("person"));
    find("not theirs", Where::Not(Where::By("bank")));
    find("theirs or ours", Where::Any({Where::By(std::string(bank_.organisation())), Where::By(std::string(kUs))}));
    find("all", Where());
    std::vector<uint64_t> own;
    const absl::Status scanned = reader.ScanOwn(1, reader.LastSeq(), [&](const SealedArrival& one) {
      own.push_back(one.seq());
      return absl::StatusOr<bool>(true);
    });
    add("own", scanned.ok() ? absl::StatusOr<std::vector<uint64_t>>(own) : scanned);
    return answers;
  }

  void Change(const std::function<void(MDB_txn*, Environment&)>& change) const {
    auto environment = Environment::Open(data(), {});
    ASSERT_TRUE(environment.ok()) << environment.status();
    MDB_txn* txn = nullptr;
    ASSERT_EQ((*environment)->BeginWrite(nullptr, &txn), 0);
    change(txn, **environment);
    ASSERT_EQ(mdb_txn_commit(txn), 0);
  }
  std::vector<Stored> Chunks() const {
    std::vector<Stored> chunks;
    Change([&chunks](MDB_txn* txn, Environment& environment) {
      MDB_cursor* cursor = nullptr;
      ASSERT_EQ(mdb_cursor_open(txn, environment.dbi(Dbi::kPostings), &cursor), 0);
      MDB_val key, value;
      while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        chunks.push_back({std::string(Bytes(key)), std::string(Bytes(value))});
      }
      mdb_cursor_close(cursor);
    });
    return chunks;
  }
  void Put(Dbi table, const std::string& key, const std::string& value) const {
    Change([&](MDB_txn* txn, Environment& environment) {
      MDB_val k = Val(key), v = Val(value);
      ASSERT_EQ(mdb_put(txn, environment.dbi(table), &k, &v, 0), 0);
    });
  }
  void Drop(Dbi table, const std::string& key) const {
    Change([&](MDB_txn* txn, Environment& environment) {
      MDB_val k = Val(key);
      ASSERT_EQ(mdb_del(txn, environment.dbi(table), &k, nullptr), 0);
    });
  }
  // Changes a byte of the file, also while it is open: LMDB's map shows it.
  void ChangeFile(const std::string& chunk, size_t at) const {
    std::ifstream in(data() + "/data.mdb", std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const size_t found = file.rfind(chunk);
    ASSERT_NE(found, std::string::npos);
    const int descriptor = open((data() + "/data.mdb").c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(descriptor, 0);
    // Old pages hold the same bytes: all are changed.
    for (size_t place = file.find(chunk); place != std::string::npos; place = file.find(chunk, place + 1)) {
      const char other = static_cast<char>(file[place + at] ^ 0x10);
      ASSERT_EQ(pwrite(descriptor, &other, 1, static_cast<off_t>(place + at)), 1);
    }
    close(descriptor);
  }

  void ExpectWhole(const std::string& what, size_t at_least_mended) {
    auto node = Open();
    EXPECT_EQ(AnswersOf(node->store()), answers_) << what;
    EXPECT_GE(node->store().unreadable().mended, at_least_mended) << what << ": it is told";
    const verify::Report report = node->Check({&bank_});
    EXPECT_TRUE(report.clean()) << what << ": " << FaultsOf(report);
    node.reset();
    Restore();
  }

  TemporaryFolder folder_;
  const std::string sound_ = folder_.path() + "/sound";
  PartnerLog bank_{"bank"};
  std::vector<record::VerifiedView> people_;
  std::string answers_;
};

TEST_F(IndexDamageTest, AnyByteOfAChunkIsNoticedAndMadeGoodAtTheStart) {
  const std::vector<Stored> chunks = Chunks();
  ASSERT_GE(chunks.size(), 3U);
  for (const Stored& chunk : chunks) {
    for (size_t at = 0; at < chunk.value.size(); at += std::max<size_t>(chunk.value.size() / 3, 1)) {
      std::string changed = chunk.value;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      Put(Dbi::kPostings, chunk.key, changed);
      ExpectWhole(absl::StrCat("byte ", at, " of ", chunk.value.size()), 1);
    }
    Put(Dbi::kPostings, chunk.key, "damaged");
    ExpectWhole("another value", 1);
  }
}

TEST_F(IndexDamageTest, AChunkThatIsMissingOrElsewhereAndALostListAreMadeGoodAtTheStart) {
  for (const Stored& chunk : Chunks()) {
    Drop(Dbi::kPostings, chunk.key);
    ExpectWhole("missing", 1);
    for (const size_t at : {size_t{3}, size_t{5}, chunk.key.size() - 1}) {
      std::string other = chunk.key;
      other[at] = static_cast<char>(other[at] ^ 0x40);
      Drop(Dbi::kPostings, chunk.key);
      Put(Dbi::kPostings, other, chunk.value);
      ExpectWhole(absl::StrCat("byte ", at, " of its key"), 1);
    }
  }
  for (const std::string key : {"runs", "checks"}) {
    Put(Dbi::kMeta, key, "damaged");
    ExpectWhole(key, 1);
  }
  // All chunks at once.
  for (const Stored& chunk : Chunks()) Put(Dbi::kPostings, chunk.key, "damaged");
  ExpectWhole("all of them", 3);
}

TEST_F(IndexDamageTest, WhileTheStoreServesAReaderHasTheSameAnswersAndTheNextWriteMends) {
  for (const Stored& chunk : Chunks()) {
    auto node = Open();
    ChangeFile(chunk.value, chunk.value.size() / 2);
    EXPECT_EQ(AnswersOf(node->store()), answers_);
    EXPECT_EQ(node->store().unreadable().mended, 0U);
    EXPECT_EQ(node->store().unreadable().rows, 1U);
    Must(node->store().Write([](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "a", "b", "c"); }));
    EXPECT_EQ(node->store().unreadable().mended, 1U);
    EXPECT_EQ(node->store().unreadable().rows, 0U) << "all can be read again";
    EXPECT_EQ(AnswersOf(node->store()), answers_);
    const verify::Report report = node->Check({&bank_});
    EXPECT_TRUE(report.clean()) << FaultsOf(report);
    node.reset();
    Restore();
  }
}

TEST_F(IndexDamageTest, ARecallThatMeetsTheDamageErasesAllThatItShould) {
  for (const Stored& chunk : Chunks()) {
    auto node = Open();
    ChangeFile(chunk.value, chunk.value.size() / 3);
    const record::VerifiedView& amended = people_[people_.size() - 2];
    const auto recall = MakeRecall(amended);
    Must(node->Author({&recall}));
    const auto other = MakeRecall(people_[7]);
    Must(node->Author({&other}));
    auto snapshot = node->store().Read();
    ASSERT_TRUE(snapshot.ok());
    for (const record::VerifiedView* view :
         std::initializer_list<const record::VerifiedView*>{&people_[0], &amended, &people_[7]}) {
      const auto seq = (*snapshot)->FindByLeaf(view->leaf());
      ASSERT_TRUE(seq.ok()) << seq.status();
      const auto record = (*snapshot)->GetRecord(*seq);
      ASSERT_TRUE(record.ok()) << record.status();
      EXPECT_TRUE(record->erased);
    }
    const auto shown = (*snapshot)->Find({.where = Where::OfKind("person"), .limit = 1000});
    ASSERT_TRUE(shown.ok()) << shown.status();
    EXPECT_EQ(shown->seqs.size(), people_.size() - 3);
    snapshot->reset();
    AnswersOf(node->store());  // meets the damage where the recalls did not
    Must(node->store().Write([](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "a", "b", "c"); }));
    const verify::Report report = node->Check({&bank_});
    EXPECT_TRUE(report.clean()) << FaultsOf(report);
    node.reset();
    Restore();
  }
}

// What was read meanwhile was not whole: nothing of it is committed, also where the body passed over the error.
TEST_F(IndexDamageTest, ABodyThatPassesOverTheDamageIsUndoneAndRunAgain) {
  const std::string chunk = Chunks().front().value;
  auto node = Open();
  ChangeFile(chunk, 20);
  const uint64_t before = node->store().LastCommitted();
  int runs = 0;
  size_t found = 0;
  Must(node->store().Write([&](WriteTransaction& t) {
    ++runs;
    found = 0;
    for (const auto& view : people_) found += t.FindByLeaf(view.leaf()).ok() ? 1 : 0;
    return t.AppendEvent(Event::kGrant, 1, 5, "").status();
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(found, people_.size());
  EXPECT_EQ(node->store().LastCommitted(), before + 1) << "done once";
}

// Writes that wait for each other share a transaction. One of them meets damage, and the index cannot be mended while
// the node runs: the others are done all the same.
TEST_F(IndexDamageTest, DamageThatCannotBeMendedFailsNoOtherWriteOfItsBatch) {
  const std::vector<Stored> chunks = Chunks();
  auto node = Open();
  Store& store = node->store();
  ChangeFile(chunks.front().value, 20);
  ChangeFile(chunks.back().key, 3);  // it names a run that there is not
  std::atomic<bool> begun = false, go_on = false;
  std::thread first([&] {
    Must(store.Write([&](WriteTransaction&) {
      begun = true;
      while (!go_on) std::this_thread::yield();
      return absl::OkStatus();
    }));
  });
  while (!begun) std::this_thread::yield();
  absl::Status met;
  std::thread meets([&] {
    met = store.Write([&](WriteTransaction& t) {
      for (const auto& view : people_) {
        if (auto found = t.FindByLeaf(view.leaf()); !found.ok()) return found.status();
      }
      return absl::OkStatus();
    });
  });
  std::thread other(
      [&] { Must(store.Write([](WriteTransaction& t) { return t.PutNamed(Named::kSetting, "a", "b", "c"); })); });
  while (store.Waiting() < 2) std::this_thread::yield();  // both are in the batch after the first
  go_on = true;
  for (std::thread* thread : {&first, &meets, &other}) thread->join();
  EXPECT_TRUE(absl::IsDataLoss(met)) << met;
  EXPECT_TRUE((*store.Read())->GetNamed(Named::kSetting, "a", "b").ok());
}

// A damaged row says nothing of its terms. What the damaged chunk still says of it is kept.
TEST_F(IndexDamageTest, ARowThatIsDamagedTooStaysUnderWhatTheChunkStillSays) {
  constexpr uint64_t kLost = 20;
  const std::vector<Stored> chunks = Chunks();
  Put(Dbi::kArrivals, crypto::ByteWriter(8).U64(kLost).Take(), "damaged");
  answers_ = AnswersOf(Open()->store());
  std::string changed = chunks.front().value;
  changed.back() = static_cast<char>(changed.back() ^ 1);  // its check
  Put(Dbi::kPostings, chunks.front().key, changed);
  for (int opened = 0; opened < 2; ++opened) {
    auto node = Open();
    EXPECT_EQ(AnswersOf(node->store()), answers_) << "at start " << opened;
    node.reset();
    Drop(Dbi::kMeta, "runs");
  }
}

// Version 0.1 wrote no checks.
TEST_F(IndexDamageTest, ChunksWithoutChecksAreReadAndGetThemAsTheyAreMerged) {
  const auto strip = [this] {
    for (const Stored& chunk : Chunks()) {
      Put(Dbi::kPostings, chunk.key, chunk.value.substr(0, chunk.value.size() - 4));
    }
    Drop(Dbi::kMeta, "checks");
  };
  strip();
  ExpectWhole("without checks", 0);
  strip();
  const std::vector<Stored> chunks = Chunks();
  Put(Dbi::kPostings, chunks[1].key, "damaged");
  ExpectWhole("without checks, and damaged", 1);
  strip();
  const std::string newest_run = Chunks().back().key.substr(0, 4);
  {
    auto node = Open();
    const auto erased = MakeRecall(people_[9]);
    Must(node->Author({&erased}));  // takes postings out of an old chunk
    for (int i = 0; i < 20; ++i) {
      people_.push_back(MakePerson({.name = "Later", .alias = absl::StrCat("L", i)}));
      Must(node->Author({&people_.back()}));
    }
    const verify::Report report = node->Check({&bank_});
    EXPECT_TRUE(report.clean()) << FaultsOf(report);
    answers_ = AnswersOf(node->store());
  }
  size_t with_checks = 0;
  for (const Stored& chunk : Chunks()) {
    if (chunk.key.substr(0, 4) <= newest_run) continue;
    ++with_checks;
    std::string changed = chunk.value;
    changed[3] = static_cast<char>(changed[3] ^ 2);
    Put(Dbi::kPostings, chunk.key, changed);
  }
  ASSERT_GE(with_checks, 1U);
  auto node = Open();
  EXPECT_EQ(AnswersOf(node->store()), answers_);
}

// The node ended while it made the index anew.
TEST_F(IndexDamageTest, MakingItAnewGoesOnWhereItWasInterrupted) {
  Put(Dbi::kMeta, "anew", "damaged");
  ExpectWhole("begun, and nobody knows how far it came", 0);
}

}  // namespace
}  // namespace tidegate::store
