// How accounts and sessions are kept in the store: USERS.md, "At rest". Private to the room.
#ifndef TIDEGATE_NODE_USERS_ROWS_H_
#define TIDEGATE_NODE_USERS_ROWS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"

namespace tidegate::users {

// A password as Argon2id leaves it.
struct Digested {
  std::array<uint8_t, 16> salt{};
  crypto::Argon2Cost cost{};
  std::array<uint8_t, 32> key{};
};

struct AccountRow {
  std::vector<std::string> roles;  // ascending, at least one, each in policy::kRoles
  bool enabled = true;
  uint64_t made_ms = 0;
  uint64_t password_ms = 0;
  Digested password;
};
std::string EncodeAccount(const AccountRow& row);
// DataLoss for what EncodeAccount does not write.
absl::StatusOr<AccountRow> DecodeAccount(std::string_view bytes);

struct SessionRow {
  std::string user;
  uint64_t began_ms = 0;
  uint64_t ends_ms = 0;
};
std::string EncodeSession(const SessionRow& row);
absl::StatusOr<SessionRow> DecodeSession(std::string_view bytes);

// Under what a session is kept: the token itself is not.
crypto::Hash HashOfToken(std::string_view token);

inline constexpr char kAccountScope[] = "accounts";
inline constexpr char kSessionScope[] = "sessions";

}  // namespace tidegate::users

#endif  // TIDEGATE_NODE_USERS_ROWS_H_
