// The serving process's end of the door, and the socket that listens: DOOR.md, "Three processes".
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/door/process.h"
#include "node/door/start.h"
#include "threads/threads.h"

namespace tidegate::door {
namespace {

constexpr int kBacklog = 4096;
constexpr auto kBindPatience = std::chrono::seconds(5);

absl::Status CannotListen(std::string_view where, std::string_view why) {
  return absl::UnavailableError(absl::StrCat("door: cannot listen on `", std::string(where), "`: ", std::string(why)));
}

// A door of a killed node holds the address for the moment that it takes to notice: waits for that.
int BindAndListen(const addrinfo& address, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + kBindPatience;
  while (true) {
    const int file = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) {
      why = std::strerror(errno);
      return -1;
    }
    const int on = 1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(file, address.ai_addr, address.ai_addrlen) == 0 && listen(file, kBacklog) == 0) return MovedAbove(file);
    const int error = errno;
    close(file);
    why = std::strerror(error);
    if (error != EADDRINUSE || std::chrono::steady_clock::now() > deadline) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

absl::StatusOr<int> Listen(std::string_view where) {
  const size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return CannotListen(where, "write HOST:PORT");
  std::string host(where.substr(0, colon));
  const std::string port(where.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return CannotListen(where, gai_strerror(error));
  }
  std::string why = "there is no such address";
  int file = -1;
  for (const addrinfo* address = found; address != nullptr && file < 0; address = address->ai_next) {
    file = BindAndListen(*address, why);
  }
  freeaddrinfo(found);
  if (file < 0) return CannotListen(where, why);
  return file;
}

int PortOf(int file) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (getsockname(file, reinterpret_cast<sockaddr*>(&name), &length) != 0) return 0;
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

}  // namespace

class Keeper::State final : public Process::Owner {
 public:
  State(int listener, const Certificate& certificate, const Pins& pins)
      : listener_(listener),
        port_(PortOf(listener)),
        certificate_(EncodeCertificate(certificate)),
        pins_(EncodePins(pins)),
        process_(kDoorVerb, listener, *this) {}
  ~State() override { Stop(); }

  void Open(Visits& visits) {
    visits_ = &visits;
    process_.Start();
  }

  void Stop() {
    process_.Stop();
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }

  int port() const { return port_; }

  void SetPins(const Pins& pins) {
    threads::MutexLock lock(mutex_);
    pins_ = EncodePins(pins);
    process_.Write(EncodeFrame(Kind::kPins, 0, 0, pins_));
  }
  void SetCertificate(const Certificate& certificate) {
    threads::MutexLock lock(mutex_);
    certificate_ = EncodeCertificate(certificate);
    WriteCertificate();
  }
  void Write(Kind kind, ConnectionId connection, StreamId stream, std::string_view payload) {
    process_.Write(EncodeFrame(kind, connection, stream, payload));
  }

 private:
  void Begun(uint64_t number) override {
    threads::MutexLock lock(mutex_);
    process_.Write(EncodeFrame(Kind::kHello, 0, 0, EncodeHello(number * kNumbersOfOneProcess)));
    process_.Write(EncodeFrame(Kind::kPins, 0, 0, pins_));
    WriteCertificate();
  }
  absl::Status Tell(const Frame& frame) override { return door::Tell(frame, *visits_); }
  void Ended() override { visits_->AllClosed(); }
  void WriteCertificate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    process_.Write(SecretFrame(Kind::kCertificate, 0, certificate_).Expose());
  }

  int listener_;
  const int port_;
  Visits* visits_ = nullptr;
  threads::Mutex mutex_;
  crypto::SecretBytes certificate_ ABSL_GUARDED_BY(mutex_);  // as the frames that a new door is given
  std::string pins_ ABSL_GUARDED_BY(mutex_);
  Process process_;
};

Keeper::Keeper(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keeper::~Keeper() = default;

absl::StatusOr<std::unique_ptr<Keeper>> Keeper::Listen(std::string_view listen, Certificate certificate,
                                                       const Pins& pins) {
  absl::StatusOr<int> listener = door::Listen(listen);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<Keeper>(new Keeper(std::make_unique<State>(*listener, certificate, pins)));
}

void Keeper::Open(Visits& visits) { state_->Open(visits); }
int Keeper::port() const { return state_->port(); }
void Keeper::SetPins(const Pins& pins) { state_->SetPins(pins); }
void Keeper::SetCertificate(Certificate certificate) { state_->SetCertificate(certificate); }
void Keeper::Send(ConnectionId connection, StreamId stream, std::string_view bytes) {
  state_->Write(Kind::kSend, connection, stream, bytes);
}
void Keeper::Finish(ConnectionId connection, StreamId stream, int status, std::string_view message) {
  state_->Write(Kind::kFinish, connection, stream, EncodeFinish(status, message));
}
void Keeper::Stop() { state_->Stop(); }

}  // namespace tidegate::door
