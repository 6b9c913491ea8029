// Key derivation: HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869), Argon2id (RFC 9106).
//
//   Takes    secrets, salts and context strings
//   Gives    keys
//   Must     take a passphrase only through Argon2id
//   Threads  any
#ifndef TIDEGATE_CRYPTO_KDF_H_
#define TIDEGATE_CRYPTO_KDF_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tidegate::crypto {

Ephemeral<32> HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// An empty salt means 32 zero bytes (RFC 5869 §2.2). `ikm` may come in parts.
Ephemeral<32> HkdfExtract(std::string_view salt, std::initializer_list<std::string_view> ikm);

// Fills `out`. InvalidArgument if it has more than 255 * 32 bytes.
absl::Status HkdfExpand(std::string_view prk, std::initializer_list<std::string_view> info, std::span<uint8_t> out);

// Extracts, and expands into memory for secrets. It has the same limit as HkdfExpand.
absl::StatusOr<SecretBytes> Hkdf(std::string_view salt, std::string_view ikm, std::string_view info, size_t length);

// The cost of one guess of a passphrase. `memory` is in bytes.
struct Argon2Cost {
  uint32_t operations;
  uint64_t memory;
};

// RFC 9106 recommends, as its second choice, three passes over 64 MiB. We take four times the memory.
inline constexpr Argon2Cost kArgon2Moderate{3, uint64_t{256} << 20};
// The highest cost that a file may ask for. Without this limit a header from outside could exhaust the machine.
inline constexpr Argon2Cost kArgon2Limit{16, uint64_t{1} << 30};

// InvalidArgument if the salt has not 16 bytes, or if the cost is outside the limits of libsodium or ours.
// ResourceExhausted if there is not enough memory.
absl::StatusOr<Secret<32>> Argon2id(std::string_view passphrase, std::string_view salt, const Argon2Cost& cost);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_KDF_H_
