// How partners and open invitations are kept in the store: PARTNER.md, "At rest". Private to this room.
#ifndef TIDEGATE_NODE_PARTNER_ROWS_H_
#define TIDEGATE_NODE_PARTNER_ROWS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/partner/invitation.h"
#include "node/partner/partner.h"

namespace tidegate::partner {

// What of a partner cannot be computed from the rest.
struct PartnerRow {
  SignedNotice key_notice, kem_notice;
  std::string address;
  std::string fingerprint;
  std::string reply;
  bool confirmed_by_us = false;
  bool confirmed_by_them = false;
  bool suspended = false;
  bool quantum_safe = false;
  std::vector<std::string> purposes;
  std::vector<std::string> legal_bases;
  uint64_t since_ms = 0;
};
std::string EncodePartnerRow(const PartnerRow& row);
absl::StatusOr<PartnerRow> DecodePartnerRow(std::string_view bytes);
// The partner as others see it; circles are left empty. InvalidArgument when the notices do not verify.
absl::StatusOr<Partner> PartnerFrom(const PartnerRow& row, const Identity& identity);

struct InvitationRow {
  InvitationId id{};
  crypto::Hash hash{};  // of the whole invitation
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;
  bool with_code = false;
  std::string fingerprint;
};
std::string EncodeInvitationRow(const InvitationRow& row);
absl::StatusOr<InvitationRow> DecodeInvitationRow(std::string_view bytes);

// Sorted names, for circles and purposes.
std::string EncodeNameList(const std::vector<std::string>& names);
absl::StatusOr<std::vector<std::string>> DecodeNameList(std::string_view bytes);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_ROWS_H_
