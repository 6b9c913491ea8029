// environment: the LMDB environment of a store, opened, checked and grown.
//
//   Takes    a folder, and how large the map may become
//   Gives    transactions of LMDB, its errors as statuses, and the sizes of what is stored
//   May call node/store/pages
//   Must     read every page of the file before LMDB follows it
//   Must     set the lock file's blocks aside before LMDB writes there
//   Never    look into a value
//   Threads  an Environment is for any thread; BeginWrite is for one writer at a time
//   Spec     node/store/FORMAT.md, "Pages"
//
// LMDB allows the map to be resized only while no transaction of the process is active. So read transactions are
// counted here, and growing waits for those that run and holds back new ones.
#ifndef TIDEGATE_NODE_STORE_ENVIRONMENT_ENVIRONMENT_H_
#define TIDEGATE_NODE_STORE_ENVIRONMENT_ENVIRONMENT_H_

#include <lmdb.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "threads/threads.h"

namespace tidegate::environment {

// The named databases of the environment (FORMAT.md, "Tables").
enum class Dbi : uint8_t {
  kMeta,
  kArrivals,
  kPostings,
  kLabels,
  kCounts,
  kProofs,
  kNamed,
  kOrdered,
};
inline constexpr size_t kDbiCount = 8;
std::string_view DbiName(Dbi dbi);

struct EnvironmentOptions {
  bool read_only = false;
  bool must_exist = false;  // otherwise a folder without a file gets an empty one
  uint32_t max_readers = 256;
  uint64_t first_map_bytes = uint64_t{1} << 34;
  uint64_t most_map_bytes = uint64_t{1} << 44;
};

// LMDB's error as a status; `what` says what was being done. MDB_NOTFOUND is NotFound, a full disk or map is
// ResourceExhausted, damage is DataLoss.
absl::Status FromLmdb(int code, std::string_view what);

// The last code of LMDB in this thread, since the last call of this function, that was neither success nor a mere miss.
// 0 if there was none. So the writer learns that the map or the disk was full, even if a body gives an error in other
// words.
int TakeFault();

inline MDB_val Val(std::string_view bytes) { return MDB_val{bytes.size(), const_cast<char*>(bytes.data())}; }
inline std::string_view Bytes(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

class Environment {
 public:
  // Reads every page that LMDB could be led to, before LMDB does. DataLoss names the first page that is wrong.
  static absl::StatusOr<std::unique_ptr<Environment>> Open(const std::string& folder,
                                                           const EnvironmentOptions& options);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_dbi dbi(Dbi which) const { return dbis_[static_cast<size_t>(which)]; }
  const EnvironmentOptions& options() const { return options_; }

  // A read transaction from the pool. ResourceExhausted when max_readers are running. Adopts a map that another process
  // has grown.
  absl::StatusOr<MDB_txn*> BeginRead();
  void EndRead(MDB_txn* txn);

  // For the one writer. Returns LMDB's codes: the writer decides what each means.
  int BeginWrite(MDB_txn* parent, MDB_txn** txn);

  // Doubles the map, after all read transactions of this process have ended; new ones wait meanwhile. No write
  // transaction may be active. ResourceExhausted at most_map_bytes, or when a reader does not end for ten seconds.
  // `beyond` allows somewhat more than most_map_bytes, for what is not ordinary.
  absl::Status Grow(bool beyond);
  // Undoes a growth beyond most_map_bytes, as far as what is stored allows. False if a reader is active: then the
  // map is larger than an ordinary write may find it.
  bool ReturnToLimit();
  // The error when the map has reached most_map_bytes.
  absl::Status AtLimit() const;
  // The same, but gives up at once when a reader is active. True if the map grew.
  bool TryGrow();
  // True when more than three quarters of the map are in use.
  bool Crowded() const;

  uint64_t LastTransactionId() const;
  // The transaction whose state the oldest active read transaction of this process sees. UINT64_MAX if none is active.
  uint64_t OldestSeen();
  uint64_t UsedBytes() const;
  // Frees the slots of readers whose process died.
  void ForgetDeadReaders();

 private:
  explicit Environment(const EnvironmentOptions& options) : options_(options) {}
  absl::Status OpenFiles(const std::string& folder);
  absl::Status OpenTables(const std::string& folder);
  // Call this before anything is read through LMDB. A writer checks the whole file as it is on disk. A reader beside a
  // writer checks the pages that its transaction sees.
  absl::Status CheckFile(const std::string& file);
  absl::Status CheckSeen(const std::string& file, MDB_txn* txn);
  absl::Status Resize(uint64_t bytes);
  absl::Status GrowLocked(bool beyond) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the lock file its blocks: LMDB writes to it in memory, where a full disk ends the process.
  static absl::Status KeepLockFile(const std::string& folder, uint32_t readers);

  const EnvironmentOptions options_;
  MDB_env* env_ = nullptr;
  std::array<MDB_dbi, kDbiCount> dbis_{};

  threads::Mutex mutex_;
  threads::Condition changed_;
  uint32_t readers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool resizing_ ABSL_GUARDED_BY(mutex_) = false;
  bool beyond_ ABSL_GUARDED_BY(mutex_) = false;         // the map is larger than most_map_bytes
  std::vector<MDB_txn*> pool_ ABSL_GUARDED_BY(mutex_);  // reset read transactions, each keeping its slot
  std::vector<size_t> seen_ ABSL_GUARDED_BY(mutex_);    // by each active read transaction: the state it sees
};

}  // namespace tidegate::environment

#endif  // TIDEGATE_NODE_STORE_ENVIRONMENT_ENVIRONMENT_H_
