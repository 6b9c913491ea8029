// Reading: nothing is shown without an entry in the register, nor to a partner what policy does not give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/agency.h"

namespace tidegate::api {
namespace {

using testing::HasSubstr;

class ReadingTest : public testing::Test {
 protected:
  absl::StatusOr<v1::Record> Show(const std::string& id, const std::string& user = "ana", bool evidence = false) {
    v1::ShowRecordRequest request;
    request.set_id(id);
    request.set_evidence(evidence);
    request.mutable_asker()->set_reason("case 7");
    return agency_.api().ShowRecord(Agency::Who(user), request);
  }
  absl::StatusOr<v1::FindRecordsReply> Find(const std::string& kind, uint32_t limit, const std::string& cursor = "") {
    v1::FindRecordsRequest request;
    request.set_kind(kind);
    request.set_limit(limit);
    request.set_cursor(cursor);
    request.mutable_asker()->set_reason("case 7");
    return agency_.api().FindRecords(Agency::Who(), request);
  }

  Agency agency_;
};

TEST_F(ReadingTest, ShowTellsTheRecordAndThatItVerifies) {
  const std::string id =
      agency_.Author("report", {{"title", "Nail bar"}, {"place", "1 Mill Yard|Boston|Lincolnshire|GB"}});
  const auto shown = Show(id);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->id(), id);
  EXPECT_EQ(shown->title(), "Nail bar");
  EXPECT_EQ(shown->origin(), "charity");
  EXPECT_EQ(shown->state(), "current");
  EXPECT_TRUE(shown->verification().author_signature());
  EXPECT_TRUE(shown->verification().log_proof());
  EXPECT_TRUE(shown->verification().handling());
  EXPECT_EQ(shown->verification().problem(), "");
}

TEST_F(ReadingTest, WhoReadWhatAndWhyIsInTheRegister) {
  const std::string id = agency_.Author("report", {{"title", "Nail bar"}});
  EXPECT_TRUE(agency_.Audit().empty());
  ASSERT_TRUE(Show(id).ok());
  const auto entries = agency_.Audit();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].user(), "ana");
  EXPECT_EQ(entries[0].reason(), "case 7");
  ASSERT_EQ(entries[0].records_size(), 1);
  EXPECT_EQ(entries[0].records(0), id);
}

TEST_F(ReadingTest, AReaderWithoutANameIsTheOwnerOfTheSocket) {
  ASSERT_TRUE(Show(agency_.Author("report", {{"title", "x"}}), "").ok());
  ASSERT_EQ(agency_.Audit().size(), 1u);
  EXPECT_EQ(agency_.Audit()[0].user(), "owner of the socket");
}

// What one message can carry is bounded: a page of large records ends early, and the next one goes on.
TEST_F(ReadingTest, PagesAreCutByBytesTooAndLoseNothing) {
  constexpr int kRecords = 24;
  const std::string page_of_a_diary(1'000'000, 'x');
  for (int i = 0; i < kRecords; ++i) {
    agency_.Author("report", {{"title", "Diary " + std::to_string(i)}, {"narrative", page_of_a_diary}});
  }
  std::vector<std::string> titles;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = Find("report", 100, cursor);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LT(page->ByteSizeLong(), size_t{32} << 20);
    EXPECT_GT(page->records_size(), 0);
    for (const v1::Record& record : page->records()) titles.push_back(record.title());
    cursor = page->cursor();
    ASSERT_LE(++pages, kRecords);
  } while (!cursor.empty());
  EXPECT_GT(pages, 1);
  ASSERT_EQ(titles.size(), size_t{kRecords});
  for (int i = 0; i < kRecords; ++i) EXPECT_EQ(titles[i], "Diary " + std::to_string(kRecords - 1 - i));
}

