// Shedding keys: retire a key → seal anew what is still held under it → destroy it (FORMAT.md, "Retention classes").
#include "node/store/shed.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/store/retention_class.h"
#include "node/store/state.h"
#include "node/store/tables.h"

namespace tidegate::store {
namespace {

constexpr size_t kSealedAtOnce = 256;
// A snapshot that is open for long keeps the file from growing.
constexpr size_t kLookedAtAtOnce = size_t{1} << 14;
constexpr std::string_view kErasedScope = "erased";
constexpr std::string_view kErasedLabel = crypto::Label("TDGers1");

std::string EpochItem(uint32_t epoch) { return crypto::ByteWriter(4).U32(epoch).Take(); }

// The key that seals these bytes; none for what is not sealed.
std::optional<uint32_t> SealedUnder(std::string_view sealed) {
  const absl::StatusOr<uint32_t> epoch = vault::Vault::EpochOf(sealed);
  return epoch.ok() ? std::optional<uint32_t>(*epoch) : std::nullopt;
}

// The class of a row of `arrivals` now: a record that is held although its class has passed has its group alone.
// Nothing if the row is not understood.
std::optional<std::string> ClassNow(std::string_view plain, uint64_t now_ms) {
  absl::StatusOr<Row> row = DecodeRow(plain);
  if (!row.ok()) return std::nullopt;
  if (!IsRecord(row->event) || row->event == Event::kRecall || row->erased) return "";
  absl::StatusOr<record::View> view = record::DecodeHeld(row->view);
  if (!view.ok()) return std::nullopt;
  absl::StatusOr<record::Statement> statement = record::ParseStatement(view->statement);
  if (!statement.ok()) return std::nullopt;
  std::string retention = RetentionClass(*statement, row->at_ms);
  return HasPassed(retention, now_ms) ? std::string(GroupOf(retention)) : retention;
}

// Writes a row again as it is, under the key that its class has now. A row that does not open is left: its key opens it
// no better. One that opens and is not understood, as a later version may write it, stays readable for that version.
absl::Status SealRowAnew(Transaction& transaction, std::string_view key, const vault::Epoch& epoch, uint64_t now_ms) {
  absl::StatusOr<std::string> plain = transaction.GetSealed(Dbi::kArrivals, key);
  if (Damaged(plain.status())) return absl::OkStatus();
  if (!plain.ok()) return plain.status();
  const std::optional<std::string> retention = ClassNow(*plain, now_ms);
  return transaction.PutSealed(Dbi::kArrivals, key, *plain, retention ? *retention : GroupOf(epoch.retention));
}

absl::Status SealCopyAnew(Transaction& transaction, std::string_view key) {
  absl::StatusOr<std::string> plain = transaction.GetSealed(Dbi::kNamed, key);
  if (Damaged(plain.status())) return absl::OkStatus();
  if (!plain.ok()) return plain.status();
  return transaction.PutSealed(Dbi::kNamed, key, *plain, kCopiesClass);
}

// Records lie in `arrivals`, copies under hold in `named`.
Dbi TableOf(std::string_view retention_class) { return retention_class == kCopiesClass ? Dbi::kNamed : Dbi::kArrivals; }

// Some of the keys whose values are sealed under this epoch, beginning with `from`.
struct Under {
  std::vector<std::string> keys;
  std::string next;  // where to go on; empty at the end
};
absl::StatusOr<Under> FindUnder(const Transaction& transaction, const vault::Epoch& epoch, const std::string& from) {
  Under under;
  size_t looked_at = 0;
  absl::Status read = transaction.ForEach(TableOf(epoch.retention), "", from, false,
                                          [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                                            if (SealedUnder(value) == epoch.number) under.keys.emplace_back(key);
                                            under.next = std::string(key) + '\0';
                                            ++looked_at;
                                            return looked_at < kLookedAtAtOnce && under.keys.size() < kSealedAtOnce;
                                          });
  if (!read.ok()) return read;
  if (looked_at < kLookedAtAtOnce && under.keys.size() < kSealedAtOnce) under.next.clear();
  return under;
}

}  // namespace

absl::Status NoteErased(Transaction& transaction, Dbi table, std::string_view key, uint64_t at_ms) {
  absl::StatusOr<std::optional<std::string_view>> sealed = transaction.PeekRaw(table, key);
  if (!sealed.ok()) return sealed.status();
  const std::optional<uint32_t> epoch = sealed->has_value() ? SealedUnder(**sealed) : std::nullopt;
  if (!epoch.has_value()) return absl::OkStatus();
  const std::string item = EpochItem(*epoch);
  if (GetNamedIn(transaction, Named::kRetention, kErasedScope, item).ok()) return absl::OkStatus();
  return PutNamedIn(transaction, Named::kRetention, kErasedScope, item,
                    crypto::ByteWriter(16).Raw(kErasedLabel).U64(at_ms).view());
}

// Runs through the steps for one store. It is made for one round.
class Store::Shedding {
 public:
  Shedding(Store& store, Shared& shared, uint64_t now_ms, const std::function<bool()>& stop)
      : store_(store), shared_(shared), now_ms_(now_ms), stop_(stop) {}

