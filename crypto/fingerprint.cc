#include "crypto/fingerprint.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace tidegate::crypto {

Hash Fingerprint(KeyType type, std::string_view name, std::string_view public_key) {
  if (name.size() > 0xffff) {
    std::fprintf(stderr, "crypto: a key's name of %zu bytes has no fingerprint\n", name.size());
    std::abort();
  }
  const std::array<uint8_t, 3> head = {static_cast<uint8_t>(type), static_cast<uint8_t>(name.size() >> 8),
                                       static_cast<uint8_t>(name.size())};
  return HashOf({Label("TDGkey1"), View(head), name, public_key});
}

}  // namespace tidegate::crypto
