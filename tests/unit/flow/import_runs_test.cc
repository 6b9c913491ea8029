// What an import makes of its file where something is in the way: rows that name each other, rows that cannot be read,
// an asker that goes, lists that get too long.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "node/flow/derived.h"
#include "node/flow/drafts.h"
#include "tests/support/damage.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kRunsMapping[] = R"(kind = "report"
source = "calls"
identity = ["ref"]
[columns]
what = "report.title"
tlp = "handling.tlp"
about = { to = "report.related", refers = ["person", "report"], optional = true }
)";

std::string Incident(int number, const std::string& name) {
  const std::string digits = std::to_string(number);
  return absl::StrCat(R"({"type":"incident","spec_version":"2.1","id":"incident--00000000-0000-4000-8000-)",
                      std::string(12 - digits.size(), '0'), digits,
                      R"(","created":"2020-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":")", name, "\"}");
}

class ImportRunsTest : public testing::Test {
 protected:
  ImportFile Table(const std::string& rows) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = files_.path() + "/calls.csv";
    file.format = "csv";
    file.mapping = kRunsMapping;
    file.mapping_name = "m";
    std::ofstream(file.path, std::ios::binary) << "ref,what,tlp,about\n" << rows;
    return file;
  }
  ImportFile Bundle(const std::vector<std::string>& objects) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = files_.path() + "/bundle.json";
    file.format = "stix";
    std::ofstream out(file.path, std::ios::binary);
    for (size_t i = 0; i < objects.size(); ++i) out << (i == 0 ? "[" : ",") << objects[i];
    out << "]";
    return file;
  }
  ImportFile Report(const std::string& name, const std::string& title) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = files_.path() + "/" + name;
    file.format = "report";
    std::ofstream(file.path, std::ios::binary)
        << "---\ntitle: " << title << "\nreference: case:P-1\ntlp: GREEN\n---\nA text.\n";
    return file;
  }
  absl::StatusOr<ImportProgress> Try(Authoring& authoring, const ImportFile& file, bool go_on = true) {
    last_ = {};
    const absl::Status done = authoring.Import(ana_, "a test", file, [&](const ImportProgress& told) {
      last_ = told;
      return go_on;
    });
    if (!done.ok()) return done;
    return last_;
  }
  absl::StatusOr<ImportProgress> Try(const ImportFile& file, bool go_on = true) {
    return Try(node_.authoring(), file, go_on);
  }
  ImportProgress Run(const ImportFile& file) { return Must(Try(file)); }
  std::vector<std::string> Reasons() {
    std::vector<std::string> reasons;
    for (const ImportReject& reject : last_.rejects) reasons.push_back(reject.position + ": " + reject.reason);
    return reasons;
  }
  std::vector<ImportNote> Notes() { return Must(node_.authoring().Imports(UINT64_MAX, 100)); }
  uint64_t ArrivalOf(const std::string& id) { return Must(node_.Held(id)).seq; }
  void Damage(uint64_t seq) {
    node_.Close();
    support::DamageArrival(node_.store_folder(), seq);
    node_.Open();
  }
  std::vector<record::RecordId> RelatedTo(const std::string& id) {
    return RecordsNamedIn(Must(DraftOf(Must(node_.Held(id)))));
  }
  static record::RecordId IdOf(const std::string& id) { return Must(record::ParseRecordId(id)); }

  Clock clock_;
  support::Folder files_;
  MemoryNode node_{"charity", "ngo", clock_};
  ImportProgress last_;
  const policy::Principal ana_ = policy::PrincipalMint::Mint("ana", true, {"analyst"});
};

TEST_F(ImportRunsTest, ARowMayNameARowAboveItOfAnyKindThatItsColumnSays) {
  const ImportProgress told = Run(Table("A-1,a van,GREEN,\nA-2,a flat,GREEN,A-1\n"));
  ASSERT_EQ(told.stored, 2u);
  EXPECT_THAT(RelatedTo(told.ids.at(1)), ElementsAre(IdOf(told.ids.at(0)))) << "no person, so the report";
  const ImportProgress later = Run(Table("A-3,a bus,GREEN,A-2\n"));
  ASSERT_EQ(later.stored, 1u);
  EXPECT_THAT(RelatedTo(later.ids.at(0)), ElementsAre(IdOf(told.ids.at(1)))) << "held already";
}

