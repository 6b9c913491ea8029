// A node's identity, store and directory in a folder of its own, for the tests of partner and exchange. All invented.
#ifndef TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_
#define TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/partner/partner.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::partner {

inline constexpr uint64_t kNow = 1'772'000'000'000;
// The least that Argon2id takes, so that tests cost milliseconds.
inline constexpr crypto::Argon2Cost kCheap{1, 8192};

// A deed of an administrator at that time.
inline Deed At(uint64_t now_ms = kNow) { return {.user = "admin", .reason = "agreement", .at_ms = now_ms}; }

class TestNode {
 public:
  // The entries that the register would get.
  struct Recorded {
    std::string organisation, what, user, reason;
  };

  explicit TestNode(const std::string& organisation, const std::string& sector = "charity", uint64_t now_ms = kNow)
      : vault_(store::OpenVault(folder_.path())) {
    const IdentityParams params{
        .names = {"example", organisation, "node1"}, .sector = sector, .country = "GB", .now_ms = now_ms};
    auto identity = Identity::Create(params, *vault_);
    EXPECT_TRUE(identity.ok()) << identity.status();
    identity_ = *std::move(identity);
    Open();
  }

  // As after a restart.
  void Reopen() {
    directory_.reset();
    store_.reset();
    vault_.reset();
    vault_ = store::OpenVault(folder_.path());
    auto identity = Identity::Load(*vault_);
    EXPECT_TRUE(identity.ok()) << identity.status();
    identity_ = *std::move(identity);
    Open();
  }

  Directory& operator*() { return *directory_; }
  Directory* operator->() { return directory_.get(); }
  const Identity& identity() const { return *identity_; }
  vault::Vault& vault() { return *vault_; }
  store::Store& store() { return *store_; }
  const std::vector<Recorded>& recorded() const { return recorded_; }

 private:
  void Open() {
    auto opened = store::Store::Open(folder_.path() + "/data", *vault_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    auto directory = Directory::Open(identity_, *store_, *vault_, Options());
    EXPECT_TRUE(directory.ok()) << directory.status();
    directory_ = *std::move(directory);
  }

  Directory::Options Options() {
    return {.code_cost = kCheap, .record = [this](store::WriteTransaction&, const Change& change) {
              recorded_.push_back({change.organisation, change.what, change.deed.user, change.deed.reason});
              return absl::OkStatus();
            }};
  }

  std::vector<Recorded> recorded_;
  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  std::shared_ptr<const Identity> identity_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Directory> directory_;
};

// One Introduce: what each says of itself reaches the other. The first error, the callee's before the caller's.
inline absl::Status Meet(TestNode& caller, TestNode& callee, uint64_t now_ms = kNow) {
  const auto said_by = [](TestNode& node, const std::string& to) {
    const PartnerPtr other = node->Find(to);
    Directory::Heard heard;
    heard.key_notice = node.identity().key_notice().Encode();
    heard.kem_notice = node.identity().kem_notice().Encode();
    if (other != nullptr && other->proof) heard.proof = std::string(crypto::View(*other->proof));
    heard.confirmed = other != nullptr && other->confirmed_by_us;
    heard.reply_taken = true;
    return heard;
  };
  const std::string a = caller.identity().names().organisation, b = callee.identity().names().organisation;
  const absl::Status there = callee->Hear(a, said_by(caller, b), now_ms).status();
  const absl::Status back = caller->Hear(b, said_by(callee, a), now_ms).status();
  return there.ok() ? back : there;
}

// Both sides up to the point where each has confirmed the other.
inline void Pair(TestNode& inviter, TestNode& acceptor, bool without_code = false, uint64_t now_ms = kNow,
                 const std::string& inviter_address = "", const std::string& acceptor_address = "") {
  const std::string a = inviter.identity().names().organisation, b = acceptor.identity().names().organisation;
  const Deed deed = At(now_ms);
  const auto invitation =
      inviter->Invite({.invitee = b, .without_code = without_code, .address = inviter_address}, deed);
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  const auto reply = acceptor->Accept(invitation->text, invitation->spoken_code, acceptor_address, deed);
  ASSERT_TRUE(reply.ok()) << reply.status();
  const auto accepted = inviter->AcceptReply(reply->text, std::nullopt, deed);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  ASSERT_TRUE(inviter->Confirm(b, reply->fingerprint, {}, deed).ok());
  ASSERT_TRUE(acceptor->Confirm(a, invitation->fingerprint, {}, deed).ok());
  ASSERT_TRUE(Meet(acceptor, inviter, now_ms).ok());
}

}  // namespace tidegate::partner

#endif  // TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_
