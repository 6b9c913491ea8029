// Limits on all callers together and on what waits for one, broken by callers that do not obey, through a real door.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "node/exchange/asking.h"
#include "node/exchange/reception.h"
#include "tests/fault/rude/h2.h"
#include "tests/unit/exchange/endpoints.h"

namespace tidegate::exchange {
namespace {

using rude::Client;

constexpr std::string_view kFollow = "/tidegate.v1.Exchange/Follow";
constexpr std::string_view kAcknowledge = "/tidegate.v1.Exchange/Acknowledge";

std::string Call(uint32_t stream, std::string_view path) {
  return h2::FrameOf(h2::kHeaders, h2::kEndHeaders, stream, h2::RequestHeaders(path));
}

class LimitsOfAll : public Endpoints {
 protected:
  // Partners of the charity, each with a key of its own.
  void Make(int count) {
    for (int i = 0; i < count; ++i) {
      partners_.push_back(std::make_unique<partner::TestNode>("partner-" + std::to_string(100 + i), "charity", Now()));
      partner::Pair(charity_, *partners_.back(), false, Now(), server_->address());
      const partner::Identity& identity = partners_.back()->identity();
      keys_.push_back({*identity.TlsCertificate(Now()), std::string(identity.tls_key().Expose())});
    }
  }
  std::unique_ptr<Client> Dial(size_t which) {
    auto client = Client::Dial(server_->port(), keys_.at(which));
    if (client == nullptr || !client->Begin()) return nullptr;
    client->Listen(2);
    return client;
  }

  std::vector<std::unique_ptr<partner::TestNode>> partners_;
  std::vector<rude::Identity> keys_;
};

TEST_F(LimitsOfAll, OpenConnections) {
  Make(34);
  std::vector<std::unique_ptr<Client>> clients;
  const auto dial = [&](size_t which) {
    clients.push_back(Dial(which));
    // A call that waits: none leaves for another.
    if (clients.back() != nullptr) clients.back()->Say(Call(1, kAcknowledge));
  };
  for (size_t which = 0; which < 32; ++which) {
    for (int i = 0; i < 8; ++i) dial(which);
  }
  const auto open = [&] {
    size_t count = 0;
    for (const auto& client : clients) count += client != nullptr && client->Listen(0) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(open(), 256u);
  dial(32);
  dial(33);
  EXPECT_TRUE(Soon([&] { return open() == 256; })) << open() << " are open";
  EXPECT_TRUE(Soon([&] { return log_.Has("too many connections"); }));
}

TEST_F(LimitsOfAll, RequestsUnderWay) {
  Make(18);
  std::vector<std::unique_ptr<Client>> clients;
  const std::string mebibyte(size_t{1} << 20, 'x');
  const auto dial = [&](size_t which) {
    clients.push_back(Dial(which));
    return clients.back() != nullptr && clients.back()->Say(Call(1, kAcknowledge) + Call(3, kAcknowledge));
  };
  const auto refused = [&] {
    size_t count = 0;
    for (const auto& client : clients) {
      EXPECT_TRUE(client->Listen(1));
      count += client->ended();
    }
    return count;
  };
  for (size_t which = 0; which < 16; ++which) {
    ASSERT_TRUE(dial(which));
    Client& client = *clients.back();
    ASSERT_TRUE(client.Pour(1, mebibyte) && client.Pour(3, mebibyte));
    ASSERT_TRUE(client.Say(h2::FrameOf(h2::kPing, 0, 0, "all read")));
    ASSERT_TRUE(Soon([&] { return client.Listen(1) && client.pongs() == 1; }));
  }
  EXPECT_EQ(refused(), 0u) << "32 MiB may be under way";
  for (size_t which = 16; which < 18; ++which) {
    ASSERT_TRUE(dial(which));
    for (const uint32_t stream : {1, 3}) clients.back()->Say(h2::FrameOf(h2::kData, 0, stream, "x"));
  }
  EXPECT_TRUE(Soon([&] { return refused() == 4; })) << "each of the 4 calls beyond 32 MiB is refused";
  // The memory of a caller that leaves is free for another caller.
  clients.front().reset();
  EXPECT_TRUE(Soon([&] {
    const auto client = Dial(17);
    return client != nullptr && client->Say(Call(1, kAcknowledge)) && client->Pour(1, mebibyte) && client->Listen(5) &&
           client->ended() == 0;
  })) << "who comes later is not answered";
}

TEST_F(LimitsOfAll, RequestsOfOneKey) {
  Make(1);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Dial(0));
    ASSERT_NE(clients.back(), nullptr);
    for (uint32_t stream = 1; stream < 16; stream += 2) clients.back()->Say(Call(stream, kAcknowledge));
  }
  const auto ended = [&] {
    size_t count = 0;
    for (const auto& client : clients) {
      client->Listen(5);
      count += client->ended();
    }
    return count;
  };
  EXPECT_TRUE(Soon([&] { return ended() == 8; })) << "of 24 calls of one key 16 may be under way";
}

// Sends without end, and counts what was taken off its hands.
class EndlessSource : public TestSource {
 public:
  static constexpr size_t kPiece = 16 << 10;
  absl::Status Follow(const partner::PartnerPtr&, std::string_view, ParcelWriter& out,
                      const std::function<bool()>& cancelled) override {
    while (!cancelled()) {
      if (absl::Status sent = out.Write(MadeUpParcel(1, {std::string(kPiece, 'x')})); !sent.ok()) return sent;
      sent_ += kPiece;
    }
    return absl::OkStatus();
  }
  size_t sent() const { return sent_; }