  absl::StatusOr<size_t> Run() {
    if (absl::Status read = ReadErased(); !read.ok()) return read;
    size_t destroyed = 0, failed = 0;
    absl::Status fault;
    for (const vault::Epoch& epoch : shared_.keys().Epochs()) {
      // The key of everything that has no class stays.
      if (epoch.retention.empty() || !IsDue(epoch)) continue;
      // One class whose rows cannot be moved must not keep the keys of the others.
      absl::StatusOr<bool> gone = Shed(epoch);
      if (!gone.ok()) {
        ++failed;
        if (fault.ok())
          fault = absl::Status(gone.status().code(),
                               absl::StrCat("class `", epoch.retention, "`: ", gone.status().message()));
      }
      (gone.ok() && *gone ? destroyed : waiting_) += 1;
    }
    if (absl::Status forgotten = ForgetErased(); !forgotten.ok()) return forgotten;
    if (fault.ok()) return destroyed;
    return absl::Status(fault.code(),
                        absl::StrCat("store: ", failed, " keys that are due stay, and ", destroyed,
                                     " were destroyed; the first that stays is that of ", fault.message()));
  }

 private:
  absl::Status ReadErased() {
    absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    Damage damage;
    absl::Status read = (*snapshot)->ForEachNamed(
        Named::kRetention, kErasedScope, damage,
        [&](std::string_view item, std::string_view value) -> absl::StatusOr<bool> {
          crypto::ByteReader of(item), in(value);
          const uint32_t epoch = of.U32();
          if (in.Raw(kErasedLabel.size()) != kErasedLabel) in.Fail();
          const uint64_t at_ms = in.U64();
          if (!of.Finish("epoch").ok() || !in.Finish("erasure under an epoch").ok()) {
            return absl::FailedPreconditionError("store: a note of what was erased was written by another version");
          }
          erased_[epoch] = at_ms;
          return true;
        });
    lost_notes_ = damage.rows > 0;
    return read;
  }

  bool IsDue(const vault::Epoch& epoch) const {
    if (!epoch.current || HasPassed(epoch.retention, now_ms_)) return true;
    // Nobody knows which key a damaged note was about.
    if (lost_notes_) return true;
    const auto erased = erased_.find(epoch.number);
    return erased != erased_.end() && MonthOf(erased->second) < MonthOf(now_ms_);
  }

  // True once the key is destroyed. A key that is retired and not destroyed is due again in the next round, also after
  // a crash.
  absl::StatusOr<bool> Shed(const vault::Epoch& epoch) {
    if (stop_()) return false;
    if (epoch.current) {
      absl::Status retired = HasPassed(epoch.retention, now_ms_) ? shared_.keys().RetireEpoch(epoch.number)
                                                                 : shared_.keys().NewEpoch(epoch.retention).status();
      if (!retired.ok()) return retired;
    }
    // Who began to write before now may have sealed under the retired key: that is committed when this is.
    absl::Status behind = store_.Write([](WriteTransaction&) { return absl::OkStatus(); });
    if (!behind.ok()) return behind;
    absl::StatusOr<bool> empty = Empty(epoch);
    if (!empty.ok() || !*empty) return empty;
    // Who still reads an older state opens values under the key.
    if (shared_.environment().OldestSeen() < shared_.environment().LastTransactionId()) return false;
    absl::Status gone = shared_.keys().DestroyEpoch(epoch.number);
    if (!gone.ok()) return gone;
    return true;
  }

