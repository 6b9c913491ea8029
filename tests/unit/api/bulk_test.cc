// Many records at once: shown first, done as shown, and a fault in one stops no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/time/time.h"
#include "tests/unit/api/agency.h"

namespace tidegate::api {
namespace {

using testing::HasSubstr;

class BulkTest : public testing::Test {
 protected:
  std::string Report(const std::string& title, const std::string& tlp = "GREEN") {
    v1::AddRecordRequest request;
    request.set_kind("report");
    for (const auto& [field, value] :
         {std::pair<std::string, std::string>{"title", title}, {"tlp", tlp}, {"purpose", "prevention"}}) {
      v1::Assignment* one = request.add_set();
      one->set_field(field);
      one->set_value(value);
    }
    auto reply = agency_.api().AddRecord(Agency::Who(), request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->id();
  }
  static v1::Selection Ids(const std::vector<std::string>& ids) {
    v1::Selection what;
    for (const std::string& id : ids) what.add_ids(id);
    return what;
  }
  static v1::Selection Where(const std::vector<std::pair<std::string, std::string>>& where) {
    v1::Selection what;
    for (const auto& [field, value] : where) {
      v1::Assignment* one = what.add_where();
      one->set_field(field);
      one->set_value(value);
    }
    return what;
  }
  absl::StatusOr<v1::RecallRecordsReply> Recall(const v1::Selection& what, const std::string& plan = "",
                                                bool dry_run = false) {
    v1::RecallRecordsRequest request;
    *request.mutable_what() = what;
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    request.mutable_asker()->set_reason("source withdrew");
    v1::RecallRecordsReply last;
    auto status = agency_.api().RecallRecords(Agency::Who(), request, [&last](const v1::RecallRecordsReply& reply) {
      last = reply;
      return true;
    });
    if (!status.ok()) return status;
    EXPECT_TRUE(last.done());
    return last;
  }
  absl::StatusOr<v1::AmendRecordsReply> Amend(const v1::Selection& what, const std::string& tlp,
                                              const std::string& plan = "", bool dry_run = false) {
    v1::AmendRecordsRequest request;
    *request.mutable_what() = what;
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    request.mutable_asker()->set_reason("too wide");
    v1::Assignment* one = request.add_set();
    one->set_field("tlp");
    one->set_value(tlp);
    v1::AmendRecordsReply last;
    auto status = agency_.api().AmendRecords(Agency::Who(), request, [&last](const v1::AmendRecordsReply& reply) {
      last = reply;
      return true;
    });
    if (!status.ok()) return status;
    EXPECT_TRUE(last.done());
    return last;
  }
  absl::StatusOr<v1::AmendRecordsReply> Tag(const v1::Selection& what, const std::string& add,
                                            const std::string& remove, const std::string& plan = "") {
    v1::AmendRecordsRequest request;
    *request.mutable_what() = what;
    request.set_dry_run(plan.empty());
    request.set_plan(plan);
    request.mutable_asker()->set_reason("case 12");
    if (!add.empty()) request.add_add_tags(add);
    if (!remove.empty()) request.add_remove_tags(remove);
    v1::AmendRecordsReply last;
    auto status = agency_.api().AmendRecords(Agency::Who(), request, [&last](const v1::AmendRecordsReply& reply) {
      last = reply;
      return true;
    });
    if (!status.ok()) return status;
    EXPECT_TRUE(last.done());
    return last;
  }
  v1::Record Show(const std::string& id) {
    v1::ShowRecordRequest request;
    request.set_id(id);
    request.mutable_asker()->set_reason("case 7");
    auto shown = agency_.api().ShowRecord(Agency::Who(), request);
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown.ok() ? *shown : v1::Record();
  }

  Agency agency_;
};

TEST_F(BulkTest, SeveralAreRecalledAsTheyWereShownAndWhatIsNoRecordIsNamed) {
  const std::string one = Report("one"), two = Report("two"), other = Report("other");
  const v1::Selection what = Ids({one, two, std::string(32, '0'), "no id"});
  const auto unseen = Recall(what);
  EXPECT_TRUE(absl::IsFailedPrecondition(unseen.status())) << unseen.status();
  EXPECT_THAT(std::string(unseen.status().message()), HasSubstr("--dry-run"));
  const auto plan = Recall(what, "", true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->records(), 2u);
  EXPECT_EQ(plan->faulty(), 2u);
  EXPECT_EQ(Show(one).state(), "current");
  const auto done = Recall(what, plan->digest());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->recalled(), 2u);
  EXPECT_EQ(done->faulty(), 2u);
  EXPECT_EQ(Show(one).state(), "recalled");
  EXPECT_EQ(Show(two).state(), "recalled");
  EXPECT_EQ(Show(other).state(), "current");
  EXPECT_TRUE(absl::IsFailedPrecondition(Recall(what, plan->digest()).status())) << "that plan was taken";
  EXPECT_TRUE(absl::IsInvalidArgument(Recall({}, "", true).status())) << "no record was named";
}

TEST_F(BulkTest, RecordsAreMeantByWhatTheySay) {
  const std::string one = Report("Car wash"), two = Report("Car wash"), other = Report("Nail bar");
  const v1::Selection what = Where({{"kind", "report"}, {"title", "Car wash"}});
  const auto plan = Recall(what, "", true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->records(), 2u);
  EXPECT_TRUE(absl::IsInvalidArgument(Recall(Where({{"title", "Car wash"}}), "", true).status())) << "of which kind?";
  EXPECT_TRUE(absl::IsInvalidArgument(Recall(Where({{"kind", "report"}, {"titel", "x"}}), "", true).status()));
  ASSERT_TRUE(Recall(what, plan->digest()).ok());
  EXPECT_EQ(Show(one).state(), "recalled");
  EXPECT_EQ(Show(two).state(), "recalled");
  EXPECT_EQ(Show(other).state(), "current");
}

TEST_F(BulkTest, RecordsAreMeantByTheirMarkingTheirTagsAndWhenTheyWereWritten) {
  const std::string amber = agency_.Author("report", {{"title", "one"}, {"tags", "child"}}, {{"tlp", "AMBER"}});
  const std::string unmarked = agency_.Author("report", {{"title", "two"}}, {});
  agency_.now_ms += uint64_t{5} * 24 * 3600 * 1000;
  const std::string later = agency_.Author("person", {{"tags", "child"}}, {{"tlp", "AMBER"}});
  const std::string day =
      absl::FormatTime("%Y-%m-%d", absl::FromUnixMillis(static_cast<int64_t>(agency_.now_ms)), absl::UTCTimeZone());
  const auto meant = [&](const std::vector<std::pair<std::string, std::string>>& where) {
    const auto plan = Recall(Where(where), "", true);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? std::set<std::string>(plan->ids().begin(), plan->ids().end()) : std::set<std::string>();
  };
  EXPECT_EQ(meant({{"tlp", "amber"}}), (std::set<std::string>{amber, later}));
  EXPECT_EQ(meant({{"tlp", "RED"}}), std::set<std::string>{unmarked}) << "what has no TLP counts as RED";
  EXPECT_EQ(meant({{"tag", "child"}}), (std::set<std::string>{amber, later})) << "of any kind";
  EXPECT_EQ(meant({{"tag", "child"}, {"kind", "person"}}), std::set<std::string>{later});
  EXPECT_EQ(meant({{"since", day}}), std::set<std::string>{later});
  EXPECT_EQ(meant({{"until", day}}), (std::set<std::string>{amber, unmarked, later})) << "that day is within it";
  EXPECT_EQ(meant({{"tag", "child"}, {"until", day + "T00:00:00Z"}}), std::set<std::string>{amber});
  EXPECT_THAT(std::string(Recall(Where({{"tlp", "AMBRE"}}), "", true).status().message()), HasSubstr("`AMBER`"));
  EXPECT_TRUE(absl::IsInvalidArgument(Recall(Where({{"since", "March"}}), "", true).status()));
  EXPECT_THAT(std::string(Recall(Where({{"kind", "report"}, {"titel", "x"}}), "", true).status().message()),
              HasSubstr("did you mean `title`"));
}

TEST_F(BulkTest, AQuerySaysWhichRecordsAreMeant) {
  const std::string march = agency_.Author("report", {{"title", "car wash"}, {"observed", "2026-03"}}, {});
  const std::string fifth = agency_.Author("report", {{"title", "nail bar"}, {"observed", "2026-03-05"}}, {});
  const auto meant = [&](const std::string& query) {
    const auto plan = Recall(Where({{"query", query}}), "", true);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? std::set<std::string>(plan->ids().begin(), plan->ids().end()) : std::set<std::string>();
  };
  EXPECT_EQ(meant("kind:report -bar"), std::set<std::string>{march});
  EXPECT_EQ(meant("\"car wash\" OR nail"), (std::set<std::string>{march, fifth}));
  EXPECT_EQ(meant("seen:2026-03"), (std::set<std::string>{march, fifth}));
  EXPECT_EQ(meant("seen:2026-03-05"), std::set<std::string>{fifth}) << "what only may be meant is left out";
  const auto wrong = Recall(Where({{"query", "titel:x"}}), "", true);
  EXPECT_TRUE(absl::IsInvalidArgument(wrong.status()));
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("^"));
  const auto two = Recall(Where({{"query", "car"}, {"query", "bar"}}), "", true);
  EXPECT_THAT(std::string(two.status().message()), HasSubstr("give one query"));
}

TEST_F(BulkTest, SeveralAreAmendedAsTheyWereShown) {
  const std::string one = Report("one"), two = Report("two"), gone = Report("gone");
  v1::RecallRecordRequest recall;
  recall.set_id(gone);
  recall.mutable_asker()->set_reason("x");
  ASSERT_TRUE(agency_.api().RecallRecord(Agency::Who(), recall).ok());
  const v1::Selection what = Ids({one, two, gone});
  EXPECT_TRUE(absl::IsFailedPrecondition(Amend(what, "RED").status()));
  const auto plan = Amend(what, "RED", "", true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->records(), 2u);
  EXPECT_EQ(plan->faulty(), 1u) << "it was recalled";
  EXPECT_EQ(Show(one).revision(), 0u);
  EXPECT_TRUE(absl::IsFailedPrecondition(Amend(what, "GREEN", plan->digest()).status())) << "another value was shown";
  const auto done = Amend(what, "RED", plan->digest());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->amended(), 2u);
  EXPECT_EQ(done->faulty(), 1u);
  EXPECT_EQ(Show(one).handling().tlp(), "RED");
  EXPECT_EQ(Show(two).handling().tlp(), "RED");
  EXPECT_TRUE(absl::IsFailedPrecondition(Amend(what, "RED", plan->digest()).status())) << "they were changed since";
}

