// The index against plain sets: random commits of all sizes, late arrivals, removals and searches, while runs merge.
#include "node/store/index/postings.h"

#include <map>
#include <random>
#include <set>

#include "node/store/index/name_filter.h"
#include "node/store/index/varint.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::index {
namespace {

using environment::Bytes;
using environment::Dbi;
using environment::Environment;
using environment::Val;
using store::TemporaryFolder;

using Model = std::map<unsigned, std::set<uint64_t>>;

class PostingsTest : public testing::Test {
 protected:
  PostingsTest() {
    auto environment = Environment::Open(folder_.path() + "/data", {});
    EXPECT_TRUE(environment.ok()) << environment.status();
    environment_ = *std::move(environment);
    EXPECT_EQ(environment_->BeginWrite(nullptr, &txn_), 0);
    index_.emplace(txn_, dbi(), RunList());
  }
  ~PostingsTest() override { mdb_txn_abort(txn_); }
  MDB_dbi dbi() const { return environment_->dbi(Dbi::kPostings); }

  // Terms are spread over all the space, as hashes are.
  static Term TermOf(unsigned number) {
    std::mt19937 bytes(number);
    Term term{};
    for (uint8_t& byte : term) byte = static_cast<uint8_t>(bytes());
    return term;
  }
  void Add(Model& model, const std::vector<std::pair<unsigned, uint64_t>>& pairs) {
    std::vector<Posting> postings;
    for (const auto& [term, number] : pairs) {
      if (model[term].insert(number).second) postings.emplace_back(TermOf(term), number);
    }
    std::sort(postings.begin(), postings.end());
    const absl::Status status = index_->Add(postings);
    ASSERT_TRUE(status.ok()) << status;
    Reopen();
  }
  // The list of runs survives being written down.
  void Reopen() {
    auto list = DecodeRuns(EncodeRuns(index_->runs()));
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(*list, index_->runs());
    index_.emplace(txn_, dbi(), *std::move(list));
  }
  // All that the table holds is what the model holds, each posting in one run; chunks fit their pages.
  void CheckAll(const Model& model) {
    std::set<std::pair<Term, uint64_t>> expected, found;
    for (const auto& [term, numbers] : model) {
      for (uint64_t number : numbers) expected.insert({TermOf(term), number});
    }
    size_t count = 0;
    const absl::Status status = index_->ForEach(Term{}, [&](const Posting& posting) {
      found.insert({posting.term(), posting.seq});
      ++count;
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(count, expected.size()) << "a posting lies in two runs";
    EXPECT_TRUE(found == expected);

    MDB_cursor* cursor = nullptr;
    ASSERT_EQ(mdb_cursor_open(txn_, dbi(), &cursor), 0);
    MDB_val key, value;
    uint64_t bytes = 0;
    Posting last;
    uint32_t last_run = 0;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      EXPECT_LE(value.mv_size, kMostChunkBytes);
      bytes += value.mv_size;
      uint32_t run = 0;
      Posting first;
      ASSERT_TRUE(ParseChunkKey(Bytes(key), run, first));
      if (run != last_run) last = {};
      last_run = run;
      const auto entries = CheckedEntries(Bytes(key), Bytes(value));
      ASSERT_TRUE(entries.has_value());
      ChunkReader reader(*entries);
      for (bool begins = true; reader.Next(); begins = false) {
        EXPECT_LT(last, reader.posting());
        if (begins) {
          EXPECT_EQ(first, reader.posting());
        }
        last = reader.posting();
      }
      EXPECT_FALSE(reader.damaged());
    }
    mdb_cursor_close(cursor);
    uint64_t said = 0;
    for (const auto& run : index_->runs().runs) said += run.bytes;
    EXPECT_LE(bytes, said) << "removals alone may make it less";
  }

  TemporaryFolder folder_;
  std::unique_ptr<Environment> environment_;
  MDB_txn* txn_ = nullptr;
  std::optional<PostingIndex> index_;
};

TEST_F(PostingsTest, BehaveAsSets) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Model model;
  uint64_t top = 0;
  unsigned fresh = 1000;  // terms that only one arrival has
  for (int step = 0; step < 1500; ++step) {
    switch (random() % 4) {
      case 0: {  // a commit's arrivals, some of them thousands
        std::vector<std::pair<unsigned, uint64_t>> pairs;
        const unsigned size = step % 40 == 0 ? 2000 : step % 10 == 0 ? 100 : 1;
        for (unsigned i = 0; i < 1 + random() % size; ++i) {
          top += 1 + (random() % 10 == 0 ? random() % 100000 : 0);
          for (unsigned term = 0; term < 4; ++term) {
            if (random() % 3 != 0) pairs.emplace_back(term, top);
          }
          pairs.emplace_back(fresh++, top);
        }
        Add(model, pairs);
        break;
      }
      case 1: {  // a late one
        const uint64_t number = 1 + random() % (top + 10);
        Add(model, {{random() % 4, number}});
        top = std::max(top, number);
        break;
      }
      case 2: {
        const unsigned which = random() % 3 == 0 ? 1000 + random() % (fresh - 999) : random() % 4;
        std::set<uint64_t>& set = model[which];
        uint64_t number = 1 + random() % (top + 10);
        if (auto place = set.lower_bound(number); place != set.end() && random() % 4 != 0) number = *place;
        const absl::Status status = index_->Remove({TermOf(which), number});
        EXPECT_EQ(status.ok(), set.erase(number) == 1) << status;
        EXPECT_TRUE(status.ok() || absl::IsNotFound(status));
        break;
      }
      default: {
        const unsigned which = random() % 4 == 0 ? 1000 + random() % (fresh - 999) : random() % 5;
        std::set<uint64_t>& set = model[which];
        PostingCursor cursor = index_->Walk(TermOf(which));
        uint64_t limit = random() % 3 == 0 ? top + 5 : random() % (top + 2);
        for (int i = 0; i < 20; ++i) {
          auto above = set.upper_bound(limit);
          const uint64_t expected = above == set.begin() ? 0 : *std::prev(above);
          auto found = cursor.AtOrBelow(limit);
          ASSERT_TRUE(found.ok()) << found.status();
          ASSERT_EQ(found->number, expected) << "at or below " << limit;
          if (expected == 0) break;
          limit = expected - 1 - (random() % 5 == 0 ? random() % expected : 0);
        }
        if (which >= 4) {
          auto all = index_->Arrivals(TermOf(which));
          ASSERT_TRUE(all.ok()) << all.status();
          EXPECT_TRUE(std::equal(all->begin(), all->end(), set.begin(), set.end()));
        }
      }
    }
    if (step % 300 == 0) CheckAll(model);
    if (testing::Test::HasFatalFailure()) return;
  }
  CheckAll(model);
}

TEST(SortPostingsTest, SortsAsComparingDoes) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (size_t size : {0u, 1u, 2u, 500u, 1023u, 1024u, 5000u, 60000u}) {
    std::vector<Posting> postings;
    for (size_t i = 0; i < size; ++i) {
      Posting posting;
      // Common terms and rare ones, some of them alike in their first bits; arrivals mostly in their order.
      posting.high = random() % 2 == 0 ? (random() % 8) << 60 | random() % 2 : random();
      posting.low = random() % 3;
      posting.seq = random() % 10 == 0 ? 1 + random() % (size + 1) : i + 1;
      postings.push_back(posting);
    }
    std::vector<Posting> expected = postings;
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    SortPostings(postings);
    EXPECT_TRUE(postings == expected) << size;
  }
}

