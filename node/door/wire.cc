#include "node/door/wire.h"

#include <openssl/err.h>

#include <array>
#include <utility>

namespace tidegate::door {
namespace {

constexpr size_t kOutBytes = 32 << 10;  // of one connection, ready for its socket
constexpr int kReadsATurn = 4;          // of 16 KiB: whoever sends much does not keep the others waiting

}  // namespace

Wire::Wire(SslPtr ssl, Http2& speech) : ssl_(std::move(ssl)), speech_(speech) {
  SSL_set_msg_callback(ssl_.get(), &Wire::OnMessage);
  SSL_set_msg_callback_arg(ssl_.get(), this);
}

// Tickets and new keys come after the handshake, are answered within OpenSSL, and carry nothing of HTTP/2.
void Wire::OnMessage(int written, int /*version*/, int type, const void* /*bytes*/, size_t /*length*/, SSL* /*ssl*/,
                     void* self) {
  if (written == 0 && type == SSL3_RT_HANDSHAKE) ++static_cast<Wire*>(self)->messages_;
}

bool Wire::GoesOn(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  if (error == SSL_ERROR_SSL) error_ = ERR_GET_REASON(ERR_peek_error());
  return false;
}

bool Wire::Readable(uint64_t now_ms) {
  std::array<char, 16 << 10> bytes;
  for (int i = 0; i < kReadsATurn; ++i) {
    ERR_clear_error();
    const int length = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    const bool calm = speech_.CountMessages(std::exchange(messages_, 0), now_ms);
    if (calm && length <= 0) return GoesOn(length);
    if (calm && speech_.Take({bytes.data(), static_cast<size_t>(length)}, now_ms)) continue;
    // One attempt to say why the session is over. It does not wait for a caller that does not read.
    out_.erase(0, at_);
    at_ = 0;
    if (out_.size() < kOutBytes) Http2::GoAway(out_);
    ERR_clear_error();
    SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
    return false;
  }
  return true;
}

bool Wire::Writable() {
  while (true) {
    if (at_ == out_.size()) {
      out_.clear();
      at_ = 0;
      if (!speech_.Give(out_, kOutBytes)) return false;
    }
    if (!wants_to_write()) return true;
    ERR_clear_error();
    const int length = SSL_write(ssl_.get(), out_.data() + at_, static_cast<int>(out_.size() - at_));
    if (length <= 0) return GoesOn(length);
    at_ += static_cast<size_t>(length);
  }
}

}  // namespace tidegate::door
