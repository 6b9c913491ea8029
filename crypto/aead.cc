#include "crypto/aead.h"

#include <sodium.h>

#include <array>
#include <cstring>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/secret.h"

namespace tidegate::crypto {
namespace {

// OpenSSL counts in int; the margin leaves room for tags and headers.
constexpr size_t kMaxMessage = (size_t{1} << 31) - 64;

// Looking a cipher up by name costs more than sealing a short message, so each is fetched once and kept.
const EVP_CIPHER* Fetched(AeadAlgorithm algorithm) {
  static EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  switch (algorithm) {
    case AeadAlgorithm::kAes128Gcm:
      return aes128;
    case AeadAlgorithm::kChaCha20Poly1305:
      return chacha;
    default:
      return aes256;
  }
}

const EVP_CIPHER* FetchedBlockCipher() {
  static EVP_CIPHER* const ecb = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  return ecb;
}

// `key` is null to keep the one that the context has.
bool EvpSeal(EVP_CIPHER_CTX* context, const unsigned char* key, std::string_view nonce, std::string_view aad,
             unsigned char* data, size_t length, unsigned char* tag) {
  int written = 0;
  return EVP_EncryptInit_ex(context, nullptr, nullptr, key, Octets(nonce)) == 1 &&
         (aad.empty() ||
          EVP_EncryptUpdate(context, nullptr, &written, Octets(aad), static_cast<int>(aad.size())) == 1) &&
         (length == 0 || EVP_EncryptUpdate(context, data, &written, data, static_cast<int>(length)) == 1) &&
         EVP_EncryptFinal_ex(context, tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1;
}

bool EvpOpen(EVP_CIPHER_CTX* context, const unsigned char* key, std::string_view nonce, std::string_view aad,
             unsigned char* data, size_t length, const unsigned char* tag) {
  int written = 0;
  unsigned char unused[kAeadTagSize];
  return EVP_DecryptInit_ex(context, nullptr, nullptr, key, Octets(nonce)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, const_cast<unsigned char*>(tag)) == 1 &&
         (aad.empty() ||
          EVP_DecryptUpdate(context, nullptr, &written, Octets(aad), static_cast<int>(aad.size())) == 1) &&
         (length == 0 || EVP_DecryptUpdate(context, data, &written, data, static_cast<int>(length)) == 1) &&
         EVP_DecryptFinal_ex(context, unused, &written) == 1;
}

}  // namespace

// Works on data in place; sizes are checked before.
class Aead::Cipher {
 public:
  virtual ~Cipher() = default;
  virtual bool Seal(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
                    unsigned char* tag) = 0;
  virtual bool Open(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
                    const unsigned char* tag) = 0;
};

// AES-GCM and ChaCha20-Poly1305: the key schedule stays in the context, a message sets its nonce only.
class Aead::EvpCipher final : public Aead::Cipher {
 public:
  static std::unique_ptr<Cipher> Create(AeadAlgorithm algorithm, std::string_view key) {
    auto cipher = std::make_unique<EvpCipher>();
    cipher->context_.reset(EVP_CIPHER_CTX_new());
    if (cipher->context_ == nullptr ||
        EVP_EncryptInit_ex(cipher->context_.get(), Fetched(algorithm), nullptr, Octets(key), nullptr) != 1) {
      return nullptr;
    }
    return cipher;
  }
  bool Seal(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            unsigned char* tag) override {
    return EvpSeal(context_.get(), nullptr, nonce, aad, data, length, tag);
  }
  bool Open(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            const unsigned char* tag) override {
    return EvpOpen(context_.get(), nullptr, nonce, aad, data, length, tag);
  }

 private:
  OwnedCipherContext context_;
};

class Aead::XChaCha final : public Aead::Cipher {
 public:
  explicit XChaCha(std::string_view key) { std::memcpy(key_.ExposeForWriting().data(), key.data(), key.size()); }
  bool Seal(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            unsigned char* tag) override {
    return crypto_aead_xchacha20poly1305_ietf_encrypt_detached(data, tag, nullptr, data, length, Octets(aad),
                                                               aad.size(), nullptr, Octets(nonce),
                                                               Octets(key_.Expose())) == 0;
  }
  bool Open(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            const unsigned char* tag) override {
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(data, nullptr, data, length, tag, Octets(aad),
                                                               aad.size(), Octets(nonce), Octets(key_.Expose())) == 0;
  }

