// An excerpt of a register that anybody may have written: its check ends with an answer, and reads no further than one
// line at a time.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "node/ledger/excerpt/excerpt.h"

namespace excerpt = tidegate::excerpt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream file(std::string(reinterpret_cast<const char*>(data), size));
  if (auto checked = excerpt::Check(file, [](const excerpt::Line&) {}); checked.ok()) {
    excerpt::CheckTrust(*checked, checked->key).IgnoreError();
    excerpt::CheckContinues(*checked, checked->note).IgnoreError();
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto seal = excerpt::DecodeSeal(bytes); seal.ok() && excerpt::EncodeSeal(*seal) != bytes) std::abort();
  return 0;
}
