// Random work by a node and its partners, against a plain model of who holds what; the verifier has the last word.
#include <map>
#include <random>
#include <set>

#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

using Fields = std::set<std::string>;

// A record of the partner as the model sees it.
struct Theirs {
  record::VerifiedView whole;
  uint64_t position = 0;
  std::map<std::string, Fields> claims;  // by giver
  bool recalled = false;
  bool ever_held = false;

  Fields Held() const {
    Fields held;
    for (const auto& [giver, fields] : claims) held.insert(fields.begin(), fields.end());
    return held;
  }
};

class Operations {
 public:
  explicit Operations(unsigned seed) : random_(seed), node_(folder_.path()), author_("bank") {}

  void Step() {
    switch (random_() % 8) {
      case 0:
        return NewRecord();
      case 1:
      case 2:
      case 3:
        return Give();
      case 4:
      case 5:
        return Limit();
      case 6:
        return random_() % 3 == 0 ? Recall() : Own();
      default:
        return Compare(Pick());
    }
  }
  void Check() {
    for (Theirs& record : records_) Compare(record);
    const verify::Report report = node_.Check({&author_});
    EXPECT_TRUE(report.clean()) << FaultsOf(report);
  }
  bool empty() const { return records_.empty(); }
  void NewRecord() {
    auto whole = MakePerson({.name = Name(records_.size()), .alias = "Common Alias", .author = kTheirKey});
    const uint64_t position = author_.Append(whole.leaf());
    records_.push_back({std::move(whole), position, {}});
  }

 private:
  static std::string Name(size_t i) { return "Person" + std::to_string(i); }
  Theirs& Pick() { return records_[random_() % records_.size()]; }
  std::string Giver() { return random_() % 2 == 0 ? "bank" : "police"; }
  std::string Field() { return random_() % 2 == 0 ? "name" : "aliases"; }

  void Give() {
    Theirs& record = Pick();
    const std::string giver = Giver();
    Fields fields = {Field()};
    if (random_() % 3 == 0) fields.insert(Field());
    const auto view = Only(record.whole, std::vector<std::string_view>(fields.begin(), fields.end()));
    ASSERT_TRUE(node_.Receive(author_, giver, {{&view, record.position}}).ok());
    if (record.recalled) return;
    record.ever_held = true;
    record.claims[giver].insert(fields.begin(), fields.end());
  }
  void Limit() {
    Theirs& record = Pick();
    if (!record.ever_held) return;
    const std::string giver = Giver();
    Fields allowed;
    if (random_() % 2 == 0) allowed.insert(Field());
    record::Openings openings;
    for (const std::string& field : allowed) openings.push_back(Whole(record.whole, field));
    ASSERT_TRUE(
        node_.store()
            .Write([&](WriteTransaction& t) { return t.LimitClaim(record.whole.leaf(), giver, openings, 1).status(); })
            .ok());
    Fields& claim = record.claims[giver];
    std::erase_if(claim, [&](const std::string& field) { return allowed.count(field) == 0; });
    if (claim.empty()) record.claims.erase(giver);
  }
  void Recall() {
    Theirs& record = Pick();
    if (record.recalled) return;
    const auto recall = MakeRecall(record.whole);
    const uint64_t position = author_.Append(recall.leaf());
    ASSERT_TRUE(node_.Receive(author_, "bank", {{&recall, position}}).ok());
    record.recalled = true;
    record.claims.clear();
  }
  // New, or after any that is there: then some are forks.
  void Own() {
    if (!ours_.empty() && random_() % 3 == 0) return Relabel();
    const record::VerifiedView* const before = ours_.empty() || random_() % 2 == 0 ? nullptr : &Ours();
    auto view = MakePerson({.name = "Our Person " + std::to_string(ours_.size()), .before = before});
    ASSERT_TRUE(node_.Author({&view}).ok());
    ours_.push_back(std::move(view));
  }
  void Relabel() {
    record::LocalFacts local;
    if (random_() % 2 == 0) local.tags = {"urgent"};
    if (random_() % 2 == 0) local.source_reference = "row " + std::to_string(random_() % 9);
    const crypto::Hash leaf = Ours().leaf();
    const absl::Status relabelled = node_.store().Write([&](WriteTransaction& t) {
      const auto seq = t.FindByLeaf(leaf);
      return seq.ok() ? t.Relabel(*seq, local, 1) : seq.status();
    });
    ASSERT_TRUE(relabelled.ok()) << relabelled;
  }
  record::VerifiedView& Ours() { return ours_[random_() % ours_.size()]; }
  void Compare(const Theirs& record) {
    auto snapshot = node_.store().Read();
    ASSERT_TRUE(snapshot.ok());
    auto seq = (*snapshot)->FindByLeaf(record.whole.leaf());
    ASSERT_EQ(seq.ok(), record.ever_held);
    if (!seq.ok()) return;
    auto held = (*snapshot)->GetRecord(*seq);
    ASSERT_TRUE(held.ok()) << held.status();
    Fields opened;
    for (const record::Opened& o : held->view.opened) {
      opened.insert(std::string(record.whole.kind().slots[o.slot].name));
    }
    EXPECT_EQ(opened, record.Held());
    EXPECT_EQ(held->erased, record.Held().empty());
    EXPECT_EQ(held->final, record.recalled);
    if (!opened.empty()) {
      EXPECT_TRUE(record::Verify(held->view).ok());
    }
    Query query;
    query.where = SaysWords(Text(record));
    auto page = (*snapshot)->Find(query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->seqs.size(), opened.count("name"));
  }
  std::string Text(const Theirs& record) const { return Name(static_cast<size_t>(&record - records_.data())); }

  std::mt19937 random_;
  TemporaryFolder folder_;
  SampleNode node_;
  PartnerLog author_;
  std::vector<Theirs> records_;
  std::vector<record::VerifiedView> ours_;
};

TEST(OperationsTest, WhatIsHeldIsWhatIsClaimed) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  Operations operations(seed);
  for (int i = 0; i < 10; ++i) operations.NewRecord();
  for (int round = 0; round < 6; ++round) {
    for (int step = 0; step < 60; ++step) {
      operations.Step();
      if (testing::Test::HasFatalFailure()) return;
    }
    operations.Check();
  }
}

}  // namespace
}  // namespace tidegate::store
