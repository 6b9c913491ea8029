#include "node/door/hello.h"

#include <algorithm>

namespace tidegate::door {
namespace {

constexpr uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22;

}  // namespace

bool HelloWatch::Take(std::string_view bytes) {
  while (!done_ && !bytes.empty()) {
    if (record_left_ > 0) {
      const std::string_view payload = bytes.substr(0, record_left_);
      bytes.remove_prefix(payload.size());
      record_left_ -= payload.size();
      if (type_ == kHandshake && !TakeRecord(payload)) return false;
      continue;
    }
    head_[head_bytes_++] = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (head_bytes_ < sizeof head_) continue;
    head_bytes_ = 0;
    type_ = head_[0];
    record_left_ = static_cast<size_t>(head_[3]) << 8 | head_[4];
    done_ = type_ != kHandshake && type_ != kChangeCipherSpec && type_ != kAlert;
  }
  return true;
}

bool HelloWatch::TakeRecord(std::string_view payload) {
  while (!payload.empty()) {
    if (message_left_ > 0) {
      const size_t body = std::min(message_left_, payload.size());
      message_left_ -= body;
      payload.remove_prefix(body);
      continue;
    }
    message_[message_bytes_++] = static_cast<uint8_t>(payload.front());
    payload.remove_prefix(1);
    if (message_bytes_ < sizeof message_) continue;
    message_bytes_ = 0;
    message_left_ = static_cast<size_t>(message_[1]) << 16 | static_cast<size_t>(message_[2]) << 8 | message_[3];
    if (message_left_ > kMostHello) return false;
  }
  return true;
}

}  // namespace tidegate::door
