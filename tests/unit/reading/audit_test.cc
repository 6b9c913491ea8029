// An auditor sees every cause of a disclosure, and the entries beside a damaged one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/time/time.h"
#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

class AuditTest : public testing::Test {
 protected:
  AuditTest() { support::Pair(charity_, bank_); }

  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  std::unique_ptr<Reading> Reader() {
    return std::make_unique<Reading>(charity_.store(), charity_.log(), charity_.disclosures(), charity_.directory(),
                                     charity_.decisions(), [this] { return clock_.now_ms; });
  }
  absl::StatusOr<AuditPage> Ask(AuditQuestion question) {
    question.limit = 100;
    return Reader()->Audit(who_, question);
  }
  // Names of the entries about one record, newest first.
  std::vector<std::string> EntriesAbout(const std::string& id) {
    AuditQuestion question;
    question.record = id;
    std::vector<std::string> names;
    for (const Audited& one : Must(Ask(question)).entries) names.emplace_back(ledger::EntryName(one.listed.entry));
    return names;
  }
  uint64_t ArrivalOf(const std::string& id) const {
    return Must(charity_.Read()->FindById(Must(record::ParseRecordId(id))));
  }
  void Damage(uint64_t seq) {
    charity_.Close();
    support::DamageArrival(charity_.store_folder(), seq);
    charity_.Open();
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7";
};

TEST_F(AuditTest, OfARecordEveryCauseOfItsDisclosureIsToldAndWhatBecameOfIt) {
  const std::string id = Report("Car wash");
  EXPECT_THAT(EntriesAbout(id), ElementsAre("collection"));
  charity_.Apply(kShareAll);
  clock_.now_ms += 1000;
  const std::string other = Report("Another");
  Must(line_.Meet().status);
  const auto entries = EntriesAbout(id);
  EXPECT_THAT(entries, IsSupersetOf({"collection", "policy", "intent", "manifest", "receipt"}));
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "collection"), 1) << "not that of the other record";
  EXPECT_THAT(EntriesAbout(other), testing::Contains("policy")) << "it came into force before, and let this one go";
  const std::string kept = charity_.Add("report", {{"title", "Kept"}, {"purpose", "prevention"}});
  Must(line_.Meet().status);
  EXPECT_THAT(EntriesAbout(kept), ElementsAre("collection")) << "nothing let it go";
}

// What its author held back went because the time came: nothing else was done.
TEST_F(AuditTest, OfARecordThatWaitedItIsToldUntilWhen) {
  charity_.Apply(kShareAll);
  const uint64_t released = (clock_.now_ms + 120'000) / 60'000 * 60'000;
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(static_cast<int64_t>(released)), absl::UTCTimeZone());
  const std::string id =
      charity_.Add("report", {{"title", "Later"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"not_before", time}});
  clock_.now_ms = released + 1;
  Must(line_.Meet().status);
  AuditQuestion question;
  question.record = id;
  question.filter.name = "intent";
  const AuditPage page = Must(Ask(question));
  ASSERT_EQ(page.entries.size(), 1u);
  ASSERT_EQ(page.entries[0].left.size(), 1u);
  EXPECT_EQ(page.entries[0].left[0].held_until_ms, released);
}

// An import's entry names no record: it covers the arrivals that it stored.
TEST_F(AuditTest, AChangeThatNamesArrivalsConcernsTheirRecords) {
  const std::string id = Report("Car wash");
  const uint64_t seq = ArrivalOf(id);
  ledger::Change change{ledger::Deed::kAlteration, clock_.now_ms, "robot", "clean.csv", "nightly", seq, seq, 1, {}};
  change.import = 4;
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
    return charity_.disclosures().Append(transaction, change).status();
  }));
  const std::string other = Report("Another");
  EXPECT_THAT(EntriesAbout(id), ElementsAre("alteration", "collection"));
  EXPECT_THAT(EntriesAbout(other), ElementsAre("collection"));
}