TEST_F(ImportRunsTest, ARowMayNameARowAboveItOfTheOnlyKindThatItsColumnSays) {
  ImportFile file = Table("A-1,a van,GREEN,\nA-2,a flat,GREEN,A-1\n");
  file.mapping.replace(file.mapping.find("[\"person\", \"report\"]"), 20, "\"report\"");
  const ImportProgress told = Run(file);
  ASSERT_EQ(told.stored, 2u);
  EXPECT_THAT(RelatedTo(told.ids.at(1)), ElementsAre(IdOf(told.ids.at(0))));
}

TEST_F(ImportRunsTest, ARowThatNamesWhatNobodyHasIsRejectedAndNoOther) {
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,Z-9\nA-2,a flat,GREEN,\n")).stored, 1u);
  EXPECT_THAT(Reasons(), SizeIs(1));
}

TEST_F(ImportRunsTest, ARowThatNamesTheSameTwiceIsRejectedAndNoOther) {
  ImportFile file = Table("A-1,a van,GREEN,\nA-2,a flat,GREEN,A-1;A-1\nA-3,a bus,GREEN,\n");
  EXPECT_EQ(Run(file).stored, 2u);
  EXPECT_THAT(Reasons(), ElementsAre(HasSubstr("3: ")));
}

TEST_F(ImportRunsTest, ARowThatCannotBeReadCostsOnlyTheItemsThatNeedIt) {
  const ImportProgress told = Run(Table("A-1,a van,GREEN,\nA-2,a flat,GREEN,\n"));
  Damage(ArrivalOf(told.ids.at(0)));
  EXPECT_EQ(Run(Table("A-1,a car,GREEN,\nA-2,a flat,GREEN,\nA-3,a bus,GREEN,A-1\nA-4,a tram,GREEN,A-2\n")).stored, 1u);
  EXPECT_EQ(last_.unchanged, 1u);
  EXPECT_THAT(Reasons(), ElementsAre(HasSubstr("2: "), HasSubstr("4: "))) << "it, and the one that names it";
}

TEST_F(ImportRunsTest, TheSameRecordUnderAnotherSourceIsAnotherRecord) {
  const ImportProgress first = Run(Table("A-1,a van,GREEN,\n"));
  ImportFile desk = Table("A-1,a van,GREEN,\n");
  desk.source = "desk";
  EXPECT_EQ(Run(desk).stored, 1u);
  Damage(ArrivalOf(first.ids.at(0)));
  desk.source = "shop";
  EXPECT_EQ(Run(desk).rejected, 1u) << "nobody knows whether release 0.1.0 made the other";
}

TEST_F(ImportRunsTest, WhatBothSidesCameToSayIsNoConflict) {
  const ImportProgress told = Run(Table("A-1,a van,GREEN,\n"));
  Must(node_.Amend(told.ids.at(0), {{"title", "a bus"}}));
  ImportFile file = Table("A-1,a bus,GREEN,\n");
  file.dry_run = true;
  EXPECT_EQ(Run(file).unchanged, 1u);
  file.dry_run = false;
  file.take = Take::kOurs;
  const ImportProgress agreed = Run(file);
  EXPECT_EQ(agreed.unchanged, 1u);
  EXPECT_EQ(agreed.conflicts + agreed.kept + agreed.amended, 0u);
  EXPECT_EQ(Run(Table("A-1,a tram,GREEN,\n")).amended, 1u) << "from then on the record is as its source said it";
}

TEST_F(ImportRunsTest, ItEndsWhereItsAskerHasGoneAndWhatWasReadStays) {
  const auto gone = Try(Table("A-1,a van,GREEN,\n"), /*go_on=*/false);
  EXPECT_TRUE(absl::IsCancelled(gone.status())) << gone.status();
  ASSERT_THAT(Notes(), SizeIs(1));
  EXPECT_EQ(Notes()[0].stored, 1u);
  EXPECT_EQ(Notes()[0].ended_ms, 0u) << "it did not end";
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).unchanged, 1u);
}

TEST_F(ImportRunsTest, WhatItCannotBeginWithIsNoImport) {
  ImportFile file = Table("A-1,a van,GREEN,\n");
  file.run = std::string(65, 'r');
  EXPECT_TRUE(absl::IsInvalidArgument(Try(file).status()));
  file.run.pop_back();
  EXPECT_TRUE(Try(file).ok());
  file.path += ".none";
  EXPECT_TRUE(absl::IsNotFound(Try(file).status()));
  EXPECT_THAT(Notes(), SizeIs(1));
}

