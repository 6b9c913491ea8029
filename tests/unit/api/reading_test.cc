// Reading: nothing is shown without an entry in the register, nor to a partner what policy does not give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

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

// The size of one message is bounded: a page of large records ends early, and the next one goes on.
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

TEST_F(ReadingTest, ItsAuthorStillReadsARecordThatHasExpired) {
  const std::string id =
      agency_.Author("report", {{"title", "x"}}, {{"tlp", "GREEN"}, {"expiry", "2026-12-31T00:00Z"}});
  ASSERT_TRUE(Show(id).ok());
  agency_.now_ms = 1'800'000'000'000;  // 2027-01-15
  const auto shown = Show(id);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->state(), "expired");
  EXPECT_EQ(shown->title(), "x");
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

record::RecordId IdOf(const std::string& hex) {
  auto id = record::ParseRecordId(hex);
  EXPECT_TRUE(id.ok()) << id.status();
  return id.value_or(record::RecordId{});
}

TEST_F(ReadingTest, ABeginningOfAnIdIsEnoughAndDashesAreTaken) {
  const std::string id = "12345678abcd4ef09876543210fedcba";
  agency_.Author("report", {{"title", "Nail bar"}}, {{"tlp", "GREEN"}}, IdOf(id));
  for (const char* typed : {"1234", "12345678", "12345678-ABCD", "12345678-abcd-4ef0-9876-543210fedcba"}) {
    const auto shown = Show(typed);
    ASSERT_TRUE(shown.ok()) << typed << ": " << shown.status();
    EXPECT_EQ(shown->id(), id);
  }
  for (const char* typed : {"123", "", "1234-5678", "12345678abcd4ef09876543210fedcba0", "wxyz"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Show(typed).status())) << typed;
  }
  EXPECT_TRUE(absl::IsNotFound(Show("ffff").status()));
}

TEST_F(ReadingTest, WhereSeveralIdsBeginAlikeTheyAreListed) {
  const std::string first = "abcd0000000000000000000000000001", second = "abcd0000000000000000000000000002";
  agency_.Author("report", {{"title", "First"}}, {{"tlp", "GREEN"}}, IdOf(first));
  ASSERT_TRUE(Show("abcd").ok());
  // A record that comes later is known too.
  agency_.Author("report", {{"title", "Second"}}, {{"tlp", "GREEN"}}, IdOf(second));
  const auto shown = Show("abcd");
  EXPECT_TRUE(absl::IsInvalidArgument(shown.status())) << shown.status();
  EXPECT_THAT(std::string(shown.status().message()), HasSubstr(first));
  EXPECT_THAT(std::string(shown.status().message()), HasSubstr(second));
}

class DeskTest : public ReadingTest {
 protected:
  std::string Add(const std::string& kind, const std::vector<std::pair<std::string, std::string>>& set) {
    v1::AddRecordRequest request;
    request.set_kind(kind);
    Fill(set, request);
    auto reply = agency_.api().AddRecord(Agency::Who(), request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    warnings_.assign(reply->warnings().begin(), reply->warnings().end());
    return reply->id();
  }
  absl::StatusOr<v1::AuthoredReply> Amend(const std::string& id,
                                          const std::vector<std::pair<std::string, std::string>>& set,
                                          bool dry_run = false, const std::string& reason = "case 7") {
    v1::AmendRecordRequest request;
    request.set_id(id);
    request.set_dry_run(dry_run);
    request.mutable_asker()->set_reason(reason);
    Fill(set, request);
    return agency_.api().AmendRecord(Agency::Who(), request);
  }
  absl::StatusOr<v1::RecallRecordReply> Recall(const std::string& id) {
    v1::RecallRecordRequest request;
    request.set_id(id);
    request.mutable_asker()->set_reason("witness at risk");
    return agency_.api().RecallRecord(Agency::Who(), request);
  }
  absl::StatusOr<v1::FindRecordsReply> FindGone(const std::string& state, const std::string& origin = "") {
    v1::FindRecordsRequest request;
    request.set_state(state);
    request.set_origin(origin);
    request.mutable_asker()->set_reason("case 7");
    return agency_.api().FindRecords(Agency::Who(), request);
  }
  template <typename Request>
  static void Fill(const std::vector<std::pair<std::string, std::string>>& set, Request& request) {
    for (const auto& [field, value] : set) {
      v1::Assignment& one = *request.add_set();
      one.set_field(field);
      one.set_value(value);
    }
  }

  std::vector<std::string> warnings_;
};

TEST_F(DeskTest, HistoryTellsWhatEachRevisionChanged) {
  const std::string id = Add("report", {{"title", "Car wash"}, {"tlp", "AMBER"}, {"purpose", "prevention"}});
  ASSERT_TRUE(Amend(id, {{"title", "Nail bar"}, {"tlp", "GREEN"}}).ok());
  v1::HistoryRequest request;
  request.set_id(id.substr(0, 12));
  request.mutable_asker()->set_reason("case 7");
  const auto history = agency_.api().History(Agency::Who(), request);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->id(), id);
  ASSERT_EQ(history->revisions_size(), 2);
  EXPECT_EQ(history->revisions(0).revision(), 1u);
  EXPECT_EQ(history->revisions(0).state(), "current");
  EXPECT_EQ(history->revisions(1).state(), "amended");
  std::map<std::string, std::pair<std::string, std::string>> changes;
  for (const v1::ValueChange& change : history->revisions(0).changes()) {
    changes[change.field()] = {change.before(), change.after()};
  }
  EXPECT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes["title"], (std::pair<std::string, std::string>("Car wash", "Nail bar")));
  EXPECT_EQ(changes["tlp"], (std::pair<std::string, std::string>("AMBER", "GREEN")));

  v1::ShowRecordRequest show;
  show.set_id(id);
  show.set_revision(0);
  show.mutable_asker()->set_reason("case 7");
  const auto earlier = agency_.api().ShowRecord(Agency::Who(), show);
  ASSERT_TRUE(earlier.ok()) << earlier.status();
  EXPECT_EQ(earlier->title(), "Car wash");
  show.set_revision(7);
  EXPECT_TRUE(absl::IsNotFound(agency_.api().ShowRecord(Agency::Who(), show).status()));
}

