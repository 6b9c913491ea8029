// What an object of a source became beside its own record is withdrawn when the object says it no longer.
#include "node/flow/import_parts.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;

constexpr char kObserved[] = "observed-data--00000001-0000-4000-8000-00000000000b";
constexpr char kReport[] = "report--00000002-0000-4000-8000-00000000000b";
constexpr char kFirst[] = "indicator--00000003-0000-4000-8000-00000000000b";
constexpr char kSecond[] = "indicator--00000004-0000-4000-8000-00000000000b";

std::string Fact(const std::string& name, const std::string& address) {
  return absl::StrCat("\"", name, R"(":{"type":"email-addr","value":")", address, "\"}");
}
std::string Objects(const std::string& facts) { return absl::StrCat(R"("objects":{)", facts, "}"); }

// Observed data of STIX 2.0.
std::string Observed(int day, const std::string& members) {
  return absl::StrCat(
      R"({"type":"observed-data","id":")", kObserved, R"(","created":"2020-01-01T00:00:00.000Z","modified":"2026-01-0)",
      day, R"(T00:00:00.000Z","first_observed":"2020-01-01T00:00:00Z",)",
      R"("last_observed":"2020-01-02T00:00:00Z","number_observed":1)", members.empty() ? "" : ",", members, "}");
}
constexpr char kRevoked[] = R"("revoked":true)";

std::string Indicator(const char* id) {
  return absl::StrCat(R"({"type":"indicator","spec_version":"2.1","id":")", id,
                      R"(","created":"2020-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":"A page",)",
                      R"("pattern":"[url:value = 'https://example.org']","pattern_type":"stix",)",
                      R"("valid_from":"2020-01-01T00:00:00Z"})");
}
std::string ReportOf(int day, const std::string& refs, const std::string& more = "") {
  return absl::StrCat(R"({"type":"report","spec_version":"2.1","id":")", kReport,
                      R"(","created":"2020-01-01T00:00:00Z","modified":"2026-01-0)", day,
                      R"(T00:00:00Z","name":"Two pages","published":"2020-01-01T00:00:00Z","object_refs":[)", refs, "]",
                      more, "}");
}
std::string Quoted(const char* id) { return absl::StrCat("\"", id, "\""); }

class ImportPartsTest : public testing::Test {
 protected:
  ImportProgress Import(const std::vector<std::string>& objects, bool dry_run = false, bool again = false) {
    std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
    for (size_t i = 0; i < objects.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : ",", objects[i]);
    const std::string path = files_.path() + "/bundle.json";
    std::ofstream(path, std::ios::binary) << text << "]}";
    ImportFile file;
    file.may_change = [this](policy::Action action, const record::RecordId&) { return action != may_not_; };
    file.path = path;
    file.format = "stix";
    file.dry_run = dry_run;
    file.again = again;
    file.take = take_;
    ImportProgress last;
    Must(charity_.authoring().Import(who_, "a test", file, [&last](const ImportProgress& told) {
      last = told;
      return true;
    }));
    return last;
  }
  // How many records are shown that name this address.
  size_t Found(const std::string& address) {
    auto snapshot = Must(charity_.store().Read());
    const auto page =
        Must(snapshot->Find({.where = store::Where::Has(Must(record::IdentifierTerm("email", address)))}));
    return page.seqs.size();
  }
  size_t Links() { return LinkArrivals().size(); }

  std::vector<uint64_t> LinkArrivals() {
    auto snapshot = Must(charity_.store().Read());
    return Must(snapshot->Find({.where = store::Where::OfKind("link")})).seqs;
  }

  Take take_ = Take::kNeither;             // of what was changed there and here
  std::optional<policy::Action> may_not_;  // change what an import stored before
  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_};
  support::Folder files_;
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, {"analyst"});
};

