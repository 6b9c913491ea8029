// A node that learned that it was restored from a backup does not forget it; and a recall without an answer is asked
// for again while a stream lasts.
#include <gtest/gtest.h>

#include <iterator>
#include <vector>

#include "node/flow/retention.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;

constexpr uint64_t kMinuteMs = uint64_t{60} * 1000, kHourMs = 60 * kMinuteMs;

TEST(Restored, IsKnownAfterTheNextStart) {
  Clock clock;
  MemoryNode charity("charity", "ngo", clock);
  const auto now = [&clock] { return clock.now_ms; };
  {
    Continuity continuity(charity.store(), charity.log(), now);
    EXPECT_TRUE(continuity.MayAuthor().ok());
    continuity.Behind("bank");
    EXPECT_TRUE(absl::IsFailedPrecondition(continuity.MayAuthor()));
  }
  charity.Crash();
  const std::string why = charity.authoring().ReadOnly();
  EXPECT_NE(why.find("restored from an older backup"), std::string::npos) << why;
  EXPECT_NE(why.find("`bank`"), std::string::npos) << why;
  EXPECT_TRUE(absl::IsFailedPrecondition(charity.TryAdd("report", {{"title", "New"}, {"tlp", "GREEN"}}).status()));
}

TEST(Restored, WhatCannotBeReadFailsClosed) {
  Clock clock;
  MemoryNode charity("charity", "ngo", clock);
  Must(charity.store().Write([](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kSetting, "behind", "", "damaged");
  }));
  charity.Crash();
  EXPECT_FALSE(charity.authoring().ReadOnly().empty());
}

TEST(Restored, ItsFeedOnlyTakesBackAndTakesBackWhatItKnowsOf) {
  Clock clock;
  MemoryNode charity("charity", "ngo", clock), bank("bank", "bank", clock);
  support::Pair(charity, bank);
  charity.Apply(kShareAll);
  support::Line line(charity, bank);
  const support::Assignments handling{{"tlp", "GREEN"}, {"purpose", "prevention"}};
  const auto add = [&](const char* title) {
    support::Assignments set = handling;
    set.emplace_back("title", title);
    return charity.Add("report", set);
  };
  const std::string recalled = add("Before the backup, recalled after it");
  const std::string kept = add("Before the backup, kept");
  line.Meet();
  const support::Folder backup;
  charity.Close();
  std::filesystem::copy(charity.store_folder(), backup.path() + "/store", std::filesystem::copy_options::recursive);
  charity.Open();
  const std::string after = add("After the backup");
  line.Meet();
  ASSERT_FALSE(bank.Open(after).empty());

  charity.Close();
  std::filesystem::remove_all(charity.store_folder());
  std::filesystem::copy(backup.path() + "/store", charity.store_folder(), std::filesystem::copy_options::recursive);
  charity.Open();
  line.Meet();  // the partner's cursor names more than this log has
  EXPECT_FALSE(charity.authoring().ReadOnly().empty());
  EXPECT_TRUE(absl::IsFailedPrecondition(charity.TryAdd("report", handling).status()));
  EXPECT_FALSE(bank.Open(kept).empty());

  EXPECT_TRUE(charity.Recall(recalled).ok());
  line.Meet();
  EXPECT_TRUE(bank.Open(recalled).empty());
  EXPECT_FALSE(bank.Open(kept).empty());
  charity.Apply(R"(@id("none") forbid (principal, action == Action::"disclose", resource);)");
  line.Meet();
  EXPECT_TRUE(bank.Open(kept).empty());
  charity.Apply(kShareAll);
  EXPECT_EQ(line.Meet().stored, 0u) << "it gives nothing again";
  EXPECT_TRUE(bank.Open(kept).empty());
}

// A charity that gives a record and its amendment after a backup was made, and is then restored from that backup.
class RestoredRecall : public testing::Test {
 protected:
  RestoredRecall() {
    support::Pair(charity_, bank_);
    support::Pair(charity_, police_);
    charity_.Apply(kShareAll);
    record_ = charity_.Add("report", Titled("Before the backup"));
    kept_ = charity_.Add("report", Titled("Another"));
    line_.Meet();
    const support::Folder backup;
    charity_.Close();
    Copy(charity_.store_folder(), backup.path() + "/store");
    charity_.Open();
    Must(charity_.Amend(record_, {{"title", "Amended after the backup"}}));
    line_.Meet();
    other_.Meet();
    charity_.Close();
    Copy(backup.path() + "/store", charity_.store_folder());
    charity_.Open();
    line_.Meet();
    EXPECT_FALSE(charity_.authoring().ReadOnly().empty());
  }
  static support::Assignments Titled(const std::string& title) {
    return {{"tlp", "GREEN"}, {"purpose", "prevention"}, {"title", title}};
  }
  static void Copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  size_t Asked(const std::string& partner) { return Must(charity_.disclosures().Asked(partner, 10)).open.size(); }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_};
  support::Line line_{charity_, bank_}, other_{charity_, police_};
  std::string record_, kept_;
};

