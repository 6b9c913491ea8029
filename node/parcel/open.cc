// Opening: from untrusted bytes to what has been verified, or to the layer that refused.
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/envelope/envelope.h"
#include "node/parcel/plaintext.h"
#include "node/parcel/verify.h"

namespace tidegate::parcel {
namespace {

constexpr uint64_t kChunkPlaintext = 262144;

absl::Status CheckAddressee(const OpenContext& context, const Manifest& manifest) {
  if (manifest.sender_fpr != context.sender_fpr) return Refuse(Layer::kManifest, "the parcel names another sender");
  if (manifest.delivery_fpr != context.delivery_fpr) {
    return Refuse(Layer::kManifest, "the parcel names another delivery key");
  }
  if (manifest.feed != context.feed) return Refuse(Layer::kManifest, "the parcel is of another feed");
  return absl::OkStatus();
}

absl::Status CheckSequence(const OpenContext& context, const Manifest& manifest) {
  if (manifest.seq <= context.last_seq) {
    return Refuse(Layer::kSequence, absl::StrCat("parcel ", manifest.seq, " comes after ", context.last_seq));
  }
  if (manifest.after != context.after) {
    return Refuse(Layer::kSequence, "the parcel continues another cursor than ours; ask again from ours");
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const OpenContext& context, const Manifest& manifest) {
  if (manifest.n > context.limits.records) return Refuse(Layer::kLimit, "too many records");
  const uint64_t most = context.limits.plaintext_bytes / kChunkPlaintext + 1;
  if (manifest.chunks > most) return Refuse(Layer::kLimit, absl::StrCat("more than ", most, " chunks"));
  return absl::OkStatus();
}

absl::StatusOr<envelope::StreamOpener> OpenEnvelope(const OpenContext& context, const Manifest& manifest) {
  const std::optional<OpenContext::OwnKem> kem = context.kem(manifest.kem_id);
  if (!kem.has_value() || kem->key == nullptr) return Refuse(Layer::kSeal, "sealed to a KEM key that is not held here");
  if (kem->fingerprint != manifest.recipient_fpr) {
    return Refuse(Layer::kManifest, "the parcel names another recipient");
  }
  absl::StatusOr<crypto::Secret<32>> psk = context.psk(manifest.psk_epoch);
  if (!psk.ok()) return AtLayer(Layer::kSeal, psk.status());
  const std::string psk_id = PskId(context.pair, manifest.psk_epoch);
  const envelope::AeadId aead =
      manifest.suite == Suite::kAes256Gcm ? envelope::AeadId::kAes256Gcm : envelope::AeadId::kChaCha20Poly1305;
  absl::StatusOr<envelope::Context> opened = envelope::SetupRecipient(
      aead, *kem->key, manifest.enc, EnvelopeInfo(manifest), envelope::Psk{.key = psk->Expose(), .id = psk_id});
  if (!opened.ok()) return AtLayer(Layer::kSeal, opened.status());
  absl::StatusOr<envelope::StreamOpener> stream = envelope::StreamOpener::Create(
      *std::move(opened), {.commitment = manifest.commitment, .chunks = manifest.chunks, .digest = manifest.digest});
  if (!stream.ok()) return AtLayer(Layer::kSeal, stream.status());
  return stream;
}

// The manifest's promise about what is inside, kept.
absl::Status CheckContents(const Opened& opened) {
  std::vector<Disclosed> disclosed;
  disclosed.reserve(opened.manifest.n);
  for (const OpenedSection& section : opened.sections) {
    for (const OpenedItem& item : section.items) {
      Disclosed one;
      one.leaf = item.view.leaf();
      one.purpose = item.purpose;
      one.openings = record::OpeningsOf(item.view.view());
      disclosed.push_back(std::move(one));
    }
  }
  if (disclosed.size() != opened.manifest.n ||
      ContentsRoot(opened.parcel_salt, disclosed) != opened.manifest.contents) {
    return Refuse(Layer::kOpening, "the records inside are not those that the manifest commits to");
  }
  return absl::OkStatus();
}

}  // namespace

class Opener::State {
 public:
  State(OpenContext context, Manifest manifest, Hash hash, envelope::StreamOpener stream)
      : context_(std::move(context)), manifest_(manifest), hash_(hash), stream_(std::move(stream)) {}

