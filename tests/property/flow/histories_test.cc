// After any history a partner holds exactly what policy allows of the newest revision of each record: nothing twice,
// nothing missing, nothing of what was amended, recalled or tightened away; and the register says the same. Seeded:
// TIDEGATE_SEED=N repeats a run, TIDEGATE_FULL=1 tries many more.
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "node/flow/embargo.h"
#include "node/flow/own_records.h"
#include "tests/support/full.h"
#include "tests/support/held.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Assignments;
using support::Clock;
using support::Fate;
using support::Line;
using support::MemoryNode;
using support::Must;

constexpr uint64_t kHour = 3'600'000;

// From everything to nothing, by field and by partner.
const std::array<std::string, 5> kPolicies = {
    R"(@id("all") permit (principal, action == Action::"disclose", resource);)",
    R"(@id("coarse") permit (principal, action == Action::"disclose", resource)
       when { resource in [Precision::"place.region", Precision::"time.month", FieldClass::"analytic"] };)",
    R"(@id("green") permit (principal, action == Action::"disclose", resource)
       when { resource.record.tlp in Tlp::"GREEN" };)",
    R"(@id("police") permit (principal, action == Action::"disclose", resource)
       when { principal.sector in Sector::"police" };)",
    R"(@id("reports") permit (principal, action == Action::"disclose", resource in Kind::"report")
       when { resource in FieldClass::"narrative" || resource in FieldClass::"analytic" };)"};