TEST_F(BulkTest, SeveralAreTaggedAsTheyWereShownAndThoseThatHaveTheTagsStayAsTheyAre) {
  const std::string one = agency_.Author("report", {{"title", "Car wash"}, {"tags", "child"}});
  const std::string two = Report("Car wash"), other = Report("Nail bar");
  const v1::Selection what = Where({{"query", "kind:report \"car wash\""}});
  const auto plan = Tag(what, "night", "");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->records(), 2u);
  EXPECT_EQ(plan->unchanged(), 0u);
  EXPECT_EQ(plan->ids_size(), 2) << "examples";
  EXPECT_EQ(Show(one).revision(), 0u);
  EXPECT_TRUE(absl::IsFailedPrecondition(Tag(what, "quay", "", plan->digest()).status())) << "another tag was shown";
  EXPECT_TRUE(absl::IsFailedPrecondition(Tag(what, "", "night", plan->digest()).status())) << "adding was shown";
  const auto done = Tag(what, "night", "", plan->digest());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->amended(), 2u);
  EXPECT_THAT(Show(one).tags(), testing::ElementsAre("night"));
  EXPECT_EQ(Show(one).revision(), 1u);
  EXPECT_EQ(Show(other).revision(), 0u);

  const v1::Selection all = Where({{"query", "kind:report"}});
  const auto rest = Tag(all, "night", "child");
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(rest->records(), 2u);
  EXPECT_EQ(rest->unchanged(), 1u);
  const auto tagged = Tag(all, "night", "child", rest->digest());
  ASSERT_TRUE(tagged.ok()) << tagged.status();
  EXPECT_EQ(tagged->amended(), 2u);
  EXPECT_EQ(tagged->unchanged(), 1u);
  EXPECT_EQ(Show(two).revision(), 1u) << "it had the tag";
  EXPECT_EQ(Show(one).revision(), 2u);
  EXPECT_THAT(Show(one).ShortDebugString(), testing::Not(HasSubstr("child"))) << "its field said so";
  EXPECT_TRUE(absl::IsInvalidArgument(Tag(all, "", "").status())) << "which tags?";
}

