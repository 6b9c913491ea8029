#include "node/door/visitor.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tidegate::door {
namespace {

constexpr uint64_t kHandshakeMs = 10000;
constexpr size_t kOutBytes = 32 << 10;  // of one visitor, ready for its socket
constexpr int kReadsATurn = 4;          // of 16 KiB: whoever sends much does not keep the others waiting

}  // namespace

Visitor::~Visitor() {
  ssl_.reset();
  close(socket_);
}

std::optional<Reason> Visitor::why() const {
  if (why_.has_value()) return why_;
  if (conversation_ != nullptr) return conversation_->why();
  return std::nullopt;
}

int Visitor::progress() const {
  if (ssl_ == nullptr) return 0;
  return BIO_number_written(SSL_get_wbio(ssl_.get())) > 0 ? 2 : 1;
}

bool Visitor::Readable(Entrance& entrance, Desk& desk, uint64_t now_ms) {
  if (stage_ == Stage::kSilent) {
    char byte = 0;
    const ssize_t there = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (there <= 0) return there < 0 && (errno == EAGAIN || errno == EINTR);  // it came and went; nothing to log
    ssl_ = entrance.Begin(socket_, caller_);
    if (ssl_ == nullptr) return false;
    stage_ = Stage::kHandshake;
  }
  return stage_ == Stage::kHandshake ? Handshake(desk, now_ms) : Read(now_ms);
}

bool Visitor::Handshake(Desk& desk, uint64_t now_ms) {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    stage_ = Stage::kOpen;
    since_ms_ = now_ms;
    wants_write_ = true;
    conversation_ = std::make_unique<Conversation>(desk, now_ms);
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), done);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  if (!caller_.ourselves) why_ = caller_.refused.value_or(Reason::kHandshake);
  return false;
}

bool Visitor::Read(uint64_t now_ms) {
  std::array<char, 16 << 10> bytes;
  for (int i = 0; i < kReadsATurn; ++i) {
    ERR_clear_error();
    const int length = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (length <= 0) {
      const int error = SSL_get_error(ssl_.get(), length);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }
    if (conversation_->Take({bytes.data(), static_cast<size_t>(length)}, now_ms)) continue;
    // One try to say why it is over; it does not wait for whoever does not read.
    out_.erase(0, out_at_);
    out_at_ = 0;
    if (out_.size() < kOutBytes) Conversation::GoAway(out_);
    ERR_clear_error();
    SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
    return false;
  }
  return true;
}

bool Visitor::Writable() {
  if (stage_ != Stage::kOpen) return true;
  while (true) {
    if (out_at_ == out_.size()) {
      out_.clear();
      out_at_ = 0;
      if (!conversation_->Give(out_, kOutBytes)) return false;
    }
    wants_write_ = out_at_ < out_.size();
    if (!wants_write_) return true;
    ERR_clear_error();
    const int length = SSL_write(ssl_.get(), out_.data() + out_at_, static_cast<int>(out_.size() - out_at_));
    if (length > 0) {
      out_at_ += static_cast<size_t>(length);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), length);
    return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
  }
}

bool Visitor::Tick(uint64_t now_ms) {
  if (stage_ == Stage::kOpen) return conversation_->Tick(now_ms);
  if (now_ms < since_ms_ + kHandshakeMs) return true;
  why_ = Reason::kHandshakeTime;
  return false;
}

}  // namespace tidegate::door
