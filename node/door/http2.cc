#include "node/door/http2.h"

#include <new>

#include "node/door/clock.h"

namespace tidegate::door {
namespace {

constexpr size_t kMaxHeaderBlock = 16384;    // as it comes, compressed
constexpr int kMaxHeaderParts = 4;           // HEADERS and CONTINUATION of one block
constexpr size_t kMaxAcknowledgements = 64;  // pings and settings whose answers the other side does not take
constexpr size_t kSmallPiece = 256;          // of data, or of what one read gives: less is counted as a frame

constexpr uint64_t kSettingsMs = 5000;
constexpr uint64_t kPingMs = 20000;
constexpr uint64_t kDeadMs = 60000;

}  // namespace

nghttp2_nv Field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

Http2::Http2(uint64_t now_ms)
    : now_ms_(now_ms),
      began_ms_(now_ms),
      heard_ms_(now_ms),
      pinged_ms_(now_ms),
      frames_(20000, 10000, now_ms),
      pieces_(20000, 10000, now_ms),
      opened_(2000, 2000, now_ms),
      resets_(100, 20, now_ms),
      header_bytes_(512 << 10, 256 << 10, now_ms) {}

Http2::~Http2() { nghttp2_session_del(session_); }

std::unique_ptr<nghttp2_session_callbacks, Http2::FreeCallbacks> Http2::NewCallbacks() {
  nghttp2_session_callbacks* raw = nullptr;
  if (nghttp2_session_callbacks_new(&raw) != 0) throw std::bad_alloc();
  nghttp2_session_callbacks_set_on_begin_frame_callback(raw, &BeginFrame);
  return std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks>(raw);
}

std::unique_ptr<nghttp2_option, Http2::FreeOption> Http2::NewOptions() {
  nghttp2_option* raw = nullptr;
  if (nghttp2_option_new(&raw) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_closed_streams(raw, 1);
  nghttp2_option_set_max_outbound_ack(raw, kMaxAcknowledgements);
  nghttp2_option_set_max_deflate_dynamic_table_size(raw, kHeaderTable);
  return std::unique_ptr<nghttp2_option, FreeOption>(raw);
}

void Http2::Begin(nghttp2_session* session, const nghttp2_settings_entry* settings, size_t count) {
  session_ = session;
  if (session == nullptr || nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, count) != 0) {
    throw std::bad_alloc();
  }
}

void Http2::BeginClock(uint64_t now_ms) { now_ms_ = began_ms_ = heard_ms_ = pinged_ms_ = now_ms; }

bool Http2::Cut(Reason why) {
  if (!why_.has_value()) why_ = why;
  return false;
}

bool Http2::Take(std::string_view bytes, uint64_t now_ms) {
  now_ms_ = now_ms;
  if (!bytes.empty()) heard_ms_ = now_ms;
  if (why_.has_value()) return false;
  // A record of TLS may hold one byte of a frame: each costs a read here and a frame to the serving process.
  if (bytes.size() < kSmallPiece && !pieces_.Take(1, now_ms_)) return Cut(Reason::kFrames);
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_, data, bytes.size());
  if (taken < 0 || static_cast<size_t>(taken) != bytes.size()) return Cut(Reason::kProtocol);
  return true;
}

bool Http2::CountMessages(uint64_t count, uint64_t now_ms) {
  now_ms_ = now_ms;
  return count == 0 || frames_.Take(count, now_ms_) || Cut(Reason::kFrames);
}

bool Http2::Give(std::string& out, size_t enough) {
  if (why_.has_value()) return false;
  while (out.size() < enough) {
    const uint8_t* data = nullptr;
    const ssize_t length = nghttp2_session_mem_send(session_, &data);
    if (length < 0) return Cut(Reason::kProtocol);
    if (length == 0) break;
    out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(length));
  }
  // The session is over if we told the other side to go, or it went, and everything is sent.
  if (!out.empty() || nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0)
    return true;
  return they_go_ ? false : Cut(Reason::kProtocol);
}

void Http2::GoAway(std::string& out) {
  constexpr char kFrame[] = {0, 0, 8, NGHTTP2_GOAWAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NGHTTP2_ENHANCE_YOUR_CALM};
  out.append(kFrame, sizeof kFrame);
}

int Http2::BeginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void* self) {
  return static_cast<Http2*>(self)->CountFrame(*head) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

bool Http2::CountFrame(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_SETTINGS && (head.flags & NGHTTP2_FLAG_ACK) != 0) settled_ = true;
  if (head.type == NGHTTP2_GOAWAY) they_go_ = true;
  if (head.type == NGHTTP2_PUSH_PROMISE) return Cut(Reason::kProtocol);  // nobody of us takes or makes one
  if (head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_CONTINUATION) return CountHeaders(head);
  if (head.type == NGHTTP2_RST_STREAM && !CountReset()) return false;
  if (head.type == NGHTTP2_DATA && head.length >= kSmallPiece) return true;
  return frames_.Take(1, now_ms_) || Cut(Reason::kFrames);
}

bool Http2::CountReset() { return resets_.Take(1, now_ms_) || Cut(Reason::kResets); }

bool Http2::CountHeaders(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_HEADERS) {
    block_bytes_ = 0;
    block_parts_ = 0;
    if (!opened_.Take(1, now_ms_)) return Cut(Reason::kResets);
  }
  block_bytes_ += head.length;
  ++block_parts_;
  if (block_bytes_ > kMaxHeaderBlock || block_parts_ > kMaxHeaderParts) return Cut(Reason::kHeaders);
  return header_bytes_.Take(head.length + 9, now_ms_) || Cut(Reason::kHeaders);
}

bool Http2::CountField(size_t& bytes, std::string_view name, std::string_view value) {
  bytes += name.size() + value.size() + 32;
  return bytes <= kMaxHeaderList || Cut(Reason::kHeaders);
}

bool Http2::Tick(uint64_t now_ms) {
  now_ms_ = now_ms;
  if (why_.has_value()) return false;
  if (!settled_ && now_ms > began_ms_ + Limit(kSettingsMs)) return Cut(Reason::kSettings);
  if (now_ms > heard_ms_ + Limit(kDeadMs)) return Cut(Reason::kSilent);
  if (!OnTick()) return false;
  if (now_ms > heard_ms_ + Limit(kPingMs) && now_ms > pinged_ms_ + Limit(kPingMs)) {
    pinged_ms_ = now_ms;
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  }
  return true;
}

}  // namespace tidegate::door
