// A caller's claims about itself, before any of them is believed.
#include <cstdint>
#include <cstdlib>

#include "node/exchange/introduction.h"

namespace exchange = tidegate::exchange;
namespace parcel = tidegate::parcel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidegate::v1::Introduction message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const absl::Status checked = exchange::CheckIntroduction(message);
  if (!checked.ok() && !parcel::LayerOf(checked).has_value()) std::abort();
  if (checked.ok() && exchange::GreetingOf(message).checkpoints.size() > 8) std::abort();
  return 0;
}
