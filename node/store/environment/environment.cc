#include "node/store/environment/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/store/pages/pages.h"
#include "threads/threads.h"

namespace tidegate::environment {
namespace {

// LMDB needs this much for its two meta pages and for pages in flight: a smaller environment cannot hold a commit.
constexpr uint64_t kLeastMapBytes = uint64_t{1} << 20;
constexpr mode_t kFileMode = 0600;
// A snapshot serves a page of work. One that outlives this is a fault of its holder, and writers must not hang for it.
constexpr std::chrono::seconds kGrowPatience{10};
constexpr char kDataFile[] = "/data.mdb";
constexpr char kLockFile[] = "/lock.mdb";
// More than LMDB needs for its head and for each reader.
constexpr uint64_t kLockHeadBytes = 4096, kLockReaderBytes = 64;
// How far the map may grow beyond its limit for what is not ordinary.
constexpr uint64_t kBeyondBytes = uint64_t{64} << 20;
// A writer replaces one head in each commit. A reader beside it looks again.
constexpr int kMostLooks = 16;

thread_local int last_fault = 0;

}  // namespace

std::string_view DbiName(Dbi dbi) {
  switch (dbi) {
    case Dbi::kMeta:
      return "meta";
    case Dbi::kArrivals:
      return "arrivals";
    case Dbi::kPostings:
      return "postings";
    case Dbi::kLabels:
      return "labels";
    case Dbi::kCounts:
      return "counts";
    case Dbi::kProofs:
      return "proofs";
    case Dbi::kNamed:
      return "named";
    case Dbi::kOrdered:
      return "ordered";
  }
  return "";
}

int TakeFault() { return std::exchange(last_fault, 0); }

absl::Status FromLmdb(int code, std::string_view what) {
  if (code == MDB_SUCCESS) return absl::OkStatus();
  if (code != MDB_NOTFOUND && code != MDB_KEYEXIST) last_fault = code;
  const std::string message = absl::StrCat("store: ", std::string(what), ": ", mdb_strerror(code));
  switch (code) {
    case MDB_NOTFOUND:
      return absl::NotFoundError(message);
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(absl::StrCat(message, "; free disk space and try again"));
    case EIO:
      // LMDB reports a short write in this way too. It happens when a disk fills up in the middle of a commit.
      return absl::ResourceExhaustedError(absl::StrCat(message,
                                                       "; the disk is full or failing: free disk space, check "
                                                       "the disk and try again"));
    case MDB_READERS_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(message, "; too many readers at once"));
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      return absl::DataLossError(absl::StrCat(message, "; restore a backup"));
    case MDB_PANIC:
      return absl::DataLossError(absl::StrCat(message, "; restart the node"));
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    case ENOENT:
      return absl::NotFoundError(message);
    default:
      return absl::InternalError(message);
  }
}

absl::StatusOr<std::unique_ptr<Environment>> Environment::Open(const std::string& folder,
                                                               const EnvironmentOptions& options) {
  std::unique_ptr<Environment> environment(new Environment(options));
  if (absl::Status status = environment->OpenFiles(folder); !status.ok()) return status;
  if (absl::Status status = environment->OpenTables(folder); !status.ok()) return status;
  return environment;
}

absl::Status Environment::CheckFile(const std::string& file) {
  absl::StatusOr<std::unique_ptr<pages::File>> pages = pages::File::Open(file);
  if (!pages.ok()) return pages.status();
  if (auto fault = (*pages)->ReadHeads()) return pages::AsStatus(*fault);
  if (options_.read_only) return absl::OkStatus();  // the writer may go on meanwhile: see CheckSeen
  if (auto fault = (*pages)->Walk((*pages)->newest())) return pages::AsStatus(*fault);
  return absl::OkStatus();
}

absl::Status Environment::CheckSeen(const std::string& file, MDB_txn* txn) {
  absl::StatusOr<std::unique_ptr<pages::File>> pages = pages::File::Open(file);
  if (!pages.ok()) return pages.status();
  for (int looks = 0; looks < kMostLooks; ++looks) {
    if (auto fault = (*pages)->ReadHeads()) return pages::AsStatus(*fault);
    if ((*pages)->Has(mdb_txn_id(txn))) {
      if (auto fault = (*pages)->Walk(mdb_txn_id(txn))) return pages::AsStatus(*fault);
      return absl::OkStatus();
    }
    mdb_txn_reset(txn);
    if (int code = mdb_txn_renew(txn)) return FromLmdb(code, "beginning to read");
  }
  return absl::UnavailableError("store: the node writes too fast to be read beside it; try again");
}

