// A partner's own key, and HTTP/2 as no library would speak it.
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/fault/rude/fault.h"
#include "tests/fault/rude/watch.h"

namespace tidegate::rude {
namespace {

constexpr std::string_view kFollow = "/tidegate.v1.Exchange/Follow";
constexpr std::string_view kAcknowledge = "/tidegate.v1.Exchange/Acknowledge";

std::unique_ptr<Client> Open(const Place& place, bool acknowledges = true) {
  auto client = Client::Dial(place.port, place.partner);
  if (client == nullptr || !client->Begin(acknowledges) || !client->Listen(50)) return nullptr;
  return client;
}

// Says `step` after `step` until the other side has gone; within some seconds it must.
template <typename Step>
Held UntilCut(std::unique_ptr<Client> client, const std::string& by, const Step& step) {
  if (client == nullptr) return {false, "no connection"};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  size_t bytes = 0;
  for (uint32_t i = 0; std::chrono::steady_clock::now() < deadline; ++i) {
    const std::string said = step(i);
    bytes += said.size();
    if (!client->Say(said) || !client->Listen(0)) {
      return {true, absl::StrCat("refused by ", by, ", after ", bytes, " bytes")};
    }
  }
  return {false, absl::StrCat("it went on after ", bytes, " bytes")};
}

Held NoSettingsAck(Place& place) {
  auto client = Open(place, /*acknowledges=*/false);
  if (client == nullptr) return {false, "no connection"};
  for (uint32_t i = 0; i < 60; ++i) {
    client->Say(FrameOf(kHeaders, kEndHeaders, 2 * i + 1, RequestHeaders(kFollow)) +
                FrameOf(kData, kEndStream, 2 * i + 1, Framed("")));
  }
  if (client->Listen(Hastened(5000) + 3000)) return {false, "settings need not be acknowledged"};
  return {true, "refused by the time-out of the settings; streams beyond 8 were taken back before"};
}

Held ManyStreams(Place& place) {
  return UntilCut(Open(place, /*acknowledges=*/false), "the limit of streams",
                  [](uint32_t i) { return FrameOf(kHeaders, kEndHeaders, 2 * i + 1, RequestHeaders(kFollow)); });
}

Held RapidReset(Place& place) {
  return UntilCut(Open(place), "the limit of resets", [](uint32_t i) {
    std::string said;
    for (uint32_t j = 0; j < 50; ++j) {
      const uint32_t stream = 2 * (50 * i + j) + 1;
      said += FrameOf(kHeaders, kEndHeaders | kEndStream, stream, RequestHeaders(kFollow)) +
              FrameOf(kReset, 0, stream, std::string(4, '\0'));
    }
    return said;
  });
}

Held EndlessHeaders(Place& place) {
  return UntilCut(Open(place), "the limit of headers", [](uint32_t i) {
    if (i == 0) return FrameOf(kHeaders, 0, 1, RequestHeaders(kFollow));
    return FrameOf(kContinuation, 0, 1, Literal("a", std::string(100, 'b')));
  });
}

Held LongMetadata(Place& place) {
  return UntilCut(Open(place, /*acknowledges=*/false), "the limit of headers", [](uint32_t i) {
    std::string block = RequestHeaders(kFollow);
    for (int j = 0; j < 100; ++j) block += Literal(absl::StrCat("x-", j), std::string(100, 'b'));
    return FrameOf(kHeaders, kEndHeaders, 2 * i + 1, block);
  });
}

Held OneGibibyte(Place& place) {
  return UntilCut(Open(place), "the limit of headers", [](uint32_t i) {
    // A literal whose name is announced with 2^30 bytes.
    std::string block = i == 0 ? std::string("\0\x7f\x81\xff\xff\xff\x03", 7) : std::string();
    block.append(16000, 'x');
    return FrameOf(i == 0 ? kHeaders : kContinuation, 0, 1, block);
  });
}

Held HeaderBomb(Place& place) {
  return UntilCut(Open(place, /*acknowledges=*/false), "the limit of headers", [](uint32_t i) {
    std::string block = RequestHeaders(kFollow);
    if (i == 0) {  // one entry that fills the table
      block += std::string("\x40\x01x\x7f", 4);
      block += static_cast<char>(0x80 | ((3900 - 127) & 0x7f));
      block += static_cast<char>((3900 - 127) >> 7);
      block.append(3900, 'v');
    }
    return FrameOf(kHeaders, kEndHeaders, 2 * i + 1, block + std::string(10000, '\xbe'));
  });
}

Held Pings(Place& place) {
  return UntilCut(Open(place), "the limit of empty frames", [](uint32_t) {
    std::string said;
    for (int i = 0; i < 500; ++i) said += FrameOf(kPing, 0, 0, "12345678");
    return said;
  });
}

Held SettingsWithoutEnd(Place& place) {
  return UntilCut(Open(place), "the limit of empty frames", [](uint32_t) {
    std::string said;
    for (int i = 0; i < 500; ++i) said += FrameOf(kSettings, 0, 0, std::string("\0\4\0\0\xff\xff", 6));
    return said;
  });
}

// Waits each time until what was said has been read: so only the number of frames can end it, and no time-out of the
// request that they are part of.
Held EmptyData(Place& place) {
  constexpr uint64_t kAtOnce = 20000, kASecond = 10000, kStep = 500;
  auto client = Open(place);
  if (client == nullptr) return {false, "no connection"};
  std::string step;
  for (uint64_t i = 1; i < kStep; ++i) step += FrameOf(kData, 0, 1, "");
  step += FrameOf(kPing, 0, 0, "12345678");
  client->Say(FrameOf(kHeaders, kEndHeaders, 1, RequestHeaders(kFollow)));
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t said = kStep;; said += kStep) {
    const size_t read = client->pongs();
    bool here = client->Say(step);
    while (here && client->pongs() == read) here = client->Listen(5);
    if (!here && said < kAtOnce) return {false, absl::StrCat("something else ended it, after ", said, " frames")};
    if (!here) return {true, absl::StrCat("refused by the limit of empty frames, after ", said, " frames")};
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const uint64_t most = kAtOnce + static_cast<uint64_t>(took.count() * kASecond) + kStep;
    if (said > most) return {false, absl::StrCat(said, " frames were taken within ", took.count(), " s")};
  }
}

Held KeysWithoutEnd(Place& place) {
  auto client = Open(place);
  if (client == nullptr) return {false, "no connection"};
  for (int i = 0; i < 200000; ++i) {
    if (client->ChangeKeys() && (i % 1000 != 0 || client->Listen(0))) continue;
    return {true, absl::StrCat("cut by the limit of empty frames within ", i + 1, " changes of keys")};
  }
  return {false, "it may change keys without end"};
}

// As many unfinished receipts as fit, on as many connections as there may be.
Held HeldRequests(Place& place) {
  std::vector<std::unique_ptr<Client>> clients;
  size_t sent = 0;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Open(place));
    if (clients.back() == nullptr) return {false, "no connection"};
    Client& client = *clients.back();
    for (uint32_t stream = 1; stream < 16; stream += 2) {
      client.Say(FrameOf(kHeaders, kEndHeaders, stream, RequestHeaders(kAcknowledge)));
      // The window of a connection is 64 KiB, and of a stream; more would be no HTTP/2.
      client.Say(FrameOf(kData, 0, stream, std::string(8000, 'x')));
      sent += 8000;
    }
  }
  // More calls than one key may have are answered at once; the others are cut with their connection.
  const auto over = [&clients] {
    return std::all_of(clients.begin(), clients.end(),
                       [](const auto& client) { return !client->Listen(5) || client->answers() >= 8; });
  };
  if (!hostile::Until(over, 25)) return {false, "a request need not come whole"};
  return {true, absl::StrCat("refused by the limit of calls and the time-out of requests; ", sent, " bytes were sent")};
}

