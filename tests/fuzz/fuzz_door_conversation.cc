// Any bytes of a caller, inside TLS: the door holds and tells nothing beyond the limits.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "node/door/conversation.h"

namespace door = tidegate::door;

namespace {

class Checking : public door::Desk {
 public:
  void Called(door::StreamId stream, std::string_view path) override {
    if (path.empty() || path.size() > 64 || !open_.emplace(stream, 0).second) std::abort();
    if (open_.size() > door::kMostStreams) std::abort();
  }
  void Received(door::StreamId stream, std::string_view bytes) override {
    const auto found = open_.find(stream);
    if (found == open_.end()) std::abort();
    found->second += bytes.size();
    if (found->second > door::kMaxRequestBytes + 5) std::abort();
  }
  void Asked(door::StreamId stream) override {
    if (open_.count(stream) == 0) std::abort();
  }
  void Cancelled(door::StreamId stream) override {
    if (open_.erase(stream) != 1) std::abort();
  }
  void Sent(door::StreamId, uint32_t) override {}

 private:
  std::map<door::StreamId, size_t> open_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says how the rest comes in pieces; the preface and settings are said for it, since no fuzzer finds
  // them.
  if (size == 0) return 0;
  const size_t piece = data[0] + size_t{1};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Checking desk;
  uint64_t now_ms = 1000;
  door::Conversation conversation(desk, now_ms);
  static constexpr char kFirst[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
  if (!conversation.Take({kFirst, sizeof kFirst - 1}, now_ms)) std::abort();
  std::string out;
  while (!rest.empty()) {
    if (!conversation.Take(rest.substr(0, piece), now_ms)) return 0;
    rest.remove_prefix(std::min(piece, rest.size()));
    now_ms += 10;
    conversation.Send(1, "answer");
    if (!conversation.Give(out, 1 << 16) || !conversation.Tick(now_ms)) return 0;
    out.clear();
  }
  return 0;
}