  // Seals anew what is left under a retired key. False if it was told to stop.
  absl::StatusOr<bool> Empty(const vault::Epoch& epoch) {
    std::string from;
    do {
      if (stop_()) return false;
      absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store_.Read();
      if (!snapshot.ok()) return snapshot.status();
      absl::StatusOr<Under> under = FindUnder(*(*snapshot)->transaction_, epoch, from);
      if (!under.ok()) return under.status();
      snapshot->reset();
      from = std::move(under->next);
      if (under->keys.empty()) continue;
      absl::Status sealed = store_.Write(
          [&](WriteTransaction& transaction) { return SealAnew(*transaction.transaction_, epoch, under->keys); });
      if (!sealed.ok()) return sealed;
    } while (!from.empty());
    return true;
  }

  absl::Status SealAnew(Transaction& transaction, const vault::Epoch& epoch, const std::vector<std::string>& keys) {
    const Dbi table = TableOf(epoch.retention);
    for (const std::string& key : keys) {
      // It may have been written, or deleted, since it was found.
      absl::StatusOr<std::optional<std::string_view>> value = transaction.PeekRaw(table, key);
      if (!value.ok()) return value.status();
      if (!value->has_value() || SealedUnder(**value) != epoch.number) continue;
      absl::Status sealed =
          table == Dbi::kNamed ? SealCopyAnew(transaction, key) : SealRowAnew(transaction, key, epoch, now_ms_);
      if (!sealed.ok()) return sealed;
    }
    return absl::OkStatus();
  }

  // Forgets the notes about keys that are gone, and damaged ones once every key that they could be about is gone.
  absl::Status ForgetErased() {
    std::set<uint32_t> left;
    for (const vault::Epoch& epoch : shared_.keys().Epochs()) left.insert(epoch.number);
    std::vector<uint32_t> forgotten;
    for (const auto& [epoch, at_ms] : erased_) {
      if (left.count(epoch) == 0) forgotten.push_back(epoch);
    }
    const bool damaged_too = lost_notes_ && waiting_ == 0;
    if (forgotten.empty() && !damaged_too) return absl::OkStatus();
    return store_.Write([&](WriteTransaction& transaction) -> absl::Status {
      for (const uint32_t epoch : forgotten) {
        absl::Status gone = transaction.DeleteNamed(Named::kRetention, kErasedScope, EpochItem(epoch));
        if (!gone.ok() && !absl::IsNotFound(gone)) return gone;
      }
      return damaged_too ? ForgetDamaged(*transaction.transaction_) : absl::OkStatus();
    });
  }

  static absl::Status ForgetDamaged(Transaction& transaction) {
    std::vector<std::string> damaged;
    std::string plain;
    absl::Status read =
        transaction.ForEach(Dbi::kNamed, NamedPrefix(transaction, Named::kRetention, kErasedScope), "", false,
                            [&](std::string_view key, std::string_view sealed) -> absl::StatusOr<bool> {
                              plain.clear();
                              if (Damaged(transaction.OpenValue(Dbi::kNamed, key, sealed, plain)))
                                damaged.emplace_back(key);
                              return true;
                            });
    for (const std::string& key : damaged) {
      if (read.ok()) read = transaction.DeleteRaw(Dbi::kNamed, key);
    }
    return read;
  }

  Store& store_;
  Shared& shared_;
  const uint64_t now_ms_;
  const std::function<bool()>& stop_;
  std::map<uint32_t, uint64_t> erased_;  // when something was first erased under a key
  bool lost_notes_ = false;
  size_t waiting_ = 0;  // keys that are due and still there
};

absl::StatusOr<size_t> Store::ShedKeys(uint64_t now_ms, const std::function<bool()>& stop) {
  return Shedding(*this, *state_->shared, now_ms, stop).Run();
}

}  // namespace tidegate::store
