#include "node/flow/expiry.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/flow/budget.h"
#include "node/flow/deed.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {
namespace {

constexpr size_t kErasedAtOnce = 64;
constexpr uint64_t kBetweenSheddingsMs = uint64_t{3600} * 1000;
constexpr std::string_view kGatheredLabel = crypto::Label("TDGxpg1");
constexpr std::string_view kExpiryScope = "expiry";
constexpr std::string_view kGatheredItem = "gathered";

std::string ExpiryKey(uint64_t erase_ms, uint64_t seq) { return crypto::ByteWriter(16).U64(erase_ms).U64(seq).Take(); }

// The keys of what is to be erased now, those behind `after`. A key says it all, so a row whose value is damaged
// counts, too.
absl::StatusOr<std::vector<std::string>> Overdue(const store::Reader& reader, uint64_t now_ms,
                                                 const std::string& after) {
  const std::string later = ExpiryKey(now_ms, UINT64_MAX);
  std::vector<std::string> keys;
  const auto take = [&](std::string_view key, const auto&) {
    if (key > later || keys.size() == kErasedAtOnce) return false;
    if (key > after) keys.emplace_back(key);
    return true;
  };
  auto status = reader.ForEachOrdered(store::Ordered::kExpiry, "", after, false, take);
  if (!status.ok()) return status;
  return keys;
}

// The statement of a row that can be read.
std::optional<record::Statement> StatementOf(const absl::StatusOr<store::StoredRecord>& record) {
  if (!record.ok()) return std::nullopt;
  auto statement = record::ParseStatement(record->view.statement);
  if (!statement.ok()) return std::nullopt;
  return *std::move(statement);
}

// Erases one, and names it in the entry. DataLoss for a row whose place in the index cannot be told.
absl::Status EraseOne(ledger::Register& disclosures, store::WriteTransaction& transaction, uint64_t seq,
                      ledger::Change& entry) {
  const auto record = transaction.GetRecord(seq);
  if (absl::IsNotFound(record.status())) return absl::OkStatus();
  if (!record.ok() && !store::Damaged(record.status())) return record.status();
  const auto statement = StatementOf(record);
  if (record.ok() && (record->erased || record->event == store::Event::kRecall)) return absl::OkStatus();
  if (statement && record->own) {
    auto asked = disclosures.AskBack(transaction, statement->record_id, seq, entry.at_ms, /*recall=*/false);
    if (!asked.ok()) return asked.status();
    // What its source says again is not stored again.
    if (!record->superseded) {
      if (auto noted = NoteRecalled(transaction, statement->record_id, entry.at_ms); !noted.ok()) return noted;
    }
  }
  auto erased = transaction.Erase(seq, entry.at_ms);
  if (!erased.ok()) return erased.status();
  if (!*erased) return absl::OkStatus();
  ++entry.count;
  if (statement) entry.records.push_back(statement->record_id);
  if (!record.ok() || record->own || record->claims.empty()) return absl::OkStatus();
  return Used::GiveBackOne(transaction, record->claims.front().giver);
}

absl::StatusOr<uint64_t> GatheredUpTo(const store::Reader& reader) {
  auto value = reader.GetNamed(store::Named::kRetention, kExpiryScope, kGatheredItem);
  if (StoreFails(value.status())) return value.status();
  if (!value.ok()) return uint64_t{0};  // nothing is written there, or nothing that can be read: all is looked at again
  crypto::ByteReader in(*value);
  if (in.Raw(kGatheredLabel.size()) != kGatheredLabel) in.Fail();
  const uint64_t seq = in.U64();
  return in.Finish("expiries gathered").ok() ? seq : uint64_t{0};
}

std::optional<uint64_t> ExpiryOf(const store::StoredRecord& record) {
  if (record.erased || record.event == store::Event::kRecall) return std::nullopt;
  const auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return std::nullopt;
  const auto handling = record::DecodeHandling(statement->handling);
  return handling.ok() ? handling->expiry_ms : std::nullopt;
}

void ShedKeys(store::Store& store, uint64_t now_ms, const std::function<bool()>& stop) {
  const auto destroyed = store.ShedKeys(now_ms, stop);
  if (!destroyed.ok()) {
    spdlog::error("flow: keys under which something was erased are not destroyed yet: {}",
                  std::string(destroyed.status().message()));
  } else if (*destroyed > 0) {
    spdlog::info("flow: keys under which something was erased that are destroyed now: {}", *destroyed);
  }
}

}  // namespace

absl::Status NoteExpiry(store::WriteTransaction& transaction, uint64_t seq, uint64_t expiry_ms) {
  const uint64_t erase_ms = expiry_ms > UINT64_MAX - kExpiryGraceMs ? UINT64_MAX : expiry_ms + kExpiryGraceMs;
  return transaction.PutOrdered(store::Ordered::kExpiry, ExpiryKey(erase_ms, seq), "");
}