TEST_F(BulkTest, TaggingStandsInTheRegisterByItsName) {
  const std::string id = Report("one");
  v1::AmendRecordRequest request;
  request.set_id(id);
  request.add_add_tags("night");
  request.mutable_asker()->set_reason("case 12");
  const auto tagged = agency_.api().AmendRecord(Agency::Who(), request);
  ASSERT_TRUE(tagged.ok()) << tagged.status();
  ASSERT_EQ(tagged->changes_size(), 1);
  EXPECT_EQ(tagged->changes(0).field(), "tag");
  const auto altered = agency_.Audit("alteration");
  ASSERT_EQ(altered.size(), 1u);
  EXPECT_EQ(altered[0].source(), "tag");
  EXPECT_EQ(altered[0].reason(), "case 12");
  const auto again = agency_.api().AmendRecord(Agency::Who(), request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->unchanged());
  EXPECT_EQ(agency_.Audit("alteration").size(), 1u);
  request.mutable_asker()->clear_reason();
  const auto blind = agency_.api().AmendRecord(Agency::Who(), request);
  ASSERT_TRUE(blind.ok()) << blind.status();
  EXPECT_FALSE(blind->unchanged()) << "without a reason nobody learns what the record says";
}

TEST_F(BulkTest, AnAmendmentTellsTheDayOfAnExpiryAsItWasGiven) {
  v1::AmendRecordRequest request;
  request.set_id(Report("one"));
  request.mutable_asker()->set_reason("until the trial");
  v1::Assignment* one = request.add_set();
  one->set_field("expiry");
  one->set_value("2090-01-01");
  const auto amended = agency_.api().AmendRecord(Agency::Who(), request);
  ASSERT_TRUE(amended.ok()) << amended.status();
  ASSERT_EQ(amended->changes_size(), 1);
  EXPECT_EQ(amended->changes(0).after(), "2090-01-01");
}

