// Partners and circles, for administrators. Each change leaves an entry in the register.
#ifndef TIDEGATE_NODE_API_PARTNERS_H_
#define TIDEGATE_NODE_API_PARTNERS_H_

#include "node/api/api.h"

namespace tidegate::api {

absl::StatusOr<v1::InvitePartnerReply> InvitePartner(const Rooms& rooms, const Actions& actions,
                                                     const v1::InvitePartnerRequest& request);
absl::StatusOr<v1::AcceptInvitationReply> AcceptInvitation(const Rooms& rooms, Actions& actions,
                                                           const v1::AcceptInvitationRequest& request);
absl::StatusOr<v1::PartnerReply> ConfirmPartner(const Rooms& rooms, Actions& actions,
                                                const v1::ConfirmPartnerRequest& request);
v1::ListPartnersReply ListPartners(const Rooms& rooms);

absl::StatusOr<v1::CircleReply> CreateCircle(const Rooms& rooms, const v1::CreateCircleRequest& request);
absl::StatusOr<v1::CircleReply> AddToCircle(const Rooms& rooms, const v1::AddToCircleRequest& request);
v1::ListCirclesReply ListCircles(const Rooms& rooms);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_PARTNERS_H_
