// A proposal of the first of two people, as it waits in the store: accepted bytes re-encode identically.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/flow/proposal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto word = tidegate::flow::DecodeFirstWord(bytes);
  if (word.ok() && tidegate::flow::EncodeFirstWord(*word) != bytes) std::abort();
  return 0;
}
