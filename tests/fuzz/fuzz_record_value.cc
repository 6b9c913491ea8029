// Canonical value encodings of every slot: accepted implies re-encodes identically, displays, coarsens to valid values.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/record/record.h"
#include "node/record/value/ladder.h"

namespace record = tidegate::record;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto kinds = record::Catalogue::Kinds();
  const record::Kind& kind = kinds[data[0] % kinds.size()];
  const record::Slot& slot = kind.slots[data[1] % kind.slots.size()];
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const absl::StatusOr<record::Value> value = record::DecodeValue(slot, input);
  if (!value.ok()) return 0;
  if (record::EncodeValue(slot, *value) != input) std::abort();
  record::DisplayValue(slot, *value);
  record::Value coarse = *value;
  for (uint8_t rung = 0; rung < slot.rung_count(); ++rung) {
    coarse = record::CoarsenTo(slot, coarse, rung);
    if (coarse != record::CoarsenTo(slot, *value, rung)) std::abort();
    if (!record::DecodeValue(slot, record::EncodeValue(slot, coarse)).ok()) std::abort();
  }
  return 0;
}
