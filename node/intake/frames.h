// What passes between the node and the process that reads a foreign file for it: INTAKE.md, "A process of its own".
//
// The node believes nothing of it: whatever took over the reader can still only hand over drafts that a file could have
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

// The file itself is open as a descriptor of the reader (reader_pipes.h).
absl::StatusOr<std::string> EncodeAssignment(const Assignment& assignment);
absl::StatusOr<Assignment> DecodeAssignment(std::string_view bytes);

// A batch has ended: its items are to be handed over.
struct BatchEnd {};
// The last frame: what came of it.
struct ReadEnd {
  absl::Status status;
  Summary summary;  // if `status` is OK
};
// In an Item, `original` shows the frame's own bytes.
using Frame = std::variant<Item, Reject, BatchEnd, ReadEnd>;

inline constexpr std::size_t kFrameHead = 4;  // u32, the length of what follows
inline constexpr std::size_t kMostFrameBytes = std::size_t{32} << 20;

// With their head. An item or reject that no frame can hold is refused.
absl::StatusOr<std::string> EncodeItem(const Item& item);
absl::StatusOr<std::string> EncodeReject(const Reject& reject);
std::string EncodeBatchEnd();
std::string EncodeReadEnd(const absl::Status& status, const Summary& summary);
// Without its head; untrusted. An item is as valid as one that Read hands over.
absl::StatusOr<Frame> DecodeFrame(std::string_view bytes);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_FRAMES_H_
