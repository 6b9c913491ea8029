// The serving process: rooms opened in the order of the dependency law, closed in reverse.
#include <fcntl.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "node/api/api.h"
#include "node/decision/decision.h"
#include "node/exchange/exchange.h"
#include "node/flow/flow.h"
#include "node/ledger/ledger.h"
#include "node/log.h"
#include "node/node.h"
#include "node/open.h"
#include "node/operators/operators.h"
#include "node/partner/partner.h"
#include "node/reading/reading.h"
#include "node/store/store.h"
#include "node/users/users.h"
#include "node/watchdog.h"

namespace tidegate::node {
namespace {

uint64_t NowMs() { return static_cast<uint64_t>(absl::ToUnixMillis(absl::Now())); }

// One process a node: LMDB would let two write in turns, but two logs of one author would fork.
class FolderLock {
 public:
  static absl::StatusOr<FolderLock> Take(const std::string& directory) {
    const std::string path = absl::StrCat(directory, "/lock");
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return absl::InternalError(absl::StrCat("node: cannot open `", path, "`: ", std::strerror(errno)));
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
      close(file);
      return absl::FailedPreconditionError(absl::StrCat("node: `", directory, "` is being served already"));
    }
    return FolderLock(file);
  }
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (file_ >= 0) close(file_);
  }

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Everything that serving needs, in the order in which it is opened.
struct Node {
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<store::Store> store;
  std::shared_ptr<const partner::Identity> identity;
  std::unique_ptr<crypto::SigningKey> register_key;
  std::unique_ptr<ledger::Log> log;
  std::unique_ptr<ledger::Register> disclosures;
  std::unique_ptr<partner::Directory> directory;
  std::unique_ptr<decision::Decisions> decisions;
  std::unique_ptr<flow::Continuity> continuity;
  std::unique_ptr<flow::Sharing> share;
  std::unique_ptr<flow::Receiving> receive;
  std::unique_ptr<flow::Authoring> author;
  std::unique_ptr<flow::Lines> lines;
  std::unique_ptr<flow::Governance> governance;
  std::unique_ptr<flow::PolicyGovernance> policies;
  std::unique_ptr<flow::Removals> removals;
  std::unique_ptr<flow::Leftovers> leftovers;
  std::unique_ptr<flow::Releases> releases;
  std::unique_ptr<flow::Expiries> expiries;
  std::unique_ptr<flow::Retention> retention;
  std::unique_ptr<exchange::Server> server;
  std::unique_ptr<exchange::Followers> followers;
  std::unique_ptr<users::Accounts> accounts;
  std::unique_ptr<reading::Reading> reading;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<operators::Server> operators;
};

absl::Status OpenStore(const std::string& directory, const Config& config, vault::MasterKey master, Node& node) {
  auto vault = vault::Vault::Open(KeyringPath(directory), std::move(master));
  if (!vault.ok()) return vault.status();
  node.vault = *std::move(vault);
  if (auto rotated = partner::Identity::RotateKem(*node.vault, NowMs()); !rotated.ok()) return rotated.status();
  auto identity = partner::Identity::Load(*node.vault);
  if (!identity.ok()) return identity.status();
  node.identity = *std::move(identity);
  store::Options options;
  options.must_exist = true;  // init made it: an empty one in its place would begin the logs again, and fork them
  options.reserve_bytes = ReserveBytes(directory, config);
  options.indexing = [](uint64_t done, uint64_t rows) {
    spdlog::info("node: making the search index anew: {} of {} arrivals", done, rows);
  };
  auto store = store::Store::Open(StorePath(directory), *node.vault, options);
  if (!store.ok()) return store.status();
  node.store = *std::move(store);
  const store::Space space = node.store->SpaceLeft();
  if (space.reserve_held < space.reserve_bytes) {
    spdlog::warn("node: the disk has no room for the whole reserve ({} of {} MiB): free disk space",
                 space.reserve_held >> 20, space.reserve_bytes >> 20);
  }
  if (const store::Unreadable unreadable = node.store->unreadable(); unreadable.mended > 0) {
    spdlog::warn(
        "node: {} pieces of the index were damaged; the node made them again from the records; the first damaged row "
        "is {}; check the disk",
        unreadable.mended, unreadable.first);
  }
  return absl::OkStatus();
}

absl::Status OpenLedger(Node& node) {
  const partner::Names& names = node.identity->names();
  auto log = ledger::AuthorLog::Open(*node.store, names.Log(kLogEpoch), node.identity->log_key());
  if (!log.ok()) return log.status();
  node.log = *std::move(log);
  auto seed = node.vault->GetSecret(kRegisterKey);
  if (!seed.ok()) return seed.status();
  auto key = crypto::SigningKey::FromSeed(seed->Expose());
  if (!key.ok()) return key.status();
  node.register_key = std::make_unique<crypto::SigningKey>(*std::move(key));
  auto disclosures = ledger::Register::Open(*node.store, names.Register(kLogEpoch), *node.register_key);
  if (!disclosures.ok()) return disclosures.status();
  node.disclosures = *std::move(disclosures);
  return absl::OkStatus();
}

// The keys are signed together with these words, so that an edited file would tell something else than partners see.
absl::Status CheckIdentity(const std::string& directory, const Config& config, const partner::Identity& identity) {
  const std::tuple<const char*, const std::string&, const std::string&> kSigned[] = {
      {"federation", config.federation, identity.names().federation},
      {"organisation", config.organisation, identity.names().organisation},
      {"node", config.node, identity.names().node},
      {"sector", config.sector, identity.sector()},
      {"country", config.country, identity.country()}};
  for (const auto& [key, said, made] : kSigned) {
    if (said == made) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "node: `", directory, "/", kConfigFile, "` says ", key, " = \"", said, "\", and this node was made as ", key,
        " = \"", made, "\", which its keys are signed with. Write that there again; for another ", key,
        " make another node with `tidegate init`"));
  }
  return absl::OkStatus();
}

