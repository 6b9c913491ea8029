// The plaintext of a parcel, from a partner that seals as it should and lies inside. The first byte chooses the limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/parcel/plaintext.h"

namespace parcel = tidegate::parcel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  parcel::Limits limits;
  if (data[0] % 2 == 1) limits = {.plaintext_bytes = 4096, .records = 3, .sections = 1};
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const absl::StatusOr<parcel::RawPlaintext> read = parcel::ReadPlaintext(input, limits);
  if (!read.ok()) {
    if (!parcel::LayerOf(read.status()).has_value()) std::abort();
    return 0;
  }
  size_t records = read->withdrawals.size() + read->instants.size() + read->whole_recalls.size();
  for (const parcel::RawSection& section : read->sections) {
    records += section.items.size() + section.recalls.size();
    for (size_t i = 1; i < section.items.size(); ++i) {
      if (section.items[i].log_index <= section.items[i - 1].log_index) std::abort();
    }
  }
  if (records > limits.records || read->sections.size() > limits.sections) std::abort();
  return 0;
}
