// Opening a node's folder: what Init, Serve and Verify share.
#ifndef TIDEGATE_NODE_OPEN_H_
#define TIDEGATE_NODE_OPEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "crypto/vault/vault.h"
#include "node/node.h"

namespace tidegate::node {

// The register's own log key: its checkpoints must not be mistaken for the author's log's.
inline constexpr char kRegisterKey[] = "ledger/register";
inline constexpr uint32_t kLogEpoch = 1;

inline std::string KeyringPath(const std::string& directory) { return absl::StrCat(directory, "/keyring"); }
inline std::string StorePath(const std::string& directory) { return absl::StrCat(directory, "/store"); }
inline std::string SocketPath(const std::string& directory) { return absl::StrCat(directory, "/operator.sock"); }

// Forbids core dumps, and other processes to look into this one, because its memory has keys and intelligence. Call it
// before a vault is opened.
void KeepMemoryPrivate();

// How much disk is kept for what protects people: what the configuration says, or the usual part of this disk.
uint64_t ReserveBytes(const std::string& directory, const Config& config);

// A new passphrase must be hard to guess; one in use is taken as it is.
enum class Passphrase { kNew, kInUse };
absl::StatusOr<vault::MasterKey> OpenMasterKey(const Unlock& unlock, const Config& config, Passphrase passphrase);

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_OPEN_H_
