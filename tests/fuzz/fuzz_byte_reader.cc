// A script of reads over untrusted bytes: the reader never steps outside them, and an error sticks.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // The first byte says how many of the following are the script.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view script = input.substr(1, data[0]);
  const std::string_view bytes = input.substr(1 + script.size());
  tidegate::crypto::ByteReader reader(bytes);
  for (const char step : script) {
    const bool was_ok = reader.ok();
    const size_t before = reader.remaining();
    std::string_view view;
    uint64_t number = 0;
    switch (step & 7) {
      case 0:
        number = reader.U8();
        break;
      case 1:
        number = reader.U16();
        break;
      case 2:
        number = reader.U32();
        break;
      case 3:
        number = reader.U64();
        break;
      case 4:
        view = reader.Lp8();
        break;
      case 5:
        view = reader.Lp16();
        break;
      case 6:
        view = reader.Lp32();
        break;
      default:
        view = reader.Raw(static_cast<uint64_t>(static_cast<int64_t>(step)));
        break;
    }
    if (!was_ok && (reader.ok() || number != 0 || !view.empty())) std::abort();
    if (reader.remaining() > before) std::abort();
    if (!view.empty() && (view.data() < bytes.data() || view.data() + view.size() > bytes.data() + bytes.size())) {
      std::abort();
    }
  }
  if (reader.Finish("input").ok() != (reader.ok() && reader.remaining() == 0)) std::abort();
  return 0;
}