TEST_F(AuditTest, OfOneRecordOnlyItsOwnFieldsAreTold) {
  charity_.Apply(kShareAll);
  const std::string one = Report("One");
  Report("Other");
  Must(line_.Meet().status);
  AuditQuestion question;
  question.record = one;
  question.filter.name = "intent";
  const AuditPage page = Must(Ask(question));
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].partner, "bank");
  ASSERT_EQ(page.entries[0].left.size(), 1u);
  EXPECT_EQ(page.entries[0].left[0].record, one);
  EXPECT_THAT(page.entries[0].left[0].fields, testing::Contains("title@whole"));
}

// Version 0.1.0 left the user empty; the file's name stood in the partner's column.
TEST_F(AuditTest, WhatOurOwnPeopleDidIsNoPartners) {
  const uint64_t seq = ArrivalOf(Report("Car wash"));
  const ledger::Change change{ledger::Deed::kCollection, clock_.now_ms, "", "clean.csv", "", seq, seq, 1, {}};
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
    return charity_.disclosures().Append(transaction, change).status();
  }));
  for (const Audited& one : Must(Ask({})).entries) EXPECT_EQ(one.partner, "");
}

TEST_F(AuditTest, ANameThatNobodyHasIsSaidWithTheNearest) {
  Report("Car wash");
  AuditQuestion kind, partner, user, record;
  kind.filter.name = "intents";
  const auto no_kind = Ask(kind).status();
  EXPECT_TRUE(absl::IsInvalidArgument(no_kind)) << no_kind;
  EXPECT_THAT(std::string(no_kind.message()), HasSubstr("`intent`"));
  partner.filter.partner = "bnak";
  const auto nobody = Ask(partner).status();
  EXPECT_TRUE(absl::IsNotFound(nobody)) << nobody;
  EXPECT_THAT(std::string(nobody.message()), HasSubstr("`bank`"));
  user.user = "anna";
  EXPECT_THAT(Must(Ask(user)).note, HasSubstr("`ana`"));
  EXPECT_THAT(Must(Ask(user)).entries, IsEmpty());
  record.record = std::string(32, 'f');
  EXPECT_TRUE(absl::IsNotFound(Ask(record).status()));
  partner.filter.partner = "bank";
  EXPECT_THAT(Must(Ask(partner)).entries, IsEmpty()) << "a partner of whom nothing is told yet";
}

TEST_F(AuditTest, ADamagedEntryIsNamedAndTheOthersAreTold) {
  Report("One");
  const uint64_t damaged = charity_.disclosures().log().size();
  Report("Two");
  Report("Three");
  charity_.Close();
  support::DamageOrdered(charity_.store_folder(), static_cast<uint8_t>(store::Ordered::kRegisterEntry),
                         crypto::ByteWriter(8).U64(damaged).Take());
  charity_.Open();
  const AuditPage page = Must(Ask({}));
  EXPECT_EQ(page.entries.size(), 2u);
  EXPECT_THAT(page.unreadable, ElementsAre(damaged));
}

TEST_F(AuditTest, HistoryNamesARevisionThatCannotBeReadAndTellsTheOthers) {
  const std::string id = Report("One");
  ASSERT_TRUE(charity_.Amend(id, {{"title", "Two"}}).ok());
  const uint64_t second = ArrivalOf(id);
  ASSERT_TRUE(charity_.Amend(id, {{"title", "Three"}}).ok());
  const uint64_t third = ArrivalOf(id);
  Damage(second);
  History history = Must(Reader()->HistoryOf({who_, reason_, "history"}, id));
  ASSERT_EQ(history.revisions.size(), 2u);
  EXPECT_EQ(history.revisions[0].statement.revision, 2u);
  EXPECT_EQ(history.revisions[1].statement.revision, 0u);
  EXPECT_THAT(history.unread.arrivals, ElementsAre(second));
  Damage(third);
  history = Must(Reader()->HistoryOf({who_, reason_, "history"}, id));
  ASSERT_EQ(history.revisions.size(), 1u) << "the newest one is damaged, too";
  EXPECT_THAT(history.unread.arrivals, ElementsAre(third, second));
}

TEST_F(AuditTest, HistoryOfARecordOfWhichNothingCanBeReadSaysSo) {
  const std::string id = Report("One");
  Damage(ArrivalOf(id));
  const auto history = Reader()->HistoryOf({who_, reason_, "history"}, id);
  EXPECT_TRUE(absl::IsDataLoss(history.status())) << history.status();
}

}  // namespace
}  // namespace tidegate::reading
