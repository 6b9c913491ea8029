// A partner's own key, at the address where the node dials it, and a server that keeps no rule.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/fault/rude/fault.h"
#include "tests/fault/rude/host.h"
#include "tests/fault/rude/watch.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::rude {
namespace {

using Over = Host::Over;

constexpr int kPatienceS = kSanitized ? 60 : 20;

std::string Settings() { return FrameOf(kSettings, 0, 0, "") + FrameOf(kSettings, kAck, 0, ""); }

std::string Answer(uint32_t stream, const google::protobuf::MessageLite& message, bool ends) {
  return FrameOf(kHeaders, kEndHeaders, stream, AnswerHeaders()) +
         FrameOf(kData, 0, stream, Framed(message.SerializeAsString())) +
         (ends ? FrameOf(kHeaders, kEndHeaders | kEndStream, stream, Trailer("0")) : std::string());
}

// The node introduces itself on its first stream and follows on its second.
constexpr uint32_t kIntroduce = 1, kFollow = 3;

// Waits for this stream, answering the introduction before it. False if it does not come.
bool Await(Client& client, uint32_t stream, const v1::Introduction& introduction, const Over& over) {
  bool introduced = false;
  while (!over() && client.asked() < stream) {
    if (!client.Listen(20)) return false;
    if (introduced || stream == kIntroduce || client.asked() < kIntroduce) continue;
    introduced = client.Say(Answer(kIntroduce, introduction, true));
  }
  return !over();
}

// A server that says `step` after `step` once the node has asked on `stream`, until the node goes.
class Saying {
 public:
  using Step = std::function<std::string(uint32_t i)>;
  Saying(Place& place, uint32_t stream, Step step) : place_(place), stream_(stream), step_(std::move(step)) {}

  // Whether the node ends the connection, and after how many bytes.
  Held Play(const std::string& by) {
    place_.host->Behave([this](int socket, const Over& over) { Talk(socket, over); });
    const bool cut = hostile::Until([this] { return cut_ > 0; }, kPatienceS);
    const size_t bytes = bytes_;
    place_.host->Behave(PoliteManner(place_));
    if (!cut) return {false, absl::StrCat("it went on after ", bytes, " bytes")};
    return {true, absl::StrCat("refused by ", by, ", after ", bytes, " bytes")};
  }

 private:
  void Talk(int socket, const Over& over) {
    const auto client = Client::Accept(socket, place_.server_context);
    if (client == nullptr || !client->Say(Settings())) return;
    if (!Await(*client, stream_, place_.introduction, over)) return;
    for (uint32_t i = 0; !over(); ++i) {
      const std::string said = step_(i);
      bytes_ += said.size();
      if (client->Say(said) && client->Listen(said.empty() ? 20 : 0)) continue;
      ++cut_;
      return;
    }
  }

  Place& place_;
  const uint32_t stream_;
  const Step step_;
  std::atomic<size_t> bytes_ = 0;
  std::atomic<int> cut_ = 0;
};

// Many of one frame.
std::string Many(const std::string& frame) {
  std::string said;
  for (int i = 0; i < 500; ++i) said += frame;
  return said;
}

Held EndlessHeaders(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t i) {
                  return i == 0 ? FrameOf(kHeaders, 0, kIntroduce, AnswerHeaders())
                                : FrameOf(kContinuation, 0, kIntroduce, Literal("a", std::string(100, 'b')));
                })
      .Play("the limit of headers");
}

Held OneGibibyte(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t i) {
                  return FrameOf(i == 0 ? kHeaders : kContinuation, 0, kIntroduce,
                                 (i == 0 ? GibibyteField() : std::string()) + std::string(16000, 'x'));
                })
      .Play("the limit of headers");
}

Held HeaderBomb(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t i) {
                  const std::string block = i == 0 ? AnswerHeaders() + TableFiller() : AnswerHeaders();
                  return FrameOf(kHeaders, kEndHeaders, kIntroduce, block + std::string(10000, '\xbe'));
                })
      .Play("the limit of headers");
}

Held InformationWithoutEnd(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t) { return Many(FrameOf(kHeaders, kEndHeaders, kIntroduce, Literal(":status", "103"))); })
      .Play("the limit of headers");
}

