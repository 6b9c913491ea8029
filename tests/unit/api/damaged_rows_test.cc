// Each row of each table is damaged in turn. Whatever it was: the node opens, lists, tells its status and who holds
// what, its feeds go on in both directions, a recall reaches who holds the record, and `verify` reads on and names the
// fault. The exceptions are few, and each says why.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "node/api/api.h"
#include "node/store/verify/verify.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::api {
namespace {

using environment::Dbi;
using support::Clock;
using support::Line;
using support::MemoryNode;
using support::Must;

constexpr auto kFirstDbi = Dbi::kMeta, kLastDbi = Dbi::kOrdered;

struct RowName {
  Dbi dbi = Dbi::kMeta;
  std::string key;
  std::string Print() const {
    std::string hex;
    for (const char byte : key) hex += "0123456789abcdef"[(byte >> 4) & 15], hex += "0123456789abcdef"[byte & 15];
    return std::string(environment::DbiName(dbi)) + " " + hex;
  }
  // Of an ordered or named table, its number.
  int table() const { return key.empty() ? 0 : static_cast<uint8_t>(key.front()); }
};

// The operators' API of a node.
struct Desk {
  explicit Desk(MemoryNode& node)
      : now([&node] { return node.clock().now_ms; }),
        reading(node.store(), node.log(), node.disclosures(), node.directory(), node.decisions(), now),
        lines(node.directory(), node.receiving()),
        leftovers(node.store(), node.disclosures(), now),
        removals(node.store(), node.disclosures(), node.directory(), now),
        retention(node.store(), node.disclosures(), node.authoring(), now),
        api(node.store(), node.log(), node.disclosures(), node.directory(), node.decisions(), reading, node.authoring(),
            lines, node.governance(), node.policies(), removals, leftovers, retention, now) {}
  const std::function<uint64_t()> now;
  reading::Reading reading;
  flow::Lines lines;
  flow::Leftovers leftovers;
  flow::Removals removals;
  flow::Retention retention;
  Api api;
};

policy::Principal Who() { return policy::PrincipalMint::Mint("ana", true, policy::EveryRole()); }

template <typename Request>
Request Asking() {
  Request request;
  request.mutable_asker()->set_reason("a test");
  return request;
}

class DamagedRowsTest : public testing::Test {
 protected:
  DamagedRowsTest() {
    support::Pair(charity_, bank_);
    const partner::Deed deed{.user = "admin", .reason = "a test", .at_ms = clock_.now_ms};
    // Somebody who was a partner, an invitation that is open, and a circle.
    MemoryNode police("police", "police", clock_);
    support::Pair(charity_, police);
    Must(charity_.directory().Remove("police", "removed", deed, {}));
    Must(charity_.directory().Invite({.invitee = "court", .without_code = true}, deed).status());
    Must(charity_.directory().CreateCircle("lantern", deed).status());
    Must(charity_.directory().AddToCircle("lantern", "bank", deed).status());
    charity_.Apply(R"(@id("none") forbid (principal, action == Action::"disclose", resource);)");
    charity_.Apply(support::kShareAll);
    bank_.Apply(support::kShareAll);

    held_ = Report(charity_, "held");
    amended_ = Report(charity_, "amended");
    recalled_ = Report(charity_, "recalled");
    const uint64_t later_ms = clock_.now_ms + 3'600'000;
    Must(charity_.TryAdd("report", {{"title", "later"},
                                    {"tlp", "GREEN"},
                                    {"purpose", "prevention"},
                                    {"legal-basis", "gdpr-6-1-f"},
                                    {"not-before", support::Instant(later_ms)}}));
    theirs_ = Report(bank_, "theirs");
    Must(Meet(there_).status);
    Must(Meet(back_).status);
    Must(charity_.Amend(amended_, {{"title", "amended now"}}));
    Must(Meet(there_).status);
    Must(bank_.Amend(theirs_, {{"title", "theirs now"}}));
    // A receipt that waits in the outbox, and a recall whose answer was lost on the way.
    back_.Meet([](size_t) { return support::Fate::kReceiptLost; });
    Must(charity_.Recall(recalled_));
    there_.Meet([](size_t) { return support::Fate::kLost; });
    Must(charity_.store().Write([](store::WriteTransaction& transaction) {
      absl::Status put = transaction.PutNamed(store::Named::kReject, "recalled", std::string(32, 'k'), "TDGrcd1");
      return put.ok() ? transaction.PutNamed(store::Named::kSetting, "looked at", "", "TDGsee1") : put;
    }));
    {
      Desk desk(charity_);
      Must(desk.leftovers.Look());
    }
    fresh_ = Report(charity_, "not sent yet");
    theirs_new_ = Report(bank_, "theirs, not sent yet");
    charity_.Close();
    bank_.Close();
    Copy(charity_.store_folder(), kept_.path() + "/charity");
    Copy(bank_.store_folder(), kept_.path() + "/bank");
  }

