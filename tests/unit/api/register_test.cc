// The register holds each of the six that DPA 2018 section 62 asks for, answers a request for subject access, and can
// be given to somebody who has no node.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "node/ledger/excerpt/excerpt.h"
#include "tests/unit/api/agency.h"

namespace tidegate::api {
namespace {

constexpr char kPhone[] = "+447700900011";

class RegisterTest : public testing::Test {
 protected:
  v1::Asker Why() const {
    v1::Asker asker;
    asker.set_reason("case 12");
    return asker;
  }
  std::string Phone(const std::string& user = "ana", const std::string& tag = "") {
    v1::AddRecordRequest request;
    *request.mutable_asker() = Why();
    request.set_kind("phone");
    for (const auto& [field, value] : {std::pair<std::string, std::string>{"number", std::string("phone:") + kPhone},
                                       {"tlp", "AMBER"},
                                       {"tag", tag}}) {
      if (value.empty()) continue;
      v1::Assignment* one = request.add_set();
      one->set_field(field);
      one->set_value(value);
    }
    auto reply = agency_.api().AddRecord(Agency::Who(user), request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? reply->id() : "";
  }
  void Show(const std::string& id, const std::string& user = "ana") {
    v1::ShowRecordRequest request;
    *request.mutable_asker() = Why();
    request.set_id(id);
    auto shown = agency_.api().ShowRecord(Agency::Who(user), request);
    EXPECT_TRUE(shown.ok()) << shown.status();
  }
  absl::StatusOr<v1::AuditSubjectReply> Subject(const std::vector<std::string>& roles, const std::string& identifier) {
    v1::AuditSubjectRequest request;
    *request.mutable_asker() = Why();
    request.set_identifier(identifier);
    return agency_.api().AuditSubject(Agency::Who("dan", roles), request);
  }
  absl::Status Export(const v1::ExportAuditRequest& request, std::string* file) {
    return agency_.api().ExportAudit(Agency::Who(), request, [file](const v1::ExportAuditPart& part) {
      file->append(part.text());
      return true;
    });
  }
  bool Has(const std::string& kind, const std::string& id) const {
    const auto entries = agency_.Audit(kind);
    return std::any_of(entries.begin(), entries.end(), [&](const v1::AuditEntry& entry) {
      return entry.user() == "ana" && entry.reason() == "case 12" &&
             std::find(entry.records().begin(), entry.records().end(), id) != entry.records().end();
    });
  }

  Agency agency_;
};

TEST_F(RegisterTest, Collection) { EXPECT_TRUE(Has("collection", Phone())); }

TEST_F(RegisterTest, Consultation) {
  const std::string id = Phone();
  Show(id);
  EXPECT_TRUE(Has("access", id));
}

TEST_F(RegisterTest, APageOfResultsIsOneEntry) {
  for (int i = 0; i < 3; ++i) Phone();
  const size_t before = agency_.Audit("access").size();
  v1::FindRecordsRequest request;
  *request.mutable_asker() = Why();
  request.set_query(std::string("phone:") + kPhone);
  auto found = agency_.api().FindRecords(Agency::Who(), request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->records_size(), 3);
  const auto entries = agency_.Audit("access");
  ASSERT_EQ(entries.size(), before + 1);
  EXPECT_EQ(entries.front().records_size(), 3);
}

// Whoever keeps a search under a name decides what others find who run it.
TEST_F(RegisterTest, KeptSearchesAreEnteredWithWhoKeptAndRemovedThem) {
  v1::SaveSearchRequest save;
  *save.mutable_asker() = Why();
  save.set_name("leeds");
  save.set_query("place:Leeds");
  v1::RemoveSearchRequest remove;
  *remove.mutable_asker() = Why();
  remove.set_name("leeds");
  ASSERT_TRUE(agency_.api().SaveSearch(Agency::Who(), save).ok());
  ASSERT_TRUE(agency_.api().RemoveSearch(Agency::Who("dan"), remove).ok());
  EXPECT_FALSE(agency_.api().RemoveSearch(Agency::Who("dan"), remove).ok()) << "it is gone";
  save.set_query("plase:Leeds");
  EXPECT_FALSE(agency_.api().SaveSearch(Agency::Who(), save).ok());
  const auto entries = agency_.Audit("access");
  ASSERT_EQ(entries.size(), 2u) << "what was refused changed nothing";
  EXPECT_EQ(entries[0].summary().find("search remove leeds"), 0u) << entries[0].summary();
  EXPECT_EQ(entries[0].user(), "dan");
  EXPECT_EQ(entries[1].summary().find("search save leeds"), 0u) << entries[1].summary();
  EXPECT_EQ(entries[1].user(), "ana");
  EXPECT_EQ(entries[1].reason(), "case 12");
}

TEST_F(RegisterTest, Alteration) {
  const std::string id = Phone();
  v1::AmendRecordRequest request;
  *request.mutable_asker() = Why();
  request.set_id(id);
  v1::Assignment* one = request.add_set();
  one->set_field("tlp");
  one->set_value("RED");
  ASSERT_TRUE(agency_.api().AmendRecord(Agency::Who(), request).ok());
  EXPECT_TRUE(Has("alteration", id));
}

TEST_F(RegisterTest, Combination) {
  const std::string a = Phone(), b = Phone();
  v1::LinkRecordsRequest request;
  *request.mutable_asker() = Why();
  request.set_from(a);
  request.set_verb("related-to");
  request.set_to(b);
  auto linked = agency_.api().LinkRecords(Agency::Who(), request);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_TRUE(Has("combination", a));
  EXPECT_TRUE(Has("combination", b));
  EXPECT_TRUE(Has("collection", linked->id()));
}

TEST_F(RegisterTest, CombinationByALook) {
  const std::string a = Phone(), b = Phone();
  v1::RelatedRecordsRequest request;
  *request.mutable_asker() = Why();
  request.set_id(a);
  ASSERT_TRUE(agency_.api().RelatedRecords(Agency::Who(), request).ok());
  EXPECT_TRUE(Has("access", a));
  EXPECT_TRUE(Has("access", b));
}

TEST_F(RegisterTest, Erasure) {
  const std::string id = Phone();
  v1::DecideReviewRequest request;
  *request.mutable_asker() = Why();
  request.set_id(id);
  request.set_decision("dispose");
  auto disposed = agency_.api().DecideReview(Agency::Who(), request);
  ASSERT_TRUE(disposed.ok()) << disposed.status();
  EXPECT_TRUE(Has("erasure", id));
  EXPECT_TRUE(Has("keeping", id));
}

TEST_F(RegisterTest, ASubjectsAnswerHasTheirRecordsLooksAndSearches) {
  const std::string id = Phone();
  Show(id, "ben");
  v1::FindRecordsRequest find;
  *find.mutable_asker() = Why();
  find.set_query("phone:+447700900099");
  ASSERT_TRUE(agency_.api().FindRecords(Agency::Who("cara"), find).ok());
  auto reply = Subject({"investigator"}, std::string("phone:") + kPhone);
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->records_size(), 1);
  EXPECT_EQ(reply->records(0).record().id(), id);
  const auto by = [&](const v1::AuditSubjectReply& told, const std::string& user, const std::string& kind) {
    return std::count_if(told.entries().begin(), told.entries().end(),
                         [&](const v1::AuditEntry& entry) { return entry.user() == user && entry.kind() == kind; });
  };
  EXPECT_EQ(by(*reply, "ana", "collection"), 1);
  EXPECT_GE(by(*reply, "ben", "access"), 1);
  EXPECT_EQ(by(*reply, "cara", "access"), 0);
  // Who searched for somebody that nothing is held about is told, too.
  auto other = Subject({"investigator"}, "phone:+447700900099");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->records_size(), 0);
  EXPECT_EQ(by(*other, "cara", "access"), 1);
  EXPECT_FALSE(Subject({"investigator"}, "").ok());
}

TEST_F(RegisterTest, ASubjectsAnswerIsTheSameWithASuspiciousActivityReportAsWithout) {
  const std::string open = Phone();
  auto before = Subject({"investigator"}, std::string("phone:") + kPhone);
  ASSERT_TRUE(before.ok());
  const std::string report = Phone("ana", "sar");
  Show(report, "mlro");
  v1::FindRecordsRequest find;
  *find.mutable_asker() = Why();
  find.set_query(std::string("phone:") + kPhone);
  ASSERT_TRUE(agency_.api().FindRecords(Agency::Who("mlro"), find).ok());
  auto after = Subject({"investigator"}, std::string("phone:") + kPhone);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->note(), before->note());
  EXPECT_EQ(after->records_size(), before->records_size());
  EXPECT_EQ(after->withheld_size(), 0);
  EXPECT_EQ(after->withheld_entries_size(), 0);
  EXPECT_EQ(after->DebugString().find(report), std::string::npos);
  EXPECT_EQ(after->DebugString().find("mlro"), std::string::npos);
  auto screened = Subject({"investigator", "screening"}, std::string("phone:") + kPhone);
  ASSERT_TRUE(screened.ok());
  ASSERT_EQ(screened->withheld_size(), 1);
  EXPECT_EQ(screened->withheld(0).record().id(), report);
  EXPECT_GT(screened->withheld_entries_size(), 0);
}

