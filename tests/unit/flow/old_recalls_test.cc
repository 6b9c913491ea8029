// A record that release 0.1.0 recalled does not come back with an import, although that release kept no note of it.
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "node/flow/import.h"
#include "node/flow/import_batch.h"
#include "node/flow/recalled.h"
#include "policy/principal_mint.h"
#include "tests/support/memory_node.h"

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

}  // namespace
}  // namespace tidegate::flow
