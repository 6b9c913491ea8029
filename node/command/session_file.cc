#include "node/command/session_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostTokenBytes = 256;
constexpr size_t kMostPasswordBytes = 4096;
constexpr size_t kNodeDigits = 16;

// Silence on the terminal, until the end of the block.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

absl::StatusOr<std::string> AskFor(const std::string& question) {
  std::cerr << question << ": " << std::flush;
  const NoEcho silent;
  std::string answer;
  if (!std::getline(std::cin, answer)) return absl::InvalidArgumentError("no password was given");
  return answer;
}

void WarnOfReaders(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  std::cerr << "tidegate: others on this machine may read `" << file << "`: chmod 600 it\n";
}

}  // namespace

absl::StatusOr<std::string> SessionFile(const std::string& said, const std::string& node_directory) {
  if (!said.empty()) return said;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') {
    return absl::FailedPreconditionError(
        "this login has no runtime directory (XDG_RUNTIME_DIR is not set): say where the session is kept, with "
        "--session FILE or TIDEGATE_SESSION");
  }
  std::error_code error;
  const fs::path node = fs::weakly_canonical(node_directory, error);
  const crypto::Hash hash = crypto::HashOf({error ? node_directory : node.string()});
  return absl::StrCat(runtime, "/tidegate/",
                      absl::BytesToHexString(std::string(crypto::View(hash))).substr(0, kNodeDigits), ".session");
}

absl::StatusOr<std::string> ReadToken(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return std::string();
  if (status.st_uid != geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("others may read or write `", file, "`, so its session is not used; remove it and log in again"));
  }
  auto token = ReadFile(file, kMostTokenBytes);
  if (!token.ok()) return token;
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  return token;
}

absl::Status WriteToken(const std::string& file, const std::string& token) {
  std::error_code error;
  const fs::path folder = fs::path(file).parent_path();
  if (!folder.empty() && !fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (!error) chmod(folder.c_str(), 0700);
  }
  const std::string partial = absl::StrCat(file, ".", getpid(), ".partial");
  unlink(partial.c_str());
  const int out = open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const auto cannot = [&] {
    return absl::FailedPreconditionError(absl::StrCat("cannot write the session to `", file,
                                                      "`: ", std::strerror(errno), "; say where with --session FILE"));
  };
  if (out < 0) return cannot();
  const std::string line = token + "\n";
  const bool written = write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (close(out) != 0 || !written || rename(partial.c_str(), file.c_str()) != 0) {
    const absl::Status why = cannot();
    unlink(partial.c_str());
    return why;
  }
  return absl::OkStatus();
}

void RemoveToken(const std::string& file) { unlink(file.c_str()); }

absl::StatusOr<std::string> PasswordFrom(const std::string& file, const std::string& whose, bool is_new) {
  if (!file.empty()) {
    auto password = ReadFile(file, kMostPasswordBytes);
    if (!password.ok()) return password;
    WarnOfReaders(file);
    while (!password->empty() && (password->back() == '\n' || password->back() == '\r')) password->pop_back();
    return password;
  }
  if (isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError("there is no terminal to ask for the password on; give --password-file FILE");
  }
  auto password = AskFor(absl::StrCat(is_new ? "New password of " : "Password of ", whose));
  if (!password.ok() || !is_new) return password;
  auto again = AskFor("The same again");
  if (!again.ok()) return again;
  if (*again != *password) return absl::InvalidArgumentError("these were two different passwords; nothing was changed");
  return password;
}

}  // namespace tidegate::command