TEST_F(DeskTest, TheRegisterIsReadByUserAndTime) {
  Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}});
  v1::ListAuditRequest request;
  const auto count = [&] {
    const auto reply = agency_.api().ListAudit(Agency::Who(), request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? reply->entries_size() : -1;
  };
  EXPECT_EQ(count(), 1);
  request.set_user("ben");
  EXPECT_EQ(count(), 0);
  request.set_user("ana");
  EXPECT_EQ(count(), 1);
  request.set_since("2100-01-01");
  EXPECT_EQ(count(), 0);
  request.set_since("2000-01-01T00:00:00Z");
  request.set_until("2000-01-02");
  EXPECT_EQ(count(), 0);
  request.set_until("soon");
  EXPECT_TRUE(absl::IsInvalidArgument(agency_.api().ListAudit(Agency::Who(), request).status()));
}

TEST_F(DeskTest, HistoryNeedsAReason) {
  v1::HistoryRequest request;
  request.set_id(Add("report", {{"title", "Car wash"}}));
  EXPECT_TRUE(absl::IsPermissionDenied(agency_.api().History(Agency::Who(), request).status()));
}

TEST_F(DeskTest, ARecordIsShownWithItsLinksAndWhatIsAtTheirOtherEnds) {
  const std::string report = Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::string person = Add("person", {{"name", "Ana Example"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  v1::LinkRecordsRequest link;
  link.set_from(report.substr(0, 10));
  link.set_verb("mentions");
  link.set_to(person.substr(0, 10));
  ASSERT_TRUE(agency_.api().LinkRecords(Agency::Who(), link).ok());
  const auto shown = Show(report);
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_EQ(shown->around().links_size(), 1);
  EXPECT_TRUE(shown->around().links(0).from_here());
  EXPECT_EQ(shown->around().links(0).verb_name(), "mentions");
  EXPECT_EQ(shown->around().links(0).other(), person);
  EXPECT_EQ(shown->around().links(0).other_title(), "Ana Example");
  const auto other = Show(person);
  ASSERT_EQ(other->around().links_size(), 1);
  EXPECT_FALSE(other->around().links(0).from_here());
  EXPECT_EQ(other->withheld(), 0u) << "nothing is withheld from the author";
  std::set<std::string> looked_at;
  for (const v1::AuditEntry& entry : agency_.Audit()) looked_at.insert(entry.records().begin(), entry.records().end());
  EXPECT_TRUE(looked_at.contains(shown->around().links(0).id())) << "what is named stands in the register";
  const auto links = Find("link", 5);
  ASSERT_TRUE(links.ok());
  EXPECT_EQ(links->records(0).title(), report.substr(0, 8) + " mentions " + person.substr(0, 8));
}

TEST_F(DeskTest, CodesComeWithWhatTheyAreCalled) {
  const auto shown = Show(Add("report", {{"exploitation", "labour.personal-services"}}));
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_EQ(shown->fields(0).names_size(), 1);
  EXPECT_NE(shown->fields(0).names(0), "labour.personal-services");
  EXPECT_EQ(shown->fields(0).text(), "labour.personal-services");
}

TEST_F(DeskTest, WhatWasRecalledCanBeListedAndASecondRecallSaysWhen) {
  const std::string id = Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}});
  Add("report", {{"title", "Stays"}, {"tlp", "GREEN"}});
  const auto first = Recall(id.substr(0, 9));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->id(), id);
  EXPECT_EQ(first->recalled_earlier(), "");
  agency_.now_ms += 60'000;
  const auto second = Recall(id);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->recalled_earlier(), Show(id)->created());
  const auto gone = FindGone("recalled");
  ASSERT_TRUE(gone.ok()) << gone.status();
  ASSERT_EQ(gone->records_size(), 1);
  EXPECT_EQ(gone->records(0).id(), id);
  EXPECT_EQ(gone->records(0).state(), "recalled");
  EXPECT_EQ(FindGone("withdrawn")->records_size(), 0);
  const auto wrong = FindGone("recaled");
  EXPECT_TRUE(absl::IsInvalidArgument(wrong.status()));
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("did you mean `recalled`"));
}

