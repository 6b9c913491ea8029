// A record that release 0.1.0 recalled does not come back with an import, although that release kept no note of it.
#include "node/flow/old_recalls.h"

#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "node/flow/import.h"
#include "node/flow/import_batch.h"
#include "node/flow/own_records.h"
#include "node/flow/recalled.h"
#include "policy/principal_mint.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Folder;
using support::MemoryNode;
using support::Must;

constexpr char kMapping[] =
    "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\n"
    "tlp = \"handling.tlp\"\n";

class OldRecallsTest : public testing::Test {
 protected:
  ImportProgress Import(const std::string& name, const std::string& rows, bool again = false, bool dry = false) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = folder_.path() + "/" + name;
    file.format = "csv";
    file.mapping = kMapping;
    file.mapping_name = "m";
    file.again = again;
    file.dry_run = dry;
    std::ofstream(file.path, std::ios::binary) << "ref,what,tlp\n" << rows;
    ImportProgress last;
    const policy::Principal ana = policy::PrincipalMint::Mint("ana", true, {"analyst"});
    Must(node_.authoring().Import(ana, "a test", file, [&last](const ImportProgress& told) {
      last = told;
      return true;
    }));
    return last;
  }

  // As that release recalled: it kept no note, and had never looked for recalls without one.
  void RecallAsThen(const std::string& id, const std::string& key) {
    ASSERT_TRUE(node_.Recall(id).ok());
    Must(node_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
      transaction.DeleteNamed(store::Named::kSetting, "recalled before", "recalls were looked at").IgnoreError();
      return ForgetRecalled(transaction, key);
    }));
  }

  Clock clock_;
  Folder folder_;
  MemoryNode node_{"charity", "ngo", clock_};
};

TEST_F(OldRecallsTest, AnUnchangedFileBringsNothingBack) {
  const std::string rows = "A-1,a van,AMBER\nA-2,a flat,AMBER\n";
  const std::vector<std::string> ids = Import("calls.csv", rows).ids;
  ASSERT_EQ(ids.size(), 2u);
  RecallAsThen(ids[0], "csv:calls:report:A-1");
  node_.Crash();
  const ImportProgress foreseen = Import("calls.csv", rows, false, true);
  EXPECT_EQ(foreseen.recalled, 1u);
  for (int i = 0; i < 2; ++i) {
    const ImportProgress told = Import("calls.csv", rows);
    EXPECT_EQ(told.stored, 0u);
    EXPECT_EQ(told.unchanged, 1u);
    EXPECT_EQ(told.recalled, 1u);
    EXPECT_EQ(told.warnings.size(), i == 0 ? 1u : 0u) << "the second time its key is noted";
  }
  EXPECT_EQ(Import("renamed.csv", rows).recalled, 1u) << "and then whatever the file is called";
}

TEST_F(OldRecallsTest, WhatDoesNotLookLikeItIsNew) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  RecallAsThen(ids.at(0), "csv:calls:report:A-1");
  EXPECT_EQ(Import("other.csv", "B-1,a bus,AMBER\n").stored, 1u) << "another file";
  const ImportProgress told = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,GREEN\nA-3,a girl,AMBER\n");
  EXPECT_EQ(told.stored, 1u) << "another handling";
  EXPECT_EQ(told.recalled, 2u) << "what looks alike is left out, to be decided";
  EXPECT_EQ(Import("calls.csv", "A-4,a boy,AMBER\n").stored, 1u) << "once the file went through, what is new is new";
  EXPECT_EQ(Import("calls.csv", "A-3,a girl,AMBER\n", true).stored, 1u) << "--again takes it";
  EXPECT_EQ(Import("calls.csv", "A-1,a van,AMBER\n").recalled, 1u);
}

TEST_F(OldRecallsTest, AFileWithoutAnythingThatLooksLikeItSettlesIt) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  RecallAsThen(ids.at(0), "csv:calls:report:A-1");
  const ImportProgress told = Import("calls.csv", "A-2,a flat,GREEN\n");
  EXPECT_EQ(told.stored, 1u);
  EXPECT_TRUE(told.warnings.empty());
  EXPECT_EQ(Import("calls.csv", "A-3,a bus,AMBER\n").stored, 1u);
}

