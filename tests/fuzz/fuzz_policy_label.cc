// Bytes that decode as a label or marking are canonical: it encodes to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/label/label.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto label = tidegate::label::DecodeLabel(bytes);
  if (label.ok() && tidegate::label::EncodeLabel(*label) != bytes) std::abort();
  const auto marking = tidegate::label::DecodeMarking(bytes);
  if (marking.ok() && tidegate::label::EncodeMarking(*marking) != bytes) std::abort();
  return 0;
}