// Changes about partners, as the register has them.
partner::Recorder Registering(ledger::Register& disclosures) {
  return [&disclosures](store::WriteTransaction& transaction, const partner::Change& change) {
    ledger::PartnerChange entry;
    entry.at_ms = change.deed.at_ms;
    entry.user = change.deed.user;
    entry.reason = change.deed.reason;
    entry.partner = change.organisation;
    entry.change = change.what;
    return disclosures.Append(transaction, entry).status();
  };
}

// Changes of accounts, as the register has them.
absl::Status OpenAccounts(Node& node) {
  users::Options options;
  options.record = [&disclosures = *node.disclosures](store::WriteTransaction& transaction,
                                                      const users::Change& change) {
    ledger::UserChange entry;
    entry.at_ms = change.deed.at_ms;
    entry.user = change.deed.user;
    entry.reason = change.deed.reason;
    entry.account = change.account;
    entry.change = change.what;
    return disclosures.Append(transaction, entry).status();
  };
  auto accounts = users::Accounts::Open(*node.store, &NowMs, std::move(options));
  if (!accounts.ok()) return accounts.status();
  node.accounts = *std::move(accounts);
  return absl::OkStatus();
}

absl::Status OpenPartners(Node& node) {
  partner::Directory::Options options;
  options.record = Registering(*node.disclosures);
  auto directory = partner::Directory::Open(node.identity, *node.store, *node.vault, options);
  if (!directory.ok()) return directory.status();
  node.directory = *std::move(directory);
  node.directory->Watch([store = node.store.get()] { store->Nudge(); });
  auto decisions = decision::Decisions::Open(*node.store, node.identity->names().organisation);
  if (!decisions.ok()) return decisions.status();
  node.decisions = *std::move(decisions);
  std::vector<std::string> circles;
  for (const partner::Circle& circle : node.directory->Circles()) circles.push_back(circle.name);
  node.decisions->SetCircles(std::move(circles));
  return absl::OkStatus();
}