TEST_F(PostingsTest, RunsStayFewAndEachPostingIsWrittenFewTimes) {
  Model model;
  unsigned fresh = 1000;
  uint64_t arrival = 0;
  size_t most = 0;
  // As many commits as a node makes in weeks of single alerts, between two imports.
  for (int commit = 0; commit < 6000; ++commit) {
    std::vector<std::pair<unsigned, uint64_t>> pairs;
    const int records = commit == 1000 || commit == 4000 ? 3000 : 1;
    for (int i = 0; i < records; ++i) {
      ++arrival;
      for (unsigned term = 0; term < 10; ++term) pairs.emplace_back(term, arrival);
      for (unsigned unique = 0; unique < 5; ++unique) pairs.emplace_back(fresh++, arrival);
    }
    Add(model, pairs);
    most = std::max(most, index_->runs().runs.size());
  }
  CheckAll(model);
  // Seven of each of five ranks, and what is being merged.
  EXPECT_LE(most, 60u);
  EXPECT_GE(most, 8u);
}

TEST_F(PostingsTest, ADamagedChunkIsAnErrorAndNoAnswer) {
  Model model;
  std::vector<std::pair<unsigned, uint64_t>> pairs;
  for (unsigned i = 0; i < 100; ++i) pairs.emplace_back(i, i + 1);
  Add(model, pairs);
  MDB_cursor* cursor = nullptr;
  ASSERT_EQ(mdb_cursor_open(txn_, dbi(), &cursor), 0);
  MDB_val key, value;
  ASSERT_EQ(mdb_cursor_get(cursor, &key, &value, MDB_FIRST), 0);
  std::string cut(Bytes(value).substr(0, value.mv_size - 1));
  const std::string name(Bytes(key));
  mdb_cursor_close(cursor);
  MDB_val name_val = Val(name), cut_val = Val(cut);
  ASSERT_EQ(mdb_put(txn_, dbi(), &name_val, &cut_val, 0), 0);
  Term last{};
  for (unsigned i = 0; i < 100; ++i) last = std::max(last, TermOf(i));
  EXPECT_TRUE(absl::IsDataLoss(index_->Walk(last).AtOrBelow(1000).status()));
  EXPECT_TRUE(absl::IsDataLoss(index_->Remove({last, 1})) || absl::IsDataLoss(index_->Remove({last, 100})));
  EXPECT_TRUE(absl::IsDataLoss(index_->ForEach(Term{}, [](const Posting&) {})));
}