TEST_F(RegisterTest, AnExcerptVerifiesAndOneOfARecordHasWhatIsAboutIt) {
  const std::string id = Phone();
  Show(id);
  Phone();
  std::string file;
  ASSERT_TRUE(Export({}, &file).ok());
  std::istringstream whole(file);
  auto checked = excerpt::Check(whole, [](const excerpt::Line&) {});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->scope.first, 0u);
  EXPECT_EQ(checked->seal.user, "ana");
  v1::ExportAuditRequest about;
  about.set_record(id);
  std::string part;
  ASSERT_TRUE(Export(about, &part).ok());
  std::istringstream of_record(part);
  size_t lines = 0;
  auto partial = excerpt::Check(of_record, [&](const excerpt::Line& line) {
    ++lines;
    EXPECT_NE(line.shown.find(id), std::string::npos) << line.shown;
  });
  ASSERT_TRUE(partial.ok()) << partial.status();
  EXPECT_GE(lines, 2u);  // collected and looked at
  EXPECT_TRUE(excerpt::CheckContinues(*partial, checked->note).ok());
  v1::ExportAuditRequest nobody;
  nobody.set_record("ffffffffffffffffffffffffffffffff");
  EXPECT_FALSE(Export(nobody, &part).ok());
}

TEST_F(RegisterTest, AnExcerptAboutASuspiciousActivityReportIsRefusedAsOneAboutAnIdThatNobodyHas) {
  const std::string report = Phone("ana", "sar");
  Show(report, "mlro");
  const std::string unknown = "ffffffffffffffffffffffffffffffff";
  std::vector<absl::Status> told;
  for (const std::string& id : {report, unknown}) {
    v1::ExportAuditRequest request;
    *request.mutable_asker() = Why();
    request.set_record(id);
    told.push_back(agency_.api().ExportAudit(Agency::Who("aud", {"auditor"}), request,
                                             [](const v1::ExportAuditPart&) { return true; }));
  }
  EXPECT_FALSE(told[0].ok());
  EXPECT_EQ(told[0].code(), told[1].code());
  EXPECT_EQ(absl::StrReplaceAll(told[0].message(), {{report, unknown}}), told[1].message());
  v1::ListAuditRequest list;
  list.set_record(report);
  EXPECT_EQ(agency_.api().ListAudit(Agency::Who("aud", {"auditor"}), list).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tidegate::api
