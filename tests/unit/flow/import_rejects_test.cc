// The rejected items of an import: told up to a bound, counted by their fields, and put into a file of their own.
#include "node/flow/import_rejects.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using support::Folder;
using support::Must;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ImportRejectsTest : public testing::Test {
 protected:
  ImportRejectsTest() {
    request_.path = folder_.path() + "/calls.csv";
    std::ofstream(request_.path) << "ref,colour\n";
  }
  static intake::Reject Row(uint64_t position, const std::string& field, const std::string& reason,
                            const std::string& value = "") {
    intake::Reject reject;
    reject.position = position;
    reject.field = field;
    reject.reason = reason;
    reject.value = value;
    reject.original = "A-" + std::to_string(position) + ",mauve";
    reject.well_formed = true;
    return reject;
  }
  // Everything that an import does with these.
  void Do(const std::vector<intake::Reject>& all, bool table = true) {
    auto file = Must(intake::RejectsFile::Open(intake::Format::kCsv, request_.path, "", request_.rejects));
    ImportRejects rejects(&file, request_, told_);
    if (table) rejects.Begin({{"ref", "colour"}, "separator `,`"});
    for (const intake::Reject& reject : all) rejects.Add(reject);
    rejects.Finish();
  }
  std::string Text() const {
    std::ifstream in(told_.rejects_file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Folder folder_;
  ImportFile request_;
  ImportProgress told_;
};

TEST_F(ImportRejectsTest, ARowThatMakesSeveralRecordsStandsInTheFileOnce) {
  Do({Row(2, "colour", "unknown"), Row(2, "ref", "empty"), Row(3, "colour", "unknown")});
  EXPECT_EQ(told_.rejected, 3u);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("A-2"));
  EXPECT_EQ(text.find("A-2"), text.rfind("A-2"));
  EXPECT_THAT(text, HasSubstr("A-3"));
}

TEST_F(ImportRejectsTest, AreToldUpToABoundEachWithAllItsFaults) {
  std::vector<intake::Reject> all;
  for (uint64_t i = 0; i < 99; ++i) all.push_back(Row(i + 2, "colour", "unknown"));
  all.push_back(Row(200, "colour", "unknown"));
  all.back().further.push_back({"ref", "empty", ""});  // two faults, and room for one
  all.push_back(Row(201, "colour", "unknown"));
  Do(all);
  EXPECT_EQ(told_.rejected, 101u);
  EXPECT_THAT(told_.rejects, SizeIs(100));
  EXPECT_EQ(told_.rejects.back().position, "201");
  EXPECT_EQ(told_.rejects_left_out, 1u);
}

TEST_F(ImportRejectsTest, FaultsAreCountedForAHundredFields) {
  std::vector<intake::Reject> all;
  for (uint64_t i = 0; i < 101; ++i) all.push_back(Row(i + 2, "column " + std::to_string(i), "unknown"));
  Do(all);
  EXPECT_THAT(told_.faults, SizeIs(100));
  EXPECT_EQ(told_.rejected, 101u);
}

TEST_F(ImportRejectsTest, ValuesAreToldOnlyWhereTheyAreAskedForAndUpToABound) {
  std::vector<intake::Reject> all{Row(2, "colour", "unknown", "mauve"), Row(3, "colour", "unknown", "mauve"),
                                  Row(4, "colour", "unknown")};
  Do(all);
  ASSERT_THAT(told_.faults, SizeIs(1));
  EXPECT_THAT(told_.faults[0].values, IsEmpty());
  for (uint64_t i = 0; i < 50; ++i) all.push_back(Row(i + 5, "colour", "unknown", "hue " + std::to_string(i)));
  told_ = {};
  request_.show_values = true;
  Do(all);
  ASSERT_THAT(told_.faults, SizeIs(1));
  EXPECT_EQ(told_.faults[0].count, 53u);
  EXPECT_THAT(told_.faults[0].values, SizeIs(50));
  EXPECT_EQ(told_.faults[0].values.at("mauve"), 2u);
  EXPECT_TRUE(told_.faults[0].more_values) << "one value more than are kept";
}

TEST_F(ImportRejectsTest, AFileThatCannotBeWrittenIsToldAndStopsNothing) {
  request_.rejects = folder_.path() + "/place/rejects.csv";
  std::filesystem::create_directory(folder_.path() + "/place");
  auto file = Must(intake::RejectsFile::Open(intake::Format::kCsv, request_.path, "", request_.rejects));
  std::filesystem::remove(folder_.path() + "/place");
  ImportRejects rejects(&file, request_, told_);
  rejects.Begin({{"ref", "colour"}, "separator `,`"});
  rejects.Add(Row(2, "colour", "unknown"));
  rejects.Add(Row(3, "colour", "unknown"));
  rejects.Finish();
  EXPECT_EQ(told_.rejected, 2u);
  EXPECT_EQ(told_.rejects_file, "");
  ASSERT_THAT(told_.warnings, SizeIs(1));
  EXPECT_THAT(told_.warnings[0], HasSubstr("no file has the rejected items"));
}

}  // namespace
}  // namespace tidegate::flow