TEST_F(OldRecallsTest, WhatIsRecalledNowIsKnownByItsKeyAlone) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  ASSERT_TRUE(node_.Recall(ids.at(0)).ok());
  const ImportProgress told = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,AMBER\n");
  EXPECT_EQ(told.recalled, 1u);
  EXPECT_EQ(told.stored, 1u);
  EXPECT_TRUE(told.warnings.empty());
}

TEST_F(OldRecallsTest, ADamagedEntryOfTheRegisterStopsNoImport) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,GREEN\n").ids;
  RecallAsThen(ids.at(0), "csv:calls:report:A-1");
  const uint64_t damaged = node_.disclosures().log().size();
  node_.Add("report", {{"title", "typed in"}, {"tlp", "GREEN"}});
  Must(node_.store().Write([damaged](store::WriteTransaction& transaction) {
    return transaction.PutOrdered(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(damaged).Take(), "damaged");
  }));
  ASSERT_FALSE(node_.disclosures().Get(damaged).ok());
  const ImportProgress told = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,GREEN\nA-3,a girl,RED\n");
  EXPECT_EQ(told.recalled, 1u) << "the entries beside it are read";
  EXPECT_EQ(told.stored, 1u);
}

// --- What an import's batch finds changed when it commits. ---

class BatchTest : public OldRecallsTest {
 protected:
  // A recall of ours, as an import makes it where the source has revoked a record.
  ImportBatch::Entry Revoked(const OwnRecords& own, const std::string& id) {
    const auto held = node_.Held(id);
    const auto statement = Must(record::ParseStatement(held->view.statement));
    ImportBatch::Entry entry;
    entry.id = statement.record_id;
    entry.record = Must(own.Prepare(Must(own.CommitRecall(statement))));
    return entry;
  }
  // The item that this source key names, as an import makes it where nothing of it is held.
  static ImportBatch::Entry New(const OwnRecords& own, const std::string& key, const std::string& title) {
    record::Draft draft = *record::Draft::Create("report");
    Must(draft.SetField("title", title));
    draft.local.source_reference = key;
    draft.local.source.said = crypto::HashOf({title});
    ImportBatch::Entry entry;
    entry.source_key = key;
    entry.said = draft.local.source.said;
    Chance chance;
    Draw({&chance, 1});
    entry.id = chance.id;
    entry.record = Must(own.Prepare(Must(own.CommitNew(std::move(draft), chance))));
    return entry;
  }
  static ImportBatch::Outcome StoreOne(OwnRecords& own, ImportBatch::Entry entry) {
    ImportBatch batch;
    batch.Add(std::move(entry));
    return Must(batch.Store(own, {}));
  }
  ledger::Change NewestRecall() {
    ledger::Filter recalls;
    recalls.name = "recall";
    return std::get<ledger::Change>(Must(node_.disclosures().List(recalls, 1)).entries.at(0).entry);
  }
};

TEST_F(BatchTest, TheRegisterListsTheRecallsThatWereMade) {
  OwnRecords own = node_.own_records();
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,GREEN\n").ids;
  ImportBatch batch;
  for (const std::string& id : ids) batch.Add(Revoked(own, id));
  ASSERT_TRUE(node_.Recall(ids[0]).ok());  // somebody was faster
  const ImportBatch::Outcome outcome = Must(batch.Store(own, {}));
  EXPECT_EQ(outcome.withdrawn, 1u);
  EXPECT_EQ(outcome.meanwhile, 1u);
  const ledger::Change entry = NewestRecall();
  EXPECT_EQ(entry.records, std::vector<record::RecordId>{Must(record::ParseRecordId(ids[1]))});
  EXPECT_EQ(entry.count, 1u);
}

TEST_F(BatchTest, WhatAnotherImportStoredMeanwhileIsNotStoredTwice) {
  OwnRecords own = node_.own_records();
  ImportBatch::Entry same = New(own, "csv:calls:report:A-1", "a van"),
                     other = New(own, "csv:calls:report:A-1", "a bus");
  EXPECT_EQ(StoreOne(own, New(own, "csv:calls:report:A-1", "a van")).stored, 1u);
  EXPECT_EQ(StoreOne(own, std::move(same)).unchanged, 1u);
  EXPECT_EQ(StoreOne(own, std::move(other)).meanwhile, 1u) << "its source said something else";
  EXPECT_EQ(Must(node_.Read()->RecordCount()), 1u);
}