// Where partners can dial us: as configured, or where we listen unless that is "every address of this machine".
std::string AdvertisedAddress(const Config& config, std::string_view port) {
  if (!config.advertise.empty()) return config.advertise;
  if (exchange::IsEveryAddress(config.listen) || port == "0") return "";
  return absl::StrCat(config.listen.substr(0, config.listen.rfind(':')), ":", std::string(port));
}

flow::Limits LimitsOf(const Config& config) {
  flow::Limits limits;
  if (config.limits.records != 0) limits.partner_records = config.limits.records;
  if (config.limits.mib != 0) limits.partner_mib = config.limits.mib;
  if (config.limits.entries != 0) limits.partner_entries_a_day = config.limits.entries;
  if (config.limits.resent != 0) limits.partner_resent_parcels = config.limits.resent;
  return limits;
}

absl::Status OpenLines(const std::string& directory, const Config& config, Node& node) {
  node.continuity = std::make_unique<flow::Continuity>(*node.store, *node.log, &NowMs);
  node.share = std::make_unique<flow::Sharing>(*node.store, *node.vault, *node.log, *node.disclosures, *node.directory,
                                               *node.decisions, &NowMs, *node.continuity, LimitsOf(config));
  node.receive = std::make_unique<flow::Receiving>(*node.store, *node.disclosures, *node.directory, *node.decisions,
                                                   &NowMs, *node.continuity, LimitsOf(config));
  node.author = std::make_unique<flow::Authoring>(*node.store, *node.log, *node.disclosures, *node.directory,
                                                  *node.continuity, &NowMs, directory, "/proc/self/exe");
  node.retention = std::make_unique<flow::Retention>(*node.store, *node.disclosures, *node.author, &NowMs);
  node.governance = std::make_unique<flow::Governance>(*node.store, *node.directory, *node.decisions, &NowMs,
                                                       Registering(*node.disclosures));
  node.policies = std::make_unique<flow::PolicyGovernance>(*node.store, *node.disclosures, *node.directory,
                                                           *node.decisions, *node.governance, &NowMs);
  node.removals = std::make_unique<flow::Removals>(*node.store, *node.disclosures, *node.directory, &NowMs);
  node.leftovers = std::make_unique<flow::Leftovers>(*node.store, *node.disclosures, &NowMs);
  node.lines = std::make_unique<flow::Lines>(*node.directory, *node.receive);
  node.releases = std::make_unique<flow::Releases>(*node.store, &NowMs);
  node.expiries = std::make_unique<flow::Expiries>(*node.store, *node.disclosures, &NowMs);
  exchange::ServerOptions server_options;
  server_options.listen = config.listen;
  server_options.advertise = AdvertisedAddress(config, config.listen.substr(config.listen.rfind(':') + 1));
  auto server = exchange::Server::Start(server_options, *node.directory, *node.share);
  if (!server.ok()) return server.status();
  node.server = *std::move(server);
  exchange::FollowerOptions follower_options;
  follower_options.reach = {.loopback = config.allow.loopback,
                            .link_local = config.allow.link_local,
                            .private_networks = config.allow.private_networks};
  follower_options.address = AdvertisedAddress(config, absl::StrCat(node.server->port()));
  auto followers = exchange::Followers::Start(follower_options, *node.directory, *node.receive);
  if (!followers.ok()) return followers.status();
  node.followers = *std::move(followers);
  node.lines->Connect(follower_options, *node.server, *node.followers);
  node.reading = std::make_unique<reading::Reading>(*node.store, *node.log, *node.disclosures, *node.directory,
                                                    *node.decisions, &NowMs);
  node.api = std::make_unique<api::Api>(*node.store, *node.log, *node.disclosures, *node.directory, *node.decisions,
                                        *node.reading, *node.author, *node.lines, *node.governance, *node.policies,
                                        *node.removals, *node.leftovers, *node.retention, &NowMs, node.accounts.get());
  auto operators = operators::Server::Start(SocketPath(directory), *node.api, config.operator_group);
  if (!operators.ok()) return operators.status();
  node.operators = *std::move(operators);
  return absl::OkStatus();
}

