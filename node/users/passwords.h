// Passwords: which may be taken, and what is kept of them. Private to the room.
#ifndef TIDEGATE_NODE_USERS_PASSWORDS_H_
#define TIDEGATE_NODE_USERS_PASSWORDS_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/users/rows.h"
#include "threads/threads.h"

namespace tidegate::users {

// InvalidArgument, saying which rule, for a password that is too short or too long, that is guessed early (common
// words, rows of the keyboard, one piece again and again), or that is made of `name`.
absl::Status CheckNewPassword(std::string_view password, std::string_view name);

// Works with passwords, in few threads at a time: each takes 64 MiB while it does.
class PasswordWork {
 public:
  explicit PasswordWork(const crypto::Argon2Cost& cost) : cost_(cost) {}

  // ResourceExhausted if too many wait already.
  absl::StatusOr<Digested> Digest(std::string_view password);
  // Whether it is that password. The time does not depend on the answer.
  absl::StatusOr<bool> Matches(std::string_view password, const Digested& digested);
  // What a password for a name that nobody has is compared with: no password matches, at the same cost.
  Digested Nobody() const;

  static constexpr size_t kMostAtOnce = 2;
  static constexpr size_t kMostWaiting = 16;

 private:
  class Turn;

  const crypto::Argon2Cost cost_;
  threads::Mutex mutex_;
  threads::Condition left_;
  size_t working_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tidegate::users

#endif  // TIDEGATE_NODE_USERS_PASSWORDS_H_
