// A node's identity, store and directory in a folder of its own, for the tests of partner and exchange. All invented.
#ifndef TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_
#define TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "node/partner/partner.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::partner {

inline constexpr uint64_t kNow = 1'772'000'000'000;
// The least that Argon2id takes, so that tests cost milliseconds.
inline constexpr crypto::Argon2Cost kCheap{1, 8192};

class TestNode {
 public:
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

 private:
  void Open() {
    auto opened = store::Store::Open(folder_.path() + "/data", *vault_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    auto directory = Directory::Open(identity_, *store_, *vault_, {.code_cost = kCheap});
    EXPECT_TRUE(directory.ok()) << directory.status();
    directory_ = *std::move(directory);
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  std::shared_ptr<const Identity> identity_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Directory> directory_;
};

// Both sides up to the point where each has confirmed the other.
inline void Pair(TestNode& inviter, TestNode& acceptor, bool without_code = false, uint64_t now_ms = kNow,
                 const std::string& inviter_address = "", const std::string& acceptor_address = "") {
  const auto invitation = inviter->Invite(without_code, inviter_address, now_ms);
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  const auto reply = acceptor->Accept(invitation->text, invitation->spoken_code, acceptor_address, now_ms);
  ASSERT_TRUE(reply.ok()) << reply.status();
  const auto accepted = inviter->AcceptReply(reply->text, std::nullopt, now_ms);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  const std::string a = inviter.identity().names().organisation, b = acceptor.identity().names().organisation;
  ASSERT_TRUE(inviter->Confirm(b, reply->fingerprint).ok());
  ASSERT_TRUE(acceptor->Confirm(a, invitation->fingerprint).ok());
  ASSERT_TRUE(inviter->Hear(b, {.confirmed = true}).ok());
  ASSERT_TRUE(acceptor->Hear(a, {.confirmed = true, .reply_taken = true}).ok());
}

}  // namespace tidegate::partner

#endif  // TIDEGATE_TESTS_UNIT_PARTNER_TEST_NODE_H_
