#include "crypto/vault/keyring.h"

#include <utility>

#include "crypto/aead.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::vault {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr uint8_t kContentsVersion = 1;
constexpr uint8_t kKeyFile = 0;
constexpr uint8_t kPassphrase = 1;
constexpr size_t kHeaderSize = 8 + 1 + 4 + 8 + 16 + 24;

size_t EncodedSize(const Contents& contents) {
  size_t size = 1 + 4 + 32 + 2 + 4;
  for (const auto& [number, epoch] : contents.epochs) size += 4 + 1 + 1 + epoch.retention.size() + 32;
  for (const auto& [name, value] : contents.secrets) size += 1 + name.size() + 2 + value.size();
  return size;
}

absl::Status ReadEpochs(ByteReader& reader, Contents& contents) {
  const uint16_t count = reader.U16();
  if (count > kMaxEpochs) reader.Fail();
  uint32_t last = 0;
  std::map<std::string, bool> has_current;
  for (uint16_t i = 0; i < count && reader.ok(); ++i) {
    const uint32_t number = reader.U32();
    const uint8_t current = reader.U8();
    const std::string_view retention = reader.Lp8();
    const std::string_view key_bytes = reader.Raw(32);
    if (!reader.ok() || number <= last || number >= contents.next_epoch || current > 1 ||
        retention.size() > kMaxRetentionSize) {
      return absl::InvalidArgumentError("vault: the keyring's epochs are out of order or out of range");
    }
    if (current == 1 && std::exchange(has_current[std::string(retention)], true)) {
      return absl::InvalidArgumentError("vault: the keyring has two current epochs for one retention class");
    }
    absl::StatusOr<crypto::Secret<32>> key = crypto::Secret<32>::CopyOf(key_bytes);
    if (!key.ok()) return key.status();
    contents.epochs.emplace(number, DataKey{std::string(retention), current == 1, *std::move(key)});
    last = number;
  }
  return absl::OkStatus();
}

absl::Status ReadSecrets(ByteReader& reader, Contents& contents) {
  const uint32_t count = reader.U32();
  std::string last;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const std::string name(reader.Lp8());
    const std::string_view value = reader.Lp16();
    if (!reader.ok() || name <= last) {
      return absl::InvalidArgumentError("vault: the keyring's secrets are out of order");
    }
    contents.secrets.emplace(name, crypto::SecretBytes::CopyOf(value));
    last = name;
  }
  return absl::OkStatus();
}

// Zeroises a plaintext on each way out.
class Wiped {
 public:
  explicit Wiped(std::string& bytes) : bytes_(bytes) {}
  ~Wiped() { crypto::Zeroise(bytes_.data(), bytes_.size()); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

 private:
  std::string& bytes_;
};

}  // namespace

Contents Contents::Clone() const {
  Contents copy;
  copy.next_epoch = next_epoch;
  copy.index_key = index_key.Clone();
  for (const auto& [number, epoch] : epochs) {
    copy.epochs.emplace(number, DataKey{epoch.retention, epoch.current, epoch.key.Clone()});
  }
  for (const auto& [name, value] : secrets) copy.secrets.emplace(name, value.Clone());
  return copy;
}

std::string EncodeContents(const Contents& contents, size_t spare) {
  ByteWriter writer(EncodedSize(contents) + spare);
  writer.U8(kContentsVersion).U32(contents.next_epoch).Raw(contents.index_key.Expose());
  writer.U16(static_cast<uint16_t>(contents.epochs.size()));
  for (const auto& [number, epoch] : contents.epochs) {
    writer.U32(number).U8(epoch.current ? 1 : 0).Lp8(epoch.retention).Raw(epoch.key.Expose());
  }
  writer.U32(static_cast<uint32_t>(contents.secrets.size()));
  for (const auto& [name, value] : contents.secrets) writer.Lp8(name).Lp16(value.Expose());
  return writer.Take();
}

absl::StatusOr<Contents> DecodeContents(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kContentsVersion) {
    return absl::InvalidArgumentError("vault: the keyring's contents are of a version that this program does not know");
  }
  Contents contents;
  contents.next_epoch = reader.U32();
  absl::StatusOr<crypto::Secret<32>> index_key = crypto::Secret<32>::CopyOf(reader.Raw(32));
  if (!index_key.ok()) return reader.Finish("the keyring");
  contents.index_key = *std::move(index_key);
  if (absl::Status status = ReadEpochs(reader, contents); !status.ok()) return status;
  if (absl::Status status = ReadSecrets(reader, contents); !status.ok()) return status;
  if (absl::Status status = reader.Finish("the keyring"); !status.ok()) return status;
  return contents;
}

