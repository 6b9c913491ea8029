// Whatever the bytes of a query, it is understood or refused: within its bounds, and with a message of bounded length.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "node/search/search.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidegate::search::Question question;
  question.query = std::string(reinterpret_cast<const char*>(data), size);
  question.home = "GB";
  question.now_ms = 1'772'000'000'000;
  const auto plan = tidegate::search::PlanFor(question);
  if (!plan.ok() && plan.status().message().size() > 4096) std::abort();
  if (plan.ok() && plan->asked.size() > 256) std::abort();
  return 0;
}