TEST(NameFilterTest, NeverMissesWhatWasAddedAndSeldomErrs) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto draw = [&random] {
    Posting name;
    name.high = random() | uint64_t{1} << 63;
    name.low = random();
    return name;
  };
  NameFilter filter(10'000);
  std::vector<Posting> added;
  for (int i = 0; i < 10'000; ++i) {
    added.push_back(draw());
    filter.Add(added.back());
  }
  EXPECT_FALSE(filter.full());
  for (const Posting& name : added) EXPECT_TRUE(filter.MayHold(name));
  int wrong = 0;
  for (int i = 0; i < 100'000; ++i) wrong += filter.MayHold(draw()) ? 1 : 0;
  EXPECT_LT(wrong, 3000) << "of 100,000; one in a hundred is expected";
  filter.Add(draw());
  EXPECT_TRUE(filter.full());
}

TEST(VarintTest, HasOneFormForEachNumber) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    const uint64_t number = random() >> (random() % 64);
    std::string bytes;
    PutVarint(number, bytes);
    EXPECT_EQ(bytes.size(), VarintBytes(number));
    std::string_view rest = bytes;
    uint64_t back = 0;
    ASSERT_TRUE(TakeVarint(rest, back));
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(back, number);
    bytes.back() = static_cast<char>(bytes.back() | 0x80);
    bytes.push_back('\0');
    rest = bytes;
    EXPECT_FALSE(TakeVarint(rest, back)) << "a longer form of " << number;
  }
  uint64_t value = 0;
  for (std::string_view wrong :
       {std::string_view(""), std::string_view("\x80"), std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")}) {
    EXPECT_FALSE(TakeVarint(wrong, value));
  }
}

}  // namespace
}  // namespace tidegate::index
