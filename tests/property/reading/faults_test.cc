// Every question is asked while one call of the store fails, for one call after the other. The answer is the whole one,
// or says that it leaves something out, or is an error: what a failing disk hides is never left out as if it were not
// there. TIDEGATE_SEED=N tries other calls, TIDEGATE_FULL=1 every one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>

#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/failing_store.h"
#include "tests/support/full.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::FailingStore;
using support::kShareAll;
using support::MemoryNode;
using support::Must;

// An answer in words, to compare two of them.
std::string Words(const Seen& seen) { return record::FormatRecordId(seen.statement.record_id) + " " + seen.state; }
template <typename Item>
std::string Words(const std::vector<Item>& items);
std::string Words(const Unread& unread) { return std::to_string(unread.count); }
std::string Words(const Page& page) { return Words(page.records) + Words(page.unread); }
std::string Words(const History& history) { return Words(history.revisions) + Words(history.unread); }
std::string Words(const Counted& counted) { return std::to_string(counted.count) + Words(counted.unread); }
std::string Words(const Around& around) {
  return Words(around.links) + Words(around.sightings) + Words(around.ends) + std::to_string(around.revisions.size()) +
         Words(around.unread);
}
std::string Words(const RelatedRecord& one) { return Words(one.seen); }
std::string Words(const Related& related) {
  return Words(related.nodes) + std::to_string(related.edges.size()) + Words(related.unread);
}
std::string Words(const HeldBy& held) { return held.holding.partner + std::to_string(held.openings.size()); }
std::string Words(const Holders& holders) { return Words(holders.partners) + std::to_string(holders.unreadable); }
std::string Words(const News& news) { return record::FormatRecordId(news.id) + (news.seen ? " seen" : ""); }
std::string Words(const NewsPage& page) { return Words(page.news) + Words(page.unread); }
std::string Words(const Left& left) { return left.record + std::to_string(left.fields.size()); }
std::string Words(const record::RecordId& id) { return record::FormatRecordId(id); }
std::string Words(const Audited& audited) {
  return std::to_string(audited.listed.index) + audited.partner + Words(audited.records) + Words(audited.left);
}
std::string Words(const AuditPage& page) {
  return Words(page.entries) + std::to_string(page.unreadable.size()) + Words(page.unread);
}
std::string Words(const PartnerExamples& examples) {
  return examples.partner + std::to_string(examples.examples.size());
}
std::string Words(const Examples& examples) { return Words(examples.partners) + Words(examples.unread); }

template <typename Item>
std::string Words(const std::vector<Item>& items) {
  std::string text = "[";
  for (const Item& item : items) text += Words(item) + ", ";
  return text + "]";
}

// Whether the answer says that it leaves something out.
template <typename Answer>
bool LeavesOut(const Answer& answer) {
  if constexpr (requires { answer.unread.count; }) {
    if (answer.unread.count > 0) return true;
  }
  if constexpr (requires { answer.unreadable.empty(); }) {
    return !answer.unreadable.empty();
  } else if constexpr (requires { answer.unreadable; }) {
    return answer.unreadable > 0;
  } else {
    return false;
  }
}

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() {
    const char* given = std::getenv("TIDEGATE_SEED");
    const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
    std::cout << "TIDEGATE_SEED=" << seed << "\n";
    random_.seed(seed);
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
    bank_.Apply(kShareAll);
  }

  // `ask` reads and writes nothing but its own entry of the register, so that each answer is like the first one.
  template <typename Answer>
  void Try(const std::string& what, const std::function<absl::StatusOr<Answer>()>& ask) {
    const std::string whole = Words(Must(ask()));
    uint64_t failures = 0;
    for (uint64_t call = 1;; call += support::Full() ? 1 : 1 + random_() % (1 + call / 4)) {
      SCOPED_TRACE(what + ", call " + std::to_string(call));
      FailingStore::FailAt(call, /*for_good=*/false);
      const auto answer = ask();
      FailingStore::Mend();
      if (answer.ok() && !LeavesOut(*answer)) {
        EXPECT_EQ(Words(*answer), whole);
      }
      if (!FailingStore::failed()) break;
      failures += answer.ok() ? 0 : 1;
      if (HasFailure()) return;
    }
    EXPECT_GT(failures, 0u) << what << " does not reach the store";
  }

  Look By(std::string_view verb) { return {who_, reason_, verb}; }

  std::mt19937_64 random_;
  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line there_{charity_, bank_}, back_{bank_, charity_};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7";
};

TEST_F(FaultsTest, AFailingStoreMakesNoAnswerShorter) {
  const auto add = [this](const std::string& kind, const std::string& title) {
    return charity_.Add(kind, {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  };
  const std::string id = add("report", "Car wash"), other = add("alert", "Nail bar"), gone = add("report", "Gone");
  Must(charity_.TryLink(id, "related-to", other));
  Must(charity_.Amend(id, {{"title", "Car wash, amended"}}));
  Must(there_.Meet().status);
  Must(bank_.TrySight(id, "known").status());
  Must(charity_.Recall(gone));
  Must(there_.Meet().status);
  Must(back_.Meet().status);

  Reading reading(charity_.store(), charity_.log(), charity_.disclosures(), charity_.directory(), charity_.decisions(),
                  [this] { return clock_.now_ms; });
  const Seen seen = Must(reading.Show(By("show"), id, "", false));
  const auto engine = Must(charity_.decisions().Compile({}));
  search::Question everything, recalled, reports;
  recalled.state = "recalled";
  reports.query = "kind:report";
  AuditQuestion intents, about;
  intents.filter.name = "intent";
  about.record = id;
  // Looks are entered while this asks, so the question ends before the first of them.
  about.filter.name = "receipt";
  intents.limit = about.limit = 100;

  Try<Page>("find", [&] { return reading.Find(By("find"), everything, ""); });
  Try<Page>("find as a partner", [&] { return reading.Find(By("find"), reports, "bank"); });
  Try<Page>("find what is gone", [&] { return reading.Find(By("find"), recalled, ""); });
  Try<Counted>("count what is gone", [&] { return reading.Count(By("find"), recalled, "", {}); });
  Try<Page>("find by when it was seen", [&] { return reading.FindBySeen(By("find"), everything, ""); });
  Try<Counted>("count", [&] { return reading.Count(By("find"), everything, "", {"kind"}); });
  Try<Around>("what is around", [&] { return reading.AroundOf(By("show"), seen); });
  Try<Related>("what hangs together", [&] { return reading.RelatedTo(By("related"), id, {}, 2); });
  Try<History>("history", [&] { return reading.HistoryOf(By("history"), id); });
  Try<Holders>("holders", [&] { return reading.HoldersOf(By("holders"), id); });
  Try<NewsPage>("news", [&] { return reading.TellNews(By("inbox"), 0); });
  Try<AuditPage>("audit", [&] { return reading.Audit(who_, intents); });
  Try<AuditPage>("audit of a record", [&] { return reading.Audit(who_, about); });
  Try<Examples>("examples", [&] { return reading.ExamplesOf(By("policy plan"), engine); });
}

}  // namespace
}  // namespace tidegate::reading
