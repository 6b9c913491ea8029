// Other processes cannot look into the node's memory. open.h.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/open.h"

namespace tidegate::node {
namespace {

// In a process of its own, because the test's may leave a core.
TEST(MemoryTest, NobodyButRootLooksIntoTheProcessAndItLeavesNoCore) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    KeepMemoryPrivate();
    rlimit core = {.rlim_cur = 1, .rlim_max = 1};
    const bool none = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
    _exit(none && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace tidegate::node
