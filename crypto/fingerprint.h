// Fingerprints: the one name of a public key. Nodes pin a key by it, and people read it out.
//
//   Takes    what the key is for, whose it is, and the key
//   Gives    fpr = H("TDGkey1\0" || u8 type || LP16(name) || pk)
//   Must     be compared whole by machines
#ifndef TIDEGATE_CRYPTO_FINGERPRINT_H_
#define TIDEGATE_CRYPTO_FINGERPRINT_H_

#include <cstdint>
#include <string_view>

#include "crypto/hash.h"

namespace tidegate::crypto {

// A key has one use. The numbers are hashed, so they can never change.
enum class KeyType : uint8_t {
  kLog = 1,         // Ed25519: checkpoints of a node's log; `name` is the checkpoint origin
  kKem = 2,         // X25519: HPKE recipient; `tidegate.<federation>/<organisation>/<node>`
  kDelivery = 3,    // Ed25519: manifests, receipts, KEM key notices; the same name
  kGovernance = 4,  // Ed25519: an organisation's key notices; `tidegate.<federation>/<organisation>`
  kTls = 5,         // ECDSA P-256, as SubjectPublicKeyInfo; the node's name
};

// `name` has at most 65,535 bytes.
Hash Fingerprint(KeyType type, std::string_view name, std::string_view public_key);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_FINGERPRINT_H_
