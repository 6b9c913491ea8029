// A store of its own with accounts, whose passwords are cheap to compute. All names are invented.
#ifndef TIDEGATE_TESTS_UNIT_USERS_HOUSE_H_
#define TIDEGATE_TESTS_UNIT_USERS_HOUSE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node/users/users.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::users {

inline constexpr crypto::Argon2Cost kCheapWork{1, 8192};
inline constexpr char kGood[] = "lantern-otter-viola-brick";
inline constexpr char kOther[] = "harbour-pigeon-noon-slate";

class House {
 public:
  House() : vault_(store::OpenVault(folder_.path())) { Open(); }

  // As after kill -9: what is in memory is gone.
  void Restart() {
    accounts_.reset();
    store_.reset();
    Open();
  }
  Accounts& accounts() { return *accounts_; }
  store::Store& store() { return *store_; }
  Deed By(const std::string& user = "sue") const { return {user, "a test", now_ms}; }

  void MustAdd(const std::string& name, const std::vector<std::string>& roles, const std::string& password = kGood) {
    const auto added = accounts_->Add(name, roles, password, By());
    ASSERT_TRUE(added.ok()) << added.status();
  }
  std::string MustLogIn(const std::string& name, const std::string& password = kGood) {
    auto in = accounts_->LogIn(name, password);
    EXPECT_TRUE(in.ok()) << in.status();
    return in.ok() ? in->token : "";
  }

  uint64_t now_ms = 1'772'000'000'000;
  std::vector<Change> changes;  // as the register would have them

 private:
  void Open() {
    auto store = store::Store::Open(folder_.path() + "/data", *vault_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    Options options;
    options.cost = kCheapWork;
    options.record = [this](store::WriteTransaction&, const Change& change) {
      changes.push_back(change);
      return absl::OkStatus();
    };
    auto accounts = Accounts::Open(
        *store_, [this] { return now_ms; }, options);
    ASSERT_TRUE(accounts.ok()) << accounts.status();
    accounts_ = *std::move(accounts);
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Accounts> accounts_;
};

}  // namespace tidegate::users

#endif  // TIDEGATE_TESTS_UNIT_USERS_HOUSE_H_