TEST_F(ImportPartsTest, FactsGoWithTheirObjectAlsoIfItIsRevokedWithoutThem) {
  const std::string both = Objects(Fact("0", "one@example.org") + "," + Fact("1", "two@example.org"));
  ASSERT_EQ(Import({Observed(1, both)}).stored, 5U) << "the object, two facts, two links";
  EXPECT_EQ(Found("one@example.org"), 1U);
  EXPECT_EQ(Import({Observed(2, kRevoked)}, true).withdrawn, 5U) << "a dry run says so";
  EXPECT_EQ(Found("one@example.org"), 1U);
  EXPECT_EQ(Import({Observed(2, kRevoked)}).withdrawn, 5U);
  EXPECT_EQ(Found("one@example.org"), 0U);
  EXPECT_EQ(Found("two@example.org"), 0U);
  EXPECT_EQ(Links(), 0U);
  EXPECT_EQ(Import({Observed(2, kRevoked)}).withdrawn, 0U);
}

TEST_F(ImportPartsTest, AFactThatTheObjectSaysNoLongerIsWithdrawnAndTheOthersStay) {
  const std::string both = Objects(Fact("0", "one@example.org") + "," + Fact("1", "two@example.org"));
  Import({Observed(2, both)});
  EXPECT_EQ(Import({Observed(1, Objects(Fact("0", "one@example.org")))}).withdrawn, 0U) << "an older version";
  EXPECT_EQ(Found("two@example.org"), 1U);
  const ImportProgress told = Import({Observed(3, Objects(Fact("0", "one@example.org")))});
  EXPECT_EQ(told.withdrawn, 2U) << "the fact and its link";
  EXPECT_EQ(told.warnings.empty(), false);
  EXPECT_EQ(Found("one@example.org"), 1U);
  EXPECT_EQ(Found("two@example.org"), 0U);
  EXPECT_EQ(Links(), 1U);
  EXPECT_EQ(Import({Observed(3, Objects(Fact("0", "one@example.org")))}).withdrawn, 0U) << "the same file again";
  Import({Observed(4, R"("object_refs":[])")});
  EXPECT_EQ(Found("one@example.org"), 0U) << "an object that has no facts any more";
}

TEST_F(ImportPartsTest, FactsGoAlsoIfOnlyTheObjectsOwnRecordWasRecalledHere) {
  Import({Observed(1, Objects(Fact("0", "one@example.org")))});
  auto snapshot = Must(charity_.store().Read());
  const auto page = Must(snapshot->Find({.where = store::Where::OfKind("foreign")}));
  ASSERT_EQ(page.seqs.size(), 1U);
  const auto statement = Must(record::ParseStatement(Must(snapshot->GetRecord(page.seqs.front())).view.statement));
  snapshot.reset();
  Must(charity_.Recall(record::FormatRecordId(statement.record_id)));
  EXPECT_EQ(Found("one@example.org"), 1U);
  EXPECT_EQ(Import({Observed(2, kRevoked)}).withdrawn, 2U);
  EXPECT_EQ(Found("one@example.org"), 0U);
}

TEST_F(ImportPartsTest, AMentionThatAReportSaysNoLongerIsWithdrawn) {
  const std::string first = Quoted(kFirst), second = Quoted(kSecond);
  Import({Indicator(kFirst), Indicator(kSecond), ReportOf(1, first + "," + second)});
  EXPECT_EQ(Links(), 2U);
  EXPECT_EQ(Import({ReportOf(2, first)}).withdrawn, 1U);
  EXPECT_EQ(Links(), 1U);
  EXPECT_EQ(Import({ReportOf(3, first, R"(,"revoked":true)")}).withdrawn, 2U) << "the report and its link";
  EXPECT_EQ(Links(), 0U);
}

// Somebody decided that ours stays, and with that what the source said since is settled.
TEST_F(ImportPartsTest, AMentionGoesAlsoWhereTheReportItselfStaysOurs) {
  const std::string first = Quoted(kFirst), second = Quoted(kSecond);
  Import({ReportOf(1, first + "," + second)});
  auto snapshot = Must(charity_.store().Read());
  const auto page = Must(snapshot->Find({.where = store::Where::OfKind("report")}));
  ASSERT_EQ(page.seqs.size(), 1U);
  const auto statement = Must(record::ParseStatement(Must(snapshot->GetRecord(page.seqs.front())).view.statement));
  snapshot.reset();
  Must(charity_.Amend(record::FormatRecordId(statement.record_id), {{"title", "Ours"}}));
  take_ = Take::kOurs;
  const ImportProgress kept = Import({ReportOf(2, first, R"(,"description":"Said later")")});
  EXPECT_EQ(kept.kept, 1U);
  EXPECT_EQ(kept.withdrawn, 1U);
  EXPECT_EQ(Links(), 1U);
}