TEST_F(BatchTest, WhatCannotBeReadIsLeftAsItIs) {
  const std::string id = Import("calls.csv", "A-1,a van,AMBER\n").ids.at(0);
  const uint64_t seq = Must(node_.Held(id)).seq;
  node_.Close();
  support::DamageArrival(node_.store_folder(), seq);
  node_.Open();
  OwnRecords own = node_.own_records();
  EXPECT_EQ(StoreOne(own, New(own, "csv:calls:report:A-1", "a van")).meanwhile, 1u);
}

TEST_F(BatchTest, WhatWasRecalledMeanwhileDoesNotComeBackUnlessItIsAskedFor) {
  OwnRecords own = node_.own_records();
  ImportBatch::Entry first = New(own, "csv:calls:report:A-1", "a van");
  const std::string id = record::FormatRecordId(first.id);
  EXPECT_EQ(StoreOne(own, std::move(first)).stored, 1u);
  ASSERT_TRUE(node_.Recall(id).ok());
  EXPECT_EQ(StoreOne(own, New(own, "csv:calls:report:A-1", "a van")).meanwhile, 1u);
  ImportBatch::Entry asked = New(own, "csv:calls:report:A-1", "a van");
  asked.again = true;
  EXPECT_EQ(StoreOne(own, std::move(asked)).stored, 1u);
}

TEST_F(BatchTest, WhatWasAmendedMeanwhileIsLeftAsItIs) {
  OwnRecords own = node_.own_records();
  const std::string id = Import("calls.csv", "A-1,a van,AMBER\n").ids.at(0);
  const store::StoredRecord held = Must(node_.Held(id));
  Chance chance;
  Draw({&chance, 1});
  ImportBatch::Entry amended;
  amended.id = Must(record::ParseRecordId(id));
  amended.record = Must(own.Prepare(Must(own.CommitAmendment(Must(DraftOf(held)), held, chance))));
  ImportBatch::Entry noted;
  noted.id = amended.id;
  noted.seq = held.seq;
  noted.facts = held.local;
  ASSERT_TRUE(node_.Amend(id, {{"title", "a bus"}}).ok());  // somebody was faster
  EXPECT_EQ(StoreOne(own, std::move(amended)).meanwhile, 1u);
  EXPECT_EQ(StoreOne(own, std::move(noted)).meanwhile, 1u);
  EXPECT_EQ(Must(node_.Read()->Revisions(own.KeyOf(Must(record::ParseRecordId(id))))).size(), 2u);
}

TEST(BatchOutcome, TellsAThousandIdsAndCountsAll) {
  ImportBatch::Outcome outcome;
  outcome.stored = 1001;
  outcome.ids.assign(1001, "an id");
  ImportProgress progress;
  outcome.AddTo(progress);
  EXPECT_EQ(progress.stored, 1001u);
  EXPECT_EQ(progress.ids.size(), 1000u);
}

TEST_F(BatchTest, NothingIsAuthoredOnceTheNodeKnowsThatItIsBehind) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  OwnRecords own = node_.own_records();
  ImportBatch batch;
  batch.Add(Revoked(own, ids[0]));
  const uint64_t before = node_.log().size();
  node_.continuity().Behind("bank");  // after the import began, before this batch
  EXPECT_TRUE(absl::IsFailedPrecondition(batch.Store(own, {}).status()));
  EXPECT_EQ(node_.log().size(), before);
  EXPECT_FALSE(node_.Open(ids[0]).empty());
}

// --- What is looked through, and the notes that are left of it. ---

class OldNotesTest : public OldRecallsTest {
 protected:
  void LookAgain() {
    Must(node_.store().Write([](store::WriteTransaction& transaction) -> absl::Status {
      transaction.DeleteNamed(store::Named::kSetting, "recalled before", "recalls were looked at").IgnoreError();
      return absl::OkStatus();
    }));
    Must(FindOldRecalls(node_.store(), node_.disclosures(), node_.identity().log_fingerprint()));
  }
  OldRecalls Of(const std::string& file) { return Must(OldRecalls::Of(*node_.Read(), file)); }
  void PutNote(const std::string& file, const std::string& note) {
    Must(node_.store().Write([&](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kReject, "recalled before", file, note);
    }));
  }
  static record::Draft Report(const std::string& grade) {
    record::Draft draft = *record::Draft::Create("report");
    Must(draft.SetField("title", "a van"));
    Must(draft.handling.Set("tlp", "AMBER"));
    if (!grade.empty()) Must(draft.handling.Set("grade", grade));
    return draft;
  }
};