// The process that reads ends without a word.
TEST_F(ImportRunsTest, AReaderThatFailsStoresNothing) {
  Authoring apart(
      node_.store(), node_.log(), node_.disclosures(), node_.directory(), node_.continuity(),
      [this] { return clock_.now_ms; }, "", "/bin/false");
  const auto failed = Try(apart, Table("A-1,a van,GREEN,\n"));
  EXPECT_TRUE(absl::IsInternal(failed.status())) << failed.status();
  EXPECT_THAT(Notes(), IsEmpty());
}

TEST_F(ImportRunsTest, OfSeveralFilesTheRejectsThatNobodyCorrectedAreLeftOut) {
  ImportFile file = Table("A-1,a van,MAUVE,\n");
  file.among_others = true;
  const std::string rejects = Run(file).rejects_file;
  ASSERT_NE(rejects, "") << "the file itself is imported";
  file.path = rejects;
  const ImportProgress told = Run(file);
  EXPECT_TRUE(told.done);
  EXPECT_EQ(told.read, 0u);
  EXPECT_THAT(told.warnings, ElementsAre(HasSubstr("left out")));
  EXPECT_TRUE(absl::IsCancelled(Try(file, /*go_on=*/false).status()));
  std::ofstream(rejects, std::ios::app) << "A-2,a flat,GREEN,\n";
  EXPECT_THAT(Run(file).warnings, testing::Not(testing::Contains(HasSubstr("left out")))) << "somebody touched it";
  EXPECT_GE(last_.rejected + last_.read, 2u);
}

TEST_F(ImportRunsTest, AReportThatTwoFilesOfARunHaveIsTakenOnce) {
  ImportFile one = Report("one.md", "One"), other = Report("other.md", "Other");
  one.run = other.run = "monday";
  EXPECT_EQ(Run(one).stored, 1u);
  EXPECT_EQ(Run(other).rejected, 1u);
  EXPECT_THAT(Reasons(), ElementsAre(HasSubstr("one.md`")));
  EXPECT_EQ(Run(one).unchanged, 1u) << "the same file again";
}

TEST_F(ImportRunsTest, AConflictIsListedUpToABoundAndCountedAlways) {
  std::string before, after;
  for (int i = 0; i < 101; ++i) {
    before += "A-" + std::to_string(i) + ",a van,GREEN,\n";
    after += "A-" + std::to_string(i) + ",a bus,GREEN,\n";
  }
  const ImportProgress told = Run(Table(before));
  ASSERT_THAT(told.ids, SizeIs(101));
  for (const std::string& id : told.ids) Must(node_.Amend(id, {{"title", "a tram"}}));
  const ImportProgress conflicts = Run(Table(after));
  EXPECT_EQ(conflicts.conflicts, 101u);
  EXPECT_THAT(conflicts.listed, SizeIs(100));
}

TEST_F(ImportRunsTest, WarningsAreListedUpToABound) {
  std::vector<std::string> before, after;
  for (int i = 0; i < 101; ++i) {
    before.push_back(Incident(i, "Nail bar"));
    after.push_back(Incident(i, "Car wash"));
  }
  ASSERT_EQ(Run(Bundle(before)).stored, 101u);
  const ImportProgress told = Run(Bundle(after));
  EXPECT_EQ(told.unchanged, 101u) << "something else under the same `modified`";
  EXPECT_EQ(
      std::count_if(told.warnings.begin(), told.warnings.end(),
                    [](const std::string& one) { return one.find("something else than before") != std::string::npos; }),
      100);
}

TEST_F(ImportRunsTest, WarningsOfTheReaderThatAreLeftOutAreCounted) {
  std::vector<std::string> objects;
  for (int i = 0; i < 103; ++i) {
    const std::string type = "x-thing-" + std::to_string(i);
    objects.push_back(absl::StrCat(R"({"type":")", type, R"(","spec_version":"2.1","id":")", type,
                                   R"(--00000001-0000-4000-8000-00000000000a","created":"2020-01-01T00:00:00Z",)",
                                   R"("modified":"2026-01-01T00:00:00Z","labels":["tlp:green"]})"));
  }
  ImportFile file = Bundle(objects);
  file.dry_run = true;
  const ImportProgress told = Run(file);
  EXPECT_EQ(told.stored, 103u);
  EXPECT_THAT(told.warnings, testing::Contains(testing::MatchesRegex("and [0-9]+ other warnings")));
}

