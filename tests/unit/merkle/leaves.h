#ifndef TIDEGATE_TESTS_UNIT_MERKLE_LEAVES_H_
#define TIDEGATE_TESTS_UNIT_MERKLE_LEAVES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/merkle/merkle.h"

namespace tidegate::merkle {

// The leaves of a tree of this size, each another.
inline std::vector<Hash> Leaves(uint64_t count) {
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < count; ++i) leaves.push_back(LeafHash("leaf " + std::to_string(i)));
  return leaves;
}

}  // namespace tidegate::merkle

#endif  // TIDEGATE_TESTS_UNIT_MERKLE_LEAVES_H_
