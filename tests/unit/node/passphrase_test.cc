// The passphrase of a node: who may read its file, and what a new one must be.
#include "node/passphrase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/secret.h"
#include "node/node.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::node {
namespace {

using testing::HasSubstr;

class PassphraseTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::InitialiseCrypto().ok()); }
  std::string FileWith(const std::string& text, mode_t mode) {
    std::string path = folder_.path() + "/passphrase";
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  absl::Status MakeNodeWith(const std::string& passphrase_file) {
    Config config;
    config.federation = "federation";
    config.organisation = "lantern";
    config.node = "node1";
    config.sector = "ngo";
    config.country = "GB";
    config.listen = "127.0.0.1:7443";
    return Init(folder_.path() + "/node", config, {.key_file = "", .passphrase_file = passphrase_file});
  }
  store::TemporaryFolder folder_;
};

TEST_F(PassphraseTest, IsReadWithoutItsLineEnds) {
  const auto read = ReadPassphrase(FileWith("correct horse battery\r\n\n", 0600));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Expose(), "correct horse battery");
}

TEST_F(PassphraseTest, AFileThatOthersCanReachIsRefusedWithWhatToType) {
  for (const mode_t mode : {0644, 0640, 0604, 0660}) {
    const absl::Status status = ReadPassphrase(FileWith("correct horse battery", mode)).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << mode;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 600"));
  }
  EXPECT_TRUE(ReadPassphrase(FileWith("correct horse battery", 0400)).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadPassphrase(folder_.path() + "/none").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadPassphrase(folder_.path()).status())) << "a folder";
  const absl::Status long_one = ReadPassphrase(FileWith(std::string(4097, 'x'), 0600)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(long_one)) << "refused, not cut: " << long_one;
}

TEST_F(PassphraseTest, ANewOneThatIsEasyToGuessIsRefused) {
  for (const char* weak : {"", "secret", "fourteen chars", "passwordpassword", "123456789012345",
                           "aaaaaaaaaaaaaaaaaaaa", "ababcababcababcababc", "éééééééééééééééé"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckNewPassphrase(weak))) << weak;
  }
  for (const char* strong : {"correct horse battery", "fifteen charact", "m1hJ0cM9iYv1QhXo7gk2", "żółta łódź i gęś"}) {
    EXPECT_TRUE(CheckNewPassphrase(strong).ok()) << strong << ": " << CheckNewPassphrase(strong);
  }
}

TEST_F(PassphraseTest, ANodeIsNotMadeUnderAWeakOneOrOneThatOthersCanRead) {
  const absl::Status weak = MakeNodeWith(FileWith("secret", 0600));
  EXPECT_TRUE(absl::IsInvalidArgument(weak)) << weak;
  EXPECT_THAT(std::string(weak.message()), HasSubstr("at least 15 characters"));
  const absl::Status open = MakeNodeWith(FileWith("correct horse battery", 0644));
  EXPECT_TRUE(absl::IsFailedPrecondition(open)) << open;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/node")) << "nothing is made";
}

}  // namespace
}  // namespace tidegate::node