TEST_F(ImportRunsTest, ManyRecordsAreStoredInSeveralTransactions) {
  std::string rows;
  for (int i = 0; i < 3100; ++i) rows += "A-" + std::to_string(i) + ",a van,GREEN,\n";
  EXPECT_EQ(Run(Table(rows)).stored, 3100u);
  ledger::Filter collections;
  collections.name = "collection";
  std::vector<uint64_t> counts;
  for (const ledger::Listed& one : Must(node_.disclosures().List(collections, 100)).entries) {
    counts.push_back(std::get<ledger::Change>(one.entry).count);
  }
  ASSERT_THAT(counts, SizeIs(2));
  EXPECT_EQ(counts[0] + counts[1], 3100u);
}

// --- Records of release 0.1.0, which kept nothing of what its sources said. ---

class OldImportsTest : public ImportRunsTest {
 protected:
  std::string OldRecord(const std::string& title) {
    record::Draft draft = *record::Draft::Create("report");
    Must(draft.SetField("title", title));
    draft.handling.tlp = record::Tlp::kGreen;
    draft.local.source_reference = "csv:calls:report:A-1";
    Chance chance;
    Draw({&chance, 1});
    OwnRecords own = node_.own_records();
    const Authored authored = Must(own.CommitNew(std::move(draft), chance));
    Must(own.Store(authored, {}).status());
    return record::FormatRecordId(chance.id);
  }
  void Retitle(const std::string& id, const std::string& title) { Must(node_.Amend(id, {{"title", title}})); }
};

TEST_F(OldImportsTest, AreNoNewsWhereOneOfTheirRevisionsSaysWhatTheSourceSays) {
  const std::string id = OldRecord("a van");
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).unchanged, 1u);
  Retitle(id, "a bus");
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).unchanged, 1u) << "what was changed here stays";
}

TEST_F(OldImportsTest, AreAmendedWhereTheSourceAloneChanged) {
  OldRecord("a van");
  EXPECT_EQ(Run(Table("A-1,a bus,GREEN,\n")).amended, 1u);
}

TEST_F(OldImportsTest, AreInConflictWhereBothChanged) {
  const std::string id = OldRecord("a van");
  Retitle(id, "a tram");
  const ImportProgress told = Run(Table("A-1,a bus,GREEN,\n"));
  EXPECT_EQ(told.conflicts, 1u);
  ASSERT_THAT(told.listed, SizeIs(1));
  EXPECT_EQ(told.listed[0].record_id, id);
  ImportFile file = Table("A-1,a bus,GREEN,\n");
  file.take = Take::kSource;
  EXPECT_EQ(Run(file).amended, 1u);
}

TEST_F(OldImportsTest, AreComparedByWhatIsLeftOfTheirRevisions) {
  const std::string erased = OldRecord("a van");
  const uint64_t first = ArrivalOf(erased);
  Retitle(erased, "a tram");
  Must(node_.store().Write(
      [&](store::WriteTransaction& transaction) { return transaction.Erase(first, clock_.now_ms).status(); }));
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).conflicts, 1u) << "nobody can tell any more that it was so";
}

TEST_F(OldImportsTest, AreComparedByWhatCanBeReadOfTheirRevisions) {
  const std::string damaged = OldRecord("a van");
  const uint64_t first = ArrivalOf(damaged);
  Retitle(damaged, "a tram");
  Damage(first);
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).conflicts, 1u);
  EXPECT_EQ(Run(Table("A-1,a tram,GREEN,\n")).unchanged, 1u);
}

TEST_F(OldImportsTest, AreComparedByTheirNewestSixteenRevisions) {
  const std::string id = OldRecord("a van");
  for (int i = 0; i < 16; ++i) Retitle(id, "a tram " + std::to_string(i));
  EXPECT_EQ(Run(Table("A-1,a tram 0,GREEN,\n")).unchanged, 1u);
  EXPECT_EQ(Run(Table("A-1,a van,GREEN,\n")).conflicts, 1u) << "the seventeenth";
}

TEST_F(OldImportsTest, AreAdoptedByTheSourceThatIsNamedNow) {
  OldRecord("a van");
  ImportFile file = Table("A-1,a van,GREEN,\n");
  file.source = "desk";
  EXPECT_EQ(Run(file).unchanged, 1u);
  file = Table("A-1,a bus,GREEN,\n");
  file.source = "desk";
  EXPECT_EQ(Run(file).amended, 1u);
  EXPECT_EQ(Run(file).unchanged, 1u);
}

}  // namespace
}  // namespace tidegate::flow
