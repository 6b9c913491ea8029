// An import is found again by its number, and all that it stored is taken back as it was shown.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Folder;
using support::kShareAll;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr char kImportsMapping[] =
    "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\n"
    "tlp = \"handling.tlp\"\npurpose = \"handling.purposes\"\n";
const auto kGoOn = [](uint64_t) { return true; };

class ImportsTest : public testing::Test {
 protected:
  ImportsTest() { support::Pair(charity_, bank_); }

  absl::StatusOr<ImportProgress> TryImport(const std::string& rows, bool dry_run = false,
                                           const std::string& mapping = kImportsMapping) {
    ImportFile file;
    file.path = folder_.path() + "/calls.csv";
    file.format = "csv";
    file.mapping = mapping;
    file.mapping_name = "m";
    file.dry_run = dry_run;
    std::ofstream(file.path, std::ios::binary) << "ref,what,tlp,purpose\n" << rows;
    ImportProgress last;
    auto status = charity_.authoring().Import(ana_, "nightly", file, [&last](const ImportProgress& told) {
      last = told;
      return true;
    });
    if (!status.ok()) return status;
    return last;
  }
  ImportProgress Import(const std::string& rows) { return Must(TryImport(rows)); }
  static std::string Row(const std::string& ref, const std::string& what = "a van") {
    return ref + "," + what + ",GREEN,prevention\n";
  }
  RecallPlan Plan(uint64_t import) {
    return Must(charity_.authoring().ShowRecall(ana_, "wrong mapping", {{}, import}));
  }
  absl::StatusOr<RecalledMany> Take(uint64_t import, const RecallPlan& plan, const TellRecalled& tell = kGoOn) {
    return charity_.authoring().RecallAll(ana_, "wrong mapping", {{}, import}, plan.digest, tell);
  }
  std::vector<ImportNote> Notes() { return Must(charity_.authoring().Imports(UINT64_MAX, 100)); }
  bool Recalled(const std::string& id) { return Must(charity_.Held(id)).event == store::Event::kRecall; }

  Clock clock_;
  Folder folder_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  policy::Principal ana_ = policy::PrincipalMint::Mint("ana", true, {"analyst"});
};

TEST_F(ImportsTest, EachImportIsListedWithWhatCameOfIt) {
  EXPECT_EQ(Import(Row("A-1") + Row("A-2")).number, 1u);
  EXPECT_EQ(Import(Row("A-1") + Row("A-2", "a bus") + "A-3,,NONE,\n").number, 2u);
  charity_.Crash();
  const auto notes = Notes();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[1].stored, 2u);
  EXPECT_EQ(notes[1].file, "calls.csv");
  EXPECT_EQ(notes[1].user, "ana");
  EXPECT_EQ(notes[1].reason, "nightly");
  EXPECT_NE(notes[1].ended_ms, 0u);
  EXPECT_EQ(notes[0].amended, 1u);
  EXPECT_EQ(notes[0].unchanged, 1u);
  EXPECT_EQ(notes[0].rejected, 1u);
  EXPECT_THAT(notes[0].rejects_file, HasSubstr("calls"));
  // The register has the number too.
  std::vector<uint64_t> numbers;
  for (const ledger::Listed& one : Must(charity_.disclosures().List({}, 100)).entries) {
    if (const auto* change = std::get_if<ledger::Change>(&one.entry)) numbers.push_back(change->import);
  }
  EXPECT_THAT(numbers, ElementsAre(2, 1));
}

TEST_F(ImportsTest, WhatStoredNothingIsNoImport) {
  EXPECT_FALSE(TryImport(Row("A-1"), false, "kind = \"nonsense\"\n").ok());
  EXPECT_EQ(Must(TryImport(Row("A-1"), true)).number, 0u) << "a dry run";
  EXPECT_THAT(Notes(), IsEmpty());
}