 private:
  std::atomic<size_t> sent_ = 0;
};

TEST_F(LimitsOfAll, AnAnswerThatNobodyReads) {
  EndlessSource endless;
  server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, endless);
  Make(1);
  {
    const auto client = Dial(0);
    ASSERT_NE(client, nullptr);
    client->Say(h2::FrameOf(h2::kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6)));  // no window at all
    client->Say(Call(1, kFollow) + h2::FrameOf(h2::kData, h2::kEndStream, 1, h2::Framed("")));
    ASSERT_TRUE(Soon([&] { return endless.sent() >= door::kSendWindow / 2; })) << "so much may wait";
    size_t before = 0;
    EXPECT_TRUE(Soon([&] {  // until no more is taken
      client->Listen(100);
      return std::exchange(before, endless.sent()) == endless.sent();
    }));
    EXPECT_LE(endless.sent(), door::kSendWindow);
    // A caller that reads then gets more.
    client->Say(h2::FrameOf(h2::kSettings, 0, 0, std::string("\0\4\0\1\0\0", 6)));
    EXPECT_TRUE(Soon([&] {
      client->Listen(20);
      return endless.sent() > before;
    }));
  }
  server_.reset();
}

// --- Whom we dial. ---

// Takes connections and says nothing.
class SilentHost {
 public:
  SilentHost() : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    EXPECT_EQ(bind(file_, reinterpret_cast<sockaddr*>(&address_), length), 0);
    EXPECT_EQ(listen(file_, 8), 0);
    EXPECT_EQ(getsockname(file_, reinterpret_cast<sockaddr*>(&address_), &length), 0);
  }
  ~SilentHost() { close(file_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

 private:
  const int file_;
  sockaddr_in address_{};
};

TEST_F(LimitsOfAll, ACallThatIsNeverAnsweredEndsInTime) {
  const SilentHost silent;
  partner::Pair(charity_, police_, false, Now(), silent.address());
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status status = IntroduceOnce("harbour", "", *police_, kHere, 500).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

// Counts the connections that were lost.
class Losses final : public door::Answers {
 public:
  void Sent(door::ConnectionId, door::StreamId, uint32_t) override {}
  bool Received(door::ConnectionId, door::StreamId, std::string_view) override { return true; }
  void Ended(door::ConnectionId, door::StreamId, int, std::string_view) override {}
  void Lost(door::ConnectionId, door::Reason reason) override { ++(reason == door::Reason::kFull ? full : others); }
  void AllLost() override {}
  std::atomic<int> full = 0, others = 0;
};

TEST_F(LimitsOfAll, ConnectionsThatWeDial) {
  Losses losses;
  std::vector<int> theirs;
  {
    door::Dialler dialler(losses);
    const partner::Identity& identity = police_.identity();
    const door::Certificate certificate{*identity.TlsCertificate(Now()), identity.tls_key().Clone()};
    for (size_t i = 0; i < door::kMostDialled + 5; ++i) {
      int ends[2];
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
      theirs.push_back(ends[0]);
      ASSERT_TRUE(dialler.Dial(dialler.NewNumber(), ends[1], crypto::Hash{}, certificate));
    }
    EXPECT_TRUE(Soon([&] { return losses.full == 5; })) << losses.full << " of 5";
    EXPECT_EQ(losses.others, 0);
    dialler.Stop();
  }
  for (const int file : theirs) close(file);
}

TEST(LimitsOfADoorThatLies, ConnectionsThatItClaims) {
  partner::TestNode charity("harbour", "charity", Now());
  const partner::TestNode police("northshire-police", "police", Now());
  Reception reception(*charity, 1, [](class exchange::Call&) { return absl::OkStatus(); });
  const std::string certificate = *police.identity().TlsCertificate(Now());
  for (door::ConnectionId connection = 1; connection <= 10000; ++connection) {
    reception.Opened(connection, certificate, "127.0.0.1:1");
  }
  EXPECT_EQ(reception.connections(), 2 * door::kMostConnections);
  reception.Closed(1);
  EXPECT_EQ(reception.connections(), 2 * door::kMostConnections - 1);
  reception.AllClosed();
  EXPECT_EQ(reception.connections(), 0u);
}

}  // namespace
}  // namespace tidegate::exchange
