// The rights that a door gives up before it lets anybody in. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_CONFINE_H_
#define TIDEGATE_NODE_DOOR_CONFINE_H_

#include <cstddef>

#include "absl/status/status.h"

namespace tidegate::door {

// The memory that a door may take beyond what it has at its start. Malloc fails beyond it.
inline constexpr size_t kMemoryBytes = size_t{64} << 20;

// Raises the number of files that this process may open as far as it may, at most to `most`; gives what it now is.
size_t RaiseFiles(size_t most);

// No core dumps, no debugger, no memory beyond kMemoryBytes, and no system calls but those of
// sockets, memory and time: others fail. Builds with sanitizers keep memory and system calls as they are, for a
// sanitizer needs both.
absl::Status Confine();

// Gives freed memory back to the machine now, if the allocator can do so.
void GiveMemoryBack();

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CONFINE_H_
