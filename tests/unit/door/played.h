// Processes that door_test is started again as, in place of the door: each plays one that is not as it should be.
#ifndef TIDEGATE_TESTS_UNIT_DOOR_PLAYED_H_
#define TIDEGATE_TESTS_UNIT_DOOR_PLAYED_H_

namespace tidegate::door {

inline constexpr char kDeaf[] = "played-deaf";      // reads nothing and never ends by itself
inline constexpr char kTeller[] = "played-teller";  // tells in one frame what its three first files are

// The exit code of the process that `verb` names; -1 where it names none.
int Play(const char* verb);

}  // namespace tidegate::door

#endif  // TIDEGATE_TESTS_UNIT_DOOR_PLAYED_H_
