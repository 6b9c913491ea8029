// Circles, as operator.proto has them.
#ifndef TIDEGATE_NODE_API_CIRCLES_H_
#define TIDEGATE_NODE_API_CIRCLES_H_

#include "node/api/rooms.h"
#include "node/flow/flow.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::CircleReply> CreateCircle(const Rooms& rooms, const policy::Principal& who,
                                             const v1::CreateCircleRequest& request);
absl::StatusOr<v1::CircleReply> AddToCircle(const Rooms& rooms, const policy::Principal& who,
                                            flow::Governance& governance, const v1::AddToCircleRequest& request);
absl::StatusOr<v1::CircleReply> DropFromCircle(const Rooms& rooms, const policy::Principal& who,
                                               flow::Governance& governance, const v1::DropFromCircleRequest& request);
// FailedPrecondition where its end would let something go: then its members are dropped first, each as it is shown.
absl::StatusOr<v1::CircleReply> RemoveCircle(const Rooms& rooms, const policy::Principal& who,
                                             flow::Governance& governance, const v1::RemoveCircleRequest& request);
v1::ListCirclesReply ListCircles(const Rooms& rooms);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_CIRCLES_H_