// The link is held with an end that this node does not hold any more: the report was recalled and taken again without
// the mention, under a new id.
TEST_F(ImportPartsTest, AMentionThatWaitsIsNotCompletedWhenItsReportSaysItNoLonger) {
  Import({ReportOf(1, Quoted(kSecond))});
  ASSERT_EQ(Links(), 1U) << "the mention waits for the indicator";
  auto snapshot = Must(charity_.store().Read());
  const auto page = Must(snapshot->Find({.where = store::Where::OfKind("report")}));
  ASSERT_EQ(page.seqs.size(), 1U);
  const auto statement = Must(record::ParseStatement(Must(snapshot->GetRecord(page.seqs.front())).view.statement));
  snapshot.reset();
  Must(charity_.Recall(record::FormatRecordId(statement.record_id)));
  const std::string report = ReportOf(2, Quoted(kFirst));
  ASSERT_EQ(Import({Indicator(kFirst), report}, false, true).stored, 3U) << "two objects and a mention";
  const std::vector<std::string> last = {Indicator(kFirst), report, Indicator(kSecond)};
  const ImportProgress foreseen = Import(last, true);
  EXPECT_EQ(foreseen.withdrawn, 1U);
  const ImportProgress told = Import(last);
  EXPECT_EQ(told.withdrawn, 1U);
  EXPECT_EQ(told.amended, 0U);
  EXPECT_EQ(Links(), 1U);
  const ImportProgress again = Import(last);
  EXPECT_EQ(again.withdrawn + again.amended + again.stored, 0U);
}

// The file says the mention again and brings the end that it waited for: it is completed, not withdrawn.
TEST_F(ImportPartsTest, AMentionThatWaitsAndIsSaidAgainIsCompleted) {
  const std::string report = ReportOf(1, Quoted(kSecond));
  Import({report});
  ASSERT_EQ(Links(), 1U);
  const ImportProgress told = Import({report, Indicator(kSecond)});
  EXPECT_EQ(told.withdrawn, 0U);
  EXPECT_EQ(told.amended, 1U);
  EXPECT_EQ(Links(), 1U);
}

TEST_F(ImportPartsTest, AnObjectThatStandsTwiceWithdrawsItsPartsOnce) {
  Import({Observed(1, Objects(Fact("0", "one@example.org")))});
  const ImportProgress told = Import({Observed(2, kRevoked), Observed(2, kRevoked)});
  EXPECT_EQ(told.withdrawn, 3U) << "the object, the fact, the link";
  EXPECT_EQ(Found("one@example.org"), 0U);
}

TEST_F(ImportPartsTest, WhatAnObjectThatWasCutMayStillSayStays) {
  const std::string refs = Quoted(kFirst) + "," + Quoted(kSecond);
  Import({Indicator(kFirst), Indicator(kSecond), ReportOf(1, refs)});
  const std::string picture = absl::StrCat(R"(,"x_picture":")", std::string(5 << 20, 'a'), "\"");
  const ImportProgress told = Import({ReportOf(2, refs, picture)});
  EXPECT_EQ(told.withdrawn, 0U);
  EXPECT_EQ(told.rejected, 0U);
  EXPECT_EQ(Links(), 2U);
}

// Nobody may amend it here; that is no reason to take back what its report still says.
TEST_F(ImportPartsTest, AMentionThatIsSaidAgainAndMayNotBeCompletedWaitsOn) {
  const std::string report = ReportOf(1, Quoted(kSecond));
  Import({report});
  may_not_ = policy::Action::kAmend;
  const ImportProgress told = Import({report, Indicator(kSecond)});
  EXPECT_EQ(told.withdrawn + told.amended, 0U);
  EXPECT_GE(told.rejected, 1U);
  EXPECT_EQ(Links(), 1U);
  may_not_.reset();
  EXPECT_EQ(Import({report}).amended, 1U);
}