  static std::string Report(MemoryNode& node, const std::string& title) {
    return node.Add("report",
                    {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  }
  static void Copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  // As two nodes meet: they tell each other what they know of each other's logs.
  support::Meeting Meet(Line& line) {
    MemoryNode& from = &line == &there_ ? charity_ : bank_;
    MemoryNode& to = &line == &there_ ? bank_ : charity_;
    const partner::PartnerPtr sender = to.directory().Find(from.name()), receiver = from.directory().Find(to.name());
    if (sender != nullptr && receiver != nullptr) from.sharing().Greet(*receiver, to.receiving().Greet(*sender));
    return line.Meet();
  }

  std::vector<RowName> Rows() const {
    std::vector<RowName> rows;
    const auto opened = Must(environment::Environment::Open(charity_.store_folder(), {}));
    MDB_txn* txn = Must(opened->BeginRead());
    for (auto dbi = kFirstDbi;; dbi = static_cast<Dbi>(static_cast<int>(dbi) + 1)) {
      MDB_cursor* cursor = nullptr;
      EXPECT_EQ(mdb_cursor_open(txn, opened->dbi(dbi), &cursor), 0);
      MDB_val key, value;
      while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        rows.push_back({dbi, std::string(environment::Bytes(key))});
      }
      mdb_cursor_close(cursor);
      if (dbi == kLastDbi) break;
    }
    opened->EndRead(txn);
    return rows;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line there_{charity_, bank_}, back_{bank_, charity_};
  support::Folder kept_;
  std::string held_, amended_, recalled_, theirs_, fresh_, theirs_new_;
  void Try(const RowName& row);
  void Listings(const RowName& row);
  void Feeds(const RowName& row);
};

// Where it is right that the node does not open at all: what it would do could contradict what it signed or decided.
bool EndsTheNode(const RowName& row) {
  if (row.dbi == Dbi::kMeta) return row.key == "format";
  if (row.dbi == Dbi::kOrdered) return row.table() == 1 || row.table() == 2;  // tiles of the two logs
  return row.dbi == Dbi::kNamed && row.table() == 10;                         // their signed heads
}

// Where a partner's log would have to be believed as if it were new: its last head that was accepted.
bool EndsTheirFeed(const RowName& row) { return row.dbi == Dbi::kNamed && row.table() == 7; }

void DamagedRowsTest::Listings(const RowName& row) {
  Desk desk(charity_);
  const Api& api = desk.api;
  const auto fine = [&row](const char* what, const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << row.Print() << ": " << what << ": " << status;
  };
  const auto status = api.Status(Who(), {});
  fine("status", status.status());
  fine("find", api.FindRecords(Who(), Asking<v1::FindRecordsRequest>()).status());
  fine("partners", api.ListPartners(Who(), {}).status());
  fine("circles", api.ListCircles(Who(), {}).status());
  fine("plans", api.ListPartnerPlans(Who(), {}).status());
  fine("history", api.PolicyHistory(Who(), {}).status());
  fine("imports", api.ListImports(Who(), {}).status());
  fine("inbox", api.Inbox(Who(), {}).status());
  fine("audit", api.ListAudit(Who(), {}).status());
  auto asked = Asking<v1::HoldersRequest>();
  asked.set_id(held_);
  const auto holders = api.Holders(Who(), asked);
  fine("holders", holders.status());
  if (holders.ok()) {
    EXPECT_EQ(holders->held(), 1U) << row.Print() << ": the holder is known";
  }
  asked.set_id(recalled_);
  const auto unanswered = api.Holders(Who(), asked);
  fine("holders", unanswered.status());
  if (unanswered.ok()) {
    EXPECT_EQ(unanswered->unanswered(), 1U) << row.Print() << ": a recall waits for its answer";
  }
  if (status.ok()) {
    EXPECT_EQ(status->unanswered_recalls(), 1U) << row.Print();
  }
}

void DamagedRowsTest::Feeds(const RowName& row) {
  const auto open = [](const MemoryNode& node, const std::string& id) { return !node.Open(id).empty(); };
  clock_.now_ms += 4'000;
  Must(Meet(there_).status);
  EXPECT_FALSE(open(bank_, recalled_)) << row.Print() << ": the recall is carried out";
  const std::string last = Report(charity_, "written after the damage");
  Must(charity_.Recall(held_));
  Must(charity_.Recall(amended_));
  Must(Meet(there_).status);
  clock_.now_ms += 4'000;
  Must(Meet(there_).status);
  EXPECT_FALSE(open(bank_, held_)) << row.Print() << ": what is recalled after the damage is taken back";
  EXPECT_FALSE(open(bank_, amended_)) << row.Print() << ": all its revisions too";
  EXPECT_TRUE(Must(charity_.disclosures().Asked("bank", 10)).open.empty()) << row.Print() << ": and it is answered";
  if (charity_.directory().circles_whole()) {
    EXPECT_TRUE(open(bank_, last)) << row.Print() << ": the feed goes on";
  }
  if (EndsTheirFeed(row)) return;
  Must(Meet(back_).status);
  EXPECT_TRUE(open(charity_, theirs_new_)) << row.Print() << ": and so does theirs";
}

void DamagedRowsTest::Try(const RowName& row) {
  charity_.Close();
  bank_.Close();
  Copy(kept_.path() + "/charity", charity_.store_folder());
  Copy(kept_.path() + "/bank", bank_.store_folder());
  support::DamageValue(charity_.store_folder(), row.dbi, row.key);
  const std::string damaged = kept_.path() + "/damaged";  // opening mends some of what is damaged
  Copy(charity_.store_folder(), damaged);
  bank_.Open();
  const absl::Status opened = charity_.TryOpen();
  const auto report = verify::Verify(damaged, charity_.vault(), {});
  ASSERT_TRUE(report.ok()) << row.Print() << ": " << report.status();
  EXPECT_FALSE(report->clean()) << row.Print() << ": `verify` names it";
  if (EndsTheNode(row)) return;
  ASSERT_TRUE(opened.ok()) << row.Print() << ": " << opened;
  Listings(row);
  if (charity_.directory().Find("bank") == nullptr) return;
  Feeds(row);
}

TEST_F(DamagedRowsTest, StopNothing) {
  for (const RowName& row : Rows()) {
    SCOPED_TRACE(row.Print());
    Try(row);
  }
}

}  // namespace
}  // namespace tidegate::api
