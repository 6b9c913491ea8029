#include "crypto/kdf.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tidegate::crypto {
namespace {

constexpr size_t kMostBytes = size_t{255} * 32;  // RFC 5869, section 2.3: 255 blocks of the hash
constexpr size_t kBlock = 64;

// HMAC with the key's two blocks hashed once; a message costs a copy of the states.
class Hmac {
 public:
  explicit Hmac(std::string_view key) {
    Ephemeral<kBlock> block;
    if (key.size() > kBlock) {
      const Hash hashed = HashOf({key});
      std::memcpy(block.ExposeForWriting().data(), hashed.data(), hashed.size());
    } else if (!key.empty()) {
      std::memcpy(block.ExposeForWriting().data(), key.data(), key.size());
    }
    for (uint8_t& byte : block.ExposeForWriting()) byte ^= 0x36;
    inner_.Update(block.Expose());
    for (uint8_t& byte : block.ExposeForWriting()) byte ^= 0x36 ^ 0x5c;
    outer_.Update(block.Expose());
  }
  Hmac(const Hmac&) = default;
  Hmac& operator=(const Hmac&) = default;
  ~Hmac() {
    Zeroise(&inner_, sizeof(inner_));
    Zeroise(&outer_, sizeof(outer_));
  }

  Hmac& Update(std::string_view bytes) {
    inner_.Update(bytes);
    return *this;
  }
  Ephemeral<32> Finish() {
    Hash hash = inner_.Finish();
    hash = outer_.Update(View(hash)).Finish();
    Ephemeral<32> mac;
    std::memcpy(mac.ExposeForWriting().data(), hash.data(), hash.size());
    Zeroise(hash.data(), hash.size());
    return mac;
  }

 private:
  Sha256 inner_;
  Sha256 outer_;
};

}  // namespace

Ephemeral<32> HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  Hmac hmac(key);
  for (std::string_view part : parts) hmac.Update(part);
  return hmac.Finish();
}

Ephemeral<32> HkdfExtract(std::string_view salt, std::initializer_list<std::string_view> ikm) {
  // An empty HMAC key is padded to a block of zeros, as 32 zero bytes are: the default salt needs no case of its own.
  return HmacSha256(salt, ikm);
}

absl::Status HkdfExpand(std::string_view prk, std::initializer_list<std::string_view> info, std::span<uint8_t> out) {
  if (out.size() > kMostBytes) return absl::InvalidArgumentError("crypto: HKDF gives at most 8,160 bytes");
  const Hmac keyed(prk);
  Ephemeral<32> block;
  char counter = 0;
  for (size_t done = 0; done < out.size();) {
    Hmac hmac = keyed;
    if (counter++ != 0) hmac.Update(block.Expose());
    for (std::string_view part : info) hmac.Update(part);
    block = hmac.Update({&counter, 1}).Finish();
    const size_t take = std::min(out.size() - done, block.size());
    std::memcpy(out.data() + done, block.Expose().data(), take);
    done += take;
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> Hkdf(std::string_view salt, std::string_view ikm, std::string_view info, size_t length) {
  if (length > kMostBytes) return absl::InvalidArgumentError("crypto: HKDF gives at most 8,160 bytes");
  SecretBytes out(length);
  const Ephemeral<32> prk = HkdfExtract(salt, {ikm});
  if (absl::Status status = HkdfExpand(prk.Expose(), {info}, out.ExposeForWriting()); !status.ok()) return status;
  return out;
}

absl::StatusOr<Secret<32>> Argon2id(std::string_view passphrase, std::string_view salt, const Argon2Cost& cost) {
  if (salt.size() != crypto_pwhash_SALTBYTES)
    return absl::InvalidArgumentError("crypto: an Argon2id salt has 16 bytes");
  if (cost.operations < crypto_pwhash_OPSLIMIT_MIN || cost.memory < crypto_pwhash_MEMLIMIT_MIN ||
      cost.operations > kArgon2Limit.operations || cost.memory > kArgon2Limit.memory) {
    return absl::InvalidArgumentError(absl::StrCat("crypto: an Argon2id cost of ", cost.operations, " passes over ",
                                                   cost.memory, " bytes is outside the limits"));
  }
  if (absl::Status ready = InitialiseCrypto(); !ready.ok()) return ready;
  Secret<32> key;
  std::span<uint8_t> out = key.ExposeForWriting();
  if (crypto_pwhash(out.data(), out.size(), passphrase.data(), passphrase.size(),
                    reinterpret_cast<const unsigned char*>(salt.data()), cost.operations,
                    static_cast<size_t>(cost.memory), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("crypto: Argon2id needs ", cost.memory,
                                                     " bytes of memory, which this machine does not have free"));
  }
  return key;
}

}  // namespace tidegate::crypto
