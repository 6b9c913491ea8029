// Parcels: records joined with their Disclosures, proved, sealed to one recipient and signed; and back.
//
//   Takes    to seal: views with their gates, log proofs, notices, keys
//   Takes    to open: untrusted manifest, signature and chunks
//   Gives    a sealed parcel, and what it discloses; or verified records, with the proofs to keep
//   May call record, policy (gates), crypto
//   Must     seal no record without its own Disclosure; give out nothing before the whole parcel has verified
//   Never    open a socket, read a clock, touch the store
//   Threads  functions are pure; an Opener belongs to one thread
//   Spec     node/parcel/PARCEL.md
#ifndef TIDEGATE_NODE_PARCEL_PARCEL_H_
#define TIDEGATE_NODE_PARCEL_PARCEL_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
#include "node/parcel/layer.h"    // IWYU pragma: export
#include "node/parcel/receipt.h"  // IWYU pragma: export
#include "node/record/view.h"
#include "policy/policy.h"

namespace tidegate::parcel {

using crypto::Hash;
using Id16 = std::array<uint8_t, 16>;
using KemId = std::array<uint8_t, 8>;

// Parcel suites (not to be confused with AEAD numbers): 1 is AES-256-GCM, 3 ChaCha20-Poly1305.
enum class Suite : uint8_t { kAes256Gcm = 1, kChaCha20Poly1305 = 3 };

struct Limits {
  uint64_t plaintext_bytes = uint64_t{32} << 20;
  uint32_t records = 16384;  // views, recalls and notices together
  uint32_t sections = 1024;
};
inline constexpr size_t kMaxCursorBytes = 65535;
inline constexpr size_t kMaxManifestBytes = 512;
inline constexpr size_t kMaxProofHashes = size_t{1} << 20;
inline constexpr size_t kMaxChunkBytes = 262144 + 16;

using record::Openings;

// All that a partner may still hold of a leaf; empty for nothing. Sending it twice does no harm.
struct Withdrawal {
  Hash leaf{};
  Openings allowed;
  friend bool operator==(const Withdrawal&, const Withdrawal&) = default;
};

// Nothing may be held of the sender's record with this id, of whichever revision, from this sender. So a node that was
// restored from a backup takes back revisions that it no longer knows. `leaf` is of one that it knows: the answer names
// that.
struct WholeRecall {
  Hash leaf{};
  record::RecordId record{};
  friend bool operator==(const WholeRecall&, const WholeRecall&) = default;
};

// The newest contents that we read and write. Those with a WholeRecall are 2, and all others 1.
inline constexpr uint32_t kContents = 2;

// A passing instant of a record.
struct Instant {
  enum class What : uint8_t { kMayBeUsed = 1, kExpired = 2 };
  Hash leaf{};
  What what = What::kExpired;
  uint64_t at_ms = 0;
  friend bool operator==(const Instant&, const Instant&) = default;
};

// The part of one record that a parcel discloses. The sender's register keeps it.
struct Disclosed {
  Hash leaf{};
  Openings openings;
  std::string purpose;  // the purposes shared with the partner, sorted, joined by commas
};
// H(0x00 || "TDGcon1\0" || parcel_salt || leaf || LP16(openings) || LP16(purpose)), and the tree over them.
Hash ContentsLeaf(const Id16& parcel_salt, const Disclosed& disclosed);
Hash ContentsRoot(const Id16& parcel_salt, const std::vector<Disclosed>& disclosed);

// The manifest M of CRYPTO.md, "Parcel".
struct Manifest {
  Suite suite = Suite::kAes256Gcm;
  Hash sender_fpr{}, recipient_fpr{}, delivery_fpr{};
  Id16 feed{};
  uint64_t seq = 0;
  Hash after{};  // H(sealed cursor) that the parcel continues
  uint64_t sent_ms = 0;
  KemId kem_id{};
  uint32_t psk_epoch = 0;
  uint32_t n = 0;  // records: views, not recalls
  Hash contents{};
  std::array<uint8_t, 32> enc{};
  Hash commitment{};
  uint32_t chunks = 0;
  Hash digest{};

