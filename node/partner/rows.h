// How partners and open invitations are kept in the store: PARTNER.md, "At rest". Private to this room.
#ifndef TIDEGATE_NODE_PARTNER_ROWS_H_
#define TIDEGATE_NODE_PARTNER_ROWS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/partner/invitation.h"
#include "node/partner/partner.h"

namespace tidegate::partner {

// The facts about a partner that cannot be computed from others.
struct PartnerRow {
  SignedNotice key_notice, kem_notice;
  std::string address;
  std::string claimed_address;
  std::string letter_fingerprint;  // of the invitation or reply that they sent us
  std::string reply;
  bool confirmed_by_us = false;
  bool confirmed_by_them = false;
  bool suspended = false;
  bool leaving = false;
  bool mismatched = false;
  bool to_review = false;
  bool quantum_safe = false;
  std::string sector;   // ours
  std::string country;  // ours
  // The proof that we show, and the one that they must show. Either both are there or neither.
  std::optional<PairProof> own_proof, their_proof;
  std::vector<std::string> purposes;
  std::vector<std::string> legal_bases;
  uint64_t since_ms = 0;
};
std::string EncodePartnerRow(const PartnerRow& row);
// Also reads rows of version 0.1. If that version had confirmed the partner, its sector and country are unset and an
// administrator must review it.
absl::StatusOr<PartnerRow> DecodePartnerRow(std::string_view bytes);
// The partner as others see it; circles are left empty. InvalidArgument when the notices do not verify.
absl::StatusOr<Partner> PartnerFrom(const PartnerRow& row, const Identity& identity);

// The keys under which a removed partner wrote.
struct FormerRow {
  SignedNotice key_notice;
  uint64_t removed_ms = 0;
};
std::string EncodeFormerRow(const FormerRow& row);
absl::StatusOr<FormerRow> DecodeFormerRow(std::string_view bytes);

struct InvitationRow {
  InvitationId id{};
  crypto::Hash hash{};  // of the whole invitation
  uint64_t created_ms = 0;
  uint64_t expires_ms = 0;
  bool with_code = false;
  std::string fingerprint;
  std::string invitee = {};  // empty for anybody, as in version 0.1
};
std::string EncodeInvitationRow(const InvitationRow& row);
absl::StatusOr<InvitationRow> DecodeInvitationRow(std::string_view bytes);

// Sorted names, for circles and purposes.
std::string EncodeNameList(const std::vector<std::string>& names);
absl::StatusOr<std::vector<std::string>> DecodeNameList(std::string_view bytes);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_ROWS_H_
