#include "node/feed/batch.h"

#include <algorithm>
#include <utility>

namespace tidegate::feed {
namespace {

// Each parcel costs two durable commits at either end, an encapsulation and the padding of its last chunk. Beyond some
// two thousand records little more is won, and both ends hold a whole parcel in memory.
constexpr size_t kFullBytes = size_t{4} << 20;
constexpr size_t kFullRecords = 2048;
// What one notice adds to a parcel, about.
constexpr size_t kNoticeBytes = 64;
static_assert(kStretch <= kFullRecords && kStretch * kNoticeBytes <= kFullBytes,
              "the notices of one stretch fit into one parcel (Feed::Tighten)");

// A record may travel while none of the fields that it fills may: then there is nothing to send.
bool OpensAnything(const policy::Rungs& going) {
  return std::any_of(going.begin(), going.end(), [](int8_t rung) { return rung != policy::kWithheld; });
}

// Whether `going` opens anything finer than, or beyond, what is held.
bool OpensMore(const policy::Rungs& going, const record::Openings& held) {
  return record::Merged(held, record::OpeningsOf(going)) != held;
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
  auto ruling = judgement_.candidates.Disclose(reader, record, narrower.statement(), narrower.leaf(), judgement_.party,
                                               organisation_, static_cast<int64_t>(now_ms_));
  if (!ruling.ok()) return ruling.status();
  if (!ruling->allowed() || !OpensAnything((*ruling)->rungs())) return false;
  if (held != nullptr && !OpensMore((*ruling)->rungs(), held->surely)) return false;

  auto item =
      parcel::Item::Make(narrower, **std::move(ruling), organisation_, static_cast<int64_t>(now_ms_), record.log_index);
  if (!item.ok()) return item.status();
  ledger::IntendedRecord& intended = intended_.emplace_back();
  intended.seq = record.seq;
  intended.leaf = item->disclosed().leaf;
  intended.openings = item->disclosed().openings;
  bytes_ += item->bytes();
  items_.push_back(*std::move(item));
  taken_.insert(record.seq);
  return true;
}

absl::StatusOr<policy::Rungs> Batch::Permitted(const store::Reader& reader, const store::StoredRecord& record) {
  if (record.erased || record.superseded) return policy::Rungs();
  auto ruling =
      judgement_.candidates.Disclose(reader, record, judgement_.party, organisation_, static_cast<int64_t>(now_ms_));
  if (!ruling.ok()) return ruling.status();
  return ruling->allowed() ? (*ruling)->rungs() : policy::Rungs();
}

absl::Status Batch::Limit(const store::Reader& reader, const store::StoredRecord& record, const ledger::Holding& held) {
  return Notice(reader, record, held, false);
}

absl::Status Batch::Notice(const store::Reader& reader, const store::StoredRecord& record, const ledger::Holding& held,
                           bool renewed) {
  if (limited_.count(record.seq) > 0) return absl::OkStatus();
  auto permitted = Permitted(reader, record);
  if (!permitted.ok()) return permitted.status();
  const record::Openings permitted_openings = record::OpeningsOf(*permitted);
  record::Openings allowed = held.all ? permitted_openings : record::Limited(held.openings, permitted_openings);
  if (!held.all && allowed == held.openings) return absl::OkStatus();
  // Count what goes in the same parcel too: a notice states all that the partner may hold, and it is carried out last.
  if (renewed) allowed = record::Merged(allowed, permitted_openings);
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  withdrawals_.push_back({leaf, allowed});
  intended_.push_back({record.seq, leaf, std::move(allowed), true});
  limited_.insert(record.seq);
  bytes_ += kNoticeBytes;
  return absl::OkStatus();
}

absl::Status Batch::Renew(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held) {
  if (held != nullptr) {
    if (auto status = Notice(reader, opened.record(), *held, true); !status.ok()) return status;
  }
  return Offer(reader, opened, held).status();
}

absl::StatusOr<bool> Batch::Withdraw(const store::Reader& reader, const store::StoredRecord& record) {
  auto permitted = Permitted(reader, record);
  if (!permitted.ok()) return permitted.status();
  if (OpensAnything(*permitted)) return false;
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  withdrawals_.push_back({leaf, {}});
  intended_.push_back({record.seq, leaf, {}, true});
  bytes_ += kNoticeBytes;
  return true;
}

void Batch::TakeBack(uint64_t seq, const crypto::Hash& leaf) {
  if (!limited_.insert(seq).second) return;
  withdrawals_.push_back({leaf, {}});
  intended_.push_back({seq, leaf, {}, true});
  bytes_ += kNoticeBytes;
}

void Batch::RecallWhole(uint64_t seq, const crypto::Hash& leaf, const record::RecordId& record) {
  whole_recalls_.push_back({leaf, record});
  intended_.push_back({seq, leaf, {}, true});
  bytes_ += kNoticeBytes;
}

void Batch::Recall(const store::StoredRecord& recall, const std::vector<std::pair<uint64_t, crypto::Hash>>& recalled) {
  recalls_.push_back({recall.view.statement, recall.log_index});
  for (const auto& [seq, leaf] : recalled) intended_.push_back({seq, leaf, {}, true});
  bytes_ += recall.view.statement.size() + kNoticeBytes;
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
