// An import is found again by its number, and all that it stored is taken back as it was shown.
#include <gmock/gmock.h>

#include <fstream>

#include "crypto/bytes.h"
#include "tests/support/damage.h"
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
                                           const std::string& mapping = kImportsMapping, flow::Take take = {}) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = folder_.path() + "/calls.csv";
    file.format = "csv";
    file.mapping = mapping;
    file.mapping_name = "m";
    file.dry_run = dry_run;
    file.take = take;
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

// --- Rows and records that cannot be read. ---

class DamagedImportsTest : public ImportsTest {
 protected:
  // Keys as INTAKE.md has them.
  static std::string NoteOf(uint64_t import) { return crypto::ByteWriter(9).U8(1).U64(import).Take(); }
  static std::string PartOf(uint64_t import, uint64_t entry) {
    return crypto::ByteWriter(17).U8(2).U64(import).U64(entry).Take();
  }
  void WriteOver(store::Ordered table, const std::string& key) {
    Must(charity_.store().Write(
        [&](store::WriteTransaction& transaction) { return transaction.PutOrdered(table, key, "damaged"); }));
  }
  void Damage(uint64_t seq) {
    charity_.Close();
    support::DamageArrival(charity_.store_folder(), seq);
    charity_.Open();
  }
  uint64_t ArrivalOf(const std::string& id) { return Must(charity_.Held(id)).seq; }
  uint64_t LastEntry() { return charity_.disclosures().log().size() - 1; }
  // The only part of an import that has one.
  ImportPart OnlyPart(uint64_t import) {
    std::vector<ImportPart> parts;
    Must(ForEachPart(*charity_.Read(), charity_.disclosures(), import, [&parts](const ImportPart& part) {
      parts.push_back(part);
      return true;
    }));
    EXPECT_EQ(parts.size(), 1u);
    return parts.empty() ? ImportPart() : parts.front();
  }
};

TEST_F(DamagedImportsTest, ANoteThatCannotBeReadIsListedByItsNumber) {
  Import(Row("A-1"));
  Import(Row("A-2"));
  WriteOver(store::Ordered::kImport, NoteOf(2));
  const auto notes = Notes();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].number, 2u);
  EXPECT_TRUE(notes[0].damaged);
  EXPECT_FALSE(notes[1].damaged);
  EXPECT_EQ(Import(Row("A-3")).number, 3u);
  EXPECT_THAT(Must(charity_.authoring().Imports(0, 100)), IsEmpty());
  EXPECT_THAT(Must(charity_.authoring().Imports(UINT64_MAX, 0)), IsEmpty());
  EXPECT_EQ(Must(charity_.authoring().Imports(UINT64_MAX, 1)).size(), 1u);
}

TEST_F(DamagedImportsTest, WhatItStoredIsKnownFromTheRegisterToo) {
  Import(Row("A-1") + Row("A-2"));
  const ImportPart part = OnlyPart(1);
  WriteOver(store::Ordered::kImport, PartOf(1, part.entry));
  EXPECT_EQ(OnlyPart(1), part);
  EXPECT_EQ(Plan(1).records.size(), 2u);
  // Where the register cannot be read either, nobody is told that this is all.
  WriteOver(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(part.entry).Take());
  EXPECT_FALSE(charity_.authoring().ShowRecall(ana_, "wrong mapping", {{}, 1}).ok());
  EXPECT_FALSE(charity_.authoring().StoredBy(1).ok());
}

TEST_F(DamagedImportsTest, APartThatNamesAnEntryOfSomethingElseIsNoPart) {
  Import(Row("A-1"));
  Plan(1);  // somebody looked: an entry that is no change
  WriteOver(store::Ordered::kImport, PartOf(1, LastEntry()));
  const auto plan = charity_.authoring().ShowRecall(ana_, "wrong mapping", {{}, 1});
  EXPECT_TRUE(absl::IsDataLoss(plan.status())) << plan.status();
}

