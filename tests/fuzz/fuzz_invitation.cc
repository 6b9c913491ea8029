// Invitations and replies as people paste them, spoken codes, addresses, and the rows they become.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/partner/invitation.h"
#include "node/partner/rows.h"
#include "node/partner/words.h"

namespace partner = tidegate::partner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const std::string_view title : {partner::kInvitationArmour, partner::kReplyArmour}) {
    const absl::StatusOr<std::string> bytes = partner::Unarmour(title, input);
    if (bytes.ok() && *partner::Unarmour(title, partner::Armour(title, *bytes)) != *bytes) std::abort();
    const std::string_view inside = bytes.ok() ? std::string_view(*bytes) : input;
    partner::OpenInvitationBytes(inside, "").IgnoreError();
    partner::ReadReplyHead(inside).IgnoreError();
  }
  if (const auto row = partner::DecodePartnerRow(input); row.ok() && row->purposes.empty() && !row->suspended) {
    partner::EncodePartnerRow(*row);
  }
  if (const auto row = partner::DecodeInvitationRow(input); row.ok()) partner::EncodeInvitationRow(*row);
  if (const auto names = partner::DecodeNameList(input); names.ok() && partner::EncodeNameList(*names) != input) {
    std::abort();
  }
  if (const auto code = partner::ReadCode(input); code.ok() && *partner::ReadCode(*code) != *code) std::abort();
  partner::CheckAddress(input).IgnoreError();
  partner::SameFingerprint(input, "0000 0000 0000 0000 0000 0000 0000 0000");
  return 0;
}
