// Accounts and sessions: what is taken, what ends a session, what a restart keeps, and that no answer tells which users
// there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "node/users/rows.h"
#include "tests/unit/users/house.h"

namespace tidegate::users {
namespace {

using testing::HasSubstr;

class AccountsTest : public testing::Test {
 protected:
  void SetUp() override {
    house_.MustAdd("sue", {"administrator"});
    house_.MustAdd("ana", {"analyst"});
  }
  Accounts& accounts() { return house_.accounts(); }

  House house_;
};

TEST(FirstUser, IsAnAdministratorAndEndsTheTimeWithoutUsers) {
  House house;
  EXPECT_FALSE(house.accounts().any());
  EXPECT_TRUE(absl::IsFailedPrecondition(house.accounts().Add("ana", {"analyst"}, kGood, house.By()).status()));
  EXPECT_FALSE(house.accounts().any());
  house.MustAdd("sue", {"administrator"});
  EXPECT_TRUE(house.accounts().any());
  ASSERT_EQ(house.changes.size(), 1u);
  EXPECT_THAT(house.changes[0].what, HasSubstr("the first user"));
  house.Restart();
  EXPECT_TRUE(house.accounts().any());
}

TEST_F(AccountsTest, ATokenIsOfWhoLoggedIn) {
  const std::string token = house_.MustLogIn("ana");
  EXPECT_EQ(token.size(), 64u);
  const auto user = accounts().Recognise(token);
  ASSERT_TRUE(user.ok()) << user.status();
  EXPECT_EQ(user->name, "ana");
  EXPECT_THAT(user->roles, testing::ElementsAre("analyst"));
}

TEST_F(AccountsTest, OtherTokensAreNobodys) {
  const std::string token = house_.MustLogIn("ana");
  std::string upper = token;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  for (const std::string& other : {std::string(), std::string("x"), token.substr(1), token + "0", token + "\n",
                                   std::string(64, '0'), std::string(100'000, 'a'), std::string(64, '\0')}) {
    EXPECT_TRUE(absl::IsUnauthenticated(accounts().Recognise(other).status())) << other.size();
    EXPECT_TRUE(absl::IsUnauthenticated(accounts().LogOut(other))) << other.size();
  }
  if (upper != token) {
    EXPECT_FALSE(accounts().Recognise(upper).ok());
  }
  // The hash under which it is kept is no token.
  EXPECT_FALSE(accounts().Recognise(std::string(crypto::View(HashOfToken(token)))).ok());
}

TEST_F(AccountsTest, WhatEndsASession) {
  const auto ends = [&](const std::string& how, const std::function<void(const std::string& token)>& end) {
    const std::string token = house_.MustLogIn("ana");
    end(token);
    EXPECT_TRUE(absl::IsUnauthenticated(accounts().Recognise(token).status())) << how;
    house_.Restart();
    EXPECT_TRUE(absl::IsUnauthenticated(accounts().Recognise(token).status())) << how << ", after a restart";
  };
  ends("logout", [&](const std::string& token) { EXPECT_TRUE(accounts().LogOut(token).ok()); });
  ends("session end", [&](const std::string&) {
    EXPECT_TRUE(accounts().End(accounts().Sessions("ana").at(0).id, "", house_.By()).ok());
  });
  ends("disable", [&](const std::string&) {
    EXPECT_TRUE(accounts().Disable("ana", house_.By()).ok());
    EXPECT_TRUE(accounts().Enable("ana", house_.By()).ok());
  });
  ends("role", [&](const std::string&) { EXPECT_TRUE(accounts().SetRoles("ana", {"auditor"}, house_.By()).ok()); });
  ends("time", [&](const std::string&) { house_.now_ms += uint64_t{12} * 60 * 60 * 1000; });
  ends("new password",
       [&](const std::string&) { EXPECT_TRUE(accounts().SetPassword("ana", kOther, house_.By()).ok()); });
  EXPECT_FALSE(accounts().LogIn("ana", kGood).ok());
  EXPECT_TRUE(accounts().LogIn("ana", kOther).ok());
}

TEST_F(AccountsTest, ARestartKeepsAccountsAndSessions) {
  const std::string token = house_.MustLogIn("ana");
  house_.Restart();
  EXPECT_EQ(accounts().Recognise(token)->name, "ana");
  EXPECT_EQ(accounts().List().size(), 2u);
  EXPECT_TRUE(accounts().LogIn("sue", kGood).ok());
}

TEST_F(AccountsTest, ASessionOfAnotherIsNotOnes) {
  house_.MustLogIn("sue");
  const std::string id = accounts().Sessions("sue").at(0).id;
  EXPECT_TRUE(absl::IsNotFound(accounts().End(id, "ana", house_.By("ana")).status()));
  EXPECT_EQ(accounts().Sessions("").size(), 1u);
}

TEST_F(AccountsTest, OneMoreSessionThanManyEndsTheOldest) {
  const std::string first = house_.MustLogIn("ana");
  for (size_t i = 0; i < kMostSessionsOfOne; ++i) {
    ++house_.now_ms;
    house_.MustLogIn("ana");
  }
  EXPECT_FALSE(accounts().Recognise(first).ok());
  EXPECT_EQ(accounts().Sessions("ana").size(), kMostSessionsOfOne);
}

TEST_F(AccountsTest, TheLastEnabledAdministratorStays) {
  EXPECT_TRUE(absl::IsFailedPrecondition(accounts().Disable("sue", house_.By()).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(accounts().SetRoles("sue", {"analyst"}, house_.By()).status()));
  EXPECT_TRUE(accounts().SetRoles("ana", {"analyst", "administrator"}, house_.By()).ok());
  EXPECT_TRUE(accounts().Disable("sue", house_.By()).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(accounts().SetRoles("ana", {"analyst"}, house_.By()).status()));
}

TEST_F(AccountsTest, NamesThatHideOrLookLikeAnotherAreRefused) {
  for (const std::string& name :
       {std::string(), std::string("Ana"), std::string("an a"), std::string("ana\u200B"), std::string("\u0430na"),
        std::string("ana\n"), std::string("-ana"), std::string("ana-"), std::string("a..b"), std::string("../ana"),
        std::string(65, 'a'), std::string("a\0b", 3), std::string("an\u00E4")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(accounts().Add(name, {"analyst"}, kGood, house_.By()).status())) << name;
  }
  house_.MustAdd("lill", {"analyst"});
  for (const char* name : {"ana", "l1ll", "li1l", "l-ill", "a.na", "a_na"}) {
    EXPECT_TRUE(absl::IsAlreadyExists(accounts().Add(name, {"analyst"}, kGood, house_.By()).status())) << name;
  }
}

TEST_F(AccountsTest, ARoleThatThereIsNotNamesTheNearest) {
  const auto added = accounts().Add("ben", {"analist"}, kGood, house_.By());
  EXPECT_TRUE(absl::IsInvalidArgument(added.status()));
  EXPECT_THAT(std::string(added.status().message()), HasSubstr("did you mean `analyst`"));
  EXPECT_TRUE(absl::IsInvalidArgument(accounts().Add("ben", {}, kGood, house_.By()).status()));
}

// Compared byte by byte: a wrong password, a name that nobody has, a disabled account, a name or password that cannot
// be.
TEST_F(AccountsTest, NoAnswerTellsWhichUsersThereAre) {
  ASSERT_TRUE(accounts().Disable("ana", house_.By()).ok());
  const absl::Status wrong = accounts().LogIn("sue", "not the password").status();
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  EXPECT_EQ(accounts().LogIn("nobody", "not the password").status(), wrong);
  EXPECT_EQ(accounts().LogIn("ana", kGood).status(), wrong) << "disabled, with the right password";
  EXPECT_EQ(accounts().LogIn("sue\u200B", kGood).status(), wrong);
  EXPECT_EQ(accounts().LogIn(std::string(1 << 20, 'a'), kGood).status(), wrong);
  EXPECT_EQ(accounts().LogIn("sue", std::string(1 << 20, 'a')).status(), wrong);
  EXPECT_EQ(accounts().LogIn("", "").status(), wrong);
}

TEST_F(AccountsTest, TenWrongPasswordsSlowTheEleventhForAnyName) {
  for (const char* name : {"ana", "nobody"}) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(absl::IsUnauthenticated(accounts().LogIn(name, "not the password").status())) << name << i;
    }
  }
  const absl::Status known = accounts().LogIn("ana", "not the password").status();
  EXPECT_TRUE(absl::IsResourceExhausted(known)) << known;
  EXPECT_EQ(accounts().LogIn("nobody", "not the password").status(), known);
  EXPECT_EQ(accounts().LogIn("ana", kGood).status(), known) << "the right one is not looked at either";
  EXPECT_TRUE(accounts().LogIn("sue", kGood).ok()) << "others are not kept out";
  house_.now_ms += 5000;
  EXPECT_TRUE(accounts().LogIn("ana", kGood).ok());
  // The register knows both times, and which of them was an account's.
  std::vector<std::string> told;
  for (const Change& change : house_.changes) {
    if (change.what.find("wrong") != std::string::npos) told.push_back(change.account);
  }
  EXPECT_THAT(told, testing::ElementsAre("ana", ""));
}

TEST_F(AccountsTest, ManyAtOnceAreNoMoreThanManyInARow) {
  std::vector<std::thread> threads;
  std::atomic<int> looked_at{0};
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      if (absl::IsUnauthenticated(accounts().LogIn("ana", "not the password").status())) ++looked_at;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(looked_at, 10);
}

// A row that cannot be read must not make the node one without users.
TEST_F(AccountsTest, AnAccountThatIsDamagedLetsNobodyInAndStillCounts) {
  const auto damaged = house_.store().Write([](store::WriteTransaction& transaction) {
    auto gone = transaction.DeleteNamed(store::Named::kUser, kAccountScope, "ana");
    return gone.ok() ? transaction.PutNamed(store::Named::kUser, kAccountScope, "sue", "nonsense") : gone;
  });
  ASSERT_TRUE(damaged.ok()) << damaged;
  house_.Restart();
  EXPECT_TRUE(accounts().any());
  EXPECT_TRUE(accounts().List().empty());
  EXPECT_FALSE(accounts().LogIn("sue", kGood).ok());
}

// The register names people by their names: nobody gets that of an account that cannot be read.
TEST_F(AccountsTest, TheNameOfADamagedAccountIsNotGivenAgain) {
  const auto damaged = house_.store().Write([](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kUser, kAccountScope, "ana", "nonsense");
  });
  ASSERT_TRUE(damaged.ok()) << damaged;
  house_.Restart();
  const absl::Status again = accounts().Add("ana", {"analyst"}, kGood, house_.By()).status();
  EXPECT_TRUE(absl::IsAlreadyExists(again)) << again;
  EXPECT_THAT(std::string(again.message()), HasSubstr("verify"));
}

}  // namespace
}  // namespace tidegate::users
