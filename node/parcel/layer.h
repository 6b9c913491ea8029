// The layer that refused: ARCHITECTURE.md §1, idea 6. Carried by an absl::Status as a payload, so that it survives
// every room between the refusal and the log line.
#ifndef TIDEGATE_NODE_PARCEL_LAYER_H_
#define TIDEGATE_NODE_PARCEL_LAYER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace tidegate::parcel {

// In the order in which a parcel meets them. The numbers travel in receipts and are fixed.
enum class Layer : uint8_t {
  kTls = 1,
  kIdentity = 2,
  kVersion = 3,
  kManifest = 4,
  kSequence = 5,
  kLimit = 6,
  kSeal = 7,
  kOpening = 8,
  kProof = 9,
  kCheckpoint = 10,
  kHandling = 11,
  kAdmission = 12,
};

std::string_view LayerName(Layer layer);  // "tls", "identity", ...
std::optional<Layer> LayerFrom(uint8_t number);

// An error of that layer: `parcel: <layer>: <message>`. The message must be fit for a log.
absl::Status Refuse(Layer layer, std::string_view message);
// The same for an error that another room made; code and message are kept.
absl::Status AtLayer(Layer layer, const absl::Status& error);
// The layer of an error; none if it bears none, which means that the fault is ours (disk full, for instance).
std::optional<Layer> LayerOf(const absl::Status& error);

}  // namespace tidegate::parcel

#endif  // TIDEGATE_NODE_PARCEL_LAYER_H_