TEST_F(ReadingTest, AlertsTellAsManyAsWereAskedForHoweverLargeTheyAre) {
  for (int i = 0; i < 22; ++i) agency_.Author("alert", {{"title", "Alert"}, {"narrative", std::string(500'000, 'x')}});
  for (const uint32_t limit : {1u, 21u, 0u}) {
    v1::AlertsRequest request;
    request.set_limit(limit);
    request.mutable_asker()->set_reason("case 7");
    uint32_t told = 0;
    const auto write = [&told](const v1::Record&) { return ++told > 0; };
    ASSERT_TRUE(agency_.api().Alerts(Agency::Who(), request, write, [] { return false; }).ok());
    EXPECT_EQ(told, limit == 0 ? 22u : limit);
  }
}

TEST_F(ReadingTest, NobodyReadsWithoutAReasonAndNoneIsMadeUpForThem) {
  const std::string id = agency_.Author("report", {{"title", "x"}});
  for (const char* reason : {"", " \t\n"}) {
    v1::ShowRecordRequest show;
    show.set_id(id);
    show.mutable_asker()->set_reason(reason);
    const auto shown = agency_.api().ShowRecord(Agency::Who(), show);
    EXPECT_TRUE(absl::IsPermissionDenied(shown.status())) << shown.status();
    EXPECT_THAT(std::string(shown.status().message()), HasSubstr("--reason"));
    v1::FindRecordsRequest find;
    find.mutable_asker()->set_reason(reason);
    EXPECT_TRUE(absl::IsPermissionDenied(agency_.api().FindRecords(Agency::Who(), find).status()));
    v1::AlertsRequest alerts;
    alerts.set_follow(true);
    alerts.mutable_asker()->set_reason(reason);
    const auto followed = agency_.api().Alerts(
        Agency::Who(), alerts, [](const v1::Record&) { return true; }, [] { return false; });
    EXPECT_TRUE(absl::IsPermissionDenied(followed)) << followed;
  }
  EXPECT_TRUE(agency_.Audit().empty());
}

TEST_F(ReadingTest, AReasonThatIsTooLongIsRefusedAndNothingIsShown) {
  v1::ShowRecordRequest show;
  show.set_id(agency_.Author("report", {{"title", "x"}}));
  show.mutable_asker()->set_reason(std::string(2001, 'a'));
  EXPECT_TRUE(absl::IsInvalidArgument(agency_.api().ShowRecord(Agency::Who(), show).status()));
  EXPECT_TRUE(agency_.Audit().empty());
}

TEST_F(ReadingTest, ASearchForAnIdentifierIsRecordedUnderAKeyedTermAlsoWhenNothingIsFound) {
  const auto search = [&](const char* identifier) {
    v1::FindRecordsRequest request;
    request.set_identifier(identifier);
    request.mutable_asker()->set_reason("case 7");
    EXPECT_TRUE(agency_.api().FindRecords(Agency::Who(), request).ok());
    return agency_.Audit().front();
  };
  const v1::AuditEntry first = search("phone:+447700900011");
  ASSERT_EQ(first.asked_size(), 1);
  EXPECT_EQ(first.records_size(), 0);
  EXPECT_EQ(first.summary().find("7700"), std::string::npos) << "never the identifier itself";
  EXPECT_EQ(search("phone:+44 7700 900011").asked(0), first.asked(0)) << "the same however it is written";
  EXPECT_NE(search("phone:+447700900012").asked(0), first.asked(0));
  EXPECT_EQ(agency_.Audit().size(), 3u);
  v1::ListAuditRequest who_looked;
  who_looked.set_identifier("phone:+447700900011");
  const auto found = agency_.api().ListAudit(Agency::Who(), who_looked);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->entries_size(), 2) << "who knows the identifier can ask who looked for it";
}

TEST_F(ReadingTest, WhatIsNotHeldIsNotFoundAndWhatIsNoIdIsSaid) {
  EXPECT_TRUE(absl::IsNotFound(Show(std::string(32, '0')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Show("7").status()));
}

TEST_F(ReadingTest, AnExpiredRecordIsWithheld) {
  const std::string id =
      agency_.Author("report", {{"title", "x"}}, {{"tlp", "GREEN"}, {"expiry", "2026-12-31T00:00Z"}});
  ASSERT_TRUE(Show(id).ok());
  agency_.now_ms = 1'800'000'000'000;  // 2027-01-15
  const auto shown = Show(id);
  EXPECT_TRUE(absl::IsPermissionDenied(shown.status())) << shown.status();
}

TEST_F(ReadingTest, NobodyIsShownAsAPartnerWhoIsNone) {
  v1::ShowRecordRequest request;
  request.set_id(agency_.Author("report", {{"title", "x"}}));
  request.set_as_partner("nobody");
  request.mutable_asker()->set_reason("case 7");
  EXPECT_TRUE(absl::IsNotFound(agency_.api().ShowRecord(Agency::Who(), request).status()));
}

TEST_F(ReadingTest, ARecordThatIsNotWhereTheLogHasItDoesNotVerify) {
  // Stored under the log index of another record: what a damaged or altered store would give.
  agency_.Author("report", {{"title", "first"}});
  const record::VerifiedView stray = store::MakePerson({.name = "Not logged"});
  store::PutRequest request;
  request.view = &stray;
  request.origin = "charity";
  request.log_index = 0;
  auto prepared = agency_.store().Prepare(request);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  ASSERT_TRUE(agency_.store().Write([&](store::WriteTransaction& t) { return t.Put(*prepared).status(); }).ok());
  const auto shown = Show(record::FormatRecordId(stray.statement().record_id));
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_FALSE(shown->verification().log_proof());
}

TEST_F(ReadingTest, FindGivesPagesThatMeetWithoutGapOrRepeat) {
  std::vector<std::string> written;
  for (int i = 0; i < 7; ++i) written.push_back(agency_.Author("report", {{"title", "n" + std::to_string(i)}}));
  agency_.Author("person", {{"name", "Someone Else"}});
  std::vector<std::string> found;
  std::string cursor;
  do {
    const auto page = Find("report", 3, cursor);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->records_size(), 3);
    for (const v1::Record& record : page->records()) found.push_back(record.id());
    cursor = page->cursor();
  } while (!cursor.empty() && found.size() < 100);
  std::reverse(written.begin(), written.end());
  EXPECT_EQ(found, written);
}

TEST_F(ReadingTest, FindNamesAnUnknownKindAndABadCursor) {
  agency_.Author("report", {{"title", "x"}});
  EXPECT_FALSE(Find("reprot", 3).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Find("report", 3, "not a cursor").status()));
}

TEST_F(ReadingTest, AlertsShowsAlertsAloneNewestFirst) {
  const std::string older = agency_.Author("alert", {{"title", "older"}});
  agency_.Author("report", {{"title", "no alert"}});
  const std::string newer = agency_.Author("alert", {{"title", "newer"}});
  v1::AlertsRequest request;
  request.set_limit(10);
  std::vector<std::string> seen;
  request.mutable_asker()->set_reason("case 7");
  const auto status = agency_.api().Alerts(
      Agency::Who(), request,
      [&](const v1::Record& record) {
        seen.push_back(record.id());
        return true;
      },
      [] { return false; });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, (std::vector<std::string>{newer, older}));
}

}  // namespace
}  // namespace tidegate::api
