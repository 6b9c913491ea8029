#include "node/exchange/refusal.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "threads/threads.h"

namespace tidegate::exchange {
namespace {

constexpr absl::string_view kRefusedWords = "refused; reference ";
constexpr size_t kReferenceBytes = 8;

// The code that a partner may learn: it says only whether trying again can help.
absl::StatusCode CodeFor(const absl::Status& error) {
  const std::optional<parcel::Layer> layer = parcel::LayerOf(error);
  if (!layer.has_value()) {
    return absl::IsCancelled(error) ? absl::StatusCode::kCancelled : absl::StatusCode::kUnavailable;
  }
  switch (*layer) {
    case parcel::Layer::kTls:
    case parcel::Layer::kIdentity:
    case parcel::Layer::kAdmission:
      return absl::StatusCode::kPermissionDenied;
    case parcel::Layer::kVersion:
      return absl::StatusCode::kUnimplemented;
    case parcel::Layer::kLimit:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

std::string_view WordsFor(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return "they cannot answer now";
    case absl::StatusCode::kDeadlineExceeded:
      return "no answer in time";
    case absl::StatusCode::kCancelled:
      return "ended by one of us";
    case absl::StatusCode::kPermissionDenied:
      return "refused: they do not let us in";
    case absl::StatusCode::kUnimplemented:
      return "refused: they speak another version";
    case absl::StatusCode::kResourceExhausted:
      return "refused: over one of their limits";
    case absl::StatusCode::kInvalidArgument:
      return "refused: they cannot take what we sent";
    default:
      return "it failed at their side";
  }
}

// How many lines each may still bring about.
class Lines {
 public:
  // How many were left out before this one; nothing if this one is left out too.
  std::optional<uint64_t> Take(std::string_view who, uint64_t now_ms) {
    threads::MutexLock lock(mutex_);
    if (left_.size() >= kMostNames && left_.count(std::string(who)) == 0) who = "others";
    const auto [found, is_new] = left_.try_emplace(std::string(who), Left{kAtOnce, now_ms, 0});
    Left& left = found->second;
    if (now_ms > left.at_ms) {
      const uint64_t more = (now_ms - left.at_ms) / kOneEachMs;
      left.lines = std::min(kAtOnce, left.lines + more);
      left.at_ms += more * kOneEachMs;
    }
    if (left.lines == 0) {
      ++left.out;
      return std::nullopt;
    }
    --left.lines;
    return std::exchange(left.out, 0);
  }

 private:
  static constexpr uint64_t kAtOnce = 100, kOneEachMs = 1000;
  static constexpr size_t kMostNames = 4096;
  struct Left {
    uint64_t lines, at_ms, out;
  };
  threads::Mutex mutex_;
  std::map<std::string, Left> left_ ABSL_GUARDED_BY(mutex_);
};

// The reference in a message that Refused made; empty if the message does not have exactly that form.
std::string ReferenceIn(std::string_view message) {
  if (message.rfind(std::string(kRefusedWords), 0) != 0) return "";
  const std::string_view reference = message.substr(kRefusedWords.size());
  const bool hex = reference.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex && reference.size() == 2 * kReferenceBytes ? std::string(reference) : "";
}

}  // namespace

uint64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::string LogRefusal(const absl::Status& error, std::string_view who, std::string_view during) {
  static Lines& lines = *new Lines();
  const std::optional<uint64_t> left_out = lines.Take(who, NowMs());
  if (!left_out.has_value()) return "";
  std::string reference = absl::BytesToHexString(crypto::Random(kReferenceBytes));
  const std::optional<parcel::Layer> layer = parcel::LayerOf(error);
  std::string said;
  if (layer.has_value()) absl::StrAppend(&said, "refused at layer ", std::string(parcel::LayerName(*layer)), ": ");
  absl::StrAppend(&said, error.message(), " (", std::string(who), ", ", std::string(during), ", reference ", reference,
                  ")");
  if (*left_out > 0) absl::StrAppend(&said, "; ", *left_out, " lines about them were left out before this one");
  spdlog::warn("exchange: {}", said);
  return reference;
}

absl::Status Refused(const absl::Status& error, std::string_view who, std::string_view during) {
  if (error.ok()) return error;
  if (absl::IsCancelled(error)) return absl::CancelledError("");
  const std::string reference = LogRefusal(error, who, during);
  return absl::Status(CodeFor(error), reference.empty() ? "refused" : absl::StrCat(kRefusedWords, reference));
}

absl::Status FromAnswer(int code, std::string_view message, std::string_view during) {
  if (code == 0) return absl::OkStatus();
  const auto known = static_cast<absl::StatusCode>(code);
  std::string told(WordsFor(known));
  const std::string reference = ReferenceIn(message);
  if (!reference.empty()) absl::StrAppend(&told, "; their log has it under reference ", reference);
  return absl::Status(known, absl::StrCat("exchange: ", std::string(during), ": ", told));
}

parcel::Layer LayerFor(door::Reason reason) {
  switch (reason) {
    case door::Reason::kHandshake:
    case door::Reason::kNotPinned:
    case door::Reason::kNotValidNow:
    case door::Reason::kWrongKey:
      return parcel::Layer::kTls;
    case door::Reason::kSuspended:
      return parcel::Layer::kIdentity;
    default:
      return parcel::Layer::kLimit;
  }
}

absl::Status FromLoss(door::Reason reason, std::string_view during) {
  const std::string told = absl::StrCat(std::string(during), ": ", std::string(door::ReasonText(reason)));
  switch (reason) {
    case door::Reason::kTheyRefuse:
    case door::Reason::kTheyDoubtOurClock:
    case door::Reason::kHungUp:
    case door::Reason::kDiallerEnded:
    case door::Reason::kHandshakeTime:
    case door::Reason::kFull:
      return absl::UnavailableError(absl::StrCat("exchange: ", told));
    default:
      return parcel::Refuse(LayerFor(reason), told);
  }
}

}  // namespace tidegate::exchange
