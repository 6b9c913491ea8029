// Where an import reads from: a regular file, or contents that were sent. And what it says of what it may not change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>

#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr char kMapping[] = R"(kind = "report"
source = "calls"
identity = ["ref"]
[columns]
ref = { to = "report.external_id", scheme = "case" }
what = { to = "report.title", required = true }
tlp = "handling.tlp"
)";

class ImportSourceTest : public testing::Test {
 protected:
  ImportFile Table(std::optional<std::string> contents) {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = "calls.csv";
    file.format = "csv";
    file.mapping = kMapping;
    file.mapping_name = "m";
    if (contents) file.contents = sent_.emplace_back(*std::move(contents));
    return file;
  }
  absl::StatusOr<ImportProgress> Import(const ImportFile& file) {
    ImportProgress last;
    auto status = charity_.authoring().Import(who_, "a test", file, [&last](const ImportProgress& told) {
      last = told;
      return true;
    });
    if (!status.ok()) return status;
    return last;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_};
  support::Folder files_;
  std::deque<std::string> sent_;  // what the requests refer to
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, {"analyst"});
};

TEST_F(ImportSourceTest, ContentsThatWereSentAreReadAsAFileIsAndLeaveNoFileBehind) {
  const ImportProgress told = Must(Import(Table("ref,what,tlp\nA-1,Car wash,GREEN\nA-2,,GREEN\n")));
  EXPECT_EQ(told.stored, 1u);
  EXPECT_EQ(told.rejected, 1u);
  EXPECT_EQ(told.rejects_file, "");
  EXPECT_THAT(told.warnings, Contains(HasSubstr("no file has the rejected items")));
  const ImportProgress clean = Must(Import(Table("ref,what,tlp\nA-3,Nail bar,GREEN\n")));
  EXPECT_EQ(clean.stored, 1u);
  EXPECT_THAT(clean.warnings, Not(Contains(HasSubstr("no file has the rejected items"))));
}

TEST_F(ImportSourceTest, ATriedImportOfSentContentsStoresNothing) {
  ImportFile file = Table("ref,what,tlp\nA-1,Car wash,GREEN\n");
  file.dry_run = true;
  EXPECT_EQ(Must(Import(file)).stored, 1u);
  file.dry_run = false;
  EXPECT_EQ(Must(Import(file)).stored, 1u) << "nothing was stored before";
}

// Of a file that this import's command sent beside others, only the node's own files are looked at for rejects of ours.
TEST_F(ImportSourceTest, ContentsAmongOthersAreReadWhateverTheirName) {
  ImportFile file = Table("ref,what,tlp\nA-1,Car wash,GREEN\n");
  file.among_others = true;
  EXPECT_EQ(Must(Import(file)).stored, 1u);
}

TEST_F(ImportSourceTest, NothingWasSent) {
  EXPECT_EQ(Must(Import(Table("ref,what,tlp\n"))).stored, 0u);
  EXPECT_FALSE(Import(Table("")).ok()) << "a table has a head";
}

TEST_F(ImportSourceTest, OnlyARegularFileIsRead) {
  ImportFile file = Table(std::nullopt);
  file.path = files_.path() + "/none.csv";
  EXPECT_TRUE(absl::IsNotFound(Import(file).status()));
  file.path = files_.path() + "/pipe.csv";
  ASSERT_EQ(mkfifo(file.path.c_str(), 0600), 0);
  const auto pipe = Import(file);
  EXPECT_TRUE(absl::IsInvalidArgument(pipe.status()));
  EXPECT_THAT(std::string(pipe.status().message()), HasSubstr("not a regular file"));
  file.path = files_.path();
  EXPECT_FALSE(Import(file).ok());
}

TEST_F(ImportSourceTest, WhatNoPolicyLetsThemChangeIsRejectedAndSaysSo) {
  ASSERT_EQ(Must(Import(Table("ref,what,tlp\nA-1,Car wash,GREEN\n"))).stored, 1u);
  ImportFile file = Table("ref,what,tlp\nA-1,Nail bar,GREEN\nA-2,Farm,GREEN\n");
  file.may_change = [](policy::Action, const record::RecordId&) { return false; };
  const ImportProgress refused = Must(Import(file));
  EXPECT_EQ(refused.stored, 1u) << "a new record is none of those";
  EXPECT_EQ(refused.amended, 0u);
  ASSERT_EQ(refused.rejects.size(), 1u);
  EXPECT_THAT(refused.rejects.front().reason, HasSubstr("no policy lets you amend"));
  file.may_change = nullptr;
  EXPECT_EQ(Must(Import(file)).rejected, 1u) << "nobody said that it may be changed";
  file.may_change = [](policy::Action, const record::RecordId&) { return true; };
  EXPECT_EQ(Must(Import(file)).amended, 1u);
}

}  // namespace
}  // namespace tidegate::flow
