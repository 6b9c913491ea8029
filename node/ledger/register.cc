#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"
#include "node/ledger/asks.h"
#include "node/ledger/disclosure.h"
#include "node/ledger/layout.h"
#include "node/ledger/ledger.h"
#include "node/ledger/parcels.h"

namespace tidegate::ledger {
namespace {

constexpr size_t kMostIntended = 65'535;
constexpr uint8_t kMostReceipts = 16;  // for one parcel

// Appends the entry to the log and keeps its bytes.
absl::StatusOr<uint64_t> Write(Log& log, store::WriteTransaction& transaction, const Entry& entry) {
  const std::string bytes = EncodeEntry(entry);
  absl::StatusOr<uint64_t> index = log.Append(transaction, merkle::LeafHash(bytes));
  if (!index.ok()) return index.status();
  absl::Status status = transaction.PutOrdered(store::Ordered::kRegisterEntry, EntryKey(*index), bytes);
  if (!status.ok()) return status;
  return index;
}

// `entries`: how many the register has.
absl::StatusOr<ParcelState> Intended(const store::Reader& reader, std::string_view partner, uint64_t parcel_seq,
                                     uint64_t entries) {
  absl::StatusOr<ParcelState> state = ReadParcel(reader, partner, parcel_seq);
  if (store::Damaged(state.status())) return ParcelFromEntries(reader, partner, parcel_seq, entries);
  if (!absl::IsNotFound(state.status())) return state;
  return absl::FailedPreconditionError(absl::StrCat("ledger: parcel ", parcel_seq, " of `", std::string(partner),
                                                    "` has no intent; nothing may leave without one"));
}

// Asked before the entry is appended, so that a refusal leaves nothing behind.
absl::Status MayIntend(const store::Reader& reader, const Intent& intent) {
  if (intent.records.size() > kMostIntended) {
    return absl::InvalidArgumentError(
        absl::StrCat("ledger: a parcel of more than ", kMostIntended, " records is to be sent as several"));
  }
  absl::Status known = ReadParcel(reader, intent.partner, intent.parcel_seq).status();
  if (absl::IsNotFound(known)) return absl::OkStatus();
  if (!known.ok() && !store::Damaged(known)) return known;
  return absl::AlreadyExistsError(
      absl::StrCat("ledger: parcel ", intent.parcel_seq, " of `", intent.partner, "` was intended before"));
}

absl::Status PutState(store::WriteTransaction& transaction, std::string_view partner, const ParcelState& state) {
  return transaction.PutOrdered(store::Ordered::kParcel,
                                ParcelKey(transaction.Blind(store::Ordered::kParcel, partner), state.parcel_seq),
                                EncodeParcel(state, partner));
}

// Reads an entry that must be of one kind. If the disk holds another kind, that is an error and never an abort.
template <typename Kind>
absl::StatusOr<Kind> ReadEntryOf(const store::Reader& reader, uint64_t index) {
  absl::StatusOr<Entry> entry = ReadEntry(reader, index);
  if (!entry.ok()) return entry.status();
  if (auto* of_kind = std::get_if<Kind>(&*entry)) return std::move(*of_kind);
  return absl::DataLossError(absl::StrCat(
      "ledger: entry ", index, " of the register is of another kind than its index says; run `tidegate verify`"));
}

// A receipt with what earlier ones of its parcel have said already.
Receipt Joined(const Receipt& now, const Receipt* before) {
  Receipt joined = now;
  if (before == nullptr) return joined;
  joined.erased.clear();
  std::set_union(now.erased.begin(), now.erased.end(), before->erased.begin(), before->erased.end(),
                 std::back_inserter(joined.erased));
  // What was erased since is no longer withheld.
  std::erase_if(joined.withheld, [&joined](uint16_t place) {
    return std::binary_search(joined.erased.begin(), joined.erased.end(), place);
  });
  // A later receipt may repeat what the partner refused, but the first receipt with `stored` has said it.
  if (before->answer != Answer::kRefused) joined.refused = before->refused;
  return joined;
}

// Whether all that the intent asks to give up whole is said to be erased; false if it asks for nothing.
bool CoversAsks(const Intent& intent, const std::vector<uint16_t>& erased) {
  size_t asked = 0, covered = 0;
  for (size_t i = 0; i < intent.records.size(); ++i) {
    if (!intent.records[i].notice || !intent.records[i].openings.empty()) continue;
    ++asked;
    covered += std::binary_search(erased.begin(), erased.end(), static_cast<uint16_t>(i)) ? 1 : 0;
  }
  return asked > 0 && covered == asked;
}

// Refused, stored, erased: an answer only rises, and of erased records there are ever more. What is kept under legal
// hold may come and go.
bool SaysMore(const Receipt& now, const Receipt& before) {
  const auto rank = [](Answer answer) { return answer == Answer::kRefused ? 0 : answer == Answer::kStored ? 1 : 2; };
  if (rank(now.answer) != rank(before.answer)) return rank(now.answer) > rank(before.answer);
  return now.erased.size() > before.erased.size() || now.withheld != before.withheld;
}

bool Matches(const Filter& filter, const Entry& entry) {
  return (filter.name.empty() || EntryName(entry) == filter.name) &&
         (filter.partner.empty() || EntryPartner(entry) == filter.partner) && EntryTime(entry) >= filter.since_ms &&
         EntryTime(entry) < filter.until_ms;
}

}  // namespace

class Register::State {
 public:
  State(store::Store& store_in, std::unique_ptr<Log> log_in) : store(store_in), log(std::move(log_in)) {}
  store::Store& store;
  const std::unique_ptr<Log> log;
};

Register::Register(std::unique_ptr<State> state) : state_(std::move(state)) {}
Register::~Register() = default;
Log& Register::log() { return *state_->log; }
const Log& Register::log() const { return *state_->log; }
const store::Store& Register::StoreOf() const { return state_->store; }

absl::StatusOr<std::unique_ptr<Register>> Register::Open(store::Store& store, std::string origin,
                                                         const crypto::SigningKey& key) {
  absl::StatusOr<std::unique_ptr<Log>> log =
      Log::Open(store, "register", store::Ordered::kRegisterTile, std::move(origin), key);
  if (!log.ok()) return log.status();
  if (absl::Status status = GatherAsks(store); !status.ok()) return status;
  return std::unique_ptr<Register>(new Register(std::make_unique<State>(store, *std::move(log))));
}

absl::StatusOr<uint64_t> Register::Append(store::WriteTransaction& transaction, const Entry& entry) {
  if (const auto* intent = std::get_if<Intent>(&entry)) {
    if (absl::Status status = MayIntend(transaction, *intent); !status.ok()) return status;
    absl::StatusOr<uint64_t> index = Write(log(), transaction, entry);
    if (!index.ok()) return index.status();
    if (absl::Status status = IndexIntent(transaction, *index, *intent); !status.ok()) return status;
    if (absl::Status status = KeepAsks(transaction, *intent); !status.ok()) return status;
    return index;
  }
  if (const auto* manifest = std::get_if<ManifestSent>(&entry)) {
    absl::StatusOr<ParcelState> state = Intended(transaction, manifest->partner, manifest->parcel_seq, log().size());
    if (!state.ok()) return state.status();
    absl::StatusOr<uint64_t> index = Write(log(), transaction, entry);
    if (!index.ok()) return index.status();
    state->manifest_index = *index;
    if (absl::Status status = PutState(transaction, manifest->partner, *state); !status.ok()) return status;
    return index;
  }
  if (const auto* receipt = std::get_if<Receipt>(&entry)) return AppendReceipt(transaction, *receipt);
  return Write(log(), transaction, entry);
}

absl::StatusOr<uint64_t> Register::AppendReceipt(store::WriteTransaction& transaction, const Receipt& receipt) {
  absl::StatusOr<ParcelState> state = Intended(transaction, receipt.partner, receipt.parcel_seq, log().size());
  if (!state.ok()) return state.status();
  absl::StatusOr<Intent> intent = ReadEntryOf<Intent>(transaction, state->intent_index);
  // The feed asks again for what a damaged intent asked for, in another parcel. So this receipt answers nothing.
  if (Lost(intent.status())) {
    intent.emplace();
    intent->partner = receipt.partner;
    intent->parcel_seq = receipt.parcel_seq;
  }
  if (!intent.ok()) return intent.status();
  std::optional<Receipt> before;
  if (state->receipt_index.has_value()) {
    absl::StatusOr<Receipt> known = ReadEntryOf<Receipt>(transaction, *state->receipt_index);
    if (!known.ok() && !Lost(known.status())) return known.status();
    if (known.ok()) {
      before = *std::move(known);
    } else {
      before.emplace().answer = state->answer.value_or(Answer::kStored);
    }
  }
  Receipt joined = Joined(receipt, before.has_value() ? &*before : nullptr);
  if (!joined.whole && joined.answer != Answer::kRefused) {
    joined.answer = CoversAsks(*intent, joined.erased) ? Answer::kErased : Answer::kStored;
  }
  if (before.has_value() && !SaysMore(joined, *before)) return *state->receipt_index;
  if (state->receipts >= kMostReceipts) {
    return absl::ResourceExhaustedError(absl::StrCat("ledger: more than ", kMostReceipts, " receipts for parcel ",
                                                     receipt.parcel_seq, " of `", receipt.partner, "`"));
  }
  absl::StatusOr<uint64_t> index = Write(log(), transaction, joined);
  if (!index.ok()) return index.status();
  TakeReceipt(joined, *index, *state);
  ++state->receipts;
  if (absl::Status status = PutState(transaction, receipt.partner, *state); !status.ok()) return status;
  if (absl::Status status = DropAsks(transaction, *intent, joined); !status.ok()) return status;
  return index;
}

absl::StatusOr<Entry> Register::Get(uint64_t index) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ReadEntry(**snapshot, index);
}

