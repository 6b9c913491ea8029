// The files in deploy/sample import as their README says. So does real data, if it is there.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/record/record.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

const std::string kSource = TIDEGATE_SOURCE_DIR;

Mapping LoadMapping(const std::string& path) {
  absl::StatusOr<Mapping> mapping = Mapping::Load(path);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The folder of data that is not part of the project; empty if it is not there and nobody said that it is.
std::string SharedData() {
  const char* named = std::getenv("TIDEGATE_SHARED");
  std::string shared = named != nullptr ? named : kSource + "/../shared";
  return named != nullptr || fs::exists(shared) ? shared + "/data" : "";
}

// Each item can be signed as it is, once what it refers to has ids.
void ExpectCommits(const std::vector<Item>& items) {
  for (const Item& item : items) {
    record::Draft draft = item.draft;
    std::map<std::uint16_t, record::Value> references;
    for (const Reference& reference : item.references) {
      record::Reference to;
      to.id[0] = static_cast<std::uint8_t>(references[reference.slot].items.size());
      references[reference.slot].items.push_back(to);
    }
    for (auto& [slot, value] : references) {
      EXPECT_TRUE(draft.SetValue(draft.kind->slots[slot].name, value).ok());
    }
    absl::StatusOr<record::VerifiedView> view = record::Commit(draft, {}, {});
    EXPECT_TRUE(view.ok()) << item.source_key << ": " << view.status();
  }
}

TEST(Sample, TheCharitysRows) {
  Mapping mapping = LoadMapping(kSource + "/deploy/sample/charity/community-reports.toml");
  Collected read =
      Collect(Format::kCsv, {kSource + "/deploy/sample/charity/community-reports.csv", {}, false}, &mapping);
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.items.size(), 174u);
  EXPECT_EQ(read.summary.skipped, 2u);
  EXPECT_THAT(read.summary.warnings, ::testing::ElementsAre("13 rows without TLP count as RED"));
  std::vector<std::string> rejects;
  for (const Reject& reject : read.rejects) rejects.push_back(std::to_string(reject.position) + " " + reject.field);
  EXPECT_THAT(rejects, ElementsAre("178 seen", "179 trade", "180 lat"));
  std::set<std::string> keys;
  std::map<record::Tlp, int> markings;
  int unmarked = 0;
  for (const Item& item : read.items) {
    keys.insert(item.source_key);
    if (!item.draft.handling.tlp.has_value()) ++unmarked;
    ++markings[item.draft.handling.effective_tlp()];
    EXPECT_NE(FieldOf(item.draft, "place"), nullptr);
  }
  EXPECT_EQ(keys.size(), read.items.size());
  EXPECT_EQ(markings.size(), 4u);
  ExpectCommits(read.items);
  EXPECT_GT(unmarked, 0);
}

TEST(Sample, TheCharitysReports) {
  std::vector<std::string> files = FilesIn(kSource + "/deploy/sample/charity/reports");
  EXPECT_EQ(files.size(), 12u);
  for (const std::string& file : files) {
    Collected read = Collect(Format::kReport, {file, {}, false});
    for (const Reject& reject : read.rejects) ADD_FAILURE() << file << ": " << reject.field << ": " << reject.reason;
    EXPECT_THAT(read.summary.warnings, IsEmpty()) << file;
    EXPECT_EQ(read.items.size(), 1u) << file;
    ExpectCommits(read.items);
  }
}