Keyring::Keyring(MasterKey master, const std::array<uint8_t, 16>& salt, crypto::Secret<32> wrap_key)
    : master_(std::move(master)), salt_(salt), wrap_key_(std::move(wrap_key)) {}

absl::StatusOr<crypto::Secret<32>> Keyring::Derive(const MasterKey& master, const std::array<uint8_t, 16>& salt) {
  if (master.passphrase_) return crypto::Argon2id(master.secret_.Expose(), crypto::View(salt), master.cost_);
  absl::StatusOr<crypto::SecretBytes> key =
      crypto::Hkdf(crypto::View(salt), master.secret_.Expose(), "TDG keyring wrap", 32);
  if (!key.ok()) return key.status();
  return crypto::Secret<32>::CopyOf(key->Expose());
}

absl::StatusOr<Keyring> Keyring::Make(MasterKey master) {
  const auto salt = crypto::RandomArray<16>();
  absl::StatusOr<crypto::Secret<32>> wrap_key = Derive(master, salt);
  if (!wrap_key.ok()) return wrap_key.status();
  return Keyring(std::move(master), salt, *std::move(wrap_key));
}

absl::StatusOr<Keyring> Keyring::Renewed() const { return Make(Master()); }

MasterKey Keyring::Master() const {
  MasterKey master;
  master.passphrase_ = master_.passphrase_;
  master.secret_ = master_.secret_.Clone();
  master.cost_ = master_.cost_;
  return master;
}

absl::StatusOr<std::string> Keyring::Wrap(const Contents& contents) const {
  const auto nonce = crypto::RandomArray<24>();
  ByteWriter writer(kHeaderSize);
  writer.Raw(crypto::Label("TDGkrg1")).U8(master_.passphrase_ ? kPassphrase : kKeyFile);
  writer.U32(master_.cost_.operations).U64(master_.cost_.memory).Raw(salt_).Raw(nonce);
  std::string file = writer.Take();
  std::string sealed = EncodeContents(contents, crypto::kAeadTagSize);
  absl::StatusOr<crypto::Aead> aead =
      crypto::Aead::Create(crypto::AeadAlgorithm::kXChaCha20Poly1305, wrap_key_.Expose());
  absl::Status status = aead.ok() ? aead->SealInPlace(crypto::View(nonce), file, sealed) : aead.status();
  if (!status.ok()) {
    crypto::Zeroise(sealed.data(), sealed.size());
    return status;
  }
  if (file.size() + sealed.size() > kMaxKeyringSize) {
    return absl::ResourceExhaustedError("vault: the keyring would be larger than 16 MiB");
  }
  return file + sealed;
}

absl::StatusOr<Keyring::Opened> Keyring::Unwrap(std::string_view file, MasterKey master) {
  ByteReader reader(file);
  const std::string_view label = reader.Raw(8);
  const uint8_t kdf = reader.U8();
  const crypto::Argon2Cost cost{reader.U32(), reader.U64()};
  const auto salt = reader.Array<16>();
  const auto nonce = reader.Array<24>();
  if (!reader.ok() || label != crypto::Label("TDGkrg1") || kdf > kPassphrase ||
      (kdf == kKeyFile && (cost.operations != 0 || cost.memory != 0))) {
    return absl::InvalidArgumentError("vault: this file is not a keyring that this program knows");
  }
  if ((kdf == kPassphrase) != master.passphrase_) {
    return absl::FailedPreconditionError(kdf == kPassphrase
                                             ? "vault: the keyring opens with a passphrase, not a key file"
                                             : "vault: the keyring opens with a key file, not a passphrase");
  }
  master.cost_ = cost;
  absl::StatusOr<crypto::Secret<32>> wrap_key = Derive(master, salt);
  if (!wrap_key.ok()) return wrap_key.status();
  absl::StatusOr<std::string> bytes =
      crypto::AeadOpen(crypto::AeadAlgorithm::kXChaCha20Poly1305, wrap_key->Expose(), crypto::View(nonce),
                       file.substr(0, kHeaderSize), file.substr(kHeaderSize));
  if (!bytes.ok()) {
    return absl::UnauthenticatedError("vault: the keyring does not open: the master key is wrong or the file damaged");
  }
  const Wiped wiped(*bytes);
  absl::StatusOr<Contents> contents = DecodeContents(*bytes);
  if (!contents.ok()) return contents.status();
  return Opened{Keyring(std::move(master), salt, *std::move(wrap_key)), *std::move(contents)};
}

}  // namespace tidegate::vault
