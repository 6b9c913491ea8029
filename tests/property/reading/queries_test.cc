// The same answers as a naive scan: random records, random handling, random policies, random queries of the whole
// grammar; as one of each role and as each partner, in pages, sorted, counted and by facets.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "node/reading/reading.h"
#include "node/store/verify/verify.h"
#include "policy/principal_mint.h"
#include "tests/property/crypto/dice.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using property::Dice;
using support::Assignments;
using support::Clock;
using support::MemoryNode;
using support::Must;

constexpr size_t kRecords = 30, kQueries = 10, kDepth = 3;
constexpr size_t kLookers = std::size(policy::kRoles) + 1;
constexpr int kWorlds = kLookers;

template <size_t N>
std::string OneOf(Dice& dice, const std::string_view (&words)[N]) {
  return std::string(words[dice.Below(N)]);
}
// Of few values, so that queries meet records.
constexpr std::string_view kTexts[] = {
    "Men behind the car wash", "A car, a wash, a café",    "Автомойка в Лидсе",     "打击人口贩卖",
    "nail bar; cash wages",    "Πλυντήριο στην οδό Ερμού", "غَسيل السيارات في ليدز", "Tiệm làm móng ở Hà Nội"};
constexpr std::string_view kPlaces[] = {"1 Mill Yard|Leeds|West Yorkshire|GB|53.80,-1.55",
                                        "|Boston|Lincolnshire|GB",
                                        "||West Yorkshire|GB",
                                        "RO",
                                        "Pier 3|||NL|51.95,4.05",
                                        "Reef|||FJ|-17.0,179.99"};
constexpr std::string_view kDates[] = {
    "2026",      "2026-02", "2026-02-10", "2025-12..2026-01",      "2026-02-10..", "2026-01-01T10:20Z",
    "..2025-06", "unknown", "1987",       "2019-12-30..2026-02-11"};
constexpr std::string_view kIdentifiers[] = {"phone:+447700900147", "plate:AB12CDE", "email:a@b.example",
                                             "phone:+447700900147; plate:XY34ZZZ"};
constexpr std::string_view kTlps[] = {"CLEAR", "GREEN", "AMBER", "RED"};
constexpr std::string_view kTags[] = {"urgent", "urgent", "sar"};
constexpr std::string_view kCounts[] = {"5", "<5", "3-7", "at least ten", "~20", "unknown"};
constexpr std::string_view kExploitations[] = {"labour", "labour.care", "sexual", "servitude.domestic"};
constexpr std::string_view kConditions[] = {"car",
                                            "\"car wash\"",
                                            "cafe",
                                            "лидсе",
                                            "人口",
                                            "text:cash",
                                            "\"ερμου\"",
                                            "غسيل",
                                            "\"lam mong\"",
                                            "\"wash a cafe\"",
                                            "mill yard",
                                            "pap:GREEN",
                                            "tag:URGENT",
                                            "is:expired",
                                            "-is:own",
                                            "is:new",
                                            "-is:new",
                                            "-is:received",
                                            "near:-17,-179.9,50km",
                                            "near:53.8,-1.55,200m",
                                            "seen:2026-02-03..2026-02-11",
                                            "seen:2026-02-11..",
                                            "seen:1987",
                                            "seen:1980..1990-03",
                                            "created:..2020",
                                            "created:7d..",
                                            "-arrived:today",
                                            "report.place:unknown",
                                            "report.place:yorkshire",
                                            "alert.raised:2026-02-09..2026-02-12",
                                            "has:victim_count",
                                            "phone.first_seen:2026-02",
                                            "phone.last_seen:..2025-12",
                                            "phone.last_seen:2026-02-10",
                                            "has:observed",
                                            "kind:report",
                                            "kind:alert",
                                            "kind:phone",
                                            "exploitation:labour",
                                            "exploitation:labour.care",
                                            "country:GB",
                                            "country:RO",
                                            "region:yorkshire",
                                            "place:leeds",
                                            "near:53.80,-1.55,15km",
                                            "near:53,0,1000km",
                                            "seen:2026-02",
                                            "seen:2026-02-10",
                                            "seen:..2025-12-31",
                                            "seen:30d..",
                                            "raised:2026",
                                            "created:today",
                                            "arrived:yesterday..",
                                            "tlp:GREEN",
                                            "tlp:>=AMBER",
                                            "purpose:prevention",
                                            "grade:1",
                                            "grade:?B",
                                            "tag:urgent",
                                            "origin:charity",
                                            "origin:bank",
                                            "from:bank",
                                            "is:own",
                                            "is:received",
                                            "is:forked",
                                            "phone:+447700900147",
                                            "plate:AB12CDE",
                                            "any-identifier:AB12CDE",
                                            "identifier:email:a@b.example",
                                            "has:place",
                                            "has:identifiers",
                                            "report.victim_count:>=5",
                                            "report.victim_count:<5",
                                            "report.victim_count:6",
                                            "report.victim_count:unknown",
                                            "alert.amount:>=1000GBP",
                                            "alert.amount:..500",
                                            "report.observed:2026-02-10",
                                            "report.observed:unknown",
                                            "report.place:GB",
                                            "report.title:wash",
                                            "report.identifiers:AB12CDE",
                                            "report.exploitation:sexual",
                                            "alert.raised:2026-02.."};
