// Postings against plain sets, over random additions, late insertions, removals and searches.
#include "node/store/postings.h"

#include <map>
#include <random>
#include <set>

#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

class PostingsTest : public testing::Test {
 protected:
  PostingsTest() {
    auto environment = Environment::Open(folder_.path() + "/data", {});
    EXPECT_TRUE(environment.ok()) << environment.status();
    environment_ = *std::move(environment);
    EXPECT_EQ(environment_->BeginWrite(nullptr, &txn_), 0);
  }
  ~PostingsTest() override { mdb_txn_abort(txn_); }
  MDB_dbi dbi() const { return environment_->dbi(Dbi::kPostings); }

  static Term TermOf(unsigned number) {
    Term term{};
    term[3] = static_cast<uint8_t>(number);
    return term;
  }
  // Each entry is short enough, ascends, and ends before the next one begins.
  void CheckEntries() {
    MDB_cursor* cursor = nullptr;
    ASSERT_EQ(mdb_cursor_open(txn_, dbi(), &cursor), 0);
    MDB_val key, value;
    std::string last_term;
    uint64_t last = 0;
    std::vector<uint64_t> numbers;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      ASSERT_TRUE(DecodePostings(Bytes(key), Bytes(value), numbers).ok());
      EXPECT_LE(value.mv_size, kMostPostingBytes + 16);
      if (Bytes(key).substr(0, 16) == last_term) {
        EXPECT_GT(numbers.front(), last);
      }
      last_term = Bytes(key).substr(0, 16);
      last = numbers.back();
    }
    mdb_cursor_close(cursor);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Environment> environment_;
  MDB_txn* txn_ = nullptr;
};

TEST_F(PostingsTest, BehaveAsSets) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::map<unsigned, std::set<uint64_t>> model;
  uint64_t top = 0;
  for (int step = 0; step < 3000; ++step) {
    const unsigned which = random() % 4;
    const Term term = TermOf(which);
    std::set<uint64_t>& set = model[which];
    switch (random() % 4) {
      case 0: {  // a commit's arrivals
        std::vector<uint64_t> numbers;
        for (unsigned i = 0; i < 1 + random() % (step % 50 == 0 ? 3000 : 5); ++i) {
          top += 1 + (random() % 10 == 0 ? random() % 100000 : 0);
          numbers.push_back(top);
        }
        ASSERT_TRUE(PostingWriter(txn_, dbi()).Extend(term, numbers).ok());
        set.insert(numbers.begin(), numbers.end());
        break;
      }
      case 1: {  // a late one
        const uint64_t number = 1 + random() % (top + 10);
        ASSERT_TRUE(InsertPosting(txn_, dbi(), term, number).ok());
        set.insert(number);
        top = std::max(top, number);
        break;
      }
      case 2: {
        uint64_t number = 1 + random() % (top + 10);
        if (auto place = set.lower_bound(number); place != set.end() && random() % 4 != 0) number = *place;
        const absl::Status status = RemovePosting(txn_, dbi(), term, number);
        EXPECT_EQ(status.ok(), set.erase(number) == 1) << status;
        EXPECT_TRUE(status.ok() || absl::IsNotFound(status));
        break;
      }
      default: {
        PostingCursor cursor(txn_, dbi(), term);
        uint64_t limit = random() % 3 == 0 ? top + 5 : random() % (top + 2);
        for (int i = 0; i < 20; ++i) {
          auto above = set.upper_bound(limit);
          const uint64_t expected = above == set.begin() ? 0 : *std::prev(above);
          auto found = cursor.AtOrBelow(limit);
          ASSERT_TRUE(found.ok()) << found.status();
          ASSERT_EQ(*found, expected) << "at or below " << limit;
          if (expected == 0) break;
          limit = expected - 1 - (random() % 5 == 0 ? random() % expected : 0);
        }
      }
    }
    if (step % 500 == 0) CheckEntries();
  }
  CheckEntries();
}

TEST(VarintTest, HasOneFormForEachNumber) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    const uint64_t number = random() >> (random() % 64);
    std::string bytes;
    PutVarint(number, bytes);
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
}  // namespace tidegate::store