TEST_F(DamagedImportsTest, APartOfADeedThatThereIsNotIsRefused) {
  const std::string part = EncodePart({1, ledger::Deed::kCollection, 2, 3});
  EXPECT_TRUE(DecodePart(part).ok());
  for (const char deed : {0, 6}) {
    std::string wrong = part;
    wrong[16] = deed;  // behind the label and the entry
    EXPECT_FALSE(DecodePart(wrong).ok()) << static_cast<int>(deed);
  }
}

TEST_F(DamagedImportsTest, ARecordThatCannotBeReadIsTakenBackByWhoNamesIt) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  charity_.Apply(kShareAll);
  Must(line_.Meet().status);
  const std::string& lost = told.ids.at(0);
  const record::RecordId id = Must(record::ParseRecordId(lost));
  Damage(ArrivalOf(lost));
  const RecallPlan plan = Plan(1);
  EXPECT_EQ(plan.records.size(), 1u);
  EXPECT_EQ(plan.faults.size(), 1u) << "what an import stored there, nobody can tell";
  RecallMany what{{id, Must(record::ParseRecordId(told.ids.at(1)))}, 0};
  const RecallPlan named = Must(charity_.authoring().ShowRecall(ana_, "wrong", what));
  EXPECT_EQ(named.records.size(), 2u);
  EXPECT_THAT(named.holders, ElementsAre(Pair("bank", 2)));
  const RecalledMany done = Must(charity_.authoring().RecallAll(ana_, "wrong", what, named.digest, kGoOn));
  EXPECT_EQ(done.recalled, 2u);
  EXPECT_THAT(done.note, HasSubstr("can be read here"));
  clock_.now_ms += 5000;
  Must(line_.Meet().status);
  EXPECT_THAT(bank_.Open(lost), IsEmpty());
  const RecallPlan later = Must(charity_.authoring().ShowRecall(ana_, "wrong", what));
  EXPECT_EQ(later.earlier, 1u);
  EXPECT_THAT(later.records, ElementsAre(id)) << "what cannot be read may be asked for again, and that is harmless";
  EXPECT_THAT(later.holders, IsEmpty());
}

TEST_F(DamagedImportsTest, ARevisionThatCannotBeReadIsTakenBackWithTheOneBeforeIt) {
  const std::string id = Import(Row("A-1")).ids.at(0);
  Must(charity_.Amend(id, {{"title", "a bus"}}));
  charity_.Apply(kShareAll);
  Must(line_.Meet().status);
  ASSERT_FALSE(bank_.Open(id).empty());
  Damage(ArrivalOf(id));
  EXPECT_EQ(Must(Take(1, Plan(1))).recalled, 1u);
  Must(line_.Meet().status);
  EXPECT_THAT(bank_.Open(id), IsEmpty());
}

TEST_F(DamagedImportsTest, SeveralThatCannotBeReadAreTakenBackEachByItself) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  RecallMany what;
  for (const std::string& id : told.ids) {
    what.ids.push_back(Must(record::ParseRecordId(id)));
    Damage(ArrivalOf(id));
  }
  const RecallPlan plan = Must(charity_.authoring().ShowRecall(ana_, "wrong", what));
  const RecalledMany done = Must(charity_.authoring().RecallAll(ana_, "wrong", what, plan.digest, kGoOn));
  EXPECT_EQ(done.recalled, 2u);
  EXPECT_FALSE(done.note.empty());
  EXPECT_EQ(Plan(1).faults.size(), 2u);
  EXPECT_EQ(Must(charity_.authoring().ShowRecall(ana_, "wrong", {{}, 1, 1})).faults.size(), 1u) << "they have a bound";
}

TEST_F(ImportsTest, ANodeThatMayNotAuthorAsksForAllOfThemBack) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  const RecallPlan plan = Plan(1);
  charity_.continuity().Behind("bank");
  const RecalledMany done = Must(Take(1, plan));
  EXPECT_EQ(done.recalled, 2u);
  EXPECT_THAT(done.note, HasSubstr("read-only"));
  for (const std::string& id : told.ids) EXPECT_THAT(charity_.Open(id), IsEmpty());
}

