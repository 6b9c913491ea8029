// retention: how long records are kept. Each retention group has a review period (docs/operations.md, "Retention");
// when it is over, a person decides, and the register keeps the decision. A legal hold keeps what would be erased.
#ifndef TIDEGATE_NODE_FLOW_RETENTION_H_
#define TIDEGATE_NODE_FLOW_RETENTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/flow/author.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::flow {

// When a record of this group that came at this time is due for review. An unknown group has the shortest period.
uint64_t ReviewDue(std::string_view group, uint64_t arrived_ms);

inline constexpr size_t kMostDue = 500;
struct DueRecord {
  record::RecordId id{};
  std::string kind;
  std::string origin;  // the author's organisation
  std::string group;   // as its handling says; may be empty
  bool own = false;
  uint64_t due_ms = 0;
  bool held = false;  // under legal hold
};
struct DueList {
  std::vector<DueRecord> records;  // at most kMostDue, in the order of their arrival
  uint64_t next = 0;               // where the list goes on; 0: this is all
  uint32_t unreadable = 0;         // rows that are damaged and therefore left out
};

// Which record is meant, and who wrote it if several authors use the id.
struct Whose {
  std::string id;
  std::string origin;
};
struct Disposed {
  bool disposed = false;             // false for a dry run
  bool own = false;                  // ours: partners are asked to erase theirs
  std::vector<std::string> holders;  // who is asked
  std::string note;
  crypto::Hash digest{};  // of what was done, or of a dry run of what would be
};
struct HeldRecord {
  store::Hold hold;
  std::string id;
  std::string origin;
  size_t copies = 0;  // of what was erased since the hold began
};

// Thread-safe. Every decision needs a reason. The transaction that makes the decision also enters it into the register.
// NotFound for a record that is not held here.
class Retention {
 public:
  // All outlive this. One page of Due goes through `most_rows` arrivals.
  Retention(store::Store& store, ledger::Register& disclosures, Authoring& author, std::function<uint64_t()> now_ms,
            uint64_t most_rows = uint64_t{1} << 15)
      : store_(store), disclosures_(disclosures), author_(author), now_ms_(std::move(now_ms)), most_rows_(most_rows) {}

  // What is due within `ahead_ms` from now, or overdue. `from`: DueList::next of the page before. It names records, so
  // it makes an entry in the register. Where there is a `may_know`, those of which it says no are left out.
  absl::StatusOr<DueList> Due(const policy::Principal& who, const std::string& reason, uint64_t ahead_ms, uint64_t from,
                              size_t limit, const std::function<bool(const DueRecord&)>& may_know = nullptr) const;
  // Keeps the record. It is due again at `until_ms`, or without one after another period of its group.
  absl::StatusOr<uint64_t> Retain(const policy::Principal& who, const std::string& reason, const Whose& whose,
                                  std::optional<uint64_t> until_ms, bool dry_run = false) const;
  // Notes that the record was amended as a result of its review. As Retain.
  absl::StatusOr<uint64_t> NoteAmended(const policy::Principal& who, const std::string& reason, const Whose& whose,
                                       bool dry_run = false) const;
  // Erases the record here, and a record of ours also at every partner that has it. FailedPrecondition under a legal
  // hold, and if `shown` is given and is not the digest of what a dry run would show now.
  absl::StatusOr<Disposed> Dispose(const policy::Principal& who, const std::string& reason, const Whose& whose,
                                   bool dry_run, const std::optional<crypto::Hash>& shown = std::nullopt) const;

  // From now on a copy of what is erased of the record is kept apart, within the bounds of FORMAT.md.
  absl::StatusOr<HeldRecord> Hold(const policy::Principal& who, const std::string& reason, const Whose& whose) const;
  // Ends the hold, and erases the copies. FailedPrecondition if there is no hold.
  absl::StatusOr<HeldRecord> Release(const policy::Principal& who, const std::string& reason, const Whose& whose) const;
  absl::StatusOr<std::vector<HeldRecord>> Held(uint32_t* unreadable) const;

 private:
  struct Meant;
  absl::StatusOr<Meant> Find(const Whose& whose) const;
  absl::StatusOr<uint64_t> Decide(ledger::Keeping keeping, const policy::Principal& who, const std::string& reason,
                                  const Whose& whose, std::optional<uint64_t> until_ms, bool dry_run) const;
  absl::Status EraseReceived(const policy::Principal& who, const std::string& reason, const Meant& meant) const;

  store::Store& store_;
  ledger::Register& disclosures_;
  Authoring& author_;
  const std::function<uint64_t()> now_ms_;
  const uint64_t most_rows_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_RETENTION_H_