// What a partner is sent: all, some fields at some rungs, or some records.
constexpr std::string_view kPolicies[] = {
    R"(@id("all") permit (principal, action == Action::"disclose", resource);)",
    R"(@id("regions") permit (principal, action == Action::"disclose", resource in Precision::"place.region");
       @id("years") permit (principal, action == Action::"disclose", resource in Precision::"time.year");
       @id("sanitised") permit (principal, action == Action::"disclose", resource in Precision::"narrative.sanitised");
       @id("named") permit (principal, action == Action::"disclose", resource in Slot::"report.title");)",
    R"(@id("titles") permit (principal, action == Action::"disclose", resource in Slot::"report.title");)",
    R"(@id("some") permit (principal, action == Action::"disclose", resource) when { resource.record.tlp == Tlp::"GREEN" };)",
    ""};
constexpr std::string_view kReadings[] = {
    "",
    R"(@id("closed") forbid (principal, action == Action::"read", resource) when { resource.record.tlp == Tlp::"AMBER" };)"};

// What is left of a record that is gone can be asked for by these.
constexpr std::string_view kGone[] = {"is:recalled", "is:withdrawn", "(is:recalled OR is:withdrawn)"};
constexpr std::string_view kLeft[] = {
    "kind:report",   "kind:alert",     "-kind:phone",          "origin:charity",
    "-origin:bank",  "is:own",         "is:received",          "is:new",
    "-is:new",       "created:today",  "arrived:yesterday..",  "(kind:alert OR is:new)",
    "-is:withdrawn", "created:..2020", "-(kind:report is:new)"};

std::string RandomQueryOfGone(Dice& dice) {
  std::string query = OneOf(dice, kGone);
  for (size_t more = dice.Below(3); more > 0; --more) query += " " + OneOf(dice, kLeft);
  return query;
}

std::string RandomQuery(Dice& dice, size_t depth) {
  switch (depth == 0 ? 0 : dice.Below(6)) {
    case 1:
      return RandomQuery(dice, depth - 1) + " " + RandomQuery(dice, depth - 1);
    case 2:
      return "(" + RandomQuery(dice, depth - 1) + " OR " + RandomQuery(dice, depth - 1) + ")";
    case 3:
      return "-(" + RandomQuery(dice, depth - 1) + ")";
    case 4:
      return "NOT " + OneOf(dice, kConditions);
    case 5:
      return "(" + RandomQuery(dice, depth - 1) + ") AND " + OneOf(dice, kConditions);
    default:
      return OneOf(dice, kConditions);
  }
}

