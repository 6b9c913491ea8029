// A call that came through the door: its request as far as it has come, and the way back. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_CALL_H_
#define TIDEGATE_NODE_EXCHANGE_CALL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "crypto/certificate.h"
#include "node/door/door.h"
#include "threads/threads.h"

namespace tidegate::exchange {

inline constexpr size_t kPiece = 32 << 10;  // how much of a request or answer goes to the door or dialler at once

// Who asks: what the door has proved.
struct Caller {
  crypto::CertificateFacts certificate;
  std::string address;
};

// One message in gRPC's frame: a byte that says that it is not compressed, a length, the message. Nothing may follow
// it. Refuses at layer `limit` or `manifest`.
absl::Status Unframe(std::string_view framed, std::string_view& message);
std::string Framed(std::string_view message);

// The door's thread fills it; the thread that answers waits in Send. Either may cancel it.
class Call {
 public:
  using SendBytes = std::function<void(std::string_view bytes)>;
  Call(Caller caller, std::string path, SendBytes send)
      : caller_(std::move(caller)), path_(std::move(path)), send_(std::move(send)) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Caller& caller() const { return caller_; }
  const std::string& path() const { return path_; }

  // The door's thread fills the request; once it is asked, it is the answering thread's alone.
  void Take(std::string_view bytes) {
    request_.append(bytes);
    charged_ = request_.size();
  }
  void SetAsked() { asked_ = true; }
  bool asked() const { return asked_; }
  size_t charged() const { return charged_; }  // what the request took, while it is under way
  std::string& request() { return request_; }

  // A message of the answer, framed. Waits while the caller is slow; false when the call is over.
  bool Send(std::string_view framed);
  // The caller has taken this many more bytes.
  void Grant(uint32_t bytes);
  void Cancel();
  bool cancelled() const;

 private:
  const Caller caller_;
  const std::string path_;
  const SendBytes send_;
  std::string request_;
  size_t charged_ = 0;
  bool asked_ = false;
  mutable threads::Mutex mutex_;
  threads::Condition changed_;
  size_t window_ ABSL_GUARDED_BY(mutex_) = door::kSendWindow;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_CALL_H_
