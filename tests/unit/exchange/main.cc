// This program is started again as the door and the dialler of the nodes that it tests.
#include <gtest/gtest.h>
#include <signal.h>

#include "node/door/door.h"

int main(int argc, char** argv) {
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main(argv);
  signal(SIGPIPE, SIG_IGN);  // callers that do not obey write to who has gone
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