TEST_F(ImportsTest, ARecallNeedsAReasonAndSomethingToRecall) {
  const RecallPlan none = Must(charity_.authoring().ShowRecall(ana_, "why", {}));
  EXPECT_TRUE(absl::IsInvalidArgument(charity_.authoring().RecallAll(ana_, "", {}, none.digest, kGoOn).status()));
  EXPECT_EQ(Must(charity_.authoring().RecallAll(ana_, "why", {}, none.digest, kGoOn)).recalled, 0u);
  // An import whose records are all taken back already: nothing begins, and nothing ends.
  const ImportProgress told = Import(Row("A-1"));
  ASSERT_TRUE(charity_.Recall(told.ids.at(0)).ok());
  const RecallPlan plan = Plan(1);
  EXPECT_EQ(plan.earlier, 1u);
  EXPECT_EQ(Must(Take(1, plan)).recalled, 0u);
  EXPECT_EQ(Notes().front().recall_began_ms + Notes().front().recall_ended_ms, 0u);
}

TEST_F(ImportsTest, WhatItAmendedStaysAndIsCountedOnce) {
  Import(Row("B-1"));
  for (int i = 0; i < 3; ++i) {
    Import(Row("B-1", "a van " + std::to_string(i)) + Row("A-" + std::to_string(i)));
  }
  const RecallPlan plan = Plan(3);
  EXPECT_EQ(plan.records.size(), 1u);
  EXPECT_EQ(plan.amended, 1u);
  EXPECT_EQ(Plan(1).changed, 1u);
  EXPECT_THAT(Must(charity_.authoring().StoredBy(3)), ElementsAre(plan.records.at(0)));
  // Rows that name the same arrivals once more, as altered.
  std::vector<ImportPart> parts;
  Must(ForEachPart(*charity_.Read(), charity_.disclosures(), 3, [&parts](const ImportPart& part) {
    parts.push_back(part);
    return true;
  }));
  ASSERT_EQ(parts.size(), 2u);
  for (ImportPart& part : parts) {
    part.entry += 1000;
    part.deed = ledger::Deed::kAlteration;
    const std::string key = crypto::ByteWriter(17).U8(2).U64(3).U64(part.entry).Take();
    Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
      return transaction.PutOrdered(store::Ordered::kImport, key, EncodePart(part));
    }));
  }
  EXPECT_EQ(Plan(3).records.size(), 1u);
  EXPECT_EQ(Plan(3).amended, 1u);
  Import(Row("A-0", "a bus") + Row("A-1", "a bus") + Row("B-1", "a bus"));
  EXPECT_EQ(Plan(5).amended, 3u);
}

TEST_F(ImportsTest, WhatItNotedOfOursIsNothingToRecall) {
  const std::string id = Import(Row("A-1")).ids.at(0);
  Must(charity_.Amend(id, {{"title", "a tram"}}));
  const ImportProgress told = Must(TryImport(Row("A-1", "a bus"), false, kImportsMapping, flow::Take::kOurs));
  EXPECT_EQ(told.kept, 1u);
  const RecallPlan plan = Plan(2);
  EXPECT_EQ(plan.records.size() + plan.amended + plan.faults.size(), 0u);
}

TEST_F(ImportsTest, ARevisionThatItsHolderErasedIsNotCountedAsHeld) {
  const std::string id = Import(Row("A-1")).ids.at(0);
  charity_.Apply(kShareAll);
  Must(line_.Meet().status);
  Must(charity_.Amend(id, {{"tlp", "RED"}}));
  Must(line_.Meet().status);
  ASSERT_THAT(bank_.Open(id), IsEmpty());
  EXPECT_EQ(Plan(1).records.size(), 1u);
  EXPECT_THAT(Plan(1).holders, IsEmpty());
}

