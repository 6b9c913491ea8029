// HPKE, RFC 9180, for KEM 0x0020 and KDF 0x0001. Names of the steps and their variables are the RFC's.
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "crypto/envelope/envelope.h"
#include "crypto/kdf.h"

namespace tidegate::envelope {
namespace {

using crypto::AgreementKey;
using crypto::Ephemeral;
using crypto::PublicKey;
using crypto::View;

constexpr std::string_view kVersion = "HPKE-v1";
constexpr std::array<uint8_t, 5> kKemSuite = {'K', 'E', 'M', 0x00, 0x20};

std::array<uint8_t, 10> HpkeSuite(AeadId aead) {
  const auto id = static_cast<uint16_t>(aead);
  return {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)};
}

Ephemeral<32> LabeledExtract(std::string_view suite, std::string_view salt, std::string_view label,
                             std::initializer_list<std::string_view> ikm) {
  // At most two parts of input keying material occur: the two Diffie-Hellman results of the auth modes.
  const auto part = ikm.begin();
  return crypto::HkdfExtract(salt, {kVersion, suite, label, ikm.size() > 0 ? part[0] : std::string_view(),
                                    ikm.size() > 1 ? part[1] : std::string_view()});
}

absl::Status LabeledExpand(std::string_view suite, std::string_view prk, std::string_view label,
                           std::string_view context, std::span<uint8_t> out) {
  const std::array<uint8_t, 2> length = {static_cast<uint8_t>(out.size() >> 8), static_cast<uint8_t>(out.size())};
  return crypto::HkdfExpand(prk, {View(length), kVersion, suite, label, context}, out);
}

// ExtractAndExpand of §4.1; `second` is empty but in the auth modes.
absl::StatusOr<Ephemeral<32>> KemSecret(std::string_view dh, std::string_view second, std::string_view kem_context) {
  const Ephemeral<32> eae_prk = LabeledExtract(View(kKemSuite), "", "eae_prk", {dh, second});
  Ephemeral<32> shared_secret;
  absl::Status status =
      LabeledExpand(View(kKemSuite), eae_prk.Expose(), "shared_secret", kem_context, shared_secret.ExposeForWriting());
  if (!status.ok()) return status;
  return shared_secret;
}

std::string KemContext(const Encapsulated& enc, const PublicKey& recipient, const PublicKey* sender) {
  std::string context;
  context.append(View(enc)).append(View(recipient));
  if (sender != nullptr) context.append(View(*sender));
  return context;
}

absl::StatusOr<crypto::AeadAlgorithm> AlgorithmOf(AeadId aead) {
  switch (aead) {
    case AeadId::kAes128Gcm:
      return crypto::AeadAlgorithm::kAes128Gcm;
    case AeadId::kAes256Gcm:
      return crypto::AeadAlgorithm::kAes256Gcm;
    case AeadId::kChaCha20Poly1305:
      return crypto::AeadAlgorithm::kChaCha20Poly1305;
    case AeadId::kExportOnly:
      break;
  }
  return absl::InvalidArgumentError("envelope: this AEAD is not known");
}

absl::Status CheckPsk(const std::optional<Psk>& psk) {
  if (!psk) return absl::OkStatus();
  if (psk->key.size() < 32) return absl::InvalidArgumentError("envelope: a pre-shared key has at least 32 bytes");
  if (psk->id.empty()) return absl::InvalidArgumentError("envelope: a pre-shared key needs an id");
  return absl::OkStatus();
}

// The mode byte of §5.
uint8_t ModeOf(const std::optional<Psk>& psk, bool authenticated) {
  return static_cast<uint8_t>((psk ? 1 : 0) | (authenticated ? 2 : 0));
}

}  // namespace

// KeySchedule of §5.1.
class KeySchedule {
 public:
  static absl::StatusOr<Context> Run(AeadId aead, uint8_t mode, const Ephemeral<32>& shared_secret,
                                     std::string_view info, const std::optional<Psk>& psk, bool keep_for_tests) {
    const std::array<uint8_t, 10> suite_bytes = HpkeSuite(aead);
    const std::string_view suite = View(suite_bytes);
    std::string context(1, static_cast<char>(mode));
    context.append(LabeledExtract(suite, "", "psk_id_hash", {psk ? psk->id : std::string_view()}).Expose());
    context.append(LabeledExtract(suite, "", "info_hash", {info}).Expose());
    const Ephemeral<32> secret =
        LabeledExtract(suite, shared_secret.Expose(), "secret", {psk ? psk->key : std::string_view()});

    Context made;
    made.aead_id_ = aead;
    absl::Status status =
        LabeledExpand(suite, secret.Expose(), "exp", context, made.exporter_secret_.ExposeForWriting());
    if (!status.ok()) return status;
    if (keep_for_tests) {
      made.schedule_ =
          ScheduleForTests{std::string(shared_secret.Expose()),        context, std::string(secret.Expose()), "", "",
                           std::string(made.exporter_secret_.Expose())};
    }
    if (aead == AeadId::kExportOnly) return made;

    absl::StatusOr<crypto::AeadAlgorithm> algorithm = AlgorithmOf(aead);
    if (!algorithm.ok()) return algorithm.status();
    Ephemeral<32> key;
    const std::span<uint8_t> key_bytes = key.ExposeForWriting().first(crypto::AeadKeySize(*algorithm));
    status = LabeledExpand(suite, secret.Expose(), "key", context, key_bytes);
    if (status.ok()) status = LabeledExpand(suite, secret.Expose(), "base_nonce", context, made.base_nonce_);
    if (!status.ok()) return status;
    const std::string_view exposed = key.Expose().substr(0, key_bytes.size());
    absl::StatusOr<crypto::Aead> cipher = crypto::Aead::Create(*algorithm, exposed);
    if (!cipher.ok()) return cipher.status();
    made.aead_ = *std::move(cipher);
    if (keep_for_tests) {
      made.schedule_->key = exposed;
      made.schedule_->base_nonce = View(made.base_nonce_);
    }
    return made;
  }
};