TEST(Sample, TheBanksBundle) {
  Collected read = Collect(Format::kStix, {kSource + "/deploy/sample/bank/alerts.stix.json", {}, false});
  ASSERT_TRUE(read.status.ok()) << read.status;
  for (const Reject& reject : read.rejects)
    ADD_FAILURE() << reject.object << " " << reject.field << ": " << reject.reason;
  std::map<std::string, int> kinds;
  std::set<std::string> keys;
  int tagged = 0;
  int guarded = 0;
  for (const Item& item : read.items) {
    ++kinds[std::string(item.draft.kind->name)];
    keys.insert(item.source_key);
    tagged += std::count(item.draft.local.tags.begin(), item.draft.local.tags.end(), "sar") > 0 ? 1 : 0;
    for (const auto& [slot, field] : item.draft.fields) guarded += field.attributes.tlp.has_value() ? 1 : 0;
  }
  EXPECT_EQ(keys.size(), read.items.size());
  EXPECT_EQ(tagged, 1);
  EXPECT_GT(guarded, 5);
  EXPECT_EQ(kinds["alert"], 18);
  EXPECT_EQ(kinds["account"], 14);
  EXPECT_EQ(kinds["foreign"], 3);
  EXPECT_EQ(kinds["movement"], 4);
  EXPECT_EQ(read.summary.skipped, 1u);  // the definition of a marking
  ExpectCommits(read.items);
  // Each link refers to something of the same bundle.
  for (const Item& item : read.items) {
    for (const Reference& reference : item.references) EXPECT_EQ(keys.count(reference.source_key), 1u);
  }
}

TEST(RealData, TwentyFourReportsKeepTheirBodies) {
  std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "the shared data is not here; set TIDEGATE_SHARED";
  std::vector<std::string> files = FilesIn(data + "/reports");
  EXPECT_EQ(files.size(), 24u);
  for (const std::string& file : files) {
    Collected read = Collect(Format::kReport, {file, {}, false});
    for (const Reject& reject : read.rejects) ADD_FAILURE() << file << ": " << reject.field << ": " << reject.reason;
    ASSERT_EQ(read.items.size(), 1u) << file;
    std::string text = ReadFile(file);
    std::string body = text.substr(text.find("\n---\n", 3) + 5);
    EXPECT_GT(body.size(), 1000u);
    EXPECT_EQ(FullText(read.items[0].draft, "narrative"), body) << file;
    EXPECT_NE(Shown(read.items[0].draft, "title"), "");
    EXPECT_NE(Shown(read.items[0].draft, "reported"), "");
    ExpectCommits(read.items);
  }
}

TEST(RealData, AccountsAndAlertsOfAmlsim) {
  std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "the shared data is not here; set TIDEGATE_SHARED";
  Mapping accounts = LoadMapping(kSource + "/deploy/mappings/amlsim-accounts.toml");
  Mapping alerts = LoadMapping(kSource + "/deploy/mappings/amlsim-alerts.toml");
  Collected read = Collect(Format::kCsv, {data + "/amlsim/sample_outputs_accounts.csv", {}, false}, &accounts);
  ASSERT_TRUE(read.status.ok()) << read.status;
  for (const Reject& reject : read.rejects) ADD_FAILURE() << reject.position << " " << reject.field << reject.reason;
  EXPECT_EQ(read.items.size(), 30u);
  EXPECT_THAT(read.summary.warnings, IsEmpty());
  read = Collect(Format::kCsv, {data + "/amlsim/sample_outputs_alerts.csv", {}, false}, &alerts);
  ASSERT_TRUE(read.status.ok()) << read.status;
  for (const Reject& reject : read.rejects) ADD_FAILURE() << reject.position << " " << reject.field << reject.reason;
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(Shown(read.items[0].draft, "raised"), "2017-02-18");
  EXPECT_THAT(read.summary.warnings, IsEmpty());
}

TEST(RealData, AnotherFileUnderTheAccountMappingIsRefusedRowForRowAndToldOnce) {
  std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "the shared data is not here; set TIDEGATE_SHARED";
  Mapping accounts = LoadMapping(kSource + "/deploy/mappings/amlsim-accounts.toml");
  Collected read = Collect(Format::kCsv, {data + "/redflags/fincen_text.csv", {}, false}, &accounts);
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.items, IsEmpty());
  EXPECT_GT(read.summary.rejected, 20u);
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].items, read.summary.rejected);
  EXPECT_EQ(read.rejects[0].field, "ACCOUNT_ID");
  EXPECT_THAT(read.rejects[0].reason, ::testing::HasSubstr("the file has no column `ACCOUNT_ID`"));
}

}  // namespace
}  // namespace tidegate::intake
