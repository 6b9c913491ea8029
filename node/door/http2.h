// The common part of both sides of HTTP/2: a session of nghttp2, and a count of what the other side does. Every limit
// counts what it does. No limit trusts what it says or acknowledges. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_HTTP2_H_
#define TIDEGATE_NODE_DOOR_HTTP2_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/door/bucket.h"
#include "node/door/door.h"

namespace tidegate::door {

inline constexpr size_t kMaxHeaderList = 8192;  // names and values of one block, with 32 bytes each (RFC 9113 §6.5.2)
inline constexpr uint32_t kHeaderTable = 4096;  // of HPACK, either way
inline constexpr std::string_view kGrpc = "application/grpc";

nghttp2_nv Field(std::string_view name, std::string_view value);

// Times are ms of one clock that never goes back.
class Http2 {
 public:
  virtual ~Http2();
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  // Takes bytes from the other side. False: the session is over, and `why` says whether a limit ended it.
  bool Take(std::string_view bytes, uint64_t now_ms);
  // Counts messages of TLS itself. Each counts as a frame without contents. False: the session is over.
  bool CountMessages(uint64_t count, uint64_t now_ms);
  // Appends what is to go to the other side, until `out` has at least `enough` bytes. False: over.
  bool Give(std::string& out, size_t enough);
  // Time-outs and keep-alive; call some times a second. False: over.
  bool Tick(uint64_t now_ms);
  // The last words to somebody who is cut: GOAWAY with ENHANCE_YOUR_CALM.
  static void GoAway(std::string& out);

  std::optional<Reason> why() const { return why_; }

 protected:
  struct FreeCallbacks {
    void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
  };
  struct FreeOption {
    void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
  };
  // nghttp2 calls them with the Http2 as user data. Both throw bad_alloc.
  static std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks> NewCallbacks();
  static std::unique_ptr<nghttp2_option, FreeOption> NewOptions();

  explicit Http2(uint64_t now_ms);
  // The session and its first settings; once, by the constructor of each side.
  void Begin(nghttp2_session* session, const nghttp2_settings_entry* settings, size_t count);
  // The time in which settings are to be acknowledged begins now.
  void BeginClock(uint64_t now_ms);
  bool Cut(Reason why);
  bool CountReset();
  // One more field of a block that has `bytes` so far.
  bool CountField(size_t& bytes, std::string_view name, std::string_view value);
  // Ends what has taken too long, for one of the two sides. False: the session is over.
  virtual bool OnTick() = 0;

  nghttp2_session* session_ = nullptr;
  uint64_t now_ms_, began_ms_;

 private:
  static int BeginFrame(nghttp2_session* session, const nghttp2_frame_hd* head, void* self);
  bool CountFrame(const nghttp2_frame_hd& head);
  bool CountHeaders(const nghttp2_frame_hd& head);

  std::optional<Reason> why_;
  uint64_t heard_ms_;     // when a byte last came
  uint64_t pinged_ms_;    // when we last asked for one
  bool settled_ = false;  // our settings are acknowledged
  bool they_go_ = false;  // the other side said that it goes
  size_t block_bytes_ = 0;
  int block_parts_ = 0;
  Bucket frames_, pieces_, opened_, resets_, header_bytes_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_HTTP2_H_
