// Any bytes of a server that we dialled, inside TLS: the dialler tells nothing that nobody asked for, and no more than
// the windows allow.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "node/door/inquiry.h"

namespace door = tidegate::door;

namespace {

class Checking : public door::Ear {
 public:
  void Begun(door::StreamId call) { open_[call] = 0; }
  void Taken(door::StreamId call, size_t bytes) {
    const auto found = open_.find(call);
    if (found != open_.end()) found->second -= std::min(bytes, found->second);
  }
  void Sent(door::StreamId call, uint32_t bytes) override {
    if (open_.count(call) == 0 || bytes > door::kSendWindow) std::abort();
  }
  void Received(door::StreamId call, std::string_view bytes) override {
    const auto found = open_.find(call);
    if (found == open_.end()) std::abort();
    found->second += bytes.size();
    if (found->second > door::kReceiveWindow) std::abort();
  }
  void Ended(door::StreamId call, uint8_t status, std::string_view message) override {
    if (open_.erase(call) != 1 || status > 16 || message.size() > 200) std::abort();
  }

 private:
  std::map<door::StreamId, size_t> open_;  // and bytes that are not taken
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says how the rest comes in pieces; the settings are said for it, since no fuzzer finds them.
  if (size == 0) return 0;
  const size_t piece = data[0] + size_t{1};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Checking ear;
  uint64_t now_ms = 1000;
  door::Inquiry inquiry(ear, now_ms);
  inquiry.Opened(now_ms);
  for (const door::StreamId call : {1, 2, 3}) {
    ear.Begun(call);
    inquiry.Call(call, "/tidegate.v1.Exchange/Follow");
    inquiry.Send(call, "request");
  }
  inquiry.Whole(1);
  inquiry.Whole(2);
  std::string out;
  if (!inquiry.Give(out, 1 << 16)) std::abort();
  static constexpr char kFirst[] = "\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
  if (!inquiry.Take({kFirst, sizeof kFirst - 1}, now_ms)) std::abort();
  for (size_t turn = 0; !rest.empty(); ++turn) {
    out.clear();
    if (!inquiry.Take(rest.substr(0, piece), now_ms) || !inquiry.Give(out, 1 << 16) || !inquiry.Tick(now_ms)) return 0;
    rest.remove_prefix(std::min(piece, rest.size()));
    now_ms += 10;
    if (turn % 3 == 1) {
      inquiry.Taken(1, 1000);
      ear.Taken(1, 1000);
    }
    if (turn == 5) inquiry.Whole(3);
  }
  return 0;
}
