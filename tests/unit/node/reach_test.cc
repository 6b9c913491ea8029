// A node that another user owns: told apart from one that is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "node/node.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::node {
namespace {

using testing::HasSubstr;

TEST(ReachTest, WhatIsNotThereIsNoQuestionOfRights) {
  const store::TemporaryFolder folder;
  EXPECT_TRUE(CheckReach(folder.path(), "tidegate.toml").ok());
  EXPECT_TRUE(CheckReach(folder.path() + "/none/at/all", "tidegate.toml").ok());
  std::ofstream(folder.path() + "/tidegate.toml") << "x";
  EXPECT_TRUE(CheckReach(folder.path(), "tidegate.toml").ok());
}

// The message to another user, who may not look into the folder. None if this machine lets nobody become another user.
std::string AsNobody(const std::string& folder) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    constexpr uid_t kNobody = 65534;
    const bool became = setgid(kNobody) == 0 && setuid(kNobody) == 0;
    const absl::Status told = CheckReach(folder, "tidegate.toml");
    const std::string message = became ? (told.ok() ? "let in" : std::string(told.message())) : "";
    const ssize_t written = write(ends[1], message.data(), message.size());
    _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string message(4096, '\0');
  const ssize_t got = read(ends[0], message.data(), message.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  message.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return message;
}

TEST(ReachTest, AnotherUserIsToldWhoseNodeItIs) {
  const store::TemporaryFolder folder;
  const std::string node = folder.path() + "/node";
  ASSERT_EQ(mkdir(node.c_str(), 0700), 0);
  std::ofstream(node + "/tidegate.toml") << "x";
  if (geteuid() == 0) {
    ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
    const std::string told = AsNobody(node);
    EXPECT_THAT(told, HasSubstr("permission denied"));
    EXPECT_THAT(told, HasSubstr("run as root: `sudo -u root tidegate --node " + node));
    EXPECT_THAT(told, testing::Not(HasSubstr("init")));
    return;
  }
  // A user who is not root can take the right from himself.
  ASSERT_EQ(chmod(node.c_str(), 0000), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(CheckReach(node, "tidegate.toml")));
  ASSERT_EQ(chmod(node.c_str(), 0700), 0);
}

}  // namespace
}  // namespace tidegate::node
