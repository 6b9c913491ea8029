// Which passwords may be taken, and how accounts and sessions look on disk.
#include "node/users/passwords.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "node/users/rows.h"
#include "tests/unit/users/house.h"

namespace tidegate::users {
namespace {

TEST(Passwords, ThatAreGuessedEarlyAreRefused) {
  for (const char* easy : {"",
                           "short",
                           "elevenchars",
                           "password1234",
                           "Password123!",
                           "P@ssw0rd1234",
                           "passwordpassword",
                           "123456789012",
                           "111111111111",
                           "qwertyuiop12",
                           "qwertyuiopasdfghjkl",
                           "abcabcabcabc",
                           "letmein-letmein",
                           "AdminAdmin2026",
                           "administrator1",
                           "iloveyou2026!",
                           "correcthorsebatterystaple",
                           "ana-ana-2026-ana",
                           "anaanaana2026",
                           "welcome123456",
                           "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"}) {
    EXPECT_FALSE(CheckNewPassword(easy, "ana").ok()) << easy;
  }
  EXPECT_FALSE(CheckNewPassword(std::string(kMostPasswordBytes + 1, 'x'), "ana").ok());
}

TEST(Passwords, ThatAreDrawnAtRandomAreTaken) {
  for (const char* hard : {"lantern-otter-viola-brick", "Zx9$kQ2mVt7w", "vier worte im regen!", "kx7mqp2zvbn4",
                           "\u043c\u043e\u0439 \u0434\u043b\u0438\u043d\u043d\u044b\u0439 \u043f\u0430\u0440"}) {
    EXPECT_TRUE(CheckNewPassword(hard, "ana").ok()) << hard << ": " << CheckNewPassword(hard, "ana");
  }
}

TEST(Passwords, MatchThemselvesAndNothingElse) {
  PasswordWork work(kCheapWork);
  const auto digested = work.Digest(kGood);
  ASSERT_TRUE(digested.ok()) << digested.status();
  EXPECT_TRUE(*work.Matches(kGood, *digested));
  EXPECT_FALSE(*work.Matches(kOther, *digested));
  EXPECT_FALSE(*work.Matches("", *digested));
  EXPECT_NE(work.Digest(kGood)->key, digested->key) << "each has a salt of its own";
  const Digested nobody = work.Nobody();
  EXPECT_FALSE(*work.Matches(kGood, nobody));
  EXPECT_EQ(nobody.cost.memory, digested->cost.memory);
  EXPECT_EQ(nobody.cost.operations, digested->cost.operations);
}

TEST(Rows, AnAccountIsReadAsItIsWritten) {
  AccountRow row{{"analyst", "screening"}, false, 0x0102, 0x0304, {}};
  row.password.salt.fill(0x11);
  row.password.cost = {3, 65536};
  row.password.key.fill(0x22);
  const std::string bytes = EncodeAccount(row);
  EXPECT_EQ(absl::BytesToHexString(bytes),
            "5444477573723100"
            "00"
            "0000000000000102"
            "0000000000000304"
            "02"
            "07616e616c797374"
            "0973637265656e696e67"
            "11111111111111111111111111111111"
            "00000003"
            "0000000000010000"
            "2222222222222222222222222222222222222222222222222222222222222222");
  const auto read = DecodeAccount(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeAccount(*read), bytes);
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(DecodeAccount(bytes.substr(0, length)).ok());
  EXPECT_FALSE(DecodeAccount(bytes + "x").ok());
  for (const std::vector<std::string>& roles :
       {std::vector<std::string>{}, {"screening", "analyst"}, {"analyst", "analyst"}, {"king"}}) {
    row.roles = roles;
    EXPECT_FALSE(DecodeAccount(EncodeAccount(row)).ok());
  }
}

TEST(Rows, ASessionIsReadAsItIsWritten) {
  const std::string bytes = EncodeSession({"ana", 1, 2});
  EXPECT_EQ(absl::BytesToHexString(bytes),
            "5444477365733100"
            "03616e61"
            "0000000000000001"
            "0000000000000002");
  EXPECT_EQ(DecodeSession(bytes)->user, "ana");
  EXPECT_FALSE(DecodeSession(bytes + "x").ok());
  EXPECT_FALSE(DecodeSession(EncodeSession({"", 1, 2})).ok());
}

}  // namespace
}  // namespace tidegate::users
