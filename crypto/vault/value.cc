#include "crypto/vault/value.h"

#include <utility>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "threads/threads.h"

namespace tidegate::vault {
namespace {

constexpr size_t kNonceSize = 24;

std::string ValueAad(Suite suite, uint32_t epoch, const Place& place) {
  crypto::ByteWriter writer(8 + 1 + 4 + 1 + place.table.size() + 2 + place.key.size());
  writer.Raw(crypto::Label("TDGlmd1")).U8(static_cast<uint8_t>(suite)).U32(epoch).Lp8(place.table).Lp16(place.key);
  return writer.Take();
}

crypto::AeadAlgorithm AlgorithmOf(Suite suite) {
  return suite == Suite::kXAes256Gcm ? crypto::AeadAlgorithm::kXAes256Gcm : crypto::AeadAlgorithm::kXChaCha20Poly1305;
}

}  // namespace

absl::Status CheckPlace(const Place& place) {
  if (place.table.size() > 0xff || place.key.size() > 0xffff) {
    return absl::InvalidArgumentError("vault: the name of a value's table or its key is too long");
  }
  return absl::OkStatus();
}

absl::StatusOr<SealedValue> ParseSealedValue(std::string_view sealed) {
  crypto::ByteReader reader(sealed);
  const uint8_t suite = reader.U8();
  SealedValue value;
  value.epoch = reader.U32();
  value.nonce = reader.Raw(kNonceSize);
  value.ciphertext = reader.Raw(reader.remaining());
  if (!reader.ok() || value.ciphertext.size() < crypto::kAeadTagSize) {
    return absl::InvalidArgumentError("vault: these bytes are too short for a sealed value");
  }
  if (suite != static_cast<uint8_t>(Suite::kXChaCha20Poly1305) && suite != static_cast<uint8_t>(Suite::kXAes256Gcm)) {
    return absl::InvalidArgumentError("vault: the value is sealed with a suite that this program does not know");
  }
  value.suite = static_cast<Suite>(suite);
  return value;
}

absl::StatusOr<std::unique_ptr<EpochCipher::Worker>> EpochCipher::Take(Suite suite) {
  {
    threads::MutexLock lock(mutex_);
    auto& idle = suite == Suite::kXAes256Gcm ? idle_xaes_ : idle_xchacha_;
    if (!idle.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle.back());
      idle.pop_back();
      return worker;
    }
  }
  absl::StatusOr<crypto::Aead> aead = crypto::Aead::Create(AlgorithmOf(suite), key_.Expose());
  if (!aead.ok()) return aead.status();
  return std::unique_ptr<Worker>(new Worker{*std::move(aead)});
}

void EpochCipher::Return(Suite suite, std::unique_ptr<Worker> worker) {
  threads::MutexLock lock(mutex_);
  (suite == Suite::kXAes256Gcm ? idle_xaes_ : idle_xchacha_).push_back(std::move(worker));
}

absl::Status EpochCipher::SealAppend(Suite suite, const Place& place, std::string_view value, std::string& out) {
  absl::StatusOr<std::unique_ptr<Worker>> taken = Take(suite);
  if (!taken.ok()) return taken.status();
  Worker& worker = **taken;
  if (worker.next == worker.nonces.size()) {
    crypto::FillRandom(worker.nonces);
    worker.next = 0;
  }
  const std::string_view nonce = crypto::View(worker.nonces).substr(worker.next, kNonceSize);
  worker.next += kNonceSize;
  const size_t before = out.size();
  out.reserve(before + kValueOverhead + value.size());
  out.push_back(static_cast<char>(suite));
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(epoch_ >> shift));
  out.append(nonce);
  absl::Status status = worker.aead.SealAppend(nonce, ValueAad(suite, epoch_, place), value, out);
  Return(suite, *std::move(taken));
  if (!status.ok()) out.resize(before);
  return status;
}

absl::Status EpochCipher::OpenAppend(const SealedValue& sealed, const Place& place, std::string& out) {
  absl::StatusOr<std::unique_ptr<Worker>> taken = Take(sealed.suite);
  if (!taken.ok()) return taken.status();
  const absl::Status status =
      (*taken)->aead.OpenAppend(sealed.nonce, ValueAad(sealed.suite, epoch_, place), sealed.ciphertext, out);
  Return(sealed.suite, *std::move(taken));
  if (!status.ok()) {
    return absl::UnauthenticatedError("vault: a stored value does not verify in its place; it is damaged or was moved");
  }
  return absl::OkStatus();
}

}  // namespace tidegate::vault
