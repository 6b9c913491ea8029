// Verification: reads a whole store and says everything that is wrong with it, with code of its own.
//
//   Takes    a store's folder, the vault it was written under, the public keys of logs
//   Gives    a report: what was checked, and each fault with table, place and reason
//   May call crypto, record, policy's codecs; LMDB. No header of the store or ledger: it knows their formats from
//            FORMAT.md and LEDGER.md, so that it cannot repeat their mistakes
//   Must     never write
//   Threads  one call runs in its caller's thread; it may run beside a serving node
//   Spec     node/store/FORMAT.md, node/ledger/LEDGER.md
#ifndef TIDEGATE_NODE_STORE_VERIFY_VERIFY_H_
#define TIDEGATE_NODE_STORE_VERIFY_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/vault/vault.h"

namespace tidegate::verify {

struct Fault {
  std::string table;  // "arrivals", "postings", "author log", "register", ...
  std::string where;  // "arrival 17", "tile 0/3", ...
  std::string what;
};

struct Report {
  // How much was checked.
  uint64_t arrivals = 0;
  uint64_t records = 0;
  uint64_t erased = 0;
  uint64_t received = 0;
  uint64_t postings = 0;
  uint64_t proofs = 0;
  uint64_t log_leaves = 0;
  uint64_t register_entries = 0;
  uint64_t values = 0;  // sealed values opened, all tables
  // Received records whose author's log key was not given, so that its signature was not checked.
  uint64_t unknown_authors = 0;

  uint64_t fault_count = 0;
  std::vector<Fault> faults;  // the first kMostFaults

  bool clean() const { return fault_count == 0; }
};
inline constexpr size_t kMostFaults = 1000;

struct Options {
  // The keys of this node's own logs. Without a key, the signatures of that log are not checked.
  std::optional<checkpoint::VerifierKey> log_key;
  std::optional<checkpoint::VerifierKey> register_key;
  // The log key of an author, by organisation and the origin that a checkpoint names; nullopt if it is not known.
  std::function<std::optional<checkpoint::VerifierKey>(std::string_view organisation, std::string_view origin)>
      author_key;
  // A process must not open one LMDB environment twice. With `pinned` the lock file is left alone; the caller then has
  // the store open in this process and holds a store::Snapshot of it until this returns.
  bool pinned = false;
};

// An error only if the folder cannot be read at all; everything else is a fault in the report.
absl::StatusOr<Report> Verify(const std::string& folder, const vault::Vault& vault, const Options& options);

}  // namespace tidegate::verify

#endif  // TIDEGATE_NODE_STORE_VERIFY_VERIFY_H_