// Follows on every stream, and reads nothing.
Held Unread(Place& place) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Open(place));
    if (clients.back() == nullptr) return {false, "no connection"};
    clients.back()->Say(FrameOf(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6)));  // no window at all
    for (uint32_t stream = 1; stream < 16; stream += 2) {
      clients.back()->Say(FrameOf(kHeaders, kEndHeaders, stream, RequestHeaders(kFollow)) +
                          FrameOf(kData, kEndStream, stream, Framed("")));
    }
  }
  size_t ended = 0;
  hostile::Until(
      [&] {
        ended = 0;
        for (const auto& client : clients) {
          client->Listen(10);
          ended += client->ended();
        }
        return ended >= 63;
      },
      5);
  if (ended != 63) return {false, absl::StrCat(ended, " of 64 streams were ended")};
  return {true, "one Follow of a partner holds, within its window; the 63 others were ended"};
}

// Follows, reads, and answers no ping.
Held UnansweredPings(Place& place) {
  auto client = Open(place);
  if (client == nullptr) return {false, "no connection"};
  client->Say(FrameOf(kHeaders, kEndHeaders, 1, RequestHeaders(kFollow)) + FrameOf(kData, kEndStream, 1, Framed("")));
  const auto begin = std::chrono::steady_clock::now();
  if (client->Listen(Hastened(60000) + 3000)) return {false, "who says nothing may stay"};
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (took.count() * 1000 < Hastened(50000)) return {false, absl::StrCat("it was cut after ", took.count(), " s")};
  if (client->pings() == 0) return {false, "it was not asked whether it is there"};
  return {true, absl::StrCat("refused by the time-out of keep-alive, after ", took.count(), " s")};
}

