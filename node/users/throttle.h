// Slows those who guess passwords: for one name, and over all names together. Private to the room.
#ifndef TIDEGATE_NODE_USERS_THROTTLE_H_
#define TIDEGATE_NODE_USERS_THROTTLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "threads/threads.h"

namespace tidegate::users {

// Names that nobody has are counted like others, so that an answer never tells which there are. What the node's own
// Unix account tries is counted apart: whoever else reaches the socket cannot keep it out by wrong passwords. Kept in
// memory: a start of the node begins anew.
class Throttle {
 public:
  static constexpr uint32_t kFree = 10;               // wrong passwords in a row that cost nothing
  static constexpr uint64_t kFirstWaitMs = 5'000;     // before the eleventh; doubles with each
  static constexpr uint64_t kLongestWaitMs = 30'000;  // so nobody keeps a name for long after they stop
  static constexpr uint64_t kForgottenMs = uint64_t{60} * 60 * 1'000;  // after the last
  static constexpr size_t kMostInAll = 60;  // wrong passwords of a minute, whatever the names
  static constexpr uint64_t kMinuteMs = 60'000;
  static constexpr size_t kMostNames = 4096;

  Throttle();

  struct Turn {
    uint64_t wait_ms = 0;  // not now: only after so long
    uint32_t wrong = 0;    // wrong passwords in a row, if this one is wrong too
  };
  // Somebody wants to try a password for that name. Counts as a wrong one until Right, so that many at once are not
  // more than many in a row.
  Turn Try(std::string_view name, uint64_t now_ms, bool own_account = false);
  void Right(std::string_view name, bool own_account = false);

 private:
  struct Wrong {
    uint32_t count = 0;
    uint64_t last_ms = 0;
    uint64_t next_ms = 0;  // no password is looked at before
  };
  struct Tried {
    std::map<crypto::Hash, Wrong> names;
    std::deque<std::pair<uint64_t, crypto::Hash>> minute;
  };
  crypto::Hash KeyOf(std::string_view name) const;
  static void MakeRoom(std::map<crypto::Hash, Wrong>& names, uint64_t now_ms);

  const std::string secret_;  // so that nobody can choose names that meet in the table
  threads::Mutex mutex_;
  Tried others_ ABSL_GUARDED_BY(mutex_);
  Tried own_account_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::users

#endif  // TIDEGATE_NODE_USERS_THROTTLE_H_