TEST_F(OldNotesTest, OnlyWhatAnImportBroughtAndNoNoteKnowsIsKept) {
  MemoryNode bank("bank", "bank", clock_);
  support::Pair(bank, node_);
  bank.Apply(support::kShareAll);
  bank.Add("report", {{"title", "theirs"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::string before = node_.Add("report", {{"title", "a van"}, {"tlp", "AMBER"}});
  support::Line(bank, node_).Meet();
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,GREEN\n").ids;
  const std::string after = node_.Add("report", {{"title", "a van"}, {"tlp", "AMBER"}});
  RecallAsThen(before, "");
  RecallAsThen(after, "");
  LookAgain();
  EXPECT_TRUE(Of("calls.csv").empty()) << "what was typed in came from no file";
  ASSERT_TRUE(node_.Recall(ids[0]).ok());
  LookAgain();
  EXPECT_TRUE(Of("calls.csv").empty()) << "its note knows it";
  // One that is nowhere, and one whose row cannot be read: neither stands in the way of the one that can.
  RecallAsThen(ids[0], "csv:calls:report:A-1");
  RecallAsThen(ids[1], "csv:calls:report:A-2");
  const uint64_t seq = Must(node_.Read()->OwnRevisions(Must(record::ParseRecordId(ids[1])))).front();
  Must(node_.store().Write([&](store::WriteTransaction& transaction) {
    ledger::Change recall;
    recall.deed = ledger::Deed::kRecall;
    recall.records = {record::RecordId{7}};
    recall.count = 1;
    return node_.disclosures().Append(transaction, recall).status();
  }));
  node_.Close();
  support::DamageArrival(node_.store_folder(), seq);
  node_.Open();
  LookAgain();
  EXPECT_TRUE(Of("calls.csv").MayBe(Report("")));
  EXPECT_FALSE(Of("calls.csv").MayBe(Report("1BP")));
}

TEST_F(OldNotesTest, OfANoteThatCannotBeReadEverythingMayBeOne) {
  EXPECT_FALSE(Of("calls.csv").MayBe(Report("")));
  const std::string label("TDGrcf1\0", 8);
  for (const std::string& note :
       {std::string("x"), label + std::string("\xff\xff", 2), label + std::string("\0\1x", 3)}) {
    PutNote("calls.csv", note);
    EXPECT_TRUE(Of("calls.csv").MayBe(Report(""))) << note.size();
  }
  PutNote("calls.csv", label + std::string("\0\0", 2));
  EXPECT_TRUE(Of("calls.csv").empty());
  node_.Close();
  support::DamageNamed(node_.store_folder(), static_cast<uint8_t>(store::Named::kReject));
  node_.Open();
  EXPECT_TRUE(Of("calls.csv").MayBe(Report("")));
  Must(SettleOldRecalls(node_.store(), "calls.csv", {}, 1));
  EXPECT_TRUE(Of("calls.csv").empty());
  Must(SettleOldRecalls(node_.store(), "calls.csv", {}, 1));
}

TEST_F(OldNotesTest, OfTooManyLooksEverythingMayBeOne) {
  OwnRecords own = node_.own_records();
  std::vector<Prepared> prepared;
  std::vector<Chance> chances(130);
  Draw(chances);
  ledger::Change recall;
  recall.deed = ledger::Deed::kRecall;
  for (size_t i = 0; i < chances.size(); ++i) {
    // 3 grades of the source, 5 of the intelligence, 4 of PAP, 3 of TLP.
    const std::string grade{static_cast<char>('1' + i % 3), static_cast<char>('A' + i / 3 % 5), 'P'};
    record::Draft draft = Report(grade);
    constexpr const char* kPaps[] = {"CLEAR", "GREEN", "AMBER", "RED"};
    constexpr const char* kTlps[] = {"GREEN", "AMBER", "RED"};
    Must(draft.handling.Set("pap", kPaps[i / 15 % 4]));
    Must(draft.handling.Set("tlp", kTlps[i / 60]));
    prepared.push_back(Must(own.Prepare(Must(own.CommitNew(std::move(draft), chances[i])))));
    recall.records.push_back(prepared.back().key.id);
  }
  ledger::Change collected;
  collected.deed = ledger::Deed::kCollection;
  collected.source = "calls.csv";
  Must(own.StoreWanted(prepared, collected,
                       [](store::WriteTransaction&, size_t) -> absl::StatusOr<bool> { return true; }));
  recall.count = recall.records.size();
  Must(node_.store().Write(
      [&](store::WriteTransaction& transaction) { return node_.disclosures().Append(transaction, recall).status(); }));
  LookAgain();
  EXPECT_TRUE(Of("calls.csv").MayBe(*record::Draft::Create("alert"))) << "and not only what looks like one of them";
}

TEST_F(OldNotesTest, ANoteOfARecallThatIsCutCountsAndWhatIsNoNoteDoesNot) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  ASSERT_TRUE(node_.Recall(ids[0]).ok());
  const std::string key = "csv:calls:report:A-1";
  const record::RecordId id = Must(record::ParseRecordId(ids[0]));
  EXPECT_EQ(Must(RecalledAs(*node_.Read(), key)), id);
  EXPECT_EQ(Must(NotedRecalls(*node_.Read())), std::set<record::RecordId>{id});
  std::string item, note;
  store::Damage damage;
  Must(node_.Read()->ForEachNamed(store::Named::kReject, "recalled", damage,
                                  [&](std::string_view at, std::string_view row) {
                                    item = at;
                                    note = row;
                                    return true;
                                  }));
  const auto becomes = [&](const std::string& row) {
    Must(node_.store().Write([&](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kReject, "recalled", item, row);
    }));
    EXPECT_EQ(Must(RecalledAs(*node_.Read(), key)), record::RecordId{}) << "recalled, and nobody knows as what";
  };
  becomes(note.substr(0, 12));
  becomes("no note");
  EXPECT_TRUE(Must(NotedRecalls(*node_.Read())).empty());
  node_.Close();
  support::DamageNamed(node_.store_folder(), static_cast<uint8_t>(store::Named::kReject));
  node_.Open();
  EXPECT_EQ(Must(RecalledAs(*node_.Read(), key)), record::RecordId{});
  EXPECT_TRUE(Must(WasRecalled(*node_.Read(), key)));
  EXPECT_FALSE(Must(WasRecalled(*node_.Read(), "another")));
}

// Which file an import read stands in the register alone. What lies before or behind the entries that can be read is
// of no file that is known.
TEST_F(OldRecallsTest, WhatADamagedEntryBroughtIsLookedForInNoFile) {
  const auto import_damaged_later = [this](const std::string& name, const std::string& key) {
    const uint64_t entry = node_.disclosures().log().size();
    const std::string id = Import(name, key + ",a van,AMBER\n").ids.at(0);
    return std::pair(id, entry);
  };
  const auto first = import_damaged_later("first.csv", "A-1");
  Import("between.csv", "B-1,a bus,AMBER\n");
  const auto last = import_damaged_later("last.csv", "C-1");
  RecallAsThen(first.first, "csv:calls:report:A-1");
  RecallAsThen(last.first, "csv:calls:report:C-1");
  for (const uint64_t entry : {first.second, last.second}) {
    Must(node_.store().Write([entry](store::WriteTransaction& transaction) {
      return transaction.PutOrdered(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(entry).Take(), "damaged");
    }));
    ASSERT_FALSE(node_.disclosures().Get(entry).ok());
  }
  for (const char* name : {"first.csv", "between.csv", "last.csv"}) {
    const ImportProgress told = Import(name, std::string(name) + ",a flat,AMBER\n");
    EXPECT_EQ(told.stored, 1u) << name << ": what is new is new, and in doubt of nothing";
    EXPECT_TRUE(told.warnings.empty()) << name;
  }
}

// The note says which key it was only as a hash, in a row that can be damaged like any other.
TEST_F(OldRecallsTest, ANoteThatCannotBeReadKeepsItsRecordOut) {
  const std::vector<std::string> ids = Import("calls.csv", "A-1,a van,AMBER\n").ids;
  ASSERT_TRUE(node_.Recall(ids.at(0)).ok());
  node_.Close();
  support::DamageNamed(node_.store_folder(), static_cast<uint8_t>(store::Named::kReject));
  node_.Open();
  const ImportProgress told = Import("calls.csv", "A-1,a van,AMBER\nA-2,a flat,AMBER\n");
  EXPECT_EQ(told.recalled, 1u);
  EXPECT_EQ(told.stored, 1u);
}

}  // namespace
}  // namespace tidegate::flow
