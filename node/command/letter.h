// Letters between nodes, as files. A letter holds half of a secret, so only its owner may read it.
#ifndef TIDEGATE_NODE_COMMAND_LETTER_H_
#define TIDEGATE_NODE_COMMAND_LETTER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tidegate::command {

// OK if WriteLetter may write to `path`. AlreadyExists if a file is there that is not a letter of ours, and `overwrite`
// is false. FailedPrecondition if something other than a plain file is there.
absl::Status CheckLetter(const std::string& path, bool overwrite);
// Mode 0600, never through a symbolic link. An older letter of ours is replaced.
absl::Status WriteLetter(const std::string& path, std::string_view text, bool overwrite);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_LETTER_H_
