// Randomness that can be repeated: the seed is printed, and TIDEGATE_SEED sets it.
#ifndef TIDEGATE_TESTS_PROPERTY_CRYPTO_DICE_H_
#define TIDEGATE_TESTS_PROPERTY_CRYPTO_DICE_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace tidegate::property {

class Dice {
 public:
  explicit Dice(const char* test) : seed_(Seed()), engine_(seed_) {
    std::cout << test << ": TIDEGATE_SEED=" << seed_ << std::endl;
  }
  // How often to try: `count`, and ten times that in the long runs (TIDEGATE_FULL=1).
  static int Rounds(int count) {
    const char* full = std::getenv("TIDEGATE_FULL");
    return full != nullptr && std::string(full) == "1" ? 10 * count : count;
  }
  // Uniform in [0, bound); bound is at least 1.
  uint64_t Below(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_); }
  bool Chance(uint64_t one_in) { return Below(one_in) == 0; }
  // Small numbers as likely as large ones, so that edges are met.
  uint64_t Length(uint64_t bound) { return Below(Below(bound) + 1); }
  std::string Bytes(size_t length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine_());
    return bytes;
  }

 private:
  static uint64_t Seed() {
    const char* given = std::getenv("TIDEGATE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }

  uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace tidegate::property

#endif  // TIDEGATE_TESTS_PROPERTY_CRYPTO_DICE_H_
