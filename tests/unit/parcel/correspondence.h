// A charity that writes to the police: keys, a log and policies, for the tests of parcels. All invented.
#ifndef TIDEGATE_TESTS_UNIT_PARCEL_CORRESPONDENCE_H_
#define TIDEGATE_TESTS_UNIT_PARCEL_CORRESPONDENCE_H_

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/envelope/envelope.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "node/parcel/parcel.h"
#include "node/record/record.h"

namespace tidegate::parcel {

// A precondition of the tests themselves, not of what they test.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << value.status() << std::endl;
    std::abort();
  }
  return *std::move(value);
}

inline constexpr int64_t kNow = 1'772'000'000'000;

// One author's log in memory.
class TestLog {
 public:
  explicit TestLog(std::string origin)
      : key_(crypto::SigningKey::Generate()), vkey_{.name = std::move(origin), .public_key = key_.public_key()} {}

  uint64_t Append(const Hash& leaf) {
    leaves_.push_back(leaf);
    return leaves_.size() - 1;
  }
  uint64_t size() const { return leaves_.size(); }
  std::string vkey() const { return checkpoint::PrintVerifierKey(vkey_); }
  Hash fingerprint() const {
    return crypto::Fingerprint(crypto::KeyType::kLog, vkey_.name, crypto::View(vkey_.public_key));
  }
  Hash Root(uint64_t size) const { return merkle::RootOf(std::span(leaves_).first(size)); }
  std::string Note(uint64_t size, const Hash& root) const {
    return Must(checkpoint::SignCheckpoint({.origin = vkey_.name, .size = size, .root = root}, key_));
  }
  std::string Note(uint64_t size) const { return Note(size, Root(size)); }
  std::vector<Hash> Prove(const std::vector<uint64_t>& positions, uint64_t size) const {
    return Must(merkle::ProveMulti(size, positions, merkle::SpanSource(std::span(leaves_).first(size))));
  }
  std::vector<Hash> Consistency(uint64_t from, uint64_t to) const {
    return Must(merkle::ConsistencyProof(from, to, merkle::SpanSource(std::span(leaves_).first(to))));
  }
  // Damage, for tests.
  std::vector<Hash>& leaves() { return leaves_; }

 private:
  crypto::SigningKey key_;
  checkpoint::VerifierKey vkey_;
  std::vector<Hash> leaves_;
};

class TestMemory : public CheckpointMemory {
 public:
  std::optional<KnownCheckpoint> LastOnPath(const Hash& author) const override {
    const auto found = last.find(author);
    return found == last.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Hash> RootAt(const Hash& author, uint64_t size) const override {
    const auto found = elsewhere.find({author, size});
    return found == elsewhere.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<Hash, KnownCheckpoint> last;
  std::map<std::pair<Hash, uint64_t>, Hash> elsewhere;
};

inline constexpr std::string_view kPolicies = R"(
@id("most") permit (principal, action == Action::"disclose", resource) unless { resource in FieldClass::"location" };
@id("region") permit (principal, action == Action::"disclose", resource in Precision::"place.region");
@id("no-names") forbid (principal, action == Action::"disclose", resource in FieldClass::"personal");
@id("no-sources") forbid (principal, action == Action::"disclose", resource in FieldClass::"source");
)";

inline record::Draft SampleDraft(std::string_view title) {
  record::Draft draft = Must(record::Draft::Create("report"));
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"title", title},
      {"narrative", "Workers at the car wash said that their documents are kept."},
      {"narrative.sanitised", "Workers said that documents are kept."},
      {"narrative.heading", "Documents withheld"},
      {"exploitation", "labour.personal-services"},
      {"subject_categories", "victim"},
      {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB|53.5675,-0.0803"},
      {"observed", "2026-03-04T22:15Z"},
      {"persons_named", "Marin Ionescu"},
      {"informant", "Volunteer 7"}};
  for (const auto& [name, text] : fields) {
    if (const absl::Status set = draft.SetField(name, text); !set.ok()) std::cerr << set << std::endl, std::abort();
  }
  for (const auto& [name, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"tlp", "GREEN"}, {"grade", "1BP"}, {"purposes", "prevention; safeguarding"}}) {
    if (const absl::Status set = draft.handling.Set(name, text); !set.ok()) std::cerr << set << std::endl, std::abort();
  }
  return draft;
}

class Correspondence {
 public:
  static constexpr std::string_view kPartner = "northshire-police";

