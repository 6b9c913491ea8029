// Views as they lie in a store, damaged or made up: what is read is a view that its own codec takes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/record/record.h"

namespace record = tidegate::record;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<record::View> view =
      record::DecodeHeld(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!view.ok()) return 0;
  const absl::StatusOr<record::View> again = record::DecodeView(record::EncodeView(*view));
  if (!again.ok() || *again != *view) std::abort();
  const absl::StatusOr<record::VerifiedView> verified = record::Verify(*view);
  if (verified.ok() && verified->seed().has_value()) std::abort();
  return 0;
}
