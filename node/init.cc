#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "node/exchange/exchange.h"
#include "node/node.h"
#include "node/open.h"
#include "node/partner/partner.h"
#include "node/passphrase.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "text/text.h"

namespace tidegate::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSectorList = "sector";

// Whether `path` lies in `directory`, links followed as far as they exist.
bool Inside(const std::string& path, const std::string& directory) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(directory, error);
  const fs::path file = fs::weakly_canonical(path, error);
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// "ngo, bank, police": every code of a list, as the catalogue has them.
std::string CodesOf(const record::CodeList& list) {
  return absl::StrJoin(list.codes, ", ", [](std::string* out, const record::Code& code) {
    out->append(code.code.data(), code.code.size());
  });
}

absl::Status CheckAddresses(const Config& config) {
  // Port 0 asks for a free one at each start; as an address to dial it would be none.
  const size_t colon = config.listen.rfind(':');
  const bool any_port = colon != std::string::npos && config.listen.substr(colon) == ":0";
  const std::string listen = any_port ? config.listen.substr(0, colon) + ":1" : config.listen;
  if (auto status = partner::CheckAddress(listen); !status.ok()) return status;
  if (config.advertise.empty()) {
    if (!exchange::IsEveryAddress(config.listen)) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("node: `--listen ", config.listen,
                     "` means every address of this machine, which no partner can dial; say what partners dial: "
                     "`--advertise HOST:PORT`, such as `--advertise node.",
                     config.organisation, ".example:7443`"));
  }
  if (auto status = partner::CheckAddress(config.advertise); !status.ok()) return status;
  if (!exchange::IsEveryAddress(config.advertise)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("node: `--advertise ", config.advertise,
                                                 "` is no address that a partner can dial; give the name or the "
                                                 "address of this machine, as partners reach it"));
}

absl::Status CheckConfig(const Config& config) {
  for (const auto& [what, name] : {std::pair{"federation", &config.federation},
                                   {"organisation", &config.organisation},
                                   {"name of the node", &config.node}}) {
    if (auto status = partner::CheckName(what, *name); !status.ok()) return status;
  }
  if (auto status = CheckAddresses(config); !status.ok()) return status;
  const record::CodeList* sectors = record::Catalogue::FindCodeList(kSectorList);
  if (sectors != nullptr && record::Catalogue::FindCode(*sectors, config.sector) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("node: `", config.sector, "` is no sector",
                     text::DidYouMean(record::Catalogue::NearestCode(*sectors, config.sector)), "; the sectors are ",
                     CodesOf(*sectors), " (`tidegate codes ", std::string(kSectorList), "` says what each is)"));
  }
  const record::CodeList* countries = record::Catalogue::FindCodeList(record::kCountryList);
  if (countries != nullptr && record::Catalogue::FindCode(*countries, config.country) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "node: `", config.country, "` is no country",
        text::DidYouMean(record::Catalogue::NearestCode(*countries, config.country)),
        "; the countries are those of ISO 3166-1 alpha-2, such as GB (`tidegate codes country` lists them)"));
  }
  return absl::OkStatus();
}

// A node that listens on this machine or in a private network is meant to reach others there.
void AllowWhereWeListen(Config& config) {
  for (const std::string& address : {config.listen, config.advertise}) {
    const exchange::Reach reach = exchange::ReachOf(address);
    config.allow.loopback = config.allow.loopback || reach.loopback;
    config.allow.link_local = config.allow.link_local || reach.link_local;
    config.allow.private_networks = config.allow.private_networks || reach.private_networks;
  }
}

absl::Status MakeFolder(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || chmod(directory.c_str(), 0700) != 0) {
    return absl::InternalError(absl::StrCat("node: cannot make `", directory, "`: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::Status MakeKeyFile(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (error) return absl::InternalError(absl::StrCat("node: cannot make `", folder.string(), "`"));
    chmod(folder.c_str(), 0700);
  }
  if (fs::exists(path, error)) return absl::OkStatus();
  return vault::MasterKey::CreateKeyFile(path);
}

}  // namespace

std::string DefaultKeyFile(const std::string& organisation) {
  const char* config_home = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const std::string base = config_home != nullptr && *config_home != '\0'
                               ? std::string(config_home)
                               : absl::StrCat(home == nullptr ? "" : home, "/.config");
  return absl::StrCat(base, "/tidegate/keys/", organisation, "-", absl::BytesToHexString(crypto::Random(4)), ".key");
}

