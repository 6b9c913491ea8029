#include "node/exchange/call.h"

#include <algorithm>

#include "crypto/bytes.h"
#include "node/parcel/parcel.h"
#include "threads/threads.h"

namespace tidegate::exchange {

absl::Status Unframe(std::string_view framed, std::string_view& message) {
  crypto::ByteReader in(framed);
  const uint8_t compressed = in.U8();
  const uint32_t length = in.U32();
  message = in.Raw(length);
  if (in.ok() && compressed != 0) return parcel::Refuse(parcel::Layer::kVersion, "a request that is compressed");
  if (!in.Finish("request").ok()) return parcel::Refuse(parcel::Layer::kManifest, "a request that is not one message");
  return absl::OkStatus();
}

std::string Framed(std::string_view message) {
  return crypto::ByteWriter(5 + message.size()).U8(0).Lp32(message).Take();
}

bool Call::Send(std::string_view framed) {
  while (!framed.empty()) {
    const size_t wanted = std::min(framed.size(), kPiece);
    {
      threads::MutexLock lock(mutex_);
      while (!cancelled_ && window_ < wanted) changed_.Wait(mutex_);
      if (cancelled_) return false;
      window_ -= wanted;
    }
    send_(framed.substr(0, wanted));
    framed.remove_prefix(wanted);
  }
  return true;
}

void Call::Grant(uint32_t bytes) {
  threads::MutexLock lock(mutex_);
  window_ = std::min<size_t>(window_ + bytes, door::kSendWindow);
  changed_.NotifyAll();
}

void Call::Cancel() {
  threads::MutexLock lock(mutex_);
  cancelled_ = true;
  changed_.NotifyAll();
}

bool Call::cancelled() const {
  threads::MutexLock lock(mutex_);
  return cancelled_;
}

}  // namespace tidegate::exchange