  Correspondence() {
    policy::Vocabulary vocabulary;
    vocabulary.self = "harbour";
    engine_ = Must(policy::Engine::Create({{"test.cedar", std::string(kPolicies)}}, record::Shapes(), vocabulary,
                                          [](std::string_view bytes) { return crypto::HashOf({bytes}); }));
  }

  record::VerifiedView Commit(std::string_view title = "Night work at a car wash") {
    record::CommitContext context;
    context.author_fpr = log_.fingerprint();
    context.record_id = crypto::RandomArray<16>();
    context.created_ms = kNow;
    return Must(record::Commit(SampleDraft(title), context, crypto::RandomArray<32>()));
  }
  policy::Disclosure Disclose(const record::VerifiedView& view, std::string_view partner = kPartner) const {
    const record::LocalFacts local;
    policy::Candidate candidate;
    candidate.leaf = view.leaf();
    candidate.kind = view.kind().number;
    candidate.label = engine_->Intern(record::LabelOf(view, local, "harbour", /*author=*/true));
    for (const record::HeldSlot& slot : record::HeldSlotsOf(view)) {
      candidate.fields.push_back({slot.slot, slot.rungs, engine_->Intern(slot.marking)});
    }
    const policy::PartyHandle party =
        engine_->Intern(policy::Party{std::string(partner), "police", "GB", {}, {"prevention"}, {}, true});
    policy::Ruling<policy::Disclosure> ruling = engine_->Disclose(party, candidate, kNow);
    if (!ruling.allowed()) std::cerr << ruling.refusal().ToString() << std::endl, std::abort();
    return *std::move(ruling);
  }
  // Commits a record, appends it to the log and lets policy narrow it.
  Item NewItem(std::string_view title = "Night work at a car wash") {
    const record::VerifiedView view = Commit(title);
    const uint64_t index = log_.Append(view.leaf());
    return Must(Item::Make(view.view(), Disclose(view), kPartner, kNow, index));
  }
  std::vector<Item> NewItems(std::initializer_list<std::string_view> titles) {
    std::vector<Item> items;
    for (std::string_view title : titles) items.push_back(NewItem(title));
    return items;
  }
  RecallItem NewRecall(const record::VerifiedView& of) {
    const record::VerifiedView recall = Must(record::CommitRecall(of.statement(), log_.fingerprint(), kNow));
    return {recall.view().statement, log_.Append(recall.leaf())};
  }

  // Everything proved against the log as it is now.
  Section MakeSection(std::vector<Item> items, std::vector<RecallItem> recalls = {}, uint64_t linked_size = 0) {
    Section section;
    section.vkey = log_.vkey();
    section.note = log_.Note(log_.size());
    section.linked_size = linked_size;
    if (linked_size != 0 && linked_size != log_.size())
      section.consistency = log_.Consistency(linked_size, log_.size());
    std::vector<uint64_t> positions;
    for (const Item& item : items) positions.push_back(item.log_index());
    for (const RecallItem& recall : recalls) positions.push_back(recall.log_index);
    std::sort(positions.begin(), positions.end());
    if (!positions.empty()) section.log_proof = log_.Prove(positions, log_.size());
    section.items = std::move(items);
    section.recalls = std::move(recalls);
    return section;
  }
  SealRequest Request(std::vector<Section> sections = {}) const {
    SealRequest request;
    request.partner = std::string(kPartner);
    request.sender_fpr = log_.fingerprint();
    request.recipient_fpr = kem_fpr_;
    request.recipient_kem = kem_.public_key();
    request.delivery_key = &delivery_;
    request.delivery_fpr = delivery_fpr_;
    request.pair = pair_;
    request.psk_epoch = 3;
    request.psk = psk_.Expose();
    request.feed = feed_;
    request.seq = 8;
    request.after = after_;
    request.sent_ms = kNow;
    request.sections = std::move(sections);
    request.next_cursor = "next cursor";
    return request;
  }
  OpenContext Context() const {
    OpenContext context;
    context.sender_fpr = log_.fingerprint();
    context.sender_vkey = log_.vkey();
    context.delivery_key = delivery_.public_key();
    context.delivery_fpr = delivery_fpr_;
    context.pair = pair_;
    context.feed = feed_;
    context.last_seq = 7;
    context.after = after_;
    context.kem = [this](const KemId& id) -> std::optional<OpenContext::OwnKem> {
      if (id != KemIdOf(kem_.public_key())) return std::nullopt;
      return OpenContext::OwnKem{&kem_, kem_fpr_};
    };
    context.psk = [this](uint32_t epoch) -> absl::StatusOr<crypto::Secret<32>> {
      if (epoch != 3) return absl::OutOfRangeError("partner: another epoch");
      return psk_.Clone();
    };
    context.checkpoints = &memory_;
    return context;
  }

