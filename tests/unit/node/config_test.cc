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
  EXPECT_THAT(ErrorOf("aprovals = 2"), HasSubstr("line 1: unknown key `aprovals`"));
  EXPECT_THAT(ErrorOf("advertise = 5"), HasSubstr("line 1: `advertise` must be text in quotes"));
  EXPECT_THAT(ErrorOf("approvals = "), HasSubstr("line 1"));
}

}  // namespace
}  // namespace tidegate::node
