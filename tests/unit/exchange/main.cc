// This program is started again as the door of the servers that it tests.
#include <gtest/gtest.h>

#include "node/door/door.h"

int main(int argc, char** argv) {
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
