// What may happen while one stream of a feed runs, and where it may begin: policies change, the partner goes, the
// stream is cut short, its cursor is in many pieces, a circle cannot be read.
#include <gmock/gmock.h>

#include <functional>
#include <optional>

#include "node/flow/standing.h"
#include "tests/support/damage.h"
#include "tests/support/held.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Fate;
using support::kShareAll;
using support::MemoryNode;
using support::Must;

constexpr char kGreenOnly[] = R"(@id("green") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"GREEN" };)";

class StreamsTest : public testing::Test {
 protected:
  StreamsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(const std::string& title, const std::string& tlp = "GREEN") {
    return charity_.Add("report", {{"title", title}, {"tlp", tlp}, {"purpose", "prevention"}});
  }
  // Two parcels' worth: one is closed at four mebibytes.
  void TwoParcels() {
    for (int i = 0; i < 75; ++i) {
      charity_.Add("report", {{"title", "Report " + std::to_string(i)},
                              {"narrative", std::string(60000, 'a')},
                              {"tlp", "AMBER"},
                              {"recipient", "bank"},
                              {"purpose", "prevention"}});
    }
  }

  support::Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
};

TEST_F(StreamsTest, PoliciesThatChangeBetweenTwoParcelsHoldForTheSecond) {
  TwoParcels();
  line_.Meet([&](size_t number) {
    if (number == 0) charity_.Apply(kGreenOnly);
    return Fate::kArrives;
  });
  line_.Meet();
  support::ExpectHeldAsAllowed(charity_, bank_);
  // Loosened again, what was taken back does not fit into one parcel either.
  charity_.Apply(kShareAll);
  line_.Meet();
  support::ExpectHeldAsAllowed(charity_, bank_);
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(StreamsTest, TheSamePoliciesAppliedAgainChangeNothing) {
  TwoParcels();
  const support::Meeting met = line_.Meet([&](size_t number) {
    if (number == 0) charity_.Apply(kShareAll);
    return Fate::kArrives;
  });
  EXPECT_EQ(met.stored, 2u);
  support::ExpectHeldAsAllowed(charity_, bank_);
}

// The partner's end of a stream that counts.
class Counted final : public exchange::ParcelWriter {
 public:
  absl::Status Write(parcel::Sealed) override {
    ++parcels;
    return absl::OkStatus();
  }
  absl::Status CaughtUp() override {
    ++caught_up;
    return absl::OkStatus();
  }
  int parcels = 0, caught_up = 0;
};

TEST_F(StreamsTest, WhoeverIsCutShortIsNotToldThatItHasEverything) {
  Report("one");
  for (const int questions : {0, 1}) {
    Counted counted;
    int asked = 0;
    Must(charity_.sharing().Follow(charity_.directory().Find("bank"), "", counted,
                                   [&] { return asked++ >= questions; }));
    EXPECT_EQ(counted.parcels + counted.caught_up, 0) << questions;
  }
}

TEST_F(StreamsTest, APartnerThatWasRemovedGetsNothingMore) {
  const std::string id = Report("one");
  const partner::PartnerPtr bank = charity_.directory().Find("bank");
  Must(charity_.directory().Remove("bank", "removed", {.user = "ana", .at_ms = clock_.now_ms},
                                   [](store::WriteTransaction&) { return absl::OkStatus(); }));
  Counted counted;
  EXPECT_EQ(parcel::LayerOf(charity_.sharing().Follow(bank, "", counted, [] { return false; })),
            parcel::Layer::kIdentity);
  EXPECT_EQ(counted.parcels, 0);
}

// Policies ask who is in a circle. While nobody knows that, nothing goes but what was asked back.
TEST_F(StreamsTest, WhileACircleCannotBeReadNothingNewGoes) {
  const std::string first = Report("one");
  line_.Meet();
  Must(charity_.directory().CreateCircle("friends", {.user = "ana", .at_ms = clock_.now_ms}).status());
  const std::string second = Report("two");
  Must(charity_.store().Write([](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kCircle, "circles", "friends", "damaged");
  }));
  charity_.Crash();
  ASSERT_FALSE(charity_.directory().circles_whole());
  Must(charity_.Recall(first));
  clock_.now_ms += 4000;
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_TRUE(bank_.Open(second).empty());
}

