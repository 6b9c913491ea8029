// A node's configuration: `tidegate.toml` in its folder. Written by `init`, read by everything else.
#ifndef TIDEGATE_NODE_CONFIG_H_
#define TIDEGATE_NODE_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::node {

// The kinds of addresses at which we dial partners, apart from public ones: `[exchange] allow = ["loopback",
// "link-local", "private"]`.
struct AllowedAddresses {
  bool loopback = false;
  bool link_local = false;
  bool private_networks = false;

  std::vector<std::string> Words() const;  // as they stand in the file
};

// How much one partner may make this node keep or do: `[limits]`, each a number without quotes. A limit that is not
// given is 0 here: then the program's own default holds (flow::Limits).
struct PartnerLimits {
  uint64_t records = 0;  // `partner_records`: records of one partner held here
  uint64_t mib = 0;      // `partner_mib`: MiB of parcels that came from one partner, in all
  uint64_t entries = 0;  // `partner_entries_a_day`: entries of the register that one partner causes
  uint64_t resent = 0;   // `partner_resent_parcels`: sealed again at once for one partner that asks again
};

// `[store]`, each a number without quotes; 0 here where the file does not say it.
struct StoreSettings {
  uint64_t reserve_mib = 0;  // MiB of disk kept for what protects people; 0: store::UsualReserve
};

struct Config {
  std::string federation;       // who may exchange at all; part of every log's origin
  std::string organisation;     // our name in it
  std::string node;             // this node of ours
  std::string sector;           // as in the catalogue's code list
  std::string country;          // ISO 3166-1 alpha-2
  std::string listen;           // HOST:PORT for partners; port 0 takes a free one at each start
  std::string advertise;        // HOST:PORT that partners dial; empty if that is `listen`
  std::string master_key_file;  // outside the node's folder; empty if a passphrase is asked for
  uint32_t approvals = 1;       // how many people it takes to change who gets what: 1 or 2
  AllowedAddresses allow;
  PartnerLimits limits;
  StoreSettings store;
  std::string operator_group;  // `[operator] group`: a Unix group that may use the socket; empty: its owner alone
};

inline constexpr char kConfigFile[] = "tidegate.toml";

// Refuses unknown keys and missing ones, naming the line, and the key that was probably meant.
absl::StatusOr<Config> LoadConfig(const std::string& directory);
// Written once, atomically, mode 0600. AlreadyExists if there is one.
absl::Status SaveConfig(const std::string& directory, const Config& config);

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_CONFIG_H_
