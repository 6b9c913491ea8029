#include "node/feed/batch.h"

#include <algorithm>
#include <utility>

namespace tidegate::feed {
namespace {

// Each parcel costs two durable commits at either end, an encapsulation and the padding of its last chunk. Beyond some
// two thousand records little more is won, and both ends hold a whole parcel in memory.
constexpr size_t kFullBytes = size_t{4} << 20;
constexpr size_t kFullRecords = 2048;

// A record may travel while none of the fields that it fills may: then there is nothing to send.
bool OpensAnything(const policy::Rungs& going) {
  return std::any_of(going.begin(), going.end(), [](int8_t rung) { return rung != policy::kWithheld; });
}

// Whether `going` opens anything finer than, or beyond, what is held.
bool OpensMore(const policy::Rungs& going, const std::vector<store::SlotRung>& held) {
  for (size_t slot = 0; slot < going.size(); ++slot) {
    if (going[slot] == policy::kWithheld) continue;
    const auto at = std::find_if(held.begin(), held.end(), [&](const store::SlotRung& h) { return h.slot == slot; });
    if (at == held.end() || static_cast<int8_t>(at->rung) > going[slot]) return true;
  }
  return false;
}

// What of `held` may stay: each slot that is still allowed, at the coarser of both rungs.
std::vector<store::SlotRung> Allowed(const std::vector<store::SlotRung>& held, const policy::Rungs& permitted) {
  std::vector<store::SlotRung> allowed;
  for (const store::SlotRung& opening : held) {
    if (opening.slot >= permitted.size() || permitted[opening.slot] == policy::kWithheld) continue;
    allowed.push_back({opening.slot, std::max(opening.rung, static_cast<uint8_t>(permitted[opening.slot]))});
  }
  return allowed;
}

parcel::Openings AsOpenings(const std::vector<store::SlotRung>& rungs) {
  parcel::Openings openings;
  for (const store::SlotRung& rung : rungs) openings.push_back({rung.slot, rung.rung});
  return openings;
}

}  // namespace

Batch::Batch(ledger::Log& log, std::string organisation, Judgement& judgement, uint64_t now_ms)
    : log_(log), organisation_(std::move(organisation)), judgement_(judgement), now_ms_(now_ms) {}

absl::StatusOr<bool> Batch::Offer(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held) {
  const store::StoredRecord& record = opened.record();
  if (!record.own || record.erased || record.superseded || record.event == store::Event::kRecall) return false;
  if (taken_.count(record.seq) > 0) return false;
  auto locked = opened.Narrower();
  if (!locked.ok()) return locked.status();
  record::Narrower& narrower = locked->narrower;
  auto candidate = judgement_.candidates.Of(reader, record, narrower.statement(), narrower.leaf());
  if (!candidate.ok()) return candidate.status();
  auto ruling = judgement_.candidates.engine().Disclose(judgement_.party, *candidate, static_cast<int64_t>(now_ms_));
  if (!ruling.allowed() || !OpensAnything(ruling->rungs())) return false;
  if (held != nullptr && !OpensMore(ruling->rungs(), held->surely)) return false;

  auto item =
      parcel::Item::Make(narrower, *std::move(ruling), organisation_, static_cast<int64_t>(now_ms_), record.log_index);
  if (!item.ok()) return item.status();
  ledger::IntendedRecord& intended = intended_.emplace_back();
  intended.seq = record.seq;
  intended.leaf = item->disclosed().leaf;
  for (const parcel::Opening& opening : item->disclosed().openings) {
    intended.openings.push_back({opening.slot, opening.rung});
  }
  bytes_ += item->bytes();
  items_.push_back(*std::move(item));
  taken_.insert(record.seq);
  return true;
}

absl::Status Batch::Limit(const store::Reader& reader, const store::StoredRecord& record, const ledger::Holding& held) {
  if (held.openings.empty()) return absl::OkStatus();
  policy::Rungs permitted;
  const bool may_be_held = !record.erased && !record.superseded && record.event != store::Event::kRecall;
  if (may_be_held) {
    auto candidate = judgement_.candidates.Of(reader, record);
    if (!candidate.ok()) return candidate.status();
    auto ruling = judgement_.candidates.engine().Disclose(judgement_.party, *candidate, static_cast<int64_t>(now_ms_));
    if (ruling.allowed()) permitted = ruling->rungs();
  }
  std::vector<store::SlotRung> allowed = Allowed(held.openings, permitted);
  if (allowed == held.openings) return absl::OkStatus();
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  withdrawals_.push_back({leaf, AsOpenings(allowed)});
  intended_.push_back({record.seq, leaf, std::move(allowed), true});
  bytes_ += 64;
  return absl::OkStatus();
}

void Batch::Recall(const store::StoredRecord& recall, const std::vector<std::pair<uint64_t, crypto::Hash>>& recalled) {
  recalls_.push_back({recall.view.statement, recall.log_index});
  for (const auto& [seq, leaf] : recalled) intended_.push_back({seq, leaf, {}, true});
  bytes_ += recall.view.statement.size() + 64;
}

bool Batch::full() const { return bytes_ >= kFullBytes || intended_.size() >= kFullRecords; }

std::string Batch::Purposes() const {
  // One parcel may carry records of several purposes: each item names its own, the register's entry the first.
  return items_.empty() ? std::string() : items_.front().disclosed().purpose;
}

absl::StatusOr<parcel::Section> Batch::TakeSection(uint64_t linked_size, uint64_t* log_size) {
  auto head = log_.Checkpoint();
  if (!head.ok()) return head.status();
  parcel::Section section;
  section.vkey = checkpoint::PrintVerifierKey(log_.verifier_key());
  section.note = head->note;
  section.linked_size = linked_size;
  if (linked_size > 0 && linked_size < head->size) {
    auto consistency = log_.Consistency(linked_size, head->size);
    if (!consistency.ok()) return consistency.status();
    section.consistency = *std::move(consistency);
  }
  std::sort(items_.begin(), items_.end(), [](const auto& a, const auto& b) { return a.log_index() < b.log_index(); });
  std::sort(recalls_.begin(), recalls_.end(), [](const auto& a, const auto& b) { return a.log_index < b.log_index; });
  std::vector<uint64_t> positions;
  for (const parcel::Item& item : items_) positions.push_back(item.log_index());
  for (const parcel::RecallItem& recall : recalls_) positions.push_back(recall.log_index);
  std::sort(positions.begin(), positions.end());
  if (!positions.empty()) {
    auto proof = log_.Prove(positions, head->size);
    if (!proof.ok()) return proof.status();
    section.log_proof = *std::move(proof);
  }
  section.items = std::move(items_);
  section.recalls = std::move(recalls_);
  *log_size = head->size;
  return section;
}

}  // namespace tidegate::feed
