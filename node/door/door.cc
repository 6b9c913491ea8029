#include "node/door/door.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include "node/door/confine.h"
#include "node/door/dialling.h"
#include "node/door/doorman.h"
#include "node/door/start.h"

namespace tidegate::door {
namespace {

constexpr size_t kMostFiles = 1024;

absl::Status Begin(const char* name) {
  if (absl::Status ready = crypto::InitialiseCrypto(); !ready.ok()) return ready;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_NAME, name);
  return absl::OkStatus();
}

absl::Status RunDoor() {
  if (absl::Status begun = Begin("tidegate-door"); !begun.ok()) return begun;
  const size_t files = RaiseFiles(kMostFiles);
  Doorman doorman(kListenerFile, kChannelFile);
  if (absl::Status greeted = doorman.Greet(); !greeted.ok()) return greeted;
  if (absl::Status confined = Confine(); !confined.ok()) return confined;
  return doorman.Serve(files);
}

absl::Status RunDialler() {
  if (absl::Status begun = Begin("tidegate-dial"); !begun.ok()) return begun;
  RaiseFiles(kMostFiles);
  Dialling dialling(kChannelFile);
  if (absl::Status confined = Confine(); !confined.ok()) return confined;
  return dialling.Serve();
}

bool IsSocket(int file) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(file, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
}

}  // namespace

std::string_view ReasonText(Reason reason) {
  switch (reason) {
    case Reason::kHandshake:
      return "no TLS 1.3 handshake with a certificate";
    case Reason::kHandshakeTime:
      return "the handshake took too long";
    case Reason::kNotPinned:
      return "a certificate that is pinned for nobody and proves no letter";
    case Reason::kSuspended:
      return "a partner that is suspended";
    case Reason::kNotValidNow:
      return "the certificate is not valid now; compare the clocks";
    case Reason::kTooManyWaiting:
      return "too many connections whose handshake is not done";
    case Reason::kTooManyOfOne:
      return "too many connections with one key";
    case Reason::kFull:
      return "too many connections";
    case Reason::kSettings:
      return "the settings of HTTP/2 were not acknowledged";
    case Reason::kResets:
      return "streams were opened or taken back too often";
    case Reason::kHeaders:
      return "headers that are too long or too many";
    case Reason::kFrames:
      return "too many frames that carry nothing";
    case Reason::kProtocol:
      return "what came is not HTTP/2";
    case Reason::kRequestTime:
      return "a request did not come whole in time";
    case Reason::kRequestLength:
      return "a request is too long";
    case Reason::kSilent:
      return "nothing was asked for too long";
    case Reason::kWrongKey:
      return "the certificate that answers is not the pinned one";
    case Reason::kTheyRefuse:
      return "they do not take our certificate: to them we are no partner, or a suspended one";
    case Reason::kTheyDoubtOurClock:
      return "to them our certificate is not valid now; compare the clocks";
    case Reason::kHungUp:
      return "they ended the connection";
    case Reason::kDiallerEnded:
      return "our own process that dials ended and is started again";
  }
  return "unknown";
}

bool IsDoor(int argc, char** argv) {
  return argc == 2 && (std::string_view(argv[1]) == kDoorVerb || std::string_view(argv[1]) == kDiallerVerb);
}

int Main(char** argv) {
  const bool listens = std::string_view(argv[1]) == kDoorVerb;
  close_range((listens ? kListenerFile : kChannelFile) + 1, ~0U, 0);  // nothing of the serving process's comes along
  if (!IsSocket(kChannelFile) || (listens && !IsSocket(kListenerFile))) {
    std::fprintf(stderr, "tidegate: `%s` is started by `serve` and by nobody else\n", argv[1]);
    return 2;
  }
  try {
    const absl::Status ended = listens ? RunDoor() : RunDialler();
    return absl::IsUnavailable(ended) ? 0 : 1;  // the serving process has gone: so does this one
  } catch (const std::exception&) {             // memory is short; the serving process starts another
    return 3;
  }
}

}  // namespace tidegate::door
