// Reading, for snapshots and write transactions (store.h, Reader).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/store/kin.h"
#include "node/store/transaction.h"

namespace tidegate::store {
namespace {

// The newest of one record's rows (ascending) that no revision has replaced. It passes over damaged rows. If all
// are damaged it gives the newest, and opening that one says what is wrong.
absl::StatusOr<uint64_t> NewestShown(const Transaction& transaction, const std::vector<uint64_t>& rows) {
  std::string buffer;
  for (auto seq = rows.rbegin(); seq != rows.rend(); ++seq) {
    absl::StatusOr<Row> row = transaction.ReadRow(*seq, buffer);
    if (!row.ok() && !Damaged(row.status())) return row.status();
    if (row.ok() && !row->superseded) return *seq;
  }
  return rows.back();
}

}  // namespace

Reader::Reader(std::unique_ptr<Transaction> transaction) : transaction_(std::move(transaction)) {}
Reader::~Reader() = default;
Snapshot::~Snapshot() = default;

uint64_t Reader::LastSeq() const { return transaction_->last_seq(); }

absl::StatusOr<Arrival> Reader::Get(uint64_t seq) const {
  std::string buffer;
  absl::StatusOr<Row> row = transaction_->ReadRow(seq, buffer);
  if (!row.ok()) return row.status();
  return transaction_->ToArrival(seq, *row);
}

absl::StatusOr<StoredRecord> Reader::GetRecord(uint64_t seq) const {
  absl::StatusOr<Arrival> arrival = Get(seq);
  if (!arrival.ok()) return arrival.status();
  if (!arrival->record.has_value()) {
    return absl::NotFoundError(absl::StrCat("store: arrival ", seq, " is an event, not a record"));
  }
  return *std::move(arrival->record);
}

absl::StatusOr<uint64_t> Reader::FindByLeaf(const crypto::Hash& leaf) const {
  absl::StatusOr<std::optional<uint64_t>> seq =
      transaction_->FindLeaf(transaction_->shared().IndexTermOf(kLeafBlind, crypto::View(leaf)));
  if (!seq.ok()) return seq.status();
  if (!seq->has_value()) return absl::NotFoundError("store: no record with that leaf");
  return **seq;
}

absl::StatusOr<std::vector<Namesake>> Reader::Namesakes(const record::RecordId& id) const {
  absl::StatusOr<Kin> kin =
      Kin::Load(*transaction_, transaction_->shared().IndexTermOf(kRecordBlind, crypto::View(id)));
  if (!kin.ok()) return kin.status();
  // Without the rows that cannot be read, another author's record could be taken for the one that is meant.
  if (!kin->damage().ok() && (kin->authors().empty() || !kin->unread_own().empty())) return kin->damage();
  std::vector<Namesake> namesakes;
  for (size_t i = 0; i < kin->authors().size(); ++i) {
    const Kinsman& author = kin->authors()[i];
    absl::StatusOr<std::vector<uint64_t>> rows = kin->Rows(*transaction_, i);
    if (!rows.ok()) return rows.status();
    absl::StatusOr<uint64_t> seq = NewestShown(*transaction_, *rows);
    if (!seq.ok()) return seq.status();
    absl::StatusOr<std::string> origin = transaction_->InternedBytes(Interned::kParty, author.origin);
    if (!origin.ok()) return origin.status();
    namesakes.push_back({{author.author, id}, *std::move(origin), author.own, *seq});
  }
  std::stable_partition(namesakes.begin(), namesakes.end(), [](const Namesake& one) { return one.own; });
  return namesakes;
}

absl::StatusOr<std::vector<uint64_t>> Reader::ArrivalsUnder(const record::RecordId& id) const {
  return transaction_->Chain(transaction_->shared().IndexTermOf(kRecordBlind, crypto::View(id)));
}

absl::StatusOr<std::vector<uint64_t>> Reader::Revisions(const record::RecordKey& key) const {
  absl::StatusOr<Kin> kin =
      Kin::Load(*transaction_, transaction_->shared().IndexTermOf(kRecordBlind, crypto::View(key.id)));
  if (!kin.ok()) return kin.status();
  const int author = kin->Find(key.author);
  if (author < 0) return std::vector<uint64_t>();
  absl::StatusOr<std::vector<uint64_t>> rows = kin->Rows(*transaction_, static_cast<size_t>(author));
  if (!rows.ok() || !kin->authors()[static_cast<size_t>(author)].own) return rows;
  rows->insert(rows->end(), kin->unread_own().begin(), kin->unread_own().end());
  std::sort(rows->begin(), rows->end());
  return rows;
}

absl::StatusOr<std::vector<uint64_t>> Reader::OwnRevisions(const record::RecordId& id) const {
  absl::StatusOr<std::vector<uint64_t>> rows = ArrivalsUnder(id);
  if (!rows.ok()) return rows.status();
  std::vector<uint64_t> own;
  for (const uint64_t seq : *rows) {
    absl::StatusOr<bool> ours = transaction_->IsOwn(seq);
    if (!ours.ok()) return ours.status();
    if (*ours) own.push_back(seq);
  }
  return own;
}

absl::StatusOr<bool> Reader::WrittenOver(uint64_t seq) const {
  absl::StatusOr<bool> overwritten = transaction_->Overwritten(seq);
  if (!overwritten.ok() || !*overwritten) return overwritten;
  absl::StatusOr<bool> own = transaction_->IsOwn(seq);
  if (!own.ok()) return own.status();
  return !*own;
}

absl::StatusOr<uint64_t> Reader::FindRecord(const record::RecordKey& key) const {
  absl::StatusOr<std::vector<uint64_t>> revisions = Revisions(key);
  if (!revisions.ok()) return revisions.status();
  if (revisions->empty())
    return absl::NotFoundError(absl::StrCat("store: no record `", record::FormatRecordId(key.id), "` of that author"));
  return NewestShown(*transaction_, *revisions);
}

absl::StatusOr<uint64_t> Reader::FindById(const record::RecordId& id, std::string_view origin) const {
  absl::StatusOr<std::vector<Namesake>> namesakes = Namesakes(id);
  if (!namesakes.ok()) return namesakes.status();
  if (!origin.empty()) {
    std::erase_if(*namesakes, [origin](const Namesake& one) { return one.origin != origin; });
  }
  if (namesakes->empty()) {
    return absl::NotFoundError(absl::StrCat("store: no record `", record::FormatRecordId(id), "`"));
  }
  if (namesakes->size() == 1 || namesakes->front().own) return namesakes->front().seq;
  std::string authors;
  for (const Namesake& one : *namesakes) {
    absl::StrAppend(&authors, authors.empty() ? "`" : ", `", one.origin, "`");
  }
  return absl::FailedPreconditionError(absl::StrCat("store: several authors use the id `", record::FormatRecordId(id),
                                                    "`: ", authors, "; say whose record is meant with --origin NAME"));
}

std::string_view SealedArrival::version() const {
  // u8 suite || u32 key epoch || nonce[24]; a value shorter than that does not open.
  constexpr size_t kHead = 1 + 4 + 24;
  return sealed_.substr(0, kHead);
}

absl::StatusOr<Arrival> SealedArrival::Open() const {
  std::string plain;
  absl::StatusOr<Row> row = transaction_.OpenRow(seq_, sealed_, plain);
  if (!row.ok()) return row.status();
  return transaction_.ToArrival(seq_, *row);
}

absl::Status Reader::ScanOwn(uint64_t first, uint64_t last,
                             absl::FunctionRef<absl::StatusOr<bool>(const SealedArrival&)> visit) const {
  absl::StatusOr<index::PostingIndex*> postings = transaction_->OpenIndex();
  if (!postings.ok()) return postings.status();
  absl::StatusOr<std::vector<uint64_t>> numbers =
      (*postings)->Arrivals(transaction_->shared().IndexTermOf(kOwnBlind, ""), first, last);
  if (!numbers.ok()) return numbers.status();
  // Neighbours are read in one go.
  bool more = true;
  for (size_t i = 0; more && i < numbers->size();) {
    absl::Status status =
        transaction_->ForEach(Dbi::kArrivals, "", Key64((*numbers)[i]), false,
                              [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                                absl::StatusOr<uint64_t> seq = NumberFrom(key);
                                if (!seq.ok()) return seq.status();
                                if (*seq != (*numbers)[i])
                                  return absl::DataLossError(absl::StrCat("store: arrival ", (*numbers)[i],
                                                                          " is missing; run `tidegate verify`"));
                                absl::StatusOr<bool> wanted = visit(SealedArrival(*transaction_, *seq, sealed));
                                if (!wanted.ok()) return wanted;
                                more = *wanted;
                                ++i;
                                return more && i < numbers->size() && (*numbers)[i] == *seq + 1;
                              });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Reader::Scan(uint64_t from, size_t limit, absl::FunctionRef<bool(const Arrival&)> visit) const {
  if (limit == 0) return absl::OkStatus();
  const std::string start = Key64(from);
  return transaction_->ForEach(Dbi::kArrivals, "", start, false,
                               [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                                 absl::StatusOr<uint64_t> seq = NumberFrom(key);
                                 if (!seq.ok()) return seq.status();
                                 absl::StatusOr<Arrival> arrival = SealedArrival(*transaction_, *seq, sealed).Open();
                                 if (!arrival.ok()) return arrival.status();
                                 return visit(*arrival) && --limit > 0;
                               });
}

absl::StatusOr<std::string> Reader::LabelBytes(uint32_t label_id) const {
  return transaction_->InternedBytes(Interned::kLabel, label_id);
}

absl::StatusOr<label::Holdings> Reader::Holdings() const {
  label::Holdings holdings;
  // Keys ascend by label, so one label at a time is enough.
  uint32_t label_id = 0;
  label::Label label;
  absl::Status status = transaction_->ForEach(
      Dbi::kCounts, "", "", false, [&](std::string_view name, std::string_view sealed) -> absl::StatusOr<bool> {
        absl::StatusOr<CountKey> key = DecodeCountKey(name);
        if (!key.ok()) return key.status();
        std::string plain;
        absl::Status opened = transaction_->OpenValue(Dbi::kCounts, name, sealed, plain);
        if (!opened.ok()) return opened;
        absl::StatusOr<uint64_t> count = NumberFrom(plain);
        if (!count.ok()) return count.status();
        if (key->label != label_id) {
          absl::StatusOr<std::string> bytes = LabelBytes(key->label);
          if (!bytes.ok()) return bytes.status();
          absl::StatusOr<label::Label> decoded = label::DecodeLabel(*bytes);
          if (!decoded.ok()) return decoded.status();
          label = *std::move(decoded);
          label_id = key->label;
        }
        if (key->slot == CountKey::kWholeRecord) {
          holdings.records.push_back({label, key->kind, *count});
          return true;
        }
        label::FieldCount field{label, key->kind, key->slot, key->rungs, {}, *count};
        if (key->marking != 0) {
          absl::StatusOr<std::string> bytes = transaction_->InternedBytes(Interned::kMarking, key->marking);
          if (!bytes.ok()) return bytes.status();
          absl::StatusOr<label::FieldMarking> marking = label::DecodeMarking(*bytes);
          if (!marking.ok()) return marking.status();
          field.marking = *std::move(marking);
        }
        holdings.fields.push_back(std::move(field));
        return true;
      });
  if (!status.ok()) return status;
  return holdings;
}

absl::StatusOr<uint32_t> Reader::LastLabel() const {
  uint32_t last = 0;
  const std::string labels(1, static_cast<char>(Interned::kLabel));
  absl::Status status = transaction_->ForEach(Dbi::kLabels, labels, "", true,
                                              [&last](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                                                last = crypto::ByteReader(key.substr(1)).U32();
                                                return false;
                                              });
  if (!status.ok()) return status;
  return last;
}

uint64_t Reader::CountsHeld() const { return transaction_->Entries(Dbi::kCounts); }

absl::StatusOr<uint64_t> Reader::RecordCount() const {
  uint64_t records = 0;
  absl::Status status =
      transaction_->ForEach(Dbi::kCounts, std::string_view("\0", 1), "", false,
                            [&](std::string_view name, std::string_view sealed) -> absl::StatusOr<bool> {
                              std::string plain;
                              absl::Status opened = transaction_->OpenValue(Dbi::kCounts, name, sealed, plain);
                              if (Damaged(opened)) return true;
                              if (!opened.ok()) return opened;
                              absl::StatusOr<uint64_t> count = NumberFrom(plain);
                              if (!count.ok()) return count.status();
                              records += *count;
                              return true;
                            });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<ParcelProof> Reader::GetProof(uint64_t proof_id) const {
  absl::StatusOr<std::string> bytes = transaction_->GetSealed(Dbi::kProofs, Key64(proof_id));
  if (!bytes.ok()) return bytes.status();
  return DecodeProof(*bytes);
}

}  // namespace tidegate::store
