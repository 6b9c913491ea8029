// One organisation's rooms, opened as a serving node opens them, in a folder of its own. All invented.
#ifndef TIDEGATE_TESTS_UNIT_API_AGENCY_H_
#define TIDEGATE_TESTS_UNIT_API_AGENCY_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/api/api.h"
#include "policy/principal_mint.h"
#include "tests/unit/partner/test_node.h"

namespace tidegate::api {

class Agency {
 public:
  explicit Agency(const std::string& organisation = "charity")
      : vault_(store::OpenVault(folder_.path())), register_key_(crypto::SigningKey::Generate()) {
    const partner::IdentityParams params{
        .names = {"example", organisation, "node1"}, .sector = "ngo", .country = "GB", .now_ms = partner::kNow};
    identity_ = Opened(partner::Identity::Create(params, *vault_));
    store_ = Opened(store::Store::Open(folder_.path() + "/data", *vault_));
    log_ = Opened(ledger::AuthorLog::Open(*store_, identity_->names().Log(1), identity_->log_key()));
    disclosures_ = Opened(ledger::Register::Open(*store_, identity_->names().Register(1), register_key_));
    directory_ = Opened(partner::Directory::Open(identity_, *store_, *vault_, {.code_cost = partner::kCheap}));
    decisions_ = Opened(decision::Decisions::Open(*store_, organisation));
    const auto now = [this] { return now_ms; };
    continuity_ = std::make_unique<flow::Continuity>(*store_, *log_, now);
    receive_ = std::make_unique<flow::Receiving>(*store_, *disclosures_, *directory_, *decisions_, now, *continuity_);
    author_ = std::make_unique<flow::Authoring>(*store_, *log_, *disclosures_, *directory_, *continuity_, now,
                                                folder_.path());
    retention_ = std::make_unique<flow::Retention>(*store_, *disclosures_, *author_, now);
    lines_ = std::make_unique<flow::Lines>(*directory_, *receive_);
    reading_ = std::make_unique<reading::Reading>(*store_, *log_, *disclosures_, *directory_, *decisions_, now);
    governance_ = std::make_unique<flow::Governance>(*store_, *directory_, *decisions_, now);
    policies_ =
        std::make_unique<flow::PolicyGovernance>(*store_, *disclosures_, *directory_, *decisions_, *governance_, now);
    leftovers_ = std::make_unique<flow::Leftovers>(*store_, *disclosures_, now);
    removals_ = std::make_unique<flow::Removals>(*store_, *disclosures_, *directory_, now);
    users::Options cheap;
    cheap.cost = partner::kCheap;
    accounts_ = Opened(users::Accounts::Open(*store_, now, cheap));
    api_ = std::make_unique<Api>(*store_, *log_, *disclosures_, *directory_, *decisions_, *reading_, *author_, *lines_,
                                 *governance_, *policies_, *removals_, *leftovers_, *retention_, now, accounts_.get());
  }

  const Api& api() const { return *api_; }
  store::Store& store() { return *store_; }
  const ledger::Log& log() const { return *log_; }
  partner::Directory& directory() { return *directory_; }
  users::Accounts& accounts() { return *accounts_; }
  // A principal as an edge would mint it; without a name it is nobody in particular.
  static policy::Principal Who(const std::string& user = "ana",
                               const std::vector<std::string>& roles = policy::EveryRole()) {
    return policy::PrincipalMint::Mint(user.empty() ? "owner of the socket" : user, !user.empty(), roles);
  }
  const std::string& folder() const { return folder_.path(); }

  // Stores a record of this organisation and gives its id.
  std::string Author(const std::string& kind, const std::map<std::string, std::string>& fields,
                     const std::map<std::string, std::string>& handling = {{"tlp", "GREEN"}},
                     const record::RecordId& id = crypto::RandomArray<16>()) {
    record::Draft draft = *record::Draft::Create(kind);
    for (const auto& [name, value] : fields) {
      const auto status = draft.SetField(name, value);
      EXPECT_TRUE(status.ok()) << status;
    }
    for (const auto& [name, value] : handling) {
      const auto status = draft.handling.Set(name, value);
      EXPECT_TRUE(status.ok()) << status;
    }
    record::CommitContext context;
    context.author_fpr = identity_->log_fingerprint();
    context.record_id = id;
    context.created_ms = now_ms;
    auto view = record::Commit(draft, context, crypto::RandomArray<32>());
    EXPECT_TRUE(view.ok()) << view.status();
    Store(*view);
    return record::FormatRecordId(context.record_id);
  }

  // As after an upgrade: all that is held is looked through anew.
  void LookForLeftovers() {
    leftovers_->Stop();
    const auto begun = store_->Write([](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kSetting, "leftovers", "way", "not a way");
    });
    ASSERT_TRUE(begun.ok()) << begun;
    const auto looked = leftovers_->Look();
    ASSERT_TRUE(looked.ok()) << looked;
  }

  void Store(const record::VerifiedView& view) {
    store::PutRequest request;
    request.view = &view;
    request.origin = identity_->names().organisation;
    request.arrived_ms = now_ms;
    auto prepared = store_->Prepare(request);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    const auto status = store_->Write([&](store::WriteTransaction& transaction) -> absl::Status {
      auto index = log_->Append(transaction, view.leaf());
      if (!index.ok()) return index.status();
      prepared->set_log_index(*index);
      return transaction.Put(*prepared).status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::vector<v1::AuditEntry> Audit(const std::string& kind = "access") const {
    v1::ListAuditRequest request;
    request.set_kind(kind);
    request.set_limit(100);
    auto reply = api_->ListAudit(Who(), request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return {reply->entries().begin(), reply->entries().end()};
  }

  uint64_t now_ms = partner::kNow;

 private:
  template <typename T>
  static T Opened(absl::StatusOr<T> result) {
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  crypto::SigningKey register_key_;
  std::shared_ptr<const partner::Identity> identity_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::Register> disclosures_;
  std::unique_ptr<partner::Directory> directory_;
  std::unique_ptr<decision::Decisions> decisions_;
  std::unique_ptr<flow::Continuity> continuity_;
  std::unique_ptr<flow::Receiving> receive_;
  std::unique_ptr<flow::Authoring> author_;
  std::unique_ptr<flow::Retention> retention_;
  std::unique_ptr<flow::Lines> lines_;
  std::unique_ptr<reading::Reading> reading_;
  std::unique_ptr<flow::Governance> governance_;
  std::unique_ptr<flow::PolicyGovernance> policies_;
  std::unique_ptr<users::Accounts> accounts_;
  std::unique_ptr<flow::Removals> removals_;
  std::unique_ptr<flow::Leftovers> leftovers_;
  std::unique_ptr<Api> api_;
};

}  // namespace tidegate::api

#endif  // TIDEGATE_TESTS_UNIT_API_AGENCY_H_