absl::Status Environment::OpenFiles(const std::string& folder) {
  if (!options_.read_only && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::UnavailableError(absl::StrCat("store: cannot make the folder `", folder, "`: ", strerror(errno)));
  }
  if (int code = mdb_env_create(&env_)) return FromLmdb(code, "creating the environment");
  const std::string file = folder + kDataFile;
  struct stat info {};
  const bool exists = stat(file.c_str(), &info) == 0;
  const uint64_t file_bytes = exists ? static_cast<uint64_t>(info.st_size) : 0;
  if (options_.must_exist && file_bytes == 0) {
    return absl::NotFoundError(absl::StrCat("store: `", file, "` is missing or empty; restore a backup"));
  }
  if (exists && (file_bytes > 0 || options_.read_only)) {
    if (absl::Status status = CheckFile(file); !status.ok()) return status;
  }
  uint64_t map_bytes = std::max(options_.first_map_bytes, kLeastMapBytes);
  while (map_bytes < file_bytes) map_bytes *= 2;
  // A reader takes the size that the writer left in the file.
  if (!options_.read_only) {
    if (int code = mdb_env_set_mapsize(env_, map_bytes)) return FromLmdb(code, "sizing the map");
  }
  if (int code = mdb_env_set_maxreaders(env_, options_.max_readers + 16)) return FromLmdb(code, "sizing reader slots");
  if (int code = mdb_env_set_maxdbs(env_, kDbiCount)) return FromLmdb(code, "sizing the tables");
  if (!options_.read_only) {
    if (absl::Status kept = KeepLockFile(folder, options_.max_readers + 16); !kept.ok()) return kept;
  }
  const unsigned flags = MDB_NOTLS | (options_.read_only ? MDB_RDONLY : 0u);
  if (int code = mdb_env_open(env_, folder.c_str(), flags, kFileMode)) {
    return FromLmdb(code, absl::StrCat("opening `", folder, "`"));
  }
  ForgetDeadReaders();
  return absl::OkStatus();
}

// Before LMDB opens the file: closing it afterwards would give up LMDB's own locks on it.
absl::Status Environment::KeepLockFile(const std::string& folder, uint32_t readers) {
  const std::string path = folder + kLockFile;
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (file < 0) return FromLmdb(errno, absl::StrCat("opening `", path, "`"));
  const int code = posix_fallocate(file, 0, static_cast<off_t>(kLockHeadBytes + readers * kLockReaderBytes));
  close(file);
  return FromLmdb(code, absl::StrCat("setting `", path, "` aside on the disk"));
}

absl::Status Environment::OpenTables(const std::string& folder) {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, options_.read_only ? MDB_RDONLY : 0, &txn);
  if (code == MDB_MAP_RESIZED) {
    if (absl::Status status = Resize(0); !status.ok()) return status;
    code = mdb_txn_begin(env_, nullptr, options_.read_only ? MDB_RDONLY : 0, &txn);
  }
  if (code != 0) return FromLmdb(code, "opening the tables");
  if (options_.read_only) {
    if (absl::Status status = CheckSeen(folder + kDataFile, txn); !status.ok()) {
      mdb_txn_abort(txn);
      return status;
    }
  }
  for (size_t i = 0; i < kDbiCount; ++i) {
    const std::string name(DbiName(static_cast<Dbi>(i)));
    code = mdb_dbi_open(txn, name.c_str(), options_.read_only ? 0 : MDB_CREATE, &dbis_[i]);
    if (code != 0) {
      mdb_txn_abort(txn);
      return FromLmdb(code, absl::StrCat("opening the table `", name, "`"));
    }
  }
  return FromLmdb(mdb_txn_commit(txn), "opening the tables");
}

Environment::~Environment() {
  for (MDB_txn* txn : pool_) mdb_txn_abort(txn);
  if (env_ != nullptr) mdb_env_close(env_);
}

