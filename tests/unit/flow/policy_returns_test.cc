// Policies that come back: what a partner holds is what they allow, also of what was lost or taken back in between.
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Fate;
using support::Line;
using support::MemoryNode;

constexpr char kEverything[] = R"(@id("all") permit (principal, action == Action::"disclose", resource);)";
constexpr char kGreenAlone[] = R"(@id("green") permit (principal, action == Action::"disclose", resource)
                                  when { resource.record.tlp in Tlp::"GREEN" };)";

class PolicyReturnsTest : public testing::Test {
 protected:
  PolicyReturnsTest() { support::Pair(charity_, bank_); }

  std::string Add(const std::string& tlp) {
    return charity_.Add(
        "report", {{"title", "A " + tlp + " one"}, {"tlp", tlp}, {"purpose", "prevention"}, {"recipient", "bank"}});
  }
  void MeetsAndLoses() {
    EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kLost; }).ended);
  }
  // Whether the register says that the bank may hold something of the record.
  bool Registered(const std::string& id) {
    auto record = charity_.Held(id);
    EXPECT_TRUE(record.ok());
    const auto holding = charity_.disclosures().Disclosed(bank_.name(), record->seq, UINT64_MAX);
    return holding.ok() && !holding->openings.empty();
  }
  size_t Asked() { return support::Must(charity_.disclosures().Asked(bank_.name(), 10)).open.size(); }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(PolicyReturnsTest, WhatWasTakenBackIsSentAgain) {
  charity_.Apply(kEverything);
  const std::string id = Add("AMBER");
  EXPECT_EQ(line_.Meet().stored, 1u);
  charity_.Apply(kGreenAlone);
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
  charity_.Apply(kEverything);
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(PolicyReturnsTest, WhatWasLostInBetweenIsTakenBack) {
  charity_.Apply(kGreenAlone);
  Add("GREEN");
  const std::string id = Add("AMBER");
  EXPECT_EQ(line_.Meet().stored, 1u);
  charity_.Apply(kEverything);
  MeetsAndLoses();
  EXPECT_TRUE(Registered(id)) << "it left, and may have arrived";
  charity_.Apply(kGreenAlone);
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_FALSE(Registered(id));
  EXPECT_EQ(Asked(), 0u);
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(PolicyReturnsTest, WhatMayBeHeldAgainIsNotAskedFor) {
  charity_.Apply(kEverything);
  const std::string id = Add("AMBER");
  EXPECT_EQ(line_.Meet().stored, 1u);
  charity_.Apply(kGreenAlone);
  MeetsAndLoses();
  EXPECT_EQ(Asked(), 1u);
  charity_.Apply(kEverything);
  clock_.now_ms += 3'600'000;
  line_.Meet([&](size_t parcel) {
    EXPECT_FALSE(bank_.Open(id).empty()) << "before parcel " << parcel;
    return Fate::kArrives;
  });
  EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(Asked(), 0u);
  EXPECT_EQ(line_.Meet().stored, 0u);
}

}  // namespace
}  // namespace tidegate::flow
