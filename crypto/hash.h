// Hashing: SHA-256 (FIPS 180-4) for commitments, keyed BLAKE2b-128 (RFC 7693) for blind index terms.
//
//   Takes    bytes, in any number of parts
//   Gives    fixed-size digests; nothing here allocates
//   Must     hash a layout of ours only with its label (see Label)
//   Threads  a Sha256 belongs to one thread; any thread may call the free functions
#ifndef TIDEGATE_CRYPTO_HASH_H_
#define TIDEGATE_CRYPTO_HASH_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::crypto {

using Hash = std::array<uint8_t, 32>;

// The eight bytes that begin each hash and AEAD input of ours: seven characters and the NUL that ends the literal. A
// label of another length does not compile.
constexpr std::string_view Label(const char (&text)[8]) { return std::string_view(text, 8); }

template <size_t N>
std::string_view View(const std::array<uint8_t, N>& bytes) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), N);
}

// `bytes` has exactly 32 bytes, else InvalidArgument.
absl::StatusOr<Hash> HashFrom(std::string_view bytes);

// SHA-256 in steps. A copy has the same state, so inputs with a common beginning can share its hashing.
class Sha256 {
 public:
  Sha256() { Reset(); }
  Sha256& Update(std::string_view bytes);
  // Gives the digest of everything so far. Afterwards the object is as new.
  Hash Finish();
  void Reset();

 private:
  // Room for OpenSSL's SHA256_CTX. hash.cc checks the size, so this header includes no header of OpenSSL.
  alignas(8) unsigned char state_[112];
};

// SHA-256 of the parts, one after the other.
Hash HashOf(std::initializer_list<std::string_view> parts);

// Keyed BLAKE2b with a 16-byte digest. The key has 16 to 64 bytes; another length ends the process.
std::array<uint8_t, 16> Blake2b128(std::string_view key, std::initializer_list<std::string_view> parts);

// True if both have the same length and bytes. The time depends only on the length.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_HASH_H_
