// Whether this user may reach a node's files, and who may.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "node/node.h"
#include "text/text.h"

namespace tidegate::node {
namespace {

namespace fs = std::filesystem;

// The owner of `path`, or of the nearest folder above it that this user can see.
std::optional<uid_t> OwnerOf(fs::path path) {
  while (true) {
    struct stat found {};
    if (stat(path.c_str(), &found) == 0) return found.st_uid;
    if (!path.has_relative_path()) return std::nullopt;
    path = path.parent_path();
  }
}

std::string NameOf(uid_t user) {
  std::array<char, 16384> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return absl::StrCat("#", user);  // as sudo takes it
}

}  // namespace

absl::Status CheckReach(const std::string& directory, const std::string& file) {
  std::error_code ignored;
  const fs::path path = fs::absolute(fs::path(directory) / file, ignored).lexically_normal();
  if (eaccess(path.c_str(), R_OK) == 0 || errno != EACCES) return absl::OkStatus();
  const std::optional<uid_t> owner = OwnerOf(path);
  if (!owner.has_value() || *owner == geteuid()) {
    return absl::PermissionDeniedError(absl::StrCat("node: permission denied: this user may not read `",
                                                    text::Line(path.string()), "`; look at its mode with `ls -l`"));
  }
  const std::string name = NameOf(*owner);
  return absl::PermissionDeniedError(absl::StrCat("node: permission denied: `", text::Line(directory),
                                                  "` belongs to another user; run as ", name, ": `sudo -u ", name,
                                                  " tidegate --node ", text::Line(directory), " ...`"));
}

}  // namespace tidegate::node