absl::StatusOr<MDB_txn*> Environment::BeginRead() {
  threads::MutexLock lock(mutex_);
  while (resizing_) changed_.Wait(mutex_);
  if (readers_ >= options_.max_readers) {
    return absl::ResourceExhaustedError("store: too many snapshots are open at once; close some and try again");
  }
  MDB_txn* txn = nullptr;
  int code = 0;
  if (!pool_.empty()) {
    txn = pool_.back();
    pool_.pop_back();
    code = mdb_txn_renew(txn);
  } else {
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  }
  if (code == MDB_MAP_RESIZED && readers_ == 0) {
    // Another process has grown the file; with no reader of ours active the new size can be taken over here.
    if (absl::Status status = Resize(0); !status.ok()) return status;
    code = txn != nullptr ? mdb_txn_renew(txn) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  }
  if (code != 0) {
    if (txn != nullptr) mdb_txn_abort(txn);
    return FromLmdb(code, "beginning to read");
  }
  ++readers_;
  seen_.push_back(mdb_txn_id(txn));
  return txn;
}

void Environment::EndRead(MDB_txn* txn) {
  threads::MutexLock lock(mutex_);
  if (const auto seen = std::find(seen_.begin(), seen_.end(), mdb_txn_id(txn)); seen != seen_.end()) {
    *seen = seen_.back();
    seen_.pop_back();
  }
  mdb_txn_reset(txn);
  if (pool_.size() < 16) {
    pool_.push_back(txn);
  } else {
    mdb_txn_abort(txn);
  }
  --readers_;
  changed_.NotifyAll();
}

int Environment::BeginWrite(MDB_txn* parent, MDB_txn** txn) { return mdb_txn_begin(env_, parent, 0, txn); }

absl::Status Environment::Resize(uint64_t bytes) {
  return FromLmdb(mdb_env_set_mapsize(env_, bytes), "growing the map");
}

absl::Status Environment::AtLimit() const {
  return absl::ResourceExhaustedError(
      absl::StrCat("store: the map has reached its limit of ", options_.most_map_bytes, " bytes; raise the limit"));
}

absl::Status Environment::GrowLocked(bool beyond) {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  const uint64_t most = options_.most_map_bytes + (beyond ? kBeyondBytes : 0);
  if (info.me_mapsize >= most) return AtLimit();
  const uint64_t bytes = std::min<uint64_t>(info.me_mapsize * 2, most);
  beyond_ = beyond_ || bytes > options_.most_map_bytes;
  return Resize(bytes);
}

bool Environment::ReturnToLimit() {
  threads::MutexLock lock(mutex_);
  if (!beyond_) return true;
  // LMDB keeps the map as large as what is stored in it.
  if (readers_ > 0 || !Resize(options_.most_map_bytes).ok()) return false;
  beyond_ = false;
  return true;
}

absl::Status Environment::Grow(bool beyond) {
  threads::MutexLock lock(mutex_);
  resizing_ = true;
  const auto until = std::chrono::steady_clock::now() + kGrowPatience;
  while (readers_ > 0 && changed_.WaitUntil(mutex_, until)) {
  }
  const bool quiet = readers_ == 0;
  absl::Status status = quiet ? GrowLocked(beyond)
                              : absl::ResourceExhaustedError(
                                    "store: the map must grow and a snapshot was held open too long; close snapshots "
                                    "before writing and try again");
  resizing_ = false;
  changed_.NotifyAll();
  return status;
}

bool Environment::TryGrow() {
  threads::MutexLock lock(mutex_);
  return readers_ == 0 && GrowLocked(false).ok();
}

bool Environment::Crowded() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return UsedBytes() > info.me_mapsize / 4 * 3;
}

uint64_t Environment::LastTransactionId() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_last_txnid;
}

uint64_t Environment::OldestSeen() {
  const threads::MutexLock lock(mutex_);
  const auto oldest = std::min_element(seen_.begin(), seen_.end());
  return oldest == seen_.end() ? UINT64_MAX : *oldest;
}

uint64_t Environment::UsedBytes() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return (info.me_last_pgno + 1) * static_cast<uint64_t>(stat.ms_psize);
}

void Environment::ForgetDeadReaders() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
}

}  // namespace tidegate::environment