TEST_F(ImportsTest, OneCallRecallsSoManyAndTheNextTheRest) {
  Import(Row("A-1") + Row("A-2") + Row("A-3"));
  RecallMany what{{}, 1, 2};
  const RecallPlan plan = Must(charity_.authoring().ShowRecall(ana_, "wrong", what));
  EXPECT_EQ(plan.records.size(), 2u);
  EXPECT_TRUE(plan.more);
  EXPECT_EQ(Must(charity_.authoring().RecallAll(ana_, "wrong", what, plan.digest, kGoOn)).recalled, 2u);
  EXPECT_NE(Notes().front().recall_began_ms, 0u);
  EXPECT_EQ(Notes().front().recall_ended_ms, 0u) << "some are left";
  what.most = 10;
  const RecallPlan rest = Must(charity_.authoring().ShowRecall(ana_, "wrong", what));
  EXPECT_EQ(rest.records.size(), 1u);
  EXPECT_FALSE(rest.more);
  EXPECT_EQ(Must(charity_.authoring().RecallAll(ana_, "wrong", what, rest.digest, kGoOn)).recalled, 1u);
  EXPECT_NE(Notes().front().recall_ended_ms, 0u);
}

// Something happens between the look at a record and the transaction that recalls it: while the clock is asked.
class RacingRecallTest : public ImportsTest {
 protected:
  RecalledMany RecallWhile(const std::vector<std::string>& ids, const std::function<void()>& meanwhile) {
    bool armed = false;
    Authoring racing(
        charity_.store(), charity_.log(), charity_.disclosures(), charity_.directory(), charity_.continuity(),
        [&] {
          if (std::exchange(armed, false)) meanwhile();
          return clock_.now_ms;
        },
        "");
    RecallMany what;
    for (const std::string& id : ids) what.ids.push_back(Must(record::ParseRecordId(id)));
    const RecallPlan plan = Must(racing.ShowRecall(ana_, "wrong", what));
    armed = true;
    return Must(racing.RecallAll(ana_, "wrong", what, plan.digest, kGoOn));
  }
};

TEST_F(RacingRecallTest, WhatSomebodyElseRecalledIsNotRecalledTwice) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  const RecalledMany done = RecallWhile(told.ids, [&] { ASSERT_TRUE(charity_.Recall(told.ids.at(0)).ok()); });
  EXPECT_EQ(done.recalled, 1u);
  EXPECT_THAT(done.faults, IsEmpty());
  for (const std::string& id : told.ids) {
    EXPECT_EQ(Must(charity_.Read()->OwnRevisions(Must(record::ParseRecordId(id)))).size(), 2u);
  }
}

TEST_F(RacingRecallTest, WhereTheNodeLearnsThatItIsBehindEachIsAskedForByItself) {
  const ImportProgress told = Import(Row("A-1") + Row("A-2"));
  const RecalledMany done = RecallWhile(told.ids, [&] { charity_.continuity().Behind("bank"); });
  EXPECT_EQ(done.recalled, 2u);
  EXPECT_THAT(done.note, HasSubstr("read-only"));
  for (const std::string& id : told.ids) EXPECT_THAT(charity_.Open(id), IsEmpty());
}

TEST_F(ImportsTest, ARecallLooksNoFurtherThanItMayTake) {
  Import(Row("A-1") + Row("A-2") + Row("A-3") + Row("A-4"));
  const RecallPlan plan = Must(charity_.authoring().ShowRecall(ana_, "wrong", {{}, 1, 1}));
  EXPECT_EQ(plan.records.size(), 1u);
  EXPECT_TRUE(plan.more);
}

// Arrivals are numbered without gaps: an event is one, and no record.
TEST_F(ImportsTest, AnEventAmongItsArrivalsIsNothingToRecall) {
  Import(Row("A-1"));
  const uint64_t last = charity_.Read()->LastSeq();
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto event = transaction.AppendEvent(store::Event::kInstant, last, clock_.now_ms, ""); !event.ok()) {
      return event.status();
    }
    const ImportPart part{1000, ledger::Deed::kCollection, last, last + 1};
    return transaction.PutOrdered(store::Ordered::kImport, crypto::ByteWriter(17).U8(2).U64(1).U64(part.entry).Take(),
                                  EncodePart(part));
  }));
  const RecallPlan plan = Plan(1);
  EXPECT_EQ(plan.records.size(), 1u);
  EXPECT_EQ(plan.faults.size(), 0u);
}

}  // namespace
}  // namespace tidegate::flow
