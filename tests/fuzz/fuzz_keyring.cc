// The keyring: the file as a thief would change it, and the contents as an older program might have written them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/vault/keyring.h"

namespace vault = tidegate::vault;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<vault::Contents> contents = vault::DecodeContents(input);
  if (contents.ok() && vault::EncodeContents(*contents, 0) != input) std::abort();

  // A cheap cost only: a header may ask for seconds of work, which is not what is looked for here.
  const bool costly =
      size > 20 && (data[8] == 1) &&
      (data[9] | data[10] | data[11] | data[13] | data[14] | data[15] | data[16] | data[17] | data[18]) != 0;
  if (costly) return 0;
  auto master = vault::MasterKey::FromPassphrase(tidegate::crypto::SecretBytes::CopyOf("words"), {1, 8192});
  if (!master.ok() || vault::Keyring::Unwrap(input, *std::move(master)).ok()) std::abort();
  return 0;
}