// What `attach` asks for.
TEST_F(BulkTest, AListGetsAnItemBesideThoseThatItHas) {
  const std::string id = Report("one"), first = std::string(64, 'a') + " 12 image/jpeg",
                    second = std::string(64, 'b') + " 7 application/pdf";
  const auto add = [&](const std::string& field, const std::string& value) {
    v1::AmendRecordRequest request;
    request.set_id(id);
    v1::Assignment* one = request.add_add();
    one->set_field(field);
    one->set_value(value);
    return agency_.api().AmendRecord(Agency::Who(), request).status();
  };
  ASSERT_TRUE(add("attachments", first).ok());
  ASSERT_TRUE(add("attachments", second).ok());
  std::string text;
  const v1::Record shown = Show(id);
  for (const v1::Field& field : shown.fields()) text += field.name() == "attachments" ? field.text() : "";
  EXPECT_THAT(text, HasSubstr(first));
  EXPECT_THAT(text, HasSubstr(second));
  // Who may not see the list must not learn by an answer what it holds: the answer is as for a new item.
  ASSERT_TRUE(add("attachments", first).ok()) << "it says that already";
  const v1::Record again = Show(id);
  for (const v1::Field& field : again.fields()) {
    if (field.name() != "attachments") continue;
    EXPECT_EQ(field.text(), text) << "it stands there once";
  }
  EXPECT_TRUE(absl::IsInvalidArgument(add("title", "x"))) << "no list";
  EXPECT_TRUE(absl::IsInvalidArgument(add("attachments", "photo.jpg")));
}

TEST_F(BulkTest, TheInboxTellsOfRejectsUntilTheyWereSeen) {
  const std::string file = agency_.folder() + "-calls.csv";
  std::ofstream(file) << "ref,what,tlp\nA-1,a van,GREEN\nA-2,a flat,NONSENSE\n";
  v1::ImportRequest import;
  import.set_path(file);
  import.set_format("csv");
  import.set_mapping(
      "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\ntlp = "
      "\"handling.tlp\"\n");
  v1::ImportProgress last;
  const auto imported = agency_.api().Import(Agency::Who(), import, [&last](const v1::ImportProgress& told) {
    last = told;
    return true;
  });
  ASSERT_TRUE(imported.ok()) << imported;
  EXPECT_EQ(last.number(), 1u);
  const auto imports = agency_.api().ListImports(Agency::Who(), {});
  ASSERT_TRUE(imports.ok()) << imports.status();
  ASSERT_EQ(imports->imports_size(), 1);
  EXPECT_EQ(imports->imports(0).rejected(), 1u);
  EXPECT_EQ(agency_.api().Status(Agency::Who(), {})->inbox().imports(), 1u);
  auto inbox = agency_.api().Inbox(Agency::Who(), {});
  ASSERT_TRUE(inbox.ok()) << inbox.status();
  ASSERT_EQ(inbox->items_size(), 1);
  EXPECT_EQ(inbox->items(0).what(), "rejects");
  EXPECT_EQ(inbox->items(0).import(), 1u);
  v1::MarkInboxRequest mark;
  mark.set_cursor("nonsense");
  EXPECT_TRUE(absl::IsInvalidArgument(agency_.api().MarkInbox(Agency::Who(), mark).status()));
  mark.set_cursor(inbox->cursor());
  ASSERT_TRUE(agency_.api().MarkInbox(Agency::Who(), mark).ok());
  EXPECT_EQ(agency_.api().Inbox(Agency::Who(), {})->items_size(), 0);
  EXPECT_EQ(agency_.api().Status(Agency::Who(), {})->inbox().imports(), 0u);
  std::filesystem::remove(file);
  std::filesystem::remove(last.rejects_file());
}