  friend bool operator==(const Manifest&, const Manifest&) = default;
};
std::string EncodeManifest(const Manifest& manifest);
// Layers version and manifest.
absl::StatusOr<Manifest> ParseManifest(std::string_view bytes);
// "TDGhpk1\0" ..., and "TDGpsk1\0" ...
std::string EnvelopeInfo(const Manifest& manifest);
std::string PskId(const Id16& pair, uint32_t epoch);
// H("TDGkem1\0" || key)[:8].
KemId KemIdOf(const crypto::PublicKey& kem_key);

// --- Sealing ---

// A record on its way out, narrowed to what its Disclosure allows. Only Make gives one, and takes a Disclosure. It goes
// into one parcel, so it moves and is not copied.
class Item {
 public:
  Item(Item&&) = default;
  Item& operator=(Item&&) = default;
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;

  // `held` narrows a verified view that this node holds. PermissionDenied if the gate is for another leaf, partner or
  // time; FailedPrecondition if nothing would go.
  static absl::StatusOr<Item> Make(record::Narrower& held, policy::Disclosure&& disclosure, std::string_view partner,
                                   int64_t now_ms, uint64_t log_index);
  static absl::StatusOr<Item> Make(const record::View& held, policy::Disclosure&& disclosure, std::string_view partner,
                                   int64_t now_ms, uint64_t log_index);

  const Disclosed& disclosed() const { return disclosed_; }
  uint64_t log_index() const { return log_index_; }
  const std::string& partner() const { return partner_; }
  // How many bytes it adds to the plaintext of a parcel.
  size_t bytes() const { return 8 + 2 + disclosed_.purpose.size() + 4 + view_.size(); }

 private:
  friend class SectionWriter;
  Item() = default;

