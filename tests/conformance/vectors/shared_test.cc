// The vectors that lie beside the project, when they do: $TIDEGATE_SHARED or ../shared.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "tests/conformance/vectors/run.h"

namespace tidegate::conformance {
namespace {

namespace fs = std::filesystem;

fs::path Shared() {
  const char* named = std::getenv("TIDEGATE_SHARED");
  return named != nullptr ? fs::path(named) : fs::path(TIDEGATE_SOURCE_DIR) / ".." / "shared";
}

class SharedVectors : public testing::TestWithParam<const char*> {};

TEST_P(SharedVectors, AllPass) {
  if (std::getenv("TIDEGATE_SHARED") == nullptr && !fs::exists(Shared())) {
    GTEST_SKIP() << "no vectors beside the project; set TIDEGATE_SHARED to their directory";
  }
  std::ostringstream out;
  Report report(out);
  RunPath(Shared() / "vectors" / GetParam(), report);
  report.PrintSummary();
  std::cout << out.str();
  EXPECT_GT(report.passed(), 0);
  EXPECT_EQ(report.failed(), 0) << out.str();
}

INSTANTIATE_TEST_SUITE_P(All, SharedVectors, testing::Values("tidegate-kat", "hpke", "wycheproof", "rfc6962"),
                         [](const auto& vectors) {
                           std::string name = vectors.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tidegate::conformance
