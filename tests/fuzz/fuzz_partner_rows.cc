// Rows of partners, open invitations and lists of names: what is accepted re-encodes identically.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/partner/rows.h"

namespace partner = tidegate::partner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto row = partner::DecodePartnerRow(bytes); row.ok() && partner::EncodePartnerRow(*row) != bytes) std::abort();
  if (auto row = partner::DecodeInvitationRow(bytes); row.ok() && partner::EncodeInvitationRow(*row) != bytes) {
    std::abort();
  }
  if (auto names = partner::DecodeNameList(bytes); names.ok() && partner::EncodeNameList(*names) != bytes) std::abort();
  return 0;
}
