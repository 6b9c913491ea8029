#include "node/store/verify/verify.h"

#include <map>
#include <string>
#include <utility>

#include "node/node.h"
#include "node/open.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::node {
namespace {

using AuthorKeys = std::map<std::pair<std::string, std::string>, checkpoint::VerifierKey>;

// The log keys of our partners, by organisation and origin. The store is closed again before it is verified.
absl::StatusOr<AuthorKeys> LoadAuthorKeys(const std::string& directory,
                                          const std::shared_ptr<const partner::Identity>& identity,
                                          vault::Vault& vault) {
  store::Options options;
  options.read_only = true;
  auto store = store::Store::Open(StorePath(directory), vault, options);
  if (!store.ok()) return store.status();
  auto partners = partner::Directory::Open(identity, **store, vault, {});
  if (!partners.ok()) return partners.status();
  AuthorKeys keys;
  for (const auto& [organisation, key] : (*partners)->LogKeys()) keys[{organisation, key.name}] = key;
  return keys;
}

}  // namespace

absl::StatusOr<VerifySummary> Verify(const std::string& directory, const Unlock& unlock) {
  if (auto status = crypto::InitialiseCrypto(); !status.ok()) return status;
  KeepMemoryPrivate();
  auto config = LoadConfig(directory);
  if (!config.ok()) return config.status();
  auto master = OpenMasterKey(unlock, *config, Passphrase::kInUse);
  if (!master.ok()) return master.status();
  auto vault = vault::Vault::Open(KeyringPath(directory), *std::move(master));
  if (!vault.ok()) return vault.status();
  auto identity = partner::Identity::Load(**vault);
  if (!identity.ok()) return identity.status();
  auto authors = LoadAuthorKeys(directory, *identity, **vault);
  // Without them what came from partners cannot be proved, and the faults say so; the rest can be read all the same.
  const absl::Status unread = authors.status();
  if (absl::IsDataLoss(unread)) authors = AuthorKeys{};
  if (!authors.ok()) return authors.status();
  auto seed = (*vault)->GetSecret(kRegisterKey);
  if (!seed.ok()) return seed.status();
  auto register_key = crypto::SigningKey::FromSeed(seed->Expose());
  if (!register_key.ok()) return register_key.status();

  verify::Options options;
  options.log_key = (*identity)->keys().log_key;
  options.register_key = checkpoint::VerifierKey{(*identity)->names().Register(kLogEpoch), register_key->public_key()};
  options.author_key = [&](std::string_view organisation,
                           std::string_view origin) -> std::optional<checkpoint::VerifierKey> {
    const auto found = authors->find({std::string(organisation), std::string(origin)});
    if (found == authors->end()) return std::nullopt;
    return found->second;
  };
  auto report = verify::Verify(StorePath(directory), **vault, options);
  if (!report.ok()) return report.status();

  VerifySummary summary;
  if (!unread.ok()) summary.faults.push_back({"named", "partners", std::string(unread.message())});
  summary.records = report->records;
  summary.log_entries = report->log_leaves;
  summary.register_entries = report->register_entries;
  summary.values = report->values;
  for (const verify::Fault& fault : report->faults) summary.faults.push_back({fault.table, fault.where, fault.what});
  return summary;
}

}  // namespace tidegate::node
