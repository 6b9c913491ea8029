// Checkpoints: the signed head of a log, as a C2SP signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).
//
//   Takes    to sign: a log's origin, size and root; to verify: an untrusted note and the key that should have signed
//   Gives    the note's text; the verified head
//   May call crypto/sign, crypto/hash
//   Must     never accept another than the canonical encoding; the caller signs only when the leaves are on disk
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
// InvalidArgument for every deviation from that form, and for a key id that does not fit the name and key.
absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view vkey);
std::string PrintVerifierKey(const VerifierKey& key);

// A name is UTF-8 and not empty. It has no spaces, no control characters and no `+`.
absl::Status CheckName(std::string_view name);

// The note: origin, size, root in base64, an empty line, and one signature line with the origin as the name of the key.
// InvalidArgument if the origin is not a name.
absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint, const crypto::SigningKey& key);

// Gives the checkpoint if three things hold: the note is well-formed and has no extension lines, its origin is the name
// of the key, and the signature line of that key verifies. Lines of other keys are skipped. A note with two lines of
// this key is refused. InvalidArgument if the note is ill-formed, NotFound if it has no line of this key,
// Unauthenticated if the signature is wrong.
absl::StatusOr<Checkpoint> VerifyCheckpoint(std::string_view note, const VerifierKey& key);

// Reads a note without verifying it. Use the result only to choose the key that verifies the note.
absl::StatusOr<Checkpoint> ReadUnverified(std::string_view note);

// Base64 of RFC 4648 §4, with padding. Decoding refuses every form but the canonical one.
std::string Base64Encode(std::string_view bytes);
absl::StatusOr<std::string> Base64Decode(std::string_view text);

}  // namespace tidegate::checkpoint

#endif  // TIDEGATE_CRYPTO_CHECKPOINT_CHECKPOINT_H_
