// Sealing: the only place where a record is joined with a recipient's key.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "crypto/envelope/envelope.h"
#include "crypto/fingerprint.h"
#include "crypto/secret.h"
#include "node/parcel/plaintext.h"

namespace tidegate::parcel {
namespace {

constexpr size_t kMaxConsistency = 128;

absl::Status Contradiction(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("parcel: cannot seal: ", std::string(what)));
}

absl::Status CheckSection(const Section& section, const SealRequest& request) {
  if (section.vkey.size() > 1024 || section.note.size() > checkpoint::kMaxNoteSize ||
      section.consistency.size() > kMaxConsistency || section.log_proof.size() > kMaxProofHashes) {
    return Contradiction("a section's proofs are too long");
  }
  for (size_t i = 0; i < section.items.size(); ++i) {
    if (section.items[i].partner() != request.partner) {
      return absl::PermissionDeniedError("parcel: cannot seal: a record was allowed to another partner");
    }
    if (i > 0 && section.items[i].log_index() <= section.items[i - 1].log_index()) {
      return Contradiction("items do not ascend by log index");
    }
  }
  for (size_t i = 0; i < section.recalls.size(); ++i) {
    const RecallItem& recall = section.recalls[i];
    if (recall.statement.size() > record::kMaxStatementBytes) return Contradiction("a recall's statement is too long");
    if (i > 0 && recall.log_index <= section.recalls[i - 1].log_index) {
      return Contradiction("recalls do not ascend by log index");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const SealRequest& request, const Limits& limits) {
  if (request.delivery_key == nullptr || request.psk.size() != 32) return Contradiction("keys are missing");
  if (request.next_cursor.size() > kMaxCursorBytes) return Contradiction("the cursor is too long");
  if (request.sections.size() > limits.sections) return absl::ResourceExhaustedError("parcel: too many sections");
  uint64_t records = request.withdrawals.size() + request.instants.size() + request.whole_recalls.size();
  for (const Section& section : request.sections) {
    if (absl::Status fine = CheckSection(section, request); !fine.ok()) return fine;
    records += section.items.size() + section.recalls.size();
  }
  if (records > limits.records) return absl::ResourceExhaustedError("parcel: too many records for one parcel");
  for (const Withdrawal& withdrawal : request.withdrawals) {
    if (withdrawal.allowed.size() > policy::kMostSlots) return Contradiction("a withdrawal names too many slots");
  }
  return absl::OkStatus();
}

envelope::AeadId AeadOf(Suite suite) {
  return suite == Suite::kAes256Gcm ? envelope::AeadId::kAes256Gcm : envelope::AeadId::kChaCha20Poly1305;
}

// The manifest as far as it is known before the contents are sealed.
Manifest Begin(const SealRequest& request) {
  Manifest manifest;
  manifest.suite = request.suite;
  manifest.sender_fpr = request.sender_fpr;
  manifest.recipient_fpr = request.recipient_fpr;
  manifest.delivery_fpr = request.delivery_fpr;
  manifest.feed = request.feed;
  manifest.seq = request.seq;
  manifest.after = request.after;
  manifest.sent_ms = request.sent_ms;
  manifest.kem_id = KemIdOf(request.recipient_kem);
  manifest.psk_epoch = request.psk_epoch;
  return manifest;
}

}  // namespace

KemId KemIdOf(const crypto::PublicKey& kem_key) {
  const Hash hash = crypto::HashOf({crypto::Label("TDGkem1"), crypto::View(kem_key)});
  KemId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

absl::StatusOr<Item> Item::Make(const record::View& held, policy::Disclosure&& disclosure, std::string_view partner,
                                int64_t now_ms, uint64_t log_index) {
  absl::StatusOr<record::Narrower> narrower = record::Narrower::Of(held);
  if (!narrower.ok()) return narrower.status();
  return Make(*narrower, std::move(disclosure), partner, now_ms, log_index);
}

absl::StatusOr<Item> Item::Make(record::Narrower& held, policy::Disclosure&& disclosure, std::string_view partner,
                                int64_t now_ms, uint64_t log_index) {
  const policy::Disclosure gate = std::move(disclosure);  // used up, whatever happens
  if (!gate.Allows(held.leaf(), partner, now_ms)) {
    return absl::PermissionDeniedError("parcel: cannot seal: the disclosure is for another record, partner or time");
  }
  absl::StatusOr<record::Narrower::Encoded> narrowed = held.Encode(gate.rungs());
  if (!narrowed.ok()) return narrowed.status();
  Item item;
  item.partner_ = std::string(partner);
  item.log_index_ = log_index;
  item.disclosed_.leaf = held.leaf();
  item.disclosed_.purpose = absl::StrJoin(gate.purposes(), ",");
  if (item.disclosed_.purpose.size() > 0xffff) return Contradiction("the purposes are too long");
  item.disclosed_.openings = std::move(narrowed->openings);
  item.view_ = std::move(narrowed->view);
  return item;
}

absl::StatusOr<Sealed> Seal(SealRequest&& given, const Limits& limits) {
  const SealRequest request = std::move(given);  // its items go into this parcel and no other
  if (absl::Status fine = CheckRequest(request, limits); !fine.ok()) return fine;
  Sealed sealed;
  sealed.parcel_salt = crypto::RandomArray<16>();
  for (const Section& section : request.sections) {
    for (const Item& item : section.items) sealed.disclosed.push_back(item.disclosed());
  }
  sealed.contents = ContentsRoot(sealed.parcel_salt, sealed.disclosed);

  Manifest manifest = Begin(request);
  manifest.n = static_cast<uint32_t>(sealed.disclosed.size());
  manifest.contents = sealed.contents;
  const std::string psk_id = PskId(request.pair, request.psk_epoch);
  absl::StatusOr<envelope::Sender> sender =
      envelope::SetupSender(AeadOf(request.suite), request.recipient_kem, EnvelopeInfo(manifest),
                            envelope::Psk{.key = request.psk, .id = psk_id});
  if (!sender.ok()) return sender.status();
  manifest.enc = sender->enc;
  absl::StatusOr<envelope::StreamSealer> stream = envelope::StreamSealer::Create(std::move(sender->context));
  if (!stream.ok()) return stream.status();

  const auto keep = [&sealed](std::string chunk) {
    sealed.chunks.push_back(std::move(chunk));
    return absl::OkStatus();
  };
  const auto seal = [&](std::string_view piece) { return stream->Write(piece, keep); };
  if (absl::Status written = SectionWriter(limits, seal).Write(request, sealed.parcel_salt); !written.ok()) {
    return written;
  }
  absl::StatusOr<envelope::StreamClaims> claims = stream->Finish(keep);
  if (!claims.ok()) return claims.status();
  manifest.commitment = claims->commitment;
  manifest.chunks = claims->chunks;
  manifest.digest = claims->digest;
  sealed.manifest = EncodeManifest(manifest);
  sealed.manifest_hash = crypto::HashOf({sealed.manifest});
  sealed.signature = request.delivery_key->Sign(sealed.manifest);
  return sealed;
}

}  // namespace tidegate::parcel
