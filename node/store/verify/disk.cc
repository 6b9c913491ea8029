#include "node/store/verify/disk.h"

#include "absl/strings/str_cat.h"
#include "node/store/pages/pages.h"

namespace tidegate::verify {
namespace {

constexpr std::string_view kTables[] = {"meta",   "arrivals", "postings", "labels",
                                        "counts", "proofs",   "named",    "ordered"};

// A writer replaces one head in each commit. A reader beside it looks again.
constexpr int kMostLooks = 16;

absl::Status Refused(int code, const std::string& what) {
  return absl::UnavailableError(absl::StrCat("verify: ", what, ": ", mdb_strerror(code)));
}

MDB_val Val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view View(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

}  // namespace

absl::StatusOr<std::unique_ptr<Disk>> Disk::Open(const std::string& folder, const vault::Vault& vault, bool pinned) {
  std::unique_ptr<Disk> disk(new Disk(vault));
  if (absl::Status status = disk->OpenFiles(folder, pinned); !status.ok()) return status;
  return disk;
}

absl::Status Disk::OpenFiles(const std::string& folder, bool pinned) {
  absl::StatusOr<std::unique_ptr<pages::File>> file = pages::File::Open(folder + "/data.mdb");
  if (!file.ok()) return absl::NotFoundError(absl::StrCat("verify: no store in `", folder, "`"));
  if (Altered((*file)->ReadHeads())) return absl::OkStatus();
  if (int code = mdb_env_create(&env_)) return Refused(code, "creating the environment");
  mdb_env_set_maxdbs(env_, std::size(kTables));
  const unsigned flags = MDB_RDONLY | MDB_NOTLS | (pinned ? MDB_NOLOCK : 0u);
  if (int code = mdb_env_open(env_, folder.c_str(), flags, 0)) return Refused(code, "opening `" + folder + "`");
  int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn_);
  for (int tries = 0; code == MDB_MAP_RESIZED && tries < 8; ++tries) {
    mdb_env_set_mapsize(env_, 0);
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn_);
  }
  if (code != 0) return Refused(code, "beginning to read");
  // The pages that this transaction sees do not change, so LMDB reads what was found sound.
  for (int looks = 0; !(*file)->Has(mdb_txn_id(txn_)); ++looks) {
    if (looks == kMostLooks) return absl::UnavailableError("verify: the node writes too fast; try again");
    mdb_txn_reset(txn_);
    if (code = mdb_txn_renew(txn_); code != 0) return Refused(code, "beginning to read");
    if (Altered((*file)->ReadHeads())) return absl::OkStatus();
  }
  if (Altered((*file)->Walk(mdb_txn_id(txn_)))) return absl::OkStatus();
  for (std::string_view table : kTables) {
    const std::string name(table);
    MDB_dbi dbi = 0;
    if (mdb_dbi_open(txn_, name.c_str(), 0, &dbi) == 0) {
      tables_[name] = dbi;
    } else {
      Found(name, "the table", "is missing");
    }
  }
  return absl::OkStatus();
}

bool Disk::Altered(const std::optional<pages::Fault>& fault) {
  altered_ = fault.has_value();
  if (altered_) Found(fault->table, absl::StrCat("page ", fault->page), fault->what);
  return altered_;
}

Disk::~Disk() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
  if (env_ != nullptr) mdb_env_close(env_);
}

void Disk::Found(std::string table, std::string where, std::string what) {
  if (++report_.fault_count > kMostFaults) return;
  report_.faults.push_back({std::move(table), std::move(where), std::move(what)});
}

std::optional<std::string_view> Disk::Raw(std::string_view table, std::string_view key) const {
  auto found = tables_.find(table);
  if (found == tables_.end() || key.empty()) return std::nullopt;
  MDB_val key_val = Val(key), value;
  if (mdb_get(txn_, found->second, &key_val, &value) != 0) return std::nullopt;
  return View(value);
}

