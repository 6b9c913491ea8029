// Rows of accounts and sessions: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/users/rows.h"

namespace users = tidegate::users;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto row = users::DecodeAccount(bytes); row.ok() && users::EncodeAccount(*row) != bytes) std::abort();
  if (auto row = users::DecodeSession(bytes); row.ok() && users::EncodeSession(*row) != bytes) std::abort();
  return 0;
}
