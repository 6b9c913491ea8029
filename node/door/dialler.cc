// The serving process's end of the dialler: DOOR.md, "Three processes".
#include <unistd.h>

#include <atomic>

#include "node/door/process.h"
#include "node/door/start.h"

namespace tidegate::door {
namespace {

#ifdef TIDEGATE_SANITIZED
constexpr std::chrono::milliseconds kStartPatience = std::chrono::seconds(30);
#else
constexpr std::chrono::milliseconds kStartPatience = std::chrono::seconds(3);
#endif

}  // namespace

class Dialler::State final : public Process::Owner {
 public:
  explicit State(Answers& answers) : answers_(answers), process_(kDiallerVerb, -1, *this) { process_.Start(); }
  ~State() override { process_.Stop(); }

  ConnectionId NewNumber() { return ++last_; }
  void Write(Kind kind, ConnectionId connection, StreamId call, std::string_view payload) {
    process_.Write(EncodeFrame(kind, connection, call, payload));
  }
  bool Dial(ConnectionId connection, int socket, const crypto::Hash& pin, const Certificate& certificate) {
    const bool told =
        process_.AwaitStarted(kStartPatience) &&
        process_.Write(SecretFrame(Kind::kDial, connection, EncodeDial(pin, certificate)).Expose(), socket);
    close(socket);
    return told;
  }
  void Stop() { process_.Stop(); }

 private:
  void Begun(uint64_t) override { process_.Write(EncodeFrame(Kind::kHello, 0, 0, EncodeHello(0))); }
  absl::Status Tell(const Frame& frame) override { return door::Tell(frame, answers_); }
  void Ended() override { answers_.AllLost(); }

  Answers& answers_;
  std::atomic<ConnectionId> last_ = 0;
  Process process_;
};

Dialler::Dialler(Answers& answers) : state_(std::make_unique<State>(answers)) {}
Dialler::~Dialler() = default;

ConnectionId Dialler::NewNumber() { return state_->NewNumber(); }
bool Dialler::Dial(ConnectionId connection, int socket, const crypto::Hash& pin, const Certificate& certificate) {
  return state_->Dial(connection, socket, pin, certificate);
}
void Dialler::Call(ConnectionId connection, StreamId call, std::string_view path) {
  state_->Write(Kind::kCall, connection, call, path);
}
void Dialler::Send(ConnectionId connection, StreamId call, std::string_view bytes) {
  state_->Write(Kind::kSend, connection, call, bytes);
}
void Dialler::Whole(ConnectionId connection, StreamId call) { state_->Write(Kind::kWhole, connection, call, {}); }
void Dialler::Taken(ConnectionId connection, StreamId call, uint32_t bytes) {
  state_->Write(Kind::kTaken, connection, call, EncodeTaken(bytes));
}
void Dialler::Cancel(ConnectionId connection, StreamId call) { state_->Write(Kind::kCancel, connection, call, {}); }
void Dialler::HangUp(ConnectionId connection) { state_->Write(Kind::kHangUp, connection, 0, {}); }
void Dialler::Stop() { state_->Stop(); }

}  // namespace tidegate::door
