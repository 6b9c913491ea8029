#include "node/door/visitor.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "node/door/clock.h"

namespace tidegate::door {

Visitor::~Visitor() {
  wire_.reset();
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
    if (ssl_ == nullptr) throw std::bad_alloc();  // a door that gets no memory serves nobody: the next one does
    stage_ = Stage::kHandshake;
  }
  return stage_ == Stage::kHandshake ? Handshake(desk, now_ms) : wire_->Readable(now_ms);
}

bool Visitor::Handshake(Desk& desk, uint64_t now_ms) {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    stage_ = Stage::kOpen;
    since_ms_ = now_ms;
    conversation_ = std::make_unique<Conversation>(desk, now_ms);
    wire_ = std::make_unique<Wire>(std::move(ssl_), *conversation_);
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), done);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  if (error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE) throw std::bad_alloc();
  const bool gone = error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN ||
                    (error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  if (!caller_.ourselves) why_ = caller_.refused.value_or(gone ? Reason::kHungUp : Reason::kHandshake);
  return false;
}

bool Visitor::Writable() { return wire_ == nullptr || wire_->Writable(); }

bool Visitor::Tick(uint64_t now_ms) {
  if (stage_ == Stage::kOpen) return conversation_->Tick(now_ms);
  if (now_ms < since_ms_ + Limit(kHandshakeMs)) return true;
  why_ = Reason::kHandshakeTime;
  return false;
}

}  // namespace tidegate::door
