// Free pages are overwritten (environment.h, ScrubFreePages).
//
// LMDB never changes a page that a committed state leads to: it writes a copy and frees the page. Table 0 of an
// environment lists free pages under the number of the transaction that freed them. A page may be used again, and so
// overwritten, under the same condition that LMDB has for it: no reader's state, and neither of the two newest
// committed ones, leads to it.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "node/store/environment/environment.h"

namespace tidegate::environment {
namespace {

constexpr MDB_dbi kFreePages = 0;
constexpr size_t kMostAtOnce = size_t{1} << 20;  // bytes of one write

// The oldest state that a reader of any process sees. LMDB has no call for it: it prints a line for each reader, and
// the state's number is the last word of it.
int KeepOldest(const char* line, void* place) {
  const std::string text(line);
  const size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return 0;
  const size_t begin = text.find_last_of(' ', end);
  const std::string word = text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
  char* rest = nullptr;
  const uint64_t number = std::strtoull(word.c_str(), &rest, 10);
  uint64_t& oldest = *static_cast<uint64_t*>(place);
  if (rest != word.c_str() && *rest == '\0') oldest = std::min(oldest, number);
  return 0;
}

}  // namespace

absl::Status Environment::Overwrite(const MDB_val& numbers, uint64_t& pages) const {
  MDB_stat stat{};
  mdb_env_stat(env_, &stat);
  int file = -1;
  if (int code = mdb_env_get_fd(env_, &file)) return FromLmdb(code, "overwriting free pages");
  // The first number says how many follow; they descend. They stand at any address.
  const size_t held = numbers.mv_size / sizeof(size_t);
  const auto number = [&numbers](size_t at) {
    size_t value = 0;
    std::memcpy(&value, static_cast<const char*>(numbers.mv_data) + at * sizeof(value), sizeof(value));
    return value;
  };
  const size_t count = held == 0 ? 0 : std::min(number(0), held - 1);
  static const std::string& zeros = *new std::string(kMostAtOnce, '\0');
  const size_t most = kMostAtOnce / stat.ms_psize;
  for (size_t i = 1; i <= count;) {
    size_t run = 1;
    while (i + run <= count && run < most && number(i + run) + run == number(i)) ++run;
    const size_t bytes = run * stat.ms_psize;
    const auto at = static_cast<off_t>(number(i + run - 1) * stat.ms_psize);
    if (pwrite(file, zeros.data(), bytes, at) != static_cast<ssize_t>(bytes)) {
      return FromLmdb(errno == 0 ? EIO : errno, "overwriting free pages");
    }
    pages += run;
    i += run;
  }
  return absl::OkStatus();
}

absl::StatusOr<Environment::Scrubbed> Environment::ScrubFreePages(uint64_t until, uint64_t most_pages) {
  Scrubbed done;
  if (scrubbed_ >= until) return Scrubbed{0, true};
  // A writing transaction keeps LMDB from taking a page while it is overwritten. Nothing is written by way of it.
  MDB_txn* txn = nullptr;
  if (int code = BeginWrite(nullptr, &txn)) return FromLmdb(code, "overwriting free pages");
  const std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> ending(txn, &mdb_txn_abort);
  uint64_t oldest = mdb_txn_id(txn) - 1;
  mdb_reader_list(env_, &KeepOldest, &oldest);
  // LMDB shows the list of free pages to a reading transaction only.
  const absl::StatusOr<MDB_txn*> read = BeginRead();
  if (!read.ok()) return read.status();
  const auto end_read = [this](MDB_txn* reading) { EndRead(reading); };
  const std::unique_ptr<MDB_txn, decltype(end_read)> reading(*read, end_read);
  MDB_cursor* opened = nullptr;
  if (int code = mdb_cursor_open(reading.get(), kFreePages, &opened)) return FromLmdb(code, "overwriting free pages");
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor(opened, &mdb_cursor_close);
  size_t from = scrubbed_ + 1;
  MDB_val key{sizeof(from), &from}, value;
  int code = mdb_cursor_get(cursor.get(), &key, &value, MDB_SET_RANGE);
  uint64_t through = scrubbed_;
  bool limited = false;
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) {
    size_t freed_by = 0;
    if (key.mv_size != sizeof(freed_by)) return absl::DataLossError("store: the list of free pages is damaged");
    std::memcpy(&freed_by, key.mv_data, sizeof(freed_by));
    limited = done.pages >= most_pages;
    if (freed_by >= oldest || limited) break;
    if (absl::Status status = Overwrite(value, done.pages); !status.ok()) return status;
    through = freed_by;
  }
  if (code != MDB_SUCCESS && code != MDB_NOTFOUND) return FromLmdb(code, "overwriting free pages");
  int file = -1;
  if (done.pages > 0 && (mdb_env_get_fd(env_, &file) != 0 || fdatasync(file) != 0)) {
    return FromLmdb(EIO, "overwriting free pages");
  }
  // What transactions below the oldest state freed is either overwritten now or was used again.
  scrubbed_ = limited ? through : std::max(through, oldest - 1);
  done.all = scrubbed_ >= until;
  return done;
}

}  // namespace tidegate::environment