namespace {

absl::StatusOr<Sender> Encapsulate(const AgreementKey& ephemeral, AeadId aead, const PublicKey& recipient,
                                   std::string_view info, const std::optional<Psk>& psk, const AgreementKey* sender,
                                   bool keep_for_tests) {
  if (absl::Status fit = CheckPsk(psk); !fit.ok()) return fit;
  absl::StatusOr<crypto::Secret<32>> dh = ephemeral.Agree(recipient);
  if (!dh.ok()) return dh.status();
  crypto::SecretBytes second;
  if (sender != nullptr) {
    absl::StatusOr<crypto::Secret<32>> authentic = sender->Agree(recipient);
    if (!authentic.ok()) return authentic.status();
    second = crypto::SecretBytes::CopyOf(authentic->Expose());
  }
  const Encapsulated enc = ephemeral.public_key();
  const PublicKey* sender_key = sender != nullptr ? &sender->public_key() : nullptr;
  absl::StatusOr<Ephemeral<32>> shared =
      KemSecret(dh->Expose(), second.Expose(), KemContext(enc, recipient, sender_key));
  if (!shared.ok()) return shared.status();
  absl::StatusOr<Context> context =
      KeySchedule::Run(aead, ModeOf(psk, sender != nullptr), *shared, info, psk, keep_for_tests);
  if (!context.ok()) return context.status();
  return Sender{enc, *std::move(context)};
}

}  // namespace

absl::StatusOr<Sender> SetupSender(AeadId aead, const PublicKey& recipient, std::string_view info,
                                   const std::optional<Psk>& psk, const AgreementKey* sender) {
  return Encapsulate(AgreementKey::Generate(), aead, recipient, info, psk, sender, false);
}

absl::StatusOr<Sender> TEST_SetupSenderWithEphemeral(const AgreementKey& ephemeral, AeadId aead,
                                                     const PublicKey& recipient, std::string_view info,
                                                     const std::optional<Psk>& psk, const AgreementKey* sender) {
  return Encapsulate(ephemeral, aead, recipient, info, psk, sender, true);
}

absl::StatusOr<Context> SetupRecipient(AeadId aead, const AgreementKey& recipient, const Encapsulated& enc,
                                       std::string_view info, const std::optional<Psk>& psk, const PublicKey* sender) {
  if (absl::Status fit = CheckPsk(psk); !fit.ok()) return fit;
  absl::StatusOr<crypto::Secret<32>> dh = recipient.Agree(enc);
  if (!dh.ok()) return dh.status();
  crypto::SecretBytes second;
  if (sender != nullptr) {
    absl::StatusOr<crypto::Secret<32>> authentic = recipient.Agree(*sender);
    if (!authentic.ok()) return authentic.status();
    second = crypto::SecretBytes::CopyOf(authentic->Expose());
  }
  absl::StatusOr<Ephemeral<32>> shared =
      KemSecret(dh->Expose(), second.Expose(), KemContext(enc, recipient.public_key(), sender));
  if (!shared.ok()) return shared.status();
  return KeySchedule::Run(aead, ModeOf(psk, sender != nullptr), *shared, info, psk, false);
}

std::array<uint8_t, 12> Context::NextNonce() const {
  std::array<uint8_t, 12> nonce = base_nonce_;
  for (size_t i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<uint8_t>(sequence_ >> (8 * i));
  return nonce;
}

absl::Status Context::SealInPlace(std::string_view aad, std::string& buffer, size_t from) {
  if (!aead_) return absl::FailedPreconditionError("envelope: an export-only context seals nothing");
  if (sequence_ == std::numeric_limits<uint64_t>::max()) {
    return absl::FailedPreconditionError("envelope: this context has no message numbers left");
  }
  const std::array<uint8_t, 12> nonce = NextNonce();
  if (absl::Status status = aead_->SealInPlace(View(nonce), aad, buffer, from); !status.ok()) return status;
  ++sequence_;
  return absl::OkStatus();
}

absl::Status Context::OpenInPlace(std::string_view aad, std::string& buffer, size_t from) {
  if (!aead_) return absl::FailedPreconditionError("envelope: an export-only context opens nothing");
  if (sequence_ == std::numeric_limits<uint64_t>::max()) {
    return absl::FailedPreconditionError("envelope: this context has no message numbers left");
  }
  const std::array<uint8_t, 12> nonce = NextNonce();
  if (absl::Status status = aead_->OpenInPlace(View(nonce), aad, buffer, from); !status.ok()) return status;
  ++sequence_;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Context::Seal(std::string_view aad, std::string_view plaintext) {
  std::string buffer;
  buffer.reserve(plaintext.size() + crypto::kAeadTagSize);
  buffer.append(plaintext);
  if (absl::Status status = SealInPlace(aad, buffer); !status.ok()) return status;
  return buffer;
}

absl::StatusOr<std::string> Context::Open(std::string_view aad, std::string_view ciphertext) {
  std::string buffer(ciphertext);
  if (absl::Status status = OpenInPlace(aad, buffer); !status.ok()) return status;
  return buffer;
}

absl::Status Context::Export(std::string_view exporter_context, std::span<uint8_t> out) const {
  const std::array<uint8_t, 10> suite = HpkeSuite(aead_id_);
  return LabeledExpand(View(suite), exporter_secret_.Expose(), "sec", exporter_context, out);
}

}  // namespace tidegate::envelope