vault::BlindTermBytes Register::Asked(const store::Reader& reader, const record::Term& term) {
  return reader.Blind(store::Ordered::kRegisterEntry, crypto::ByteWriter().U16(term.slot).Raw(term.text).Take());
}

absl::StatusOr<ListPage> Register::List(const Filter& filter, size_t limit, uint64_t before) const {
  ListPage page;
  if (limit == 0) return page;
  // Asked before the snapshot is taken, so that the snapshot has every one of these entries.
  page.next = std::min(before, log().size());
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  for (size_t read = 0; page.next > filter.from && read < kMostRead && page.entries.size() < limit; ++read) {
    const uint64_t index = --page.next;
    absl::StatusOr<Entry> entry = ReadEntry(**snapshot, index);
    if (entry.ok()) {
      if (Matches(filter, *entry)) page.entries.push_back({index, *std::move(entry)});
    } else if (absl::IsResourceExhausted(entry.status()) || absl::IsInternal(entry.status())) {
      return entry.status();
    } else {
      page.unreadable.push_back(index);
    }
  }
  if (page.next <= filter.from) page.next = 0;
  return page;
}

absl::StatusOr<uint64_t> Register::SizeAt(std::string_view note) const {
  absl::StatusOr<checkpoint::Checkpoint> signed_then = checkpoint::VerifyCheckpoint(note, log().verifier_key());
  if (!signed_then.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("ledger: that is no checkpoint of this node's register: ",
                                                   std::string(signed_then.status().message())));
  }
  if (signed_then->size > log().size()) {
    return absl::DataLossError(absl::StrCat("ledger: the register had ", signed_then->size,
                                            " entries when it signed that checkpoint and has ", log().size(),
                                            " now: it was cut, or restored from a backup"));
  }
  if (signed_then->size == 0) return 0;
  absl::StatusOr<Hash> root = log().Root(signed_then->size);
  if (!root.ok()) return root.status();
  if (*root != signed_then->root) {
    return absl::DataLossError("ledger: the register does not continue that checkpoint: it was altered");
  }
  return signed_then->size;
}

