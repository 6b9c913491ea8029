#include "node/exchange/refusal.h"

#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/parcel/parcel.h"

namespace tidegate::exchange {
namespace {

constexpr std::string_view kRefusedWords = "refused; reference ";
constexpr size_t kReferenceBytes = 8;

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

// A partner writes every letter of a status's message, so none of it is repeated. Of what our own library writes there
// we know these words, and say it in ours; a partner who sends them makes us say no more than that.
constexpr std::pair<std::string_view, std::string_view> kKnownCauses[] = {
    {"Connection refused", "nobody listens at their address"},
    {"DNS resolution failed", "their address has a name that nobody knows"},
    {"handshak", "the handshake failed; one side does not take the other's certificate"},
    {"Handshak", "the handshake failed; one side does not take the other's certificate"},
    {"No route to host", "no route leads to their address"},
    {"etwork is unreachable", "no network"},
    {"imed out", "no answer in time"},
    {"Deadline Exceeded", "no answer in time"},
    {"Socket closed", "the connection was closed"},
    {"onnection reset", "the connection was closed"},
    {"GOAWAY", "the connection was closed"},
    {"RST_STREAM", "the stream was closed"},
};

std::string WordsFor(const grpc::Status& status) {
  const std::string& message = status.error_message();
  std::string_view cause;
  for (const auto& [written, meant] : kKnownCauses) {
    if (message.find(written) != std::string::npos) {
      cause = meant;
      break;
    }
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::StrCat("cannot be reached or cannot answer now", cause.empty() ? "" : ": ", std::string(cause));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "no answer in time";
    case grpc::StatusCode::CANCELLED:
      return "ended by one of us";
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return "refused: they do not let us in";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "refused: they speak another version";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "refused: over one of their limits";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "refused: they cannot take what we sent";
    default:
      return absl::StrCat("failed with code ", static_cast<int>(status.error_code()));
  }
}

// What Refused gives its reference after, and the reference; empty where a message does not have exactly that form.
std::string ReferenceIn(std::string_view message) {
  if (message.rfind(kRefusedWords, 0) != 0) return "";
  const std::string_view reference = message.substr(kRefusedWords.size());
  const bool hex = reference.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex && reference.size() == 2 * kReferenceBytes ? std::string(reference) : "";
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
  const std::string reference = absl::BytesToHexString(crypto::Random(kReferenceBytes));
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
  return grpc::Status(CodeFor(error), absl::StrCat(std::string(kRefusedWords), LogRefusal(error, who, during)));
}

absl::Status FromGrpc(const grpc::Status& status, std::string_view during) {
  if (status.ok()) return absl::OkStatus();
  std::string told = WordsFor(status);
  const std::string reference = ReferenceIn(status.error_message());
  if (!reference.empty()) absl::StrAppend(&told, "; their log has it under reference ", reference);
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("exchange: ", std::string(during), ": ", told));
}

}  // namespace tidegate::exchange