TEST_F(ImportsTest, ARecallOfAnImportTakesBackWhatItStoredAndNothingElse) {
  const std::string typed =
      charity_.Add("report", {{"title", "typed in"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::string before = Import(Row("B-1")).ids.at(0);
  const ImportProgress wrong = Import(Row("A-1") + Row("A-2") + Row("A-3") + Row("B-1", "changed"));
  ASSERT_EQ(wrong.amended, 1u);
  charity_.Apply(kShareAll);
  Must(line_.Meet().status);
  ASSERT_TRUE(charity_.Amend(wrong.ids.at(0), {{"title", "corrected by hand"}}).ok());
  ASSERT_TRUE(charity_.Recall(wrong.ids.at(1)).ok());

  const RecallPlan plan = Plan(2);
  EXPECT_EQ(plan.records.size(), 2u);
  EXPECT_EQ(plan.earlier, 1u);
  EXPECT_EQ(plan.changed, 1u);
  EXPECT_EQ(plan.amended, 1u) << "B-1 was there before";
  EXPECT_THAT(plan.holders, ElementsAre(Pair("bank", 2)));
  EXPECT_FALSE(Recalled(wrong.ids.at(2))) << "a plan recalls nothing";

  EXPECT_EQ(Must(Take(2, plan)).recalled, 2u);
  Must(line_.Meet().status);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(Recalled(wrong.ids.at(i)));
    EXPECT_THAT(bank_.Open(wrong.ids.at(i)), IsEmpty());
  }
  EXPECT_FALSE(Recalled(before));
  EXPECT_FALSE(Recalled(typed));
  EXPECT_FALSE(bank_.Open(typed).empty());
  EXPECT_NE(Notes().front().recall_ended_ms, 0u);
  EXPECT_EQ(Notes().front().recalled_by, "ana");
  EXPECT_THAT(Plan(2).records, IsEmpty());
}

TEST_F(ImportsTest, OnlyWhatWasShownIsRecalled) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  const RecallPlan plan = Plan(1);
  ASSERT_TRUE(charity_.Amend(told.ids.at(0), {{"title", "more is known"}}).ok());
  const auto taken = Take(1, plan);
  EXPECT_TRUE(absl::IsFailedPrecondition(taken.status())) << taken.status();
  EXPECT_FALSE(Recalled(told.ids.at(1)));
  EXPECT_TRUE(absl::IsNotFound(charity_.authoring().ShowRecall(ana_, "why", {{}, 7}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(charity_.authoring().ShowRecall(ana_, "", {{}, 1}).status()))
      << "without a reason";
}

// As after kill -9 between two transactions: what was recalled stays so, the rest goes on when it is asked for again.
TEST_F(ImportsTest, ARecallThatWasInterruptedGoesOn) {
  std::string rows;
  for (int i = 0; i < 300; ++i) rows += Row("A-" + std::to_string(i));
  ASSERT_EQ(Import(rows).stored, 300u);
  const RecallPlan plan = Plan(1);
  ASSERT_EQ(plan.records.size(), 300u);
  const auto stopped = Take(1, plan, [](uint64_t) { return false; });
  EXPECT_TRUE(absl::IsCancelled(stopped.status())) << stopped.status();
  charity_.Crash();
  EXPECT_NE(Notes().front().recall_began_ms, 0u);
  EXPECT_EQ(Notes().front().recall_ended_ms, 0u) << "it is seen that it did not end";
  const RecallPlan rest = Plan(1);
  EXPECT_GT(rest.records.size(), 0u);
  EXPECT_LT(rest.records.size(), 300u);
  EXPECT_EQ(rest.earlier + rest.records.size(), 300u);
  EXPECT_EQ(Must(Take(1, rest)).recalled, rest.records.size());
  EXPECT_NE(Notes().front().recall_ended_ms, 0u);
  EXPECT_EQ(Plan(1).earlier, 300u);
}

TEST_F(ImportsTest, AFaultInOneDoesNotStopTheOthers) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  const std::string theirs = bank_.Add("report", {{"title", "theirs"}, {"tlp", "CLEAR"}, {"purpose", "prevention"}});
  bank_.Apply(kShareAll);
  support::Line back(bank_, charity_);
  Must(back.Meet().status);
  ASSERT_FALSE(charity_.Open(theirs).empty());
  RecallMany what;
  for (const std::string& id : {told.ids.at(0), theirs, std::string(32, '0'), told.ids.at(1), told.ids.at(1)}) {
    what.ids.push_back(Must(record::ParseRecordId(id)));
  }
  const RecallPlan plan = Must(charity_.authoring().ShowRecall(ana_, "why", what));
  EXPECT_EQ(plan.records.size(), 2u);
  EXPECT_EQ(plan.faults.size(), 2u) << "another's, and one that nobody has";
  const RecalledMany done = Must(charity_.authoring().RecallAll(ana_, "why", what, plan.digest, kGoOn));
  EXPECT_EQ(done.recalled, 2u);
  EXPECT_EQ(done.faults.size(), 2u);
  EXPECT_FALSE(charity_.Open(theirs).empty());
}

}  // namespace
}  // namespace tidegate::flow