// Asks once, and never again.
Held NoFurtherCall(Place& place) {
  auto client = Open(place);
  if (client == nullptr || !client->Ask(1, kAcknowledge, "")) return {false, "no connection"};
  const auto begin = std::chrono::steady_clock::now();
  bool here = true;
  while (here && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(Hastened(60000) + 3000)) {
    here = client->Say(FrameOf(kPing, 0, 0, "12345678")) && client->Listen(50);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (here) return {false, "who asks nothing more may stay"};
  if (took.count() * 1000 < Hastened(50000)) return {false, absl::StrCat("it was cut after ", took.count(), " s")};
  return {true, absl::StrCat("refused by the time-out between calls, after ", took.count(), " s")};
}

// The limits keep a client from using up the door's memory. So this test takes the memory away from outside.
Held NoMemory(Place& place) {
  const pid_t door = ChildOf(place.scene.node().process(), "tidegate-door");
  rlimit data{};
  if (door <= 0 || prlimit(door, RLIMIT_DATA, nullptr, &data) != 0) return {false, "there is no door"};
  if (kSanitized) return {true, "memory is not limited in a build with sanitizers"};
  const auto used = static_cast<rlim_t>(Field(door, "VmData:")) << 10;
  if (data.rlim_cur == RLIM_INFINITY || data.rlim_cur > used + (rlim_t{64} << 20)) {
    return {false, absl::StrCat("it may take ", data.rlim_cur >> 20, " MiB, and has ", used >> 20)};
  }
  const rlimit none{used / 2, used / 2};
  if (prlimit(door, RLIMIT_DATA, &none, nullptr) != 0) return {false, "the limit cannot be set"};
  std::vector<int> files;  // until one of them costs more than there is
  const auto replaced = [&] {
    for (int i = 0; i < 50 && files.size() < 400; ++i) {
      const int file = Connect(place.port);
      if (file < 0) break;
      files.push_back(file);
      send(file, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    const pid_t now = ChildOf(place.scene.node().process(), "tidegate-door");
    return now > 0 && now != door;
  };
  const bool ended = hostile::Until(replaced, 10);
  for (const int file : files) close(file);
  if (!ended) return {false, "the door went on without memory"};
  return {true, "a door that gets no memory ends, and another opens"};
}

Held NotHttp2(Place& place) {
  auto client = Client::Dial(place.port, place.partner);
  if (client == nullptr) return {false, "no connection"};
  client->Say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  if (client->Listen(3000)) return {false, "HTTP/1.1 is not ended"};
  return {true, "refused by the door: it is no HTTP/2"};
}

Held OldTls(Place& place) {
  if (Client::Dial(place.port, place.partner, TLS1_2_VERSION) != nullptr) return {false, "TLS 1.2 was taken"};
  return {true, "refused by layer tls"};
}

Held StrangerWithOpenInvitation(Place& place) {
  const auto knock = [&place] {
    const auto begin = std::chrono::steady_clock::now();
    const auto client = Client::Dial(place.port, place.stranger);
    const bool in = client != nullptr && client->Begin() && client->Listen(300);
    const auto took = std::chrono::steady_clock::now() - begin;
    return std::make_pair(in, std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  };
  const auto closed = knock();
  const auto invited = place.scene.node().Ask({"partner", "invite", "meadow-bank", "--without-code"});
  if (!invited.ok()) return {false, std::string(invited.status().message())};
  const auto open = knock();
  if (closed.first || open.first) return {false, "a stranger gets through the handshake"};
  return {true, absl::StrCat("refused by layer tls, after ", closed.second, " ms without an invitation and ",
                             open.second, " ms with one")};
}

// The door itself is killed: nothing else ends, and another one opens.
Held KilledDoor(Place& place) {
  const pid_t door = ChildOf(place.scene.node().process(), "tidegate-door");
  if (door <= 0 || kill(door, SIGKILL) != 0) return {false, "there is no door"};
  if (!hostile::Until([&] { return Polite(place); }, 10)) return {false, "it does not come back"};
  if (!place.scene.node().alive()) return {false, "the node ended with it"};
  return {true, "another door opened; the node did not end"};
}

constexpr Fault kFaults[] = {
    {"settings never acknowledged", NoSettingsAck},
    {"more streams than there may be", ManyStreams},
    {"streams reset without end", RapidReset},
    {"headers without end", EndlessHeaders},
    {"more metadata than there may be", LongMetadata},
    {"a header of one gibibyte", OneGibibyte},
    {"a bomb of indexed headers", HeaderBomb},
    {"pings without end", Pings},
    {"settings without end", SettingsWithoutEnd},
    {"empty data without end", EmptyData},
    {"keys changed without end", KeysWithoutEnd},
    {"requests that do not end", HeldRequests},
    {"streams that are not read", Unread},
    {"no HTTP/2", NotHttp2},
    {"TLS 1.2", OldTls},
    {"a stranger while an invitation is open", StrangerWithOpenInvitation},
    {"pings that are not answered", UnansweredPings},
    {"no call after the first", NoFurtherCall},
    {"a door that is killed", KilledDoor},
    {"a door whose memory ends", NoMemory},
};

}  // namespace

std::span<const Fault> Speakers() { return kFaults; }

bool Polite(const Place& place) {
  const auto client = Open(place);
  return client != nullptr && client->Ask(1, kAcknowledge, "") && client->Ask(3, kAcknowledge, "");
}

}  // namespace tidegate::rude