// More files than a login shell gives, where the machine lets us; what is served holds with 1,024 too.
void RaiseFiles() {
  constexpr rlim_t kEnough = 65536;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, kEnough));
  setrlimit(RLIMIT_NOFILE, &files);
}

#ifdef TIDEGATE_SANITIZED
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(60);
#else
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(5);
#endif

// Ends the process if one of our own doors has not answered for some 20 s. Its supervisor starts it again.
Watchdog Watch(const std::string& directory, const Node& node) {
  static constexpr auto kPatienceMs = static_cast<uint64_t>(kPatience.count());
  return Watchdog(
      {{"the partners' door", [&node] { return node.server->Knock(kPatienceMs); }},
       {"the operators' socket", [path = SocketPath(directory)] { return KnockAtSocket(path, kPatience); }}},
      {}, [] { TellSupervisor("WATCHDOG=1"); },
      [](const std::string& door) {
        spdlog::critical("node: {} does not answer any more; the node ends, so that its supervisor starts it again",
                         door);
        spdlog::default_logger()->flush();
        _exit(1);
      });
}

void Close(Node& node) {
  // First who may ask, then who may send, then the store: nothing is acknowledged that is not durable.
  if (node.operators) node.operators->Stop();
  if (node.followers) node.followers->Stop();
  if (node.server) node.server->Stop();
  if (node.releases) node.releases->Stop();
  if (node.expiries) node.expiries->Stop();
  if (node.removals) node.removals->Stop();
  if (node.leftovers) node.leftovers->Stop();
  if (node.receive) node.receive->Tidy();
  if (node.store) node.store->Close();
}

}  // namespace

void KeepMemoryPrivate() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

absl::Status Serve(const std::string& directory, const Unlock& unlock) {
  if (auto status = crypto::InitialiseCrypto(); !status.ok()) return status;
  KeepMemoryPrivate();
  RaiseFiles();
  auto log = spdlog::stderr_logger_mt("tidegate");
  log->set_formatter(LogFormatter());
  spdlog::set_default_logger(log);
  auto config = LoadConfig(directory);
  if (!config.ok()) return config.status();
  auto lock = FolderLock::Take(directory);
  if (!lock.ok()) return lock.status();
  auto master = OpenMasterKey(unlock, *config, Passphrase::kInUse);
  if (!master.ok()) return master.status();
  // Blocked before any thread is made, so that the wait below is the only place where they arrive.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  Node node;
  absl::Status opened = OpenStore(directory, *config, *std::move(master), node);
  if (opened.ok()) opened = CheckIdentity(directory, *config, *node.identity);
  if (opened.ok()) opened = OpenLedger(node);
  if (opened.ok()) opened = OpenAccounts(node);
  if (opened.ok()) opened = OpenPartners(node);
  if (opened.ok()) node.decisions->RequireApprovals(config->approvals);
  if (opened.ok()) opened = OpenLines(directory, *config, node);
  if (opened.ok()) {
    // The search for records to review logs them itself: that takes a while.
    for (const v1::ReviewItem& item : node.api->ToReview()) {
      if (item.kind() == "partner") spdlog::warn("node: to review: {} {}: {}", item.about(), item.what(), item.to_do());
    }
    const Watchdog watchdog = Watch(directory, node);
    TellSupervisor("READY=1");
    spdlog::info("node: {} serves partners on {} and operators on {}", config->organisation, node.server->address(),
                 SocketPath(directory));
    if (node.lines->address().empty()) {
      spdlog::warn(
          "node: partners cannot dial this node, for `{}` is no address to dial: write `advertise = \"HOST:PORT\"` "
          "into {}",
          config->listen, kConfigFile);
    }
    int received = 0;
    sigwait(&signals, &received);
    spdlog::info("node: stopping");
  }
  Close(node);
  return opened;
}

}  // namespace tidegate::node
