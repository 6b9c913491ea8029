// This program is started again as processes that play the door.
#include <gtest/gtest.h>

#include "tests/unit/door/played.h"

int main(int argc, char** argv) {
  const int played = argc == 2 ? tidegate::door::Play(argv[1]) : -1;
  if (played >= 0) return played;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
