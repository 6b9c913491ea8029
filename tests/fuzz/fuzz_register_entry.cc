// Register entries, as an exported file brings them back: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/ledger/ledger.h"

namespace ledger = tidegate::ledger;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto entry = ledger::DecodeEntry(bytes); entry.ok() && ledger::EncodeEntry(*entry) != bytes) std::abort();
  return 0;
}
