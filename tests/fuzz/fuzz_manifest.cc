// Manifests from partners. Each has one form: writing what was read gives the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/parcel/parcel.h"

namespace parcel = tidegate::parcel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<parcel::Manifest> manifest = parcel::ParseManifest(input);
  if (manifest.ok() ? parcel::EncodeManifest(*manifest) != input : !parcel::LayerOf(manifest.status()).has_value()) {
    std::abort();
  }
  return 0;
}