  std::string partner_;
  uint64_t log_index_ = 0;
  std::string view_;  // encoded
  Disclosed disclosed_;
};

// A recall travels as its statement alone. It needs no gate, because everybody who holds the record must get it.
struct RecallItem {
  std::string statement;
  uint64_t log_index = 0;
};

// The records that one checkpoint of one author's log proves.
struct Section {
  std::string vkey;                 // of the author's log key, as checkpoint::PrintVerifierKey prints it
  std::string note;                 // the signed checkpoint
  uint64_t linked_size = 0;         // the size on this path that `consistency` leads from (or to, if it is the larger)
  std::vector<Hash> consistency;    // RFC 9162 §2.1.4 between both sizes; empty when linked_size is 0 or the same
  std::vector<Hash> log_proof;      // multiproof of the log indices of items and recalls; empty without any
  std::vector<Item> items;          // strictly ascending log_index
  std::vector<RecallItem> recalls;  // strictly ascending log_index, none that an item has
};

// Keys and secrets are borrowed for the call.
struct SealRequest {
  Suite suite = Suite::kAes256Gcm;
  std::string partner;  // the recipient's organisation; every item must have been made for it
  Hash sender_fpr{};
  Hash recipient_fpr{};
  crypto::PublicKey recipient_kem{};
  const crypto::SigningKey* delivery_key = nullptr;
  Hash delivery_fpr{};
  Id16 pair{};
  uint32_t psk_epoch = 0;
  std::string_view psk;  // 32 bytes
  Id16 feed{};
  uint64_t seq = 0;
  Hash after{};
  uint64_t sent_ms = 0;
  std::vector<Section> sections;
  std::vector<Withdrawal> withdrawals;
  std::vector<Instant> instants;
  std::vector<WholeRecall> whole_recalls;  // only for one who reads contents 2
  std::string next_cursor;                 // sealed by the sender; at most kMaxCursorBytes
};

struct Sealed {
  std::string manifest;
  crypto::Signature signature{};
  std::vector<std::string> chunks;
  Hash manifest_hash{};
  Hash contents{};
  Id16 parcel_salt{};
  std::vector<Disclosed> disclosed;  // in order of appearance
};

// InvalidArgument for a request that contradicts itself, PermissionDenied for an item made for somebody else,
// ResourceExhausted beyond `limits`.
absl::StatusOr<Sealed> Seal(SealRequest&& given, const Limits& limits = {});

// --- Opening ---

struct KnownCheckpoint {
  uint64_t size = 0;
  Hash root{};
};

// The receiver's knowledge of authors' logs.
class CheckpointMemory {
 public:
  virtual ~CheckpointMemory() = default;
  // The largest checkpoint of that author that came from this parcel's sender and was accepted.
  virtual std::optional<KnownCheckpoint> LastOnPath(const Hash& author_fpr) const = 0;
  // A root that came from anybody for exactly that size.
  virtual std::optional<Hash> RootAt(const Hash& author_fpr, uint64_t size) const = 0;
};

// Whom we expect the parcel from, which parcel we expect, and our keys. Everything borrowed outlives the Opener.
struct OpenContext {
  Hash sender_fpr{};
  std::string sender_vkey;  // pinned: what a section by the sender itself must bear
  crypto::PublicKey delivery_key{};
  Hash delivery_fpr{};
  Id16 pair{};
  Id16 feed{};
  uint64_t last_seq = 0;  // a parcel's seq must be greater
  Hash after{};           // H(our cursor)
  struct OwnKem {
    const crypto::AgreementKey* key = nullptr;
    Hash fingerprint{};
  };
  std::function<std::optional<OwnKem>(const KemId&)> kem;
  std::function<absl::StatusOr<crypto::Secret<32>>(uint32_t epoch)> psk;
  const CheckpointMemory* checkpoints = nullptr;
  Limits limits;
};

struct OpenedItem {
  record::VerifiedView view;
  uint64_t log_index = 0;
  std::string purpose;
};

struct OpenedRecall {
  record::VerifiedView view;  // view.recall() is true
  uint64_t log_index = 0;
};

enum class Link : uint8_t {
  kFirst,    // the first of this author from this sender
  kSame,     // the checkpoint is the one we knew
  kExtends,  // a larger one, which a proof shows to extend it
  kEarlier,  // a smaller one, which a proof shows it to extend
};

struct OpenedSection {
  checkpoint::VerifierKey author;
  Hash author_fpr{};
  bool by_sender = false;
  std::string note;
  checkpoint::Checkpoint checkpoint;
  Link link = Link::kFirst;
  uint64_t linked_size = 0;
  std::vector<Hash> consistency;
  std::vector<Hash> log_proof;  // of all log indices below
  std::vector<OpenedItem> items;
  std::vector<OpenedRecall> recalls;
};

struct Opened {
  Manifest manifest;
  Hash manifest_hash{};
  Id16 parcel_salt{};
  std::vector<OpenedSection> sections;
  std::vector<Withdrawal> withdrawals;
  std::vector<Instant> instants;
  std::vector<WholeRecall> whole_recalls;
  std::string next_cursor;
};

// Reads one parcel while it arrives. Every error has its layer (LayerOf), except those of the callbacks.
class Opener {
 public:
  // Checks the manifest, its signature, its recipient, the sequence and the limits, before the first chunk.
  static absl::StatusOr<Opener> Begin(OpenContext context, std::string_view manifest, std::string_view signature);
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) noexcept;
  ~Opener();

  const Manifest& manifest() const;
  const Hash& manifest_hash() const;
  // Takes the next chunk. Its plaintext stays pending in here.
  absl::Status Add(std::string chunk);
  bool complete() const;  // every chunk has arrived
  // Verifies the whole parcel. Call once, after the last chunk.
  absl::StatusOr<Opened> Finish();

 private:
  class State;
  explicit Opener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Evidence that an author signed two different logs. A checkpoint error carries it, if that was the error.
struct Equivocation {
  std::string vkey;
  std::string note;  // the one refused
  Hash known_root{};
};
std::optional<Equivocation> EquivocationOf(const absl::Status& error);

}  // namespace tidegate::parcel

#endif  // TIDEGATE_NODE_PARCEL_PARCEL_H_