// A frontier in very many pieces is looked at again as a whole where something left since, so that it does not fall
// into ever more. Here that shows by a row that cannot be read, in a stretch of which nothing left.
TEST_F(StreamsTest, ACursorInVeryManyPiecesIsLookedAtAgainAsAWhole) {
  constexpr uint64_t kPieces = 70;
  std::vector<std::string> ids;
  for (uint64_t i = 0; i < kPieces; ++i) ids.push_back(Report("r" + std::to_string(i)));
  EXPECT_EQ(line_.Meet().stored, 1u);
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (uint64_t i = 0; i < feed::kStretch; ++i) {
      auto event = transaction.AppendEvent(store::Event::kInstant, 0, clock_.now_ms, "");
      if (!event.ok()) return event.status();
    }
    return absl::OkStatus();
  }));
  Report("last");
  EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kLost; }).ended);
  // The bank comes back with a frontier of which every second arrival was passed over.
  const policy::Digest now =
      charity_.decisions().engine()->DecisionVersion(partner::PartyOf(*charity_.directory().Find("bank")));
  feed::Frontier frontier;
  frontier.set_parcel(1);
  frontier.set_log_size(kPieces);
  for (uint64_t at = 2; at <= kPieces; at += 2) frontier.Done({feed::Need::kNew, {at, at}}, at, now);
  ASSERT_EQ(frontier.pieces(), kPieces);
  const std::string cursor = Must(frontier.Seal(charity_.vault(), "bank"));
  Must(bank_.store().Write([&](store::WriteTransaction& transaction) {
    return Standing{cursor, 1}.Save(transaction, "charity");
  }));
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), 2);
  charity_.Open();
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(ids[1]).empty());
  EXPECT_FALSE(bank_.Open(ids[0]).empty());
}

// Whoever lost its cursor, and not what it knows of our log: what goes is linked to that.
TEST_F(StreamsTest, APartnerThatLostItsCursorIsServedFromWhatItKnowsOfOurLog) {
  const std::string first = Report("one");
  line_.Meet();
  const partner::PartnerPtr charity = bank_.directory().Find("charity"), bank = charity_.directory().Find("bank");
  EXPECT_TRUE(charity_.receiving().Greet(*bank).checkpoints.empty()) << "of the bank's log nothing is known here";
  const exchange::Greeting theirs = bank_.receiving().Greet(*charity);
  ASSERT_EQ(theirs.checkpoints.size(), 1u);
  EXPECT_EQ(charity_.continuity().KnownTo("bank"), 0u);
  charity_.sharing().Greet(*bank, theirs);
  EXPECT_EQ(charity_.continuity().KnownTo("bank"), 1u);
  Must(bank_.store().Write([&](store::WriteTransaction& transaction) {
    return transaction.DeleteNamed(store::Named::kCursor, "in", "charity");
  }));
  const std::string second = Report("two");
  const support::Meeting met = line_.Meet();
  EXPECT_EQ(met.refused, 0u);
  EXPECT_FALSE(bank_.Open(second).empty());
  EXPECT_FALSE(bank_.Open(first).empty());
}

// --- A partner that holds more of our log than we do. ---

class BehindTest : public StreamsTest {
 protected:
  // A checkpoint of the charity's log that the charity signed and does not know.
  std::string Signed(uint64_t size, std::string_view root) {
    const checkpoint::Checkpoint head{.origin = charity_.log().origin(), .size = size, .root = crypto::HashOf({root})};
    return Must(checkpoint::SignCheckpoint(head, charity_.identity().log_key()));
  }
  void Told(const std::string& checkpoint) {
    exchange::Greeting theirs;
    theirs.checkpoints = {checkpoint};
    charity_.sharing().Greet(*charity_.directory().Find("bank"), theirs);
  }
};

TEST_F(BehindTest, ALongerLogThanOursMakesThisNodeReadOnly) {
  Report("one");
  Told(Signed(9, "longer"));
  EXPECT_THAT(charity_.authoring().ReadOnly(), testing::HasSubstr("`bank` holds more of its log"));
  EXPECT_TRUE(absl::IsFailedPrecondition(charity_.TryAdd("report", {{"title", "x"}}).status()));
}

TEST_F(BehindTest, AnotherLogOfTheSameSizeDoesToo) {
  Report("one");
  Told(Signed(1, "another"));
  EXPECT_FALSE(charity_.authoring().ReadOnly().empty());
}

TEST_F(BehindTest, SaysSoAlsoWhereItCannotBeNoted) {
  charity_.store().Close();
  charity_.continuity().Behind("bank");
  EXPECT_FALSE(charity_.authoring().ReadOnly().empty());
}

TEST_F(BehindTest, IsNotForgottenWhereTheNoteCannotBeRead) {
  charity_.continuity().Behind("bank");
  charity_.Close();
  support::DamageNamed(charity_.store_folder(), static_cast<uint8_t>(store::Named::kSetting));
  charity_.Open();
  EXPECT_THAT(charity_.authoring().ReadOnly(), testing::HasSubstr("`a partner` holds more of its log"));
}

}  // namespace
}  // namespace tidegate::flow
