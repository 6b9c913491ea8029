// Two nodes in memory: what goes, what is lost on its way, and what is held afterwards.
#include "node/flow/commit.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Fate;
using support::Line;
using support::MemoryNode;

constexpr char kShareAll[] = R"(@id("all") permit (principal, action == Action::"disclose", resource);)";

class BetweenTest : public testing::Test {
 protected:
  BetweenTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(BetweenTest, ARecordGoesOverAndIsHeldOnce) {
  const std::string id = charity_.Add("report", {{"title", "Car wash"},
                                                 {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB"},
                                                 {"tlp", "AMBER"},
                                                 {"purpose", "prevention"}});
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(line_.Meet().stored, 0u);
  EXPECT_EQ(bank_.Read()->RecordCount().value(), 1u);
}

TEST_F(BetweenTest, AParcelThatIsLostComesAgain) {
  const std::string id = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  for (const Fate fate : {Fate::kLost, Fate::kCut}) {
    EXPECT_TRUE(line_.Meet([fate](size_t) { return fate; }).ended);
    EXPECT_TRUE(bank_.Open(id).empty());
  }
  charity_.Crash();
  bank_.Crash();
  EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kReceiptLost; }).ended);
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(BetweenTest, ATwinOfTheirRecordIsRefusedThereAndTheirsStays) {
  const std::string id = charity_.Add("report", {{"title", "Real"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  line_.Meet();
  bank_.Apply(kShareAll);
  record::Draft draft = *record::Draft::Create("report");
  ASSERT_TRUE(draft.SetField("title", "Nothing to see here").ok());
  ASSERT_TRUE(draft.handling.Set("tlp", "CLEAR").ok());
  record::CommitContext context;
  context.author_fpr = bank_.identity().log_fingerprint();
  context.record_id = *record::ParseRecordId(id);
  auto twin = record::Commit(draft, context, crypto::RandomArray<32>());
  ASSERT_TRUE(twin.ok()) << twin.status();
  std::vector<Authored> one;
  one.push_back({*std::move(twin), {}});
  const auto stored = StoreAuthored(bank_.desk(), one, {});
  ASSERT_TRUE(stored.ok()) << stored.status();
  Line back(bank_, charity_);
  EXPECT_EQ(back.Meet().stored, 1u);
  EXPECT_EQ(charity_.Held(id)->own, true);
  EXPECT_TRUE(absl::IsNotFound(charity_.Held(id, "bank").status()));
  EXPECT_TRUE(charity_.Amend(id, {{"title", "Real still"}}).ok());
  EXPECT_TRUE(charity_.Recall(id).ok());
}

}  // namespace
}  // namespace tidegate::flow
