// Views and statements from outside: what is read re-encodes identically. Verifying any bytes does not crash, and
// accepts no view that a second check would refuse.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/record/record.h"

namespace record = tidegate::record;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto statement = record::ParseStatement(input);
      statement.ok() && record::EncodeStatement(*statement) != input) {
    std::abort();
  }
  const absl::StatusOr<record::View> view = record::DecodeView(input);
  if (!view.ok()) return 0;
  if (record::EncodeView(*view) != input) std::abort();
  const absl::StatusOr<record::VerifiedView> verified = record::Verify(*view);
  if (verified.ok() && !record::Verify(verified->view()).ok()) std::abort();
  // Unverified views must not hurt either: a caller's mistake is no reason to crash.
  const absl::StatusOr<record::View> merged = record::Merge(*view, *view);
  if (merged.ok() && merged->opened != view->opened) std::abort();
  return 0;
}