// Each role alone, and all of them.
std::vector<std::string> RolesOf(size_t looker) {
  if (looker == std::size(policy::kRoles)) return policy::EveryRole();
  return {std::string(policy::kRoles[looker])};
}

// One organisation with two partners, what it holds, and what each of the three may see of it.
class World {
 public:
  World(Dice& dice, size_t looker) : dice_(dice), who_(policy::PrincipalMint::Mint("ana", true, RolesOf(looker))) {
    support::Pair(charity_, bank_);
    support::Pair(charity_, police_);
    const std::string policies = OneOf(dice, kPolicies) + OneOf(dice, kReadings);
    if (!policies.empty()) charity_.Apply(policies);
    bank_.Apply(std::string(kPolicies[0]));
    const size_t looks = dice.Below(kRecords);  // then the asker looks at what is new
    for (size_t i = 0; i < kRecords; ++i) {
      if (i == looks) {
        mark_ = reading_.Newest();
        Must(reading_.MarkSeen(who_, mark_));
      }
      AddOne(dice.Below(8) == 0 ? bank_ : charity_);
    }
    support::Line line(bank_, charity_);
    line.Meet();
    if (!banks_.empty()) Must(bank_.Recall(banks_.front()));
    if (dice.Below(3) == 0) bank_.Apply(std::string(kPolicies[3]));  // so it takes back what is not GREEN
    line.Meet();
    clock_.now_ms += 1000;
    for (const std::string asker : {"", "bank", "police"}) seen_[asker] = All(asker);
  }

  void Check(const std::string& query, const std::string& asker) {
    SCOPED_TRACE("`" + query + "` as `" + asker + "`");
    search::Question question;
    question.query = query;
    search::Question asks = question;
    asks.home = "GB";
    asks.now_ms = clock_.now_ms;
    asks.looked = mark_;
    const search::Plan plan = Must(search::PlanFor(asks));
    std::vector<std::pair<record::RecordId, bool>> expected;
    std::map<std::string, uint64_t> kinds, months;
    for (const Seen& one : seen_.at(asker)) {
      const search::Subject subject = SubjectOf(one);
      const search::Match match = search::MatchOf(plan.meaning, subject);
      if (match == search::Match::kNo) continue;
      expected.emplace_back(one.statement.record_id, match == search::Match::kMay);
      for (const std::string& value : search::FacetValues("kind", subject)) ++kinds[value];
      for (const std::string& value : search::FacetValues("month", subject)) ++months[value];
    }
    EXPECT_EQ(Pages(question, asker, false), expected);
    auto by_seen = Pages(question, asker, true), sorted = expected;
    std::sort(by_seen.begin(), by_seen.end());
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(by_seen, sorted);
    const Counted counted = Must(reading_.Count(look_, question, asker, {"kind", "month"}));
    EXPECT_EQ(counted.count, expected.size());
    EXPECT_EQ(counted.facets.at("kind"), kinds);
    EXPECT_EQ(counted.facets.at("month"), months);
    EXPECT_FALSE(counted.stopped);
    const Counted plain = Must(reading_.Count(look_, question, asker, {}));
    EXPECT_EQ(plain.count, expected.size());
    EXPECT_EQ(plain.looked >= plain.count, true);
  }

