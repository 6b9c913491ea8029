#include "node/parcel/layer.h"

#include <array>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace tidegate::parcel {
namespace {

constexpr char kPayload[] = "tidegate.parcel/layer";
constexpr std::array<std::string_view, 13> kNames = {"",           "tls",      "identity", "version", "manifest",
                                                     "sequence",   "limit",    "seal",     "opening", "proof",
                                                     "checkpoint", "handling", "admission"};

void Mark(absl::Status& status, Layer layer) {
  status.SetPayload(kPayload, absl::Cord(std::string(1, static_cast<char>(layer))));
}

std::string Sentence(Layer layer, const std::string& message) {
  return absl::StrCat("parcel: ", std::string(LayerName(layer)), ": ", message);
}

absl::StatusCode CodeOf(Layer layer) {
  switch (layer) {
    case Layer::kTls:
    case Layer::kIdentity:
    case Layer::kAdmission:
      return absl::StatusCode::kPermissionDenied;
    case Layer::kVersion:
      return absl::StatusCode::kUnimplemented;
    case Layer::kSequence:
      return absl::StatusCode::kFailedPrecondition;
    case Layer::kLimit:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

}  // namespace

std::string_view LayerName(Layer layer) { return kNames[static_cast<size_t>(layer)]; }

std::optional<Layer> LayerFrom(uint8_t number) {
  if (number == 0 || number >= kNames.size()) return std::nullopt;
  return static_cast<Layer>(number);
}

absl::Status Refuse(Layer layer, std::string_view message) {
  absl::Status status(CodeOf(layer), Sentence(layer, std::string(message)));
  Mark(status, layer);
  return status;
}

absl::Status AtLayer(Layer layer, const absl::Status& error) {
  if (error.ok() || LayerOf(error).has_value()) return error;
  absl::Status status(error.code(), Sentence(layer, std::string(error.message())));
  error.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { status.SetPayload(url, payload); });
  Mark(status, layer);
  return status;
}

std::optional<Layer> LayerOf(const absl::Status& error) {
  absl::optional<absl::Cord> payload = error.GetPayload(kPayload);
  if (!payload.has_value() || payload->size() != 1) return std::nullopt;
  return LayerFrom(static_cast<uint8_t>((*payload)[0]));
}

}  // namespace tidegate::parcel
