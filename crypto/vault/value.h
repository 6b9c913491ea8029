// One data key at work: how a value is sealed under it. Private to the room.
//
//   value = u8 suite || u32 epoch || nonce[24] || AEAD(key, aad, plaintext)
//   aad   = "TDGlmd1\0" || u8 suite || u32 epoch || LP8(table) || LP16(key)
#ifndef TIDEGATE_CRYPTO_VAULT_VALUE_H_
#define TIDEGATE_CRYPTO_VAULT_VALUE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/aead.h"
#include "crypto/secret.h"
#include "crypto/vault/vault.h"

namespace tidegate::vault {

// A sealed value's parts; views into it.
struct SealedValue {
  Suite suite;
  uint32_t epoch;
  std::string_view nonce;
  std::string_view ciphertext;
};
absl::StatusOr<SealedValue> ParseSealedValue(std::string_view sealed);

// Where a value lives; it opens nowhere else.
struct Place {
  std::string_view table;
  std::string_view key;
};
absl::Status CheckPlace(const Place& place);

// Seals and opens under one epoch's key. Any thread: each works with a cipher context of its own, taken from those that
// earlier calls left.
class EpochCipher {
 public:
  EpochCipher(uint32_t epoch, crypto::Secret<32> key) : epoch_(epoch), key_(std::move(key)) {}

  absl::Status SealAppend(Suite suite, const Place& place, std::string_view value, std::string& out);
  absl::Status OpenAppend(const SealedValue& sealed, const Place& place, std::string& out);

 private:
  // Nonces are drawn a batch at a time: a system call each would cost as much as sealing a short value. They are not
  // secret. (A process that forked would have to start afresh here; the node never forks.)
  struct Worker {
    crypto::Aead aead;
    std::array<uint8_t, 24 * 32> nonces{};
    size_t next = sizeof(nonces);
  };
  absl::StatusOr<std::unique_ptr<Worker>> Take(Suite suite);
  void Return(Suite suite, std::unique_ptr<Worker> worker);

  const uint32_t epoch_;
  const crypto::Secret<32> key_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::vector<std::unique_ptr<Worker>> idle_xchacha_;
  std::vector<std::unique_ptr<Worker>> idle_xaes_;
};

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_VALUE_H_
