// Any text as a policy in JSON form. A policy that parses is evaluated, validated and printed, and must come back the
// same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/cedar_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace cedar = tidegate::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto set = cedar::PolicySet::PolicyFromJson(text, "p");
  if (!set.ok()) return 0;
  cedar::Exercise(*set);
  for (const auto* list : {&set->policies(), &set->templates()}) {
    for (const cedar::Policy& policy : *list) cedar::CheckRoundTrip(policy);
  }
  return 0;
}
