// How many persons a partner would be told of for the first time.
#include "node/flow/persons.h"

#include <gtest/gtest.h>

#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;

// Nothing goes but to the police, and to them of AMBER no field that names somebody.
constexpr char kPoliceGetMore[] = R"(
@id("police") permit (principal, action == Action::"disclose", resource)
when { principal.sector in Sector::"police" && resource.record.tlp in Tlp::"GREEN" };
@id("not named") permit (principal, action == Action::"disclose", resource)
when { principal.sector in Sector::"police" && resource in FieldClass::"analytic" };)";

class PersonsTest : public testing::Test {
 protected:
  PersonsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kPoliceGetMore);
  }
  std::string Add(const std::string& kind, const std::string& tlp, support::Assignments set) {
    set.insert(set.end(), {{"tlp", tlp}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
    return charity_.Add(kind, set);
  }
  // If the bank, or whoever it is, were the police.
  PersonsNamed Count(uint64_t most = kMostOpenedForPersons, const std::string& sector = "bank") {
    policy::Party before = partner::PartyOf(*charity_.directory().Find("bank"));
    before.sector = sector;
    policy::Party after = before;
    after.sector = "police";
    return Must(CountPersons(*charity_.Read(), charity_.decisions().engine(), before, after,
                             static_cast<int64_t>(clock_.now_ms), most));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
};

TEST_F(PersonsTest, AreThoseWhoseNamesTheyDoNotGetToday) {
  Add("person", "GREEN", {{"name", "Ana Novak"}});
  Add("report", "GREEN", {{"title", "Farm"}});
  EXPECT_EQ(Count().persons, 1u);
  EXPECT_EQ(Count(kMostOpenedForPersons, "police").persons, 0u) << "they get all of it already";
}

TEST_F(PersonsTest, CountWithoutTheirNamesToo) {
  Add("person", "AMBER", {{"name", "Ana Novak"}, {"roles", "victim"}});
  EXPECT_EQ(Count().persons, 1u) << "the police get what is analytic";
  record::Draft unknown = *record::Draft::Create("person");
  Must(unknown.SetValue("name", {{record::Unknown()}}));
  unknown.handling.tlp = record::Tlp::kGreen;
  unknown.handling.purposes = {"prevention"};
  unknown.handling.legal_basis = {"gdpr-6-1-f"};
  Chance chance;
  Draw({&chance, 1});
  OwnRecords own = charity_.own_records();
  Must(own.Store(Must(own.CommitNew(std::move(unknown), chance)), {}).status());
  EXPECT_EQ(Count().persons, 2u) << "nobody knows the name, and it is a person all the same";
}

TEST_F(PersonsTest, AreCountedInWhatIsHeldNow) {
  const std::string amended = Add("person", "GREEN", {{"name", "Ana Novak"}});
  Must(charity_.Amend(amended, {{"name", "Cara Moe"}}));
  Must(charity_.Recall(Add("person", "GREEN", {{"name", "Dan Roe"}})));
  const std::string erased = Add("person", "GREEN", {{"name", "Eve Fox"}});
  const uint64_t seq = Must(charity_.Held(erased)).seq;
  Must(charity_.store().Write(
      [&](store::WriteTransaction& transaction) { return transaction.Erase(seq, clock_.now_ms).status(); }));
  EXPECT_EQ(Count().persons, 1u);
}

TEST_F(PersonsTest, AreCountedAmongTheNewestArrivalsAndItIsSaidThatThereAreMore) {
  Add("person", "GREEN", {{"name", "Ana Novak"}});
  Add("person", "GREEN", {{"name", "Bo Lind"}});
  EXPECT_EQ(Count().persons, 2u);
  EXPECT_TRUE(Count().all);
  EXPECT_EQ(Count(1).persons, 1u);
  EXPECT_FALSE(Count(1).all);
}

}  // namespace
}  // namespace tidegate::flow
