// How a value is sealed under a data key. Private to the room.
//
//   value = u8 suite || u32 epoch || nonce[24] || AEAD(key, aad, plaintext)
//   aad   = "TDGlmd1\0" || u8 suite || u32 epoch || LP8(table) || LP16(key)
#ifndef TIDEGATE_CRYPTO_VAULT_VALUE_H_
#define TIDEGATE_CRYPTO_VAULT_VALUE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/aead.h"
#include "crypto/secret.h"
#include "crypto/vault/vault.h"
#include "threads/threads.h"

namespace tidegate::vault {

// The parts of a sealed value, as views into it.
struct SealedValue {
  Suite suite;
  uint32_t epoch;
  std::string_view nonce;
  std::string_view ciphertext;
};
absl::StatusOr<SealedValue> ParseSealedValue(std::string_view sealed);

// The place of a value in the store. The value opens in no other place.
struct Place {
  std::string_view table;
  std::string_view key;
};
absl::Status CheckPlace(const Place& place);

// Seals and opens under the key of one epoch. Any thread may call it. Each call takes a cipher context for itself and
// leaves it for later calls.
class EpochCipher {
 public:
  EpochCipher(uint32_t epoch, crypto::Secret<32> key) : epoch_(epoch), key_(std::move(key)) {}

  absl::Status SealAppend(Suite suite, const Place& place, std::string_view value, std::string& out);
  absl::Status OpenAppend(const SealedValue& sealed, const Place& place, std::string& out);

 private:
  // Draws nonces in batches, because a system call for each would cost as much as sealing a short value. They are not
  // secret. (After a fork both processes would draw the same; the node never forks.)
  struct Worker {
    crypto::Aead aead;
    std::array<uint8_t, size_t{24} * 32> nonces{};
    size_t next = sizeof(nonces);
  };
  absl::StatusOr<std::unique_ptr<Worker>> Take(Suite suite);
  void Return(Suite suite, std::unique_ptr<Worker> worker);

  const uint32_t epoch_;
  const crypto::Secret<32> key_;
  threads::Mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_xchacha_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Worker>> idle_xaes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_VALUE_H_