absl::StatusOr<bool> GatherExpiries(store::Store& store, uint64_t most) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto done = GatheredUpTo(**snapshot);
  if (!done.ok()) return done.status();
  const uint64_t last = (*snapshot)->LastSeq();
  // Whatever comes after the first look is noted when it is stored.
  if (*done == UINT64_MAX) return false;
  std::vector<std::pair<uint64_t, uint64_t>> found;
  const uint64_t end = std::min(last, *done + most);
  for (uint64_t seq = *done + 1; seq <= end; ++seq) {
    const auto record = (*snapshot)->GetRecord(seq);
    if (StoreFails(record.status())) return record.status();
    if (!record.ok()) continue;  // an event, or a row that cannot be read: it shows nothing to anybody
    if (const auto expiry = ExpiryOf(*record)) found.emplace_back(seq, *expiry);
  }
  snapshot->reset();
  const uint64_t mark = end == last ? UINT64_MAX : end;
  auto status = store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const auto& [seq, expiry] : found) {
      if (auto noted = NoteExpiry(transaction, seq, expiry); !noted.ok()) return noted;
    }
    return transaction.PutNamed(store::Named::kRetention, kExpiryScope, kGatheredItem,
                                crypto::ByteWriter().Raw(kGatheredLabel).U64(mark).Take());
  });
  if (!status.ok()) return status;
  return mark != UINT64_MAX;
}

absl::StatusOr<size_t> EraseExpired(store::Store& store, ledger::Register& disclosures, uint64_t now_ms) {
  size_t erased = 0;
  std::string after;
  for (;;) {
    ledger::Change entry;
    entry.deed = ledger::Deed::kErasure;
    entry.at_ms = now_ms;
    entry.user = "this node";
    entry.source = "expiry";
    entry.reason = "its author's expiry passed a day ago";
    auto snapshot = store.Read();
    if (!snapshot.ok()) return snapshot.status();
    auto keys = Overdue(**snapshot, entry.at_ms, after);
    if (!keys.ok()) return keys.status();
    snapshot->reset();
    if (keys->empty()) break;
    after = keys->back();
    auto status = store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
      entry.count = 0;
      entry.records.clear();
      for (const std::string& key : *keys) {
        crypto::ByteReader in(key);
        in.U64();
        const uint64_t seq = in.U64();
        if (auto whole = in.Finish("expiry"); !whole.ok()) return whole;
        auto one = EraseOne(disclosures, transaction, seq, entry);
        if (store::Damaged(one)) continue;  // its key stays: it is tried again, and keeps nothing else from going
        if (!one.ok()) return one;
        if (auto gone = transaction.DeleteOrdered(store::Ordered::kExpiry, key); !gone.ok()) return gone;
      }
      if (entry.count == 0) return absl::OkStatus();
      return disclosures.Append(transaction, entry).status();
    });
    if (!status.ok()) return status;
    erased += entry.count;
  }
  if (erased > 0) store.Nudge();
  return erased;
}

Expiries::Expiries(store::Store& store, ledger::Register& disclosures, std::function<uint64_t()> now_ms,
                   std::chrono::milliseconds between)
    : store_(store), disclosures_(disclosures), now_ms_(std::move(now_ms)), between_(between) {
  thread_ = std::thread([this] { Run(); });
}

Expiries::~Expiries() { Stop(); }

void Expiries::Stop() {
  pause_.End();
  if (thread_.joinable()) thread_.join();
}

void Expiries::Run() {
  bool more = true, reported = false;
  std::optional<uint64_t> shed_hour;
  std::chrono::milliseconds pause;
  do {
    absl::Status status;
    if (more) {
      const auto gathered = GatherExpiries(store_);
      status = gathered.status();
      more = !gathered.ok() || *gathered;
    }
    if (status.ok()) status = EraseExpired(store_, disclosures_, now_ms_()).status();
    if (!status.ok() && !reported) {
      spdlog::error("flow: records that have expired are not erased yet: {}", std::string(status.message()));
    }
    if (const uint64_t now_ms = now_ms_(); shed_hour != now_ms / kBetweenSheddingsMs) {
      shed_hour = now_ms / kBetweenSheddingsMs;
      ShedKeys(store_, now_ms, [this] { return !pause_.Wait(std::chrono::milliseconds(0)); });
    }
    reported = !status.ok();
    pause = more && status.ok() ? std::chrono::milliseconds(0) : between_;
  } while (pause_.Wait(pause));
}

}  // namespace tidegate::flow
