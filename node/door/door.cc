#include "node/door/door.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include "node/door/confine.h"
#include "node/door/doorman.h"
#include "node/door/start.h"

namespace tidegate::door {
namespace {

constexpr size_t kMostFiles = 1024;

absl::Status Run() {
  if (absl::Status ready = crypto::InitialiseCrypto(); !ready.ok()) return ready;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_NAME, "tidegate-door");
  const size_t files = RaiseFiles(kMostFiles);
  Doorman doorman(kListenerFile, kChannelFile);
  if (absl::Status greeted = doorman.Greet(); !greeted.ok()) return greeted;
  if (absl::Status confined = Confine(); !confined.ok()) return confined;
  return doorman.Serve(files);
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
  }
  return "unknown";
}

bool IsDoor(int argc, char** argv) { return argc == 2 && std::string_view(argv[1]) == kVerb; }

int Main() {
  close_range(kListenerFile + 1, ~0U, 0);  // nothing of the serving process's comes along
  if (!IsSocket(kChannelFile) || !IsSocket(kListenerFile)) {
    std::fputs("tidegate: `door` is started by `serve` and by nobody else\n", stderr);
    return 2;
  }
  try {
    const absl::Status ended = Run();
    return absl::IsUnavailable(ended) ? 0 : 1;  // the serving process went: that is the end of a door
  } catch (const std::exception&) {             // memory is short; the keeper starts another
    return 3;
  }
}

}  // namespace tidegate::door
