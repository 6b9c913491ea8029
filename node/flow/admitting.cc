#include "node/flow/admitting.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

namespace tidegate::flow {
namespace {

// The section's proof as the store keeps it.
store::ParcelProof ProofOf(const parcel::Opened& opened, const parcel::OpenedSection& section,
                           const std::string& author, const std::string& giver) {
  store::ParcelProof proof;
  proof.author = author;
  proof.giver = giver;
  proof.note = section.note;
  proof.log_size = section.checkpoint.size;
  proof.proof = section.log_proof;
  proof.manifest = opened.manifest_hash;
  for (const parcel::OpenedItem& item : section.items) proof.leaves.push_back({item.log_index, item.view.leaf()});
  for (const parcel::OpenedRecall& recall : section.recalls) {
    proof.leaves.push_back({recall.log_index, recall.view.leaf()});
  }
  std::sort(proof.leaves.begin(), proof.leaves.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
  return proof;
}

store::PutRequest RequestFor(const record::VerifiedView& view, uint64_t log_index, const std::string& origin,
                             const std::string& giver, uint64_t now_ms) {
  store::PutRequest request;
  request.view = &view;
  request.origin = origin;
  request.giver = giver;
  request.log_index = log_index;
  request.arrived_ms = now_ms;
  return request;
}

// Asks policy about records that one partner brings. Labels recur, so each is numbered for the engine once.
class Admitter {
 public:
  Admitter(const decision::Decisions& decisions, const partner::Partner& partner, uint64_t now_ms)
      : engine_(decisions.engine()),
        sender_(engine_->Intern(partner::PartyOf(partner))),
        now_ms_(static_cast<int64_t>(now_ms)) {}

  // The gate for this record, or none.
  absl::StatusOr<policy::Ruling<policy::Admission>> Admit(const record::VerifiedView& view, const std::string& label,
                                                          bool by_sender) {
    policy::Arrival arrival;
    arrival.leaf = view.leaf();
    arrival.kind = view.statement().kind;
    auto handle = Label(label);
    if (!handle.ok()) return handle.status();
    arrival.label = *std::move(handle);
    arrival.author_confirmed = by_sender;
    if (view.handling().expiry_ms) arrival.expiry_ms = static_cast<int64_t>(*view.handling().expiry_ms);
    return engine_->Admit(sender_, arrival, now_ms_);
  }

 private:
  absl::StatusOr<policy::LabelHandle> Label(const std::string& bytes) {
    const auto [entry, fresh] = labels_.try_emplace(bytes);
    if (!fresh) return entry->second;
    auto label = policy::DecodeLabel(bytes);
    if (!label.ok()) return label.status();
    return entry->second = engine_->Intern(*label);
  }

  const std::shared_ptr<const policy::Engine> engine_;
  const policy::PartyHandle sender_;
  const int64_t now_ms_;
  std::unordered_map<std::string, policy::LabelHandle> labels_;
};

}  // namespace

absl::StatusOr<Admitted> Admit(store::Store& store, const decision::Decisions& decisions,
                               const partner::Partner& partner, parcel::Opened& opened, uint64_t now_ms) {
  Admitted admitted;
  const std::string& sender = partner.organisation;
  Admitter admitter(decisions, partner, now_ms);
  for (parcel::OpenedSection& section : opened.sections) {
    Admitted::Batch batch;
    batch.proof = ProofOf(opened, section, sender, sender);
    batch.records.reserve(section.items.size());
    for (const parcel::OpenedItem& item : section.items) {
      auto prepared = store.PrepareReceived(RequestFor(item.view, item.log_index, sender, sender, now_ms));
      if (!prepared.ok()) return prepared.status();
      auto wanted = admitter.Admit(item.view, prepared->label(), section.by_sender);
      if (!wanted.ok()) return wanted.status();
      if (!section.by_sender || !wanted->allowed()) {
        admitted.unwanted.push_back(item.view.leaf());
        continue;
      }
      auto record = (*std::move(prepared)).Admit(*std::move(*wanted));
      if (!record.ok()) return record.status();
      batch.records.push_back(*std::move(record));
    }
    if (section.by_sender) {
      for (const parcel::OpenedRecall& recall : section.recalls) {
        auto prepared = store.PrepareRecall(RequestFor(recall.view, recall.log_index, sender, sender, now_ms));
        if (!prepared.ok()) return prepared.status();
        batch.recalls.push_back(*std::move(prepared));
        const record::Statement& statement = recall.view.statement();
        batch.recalled.push_back({{statement.author_fpr, statement.record_id}, statement.prev_leaf});
      }
    }
    section.items.clear();
    section.recalls.clear();
    batch.section = std::move(section);
    admitted.batches.push_back(std::move(batch));
  }
  return admitted;
}

}  // namespace tidegate::flow