 private:
  Secret<32> key_;
};

// C2SP XAES-256-GCM: a message's AES-256-GCM key is the NIST SP 800-108 counter KDF with CMAC over "X" and the first
// half of the nonce. CMAC of one full block is one AES call on that block XOR the subkey K1.
class Aead::XAes final : public Aead::Cipher {
 public:
  static std::unique_ptr<Cipher> Create(std::string_view key) {
    auto cipher = std::make_unique<XAes>();
    cipher->block_.reset(EVP_CIPHER_CTX_new());
    cipher->gcm_.reset(EVP_CIPHER_CTX_new());
    if (cipher->block_ == nullptr || cipher->gcm_ == nullptr ||
        EVP_EncryptInit_ex(cipher->block_.get(), FetchedBlockCipher(), nullptr, Octets(key), nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(cipher->block_.get(), 0) != 1 ||
        EVP_EncryptInit_ex(cipher->gcm_.get(), Fetched(AeadAlgorithm::kAes256Gcm), nullptr, nullptr, nullptr) != 1 ||
        !cipher->DeriveSubkey()) {
      return nullptr;
    }
    return cipher;
  }
  bool Seal(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            unsigned char* tag) override {
    Ephemeral<32> key;
    return MessageKey(nonce, key) &&
           EvpSeal(gcm_.get(), Octets(key.Expose()), nonce.substr(12), aad, data, length, tag);
  }
  bool Open(std::string_view nonce, std::string_view aad, unsigned char* data, size_t length,
            const unsigned char* tag) override {
    Ephemeral<32> key;
    return MessageKey(nonce, key) &&
           EvpOpen(gcm_.get(), Octets(key.Expose()), nonce.substr(12), aad, data, length, tag);
  }

 private:
  bool Encrypt(std::span<uint8_t> blocks) {
    int written = 0;
    return EVP_EncryptUpdate(block_.get(), blocks.data(), &written, blocks.data(), static_cast<int>(blocks.size())) ==
           1;
  }
  bool DeriveSubkey() {
    std::span<uint8_t> subkey = subkey_.ExposeForWriting();
    if (!Encrypt(subkey)) return false;
    const bool carry = (subkey[0] & 0x80) != 0;
    for (size_t i = 0; i < 16; ++i) {
      const unsigned next = i + 1 < 16 ? subkey[i + 1] >> 7 : 0;
      subkey[i] = static_cast<uint8_t>(subkey[i] << 1 | next);
    }
    if (carry) subkey[15] ^= 0x87;
    return true;
  }
  bool MessageKey(std::string_view nonce, Ephemeral<32>& key) {
    std::span<uint8_t> blocks = key.ExposeForWriting();
    for (size_t block = 0; block < 2; ++block) {
      uint8_t* out = blocks.data() + 16 * block;
      out[0] = 0;
      out[1] = static_cast<uint8_t>(block + 1);
      out[2] = 'X';
      out[3] = 0;
      std::memcpy(out + 4, nonce.data(), 12);
      for (size_t i = 0; i < 16; ++i) out[i] ^= static_cast<uint8_t>(subkey_.Expose()[i]);
    }
    return Encrypt(blocks);
  }

  OwnedCipherContext block_;
  OwnedCipherContext gcm_;
  Ephemeral<16> subkey_;
};

size_t AeadKeySize(AeadAlgorithm algorithm) { return algorithm == AeadAlgorithm::kAes128Gcm ? 16 : 32; }

size_t AeadNonceSize(AeadAlgorithm algorithm) {
  return algorithm == AeadAlgorithm::kXChaCha20Poly1305 || algorithm == AeadAlgorithm::kXAes256Gcm ? 24 : 12;
}

Aead::Aead(AeadAlgorithm algorithm, std::unique_ptr<Cipher> cipher)
    : algorithm_(algorithm), cipher_(std::move(cipher)) {}
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

absl::StatusOr<Aead> Aead::Create(AeadAlgorithm algorithm, std::string_view key) {
  if (key.size() != AeadKeySize(algorithm))
    return absl::InvalidArgumentError("crypto: an AEAD key has the wrong length");
  if (absl::Status ready = InitialiseCrypto(); !ready.ok()) return ready;
  std::unique_ptr<Cipher> cipher;
  if (algorithm == AeadAlgorithm::kXChaCha20Poly1305) {
    cipher = std::make_unique<XChaCha>(key);
  } else if (algorithm == AeadAlgorithm::kXAes256Gcm) {
    cipher = XAes::Create(key);
  } else {
    cipher = EvpCipher::Create(algorithm, key);
  }
  if (cipher == nullptr) return absl::InternalError("crypto: OpenSSL does not offer this cipher");
  return Aead(algorithm, std::move(cipher));
}

absl::Status Aead::Check(std::string_view nonce, std::string_view aad, size_t length) const {
  if (nonce.size() != AeadNonceSize(algorithm_)) {
    return absl::InvalidArgumentError("crypto: an AEAD nonce has the wrong length");
  }
  if (length > kMaxMessage || aad.size() > kMaxMessage) {
    return absl::InvalidArgumentError("crypto: an AEAD message is longer than 2 GiB");
  }
  return absl::OkStatus();
}

absl::Status Aead::SealInPlace(std::string_view nonce, std::string_view aad, std::string& buffer, size_t from) {
  const size_t length = buffer.size() - from;
  if (absl::Status fit = Check(nonce, aad, length); !fit.ok()) return fit;
  buffer.append(kAeadTagSize, '\0');
  auto* data = reinterpret_cast<unsigned char*>(buffer.data()) + from;
  if (!cipher_->Seal(nonce, aad, data, length, data + length)) {
    Zeroise(data, length);
    buffer.resize(from);
    return absl::InternalError("crypto: OpenSSL failed to encrypt");
  }
  return absl::OkStatus();
}

absl::Status Aead::OpenInPlace(std::string_view nonce, std::string_view aad, std::string& buffer, size_t from) {
  size_t length = buffer.size() - from;
  if (absl::Status fit = Check(nonce, aad, length); !fit.ok()) {
    buffer.resize(from);
    return fit;
  }
  auto* data = reinterpret_cast<unsigned char*>(buffer.data()) + from;
  if (length < kAeadTagSize || !cipher_->Open(nonce, aad, data, length - kAeadTagSize, data + length - kAeadTagSize)) {
    // GCM decrypts before it knows the tag: what it left must not be seen.
    Zeroise(data, length);
    buffer.resize(from);
    return absl::UnauthenticatedError("crypto: the ciphertext does not verify under this key and place");
  }
  buffer.resize(from + length - kAeadTagSize);
  return absl::OkStatus();
}

absl::Status Aead::SealAppend(std::string_view nonce, std::string_view aad, std::string_view plaintext,
                              std::string& out) {
  const size_t from = out.size();
  if (absl::Status fit = Check(nonce, aad, plaintext.size()); !fit.ok()) return fit;
  out.reserve(from + plaintext.size() + kAeadTagSize);
  out.append(plaintext);
  return SealInPlace(nonce, aad, out, from);
}

absl::Status Aead::OpenAppend(std::string_view nonce, std::string_view aad, std::string_view ciphertext,
                              std::string& out) {
  const size_t from = out.size();
  if (absl::Status fit = Check(nonce, aad, ciphertext.size()); !fit.ok()) return fit;
  out.append(ciphertext);
  return OpenInPlace(nonce, aad, out, from);
}

absl::StatusOr<std::string> Aead::Seal(std::string_view nonce, std::string_view aad, std::string_view plaintext) {
  std::string out;
  if (absl::Status status = SealAppend(nonce, aad, plaintext, out); !status.ok()) return status;
  return out;
}

absl::StatusOr<std::string> Aead::Open(std::string_view nonce, std::string_view aad, std::string_view ciphertext) {
  std::string out;
  if (absl::Status status = OpenAppend(nonce, aad, ciphertext, out); !status.ok()) return status;
  return out;
}

absl::StatusOr<std::string> AeadSeal(AeadAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view aad, std::string_view plaintext) {
  absl::StatusOr<Aead> aead = Aead::Create(algorithm, key);
  if (!aead.ok()) return aead.status();
  return aead->Seal(nonce, aad, plaintext);
}

absl::StatusOr<std::string> AeadOpen(AeadAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view aad, std::string_view ciphertext) {
  absl::StatusOr<Aead> aead = Aead::Create(algorithm, key);
  if (!aead.ok()) return aead.status();
  return aead->Open(nonce, aad, ciphertext);
}

}  // namespace tidegate::crypto
