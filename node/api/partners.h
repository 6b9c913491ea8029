// Partners and circles, for administrators. Each change leaves an entry in the register.
#ifndef TIDEGATE_NODE_API_PARTNERS_H_
#define TIDEGATE_NODE_API_PARTNERS_H_

#include <cstdint>
#include <string>

#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::InvitePartnerReply> InvitePartner(partner::Directory& directory, const policy::Principal& who,
                                                     uint64_t now_ms, const flow::Lines& lines,
                                                     const v1::InvitePartnerRequest& request);
absl::StatusOr<v1::AcceptInvitationReply> AcceptInvitation(partner::Directory& directory, const policy::Principal& who,
                                                           uint64_t now_ms, flow::Lines& lines,
                                                           const v1::AcceptInvitationRequest& request);
absl::StatusOr<v1::PartnerReply> ConfirmPartner(const partner::Directory& directory, const policy::Principal& who,
                                                uint64_t now_ms, flow::Lines& lines, flow::Governance& governance,
                                                const v1::ConfirmPartnerRequest& request);
absl::StatusOr<v1::PartnerReply> SuspendPartner(partner::Directory& directory, const policy::Principal& who,
                                                uint64_t now_ms, flow::Governance& governance,
                                                const v1::SuspendPartnerRequest& request);
absl::StatusOr<v1::RemovePartnerReply> RemovePartner(const policy::Principal& who, uint64_t now_ms,
                                                     flow::Removals& removals, const v1::RemovePartnerRequest& request);
absl::StatusOr<v1::PartnerReply> SetPartner(partner::Directory& directory, const policy::Principal& who,
                                            uint64_t now_ms, const v1::SetPartnerRequest& request);
absl::StatusOr<v1::CancelPairingReply> CancelPairing(partner::Directory& directory, const policy::Principal& who,
                                                     uint64_t now_ms, const v1::CancelPairingRequest& request);
v1::ListPartnersReply ListPartners(const partner::Directory& directory, uint64_t now_ms);
// Items that an earlier version left for an administrator. Each start logs them and `status` shows them until they are
// done.

// Describes one partner as the API shows it.
v1::PartnerReply Describe(const partner::Partner& partner);
// The same of a partner by name, as it is now. NotFound.
absl::StatusOr<v1::PartnerReply> Now(const partner::Directory& directory, const std::string& organisation);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_PARTNERS_H_
