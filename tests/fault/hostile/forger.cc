#include "tests/fault/hostile/forger.h"

#include <algorithm>
#include <iostream>
#include <span>

#include "crypto/bytes.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/envelope/envelope.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "policy/policy.h"
#include "tests/fault/hostile/caller.h"
#include "tests/fault/hostile/must.h"

namespace tidegate::hostile {
namespace {

constexpr char kSendsAll[] = R"(@id("all") permit (principal, action == Action::"disclose", resource);)";

std::shared_ptr<const policy::Engine> MakeEngine(const std::string& self) {
  policy::Vocabulary vocabulary;
  vocabulary.self = self;
  return Must(policy::Engine::Create({{"hostile.cedar", kSendsAll}}, record::Shapes(), vocabulary,
                                     [](std::string_view bytes) { return crypto::HashOf({bytes}); }));
}

// The gate of a record that its own author lets go.
policy::Disclosure Disclose(const policy::Engine& engine, const record::VerifiedView& view, const std::string& self,
                            const std::string& partner) {
  const record::LocalFacts local;
  policy::Candidate candidate;
  candidate.leaf = view.leaf();
  candidate.kind = view.kind().number;
  candidate.label = engine.Intern(record::LabelOf(view, local, self, /*author=*/true));
  for (const record::HeldSlot& slot : record::HeldSlotsOf(view)) {
    candidate.fields.push_back({slot.slot, slot.rungs, engine.Intern(slot.marking)});
  }
  const policy::PartyHandle party =
      engine.Intern(policy::Party{partner, "police", "GB", {}, {"prevention"}, {}, /*confirmed=*/true});
  policy::Ruling<policy::Disclosure> ruling = engine.Disclose(party, candidate, static_cast<int64_t>(NowMs()));
  if (!ruling.allowed()) {
    std::cerr << "hostile_partner: " << ruling.refusal().ToString() << std::endl;
    std::abort();
  }
  return *std::move(ruling);
}

record::VerifiedView Commit(const crypto::Hash& author, const std::string& title, const Forger::Fields& handling,
                            std::optional<record::RecordId> id) {
  record::Draft draft = Must(record::Draft::Create("report"));
  if (!draft.SetField("title", title).ok()) std::abort();
  Forger::Fields all = {{"tlp", "GREEN"}, {"purposes", "prevention"}};
  all.insert(all.end(), handling.begin(), handling.end());
  for (const auto& [name, text] : all) {
    if (absl::Status set = draft.handling.Set(name, text); !set.ok()) Must(absl::StatusOr<int>(set));
  }
  record::CommitContext context;
  context.author_fpr = author;
  context.record_id = id.value_or(crypto::RandomArray<16>());
  context.created_ms = NowMs();
  return Must(record::Commit(draft, context, crypto::RandomArray<32>()));
}

}  // namespace

record::VerifiedView Forger::Report(const std::string& title, const Fields& handling,
                                    std::optional<record::RecordId> id) const {
  return Commit(identity_.log_fingerprint(), title, handling, id);
}

record::VerifiedView Forger::ReportBy(const crypto::Hash& author, const std::string& title) const {
  return Commit(author, title, {}, std::nullopt);
}

uint64_t Forger::Append(const crypto::Hash& leaf) {
  leaves_.push_back(leaf);
  return leaves_.size() - 1;
}

std::string Forger::Note(uint64_t size, std::optional<crypto::Hash> root, const crypto::SigningKey* key) const {
  const crypto::Hash honest = size == 0 ? merkle::EmptyRoot() : merkle::RootOf(std::span(leaves_).first(size));
  const checkpoint::Checkpoint head{
      .origin = identity_.keys().log_key.name, .size = size, .root = root.value_or(honest)};
  return Must(checkpoint::SignCheckpoint(head, key != nullptr ? *key : identity_.log_key()));
}

std::vector<crypto::Hash> Forger::Consistency(uint64_t old_size) const {
  if (old_size == 0 || old_size == leaves_.size()) return {};
  return Must(merkle::ConsistencyProof(old_size, leaves_.size(), merkle::SpanSource(std::span(leaves_))));
}

parcel::Section Forger::MakeSection(const Place& place, Contents& contents) {
  static const std::shared_ptr<const policy::Engine> engine = MakeEngine("mallow-bank");
  parcel::Section section;
  section.vkey = checkpoint::PrintVerifierKey(identity_.keys().log_key);
  section.linked_size = place.linked;
  std::vector<uint64_t> positions;
  for (record::VerifiedView& view : contents.records) {
    positions.push_back(Append(view.leaf()));
    section.items.push_back(
        Must(parcel::Item::Make(view.view(), Disclose(*engine, view, "mallow-bank", place.node->organisation),
                                place.node->organisation, static_cast<int64_t>(NowMs()), positions.back())));
  }
  for (const record::VerifiedView& recall : contents.recalls) {
    positions.push_back(Append(recall.leaf()));
    section.recalls.push_back({recall.view().statement, positions.back()});
  }
  const uint64_t size = leaves_.size();
  section.note = Note(size);
  section.consistency = Consistency(place.linked);
  if (!positions.empty()) {
    section.log_proof = Must(merkle::ProveMulti(size, positions, merkle::SpanSource(std::span(leaves_))));
  }
  return section;
}

parcel::Sealed Forger::Make(const Place& place, Contents contents, const Lie& lie) {
  // Sealed to a key of our own first, so that what is inside can be lied about, and then to the node's.
  const crypto::AgreementKey own = crypto::AgreementKey::Generate();
  parcel::SealRequest request;
  request.partner = place.node->organisation;
  request.sender_fpr = identity_.log_fingerprint();
  request.recipient_fpr = place.node->kem_fingerprint;
  request.recipient_kem = own.public_key();
  request.delivery_key = &identity_.delivery_key();
  request.delivery_fpr = identity_.delivery_fingerprint();
  request.pair = place.node->pair;
  request.psk_epoch = place.psk_epoch;
  request.psk = place.psk;
  request.feed = place.node->outgoing;
  request.seq = place.seq;
  request.after = crypto::HashOf({place.cursor});
  request.sent_ms = NowMs();
  request.withdrawals = contents.withdrawals;
  request.next_cursor = place.next_cursor;
  request.sections.push_back(MakeSection(place, contents));
  if (lie.section) lie.section(request.sections.back());
  if (lie.request) lie.request(request);
  const parcel::Id16 pair = request.pair;
  const uint32_t epoch = request.psk_epoch;
  const std::string psk(request.psk);
  parcel::Sealed honest = Must(parcel::Seal(std::move(request)));

  // Opened again with our own key.
  parcel::Manifest manifest = Must(parcel::ParseManifest(honest.manifest));
  const std::string psk_id = parcel::PskId(pair, epoch);
  envelope::Context context =
      Must(envelope::SetupRecipient(envelope::AeadId::kAes256Gcm, own, manifest.enc, parcel::EnvelopeInfo(manifest),
                                    envelope::Psk{.key = psk, .id = psk_id}));
  envelope::StreamOpener opener = Must(envelope::StreamOpener::Create(
      std::move(context), {.commitment = manifest.commitment, .chunks = manifest.chunks, .digest = manifest.digest}));
  std::string plaintext;
  for (const std::string& chunk : honest.chunks) plaintext += Must(opener.Open(chunk));
  if (lie.plaintext) lie.plaintext(plaintext);

  const crypto::PublicKey kem = lie.kem.value_or(place.node->kem.key);
  manifest.kem_id = parcel::KemIdOf(kem);
  envelope::Sender sender = Must(envelope::SetupSender(
      envelope::AeadId::kAes256Gcm, kem, parcel::EnvelopeInfo(manifest), envelope::Psk{.key = psk, .id = psk_id}));
  manifest.enc = sender.enc;
  envelope::StreamSealer stream = Must(envelope::StreamSealer::Create(std::move(sender.context)));
  parcel::Sealed sealed;
  const auto keep = [&sealed](std::string chunk) {
    sealed.chunks.push_back(std::move(chunk));
    return absl::OkStatus();
  };
  stream.Write(plaintext, keep).IgnoreError();
  const envelope::StreamClaims claims = Must(stream.Finish(keep));
  manifest.commitment = claims.commitment;
  manifest.chunks = claims.chunks;
  manifest.digest = claims.digest;
  if (lie.manifest) lie.manifest(manifest);
  sealed.manifest = parcel::EncodeManifest(manifest);
  sealed.signature = identity_.delivery_key().Sign(sealed.manifest);
  if (lie.sealed) lie.sealed(sealed);
  sealed.manifest_hash = crypto::HashOf({sealed.manifest});
  return sealed;
}

}  // namespace tidegate::hostile
