// Any file of cases is run or refused without a crash.
#include <cstdint>
#include <string_view>

#include "policy/review/review.h"

namespace {

tidegate::policy::Digest NoHash(std::string_view) { return {}; }

const tidegate::policy::Engine& TheEngine() {
  static const auto& engine = *new std::shared_ptr<const tidegate::policy::Engine>(
      *tidegate::policy::Engine::Create({}, {{1, 1, "report", {{0, "title", "analytic", {"whole"}}}}}, {}, &NoHash));
  return *engine;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = tidegate::review::ParseCases(text, "fuzz.toml");
  if (root.ok()) tidegate::review::RunCases(TheEngine(), *root, text, "fuzz.toml").IgnoreError();
  return 0;
}