Held EmptyFrames(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t i) {
                  return i == 0 ? FrameOf(kHeaders, kEndHeaders, kIntroduce, AnswerHeaders())
                                : Many(FrameOf(kData, 0, kIntroduce, "")) + Many(FrameOf(kPing, 0, 0, "12345678")) +
                                      Many(FrameOf(kSettings, 0, 0, std::string("\0\4\0\0\xff\xff", 6)));
                })
      .Play("the limit of empty frames");
}

// Changes its keys until the node goes. In the node's time for an answer it could change them far more often than the
// limit allows.
Held KeysWithoutEnd(Place& place) {
  constexpr int kMost = 400000;
  std::atomic<int> changes = 0;
  std::atomic<bool> cut = false;
  place.host->Behave([&](int socket, const Over& over) {
    const auto client = Client::Accept(socket, place.server_context);
    if (client == nullptr || !client->Say(Settings())) return;
    if (!Await(*client, kIntroduce, place.introduction, over)) return;
    for (int i = 0; i < kMost && !over() && client->ChangeKeys() && (i % 1000 != 0 || client->Listen(0)); ++i)
      ++changes;
    cut = cut || client->gone();
  });
  const bool held = hostile::Until([&] { return cut.load(); }, kPatienceS);
  place.host->Behave(PoliteManner(place));
  return {held, absl::StrCat(held ? "refused by the limit of empty frames after " : "it went on after ", changes.load(),
                             " changes of keys")};
}

Held Pushes(Place& place) {
  return Saying(place, kIntroduce,
                [](uint32_t i) {
                  const std::string promised = {0, 0, static_cast<char>(i >> 7), static_cast<char>(2 * i + 2)};
                  return FrameOf(kPushPromise, kEndHeaders, kIntroduce, promised + RequestHeaders("/"));
                })
      .Play("the door: nothing may be pushed");
}

Held BeyondTheWindow(Place& place) {
  return Saying(place, kFollow,
                [](uint32_t i) {
                  return i == 0 ? FrameOf(kHeaders, kEndHeaders, kFollow, AnswerHeaders())
                                : FrameOf(kData, 0, kFollow, std::string(16384, '\0'));
                })
      .Play("the window of a stream, or the layer that reads what came");
}

Held MessageOfOneGibibyte(Place& place) {
  return Saying(place, kFollow,
                [](uint32_t i) {
                  return i == 0 ? FrameOf(kHeaders, kEndHeaders, kFollow, AnswerHeaders()) +
                                      FrameOf(kData, 0, kFollow, Framed("", size_t{1} << 30))
                                : FrameOf(kData, 0, kFollow, std::string(1000, 'x'));
                })
      .Play("layer limit");
}

Held CompressedMessage(Place& place) {
  return Saying(place, kFollow,
                [](uint32_t i) {
                  std::string message = Framed("zip");
                  message[0] = 1;
                  return i == 0 ? FrameOf(kHeaders, kEndHeaders, kFollow, AnswerHeaders()) +
                                      FrameOf(kData, 0, kFollow, message)
                                : std::string();
                })
      .Play("layer version");
}

Held NotHttp2(Place& place) {
  place.host->Behave([&place](int socket, const Over& over) {
    const auto client = Client::Accept(socket, place.server_context);
    while (client != nullptr && !over() && client->Say("HTTP/1.1 200 OK\r\n\r\n") && client->Listen(20)) {
    }
  });
  const bool again = hostile::Until([&place] { return place.host->came() >= 2; }, kPatienceS);
  place.host->Behave(PoliteManner(place));
  return {again, again ? "refused by the door: it is no HTTP/2" : "HTTP/1.1 is listened to"};
}

// The calls of a node that is told to go away at once: it comes again, with growing pauses.
Held ResetsWithoutEnd(Place& place) {
  place.host->Behave([&place](int socket, const Over& over) {
    const auto client = Client::Accept(socket, place.server_context);
    if (client == nullptr || !client->Say(Settings())) return;
    uint32_t reset = 0;
    while (!over() && client->Listen(20)) {
      if (client->asked() <= reset) continue;
      reset = client->asked();
      client->Say(FrameOf(kReset, 0, reset, std::string("\0\0\0\x07", 4)));
    }
  });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const int came = place.host->came();
  place.host->Behave(PoliteManner(place));
  if (came > 12) return {false, absl::StrCat("it was dialled ", came, " times in two seconds")};
  return {true, absl::StrCat("held off by growing pauses: dialled ", came, " times in two seconds")};
}