  // A question about records that are no longer held.
  void CheckGone(const std::string& query) {
    SCOPED_TRACE("`" + query + "`");
    search::Question question;
    question.query = query;
    search::Question asks = question;
    asks.now_ms = clock_.now_ms;
    asks.looked = mark_;
    const search::Plan plan = Must(search::PlanFor(asks));
    std::vector<std::pair<record::RecordId, bool>> expected;
    std::map<std::string, uint64_t> kinds;
    for (const Seen& one : AllGone()) {
      const search::Subject subject = SubjectOf(one);
      if (search::MatchOf(plan.meaning, subject) == search::Match::kNo) continue;
      expected.emplace_back(one.statement.record_id, false);
      for (const std::string& value : search::FacetValues("kind", subject)) ++kinds[value];
    }
    EXPECT_EQ(Pages(question, "", false), expected);
    const Counted counted = Must(reading_.Count(look_, question, "", {"kind"}));
    EXPECT_EQ(counted.count, expected.size());
    EXPECT_EQ(counted.facets.at("kind"), kinds);
  }

  // Each record stands in the index under its own terms, and what was amended, recalled or erased under none. Nothing
  // is asked afterwards: LMDB takes one environment of a folder for each process.
  void ExpectWholeIndex() {
    verify::Options options;
    options.log_key = charity_.identity().keys().log_key;
    options.register_key = charity_.register_key();
    options.author_key = [this](std::string_view organisation, std::string_view) {
      const partner::PartnerPtr author = charity_.directory().Find(std::string(organisation));
      return author == nullptr ? std::nullopt : std::optional(author->keys.log_key);
    };
    const auto snapshot = charity_.Read();
    const verify::Report report = Must(verify::Verify(charity_.store_folder(), charity_.vault(), options));
    for (const verify::Fault& fault : report.faults) {
      ADD_FAILURE() << fault.table << ", " << fault.where << ": " << fault.what;
    }
  }

 private:
  static search::Subject SubjectOf(const Seen& seen) {
    return {seen.statement, seen.view ? &*seen.view : nullptr,
            seen.origin,    seen.state,
            seen.own,       seen.arrived_ms,
            seen.givers,    seen.tags,
            seen.arrival};
  }

  void Maybe(Assignments& set, const std::string& field, const std::string& value) {
    if (dice_.Below(2) == 0) set.emplace_back(field, value);
  }

  void AddPhone(MemoryNode& node) {
    Assignments set = {{"tlp", OneOf(dice_, kTlps)}, {"purpose", "prevention"}, {"number", "phone:+447700900147"}};
    Maybe(set, "first_seen", OneOf(dice_, kDates));
    Maybe(set, "last_seen", OneOf(dice_, kDates));
    Maybe(set, "place", OneOf(dice_, kPlaces));
    const std::string id = node.Add("phone", set);
    if (&node == &bank_) banks_.push_back(id);
  }

  void AddOne(MemoryNode& node) {
    if (dice_.Below(6) == 0) return AddPhone(node);
    Assignments set = {{"tlp", OneOf(dice_, kTlps)}, {"purpose", "prevention"}, {"title", OneOf(dice_, kTexts)}};
    Maybe(set, "grade", "1BP");
    Maybe(set, "pap", "GREEN");
    if (dice_.Below(5) == 0) set.emplace_back("expiry", dice_.Below(2) == 0 ? "2020-01-01" : "2090-01-01");
    Maybe(set, "place", OneOf(dice_, kPlaces));
    Maybe(set, "exploitation", OneOf(dice_, kExploitations));
    Maybe(set, "identifiers", OneOf(dice_, kIdentifiers));
    Maybe(set, "observed", OneOf(dice_, kDates));
    Maybe(set, "narrative", OneOf(dice_, kTexts));
    if (dice_.Below(3) == 0) {
      Maybe(set, "amount", "1200 GBP");
      Maybe(set, "raised", "2026-02-10");
      node.Add("alert", set);
    } else {
      Maybe(set, "victim_count", OneOf(dice_, kCounts));
      Maybe(set, "tag", OneOf(dice_, kTags));
      const std::string id = node.Add("report", set);
      if (dice_.Below(6) == 0) Must(node.Amend(id, {{"title", OneOf(dice_, kTexts)}}));
      if (dice_.Below(10) == 0) {
        Must(node.Recall(id));
      } else if (&node == &bank_) {
        banks_.push_back(id);
      }
    }
  }

