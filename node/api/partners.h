// Partners and circles, for administrators. Each change leaves an entry in the register.
#ifndef TIDEGATE_NODE_API_PARTNERS_H_
#define TIDEGATE_NODE_API_PARTNERS_H_

#include <string>

#include "node/api/rooms.h"
#include "node/flow/flow.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::InvitePartnerReply> InvitePartner(const Rooms& rooms, const policy::Principal& who,
                                                     const flow::Lines& lines, const v1::InvitePartnerRequest& request);
absl::StatusOr<v1::AcceptInvitationReply> AcceptInvitation(const Rooms& rooms, const policy::Principal& who,
                                                           flow::Lines& lines,
                                                           const v1::AcceptInvitationRequest& request);
absl::StatusOr<v1::PartnerReply> ConfirmPartner(const Rooms& rooms, const policy::Principal& who, flow::Lines& lines,
                                                flow::Governance& governance, const v1::ConfirmPartnerRequest& request);
absl::StatusOr<v1::PartnerReply> SuspendPartner(const Rooms& rooms, const policy::Principal& who,
                                                flow::Governance& governance, const v1::SuspendPartnerRequest& request);
absl::StatusOr<v1::RemovePartnerReply> RemovePartner(const Rooms& rooms, const policy::Principal& who,
                                                     flow::Removals& removals, const v1::RemovePartnerRequest& request);
absl::StatusOr<v1::PartnerReply> SetPartner(const Rooms& rooms, const policy::Principal& who,
                                            const v1::SetPartnerRequest& request);
absl::StatusOr<v1::CancelPairingReply> CancelPairing(const Rooms& rooms, const policy::Principal& who,
                                                     const v1::CancelPairingRequest& request);
v1::ListPartnersReply ListPartners(const Rooms& rooms);
// What an earlier version left for an administrator to look at: told at every start and in `status`, until it is done.

// What this node says of one partner.
v1::PartnerReply Describe(const partner::Partner& partner);
// The same of a partner by name, as it is now. NotFound.
absl::StatusOr<v1::PartnerReply> Now(const Rooms& rooms, const std::string& organisation);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_PARTNERS_H_
