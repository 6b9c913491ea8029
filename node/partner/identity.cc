#include "node/partner/identity.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "crypto/certificate.h"
#include "node/partner/notice.h"

namespace tidegate::partner {
namespace {

constexpr char kLog[] = "identity/log";
constexpr char kDelivery[] = "identity/delivery";
constexpr char kGovernance[] = "identity/governance";
constexpr char kTls[] = "identity/tls";
constexpr char kKem[] = "identity/kem/";  // and the time it was made, so that names sort by age
constexpr char kKeyNotice[] = "identity/notice/key";
constexpr char kKemNotice[] = "identity/notice/kem";
constexpr uint64_t kKemLifeMs = (kKemRotationDays + kLongestDelayDays) * kDayMs;

std::string KemName(uint64_t created_ms) { return absl::StrFormat("%s%020d", kKem, created_ms); }

absl::Status Keep(vault::Vault& vault, std::string_view name, std::string_view value) {
  return vault.SetSecret(name, crypto::SecretBytes::CopyOf(value));
}

// Stores a new KEM key and then its notice, so that a notice never names a key that is missing.
absl::Status KeepNewKem(vault::Vault& vault, const std::string& node, const crypto::SigningKey& delivery,
                        uint64_t now_ms) {
  const crypto::AgreementKey key = crypto::AgreementKey::Generate();
  if (absl::Status kept = Keep(vault, KemName(now_ms), key.ExposePrivateKey()); !kept.ok()) return kept;
  const SignedNotice notice = SignKemNotice(
      {.node = node, .key = key.public_key(), .created_ms = now_ms, .expires_ms = now_ms + kKemLifeMs}, delivery);
  return Keep(vault, kKemNotice, notice.Encode());
}

absl::StatusOr<crypto::SigningKey> LoadSigningKey(const vault::Vault& vault, std::string_view name) {
  absl::StatusOr<crypto::SecretBytes> seed = vault.GetSecret(name);
  if (!seed.ok()) return seed.status();
  return crypto::SigningKey::FromSeed(seed->Expose());
}

absl::StatusOr<SignedNotice> LoadNotice(const vault::Vault& vault, std::string_view name) {
  absl::StatusOr<crypto::SecretBytes> encoded = vault.GetSecret(name);
  if (!encoded.ok()) return encoded.status();
  return SignedNotice::Decode(encoded->Expose());
}

absl::Status Mismatch() {
  return absl::DataLossError("partner: the keys in the keyring do not fit this node's key notice; restore the keyring");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Identity>> Identity::Create(const IdentityParams& params, vault::Vault& vault) {
  if (absl::Status fine = CheckNames(params.names); !fine.ok()) return fine;
  if (absl::Status fine = CheckPlace(params.sector, params.country); !fine.ok()) return fine;
  if (vault.GetSecret(kKeyNotice).ok()) {
    return absl::AlreadyExistsError("partner: this node has an identity already; choose another folder");
  }
  const crypto::SigningKey log = crypto::SigningKey::Generate();
  const crypto::SigningKey delivery = crypto::SigningKey::Generate();
  const crypto::SigningKey governance = crypto::SigningKey::Generate();
  absl::StatusOr<crypto::SecretBytes> tls = crypto::GenerateTlsKey();
  if (!tls.ok()) return tls.status();
  absl::StatusOr<crypto::Hash> spki = crypto::SpkiOfKey(*tls);
  if (!spki.ok()) return spki.status();
  KeyNotice notice;
  notice.version = 1;
  notice.names = params.names;
  notice.sector = params.sector;
  notice.country = params.country;
  notice.governance_key = governance.public_key();
  notice.log_key = {.name = params.names.Log(1), .public_key = log.public_key()};
  notice.delivery_key = delivery.public_key();
  notice.tls_spki = *spki;
  notice.created_ms = params.now_ms;

  const std::pair<std::string_view, std::string_view> secrets[] = {{kLog, log.ExposeSeed()},
                                                                   {kDelivery, delivery.ExposeSeed()},
                                                                   {kGovernance, governance.ExposeSeed()},
                                                                   {kTls, tls->Expose()}};
  for (const auto& [name, value] : secrets) {
    if (absl::Status kept = Keep(vault, name, value); !kept.ok()) return kept;
  }
  if (absl::Status kept = KeepNewKem(vault, params.names.Node(), delivery, params.now_ms); !kept.ok()) return kept;
  if (absl::Status kept = Keep(vault, kKeyNotice, SignKeyNotice(notice, governance).Encode()); !kept.ok()) return kept;
  return Load(vault);
}

absl::StatusOr<std::shared_ptr<const Identity>> Identity::Load(const vault::Vault& vault) {
  absl::StatusOr<SignedNotice> key_notice = LoadNotice(vault, kKeyNotice);
  if (!key_notice.ok()) return key_notice.status();
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(*key_notice);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<SignedNotice> kem_notice = LoadNotice(vault, kKemNotice);
  if (!kem_notice.ok()) return kem_notice.status();
  absl::StatusOr<KemNotice> kem = ReadKemNotice(*kem_notice, *keys);
  if (!kem.ok()) return kem.status();
  absl::StatusOr<crypto::SigningKey> log = LoadSigningKey(vault, kLog);
  if (!log.ok()) return log.status();
  absl::StatusOr<crypto::SigningKey> delivery = LoadSigningKey(vault, kDelivery);
  if (!delivery.ok()) return delivery.status();
  absl::StatusOr<crypto::SecretBytes> tls = vault.GetSecret(kTls);
  if (!tls.ok()) return tls.status();
  absl::StatusOr<crypto::Hash> spki = crypto::SpkiOfKey(*tls);
  if (!spki.ok()) return spki.status();

  std::shared_ptr<Identity> identity(new Identity(*std::move(log), *std::move(delivery)));
  for (const std::string& name : vault.SecretNames(kKem)) {
    absl::StatusOr<crypto::SecretBytes> bytes = vault.GetSecret(name);
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<crypto::AgreementKey> key = crypto::AgreementKey::FromBytes(bytes->Expose());
    if (!key.ok()) return key.status();
    identity->kem_keys_.push_back(*std::move(key));
  }
  const crypto::AgreementKey* current = identity->KemKey(KemIdOf(kem->key));
  if (current == nullptr || identity->log_key_.public_key() != keys->log_key.public_key ||
      identity->delivery_key_.public_key() != keys->delivery_key || *spki != keys->tls_spki) {
    return Mismatch();
  }
  identity->keys_ = *std::move(keys);
  identity->kem_ = *std::move(kem);
  identity->current_kem_ = current;
  identity->key_notice_ = *std::move(key_notice);
  identity->kem_notice_ = *std::move(kem_notice);
  identity->tls_key_ = *std::move(tls);
  identity->log_fingerprint_ = identity->keys_.LogFingerprint();
  identity->delivery_fingerprint_ = identity->keys_.DeliveryFingerprint();
  identity->governance_fingerprint_ = identity->keys_.GovernanceFingerprint();
  identity->kem_fingerprint_ = identity->kem_.Fingerprint();
  return identity;
}

absl::StatusOr<bool> Identity::RotateKem(vault::Vault& vault, uint64_t now_ms) {
  absl::StatusOr<std::shared_ptr<const Identity>> identity = Load(vault);
  if (!identity.ok()) return identity.status();
  const KemNotice& current = (*identity)->kem_;
  bool changed = false;
  if (now_ms >= current.created_ms + kKemRotationDays * kDayMs) {
    absl::Status kept = KeepNewKem(vault, (*identity)->names().Node(), (*identity)->delivery_key(), now_ms);
    if (!kept.ok()) return kept;
    changed = true;
  }
  // Names sort by age. Keys made before this may be forgotten, but never the one in use.
  const std::string oldest = KemName(now_ms > kKemLifeMs ? now_ms - kKemLifeMs : 0);
  const std::string in_use = KemName(changed ? now_ms : current.created_ms);
  for (const std::string& name : vault.SecretNames(kKem)) {
    if (name >= oldest || name >= in_use) continue;
    if (absl::Status removed = vault.RemoveSecret(name); !removed.ok()) return removed;
    changed = true;
  }
  return changed;
}

const crypto::AgreementKey* Identity::KemKey(const KemId& id) const {
  for (const crypto::AgreementKey& key : kem_keys_) {
    if (KemIdOf(key.public_key()) == id) return &key;
  }
  return nullptr;
}

absl::StatusOr<std::string> Identity::TlsCertificate(uint64_t now_ms, std::string_view name) const {
  constexpr int64_t kDay = int64_t{24} * 3600;
  const int64_t today = static_cast<int64_t>(now_ms / 1000) / kDay * kDay;
  // A stranger who connects learns nothing from it: neither a name to search for, nor when the node was started.
  const std::string random = absl::BytesToHexString(crypto::Random(16));
  return crypto::SelfSign(tls_key_, name.empty() ? random : name, today - kTlsBackdatedDays * kDay,
                          today + (kTlsCertificateDays + 1) * kDay);
}

}  // namespace tidegate::partner