absl::Status Register::ForEachDisclosed(std::string_view partner, uint64_t from, uint64_t to, uint64_t taken,
                                        absl::FunctionRef<bool(uint64_t seq, const Holding&)> visit) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  DisclosureReader disclosures(**snapshot, partner, taken);
  to = std::min(to, (*snapshot)->LastSeq() + 1);
  bool more = true;
  while (more && from < to) {
    const uint64_t end = std::min(to, (from / kBlock + 1) * kBlock);
    if (absl::Status status = disclosures.Block(from, end, visit, more); !status.ok()) return status;
    from = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<Holding> Register::Disclosed(std::string_view partner, uint64_t seq, uint64_t taken) const {
  std::optional<Holding> found;
  absl::Status status = ForEachDisclosed(partner, seq, seq + 1, taken, [&found](uint64_t, const Holding& holding) {
    found = holding;
    return false;
  });
  if (!status.ok()) return status;
  if (!found.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("ledger: record ", seq, " was never disclosed to `", std::string(partner), "`"));
  }
  return *std::move(found);
}

absl::StatusOr<std::vector<std::string>> Register::Partners() const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ReadPartners(**snapshot);
}

absl::StatusOr<std::vector<Holding>> Register::Holders(uint64_t seq) const {
  absl::StatusOr<std::vector<std::string>> partners = Partners();
  if (!partners.ok()) return partners.status();
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  std::vector<Holding> holders;
  for (const std::string& partner : *partners) {
    absl::StatusOr<Holding> holding = Disclosed(partner, seq);
    if (holding.ok()) {
      // A recall counts from its first moment, also while the partner cannot be reached.
      absl::StatusOr<std::optional<Ask>> ask = AskOf(**snapshot, partner, seq);
      if (!ask.ok()) return ask.status();
      if (ask->has_value()) {
        if (holding->state != HoldingState::kWithheld) holding->state = HoldingState::kUnanswered;
        holding->asked_ms = (*ask)->since_ms != 0 ? (*ask)->since_ms : holding->changed_ms;
      }
      holders.push_back(*std::move(holding));
    } else if (!absl::IsNotFound(holding.status())) {
      return holding.status();
    }
  }
  return holders;
}

