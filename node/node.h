// Node: the process. It opens the rooms in their order, connects them, and closes them in reverse.
//
//   Takes    a folder made by Init and what unlocks its keyring.
//   Gives    a serving node until SIGTERM or SIGINT.
//   May call every room.
//   Never    decide anything itself; it composes.
//   Threads  Serve blocks its caller; rooms bring their own threads.
//   Spec     ARCHITECTURE.md §3
#ifndef TIDEGATE_NODE_NODE_H_
#define TIDEGATE_NODE_NODE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/config.h"

namespace tidegate::node {

// How the keyring is unlocked: a key file outside the node's folder, or a passphrase read from a file (a systemd
// credential is such a file). Nobody but its owner may be able to read either, and the owner is this user or root.
struct Unlock {
  std::string key_file;
  std::string passphrase_file;
};

// Makes a node: folder (mode 0700), keyring, keys, empty store, configuration. Refuses a key file inside the folder, a
// folder that holds a node already, a passphrase that is easy to guess, and an address to listen at that nobody can
// dial (such as 0.0.0.0:7443) unless `config.advertise` says another one. A key file that does not exist is made.
absl::Status Init(const std::string& directory, Config config, const Unlock& unlock);

// Where Init puts the key where the user names none: outside any node's folder, under the user's configuration.
std::string DefaultKeyFile(const std::string& organisation);

// PermissionDenied if this user may not read `file` in a node's folder; the message names the user who may. OK if the
// file can be read, or does not exist.
absl::Status CheckReach(const std::string& directory, const std::string& file);

// Serves until a signal. Prints one line on stderr when partners and operators can connect. Refuses a tidegate.toml
// whose names, sector or country are not those that the node's keys were signed with.
absl::Status Serve(const std::string& directory, const Unlock& unlock);

struct VerifySummary {
  uint64_t records = 0;
  uint64_t log_entries = 0;
  uint64_t register_entries = 0;
  uint64_t values = 0;
  struct Fault {
    std::string table;
    std::string key;
    std::string message;
  };
  std::vector<Fault> faults;
};
// Reads everything in the node's store. The node may be serving meanwhile.
absl::StatusOr<VerifySummary> Verify(const std::string& directory, const Unlock& unlock);

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_NODE_H_
