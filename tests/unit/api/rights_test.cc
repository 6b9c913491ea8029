// The table of docs/users.md is what the policies say, and each operation holds to it: tried as each role.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/api/agency.h"

namespace tidegate::api {
namespace {

using Somebody = policy::Principal;

struct Tried {
  std::string operation;
  std::function<absl::Status(const Api&, const Somebody&)> call;
};

template <typename Call>
absl::Status Told(const Call& call) {
  return absl::Status(call);
}

std::vector<Tried> Operations() {
  const auto never = [] { return true; };
  std::vector<Tried> all = {
      {"Status", [](const Api& a, const Somebody& who) { return a.Status(who, {}).status(); }},
      {"FindRecords", [](const Api& a, const Somebody& who) { return a.FindRecords(who, {}).status(); }},
      {"CountRecords", [](const Api& a, const Somebody& who) { return a.CountRecords(who, {}).status(); }},
      {"RelatedRecords", [](const Api& a, const Somebody& who) { return a.RelatedRecords(who, {}).status(); }},
      {"ShowRecord", [](const Api& a, const Somebody& who) { return a.ShowRecord(who, {}).status(); }},
      {"History", [](const Api& a, const Somebody& who) { return a.History(who, {}).status(); }},
      {"ExplainPolicy", [](const Api& a, const Somebody& who) { return a.ExplainPolicy(who, {}).status(); }},
      {"Inbox", [](const Api& a, const Somebody& who) { return a.Inbox(who, {}).status(); }},
      {"MarkInbox", [](const Api& a, const Somebody& who) { return a.MarkInbox(who, {}).status(); }},
      {"ListImports", [](const Api& a, const Somebody& who) { return a.ListImports(who, {}).status(); }},
      {"Holders", [](const Api& a, const Somebody& who) { return a.Holders(who, {}).status(); }},
      {"SaveSearch", [](const Api& a, const Somebody& who) { return a.SaveSearch(who, {}).status(); }},
      {"ListSearches", [](const Api& a, const Somebody& who) { return a.ListSearches(who, {}).status(); }},
      {"RemoveSearch", [](const Api& a, const Somebody& who) { return a.RemoveSearch(who, {}).status(); }},
      {"AddRecord", [](const Api& a, const Somebody& who) { return a.AddRecord(who, {}).status(); }},
      {"LinkRecords", [](const Api& a, const Somebody& who) { return a.LinkRecords(who, {}).status(); }},
      {"AmendRecord", [](const Api& a, const Somebody& who) { return a.AmendRecord(who, {}).status(); }},
      {"SightRecord", [](const Api& a, const Somebody& who) { return a.SightRecord(who, {}).status(); }},
      {"RecallRecord", [](const Api& a, const Somebody& who) { return a.RecallRecord(who, {}).status(); }},
      {"ListPartners", [](const Api& a, const Somebody& who) { return a.ListPartners(who, {}).status(); }},
      {"ListPartnerPlans", [](const Api& a, const Somebody& who) { return a.ListPartnerPlans(who, {}).status(); }},
      {"ListCircles", [](const Api& a, const Somebody& who) { return a.ListCircles(who, {}).status(); }},
      {"InvitePartner", [](const Api& a, const Somebody& who) { return a.InvitePartner(who, {}).status(); }},
      {"AcceptInvitation", [](const Api& a, const Somebody& who) { return a.AcceptInvitation(who, {}).status(); }},
      {"ConfirmPartner", [](const Api& a, const Somebody& who) { return a.ConfirmPartner(who, {}).status(); }},
      {"SuspendPartner", [](const Api& a, const Somebody& who) { return a.SuspendPartner(who, {}).status(); }},
      {"SetPartner", [](const Api& a, const Somebody& who) { return a.SetPartner(who, {}).status(); }},
      {"RemovePartner", [](const Api& a, const Somebody& who) { return a.RemovePartner(who, {}).status(); }},
      {"CancelPairing", [](const Api& a, const Somebody& who) { return a.CancelPairing(who, {}).status(); }},
      {"ApprovePartnerPlan", [](const Api& a, const Somebody& who) { return a.ApprovePartnerPlan(who, {}).status(); }},
      {"WithdrawPartnerPlan",
       [](const Api& a, const Somebody& who) { return a.WithdrawPartnerPlan(who, {}).status(); }},
      {"CreateCircle", [](const Api& a, const Somebody& who) { return a.CreateCircle(who, {}).status(); }},
      {"AddToCircle", [](const Api& a, const Somebody& who) { return a.AddToCircle(who, {}).status(); }},
      {"DropFromCircle", [](const Api& a, const Somebody& who) { return a.DropFromCircle(who, {}).status(); }},
      {"RemoveCircle", [](const Api& a, const Somebody& who) { return a.RemoveCircle(who, {}).status(); }},
      {"RenameCircle", [](const Api& a, const Somebody& who) { return a.RenameCircle(who, {}).status(); }},
      {"SettleReview", [](const Api& a, const Somebody& who) { return a.SettleReview(who, {}).status(); }},
      {"CheckPolicies", [](const Api& a, const Somebody& who) { return a.CheckPolicies(who, {}).status(); }},
      {"ShowPolicies", [](const Api& a, const Somebody& who) { return a.ShowPolicies(who, {}).status(); }},
      {"TestPolicies", [](const Api& a, const Somebody& who) { return a.TestPolicies(who, {}).status(); }},
      {"PolicyMatrix", [](const Api& a, const Somebody& who) { return a.PolicyMatrix(who, {}).status(); }},
      {"PolicyHistory", [](const Api& a, const Somebody& who) { return a.PolicyHistory(who, {}).status(); }},
      {"DiffPolicies", [](const Api& a, const Somebody& who) { return a.DiffPolicies(who, {}).status(); }},
      {"PlanPolicies", [](const Api& a, const Somebody& who) { return a.PlanPolicies(who, {}).status(); }},
      {"ApplyPolicies", [](const Api& a, const Somebody& who) { return a.ApplyPolicies(who, {}).status(); }},
      {"WithdrawPolicies", [](const Api& a, const Somebody& who) { return a.WithdrawPolicies(who, {}).status(); }},
      {"ApprovePolicies", [](const Api& a, const Somebody& who) { return a.ApprovePolicies(who, {}).status(); }},
      {"AuditSubject", [](const Api& a, const Somebody& who) { return a.AuditSubject(who, {}).status(); }},
      {"ListDue", [](const Api& a, const Somebody& who) { return a.ListDue(who, {}).status(); }},
      {"DecideReview", [](const Api& a, const Somebody& who) { return a.DecideReview(who, {}).status(); }},
      {"HoldRecord", [](const Api& a, const Somebody& who) { return a.HoldRecord(who, {}).status(); }},
      {"ListHolds", [](const Api& a, const Somebody& who) { return a.ListHolds(who, {}).status(); }},
      {"ListAudit", [](const Api& a, const Somebody& who) { return a.ListAudit(who, {}).status(); }},
      {"AddUser", [](const Api& a, const Somebody& who) { return a.AddUser(who, {}).status(); }},
      {"ListUsers", [](const Api& a, const Somebody& who) { return a.ListUsers(who, {}).status(); }},
      {"SetUserRoles", [](const Api& a, const Somebody& who) { return a.SetUserRoles(who, {}).status(); }},
      {"DisableUser", [](const Api& a, const Somebody& who) { return a.DisableUser(who, {}).status(); }},
      {"EnableUser", [](const Api& a, const Somebody& who) { return a.EnableUser(who, {}).status(); }},
      {"ListSessions", [](const Api& a, const Somebody& who) { return a.ListSessions(who, {}).status(); }},
      {"Logout", [](const Api& a, const Somebody& who) { return a.Logout(who, {}).status(); }},
  };
  all.push_back({"Import", [](const Api& a, const Somebody& who) {
                   return Told(a.Import(who, {}, [](const v1::ImportProgress&) { return false; }));
                 }});
  all.push_back({"ExportAudit", [](const Api& a, const Somebody& who) {
                   return Told(a.ExportAudit(who, {}, [](const v1::ExportAuditPart&) { return false; }));
                 }});
  all.push_back({"RecallRecords", [](const Api& a, const Somebody& who) {
                   return Told(a.RecallRecords(who, {}, [](const v1::RecallRecordsReply&) { return false; }));
                 }});
  all.push_back({"AmendRecords", [](const Api& a, const Somebody& who) {
                   return Told(a.AmendRecords(who, {}, [](const v1::AmendRecordsReply&) { return false; }));
                 }});
  all.push_back({"FollowRecords", [never](const Api& a, const Somebody& who) {
                   return Told(a.FollowRecords(
                       who, {}, [](const v1::Record&) { return false; }, never));
                 }});
  all.push_back({"Alerts", [never](const Api& a, const Somebody& who) {
                   return Told(a.Alerts(
                       who, {}, [](const v1::Record&) { return false; }, never));
                 }});
  all.push_back({"SetPassword", [](const Api& a, const Somebody& who) { return a.SetPassword(who, {}).status(); }});
  all.push_back({"SetPasswordOfAnother", [](const Api& a, const Somebody& who) {
                   v1::SetPasswordRequest request;
                   request.set_name("another");
                   return a.SetPassword(who, request).status();
                 }});
  all.push_back({"ListAllSessions", [](const Api& a, const Somebody& who) {
                   v1::ListSessionsRequest request;
                   request.set_all(true);
                   return a.ListSessions(who, request).status();
                 }});
  all.push_back(
      {"EndSessionOfAnother", [](const Api& a, const Somebody& who) { return a.EndSession(who, {}).status(); }});
  return all;
}

bool RefusedToTheRole(const absl::Status& status) {
  return absl::IsPermissionDenied(status) && std::string(status.message()).find("no policy lets") != std::string::npos;
}

Somebody In(std::string_view role) { return policy::PrincipalMint::Mint("ana", true, {std::string(role)}); }

std::string Page() {
  std::ifstream file(TIDEGATE_SOURCE_DIR "/docs/users.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the page says of one operation: for each role, whether it may.
std::string RowOf(const Needed& needed, const std::vector<bool>& may) {
  std::string row =
      absl::StrCat("| ", std::string(needed.verbs), " | ", std::string(needed.operation), " | ",
                   std::string(policy::NameOf(needed.action)), ", ", std::string(policy::NameOf(needed.area)), " |");
  for (const bool one : may) absl::StrAppend(&row, one ? " yes |" : "  |");
  return row;
}

TEST(Rights, EachCallOfTheApiNeedsOne) {
  const auto* service = v1::LoginRequest::descriptor()->file()->FindServiceByName("Operator");
  ASSERT_NE(service, nullptr);
  std::set<std::string> calls, needed;
  for (int i = 0; i < service->method_count(); ++i) calls.insert(service->method(i)->name());
  for (const Needed& one : kNeeded) needed.insert(std::string(one.operation));
  calls.erase("Login");  // for whom nobody knows yet
  for (const char* of_others : {"SetPasswordOfAnother", "ListAllSessions", "EndSessionOfAnother"}) {
    EXPECT_EQ(needed.erase(of_others), 1u);
  }
  needed.erase("EndSession");  // one's own: the test below has no session to end
  calls.erase("EndSession");
  EXPECT_EQ(calls, needed);
}

TEST(Rights, AreAsThePageSays) {
  Agency agency;
  const std::string page = Page();
  std::set<std::string> tried;
  for (const Tried& one : Operations()) {
    const auto* needed = std::find_if(std::begin(kNeeded), std::end(kNeeded),
                                      [&](const Needed& row) { return row.operation == one.operation; });
    ASSERT_NE(needed, std::end(kNeeded)) << one.operation;
    tried.insert(one.operation);
    std::vector<bool> may;
    for (const std::string_view role : policy::kRoles) {
      may.push_back(!RefusedToTheRole(one.call(agency.api(), In(role))));
    }
    EXPECT_THAT(page, testing::HasSubstr(RowOf(*needed, may)));
    EXPECT_TRUE(RefusedToTheRole(one.call(agency.api(), policy::PrincipalMint::Mint("ana", true, {}))) ||
                needed->area == policy::Area::kNode || needed->area == policy::Area::kAccount)
        << one.operation << " for somebody without a role";
  }
  EXPECT_EQ(tried.size(), std::size(kNeeded) - 1) << "all but ending one's own session";
}

// --- What of a record ---

class SeenByRole : public testing::Test {
 protected:
  SeenByRole() {
    person_ = agency_.Author("person", {{"name", "Dora Example"}, {"minor", "no"}});
    report_ = agency_.Author("report", {{"title", "Car wash"}, {"tags", "sar"}});
  }
  absl::StatusOr<v1::Record> Show(const std::string& id, const Somebody& who) {
    v1::ShowRecordRequest request;
    request.set_id(id);
    request.mutable_asker()->set_reason("case 12");
    return agency_.api().ShowRecord(who, request);
  }

  Agency agency_;
  std::string person_, report_;
};

bool Has(const v1::Record& record, std::string_view field) {
  return std::any_of(record.fields().begin(), record.fields().end(),
                     [field](const v1::Field& one) { return one.name() == field; });
}

TEST_F(SeenByRole, IsAsThePageSays) {
  const std::string page = Page();
  for (const std::string_view role : policy::kRoles) {
    const auto person = Show(person_, In(role)), report = Show(report_, In(role));
    const std::string row =
        absl::StrCat("| ", std::string(role), " | ", person.ok() ? "yes " : "", "| ",
                     person.ok() && Has(*person, "name") ? "yes " : "", "| ", report.ok() ? "yes |" : "|");
    EXPECT_THAT(page, testing::HasSubstr(row));
    if (person.ok() && !Has(*person, "name")) {
      ASSERT_EQ(person->not_shown_size(), 1) << role;
      EXPECT_EQ(person->not_shown(0).name(), "name");
      EXPECT_EQ(person->not_shown(0).class_(), "personal");
      EXPECT_THAT(person->not_shown(0).why(), testing::HasSubstr("baseline.read-personal"));
      EXPECT_EQ(person->ShortDebugString().find("Dora"), std::string::npos);
    }
  }
}

// One verb that is given an id.
struct AskedOf {
  std::string verb;
  std::function<absl::Status(const Api&, const Somebody&, const std::string& id, const std::string& reason)> ask;
};

template <typename Request>
Request Asking(const std::string& id, const std::string& reason) {
  Request request;
  request.set_id(id);
  request.mutable_asker()->set_reason(reason);
  return request;
}

std::vector<AskedOf> AskedOfOneRecord() {
  using Id = const std::string&;
  std::vector<AskedOf> all = {
      {"show", [](const Api& a, const Somebody& who, Id id,
                  Id why) { return a.ShowRecord(who, Asking<v1::ShowRecordRequest>(id, why)).status(); }},
      {"history", [](const Api& a, const Somebody& who, Id id,
                     Id why) { return a.History(who, Asking<v1::HistoryRequest>(id, why)).status(); }},
      {"amend", [](const Api& a, const Somebody& who, Id id,
                   Id why) { return a.AmendRecord(who, Asking<v1::AmendRecordRequest>(id, why)).status(); }},
      {"recall", [](const Api& a, const Somebody& who, Id id,
                    Id why) { return a.RecallRecord(who, Asking<v1::RecallRecordRequest>(id, why)).status(); }},
      {"hold", [](const Api& a, const Somebody& who, Id id,
                  Id why) { return a.HoldRecord(who, Asking<v1::HoldRecordRequest>(id, why)).status(); }},
  };
  all.push_back({"tag", [](const Api& a, const Somebody& who, Id id, Id why) {
                   auto request = Asking<v1::AmendRecordRequest>(id, why);
                   request.add_add_tags("night");
                   return a.AmendRecord(who, request).status();
                 }});
  all.push_back({"related", [](const Api& a, const Somebody& who, Id id, Id why) {
                   auto request = Asking<v1::RelatedRecordsRequest>(id, why);
                   request.set_depth(1);
                   return a.RelatedRecords(who, request).status();
                 }});
  all.push_back({"show --revision", [](const Api& a, const Somebody& who, Id id, Id why) {
                   auto request = Asking<v1::ShowRecordRequest>(id, why);
                   request.set_revision(0);
                   return a.ShowRecord(who, request).status();
                 }});
  all.push_back({"sight", [](const Api& a, const Somebody& who, Id id, Id why) {
                   auto request = Asking<v1::SightRecordRequest>(id, why);
                   request.set_outcome("known");
                   return a.SightRecord(who, request).status();
                 }});
  all.push_back({"link", [](const Api& a, const Somebody& who, Id id, Id why) {
                   v1::LinkRecordsRequest request;
                   request.set_from(id);
                   request.set_verb("mentions");
                   request.set_to(id);
                   request.mutable_asker()->set_reason(why);
                   return a.LinkRecords(who, request).status();
                 }});
  for (const char* decision : {"retain", "dispose", "amend", ""}) {
    all.push_back({absl::StrCat("review ", decision), [decision](const Api& a, const Somebody& who, Id id, Id why) {
                     auto request = Asking<v1::DecideReviewRequest>(id, why);
                     request.set_decision(decision);
                     return a.DecideReview(who, request).status();
                   }});
  }
  return all;
}

// Whatever is asked about a suspicious-activity report, with or without a reason, by its id or the beginning of it: who
// may not see it is answered as about an id that nobody has.
TEST_F(SeenByRole, ASuspiciousActivityReportIsNotHeldForOthers) {
  const std::string unknown(32, 'e');
  const Somebody who = In("investigator");
  for (const AskedOf& one : AskedOfOneRecord()) {
    for (const size_t digits : {size_t{32}, size_t{8}}) {
      for (const char* reason : {"case 12", ""}) {
        SCOPED_TRACE(absl::StrCat(one.verb, ", ", digits, " digits, reason `", reason, "`"));
        const std::string id = report_.substr(0, digits), nobodys = unknown.substr(0, digits);
        const absl::Status held = one.ask(agency_.api(), who, id, reason);
        const absl::Status not_held = one.ask(agency_.api(), who, nobodys, reason);
        EXPECT_FALSE(held.ok());
        EXPECT_EQ(held.code(), not_held.code());
        std::string told(held.message());
        EXPECT_TRUE(digits == 32 || told.find(report_) == std::string::npos) << "the id whole: " << told;
        for (size_t at = told.find(id); at != std::string::npos; at = told.find(id)) told.replace(at, digits, nobodys);
        EXPECT_EQ(told, std::string(not_held.message()));
      }
    }
  }
}

// Many records named by their ids: what is hidden is answered as what is not there.
TEST_F(SeenByRole, ManyByIdTellNothingOfASuspiciousActivityReport) {
  const std::string unknown(32, '7');
  const auto amend = [&](const std::string& id) {
    v1::AmendRecordsRequest request;
    request.mutable_what()->add_ids(id);
    request.set_dry_run(true);
    request.mutable_asker()->set_reason("case 12");
    v1::Assignment* set = request.add_set();
    set->set_field("tlp");
    set->set_value("AMBER");
    std::string told;
    const auto done = agency_.api().AmendRecords(In("investigator"), request, [&](const v1::AmendRecordsReply& reply) {
      absl::StrAppend(&told, reply.ShortDebugString());
      return true;
    });
    EXPECT_TRUE(done.ok()) << done;
    return told;
  };
  const auto recall = [&](const std::string& id) {
    v1::RecallRecordsRequest request;
    request.mutable_what()->add_ids(id);
    request.set_dry_run(true);
    request.mutable_asker()->set_reason("case 12");
    std::string told;
    const auto done = agency_.api().RecallRecords(In("supervisor"), request, [&](const v1::RecallRecordsReply& reply) {
      absl::StrAppend(&told, reply.ShortDebugString());
      return true;
    });
    EXPECT_TRUE(done.ok()) << done;
    return told;
  };
  const auto tag = [&](const std::string& id) {
    v1::AmendRecordsRequest request;
    request.mutable_what()->add_ids(id);
    request.set_dry_run(true);
    request.mutable_asker()->set_reason("case 12");
    request.add_remove_tags("sar");
    std::string told;
    const auto done = agency_.api().AmendRecords(In("analyst"), request, [&](const v1::AmendRecordsReply& reply) {
      absl::StrAppend(&told, reply.ShortDebugString());
      return true;
    });
    EXPECT_TRUE(done.ok()) << done;
    return told;
  };
  const auto as_unknown = [&](std::string told) {
    for (size_t at = told.find(report_); at != std::string::npos; at = told.find(report_)) {
      told.replace(at, report_.size(), unknown);
    }
    return told;
  };
  EXPECT_EQ(as_unknown(amend(report_)), amend(unknown));
  EXPECT_THAT(amend(unknown), testing::HasSubstr(unknown));
  EXPECT_EQ(as_unknown(recall(report_)), recall(unknown));
  EXPECT_EQ(as_unknown(tag(report_)), tag(unknown));
}

// What a review would do, and nothing is done.
TEST_F(SeenByRole, ADecisionThatIsOnlyTriedChangesNothing) {
  const std::string report = agency_.Author("report", {{"title", "Flat"}});
  for (const char* decision : {"retain", "amend"}) {
    SCOPED_TRACE(decision);
    const uint64_t before = (*agency_.store().Read())->LastSeq();
    auto request = Asking<v1::DecideReviewRequest>(report, "monthly review");
    request.set_decision(decision);
    request.set_dry_run(true);
    v1::Assignment* set = request.add_set();
    set->set_field("title");
    set->set_value("House");
    const auto tried = agency_.api().DecideReview(In("supervisor"), request);
    ASSERT_TRUE(tried.ok()) << tried.status();
    EXPECT_TRUE(tried->dry_run());
    EXPECT_FALSE(tried->next_review().empty());
    EXPECT_EQ((*agency_.store().Read())->LastSeq(), before);
    EXPECT_TRUE(agency_.Audit("keeping").empty());
  }
}

// Its signed handling keeps that it was one, so taking the tag off tells nobody more: not by one revision either.
TEST_F(SeenByRole, HistoryHidesAReportWhoseTagWasTakenOff) {
  v1::AddRecordRequest add;
  add.set_kind("report");
  for (const auto& [field, value] : {std::pair{"title", "Car wash"}, {"tlp", "GREEN"}, {"tag", "sar"}}) {
    v1::Assignment* one = add.add_set();
    one->set_field(field);
    one->set_value(value);
  }
  const auto added = agency_.api().AddRecord(Agency::Who(), add);
  ASSERT_TRUE(added.ok()) << added.status();
  auto amend = Asking<v1::AmendRecordRequest>(added->id(), "it was none");
  v1::Assignment* set = amend.add_set();
  set->set_field("tag");
  set->set_value("exercise");
  const auto amended = agency_.api().AmendRecord(Agency::Who(), amend);
  ASSERT_TRUE(amended.ok()) << amended.status();
  const auto revisions = [&](const Somebody& who) {
    return agency_.api().History(who, Asking<v1::HistoryRequest>(added->id(), "case 12"));
  };
  const auto whole = revisions(Agency::Who());
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->revisions_size(), 2);
  EXPECT_TRUE(absl::IsNotFound(revisions(In("investigator")).status()));
}

// What an earlier version left for an administrator to settle.
TEST_F(SeenByRole, WhatIsToReviewNamesNoSuspiciousActivityReport) {
  std::map<std::string, std::string> ids;
  for (const char* tag : {"sar", "exercise"}) {
    record::Draft draft = *record::Draft::Create("report");
    ASSERT_TRUE(draft.SetField("title", "Covert").ok());
    ASSERT_TRUE(draft.SetField("tags", tag).ok());
    ASSERT_TRUE(draft.handling.Set("tlp", "AMBER").ok());
    draft.handling.handling_code = "C";
    draft.handling.conditions = {"circle:quiet"};  // an earlier version signed it
    record::CommitContext context;
    context.author_fpr = agency_.directory().identity().log_fingerprint();
    context.record_id = crypto::RandomArray<16>();
    context.created_ms = agency_.now_ms;
    const auto view = record::Commit(draft, context, crypto::RandomArray<32>());
    ASSERT_TRUE(view.ok()) << view.status();
    agency_.Store(*view);
    ids[tag] = record::FormatRecordId(context.record_id);
  }
  agency_.LookForLeftovers();
  const auto listed = [&](const Somebody& who) { return agency_.api().Status(who, {})->ShortDebugString(); };
  EXPECT_THAT(listed(In("administrator")), testing::HasSubstr(ids["exercise"]));
  EXPECT_THAT(listed(In("administrator")), testing::Not(testing::HasSubstr(ids["sar"])));
  EXPECT_THAT(listed(policy::PrincipalMint::Mint("ana", true, {"administrator", "screening"})),
              testing::HasSubstr(ids["sar"]));
  // Neither is it settled by who may not know of it: as an id that is not listed.
  const auto settle = [&](const std::string& id) {
    v1::SettleReviewRequest request;
    request.set_record(id);
    request.mutable_asker()->set_reason("read it");
    return agency_.api().SettleReview(In("administrator"), request).status();
  };
  const std::string unknown(32, '7');
  EXPECT_EQ(absl::StrReplaceAll(settle(ids["sar"]).ToString(), {{ids["sar"], unknown}}), settle(unknown).ToString());
  EXPECT_TRUE(settle(ids["exercise"].substr(0, 12)).ok()) << "the beginning of an id is enough";
  EXPECT_THAT(listed(In("administrator")), testing::Not(testing::HasSubstr(ids["exercise"])));
}

TEST_F(SeenByRole, ListsDoNotNameASuspiciousActivityReport) {
  v1::HoldRecordRequest hold = Asking<v1::HoldRecordRequest>(report_, "a court asks");
  ASSERT_TRUE(agency_.api().HoldRecord(In("screening"), hold).ok());
  v1::ListDueRequest due;
  due.set_days(36'500);
  due.mutable_asker()->set_reason("monthly review");
  const auto listed = [&](const Somebody& who) {
    const auto records = agency_.api().ListDue(who, due);
    const auto holds = agency_.api().ListHolds(who, {});
    EXPECT_TRUE(records.ok() && holds.ok()) << records.status() << holds.status();
    return records.ok() && holds.ok() ? records->ShortDebugString() + holds->ShortDebugString() : "";
  };
  EXPECT_THAT(listed(In("screening")), testing::HasSubstr(report_));
  EXPECT_THAT(listed(In("investigator")), testing::Not(testing::HasSubstr(report_)));
  EXPECT_THAT(listed(In("investigator")), testing::HasSubstr(person_));
}

TEST_F(SeenByRole, ASearchFindsNothingByWhatIsNotForTheAsker) {
  const auto count = [&](const Somebody& who, const std::string& query) {
    v1::CountRecordsRequest request;
    request.mutable_question()->set_query(query);
    request.mutable_question()->mutable_asker()->set_reason("case 12");
    const auto counted = agency_.api().CountRecords(who, request);
    EXPECT_TRUE(counted.ok()) << counted.status();
    return counted.ok() ? counted->count() : 99;
  };
  EXPECT_EQ(count(In("investigator"), "Dora"), 1u);
  EXPECT_EQ(count(In("analyst"), "Dora"), 0u);
  EXPECT_EQ(count(In("analyst"), "kind:person"), 1u);
  EXPECT_EQ(count(In("analyst"), "kind:report"), 0u);
  EXPECT_EQ(count(In("screening"), "kind:report"), 1u);
}

}  // namespace
}  // namespace tidegate::api
