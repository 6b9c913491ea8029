// Circles, as operator.proto has them.
#ifndef TIDEGATE_NODE_API_CIRCLES_H_
#define TIDEGATE_NODE_API_CIRCLES_H_

#include <cstdint>

#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::CircleReply> CreateCircle(partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             const v1::CreateCircleRequest& request);
absl::StatusOr<v1::CircleReply> AddToCircle(const partner::Directory& directory, const policy::Principal& who,
                                            uint64_t now_ms, flow::Governance& governance,
                                            const v1::AddToCircleRequest& request);
absl::StatusOr<v1::CircleReply> DropFromCircle(const partner::Directory& directory, const policy::Principal& who,
                                               uint64_t now_ms, flow::Governance& governance,
                                               const v1::DropFromCircleRequest& request);
// FailedPrecondition if its end would let something go. Then its members must be dropped first, each with its own plan.
absl::StatusOr<v1::CircleReply> RemoveCircle(partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             flow::Governance& governance, const v1::RemoveCircleRequest& request);
// FailedPrecondition as Governance::RenameCircle has it.
absl::StatusOr<v1::CircleReply> RenameCircle(const partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             flow::Governance& governance, const v1::RenameCircleRequest& request);
v1::ListCirclesReply ListCircles(const partner::Directory& directory);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_CIRCLES_H_