  // Every record, one by one, through the gate of whoever asks; newest first.
  std::vector<Seen> All(const std::string& asker) {
    std::vector<std::pair<std::string, std::string>> held;
    {
      const auto snapshot = charity_.Read();
      for (uint64_t seq = snapshot->LastSeq(); seq > 0; --seq) {
        const auto record = snapshot->GetRecord(seq);
        if (!record.ok() || record->erased || record->superseded || record->event == store::Event::kRecall) continue;
        const auto statement = Must(record::ParseStatement(record->view.statement));
        held.emplace_back(record::FormatRecordId(statement.record_id), record->origin);
      }
    }
    std::vector<Seen> all;
    for (const auto& [id, origin] : held) {
      auto seen = reading_.Show(look_, id, asker, false, origin);
      if (seen.ok() && seen->view) all.push_back(*std::move(seen));
    }
    return all;
  }

  // What is left of every record that is gone, newest first.
  std::vector<Seen> AllGone() {
    std::vector<std::pair<std::string, std::string>> gone;
    {
      const auto snapshot = charity_.Read();
      for (uint64_t seq = snapshot->LastSeq(); seq > 0; --seq) {
        const auto record = snapshot->GetRecord(seq);
        if (!record.ok() || record->superseded || (!record->erased && record->event != store::Event::kRecall)) continue;
        const auto statement = Must(record::ParseStatement(record->view.statement));
        if (Must(snapshot->FindRecord({statement.author_fpr, statement.record_id})) != seq) continue;
        gone.emplace_back(record::FormatRecordId(statement.record_id), record->origin);
      }
    }
    std::vector<Seen> all;
    for (const auto& [id, origin] : gone) all.push_back(Must(reading_.Show(look_, id, "", false, origin)));
    return all;
  }

  std::vector<std::pair<record::RecordId, bool>> Pages(search::Question question, const std::string& asker,
                                                       bool by_seen) {
    std::vector<std::pair<record::RecordId, bool>> found;
    question.limit = 1 + dice_.Below(kRecords);
    do {
      const Page page =
          by_seen ? Must(reading_.FindBySeen(look_, question, asker)) : Must(reading_.Find(look_, question, asker));
      EXPECT_LE(page.records.size(), question.limit);
      EXPECT_EQ(page.unread.count, 0u);
      for (const Seen& one : page.records) found.emplace_back(one.statement.record_id, one.may);
      question.cursor = page.cursor;
    } while (!question.cursor.empty());
    return found;
  }

  Dice& dice_;
  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_};
  Reading reading_{charity_.store(),     charity_.log(),       charity_.disclosures(),
                   charity_.directory(), charity_.decisions(), [this] { return clock_.now_ms; }};
  const policy::Principal who_;
  const std::string reason_ = "case 7";
  const Look look_{who_, reason_, "find"};
  std::map<std::string, std::vector<Seen>> seen_;
  std::vector<std::string> banks_;  // records of the bank that it has not recalled
  uint64_t mark_ = 0;               // up to which arrival the asker has looked
};

TEST(Queries, PropertyAnswerWhatANaiveScanAnswers) {
  Dice dice("Queries");
  for (int i = 0; i < Dice::Rounds(kWorlds) && !testing::Test::HasFailure(); ++i) {
    const size_t looker = static_cast<size_t>(i) % kLookers;
    SCOPED_TRACE("as " + RolesOf(looker).front());
    World world(dice, looker);
    for (size_t j = 0; j < kQueries && !testing::Test::HasFailure(); ++j) {
      const std::string query = RandomQuery(dice, kDepth);
      for (const std::string asker : {"", "bank", "police"}) world.Check(query, asker);
      world.CheckGone(RandomQueryOfGone(dice));
    }
    world.ExpectWholeIndex();
  }
}

}  // namespace
}  // namespace tidegate::reading