  const Manifest& manifest() const { return manifest_; }
  const Hash& hash() const { return hash_; }
  bool complete() const { return seen_ == manifest_.chunks; }

  absl::Status Add(std::string chunk) {
    if (failed_) return Refuse(Layer::kSeal, "a chunk before was refused");
    absl::Status added = Append(std::move(chunk));
    failed_ = !added.ok();
    return added;
  }

  absl::StatusOr<Opened> Finish() {
    if (failed_) return Refuse(Layer::kSeal, "a chunk was refused");
    failed_ = true;  // nothing may be added or finished twice
    if (absl::Status whole = stream_.Finish(); !whole.ok()) return AtLayer(Layer::kSeal, whole);
    absl::StatusOr<RawPlaintext> raw = ReadPlaintext(plaintext_, context_.limits);
    if (!raw.ok()) return raw.status();
    Opened opened;
    opened.manifest = manifest_;
    opened.manifest_hash = hash_;
    opened.parcel_salt = raw->parcel_salt;
    opened.sections.reserve(raw->sections.size());
    SectionVerifier verifier(context_);
    for (RawSection& section : raw->sections) {
      absl::StatusOr<OpenedSection> verified = verifier.Verify(std::move(section));
      if (!verified.ok()) return verified.status();
      opened.sections.push_back(*std::move(verified));
    }
    if (absl::Status kept = CheckContents(opened); !kept.ok()) return kept;
    opened.withdrawals = std::move(raw->withdrawals);
    opened.instants = std::move(raw->instants);
    opened.whole_recalls = std::move(raw->whole_recalls);
    opened.next_cursor = std::string(raw->next_cursor);
    return opened;
  }

 private:
  absl::Status Append(std::string chunk) {
    if (chunk.size() > kMaxChunkBytes) return Refuse(Layer::kLimit, "a chunk is too long");
    if (complete()) return Refuse(Layer::kLimit, "a chunk more than the manifest announces");
    absl::StatusOr<std::string> plaintext = stream_.Open(std::move(chunk));
    if (!plaintext.ok()) return AtLayer(Layer::kSeal, plaintext.status());
    ++seen_;
    if (plaintext_.size() + plaintext->size() > context_.limits.plaintext_bytes) {
      return Refuse(Layer::kLimit, "the parcel is too long");
    }
    if (plaintext_.empty() && complete()) {
      plaintext_ = *std::move(plaintext);
    } else {
      // Growing would copy what came before again and again. CheckLimits has bounded the number of chunks.
      if (plaintext_.empty()) plaintext_.reserve(manifest_.chunks * kChunkPlaintext);
      plaintext_.append(*plaintext);
    }
    return absl::OkStatus();
  }

  OpenContext context_;
  Manifest manifest_;
  Hash hash_;
  envelope::StreamOpener stream_;
  std::string plaintext_;  // pending
  uint32_t seen_ = 0;
  bool failed_ = false;
};

Opener::Opener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

const Manifest& Opener::manifest() const { return state_->manifest(); }
const Hash& Opener::manifest_hash() const { return state_->hash(); }
bool Opener::complete() const { return state_->complete(); }
absl::Status Opener::Add(std::string chunk) { return state_->Add(std::move(chunk)); }
absl::StatusOr<Opened> Opener::Finish() { return state_->Finish(); }

absl::StatusOr<Opener> Opener::Begin(OpenContext context, std::string_view manifest_bytes, std::string_view signature) {
  absl::StatusOr<Manifest> manifest = ParseManifest(manifest_bytes);
  if (!manifest.ok()) return manifest.status();
  if (absl::Status valid = crypto::Verify(context.delivery_key, manifest_bytes, signature); !valid.ok()) {
    return AtLayer(Layer::kManifest, valid);
  }
  for (auto check : {CheckAddressee, CheckSequence, CheckLimits}) {
    if (absl::Status fine = check(context, *manifest); !fine.ok()) return fine;
  }
  absl::StatusOr<envelope::StreamOpener> stream = OpenEnvelope(context, *manifest);
  if (!stream.ok()) return stream.status();
  const Hash hash = crypto::HashOf({manifest_bytes});
  return Opener(std::make_unique<State>(std::move(context), *std::move(manifest), hash, *std::move(stream)));
}

}  // namespace tidegate::parcel
