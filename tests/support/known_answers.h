// Known answers that another program computed: kat.json of the shared vectors. Bytes stand there in hex.
#ifndef TIDEGATE_TESTS_SUPPORT_KNOWN_ANSWERS_H_
#define TIDEGATE_TESTS_SUPPORT_KNOWN_ANSWERS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace tidegate {

using nlohmann::json;

inline std::string Bytes(const json& hex_text) {
  const auto hex = hex_text.get<std::string>();
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

template <size_t N>
std::array<uint8_t, N> Fixed(const json& hex_text) {
  const std::string bytes = Bytes(hex_text);
  EXPECT_EQ(bytes.size(), N);
  std::array<uint8_t, N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

// Skips if there are no shared vectors. If there are, or if TIDEGATE_SHARED names a folder, kat.json must be readable.
class KnownAnswers : public testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("TIDEGATE_SHARED");
    const std::filesystem::path beside = std::filesystem::path(TIDEGATE_SOURCE_DIR) / ".." / "shared";
    const std::filesystem::path shared = named != nullptr ? std::filesystem::path(named) : beside;
    if (named == nullptr && !std::filesystem::exists(shared)) GTEST_SKIP() << "no shared vectors beside the project";
    std::ifstream file(shared / "vectors" / "tidegate-kat" / "kat.json");
    ASSERT_TRUE(file.good()) << "kat.json cannot be read";
    kat_ = json::parse(file);
    ASSERT_FALSE(kat_["records"].empty());
    ASSERT_TRUE(kat_.contains("manifest"));
  }
  json kat_;
};

}  // namespace tidegate

#endif  // TIDEGATE_TESTS_SUPPORT_KNOWN_ANSWERS_H_
