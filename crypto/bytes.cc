#include "crypto/bytes.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace tidegate::crypto {

void ByteWriter::DieOfLength(size_t length, size_t limit) {
  std::fprintf(stderr, "crypto: %zu bytes were written under a length prefix of at most %zu\n", length, limit);
  std::abort();
}

absl::Status ByteReader::Finish(std::string_view what) const {
  if (!ok_) {
    return absl::InvalidArgumentError(
        absl::StrCat("crypto: ", std::string(what), " is cut short or wrong at byte ", at_, " of ", input_.size()));
  }
  if (at_ != input_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("crypto: ", std::string(what), " ends at byte ", at_, " but ",
                                                   input_.size() - at_, " more follow"));
  }
  return absl::OkStatus();
}

}  // namespace tidegate::crypto
