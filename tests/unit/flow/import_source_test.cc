// Where an import reads from: a regular file, or contents that were sent. And what it says of what it may not change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <deque>
#include <fstream>

#include "node/flow/derived.h"
#include "node/flow/drafts.h"
#include "node/flow/import_task.h"
#include "tests/support/damage.h"
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

constexpr char kLongMapping[] = R"(kind = "report"
source = "calls"
identity = ["ref"]
[columns]
what = "report.title"
tlp = "handling.tlp"
more = "report.narrative"
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

// A bound of this process, for as long as it lives.
class Bounded {
 public:
  Bounded(__rlimit_resource what, rlim_t most) : what_(what) {
    EXPECT_EQ(getrlimit(what_, &before_), 0);
    const rlimit now{most, before_.rlim_max};
    EXPECT_EQ(setrlimit(what_, &now), 0);
  }
  ~Bounded() { EXPECT_EQ(setrlimit(what_, &before_), 0); }

 private:
  const __rlimit_resource what_;
  rlimit before_{};
};

TEST_F(ImportSourceTest, WhatFindsNoMemoryIsRefusedAndSaysWhatToDo) {
  const ImportFile file = Table(std::string(100'000, 'x'));
  absl::Status refused;
  {
    const Bounded no_more_files(RLIMIT_NOFILE, 0);
    refused = ImportSource::Open(file).status();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("import it in smaller files"));
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  {
    const Bounded half(RLIMIT_FSIZE, 50'000);
    refused = ImportSource::Open(file).status();
  }
  std::signal(SIGXFSZ, before);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << "a part of it is not taken for the whole: " << refused;
  EXPECT_EQ(Must(ImportSource::Open(file)).size(), 100'000u);
}

// The system says that this is a regular file, and reads nothing at its beginning.
TEST_F(ImportSourceTest, AFileThatCannotBeReadIsRefused) {
  ImportFile file = Table(std::nullopt);
  file.path = "/proc/self/mem";
  EXPECT_EQ(Must(ImportSource::Open(file)).FirstBytes(), "");
  EXPECT_FALSE(Import(file).ok());
}

// Records are stored when they come to 16 MiB, however few they are: what is not yet stored lies in memory.
TEST_F(ImportSourceTest, FewLargeRecordsAreStoredBeforeTheEnd) {
  const auto commits = [this](int rows, size_t bytes) {
    std::string table = "ref,what,tlp,more\n";
    for (int i = 0; i < rows; ++i) absl::StrAppend(&table, bytes, "-", i, ",Van,GREEN,", std::string(bytes, 'a'), "\n");
    ImportFile file = Table(std::move(table));
    file.mapping = kLongMapping;
    const uint64_t before = charity_.store().Commits();
    EXPECT_EQ(Must(Import(file)).stored, static_cast<uint64_t>(rows));
    return charity_.store().Commits() - before;
  };
  commits(1, 1);  // the first import also looks for what an earlier version left
  EXPECT_GT(commits(200, 130'000), commits(200, 10));
}

// --- What an item refers to ---

class ReferringImportTest : public ImportSourceTest {
 protected:
  ImportFile Persons(const std::string& rows) {
    ImportFile file = Table("ref,name,first,second\n" + rows);
    file.mapping = R"(kind = "person"
source = "calls"
identity = ["ref"]
[columns]
name = "person.family_name"
first = { to = "person.related", refers = ["person", "report"] }
second = { to = "person.related", refers = ["report", "person"] }
)";
    return file;
  }
};

TEST_F(ReferringImportTest, OfSeveralKindsTheFirstThatIsHeldIsMeant) {
  const ImportProgress report = Must(Import(Table("ref,what,tlp\nR-1,Car wash,GREEN\n")));
  const ImportProgress one = Must(Import(Persons("P-1,Doe,,\n")));
  const ImportProgress told = Must(Import(Persons("P-2,Roe,P-1,R-1\n")));
  ASSERT_EQ(told.stored, 1u);
  const record::Draft held = Must(DraftOf(Must(charity_.Held(told.ids.at(0)))));
  EXPECT_EQ(RecordsNamedIn(held), (std::vector<record::RecordId>{Must(record::ParseRecordId(one.ids.at(0))),
                                                                 Must(record::ParseRecordId(report.ids.at(0)))}));
}

TEST_F(ReferringImportTest, AnEndThatIsNamedTwiceRejectsItsItemAlone) {
  Must(Import(Persons("P-1,Doe,,\n")));
  const ImportProgress told = Must(Import(Persons("P-2,Roe,P-1,P-1\nP-3,Poe,P-1,\n")));
  EXPECT_EQ(told.stored, 1u);
  ASSERT_EQ(told.rejects.size(), 1u);
  EXPECT_THAT(told.rejects.front().reason, HasSubstr("an item twice"));
}

// Which record is meant is not known while the one of the first kind cannot be read.
TEST_F(ReferringImportTest, AnEndThatCannotBeReadRejectsItsItemAlone) {
  const ImportProgress one = Must(Import(Persons("P-1,Doe,,\n")));
  const uint64_t seq = Must(charity_.Held(one.ids.at(0))).seq;
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), seq);
  charity_.Open();
  const ImportProgress told = Must(Import(Persons("P-2,Roe,P-1,\nP-3,Poe,,\n")));
  EXPECT_EQ(told.stored, 1u);
  EXPECT_EQ(told.rejected, 1u);
}

// An import that names its source finds what release 0.1.0 stored without one, and nothing where there is nothing.
TEST_F(ReferringImportTest, ASourceThatHadNoNameIsLookedForUnderItsOldKey) {
  ImportFile file = Table("ref,what,tlp\nR-1,Car wash,GREEN\n");
  file.source = "hotline";
  EXPECT_EQ(Must(Import(file)).stored, 1u);
  EXPECT_EQ(Must(Import(file)).unchanged, 1u);
}

}  // namespace
}  // namespace tidegate::flow
