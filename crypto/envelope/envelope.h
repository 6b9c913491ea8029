// The envelope: HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256, and a parcel's chunked stream.
//
//   Takes    a recipient's public key (or our private one), context strings, plaintext or untrusted chunks
//   Gives    an encapsulated key and sealed chunks, or the plaintext back
//   May call crypto/agree, crypto/kdf, crypto/aead, crypto/hash
//   Must     never hand out a chunk that did not verify; for the caller, plaintext is pending until Finish() is OK
//   Threads  one thread at a time for each object
//   Spec     crypto/CRYPTO.md, "Envelope"
#ifndef TIDEGATE_CRYPTO_ENVELOPE_ENVELOPE_H_
#define TIDEGATE_CRYPTO_ENVELOPE_ENVELOPE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/aead.h"
#include "crypto/agree.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tidegate::envelope {

// RFC 9180 §7.3. Parcels use kAes256Gcm (suite 1) or kChaCha20Poly1305 (suite 3).
enum class AeadId : uint16_t {
  kAes128Gcm = 0x0001,
  kAes256Gcm = 0x0002,
  kChaCha20Poly1305 = 0x0003,
  kExportOnly = 0xffff,
};

// A secret that both sides have (a pre-shared key). To seal or to open proves that the caller has it. `key` has at
// least 32 bytes and `id` is not empty (RFC 9180 §5.1.2, §9.5).
struct Psk {
  std::string_view key;
  std::string_view id;
};

using Encapsulated = std::array<uint8_t, 32>;

// The results of the key schedule. Only tests look at them.
struct ScheduleForTests {
  std::string shared_secret;
  std::string context;  // key_schedule_context
  std::string secret;
  std::string key;
  std::string base_nonce;
  std::string exporter_secret;
};

// One direction of one exchange. It counts the messages, so that no message number repeats.
class Context {
 public:
  // FailedPrecondition for an export-only suite. Open gives Unauthenticated for any wrong byte, and then the message
  // number stays as it is.
  absl::StatusOr<std::string> Seal(std::string_view aad, std::string_view plaintext);
  absl::StatusOr<std::string> Open(std::string_view aad, std::string_view ciphertext);
  // On buffer[from, end) without a copy; see Aead.
  absl::Status SealInPlace(std::string_view aad, std::string& buffer, size_t from = 0);
  absl::Status OpenInPlace(std::string_view aad, std::string& buffer, size_t from = 0);

  // Another secret bound to this exchange (RFC 9180 §5.3); at most 255 * 32 bytes.
  absl::Status Export(std::string_view exporter_context, std::span<uint8_t> out) const;

  uint64_t sequence() const { return sequence_; }
  const ScheduleForTests* TEST_schedule() const { return schedule_ ? &*schedule_ : nullptr; }

 private:
  friend class KeySchedule;
  Context() = default;
  std::array<uint8_t, 12> NextNonce() const;

  AeadId aead_id_ = AeadId::kExportOnly;
  std::optional<crypto::Aead> aead_;
  std::array<uint8_t, 12> base_nonce_{};
  crypto::Ephemeral<32> exporter_secret_;
  uint64_t sequence_ = 0;
  std::optional<ScheduleForTests> schedule_;
};

struct Sender {
  Encapsulated enc;
  Context context;
};

// The arguments choose the mode: mode_base without psk and sender key, mode_psk with a psk, mode_auth with a sender
// key, mode_auth_psk with both. InvalidArgument for a small-order public key or an unfit psk.
absl::StatusOr<Sender> SetupSender(AeadId aead, const crypto::PublicKey& recipient, std::string_view info,
                                   const std::optional<Psk>& psk = std::nullopt,
                                   const crypto::AgreementKey* sender = nullptr);
absl::StatusOr<Context> SetupRecipient(AeadId aead, const crypto::AgreementKey& recipient, const Encapsulated& enc,
                                       std::string_view info, const std::optional<Psk>& psk = std::nullopt,
                                       const crypto::PublicKey* sender = nullptr);

// Only for known answers: an ephemeral key that is used twice gives the plaintext away. These contexts keep
// TEST_schedule().
absl::StatusOr<Sender> TEST_SetupSenderWithEphemeral(const crypto::AgreementKey& ephemeral, AeadId aead,
                                                     const crypto::PublicKey& recipient, std::string_view info,
                                                     const std::optional<Psk>& psk = std::nullopt,
                                                     const crypto::AgreementKey* sender = nullptr);

// The stream. Every chunk but the last has exactly chunk_size bytes of plaintext. The last is padded with 0x80 and
// zeros to a power of two that is at least least_last and at most chunk_size. Chunk i is sealed as message i with
// ChunkAad.
struct StreamShape {
  size_t chunk_size = 262144;  // a power of two, at least least_last
  size_t least_last = 4096;    // a power of two
};
inline constexpr uint64_t kMaxChunks = 0xffffffff;

// "TDGchk1\0" || u32 index || u8 last.
std::array<char, 13> ChunkAad(uint32_t index, bool last);
// Export("TDG key commitment", 32). It commits to the key; an AEAD tag does not.
absl::StatusOr<crypto::Hash> KeyCommitment(const Context& context);

// The claims that a parcel's manifest makes about its stream.
struct StreamClaims {
  crypto::Hash commitment{};
  uint32_t chunks = 0;    // at least 1
  crypto::Hash digest{};  // SHA-256 over all chunks with their tags
};

// Takes each sealed chunk, in order.
using ChunkSink = absl::FunctionRef<absl::Status(std::string chunk)>;

class StreamSealer {
 public:
  // InvalidArgument for an impossible shape, FailedPrecondition for a context that was used before.
  static absl::StatusOr<StreamSealer> Create(Context context, StreamShape shape = {});

  // Gives each chunk to the sink when it is full; an error of the sink ends the stream. After an error or Finish, every
  // write is FailedPrecondition.
  absl::Status Write(std::string_view plaintext, ChunkSink sink);
  absl::StatusOr<StreamClaims> Finish(ChunkSink sink);

 private:
  StreamSealer(Context context, StreamShape shape, const crypto::Hash& commitment);
  absl::Status Flush(bool last, ChunkSink sink);

  Context context_;
  StreamShape shape_;
  crypto::Hash commitment_;
  crypto::Sha256 digest_;
  std::string buffer_;
  uint64_t chunks_ = 0;
  bool open_ = true;
};

class StreamOpener {
 public:
  // Compares the key commitment, in constant time, before the key is used. Unauthenticated if it differs.
  static absl::StatusOr<StreamOpener> Create(Context context, const StreamClaims& claims, StreamShape shape = {});

  // The plaintext of the next chunk without its padding, in the memory of the chunk. OutOfRange for a chunk too many,
  // InvalidArgument for a wrong size or padding, Unauthenticated for a wrong byte. After an error all further calls
  // fail.
  absl::StatusOr<std::string> Open(std::string chunk);
  // OK if exactly the claimed chunks came and their digest is the claimed one; otherwise DataLoss. Use the plaintext
  // only after OK.
  absl::Status Finish();

 private:
  StreamOpener(Context context, const StreamClaims& claims, StreamShape shape);
  absl::Status CheckSize(size_t plaintext_size, bool last) const;

  Context context_;
  StreamClaims claims_;
  StreamShape shape_;
  crypto::Sha256 digest_;
  uint32_t seen_ = 0;
  bool failed_ = false;
};

}  // namespace tidegate::envelope

#endif  // TIDEGATE_CRYPTO_ENVELOPE_ENVELOPE_H_