absl::StatusOr<Asks> Register::Asked(std::string_view partner, size_t limit) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ReadAsks(**snapshot, partner, limit);
}

absl::Status Register::MendAsks(const std::string& partner) {
  absl::StatusOr<Asks> asks = Asked(partner, kMostAsks);
  if (!asks.ok()) return asks.status();
  if (asks->damaged == 0) return absl::OkStatus();
  return state_->store.Write(store::Purpose::kTakingBack, [&partner](store::WriteTransaction& transaction) {
    return RewriteAsks(transaction, partner);
  });
}

absl::StatusOr<std::vector<std::string>> Register::AskBack(store::WriteTransaction& transaction,
                                                           const record::RecordId& record, uint64_t seq, uint64_t at_ms,
                                                           bool recall, const std::vector<std::string>& others) {
  absl::StatusOr<std::vector<std::string>> partners = ReadPartners(transaction);
  if (!partners.ok()) return partners.status();
  partners->insert(partners->end(), others.begin(), others.end());
  std::sort(partners->begin(), partners->end());
  partners->erase(std::unique(partners->begin(), partners->end()), partners->end());
  std::vector<std::string> asked;
  for (const std::string& partner : *partners) {
    absl::StatusOr<bool> may_hold = MayHold(transaction, partner, seq);
    if (!may_hold.ok()) return may_hold.status();
    const bool other = std::find(others.begin(), others.end(), partner) != others.end();
    if (!*may_hold && !other) continue;
    if (absl::Status status = PutAsk(transaction, partner, {record, seq, at_ms, recall}); !status.ok()) return status;
    asked.push_back(partner);
  }
  return asked;
}

absl::StatusOr<ParcelState> Register::Parcel(std::string_view partner, uint64_t parcel_seq) const {
  const uint64_t entries = log().size();
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<ParcelState> state = ReadParcel(**snapshot, partner, parcel_seq);
  return store::Damaged(state.status()) ? ParcelFromEntries(**snapshot, partner, parcel_seq, entries) : state;
}

absl::StatusOr<uint64_t> Register::LastParcel(std::string_view partner) const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return LastParcelOf(**snapshot, partner);
}

absl::StatusOr<uint64_t> Register::ParcelOf(std::string_view partner, const Hash& manifest) const {
  const uint64_t entries = log().size();
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = state_->store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ParcelWithManifest(**snapshot, partner, manifest, entries);
}

std::string_view HoldingStateName(HoldingState state) {
  switch (state) {
    case HoldingState::kIntended:
      return "intended";
    case HoldingState::kDelivered:
      return "delivered";
    case HoldingState::kRefused:
      return "refused";
    case HoldingState::kWithheld:
      return "withheld under legal hold";
    case HoldingState::kUnanswered:
      return "unanswered";
    case HoldingState::kErased:
      return "erased";
    case HoldingState::kUnknown:
      return "unknown";
  }
  return "";
}

}  // namespace tidegate::ledger
