// Checkpoints: the signed head of a log, as a C2SP signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).
//
//   Takes    a log's origin, size and root; for verification, an untrusted note and the key it should be signed by
//   Gives    the note's text; the verified head
//   May call crypto/sign, crypto/hash
//   Must     never sign before the leaves are on disk (the caller's duty), never accept a loose encoding
//   Threads  any
//   Spec     crypto/CRYPTO.md, "Checkpoint"
#ifndef TIDEGATE_CRYPTO_CHECKPOINT_CHECKPOINT_H_
#define TIDEGATE_CRYPTO_CHECKPOINT_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace tidegate::checkpoint {

// Bounds on what is read.
inline constexpr size_t kMaxNoteSize = 16384;
inline constexpr size_t kMaxOriginSize = 512;
inline constexpr size_t kMaxSignatures = 32;

struct Checkpoint {
  std::string origin;  // `tidegate.<federation>/<organisation>/<node>/log/<epoch>` or `.../register/<epoch>`
  uint64_t size = 0;   // leaves
  crypto::Hash root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A note's verifier key: `<name>+<hex key id>+<base64 of type and key>`. Only type 0x01, Ed25519, is known.
struct VerifierKey {
  std::string name;
  crypto::PublicKey public_key{};

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// First four bytes of H(name || "\n" || 0x01 || pk), big-endian.
uint32_t KeyId(const VerifierKey& key);
// InvalidArgument on any deviation, also a key id that does not fit the name and key.
absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view vkey);
std::string PrintVerifierKey(const VerifierKey& key);

// A name is not empty, is UTF-8 and has neither spaces, control characters nor `+`.
absl::Status CheckName(std::string_view name);

// The note: origin, size, base64 root, an empty line, one signature line under the origin as key name. InvalidArgument
// if the origin is no name.
absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint, const crypto::SigningKey& key);

// The checkpoint, if the note is well-formed, has no extension lines, its origin is the key's name, and a signature
// line of that key verifies. Lines of other keys are passed over; a second line of this key, or one that does not
// verify, refuses the note. InvalidArgument if ill-formed, NotFound without a line of this key, Unauthenticated if its
// signature is wrong.
absl::StatusOr<Checkpoint> VerifyCheckpoint(std::string_view note, const VerifierKey& key);

// What the note says, unverified: to choose the key to verify it with, and for nothing else.
absl::StatusOr<Checkpoint> ReadUnverified(std::string_view note);

// RFC 4648 §4 with padding; decoding refuses everything but the one canonical encoding.
std::string Base64Encode(std::string_view bytes);
absl::StatusOr<std::string> Base64Decode(std::string_view text);

}  // namespace tidegate::checkpoint

#endif  // TIDEGATE_CRYPTO_CHECKPOINT_CHECKPOINT_H_