uint64_t ReserveBytes(const std::string& directory, const Config& config) {
  return config.store.reserve_mib > 0 ? config.store.reserve_mib << 20 : store::UsualReserve(directory);
}

absl::StatusOr<vault::MasterKey> OpenMasterKey(const Unlock& unlock, const Config& config, Passphrase passphrase) {
  if (!unlock.passphrase_file.empty()) {
    absl::StatusOr<crypto::SecretBytes> read = ReadPassphrase(unlock.passphrase_file);
    if (!read.ok()) return read.status();
    if (passphrase == Passphrase::kNew) {
      if (absl::Status strong = CheckNewPassphrase(read->Expose()); !strong.ok()) return strong;
    }
    return vault::MasterKey::FromPassphrase(*std::move(read));
  }
  const std::string& path = unlock.key_file.empty() ? config.master_key_file : unlock.key_file;
  if (path.empty()) {
    return absl::FailedPreconditionError("node: this node is locked with a passphrase; give --passphrase-file");
  }
  return vault::MasterKey::FromKeyFile(path);
}

absl::Status Init(const std::string& directory, Config config, const Unlock& unlock) {
  if (auto status = crypto::InitialiseCrypto(); !status.ok()) return status;
  KeepMemoryPrivate();
  if (auto country = record::ParseCountry(config.country); country.ok()) config.country = *std::move(country);
  if (auto status = CheckConfig(config); !status.ok()) return status;
  std::error_code error;
  if (fs::exists(fs::path(directory) / kConfigFile, error)) {
    return absl::AlreadyExistsError(absl::StrCat("node: `", directory, "` holds a node already"));
  }
  AllowWhereWeListen(config);
  for (const auto& [what, path] :
       {std::pair{"master key", &unlock.key_file}, {"file with the passphrase", &unlock.passphrase_file}}) {
    if (path->empty() || !Inside(*path, directory)) continue;
    return absl::FailedPreconditionError(absl::StrCat("node: the ", what, " `", *path,
                                                      "` would lie inside the node's folder: a copy of the "
                                                      "folder would have it too; keep it elsewhere"));
  }
  if (!unlock.key_file.empty()) {
    config.master_key_file = fs::absolute(unlock.key_file, error).lexically_normal().string();
  }
  if (!unlock.passphrase_file.empty()) {  // looked at before anything is made
    if (auto master = OpenMasterKey(unlock, config, Passphrase::kNew); !master.ok()) return master.status();
  }
  if (auto status = MakeFolder(directory); !status.ok()) return status;
  if (!unlock.key_file.empty()) {
    if (auto status = MakeKeyFile(unlock.key_file); !status.ok()) return status;
  }
  auto master = OpenMasterKey(unlock, config, Passphrase::kNew);
  if (!master.ok()) return master.status();
  // A folder whose init was interrupted holds a keyring and no configuration: nothing was ever stored under it.
  fs::remove(KeyringPath(directory), error);
  fs::remove_all(StorePath(directory), error);
  auto vault = vault::Vault::Create(KeyringPath(directory), *std::move(master));
  if (!vault.ok()) return vault.status();
  partner::IdentityParams params;
  params.names = {config.federation, config.organisation, config.node};
  params.sector = config.sector;
  params.country = config.country;
  params.now_ms = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  auto identity = partner::Identity::Create(params, **vault);
  if (!identity.ok()) return identity.status();
  const crypto::SigningKey register_key = crypto::SigningKey::Generate();
  if (auto status = (*vault)->SetSecret(kRegisterKey, crypto::SecretBytes::CopyOf(register_key.ExposeSeed()));
      !status.ok()) {
    return status;
  }
  store::Options options;
  options.reserve_bytes = ReserveBytes(directory, config);
  auto store = store::Store::Open(StorePath(directory), **vault, options);
  if (!store.ok()) return store.status();
  if ((*store)->SpaceLeft().reserve_held < options.reserve_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("node: the disk of `", directory,
                                                     "` has no room for the reserve of ", options.reserve_bytes >> 20,
                                                     " MiB that is kept for recalls; free disk space and try again"));
  }
  (*store)->Close();
  return SaveConfig(directory, config);
}

}  // namespace tidegate::node
