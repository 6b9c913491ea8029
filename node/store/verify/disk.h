// Read-only access to the environment, and the list of what was found. Private to the room.
#ifndef TIDEGATE_NODE_STORE_VERIFY_DISK_H_
#define TIDEGATE_NODE_STORE_VERIFY_DISK_H_

#include <lmdb.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "node/store/pages/pages.h"
#include "node/store/verify/verify.h"

namespace tidegate::verify {

class Disk {
 public:
  static absl::StatusOr<std::unique_ptr<Disk>> Open(const std::string& folder, const vault::Vault& vault, bool pinned);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // True if a page that LMDB could be led to is not as it must be. Then nothing was read through LMDB, and nothing may
  // be. The report says which page it is.
  bool altered() const { return altered_; }
  const vault::Vault& vault() const { return vault_; }
  // Opens a value. A node that runs beside us may have made the value's key after our vault was opened. Then the
  // keyring is read again, once.
  absl::StatusOr<std::string> Open(std::string_view table, std::string_view key, std::string_view sealed);
  Report& report() { return report_; }
  void Found(std::string table, std::string where, std::string what);

  std::optional<std::string_view> Raw(std::string_view table, std::string_view key) const;
  // Reports a fault and gives nothing if the value does not open.
  std::optional<std::string> Unseal(std::string_view table, std::string_view key, std::string_view sealed,
                                    const std::string& where);
  // Every entry under a prefix, ascending; false from the callback stops.
  void ForEach(std::string_view table, std::string_view prefix,
               absl::FunctionRef<bool(std::string_view key, std::string_view value)> visit);
  // The last entry at or below a key.
  std::optional<std::pair<std::string_view, std::string_view>> AtOrBelow(std::string_view table,
                                                                         std::string_view key) const;
  uint64_t Entries(std::string_view table) const;

 private:
  explicit Disk(const vault::Vault& vault) : vault_(vault) {}
  absl::Status OpenFiles(const std::string& folder, bool pinned);
  bool Altered(const std::optional<pages::Fault>& fault);

  const vault::Vault& vault_;
  std::unique_ptr<vault::Vault>
      vault_now_;  // the same keyring as it was when a key was last missing; null until one is
  static constexpr size_t kMostReopened = 16;
  size_t reopened_ = 0;
  Report report_;
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
  bool altered_ = false;
  std::map<std::string, MDB_dbi, std::less<>> tables_;
};

// Big-endian and variable-length numbers of FORMAT.md, with a sticky error.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  uint64_t Fixed(size_t width);
  uint64_t Number();
  std::string_view Take(uint64_t length);
  std::string_view Bytes() { return Take(Number()); }
  std::string_view Rest() { return Take(rest_.size()); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  size_t remaining() const { return rest_.size(); }
  void Fail() { ok_ = false; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// The bytes after the first `length`; empty if there are fewer.
inline std::string_view After(std::string_view bytes, size_t length) {
  return bytes.substr(std::min(length, bytes.size()));
}

std::string BigEndian(uint64_t number, size_t width = 8);
std::string Hex(std::string_view bytes);

}  // namespace tidegate::verify

#endif  // TIDEGATE_NODE_STORE_VERIFY_DISK_H_