absl::StatusOr<std::string> Disk::Open(std::string_view table, std::string_view key, std::string_view sealed) {
  absl::StatusOr<std::string> plain = vault_.Open(table, key, sealed);
  if (!absl::IsNotFound(plain.status())) return plain;
  if (vault_now_ != nullptr) {
    plain = vault_now_->Open(table, key, sealed);
    if (!absl::IsNotFound(plain.status())) return plain;
  }
  // The node may have made another key since. Values whose keys are gone for good must not make it read the keyring
  // for each of them.
  if (reopened_ >= kMostReopened) return plain;
  ++reopened_;
  absl::StatusOr<std::unique_ptr<vault::Vault>> again = vault_.OpenAgain();
  if (!again.ok()) return again.status();
  vault_now_ = *std::move(again);
  return vault_now_->Open(table, key, sealed);
}

std::optional<std::string> Disk::Unseal(std::string_view table, std::string_view key, std::string_view sealed,
                                        const std::string& where) {
  ++report_.values;
  absl::StatusOr<std::string> plain = Open(table, key, sealed);
  if (plain.ok()) return *std::move(plain);
  Found(std::string(table), where, absl::StrCat("does not open: ", plain.status().message()));
  return std::nullopt;
}

void Disk::ForEach(std::string_view table, std::string_view prefix,
                   absl::FunctionRef<bool(std::string_view key, std::string_view value)> visit) {
  auto found = tables_.find(table);
  if (found == tables_.end()) return;
  MDB_cursor* cursor = nullptr;
  if (int code = mdb_cursor_open(txn_, found->second, &cursor)) {
    Found(std::string(table), "the table", mdb_strerror(code));
    return;
  }
  MDB_val key = Val(prefix), value;
  int code = mdb_cursor_get(cursor, &key, &value, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == 0 && View(key).substr(0, prefix.size()) == prefix && visit(View(key), View(value))) {
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) Found(std::string(table), "the table", mdb_strerror(code));
  mdb_cursor_close(cursor);
}

std::optional<std::pair<std::string_view, std::string_view>> Disk::AtOrBelow(std::string_view table,
                                                                             std::string_view key) const {
  auto found = tables_.find(table);
  MDB_cursor* cursor = nullptr;
  if (found == tables_.end() || mdb_cursor_open(txn_, found->second, &cursor) != 0) return std::nullopt;
  MDB_val name = Val(key), value;
  int code = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND) {
    code = mdb_cursor_get(cursor, &name, &value, MDB_LAST);
  } else if (code == 0 && View(name) != key) {
    code = mdb_cursor_get(cursor, &name, &value, MDB_PREV);
  }
  mdb_cursor_close(cursor);
  if (code != 0) return std::nullopt;
  return std::pair(View(name), View(value));
}

uint64_t Disk::Entries(std::string_view table) const {
  auto found = tables_.find(table);
  MDB_stat stat{};
  if (found == tables_.end() || mdb_stat(txn_, found->second, &stat) != 0) return 0;
  return stat.ms_entries;
}

uint64_t Fields::Fixed(size_t width) {
  uint64_t number = 0;
  for (char byte : Take(width)) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

uint64_t Fields::Number() {
  uint64_t number = 0;
  for (unsigned shift = 0; ok_; shift += 7) {
    const auto byte = static_cast<uint8_t>(Fixed(1));
    const bool last = (byte & 0x80) == 0;
    if (!ok_ || shift > 63 || (shift == 63 && byte > 1) || (last && byte == 0 && shift > 0)) break;
    number |= uint64_t{byte & 0x7fu} << shift;
    if (last) return number;
  }
  ok_ = false;
  return 0;
}

std::string_view Fields::Take(uint64_t length) {
  if (!ok_ || length > rest_.size()) {
    ok_ = false;
    return {};
  }
  std::string_view taken = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return taken;
}

std::string BigEndian(uint64_t number, size_t width) {
  std::string bytes(width, '\0');
  for (size_t i = 0; i < width; ++i) bytes[i] = static_cast<char>(number >> (8 * (width - 1 - i)));
  return bytes;
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (char byte : bytes) {
    hex.push_back("0123456789abcdef"[static_cast<uint8_t>(byte) >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

}  // namespace tidegate::verify
