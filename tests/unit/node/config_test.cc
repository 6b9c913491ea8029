// tidegate.toml: what is read, and errors that name the line and say what to write.
#include "node/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tidegate::node {
namespace {

using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() : folder_(testing::TempDir() + "tidegate-config-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  // Reads a good file with `line` before it.
  absl::StatusOr<Config> With(const std::string& line) {
    std::ofstream(folder_ + "/tidegate.toml") << line << "\n"
                                              << "federation = \"f\"\norganisation = \"lantern\"\nnode = \"node1\"\n"
                                              << "sector = \"ngo\"\ncountry = \"GB\"\nlisten = \"127.0.0.1:7443\"\n";
    return LoadConfig(folder_);
  }
  std::string ErrorOf(const std::string& line) {
    const auto config = With(line);
    return config.ok() ? "no error" : std::string(config.status().message());
  }

  const std::string folder_;
};

TEST_F(ConfigTest, OnePersonIsEnoughUnlessTheFileSaysTwo) {
  const auto one = With("");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->approvals, 1u);
  const auto two = With("approvals = 2");
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->approvals, 2u);
}

TEST_F(ConfigTest, ApprovalsThatMeanNothingAreRefusedByLineWithWhatToWrite) {
  for (const char* value : {"0", "3", "-1", "2.0", "\"2\"", "true", "[2]", "99999999999"}) {
    const std::string error = ErrorOf(std::string("# two people\napprovals = ") + value);
    EXPECT_THAT(error, HasSubstr("tidegate.toml` line 2: `approvals` must be 1 or 2, without quotes")) << value;
  }
}

TEST_F(ConfigTest, UnknownKeysAndOtherSlipsAreRefusedByLine) {
  EXPECT_THAT(ErrorOf("aprovals = 2"), HasSubstr("line 1: unknown key `aprovals`; did you mean `approvals`?"));
  EXPECT_THAT(ErrorOf("advertise = 5"), HasSubstr("line 1: `advertise` must be text in quotes"));
  EXPECT_THAT(ErrorOf("approvals = "), HasSubstr("line 1"));
}

// A file ends with its tables, so the good keys stand first here.
TEST_F(ConfigTest, ANumberOfATableIsReadAndWhatItDoesNotSayIsLeftToTheProgram) {
  const auto usual = With("");
  ASSERT_TRUE(usual.ok()) << usual.status();
  EXPECT_EQ(usual->limits.records, 0u);
  EXPECT_EQ(usual->store.reserve_mib, 0u);
  const auto said = With(
      "limits.partner_records = 7\nlimits.partner_mib = 8\nlimits.partner_entries_a_day = 9\n"
      "limits.partner_resent_parcels = 10\nstore.reserve_mib = 16");
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(said->limits.records, 7u);
  EXPECT_EQ(said->limits.mib, 8u);
  EXPECT_EQ(said->limits.entries, 9u);
  EXPECT_EQ(said->limits.resent, 10u);
  EXPECT_EQ(said->store.reserve_mib, 16u);
}

TEST_F(ConfigTest, SlipsInATableAreRefusedByLineWithTheKeyThatWasMeant) {
  EXPECT_THAT(ErrorOf("limits.partner_record = 7"),
              HasSubstr("line 1: unknown key `limits.partner_record`; did you mean `partner_records`?"));
  EXPECT_THAT(ErrorOf("limits.pages = 7"), HasSubstr("line 1: unknown key `limits.pages`"));
  EXPECT_THAT(ErrorOf("store.reserve = 64"),
              HasSubstr("line 1: unknown key `store.reserve`; did you mean `reserve_mib`?"));
  EXPECT_THAT(ErrorOf("limit.partner_mib = 7"), HasSubstr("line 1: unknown key `limit`; did you mean `limits`?"));
  for (const char* value : {"0", "-5", "\"64\"", "64.0", "9999999999"}) {
    EXPECT_THAT(ErrorOf(std::string("store.reserve_mib = ") + value),
                HasSubstr("`reserve_mib` must be a number from 4 to 1048576, without quotes"))
        << value;
  }
  EXPECT_THAT(ErrorOf("limits.partner_mib = 0"), HasSubstr("`partner_mib` must be a number from 1 to"));
  EXPECT_THAT(ErrorOf("limits = 7"), HasSubstr("line 1: `limits` must be a table: `[limits]`"));
}

}  // namespace
}  // namespace tidegate::node