  TestLog& log() { return log_; }
  TestMemory& memory() { return memory_; }
  const crypto::SigningKey& delivery() const { return delivery_; }

  // --- As a sender that lies: any plaintext under any manifest, properly sealed and signed. ---

  std::string PlaintextOf(const Sealed& sealed) const {
    const Manifest manifest = Must(ParseManifest(sealed.manifest));
    const std::string psk_id = PskId(pair_, manifest.psk_epoch);
    envelope::Context context =
        Must(envelope::SetupRecipient(envelope::AeadId::kAes256Gcm, kem_, manifest.enc, EnvelopeInfo(manifest),
                                      envelope::Psk{.key = psk_.Expose(), .id = psk_id}));
    envelope::StreamOpener stream = Must(envelope::StreamOpener::Create(
        std::move(context), {.commitment = manifest.commitment, .chunks = manifest.chunks, .digest = manifest.digest}));
    std::string plaintext;
    for (const std::string& chunk : sealed.chunks) plaintext += Must(stream.Open(chunk));
    return plaintext;
  }
  Sealed SealAnything(Manifest manifest, std::string_view plaintext) const {
    const std::string psk_id = PskId(pair_, manifest.psk_epoch);
    envelope::Sender sender =
        Must(envelope::SetupSender(envelope::AeadId::kAes256Gcm, kem_.public_key(), EnvelopeInfo(manifest),
                                   envelope::Psk{.key = psk_.Expose(), .id = psk_id}));
    manifest.enc = sender.enc;
    envelope::StreamSealer stream = Must(envelope::StreamSealer::Create(std::move(sender.context)));
    Sealed sealed;
    const auto keep = [&](std::string chunk) {
      sealed.chunks.push_back(std::move(chunk));
      return absl::OkStatus();
    };
    stream.Write(plaintext, keep).IgnoreError();
    const envelope::StreamClaims claims = Must(stream.Finish(keep));
    manifest.commitment = claims.commitment;
    manifest.chunks = claims.chunks;
    manifest.digest = claims.digest;
    return Sign(manifest, std::move(sealed));
  }
  Sealed Sign(const Manifest& manifest, Sealed sealed) const {
    sealed.manifest = EncodeManifest(manifest);
    sealed.signature = delivery_.Sign(sealed.manifest);
    return sealed;
  }

 private:
  std::shared_ptr<const policy::Engine> engine_;
  TestLog log_{"tidegate.example/harbour/node1/log/1"};
  crypto::SigningKey delivery_ = crypto::SigningKey::Generate();
  crypto::AgreementKey kem_ = crypto::AgreementKey::Generate();
  Hash delivery_fpr_ = crypto::Fingerprint(crypto::KeyType::kDelivery, "tidegate.example/harbour/node1",
                                           crypto::View(delivery_.public_key()));
  Hash kem_fpr_ = crypto::Fingerprint(crypto::KeyType::kKem, "tidegate.example/northshire-police/node1",
                                      crypto::View(kem_.public_key()));
  crypto::Secret<32> psk_ = crypto::Secret<32>::Random();
  Id16 pair_ = crypto::RandomArray<16>();
  Id16 feed_ = crypto::RandomArray<16>();
  Hash after_ = crypto::HashOf({"cursor"});
  TestMemory memory_;
};

inline absl::StatusOr<Opened> Open(OpenContext context, const Sealed& sealed) {
  absl::StatusOr<Opener> opener = Opener::Begin(std::move(context), sealed.manifest, crypto::View(sealed.signature));
  if (!opener.ok()) return opener.status();
  for (const std::string& chunk : sealed.chunks) {
    if (absl::Status added = opener->Add(chunk); !added.ok()) return added;
  }
  return opener->Finish();
}

template <typename... T>
std::vector<Item> Items(T... items) {
  std::vector<Item> out;
  (out.push_back(std::move(items)), ...);
  return out;
}
inline std::vector<Section> Sections(Section section) {
  std::vector<Section> out;
  out.push_back(std::move(section));
  return out;
}

}  // namespace tidegate::parcel

#endif  // TIDEGATE_TESTS_UNIT_PARCEL_CORRESPONDENCE_H_
