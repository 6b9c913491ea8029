// Connections by the thousand: silent, half-open, slow, unknown, and with a partner's own key.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/fault/rude/fault.h"
#include "tests/fault/rude/watch.h"

namespace tidegate::rude {
namespace {

constexpr int kMany = kSanitized ? 400 : 2000;

// A client hello's beginning: a record that promises more than ever comes.
constexpr char kHalfHello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

// A whole record with the beginning of a hello that is announced with 130,816 bytes, nearly the most that TLS takes.
constexpr char kLargeHello[] = "\x16\x03\x01\x00\x04\x01\x01\xff\x00";

class Crowd {
 public:
  Crowd(int port, int count, std::string_view says) {
    for (int i = 0; i < count; ++i) {
      const int file = Connect(port);
      if (file < 0) continue;
      if (!says.empty()) send(file, says.data(), says.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      files_.push_back(file);
    }
  }
  ~Crowd() {
    for (const int file : files_) close(file);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  size_t size() const { return files_.size(); }
  size_t Closed() const {
    size_t closed = 0;
    for (const int file : files_) {
      char byte = 0;
      const ssize_t got = recv(file, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
      if (got == 0 || (got < 0 && errno != EAGAIN)) ++closed;
    }
    return closed;
  }
  void Say(std::string_view bytes) const {
    for (const int file : files_) send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

 private:
  std::vector<int> files_;
};

// From one address so many may wait (EXCHANGE.md, "Limits").
constexpr size_t kMostOfOneAddress = 360;

// All but so many were turned away, and in the end every one.
Held Dwindle(const Crowd& crowd, size_t most_kept) {
  if (!hostile::Until([&] { return crowd.size() - crowd.Closed() <= most_kept; }, 10)) {
    return {false, absl::StrCat(crowd.size() - crowd.Closed(), " of ", crowd.size(), " connections were kept")};
  }
  const size_t refused = crowd.Closed();
  if (!hostile::Until([&] { return crowd.Closed() == crowd.size(); }, 15)) return {false, "some were kept for ever"};
  return {true, absl::StrCat("refused by the caps of the door (", refused, " of ", crowd.size(),
                             "), the rest by the time-out of the handshake")};
}

Held Silent(Place& place) { return Dwindle(Crowd(place.port, kMany, ""), kMostOfOneAddress); }

Held HalfOpen(Place& place) {
  return Dwindle(Crowd(place.port, kMany, std::string_view(kHalfHello, sizeof kHalfHello - 1)), kMostOfOneAddress);
}

Held LargeHellos(Place& place) {
  return Dwindle(Crowd(place.port, kMany, std::string_view(kLargeHello, sizeof kLargeHello - 1)), kMostOfOneAddress);
}

Held Slow(Place& place) {
  const Crowd crowd(place.port, 300, std::string_view(kHalfHello, sizeof kHalfHello - 1));
  for (int i = 0; i < Hastened(13000) / 100; ++i) {
    crowd.Say("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (crowd.Closed() != crowd.size()) return {false, "a byte now and then keeps a connection"};
  return {true, "refused by the time-out of the handshake, which no byte puts off"};
}

Held Strangers(Place& place) {
  const size_t mark = place.scene.node().LogMark();
  int let_in = 0;
  for (int i = 0; i < kMany / 2; ++i) {
    const auto client = Client::Dial(place.port, place.stranger);
    if (client != nullptr && client->Begin() && client->Listen(1) && client->Ask(1, "/x", "", 20)) ++let_in;
  }
  const std::string log = place.scene.node().LogSince(mark);
  if (let_in > 0) return {false, absl::StrCat(let_in, " strangers were answered")};
  if (log.find("refused at layer tls") == std::string::npos && place.scene.node().RefusedSince(mark, 5) != "tls") {
    return {false, "the log does not say so"};
  }
  if (log.size() > 16384) return {false, absl::StrCat("they wrote ", log.size(), " bytes of log")};
  return {true, absl::StrCat("refused by layer tls; ", kMany / 2, " strangers wrote ", log.size(), " bytes of log")};
}

Held ManyOfOne(Place& place) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) {
    auto client = Client::Dial(place.port, place.partner);
    if (client != nullptr && client->Begin()) clients.push_back(std::move(client));
  }
  size_t open = 0;
  for (const auto& client : clients) open += client->Listen(5) ? 1 : 0;
  if (open > 8) return {false, absl::StrCat(open, " connections of one partner are open")};
  return {true, absl::StrCat("refused by the cap of one key: ", open, " of 200 stay")};
}

Held IdleOnes(Place& place) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Client::Dial(place.port, place.partner));
    if (clients.back() == nullptr || !clients.back()->Begin()) return {false, "no connection"};
  }
  for (const auto& client : clients) {
    if (client->Listen(Hastened(13000))) return {false, "who asks nothing may stay"};
  }
  return {true, "refused by the time-out of the first call"};
}

constexpr Fault kFaults[] = {
    {"silent connections", Silent},
    {"half-open handshakes", HalfOpen},
    {"hellos that announce much", LargeHellos},
    {"handshakes byte by byte", Slow},
    {"handshakes of strangers", Strangers},
    {"many connections of one partner", ManyOfOne},
    {"connections on which nothing is asked", IdleOnes},
};

}  // namespace

std::span<const Fault> Crowds() { return kFaults; }

}  // namespace tidegate::rude