class History {
 public:
  explicit History(uint64_t seed) : random_(seed) {
    support::Pair(charity_, bank_);
    support::Pair(charity_, police_);
    support::Pair(charity_, rival_);
    charity_.Apply(kPolicies[0]);
    rival_.Apply(kPolicies[0]);
  }

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
        return Put();
      case 2:
      case 3:
      case 4:
        return AmendOne();
      case 5:
        return RecallOne();
      case 6:
        return LinkTwo();
      case 7:
        return Apply();
      case 8:
        clock_.now_ms += Below(6) * kHour;
        Tell("time passes");
        Must(ReleaseDue(charity_.store(), clock_.now_ms).status());
        return;
      case 9:
        return Twin();
      case 10:
        return CrashOne(Below(2) == 0 ? charity_ : bank_);
      default:
        return Meet();
    }
  }

  // The steps so far, to print with a failure.
  const std::string& told() const { return told_; }

  void Settle() {
    clock_.now_ms += 100 * kHour;
    Must(ReleaseDue(charity_.store(), clock_.now_ms).status());
    for (MemoryNode* partner : {&bank_, &police_}) {
      Line line(charity_, *partner);
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(line.Meet().refused == 0);
      EXPECT_EQ(line.Meet().stored, 0u) << "something is said again and again";
    }
  }

  void Check() {
    Settle();
    for (MemoryNode* partner : {&bank_, &police_}) {
      SCOPED_TRACE(partner->name());
      support::ExpectHeldAsAllowed(charity_, *partner);
    }
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  std::string Tlp() {
    constexpr std::array<const char*, 4> kTlp = {"CLEAR", "GREEN", "AMBER", "RED"};
    return kTlp[Below(kTlp.size())];
  }
  const std::string& Any() { return ids_[Below(ids_.size())]; }

  void Apply() {
    const size_t which = Below(kPolicies.size());
    Tell("policy " + std::to_string(which));
    charity_.Apply(kPolicies[which]);
  }
  void CrashOne(MemoryNode& node) {
    Tell(node.name() + " crashes");
    node.Crash();
  }
  void Put() {
    Assignments set{{"title", "Title " + std::to_string(ids_.size())}, {"tlp", Tlp()}, {"purpose", "prevention"}};
    if (Below(2) == 0) set.emplace_back("place", "14 Harbour Lane|Grimsby|Lincolnshire|GB");
    if (Below(2) == 0) set.emplace_back("observed", "2026-03-04");
    if (Below(3) == 0) set.emplace_back("recipient", "bank");
    if (Below(4) == 0) set.emplace_back("narrative", "What was seen"), set.emplace_back("narrative.tlp", "RED");
    if (Below(4) == 0) set.emplace_back("not-before", support::Instant(clock_.now_ms + Below(20) * kHour));
    ids_.push_back(charity_.Add("report", set));
    Tell("put " + ids_.back() + Said(set));
  }
  static std::string Said(const Assignments& set) {
    std::string said;
    for (const auto& [field, value] : set) said += " " + field + "=" + value;
    return said;
  }
  void AmendOne() {
    if (ids_.empty()) return;
    Assignments set{{"tlp", Tlp()}};
    if (Below(2) == 0) set.emplace_back("title", Below(2) == 0 ? "" : "Changed " + std::to_string(Below(1000)));
    if (Below(3) == 0) set.emplace_back("place", "|Grimsby|Lincolnshire|GB");
    if (Below(3) == 0) set.emplace_back("exploitation", "labour.personal-services");
    // Refused for a recalled one, for a link that would be looser than its ends, for a record that would be empty.
    const std::string id = Any();
    Tell("amend " + id + Said(set) + ": " + charity_.Amend(id, set).ToString());
  }
  void RecallOne() {
    if (ids_.empty() || Below(2) != 0) return;
    const std::string id = Any();
    Tell("recall " + id + ": " + charity_.Recall(id).ToString());
  }
  void LinkTwo() {
    if (ids_.size() < 2) return;
    const std::string from = Any(), to = Any();
    auto link = charity_.TryLink(from, "related-to", to);
    Tell("link " + from + " to " + to + ": " + (link.ok() ? *link : link.status().ToString()));
    if (link.ok()) ids_.push_back(*link);
  }
  // A rival authors a record under an id of the charity's, and sends it there.
  void Twin() {
    if (ids_.empty()) return;
    record::Draft draft = Must(record::Draft::Create("report"));
    Must(draft.SetField("title", "Nothing to see here"));
    Must(draft.handling.Set("tlp", "CLEAR"));
    const Chance chance{Must(record::ParseRecordId(Any())), crypto::RandomArray<32>()};
    OwnRecords own = rival_.own_records();
    const auto stored = own.Store(Must(own.CommitNew(std::move(draft), chance)), {});
    Tell("twin of " + record::FormatRecordId(chance.id) + ": " + stored.status().ToString());
    Line back(rival_, charity_);
    back.Meet();
  }
  void Meet() {
    MemoryNode& partner = Below(3) == 0 ? police_ : bank_;
    Line line(charity_, partner);
    static constexpr std::array<Fate, 7> kFates = {Fate::kArrives, Fate::kArrives,     Fate::kArrives, Fate::kLost,
                                                   Fate::kCut,     Fate::kReceiptLost, Fate::kTwice};
    std::string fates;
    const support::Meeting met = line.Meet([&](size_t) {
      const Fate fate = kFates[Below(kFates.size())];
      fates += " " + std::to_string(static_cast<int>(fate));
      return fate;
    });
    Tell("meets " + partner.name() + ":" + fates + " " + met.status.ToString());
  }

  void Tell(const std::string& what) { told_ += what + "\n"; }

  std::mt19937_64 random_;
  std::string told_;
  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_},
      rival_{"rival", "bank", clock_};
  std::vector<std::string> ids_;
};

TEST(Histories, EndWithExactlyWhatPolicyAllowsOfTheNewestRevisions) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  const bool full = support::Full();
  std::cout << "TIDEGATE_SEED=" << seed << "\n";
  const int histories = full ? 200 : 4, steps = full ? 120 : 60;
  for (int i = 0; i < histories && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("TIDEGATE_SEED=" + std::to_string(seed + static_cast<uint64_t>(i)));
    History history(seed + static_cast<uint64_t>(i));
    for (int step = 0; step < steps; ++step) {
      history.Step();
      if (step % 20 == 19) history.Check();
      if (testing::Test::HasFailure()) {
        std::cout << history.told();
        break;
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::flow
