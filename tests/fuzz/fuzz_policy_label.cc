// Whatever decodes as a label or marking is canonical: it encodes to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto label = tidegate::policy::DecodeLabel(bytes);
  if (label.ok() && tidegate::policy::EncodeLabel(*label) != bytes) std::abort();
  const auto marking = tidegate::policy::DecodeMarking(bytes);
  if (marking.ok() && tidegate::policy::EncodeMarking(*marking) != bytes) std::abort();
  return 0;
}
