#include "node/operators/own_account.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"

namespace tidegate::operators {

absl::StatusOr<std::unique_ptr<OwnAccount>> OwnAccount::Make(const std::string& folder) {
  std::string random(32, '\0');
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return absl::InternalError("operators: the system gives no random bytes");
  }
  std::string secret = absl::BytesToHexString(random);
  std::string path = absl::StrCat(folder, "/operator.own");
  // A file that a killed node left goes; a new one is made, so that nobody has it open already.
  (void)unlink(path.c_str());
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written = file >= 0 && write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size());
  const int error = errno;
  if (file >= 0) close(file);
  if (!written) {
    return absl::FailedPreconditionError(
        absl::StrCat("operators: cannot write `", path, "`: ", std::string(std::strerror(error))));
  }
  return std::unique_ptr<OwnAccount>(new OwnAccount(std::move(path), std::move(secret)));
}

OwnAccount::~OwnAccount() { (void)unlink(path_.c_str()); }

bool OwnAccount::Is(std::string_view said) const { return crypto::ConstantTimeEqual(said, secret_); }

}  // namespace tidegate::operators