// What it says of its parts, nobody knows.
TEST_F(ImportPartsTest, AnObjectWhoseNewestVersionIsRejectedLosesNothing) {
  Import({Observed(1, Objects(Fact("0", "one@example.org") + "," + Fact("1", "two@example.org")))});
  const ImportProgress told =
      Import({Observed(2, Objects(Fact("0", "one@example.org"))), Observed(3, R"("revoked":"perhaps")")});
  EXPECT_EQ(told.rejected, 1U);
  EXPECT_EQ(told.withdrawn, 0U);
  EXPECT_EQ(Found("two@example.org"), 1U);
}

TEST_F(ImportPartsTest, WhatMightNotBeWithdrawnIsWithdrawnByALaterImportOfTheSame) {
  const std::string both = Objects(Fact("0", "one@example.org") + "," + Fact("1", "two@example.org"));
  Import({Observed(1, both)});
  may_not_ = policy::Action::kRecall;
  const std::string one = Observed(2, Objects(Fact("0", "one@example.org")));
  EXPECT_EQ(Import({one}).rejected, 2U) << "the fact and its link";
  may_not_.reset();
  const ImportProgress told = Import({one});
  EXPECT_EQ(told.withdrawn, 2U);
  EXPECT_EQ(told.rejected, 0U);
  EXPECT_EQ(Found("two@example.org"), 0U);
}

TEST_F(ImportPartsTest, ALinkThatCannotBeReadKeepsNoOtherFromGoing) {
  Import({Observed(1, Objects(Fact("0", "one@example.org") + "," + Fact("1", "two@example.org")))});
  const uint64_t damaged = LinkArrivals().at(0);
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), damaged);
  charity_.Open();
  EXPECT_EQ(Import({Observed(2, R"("object_refs":[])")}).withdrawn, 2U) << "the other fact and its link";
  EXPECT_EQ(Found("one@example.org") + Found("two@example.org"), 1U);
}

// More links than one page of the index has.
TEST_F(ImportPartsTest, AllMentionsOfALongReportAreWithdrawn) {
  constexpr size_t kMany = 1001;
  std::string refs;
  for (size_t i = 0; i < kMany; ++i) {
    absl::StrAppend(&refs, i == 0 ? "" : ",", "\"indicator--", absl::Dec(i, absl::kZeroPad8),
                    "-0000-4000-8000-00000000000c\"");
  }
  ASSERT_EQ(Import({ReportOf(1, refs)}).stored, kMany + 1);
  EXPECT_EQ(Import({ReportOf(2, Quoted(kFirst))}).withdrawn, kMany);
  EXPECT_EQ(Links(), 1U) << "the one that it says now";
}

// What ImportParts is told of one object that it holds, as no file of ours says it.
class JudgedPartsTest : public ImportPartsTest {
 protected:
  JudgedPartsTest() {
    Import({Observed(1, Objects(Fact("0", "one@example.org")))});
    snapshot_ = charity_.Read();
    item_.source_key = absl::StrCat("stix:", kObserved);
    item_.object = kObserved;
    item_.has_parts = true;
    task_.item = &item_;
    task_.held = Must(FindStored(*snapshot_, charity_.name(), item_.source_key));
    task_.verdict = Verdict::kUnchanged;
  }
  size_t Lost() const { return Must(parts_.Lost(*snapshot_, charity_.name())).size(); }

  std::unique_ptr<store::Snapshot> snapshot_;
  intake::Item item_;
  Task task_;
  ImportParts parts_;
};

// A very long file may have an object twice (intake::Limits::identities).
TEST_F(JudgedPartsTest, AnObjectThatIsJudgedTwiceLosesEachPartOnce) {
  parts_.Judged(task_);
  parts_.Judged(task_);
  EXPECT_EQ(Lost(), 2U) << "the fact and its link";
}

// It still says the part that was rejected, and nobody knows which of those that are held it was.
TEST_F(JudgedPartsTest, AnObjectOfWhichAPartWasRejectedLosesNothing) {
  intake::Reject reject;
  reject.object = kObserved;
  parts_.Reject(reject);
  parts_.Judged(task_);
  EXPECT_EQ(Lost(), 0U);
}

}  // namespace
}  // namespace tidegate::flow