TEST_F(RestoredRecall, TakesBackTheRevisionThatTheNodeNoLongerKnows) {
  ASSERT_FALSE(bank_.Open(record_).empty());
  Must(charity_.Recall(record_));
  EXPECT_EQ(Asked("bank"), 1U);
  line_.Meet();
  EXPECT_TRUE(bank_.Open(record_).empty()) << "the amended revision is gone too";
  EXPECT_FALSE(bank_.Open(kept_).empty());
  EXPECT_EQ(Asked("bank"), 0U) << "and it is answered";
}

TEST_F(RestoredRecall, IsNotAnsweredErasedWhileALegalHoldKeepsTheLaterRevision) {
  const Retention retention(bank_.store(), bank_.disclosures(), bank_.authoring(), [this] { return clock_.now_ms; });
  const policy::Principal ben = policy::PrincipalMint::Mint("ben", true, {"supervisor"});
  Must(retention.Hold(ben, "order of a court", {record_, ""}).status());
  Must(charity_.Recall(record_));
  line_.Meet();
  EXPECT_TRUE(bank_.Open(record_).empty()) << "it is gone for everybody";
  EXPECT_EQ(Asked("bank"), 1U) << "and the author is not told that it is erased";
}

TEST_F(RestoredRecall, AsksWhoWasGivenTheRecordOnlyAfterTheBackup) {
  ASSERT_FALSE(police_.Open(record_).empty());
  Must(charity_.Recall(record_));
  EXPECT_EQ(Asked("police"), 1U);
  other_.Meet();
  EXPECT_TRUE(police_.Open(record_).empty());
  EXPECT_FALSE(police_.Open(kept_).empty());
  EXPECT_EQ(Asked("police"), 0U);
}

TEST_F(RestoredRecall, GoesToAPartnerOfTheVersionBeforeAsItReadsIt) {
  line_.reads = other_.reads = 0;
  Must(charity_.Recall(record_));
  Must(line_.Meet().status);
  EXPECT_EQ(Asked("bank"), 0U) << "the revision that this node knows is given back";
  EXPECT_FALSE(bank_.Open(record_).empty()) << "the later one such a partner is not asked for";
  // Whoever is not known to have been given any does not answer for what it may hold.
  Must(other_.Meet().status);
  EXPECT_EQ(Asked("police"), 1U);
  other_.reads = parcel::kContents;  // until its node is newer
  clock_.now_ms += 2 * kHourMs;
  Must(other_.Meet().status);
  EXPECT_TRUE(police_.Open(record_).empty());
  EXPECT_EQ(Asked("police"), 0U);
}

// The partner's end of one stream: takes parcels, answers none, and moves the clock whenever it has everything.
class Silent final : public exchange::ParcelWriter {
 public:
  explicit Silent(Clock& clock) : clock_(clock) {}
  absl::Status Write(parcel::Sealed) override {
    ++parcels_;
    return absl::OkStatus();
  }
  absl::Status CaughtUp() override {
    seen_.push_back(parcels_);
    looks_ = 0;
    // A new recall goes again after a few seconds, and from then on each hour.
    constexpr uint64_t kStepsMs[] = {4000, kHourMs - kMinuteMs, kHourMs + 1000};
    if (seen_.size() > std::size(kStepsMs)) return absl::CancelledError("enough");
    clock_.now_ms += kStepsMs[seen_.size() - 1];
    return absl::OkStatus();
  }
  // Asked by the stream before each look. After 59 minutes nothing was sent; then the hour passes.
  bool Cancelled() {
    constexpr int kOneWholeLook = 4;  // three questions a look, and the first of the next
    if (seen_.size() == 2 && ++looks_ == kOneWholeLook) {
      quiet_ = parcels_ == seen_.back();
      clock_.now_ms += kMinuteMs + 1000;
    }
    return false;
  }
  // Parcels by the first, second, ... time that it had everything.
  const std::vector<size_t>& seen() const { return seen_; }
  bool quiet() const { return quiet_; }

 private:
  Clock& clock_;
  size_t parcels_ = 0;
  int looks_ = 0;
  bool quiet_ = false;
  std::vector<size_t> seen_;
};

TEST(Recalls, AreAskedForEachHourOfAStreamUntilTheyAreAnswered) {
  Clock clock;
  MemoryNode charity("charity", "ngo", clock), bank("bank", "bank", clock);
  support::Pair(charity, bank);
  charity.Apply(kShareAll);
  support::Line line(charity, bank);
  const std::string id = charity.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  line.Meet();
  Must(charity.Recall(id));
  const std::string cursor = Must(bank.receiving().Cursor(bank.directory().Find("charity")));
  Silent silent(clock);
  const absl::Status ended = charity.sharing().Follow(charity.directory().Find("bank"), cursor, silent,
                                                      [&silent] { return silent.Cancelled(); });
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
  EXPECT_EQ(silent.seen(), (std::vector<size_t>{1, 2, 3, 4})) << "one parcel with the recall, then one each time";
  EXPECT_TRUE(silent.quiet()) << "59 minutes are not an hour";
  line.Meet();
  EXPECT_TRUE(bank.Open(id).empty());
  EXPECT_TRUE(Must(charity.disclosures().Asked("bank", 10)).open.empty()) << "the answer ends it";
}

}  // namespace
}  // namespace tidegate::flow
