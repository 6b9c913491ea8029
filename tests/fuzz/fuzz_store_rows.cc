// The store's own rows: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/store/rows.h"

namespace store = tidegate::store;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto row = store::DecodeRow(bytes); row.ok()) {
    std::string again;
    store::EncodeRow(*row, again);
    if (again != bytes) std::abort();
  }
  if (auto proof = store::DecodeProof(bytes); proof.ok() && store::EncodeProof(*proof) != bytes) std::abort();
  if (auto key = store::DecodeCountKey(bytes); key.ok() && store::EncodeCountKey(*key) != bytes) std::abort();
  return 0;
}
