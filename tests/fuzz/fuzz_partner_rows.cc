// Rows of partners, open invitations and lists of names: what is accepted re-encodes identically, or, where it is a row
// of version 0.1, to one that is accepted and does.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/partner/rows.h"

namespace partner = tidegate::partner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto row = partner::DecodePartnerRow(bytes); row.ok()) {
    const std::string written = partner::EncodePartnerRow(*row);
    auto again = partner::DecodePartnerRow(written);
    if (!again.ok() || partner::EncodePartnerRow(*again) != written) std::abort();
    if (bytes.substr(0, 7) == "TDGptn3" && written != bytes) std::abort();
  }
  if (auto row = partner::DecodeFormerRow(bytes); row.ok() && partner::EncodeFormerRow(*row) != bytes) std::abort();
  if (auto row = partner::DecodeInvitationRow(bytes); row.ok() && partner::EncodeInvitationRow(*row) != bytes) {
    std::abort();
  }
  if (auto names = partner::DecodeNameList(bytes); names.ok() && partner::EncodeNameList(*names) != bytes) std::abort();
  return 0;
}
