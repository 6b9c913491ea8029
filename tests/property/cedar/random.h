#ifndef TIDEGATE_TESTS_PROPERTY_CEDAR_RANDOM_H_
#define TIDEGATE_TESTS_PROPERTY_CEDAR_RANDOM_H_

// Random choices from a seed. The same program makes the same choices again.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace tidegate::cedar {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  size_t Below(size_t n) { return static_cast<size_t>(Next() % n); }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  uint64_t state_;
};

// TIDEGATE_SEED if it is set, else `fallback`; printed, so that a failure can be run again.
inline uint64_t SeedOrDefault(uint64_t fallback) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given == nullptr ? fallback : std::strtoull(given, nullptr, 10);
  std::printf("seed %llu (set TIDEGATE_SEED to run it again)\n", static_cast<unsigned long long>(seed));
  return seed;
}

inline size_t CountOrDefault(const char* variable, size_t fallback) {
  const char* given = std::getenv(variable);
  return given == nullptr ? fallback : static_cast<size_t>(std::strtoull(given, nullptr, 10));
}

}  // namespace tidegate::cedar

#endif  // TIDEGATE_TESTS_PROPERTY_CEDAR_RANDOM_H_
