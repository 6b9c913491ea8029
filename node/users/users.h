// users: the people and programs of this organisation who may use the node: accounts, passwords, sessions.
//
//   Takes    names, roles, passwords, the token of a session
//   Gives    who a token is of, with their roles; accounts and sessions, without passwords and tokens
//   May call store, policy (the names of roles), crypto, text, threads
//   Must     answer a name that nobody has as it answers a wrong password: with the same words after the same work
//   Never    keep a password or a token; decide what a role may do (policy); write the register (a Recorder does)
//   Threads  any
//   Spec     node/users/USERS.md
#ifndef TIDEGATE_NODE_USERS_USERS_H_
#define TIDEGATE_NODE_USERS_USERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/kdf.h"
#include "node/store/store.h"

namespace tidegate::users {

inline constexpr size_t kMostUsers = 1000;
inline constexpr size_t kMostSessionsOfOne = 16;  // one more ends the oldest
inline constexpr size_t kMostPasswordBytes = 1024;
inline constexpr size_t kLeastPasswordCharacters = 12;  // OWASP ASVS 4.0.3, 2.1.1

// Who changes an account, and why.
struct Deed {
  std::string user;
  std::string reason = {};
  uint64_t at_ms = 0;
};

// For the register.
struct Change {
  Deed deed;
  std::string account;  // the name; empty if wrong passwords were given for a name that nobody has
  std::string what;     // "made as analyst", "disabled", "logged in", ...
};
// Called in the transaction that makes the change.
using Recorder = std::function<absl::Status(store::WriteTransaction&, const Change&)>;

struct User {
  std::string name;
  std::vector<std::string> roles;  // policy::kRoles; sorted, at least one
  bool enabled = true;
  uint64_t made_ms = 0;
  uint64_t password_ms = 0;  // when the password was set
  size_t sessions = 0;
};

struct Session {
  std::string id;  // tells it from others of the node; is not the token
  std::string user;
  uint64_t began_ms = 0;
  uint64_t ends_ms = 0;
};

struct LoggedIn {
  std::string token;  // 64 hexadecimal digits: whoever has it is this user until the session ends
  Session session;
  std::vector<std::string> roles;
};

struct Options {
  crypto::Argon2Cost cost = {3, uint64_t{64} << 20};  // RFC 9106, 4: the second recommended choice
  Recorder record = {};                               // the register; none only in tests
  uint64_t session_ms = uint64_t{12} * 60 * 60 * 1000;
};

class Accounts {
 public:
  // The store outlives the accounts. `now_ms` is the node's clock.
  static absl::StatusOr<std::unique_ptr<Accounts>> Open(store::Store& store, std::function<uint64_t()> now_ms,
                                                        Options options);
  ~Accounts();
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  // Whether there is an account, enabled or not. From the first on, nobody is let in without a session. An account
  // whose row is damaged counts.
  bool any() const;

  // The first account must be an administrator's. InvalidArgument for a name, role or password that cannot be taken,
  // AlreadyExists for a name that is taken, also by an account whose row is damaged, or looks like one that is taken.
  absl::StatusOr<User> Add(const std::string& name, const std::vector<std::string>& roles, std::string_view password,
                           const Deed& deed);
  // These four end the sessions of the account, Enable alone does not. NotFound names the nearest name.
  // FailedPrecondition if no enabled administrator would be left.
  absl::StatusOr<User> SetRoles(const std::string& name, const std::vector<std::string>& roles, const Deed& deed);
  absl::StatusOr<User> SetPassword(const std::string& name, std::string_view password, const Deed& deed);
  absl::StatusOr<User> Disable(const std::string& name, const Deed& deed);
  absl::StatusOr<User> Enable(const std::string& name, const Deed& deed);
  std::vector<User> List() const;  // by name

  // Begins a session. Unauthenticated, with the same words, for a wrong password, a name that nobody has and an account
  // that is disabled. ResourceExhausted, after which no password was looked at, where too many wrong ones were given
  // for that name or in all, or too many people log in at this moment. Wrong passwords that came from elsewhere do not
  // count for who is at the node's own Unix account (`own_account`): so nobody else can keep an administrator out.
  absl::StatusOr<LoggedIn> LogIn(const std::string& name, std::string_view password, bool own_account = false);
  // Whose session that is. Unauthenticated if there is none: it ended, or never was.
  absl::StatusOr<User> Recognise(std::string_view token) const;
  absl::Status LogOut(std::string_view token);
  // Those that have not ended, the latest first; of one user, or where `user` is empty of all.
  std::vector<Session> Sessions(const std::string& user) const;
  // Ends a session. Where `user` is not empty it must be one of theirs. NotFound.
  absl::StatusOr<Session> End(const std::string& id, const std::string& user, const Deed& deed);

 private:
  class State;
  explicit Accounts(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::users

#endif  // TIDEGATE_NODE_USERS_USERS_H_
