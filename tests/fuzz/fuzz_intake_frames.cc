// Frames from the process that reads a file: accepted implies ready to be stored, and written again as they were.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/intake/frames.h"

namespace intake = tidegate::intake;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  intake::DecodeAssignment(input).IgnoreError();
  const absl::StatusOr<intake::Frame> frame = intake::DecodeFrame(input);
  if (!frame.ok()) return 0;
  if (const auto* item = std::get_if<intake::Item>(&*frame)) {
    if (!item->revoked && item->draft.kind == nullptr) std::abort();
    const absl::StatusOr<std::string> again = intake::EncodeItem(*item);
    if (!again.ok()) std::abort();
  }
  if (const auto* reject = std::get_if<intake::Reject>(&*frame)) {
    const absl::StatusOr<std::string> again = intake::EncodeReject(*reject);
    if (!again.ok() || std::string_view(*again).substr(intake::kFrameHead) != input) std::abort();
  }
  return 0;
}
