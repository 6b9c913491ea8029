// Where the token of a login is kept between two commands, and passwords as people give them.
#ifndef TIDEGATE_NODE_COMMAND_SESSION_FILE_H_
#define TIDEGATE_NODE_COMMAND_SESSION_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::command {

// `said` is what --session or TIDEGATE_SESSION says. Otherwise a file for this node in the user's runtime directory
// (XDG_RUNTIME_DIR), which is in memory and goes when the user logs out of the machine. FailedPrecondition where there
// is none.
absl::StatusOr<std::string> SessionFile(const std::string& said, const std::string& node_directory);

// Empty where there is no such file. PermissionDenied where somebody else may read it.
absl::StatusOr<std::string> ReadToken(const std::string& file);
// Mode 0600, and its folder 0700 where it is made. Written whole or not at all.
absl::Status WriteToken(const std::string& file, const std::string& token);
void RemoveToken(const std::string& file);

// From `file`, without the line end behind it; where `file` is empty asked for on the terminal without echo, twice if
// it is new.
absl::StatusOr<std::string> PasswordFrom(const std::string& file, const std::string& whose, bool is_new);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_SESSION_FILE_H_
