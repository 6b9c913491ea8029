// Who this node is: its names, its keys and the two signed notices that say so to others.
#ifndef TIDEGATE_NODE_PARTNER_IDENTITY_H_
#define TIDEGATE_NODE_PARTNER_IDENTITY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/agree.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "crypto/vault/vault.h"
#include "text/text.h"

namespace tidegate::partner {

using KemId = std::array<uint8_t, 8>;  // H("TDGkem1\0" || pkR)[:8]
KemId KemIdOf(const crypto::PublicKey& kem_key);

// Lower-case letters a-z, digits and single inner hyphens, 1 to 63 of them: nothing that looks like something else.
absl::Status CheckName(std::string_view what, std::string_view name);
// HOST:PORT, the host a DNS name, an IPv4 address or an IPv6 address in brackets. At most 260 bytes.
absl::Status CheckAddress(std::string_view address);
// Names of one skeleton look alike to somebody who reads or hears them: `n0rthbank`, `northbarik` and `nor-thbank` have
// that of `northbank`. PARTNER.md, "Names".
using text::Skeleton;

struct Names {
  std::string federation, organisation, node;

  std::string Node() const;          // `tidegate.<federation>/<organisation>/<node>`
  std::string Organisation() const;  // `tidegate.<federation>/<organisation>`
  std::string Log(uint32_t epoch) const;
  std::string Register(uint32_t epoch) const;

  friend bool operator==(const Names&, const Names&) = default;
};

// Canonical bytes and the signature over them; Encode is LP16(bytes) || signature.
struct SignedNotice {
  std::string bytes;
  crypto::Signature signature{};

  std::string_view signature_view() const { return crypto::View(signature); }
  std::string Encode() const;
  static absl::StatusOr<SignedNotice> Decode(std::string_view encoded);
};

// A node's statement about itself, signed by its governance key. Layout: PARTNER.md.
struct KeyNotice {
  uint32_t version = 0;     // 1 for the first
  crypto::Hash previous{};  // H(bytes) of the notice before; zero for the first
  Names names;
  // What the node says it is. It is a claim: no policy reads it.
  std::string sector;   // as policies name it: `charity`, `bank`, `police`, ...
  std::string country;  // ISO 3166 alpha-2
  crypto::PublicKey governance_key{};
  checkpoint::VerifierKey log_key;
  crypto::PublicKey delivery_key{};
  crypto::Hash tls_spki{};  // SHA-256 of the SubjectPublicKeyInfo
  uint64_t created_ms = 0;

  crypto::Hash LogFingerprint() const;
  crypto::Hash DeliveryFingerprint() const;
  crypto::Hash GovernanceFingerprint() const;
  // This node's people read it out, and their partners confirm it. It stays the same as long as the governance key and
  // the organisation's name stay the same.
  std::string Fingerprint() const;
};
// The first 128 bits in eight groups of four hexadecimal digits.
std::string FingerprintText(const crypto::Hash& hash);

// The node's KEM key, signed by its delivery key.
struct KemNotice {
  std::string node;  // Names::Node()
  crypto::PublicKey key{};
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;

  crypto::Hash Fingerprint() const;
};

// Readers check every field, and that the governance key named in the notice itself made the signature. The caller
// checks that this is the right governance key: by a pin, or by a fingerprint that people compared.
absl::StatusOr<KeyNotice> ReadKeyNotice(const SignedNotice& notice);
absl::StatusOr<KemNotice> ReadKemNotice(const SignedNotice& notice, const KeyNotice& keys);

inline constexpr int kTlsCertificateDays = 90;
// Before its issue, so that a partner whose clock is behind does not refuse it.
inline constexpr int kTlsBackdatedDays = 2;

inline constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
inline constexpr uint64_t kKemRotationDays = 7;
inline constexpr uint64_t kLongestDelayDays = 30;  // how long a parcel may be under way

struct IdentityParams {
  Names names;
  std::string sector;
  std::string country;
  uint64_t now_ms = 0;
};

// This node. Immutable once loaded, so that any thread may read it. Private keys are named secrets of the vault under
// `identity/`.
class Identity {
 public:
  // Makes every key and stores them. AlreadyExists when the vault holds an identity; InvalidArgument for a bad name.
  static absl::StatusOr<std::shared_ptr<const Identity>> Create(const IdentityParams& params, vault::Vault& vault);
  // NotFound in a vault without identity; DataLoss when the parts do not fit each other.
  static absl::StatusOr<std::shared_ptr<const Identity>> Load(const vault::Vault& vault);
  // Makes a new KEM key if the newest is older than kKemRotationDays, and erases those that are too old even for a late
  // parcel. The serving node calls this before Load. True if something changed.
  static absl::StatusOr<bool> RotateKem(vault::Vault& vault, uint64_t now_ms);

  const Names& names() const { return keys_.names; }
  const std::string& sector() const { return keys_.sector; }
  const std::string& country() const { return keys_.country; }
  const KeyNotice& keys() const { return keys_; }
  const SignedNotice& key_notice() const { return key_notice_; }
  const SignedNotice& kem_notice() const { return kem_notice_; }

  const crypto::SigningKey& log_key() const { return log_key_; }
  const crypto::SigningKey& delivery_key() const { return delivery_key_; }
  const crypto::AgreementKey& kem_key() const { return *current_kem_; }
  // The current KEM key, or an earlier one that late parcels may still be sealed to; null if unknown or erased.
  const crypto::AgreementKey* KemKey(const KemId& id) const;

  // For exchange alone: the TLS key as PEM, and a certificate for it that is valid for kTlsCertificateDays from
  // `now_ms`. Certificates come and go; partners pin the key.
  const crypto::SecretBytes& tls_key() const { return tls_key_; }
  // `name`: its common name of at most 64 bytes; a random one where it is empty. Its dates are whole days.
  absl::StatusOr<std::string> TlsCertificate(uint64_t now_ms, std::string_view name = {}) const;

  const crypto::Hash& log_fingerprint() const { return log_fingerprint_; }
  const crypto::Hash& kem_fingerprint() const { return kem_fingerprint_; }
  const crypto::Hash& delivery_fingerprint() const { return delivery_fingerprint_; }
  const crypto::Hash& governance_fingerprint() const { return governance_fingerprint_; }

 private:
  Identity(crypto::SigningKey log, crypto::SigningKey delivery)
      : log_key_(std::move(log)), delivery_key_(std::move(delivery)) {}

  KeyNotice keys_;
  SignedNotice key_notice_, kem_notice_;
  crypto::SigningKey log_key_, delivery_key_;
  std::vector<crypto::AgreementKey> kem_keys_;  // oldest first; complete before current_kem_ is set
  const crypto::AgreementKey* current_kem_ = nullptr;
  KemNotice kem_;
  crypto::SecretBytes tls_key_;
  crypto::Hash log_fingerprint_{}, kem_fingerprint_{}, delivery_fingerprint_{}, governance_fingerprint_{};
};

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_IDENTITY_H_
