// A stored value as a damaged or hostile disk gives it: nothing opens but what was sealed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/vault/value.h"

namespace vault = tidegate::vault;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static vault::EpochCipher cipher(1, tidegate::crypto::Secret<32>::Random());
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<uint32_t> epoch = vault::Vault::EpochOf(input);
  const absl::StatusOr<vault::SealedValue> parsed = vault::ParseSealedValue(input);
  if (parsed.ok() != epoch.ok()) std::abort();
  // No value is ever sealed for this place. (For the one below, the fuzzer learns true values from comparisons.)
  std::string out = "kept";
  if (parsed.ok() && cipher.OpenAppend(*parsed, {"elsewhere", "key"}, out).ok()) std::abort();
  if (out != "kept") std::abort();

  // The same bytes as a value come back, and with the input laid over the sealed form they come back or nothing does.
  const auto suite = size % 2 == 0 ? vault::Suite::kXChaCha20Poly1305 : vault::Suite::kXAes256Gcm;
  std::string sealed;
  if (!cipher.SealAppend(suite, {"table", "key"}, input, sealed).ok()) std::abort();
  std::string bad = sealed;
  for (size_t i = 0; i < size && i < 64; ++i) bad[i % bad.size()] = static_cast<char>(bad[i % bad.size()] ^ data[i]);
  const absl::StatusOr<vault::SealedValue> changed = vault::ParseSealedValue(bad);
  std::string opened;
  const bool opens = changed.ok() && changed->epoch == 1 && cipher.OpenAppend(*changed, {"table", "key"}, opened).ok();
  if (opens != (bad == sealed) || (opens && opened != input)) std::abort();
  return 0;
}
