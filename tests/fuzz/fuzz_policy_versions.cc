// Stored versions of the policies and what waits for a second person: what is accepted re-encodes identically, but for
// a version without its label, as older programs wrote it, which gets one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/decision/versions.h"

namespace decision = tidegate::decision;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto version = decision::DecodeVersion(bytes); version.ok()) {
    const std::string again = decision::EncodeVersion(*version);
    if (again != bytes && again.substr(8) != bytes) std::abort();
  }
  if (auto pending = decision::DecodePending(bytes); pending.ok() && decision::EncodePending(*pending) != bytes) {
    std::abort();
  }
  return 0;
}