TEST_F(DeskTest, AnOriginThatNobodyKnowsIsSaidAndNotAnEmptyAnswer) {
  for (const char* state : {"", "recalled"}) {
    const auto found = FindGone(state, "charty");
    EXPECT_TRUE(absl::IsNotFound(found.status())) << found.status();
    EXPECT_THAT(std::string(found.status().message()), HasSubstr("did you mean `charity`"));
    EXPECT_TRUE(FindGone(state, "charity").ok());
  }
}

TEST_F(DeskTest, WhoFollowsAlertsIsToldOfAmendmentsAndRecalls) {
  const std::string id = Add("alert", {{"title", "x"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  v1::AlertsRequest request;
  request.set_follow(true);
  request.mutable_asker()->set_reason("on watch");
  std::vector<std::string> told;
  int step = 0;
  const auto cancelled = [&] {
    if (step == 0) {
      EXPECT_TRUE(Amend(id, {{"title", "y"}}).ok());
    }
    if (step == 1) {
      EXPECT_TRUE(Recall(id).ok());
    }
    return ++step > 30;
  };
  const auto write = [&](const v1::Record& record) {
    told.push_back(record.state() + " " + std::to_string(record.revision()));
    return told.size() < 2;
  };
  ASSERT_TRUE(agency_.api().Alerts(Agency::Who(), request, write, cancelled).ok());
  EXPECT_EQ(told, (std::vector<std::string>{"current 1", "recalled 2"}));
}

TEST_F(DeskTest, ADryRunOfAnAmendmentTellsTheChangesAndMakesNone) {
  const std::string id = Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const auto would = Amend(id, {{"title", "Nail bar"}}, true);
  ASSERT_TRUE(would.ok()) << would.status();
  EXPECT_TRUE(would->dry_run());
  ASSERT_EQ(would->changes_size(), 1);
  EXPECT_EQ(would->changes(0).before(), "Car wash");
  EXPECT_EQ(would->changes(0).after(), "Nail bar");
  EXPECT_EQ(Show(id)->title(), "Car wash");
  EXPECT_TRUE(absl::IsPermissionDenied(Amend(id, {{"title", "Nail bar"}}, true, "").status()));
  const auto without = Amend(id, {{"title", "Nail bar"}}, false, "");
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->changes_size(), 0) << "what it said is told to nobody without a reason";
}

TEST_F(DeskTest, AListIsSetInPartsAndAnythingElseOnce) {
  const std::string id = Add("report", {{"identifiers", "phone:+447700900011"},
                                        {"identifiers", "phone:+447700900012"},
                                        {"purpose", "prevention"},
                                        {"purpose", "safeguarding"},
                                        {"tlp", "GREEN"}});
  const auto shown = Show(id);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->fields(0).text(), "phone:+447700900011\nphone:+447700900012");
  EXPECT_EQ(shown->handling().purposes_size(), 2);
  const auto twice = Amend(id, {{"title", "a"}, {"title", "b"}});
  EXPECT_TRUE(absl::IsInvalidArgument(twice.status())) << twice.status();
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("`title` is set twice"));
}

TEST_F(DeskTest, WhatReachesNobodyIsWarnedOf) {
  Add("report", {{"title", "x"}});
  ASSERT_EQ(warnings_.size(), 2u);
  EXPECT_THAT(warnings_[0], HasSubstr("tlp=AMBER"));
  EXPECT_THAT(warnings_[1], HasSubstr("purpose=prevention"));
  Add("report", {{"title", "x"}, {"tlp", "AMBER"}, {"purpose", "prevention"}});
  EXPECT_TRUE(warnings_.empty());
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
