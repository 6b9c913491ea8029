// Values that people and foreign formats write, as text and as JSON, for every slot: an accepted value is valid and
// encodes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nlohmann/json.hpp"
#include "node/record/record.h"

namespace record = tidegate::record;

namespace {

void CheckAccepted(const record::Slot& slot, const record::Value& value) {
  const absl::StatusOr<record::Value> decoded = record::DecodeValue(slot, record::EncodeValue(slot, value));
  if (!decoded.ok() || *decoded != value) std::abort();
  record::DisplayValue(slot, value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto kinds = record::Catalogue::Kinds();
  const record::Kind& kind = kinds[data[0] % kinds.size()];
  const record::Slot& slot = kind.slots[data[1] % kind.slots.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (const auto value = record::ParseValue(slot, text); value.ok()) CheckAccepted(slot, *value);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_discarded()) {
    if (const auto value = record::FromJson(slot, json); value.ok()) {
      CheckAccepted(slot, *value);
      const auto again = record::FromJson(slot, record::ToJson(slot, *value));
      if (!again.ok() || *again != *value) std::abort();
    }
  }
  (void)record::IdentifierTerm("phone", text);
  return 0;
}
