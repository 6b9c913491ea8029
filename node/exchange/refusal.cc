#include "node/exchange/refusal.h"

#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/parcel/parcel.h"

namespace tidegate::exchange {
namespace {

// What a partner may learn: whether trying again can help.
grpc::StatusCode CodeFor(const absl::Status& error) {
  const std::optional<parcel::Layer> layer = parcel::LayerOf(error);
  if (!layer.has_value()) {
    return absl::IsCancelled(error) ? grpc::StatusCode::CANCELLED : grpc::StatusCode::UNAVAILABLE;
  }
  switch (*layer) {
    case parcel::Layer::kTls:
    case parcel::Layer::kIdentity:
    case parcel::Layer::kAdmission:
      return grpc::StatusCode::PERMISSION_DENIED;
    case parcel::Layer::kVersion:
      return grpc::StatusCode::UNIMPLEMENTED;
    case parcel::Layer::kLimit:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    default:
      return grpc::StatusCode::INVALID_ARGUMENT;
  }
}

}  // namespace

void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* line) { spdlog::debug("exchange: grpc: {}", line->message); });
}

uint64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::string LogRefusal(const absl::Status& error, std::string_view who, std::string_view during) {
  const std::string reference = absl::BytesToHexString(crypto::Random(8));
  const std::optional<parcel::Layer> layer = parcel::LayerOf(error);
  const std::string message(error.message());
  if (layer.has_value()) {
    spdlog::warn("exchange: refused at layer {}: {} ({}, {}, reference {})", parcel::LayerName(*layer), message, who,
                 during, reference);
  } else {
    spdlog::warn("exchange: {} ({}, {}, reference {})", message, who, during, reference);
  }
  return reference;
}

grpc::Status Refused(const absl::Status& error, std::string_view who, std::string_view during) {
  if (error.ok()) return grpc::Status::OK;
  if (absl::IsCancelled(error)) return grpc::Status(grpc::StatusCode::CANCELLED, "");
  return grpc::Status(CodeFor(error), absl::StrCat("refused; reference ", LogRefusal(error, who, during)));
}

absl::Status FromGrpc(const grpc::Status& status, std::string_view during) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("exchange: ", std::string(during), ": ", status.error_message().substr(0, 200)));
}

}  // namespace tidegate::exchange
