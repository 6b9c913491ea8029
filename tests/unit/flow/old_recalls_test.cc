// What release 0.1.0 recalled comes back with no import, although that release kept no note of it.
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "node/flow/import.h"
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
    Must(RunImport(node_.desk(), ana, "a test", "/nonexistent", file, guard_, [&last](const ImportProgress& told) {
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
  ImportGuard guard_;
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

}  // namespace
}  // namespace tidegate::flow
