// The frames between the node and the process that reads a foreign file: INTAKE.md, "A process of its own".
//
// The node trusts no frame. Even an attacker who took over the reader can only hand over drafts that a file could have
// held.
#ifndef TIDEGATE_NODE_INTAKE_FRAMES_H_
#define TIDEGATE_NODE_INTAKE_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/intake.h"

namespace tidegate::intake {

// The reader has the file open as a descriptor (reader_pipes.h).
absl::StatusOr<std::string> EncodeAssignment(const Assignment& assignment);
absl::StatusOr<Assignment> DecodeAssignment(std::string_view bytes);

// A batch has ended: hand over its items.
struct BatchEnd {};
// The last frame: how the reading ended.
struct ReadEnd {
  absl::Status status;
  Summary summary;  // if `status` is OK
};
// The `original` of an Item shows bytes of the frame.
using Frame = std::variant<Item, Reject, BatchEnd, ReadEnd, TableHead, Proposal>;

inline constexpr std::size_t kFrameHead = 4;  // u32, the length of what follows
inline constexpr std::size_t kMostFrameBytes = std::size_t{32} << 20;

// A frame with its head. Refuses an item or reject that is too long for a frame.
absl::StatusOr<std::string> EncodeItem(const Item& item);
absl::StatusOr<std::string> EncodeReject(const Reject& reject);
// Refuses more columns or longer names than a frame holds.
absl::StatusOr<std::string> EncodeTableHead(const TableHead& head);
// Refuses more columns or longer texts than a frame holds.
absl::StatusOr<std::string> EncodeProposal(const Proposal& proposal);
std::string EncodeBatchEnd();
std::string EncodeReadEnd(const absl::Status& status, const Summary& summary);
// Reads a frame without its head, which is untrusted. An item is then as valid as one that Read hands over.
absl::StatusOr<Frame> DecodeFrame(std::string_view bytes);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_FRAMES_H_
