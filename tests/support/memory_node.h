// Nodes in one process, without gRPC: real vault, store, ledger, directory, decision, feed, share, receive and author,
// each opened as a serving node opens it. Between two of them is a Line (line.h), which can lose, cut and repeat. All
// names are invented.
#ifndef TIDEGATE_TESTS_SUPPORT_MEMORY_NODE_H_
#define TIDEGATE_TESTS_SUPPORT_MEMORY_NODE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "policy/principal_mint.h"

namespace tidegate::support {

// A folder that goes with its owner, in memory where the machine offers that: nothing here is to survive the machine.
class Folder {
 public:
  Folder() {
    const bool memory = std::filesystem::exists("/dev/shm");
    std::string pattern = (memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/tidegate-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return *std::move(value);
}
inline void Must(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }

// A clock that all nodes of a test share.
struct Clock {
  uint64_t now_ms = 1'772'000'000'000;
};

// As an operator types it.
inline std::string Instant(uint64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%MZ", absl::FromUnixMillis(static_cast<int64_t>(ms)), absl::UTCTimeZone());
}

using Assignments = std::vector<std::pair<std::string, std::string>>;

// A policy that lets everything go to everybody, so that only the baseline decides.
inline constexpr char kShareAll[] = R"(@id("all") permit (principal, action == Action::"disclose", resource);)";

class MemoryNode {
 public:
  MemoryNode(std::string organisation, std::string sector, Clock& clock) : clock_(clock) {
    const std::string key = folder_.path() + "/master.key";
    Must(vault::MasterKey::CreateKeyFile(key));
    vault_ = Must(vault::Vault::Create(folder_.path() + "/keyring", Must(vault::MasterKey::FromKeyFile(key))));
    const partner::IdentityParams params{.names = {"example", std::move(organisation), "node1"},
                                         .sector = std::move(sector),
                                         .country = "GB",
                                         .now_ms = clock_.now_ms};
    identity_ = Must(partner::Identity::Create(params, *vault_));
    Must(OpenRooms());
  }

  const std::string& name() const { return identity_->names().organisation; }
  // The writer of its own records, for who authors as no verb does.
  flow::OwnRecords own_records() {
    return {*store_, *log_, *disclosures_, *identity_, *continuity_, [this] { return clock_.now_ms; }};
  }
  store::Store& store() { return *store_; }
  ledger::Log& log() { return *log_; }
  const ledger::Register& disclosures() const { return *disclosures_; }
  const decision::Decisions& decisions() const { return *decisions_; }
  partner::Directory& directory() { return *directory_; }
  ledger::Register& disclosures() { return *disclosures_; }
  decision::Decisions& decisions() { return *decisions_; }
  flow::Continuity& continuity() { return *continuity_; }
  flow::Sharing& sharing() { return *sharing_; }
  flow::Receiving& receiving() { return *receiving_; }
  flow::Authoring& authoring() { return *authoring_; }
  flow::Governance& governance() { return *governance_; }
  flow::PolicyGovernance& policies() { return *policies_; }
  const partner::Identity& identity() const { return *identity_; }
  const vault::Vault& vault() const { return *vault_; }
  checkpoint::VerifierKey register_key() const { return {identity_->names().Register(1), register_key_.public_key()}; }
  Clock& clock() { return clock_; }

  // Sets how much one partner may make this node keep or do, from now on and after a crash.
  void SetLimits(const flow::Limits& limits) {
    limits_ = limits;
    OpenLines();
  }

  // Lets the store grow no further than this for ordinary writes, from the next opening on.
  void SetMostBytes(uint64_t bytes) { store_options_.first_map_bytes = store_options_.most_map_bytes = bytes; }

  // As after kill -9: nothing is tidied, what was not durable is gone.
  void Crash() {
    Close();
    Open();
  }
  // The same in two steps, for who does something to the store between them.
  std::string store_folder() const { return folder_.path() + "/store"; }
  void Open() { Must(TryOpen()); }
  // The same where its store may fail it. What was opened until then is closed by Close.
  absl::Status TryOpen() {
    const std::string key = folder_.path() + "/master.key";
    vault_ = Must(vault::Vault::Open(folder_.path() + "/keyring", Must(vault::MasterKey::FromKeyFile(key))));
    identity_ = Must(partner::Identity::Load(*vault_));
    return OpenRooms();
  }
  void Close() {
    policies_.reset();
    governance_.reset();
    authoring_.reset();
    receiving_.reset();
    sharing_.reset();
    continuity_.reset();
    decisions_.reset();
    directory_.reset();
    disclosures_.reset();
    log_.reset();
    store_.reset();
    vault_.reset();
  }

  // --- What an operator types. Ids are 32 hex digits. ---

  absl::StatusOr<std::string> TryAdd(const std::string& kind, const Assignments& set) {
    return Id(authoring_->Add(Ana(), kWhy, {kind, Set(set)}));
  }
  std::string Add(const std::string& kind, const Assignments& set) { return Must(TryAdd(kind, set)); }
  absl::Status Amend(const std::string& id, const Assignments& set) {
    return authoring_->Amend(Ana(), kWhy, {id, Set(set)}).status();
  }
  absl::Status Recall(const std::string& id) { return authoring_->Recall(Ana(), kWhy, {id, false}).status(); }
  absl::StatusOr<std::string> TrySight(const std::string& id, const std::string& outcome, const Assignments& set = {}) {
    flow::SightRecord what{id, outcome, "", "", {}};
    for (const auto& [field, value] : set) {
      if (field == "note") what.note = value;
    }
    return Id(authoring_->Sight(Ana(), kWhy, what));
  }
  absl::StatusOr<std::string> TryLink(const std::string& from, const std::string& verb, const std::string& to,
                                      const Assignments& set = {}) {
    return Id(authoring_->Link(Ana(), kWhy, {from, verb, to, Set(set)}));
  }

  // Puts one text of policies in force.
  void Apply(const std::string& text) { Must(TryApply(text)); }
  absl::Status TryApply(const std::string& text) {
    const std::vector<policy::PolicySource> sources{{"test.cedar", text}};
    const auto compiled = Must(decisions_->Compile(sources));
    const auto plan = policies_->Plan(*compiled);
    if (!plan.ok()) return plan.status();
    return policies_->Apply(sources, plan->digest, Ana(), kWhy).status();
  }

  // --- What is held. ---

  std::unique_ptr<store::Snapshot> Read() const { return Must(store_->Read()); }
  // The record as it is held now; NotFound.
  absl::StatusOr<store::StoredRecord> Held(const std::string& id, std::string_view origin = {}) const {
    auto record_id = record::ParseRecordId(id);
    if (!record_id.ok()) return record_id.status();
    auto snapshot = Read();
    auto seq = snapshot->FindById(*record_id, origin);
    if (!seq.ok()) return seq.status();
    return snapshot->GetRecord(*seq);
  }
  // Names of the fields that are open, with their rungs: `name@text.whole`. Empty for what is erased or not held.
  std::vector<std::string> Open(const std::string& id, std::string_view origin = {}) const {
    std::vector<std::string> open;
    auto held = Held(id, origin);
    if (!held.ok() || held->erased || held->event == store::Event::kRecall) return open;
    auto view = Must(record::Verify(held->view));
    for (size_t i = 0; i < view.size(); ++i) {
      open.push_back(std::string(view.slot(i).name) + "@" + std::string(view.precision(i)));
    }
    return open;
  }

 private:
  static inline const std::string kWhy = "a test";
  static policy::Principal Ana() { return policy::PrincipalMint::Mint("ana", true, policy::EveryRole()); }
  static std::vector<flow::Assignment> Set(const Assignments& set) {
    std::vector<flow::Assignment> assignments;
    for (const auto& [field, value] : set) assignments.push_back({field, value});
    return assignments;
  }
  static absl::StatusOr<std::string> Id(const absl::StatusOr<flow::AuthoredRecord>& authored) {
    if (!authored.ok()) return authored.status();
    return record::FormatRecordId(authored->id);
  }

  template <typename Room>
  static absl::Status Take(absl::StatusOr<Room> opened, Room& room) {
    if (!opened.ok()) return opened.status();
    room = *std::move(opened);
    return absl::OkStatus();
  }
  absl::Status OpenRooms() {
    absl::Status status = Take(store::Store::Open(folder_.path() + "/store", *vault_, store_options_), store_);
    if (!status.ok()) return status;
    status = Take(ledger::AuthorLog::Open(*store_, identity_->names().Log(1), identity_->log_key()), log_);
    if (!status.ok()) return status;
    status = Take(ledger::Register::Open(*store_, identity_->names().Register(1), register_key_), disclosures_);
    if (!status.ok()) return status;
    status =
        Take(partner::Directory::Open(identity_, *store_, *vault_, {.code_cost = {1, 8192}, .record = {}}), directory_);
    if (!status.ok()) return status;
    directory_->Watch([this] { store_->Nudge(); });
    status = Take(decision::Decisions::Open(*store_, name()), decisions_);
    if (!status.ok()) return status;
    SetCircles();
    OpenLines();
    return absl::OkStatus();
  }
  void OpenLines() {
    const auto now = [this] { return clock_.now_ms; };
    policies_.reset();
    governance_.reset();
    authoring_.reset();
    receiving_.reset();
    sharing_.reset();
    continuity_ = std::make_unique<flow::Continuity>(*store_, *log_, now);
    sharing_ = std::make_unique<flow::Sharing>(*store_, *vault_, *log_, *disclosures_, *directory_, *decisions_, now,
                                               *continuity_, limits_);
    receiving_ =
        std::make_unique<flow::Receiving>(*store_, *disclosures_, *directory_, *decisions_, now, *continuity_, limits_);
    authoring_ = std::make_unique<flow::Authoring>(*store_, *log_, *disclosures_, *directory_, *continuity_, now,
                                                   folder_.path());
    governance_ = std::make_unique<flow::Governance>(*store_, *directory_, *decisions_, now);
    policies_ =
        std::make_unique<flow::PolicyGovernance>(*store_, *disclosures_, *directory_, *decisions_, *governance_, now);
  }
  void SetCircles() {
    std::vector<std::string> circles;
    for (const partner::Circle& circle : directory_->Circles()) circles.push_back(circle.name);
    decisions_->SetCircles(std::move(circles));
  }

  Clock& clock_;
  flow::Limits limits_;
  store::Options store_options_;
  Folder folder_;
  crypto::SigningKey register_key_ = crypto::SigningKey::Generate();
  std::unique_ptr<vault::Vault> vault_;
  std::shared_ptr<const partner::Identity> identity_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::Register> disclosures_;
  std::unique_ptr<partner::Directory> directory_;
  std::unique_ptr<decision::Decisions> decisions_;
  std::unique_ptr<flow::Continuity> continuity_;
  std::unique_ptr<flow::Sharing> sharing_;
  std::unique_ptr<flow::Receiving> receiving_;
  std::unique_ptr<flow::Authoring> authoring_;
  std::unique_ptr<flow::Governance> governance_;
  std::unique_ptr<flow::PolicyGovernance> policies_;
};

// Both sides up to the point where each has confirmed the other.
inline void Pair(MemoryNode& a, MemoryNode& b, const std::vector<std::string>& purposes = {"prevention"}) {
  const uint64_t now_ms = a.clock().now_ms;
  const partner::Deed deed{.user = "admin", .at_ms = now_ms};
  const auto invitation = Must(a.directory().Invite({.invitee = b.name(), .without_code = true}, deed));
  const auto reply = Must(b.directory().Accept(invitation.text, "", "", deed));
  Must(a.directory().AcceptReply(reply.text, std::nullopt, deed));
  for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    const partner::PartnerPtr known = one->directory().Find(other->name());
    partner::Facts facts;
    facts.sector = known->keys.sector;  // these administrators believe each other
    facts.country = known->keys.country;
    facts.purposes = purposes;
    Must(one->directory().Confirm(other->name(), known->fingerprint, facts, deed));
  }
  Must(a.directory().Hear(b.name(), {.confirmed = true}, now_ms));
  Must(b.directory().Hear(a.name(), {.confirmed = true, .reply_taken = true}, now_ms));
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_MEMORY_NODE_H_