Held NoSettingsAck(Place& place) {
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<bool> cut = false;
  place.host->Behave([&](int socket, const Over& over) {
    const auto client = Client::Accept(socket, place.server_context);
    if (client == nullptr || !client->Say(FrameOf(kSettings, 0, 0, ""))) return;
    while (!over() && client->Listen(20)) {
    }
    cut = cut || client->gone();
  });
  const bool held = hostile::Until([&] { return cut.load(); }, kPatienceS);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  place.host->Behave(PoliteManner(place));
  return {held, held ? absl::StrCat("refused by the time-out of the settings, after ", took.count(), " s")
                     : "settings need not be acknowledged"};
}

// Takes the connection and says nothing, not even TLS.
Held Silent(Place& place) {
  std::atomic<bool> cut = false;
  place.host->Behave([&](int socket, const Over& over) {
    std::string bytes(4096, '\0');
    while (!over() && !cut) {
      pollfd wait{socket, POLLIN, 0};
      if (poll(&wait, 1, 20) > 0 && recv(socket, bytes.data(), bytes.size(), 0) <= 0) cut = true;
    }
    close(socket);
  });
  const bool held = hostile::Until([&] { return cut.load(); }, kPatienceS);
  place.host->Behave(PoliteManner(place));
  return {held, held ? "refused by the time-out of the handshake" : "it is waited for without end"};
}

Held AnotherKey(Place& place) {
  const size_t mark = place.scene.node().LogMark();
  SSL_CTX* const context = ServerContext(place.stranger);
  place.host->Behave([context](int socket, const Over& over) {
    const auto client = Client::Accept(socket, context);
    while (client != nullptr && !over() && client->Listen(20)) {
    }
  });
  const std::string layer = place.scene.node().RefusedSince(mark, kPatienceS);
  const int came = place.host->came();
  place.host->Behave(PoliteManner(place));
  if (layer != "tls") return {false, absl::StrCat("it is not refused at layer tls but at `", layer, "`")};
  return {true, absl::StrCat("refused by layer tls, at each of ", came, " diallings")};
}

Held KilledDialler(Place& place) {
  const pid_t dialler = ChildOf(place.scene.node().process(), "tidegate-dial");
  if (dialler <= 0 || kill(dialler, SIGKILL) != 0) return {false, "there is no dialler"};
  const bool back = hostile::Until(
      [&] { return ChildOf(place.scene.node().process(), "tidegate-dial") > 0 && Followed(place); }, kPatienceS);
  if (!back) return {false, "it does not come back"};
  return {true, "another dialler was started; the node did not end"};
}

constexpr Fault kFaults[] = {
    {"server: headers without end", EndlessHeaders},
    {"server: a header of one gibibyte", OneGibibyte},
    {"server: a bomb of indexed headers", HeaderBomb},
    {"server: headers before headers without end", InformationWithoutEnd},
    {"server: empty frames without end", EmptyFrames},
    {"server: keys changed without end", KeysWithoutEnd},
    {"server: pushed streams", Pushes},
    {"server: more than its window", BeyondTheWindow},
    {"server: a message of one gibibyte", MessageOfOneGibibyte},
    {"server: a compressed message", CompressedMessage},
    {"server: no HTTP/2", NotHttp2},
    {"server: every stream reset", ResetsWithoutEnd},
    {"server: settings never acknowledged", NoSettingsAck},
    {"server: it never says a word", Silent},
    {"server: another key", AnotherKey},
    {"a dialler that is killed", KilledDialler},
};

}  // namespace

std::span<const Fault> Servers() { return kFaults; }

Host::Manner PoliteManner(const Place& place) {
  return [context = place.server_context, introduction = place.introduction](int socket, const Over& over) {
    const auto client = Client::Accept(socket, context);
    if (client == nullptr || !client->Say(Settings()) || !Await(*client, kFollow, introduction, over)) return;
    v1::ParcelPart caught_up;
    caught_up.mutable_caught_up()->set_now_ms(hostile::NowMs());
    client->Say(Answer(kFollow, caught_up, false));
    while (!over() && client->Listen(20)) {
    }
  };
}

bool Followed(const Place& place) {
  const auto status = place.scene.node().Ask({"status"});
  if (!status.ok()) return false;
  for (const auto& partner : (*status)["partners"]) {
    if (partner["organisation"] == place.scene.partner().organisation()) return partner.value("caught_up", false);
  }
  return false;
}

}  // namespace tidegate::rude