// Whoever recalled it was interrupted; nobody else would know that it has to go on.
TEST_F(BulkTest, TheInboxTellsOfARecallThatDidNotEndUntilItHas) {
  const std::string file = agency_.folder() + "-many.csv";
  std::ofstream(file) << "ref,what\nA-1,a van\nA-2,a flat\n";
  v1::ImportRequest import;
  import.set_path(file);
  import.set_format("csv");
  import.set_mapping(
      "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\n");
  const auto imported = agency_.api().Import(Agency::Who(), import, [](const v1::ImportProgress&) { return true; });
  ASSERT_TRUE(imported.ok()) << imported;
  v1::Selection what;
  what.set_import(1);
  const auto plan = Recall(what, "", true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  v1::RecallRecordsRequest request;
  *request.mutable_what() = what;
  request.set_plan(plan->digest());
  request.mutable_asker()->set_reason("wrong mapping");
  const auto gone =
      agency_.api().RecallRecords(Agency::Who(), request, [](const v1::RecallRecordsReply&) { return false; });
  EXPECT_TRUE(absl::IsCancelled(gone)) << gone;
  for (int look = 0; look < 2; ++look) {  // looking does not end it
    const auto inbox = agency_.api().Inbox(Agency::Who(), {});
    ASSERT_TRUE(inbox.ok()) << inbox.status();
    ASSERT_EQ(inbox->items_size(), 1);
    EXPECT_EQ(inbox->items(0).what(), "unfinished recall");
    EXPECT_THAT(inbox->items(0).to_do(), HasSubstr("recall --import 1"));
    v1::MarkInboxRequest mark;
    mark.set_cursor(inbox->cursor());
    ASSERT_TRUE(agency_.api().MarkInbox(Agency::Who(), mark).ok());
  }
  EXPECT_EQ(agency_.api().Status(Agency::Who(), {})->inbox().imports(), 1u);
  const auto rest = Recall(what, "", true);
  ASSERT_TRUE(rest.ok()) << rest.status();
  ASSERT_TRUE(Recall(what, rest->digest()).ok());
  EXPECT_EQ(agency_.api().Inbox(Agency::Who(), {})->items_size(), 0);
  EXPECT_EQ(agency_.api().Status(Agency::Who(), {})->inbox().imports(), 0u);
  std::filesystem::remove(file);
}

TEST_F(BulkTest, TheInboxTellsOfAPartnersKeyThatExpires) {
  partner::TestNode bank("bank");
  const auto invitation = agency_.directory().Invite({.invitee = "bank", .without_code = true}, partner::At());
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  const auto reply = bank->Accept(invitation->text, "", "", partner::At());
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_TRUE(agency_.directory().AcceptReply(reply->text, std::nullopt, partner::At()).ok());
  ASSERT_TRUE(agency_.directory().Confirm("bank", reply->fingerprint, {}, partner::At()).ok());
  ASSERT_TRUE(agency_.directory().Hear("bank", {.confirmed = true}, agency_.now_ms).ok());
  EXPECT_EQ(agency_.api().Inbox(Agency::Who(), {})->items_size(), 0);

  constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
  const uint64_t expires = agency_.directory().Find("bank")->kem.expires_ms;
  agency_.now_ms = expires - kDayMs;
  const auto soon = agency_.api().Inbox(Agency::Who(), {});
  ASSERT_TRUE(soon.ok()) << soon.status();
  ASSERT_EQ(soon->items_size(), 1);
  EXPECT_EQ(soon->items(0).what(), "expiring key");
  EXPECT_EQ(soon->items(0).origin(), "bank");
  EXPECT_THAT(soon->items(0).text(), HasSubstr("expires at"));
  EXPECT_EQ(agency_.api().Status(Agency::Who(), {})->inbox().keys(), 1u);
  agency_.now_ms = expires;
  EXPECT_THAT(agency_.api().Inbox(Agency::Who(), {})->items(0).text(), HasSubstr("nothing can be sent"));
  ASSERT_TRUE(agency_.directory().SetSuspended("bank", true, partner::At()).ok());
  EXPECT_EQ(agency_.api().Inbox(Agency::Who(), {})->items_size(), 0) << "nothing is sent to it";
}

}  // namespace
}  // namespace tidegate::api
