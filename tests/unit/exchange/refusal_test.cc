// Those who should not be answered, each beside one who should.
#include "node/exchange/refusal.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "node/door/door.h"
#include "tests/fault/rude/h2.h"
#include "tests/fault/rude/host.h"
#include "tests/unit/exchange/endpoints.h"

namespace tidegate::exchange {
namespace {

using Refusals = Endpoints;

TEST(FromAnswer, RepeatsNothingThatThePartnerWrote) {
  const std::string wild = "\x1b[2J\x1b]0;owned\x07\r\nverified: author signature yes";
  for (int code = 1; code <= 16; ++code) {
    const std::string told(FromAnswer(code, wild, "following").message());
    EXPECT_EQ(told.find('\x1b'), std::string::npos) << told;
    EXPECT_EQ(told.find("verified"), std::string::npos) << told;
    EXPECT_EQ(told.find("owned"), std::string::npos) << told;
  }
}

TEST(FromAnswer, GivesTheReferenceThatLeadsToTheirLog) {
  const auto told = [](const std::string& message) {
    return std::string(FromAnswer(7, message, "following").message());
  };
  EXPECT_EQ(told("refused; reference 00ff00ff00ff00ff"),
            "exchange: following: refused: they do not let us in; their log has it under reference 00ff00ff00ff00ff");
  EXPECT_EQ(told("refused; reference 00ff00ff00ff00ff\nmore"), "exchange: following: refused: they do not let us in");
  EXPECT_EQ(told("refused; reference VERIFIED"), "exchange: following: refused: they do not let us in");
}

TEST(FromLoss, NamesALayerWhereWeRefusedAndNoneWhereTheyDid) {
  EXPECT_EQ(parcel::LayerOf(FromLoss(door::Reason::kWrongKey, "following")), parcel::Layer::kTls);
  EXPECT_EQ(parcel::LayerOf(FromLoss(door::Reason::kHeaders, "following")), parcel::Layer::kLimit);
  const absl::Status clock = FromLoss(door::Reason::kTheyDoubtOurClock, "following");
  EXPECT_FALSE(parcel::LayerOf(clock).has_value());
  EXPECT_EQ(clock.message(), "exchange: following: to them our certificate is not valid now; compare the clocks");
}

TEST(LogRefusal, APartnerCannotFillTheLog) {
  const LogCapture log;
  const absl::Status error = parcel::Refuse(parcel::Layer::kLimit, "too long");
  for (int i = 0; i < 1000; ++i) LogRefusal(error, "loud-bank", "Follow");
  const size_t written = log.Count("loud-bank");
  EXPECT_GE(written, 100u);
  EXPECT_LE(written, 110u);
  EXPECT_EQ(Refused(error, "loud-bank", "Follow").message(), "refused") << "there is no line to refer to";
  EXPECT_EQ(LogRefusal(error, "quiet-bank", "Follow").size(), 16u) << "nobody else is left out";
  EXPECT_TRUE(Soon([&] { return !LogRefusal(error, "loud-bank", "Follow").empty(); }));
  EXPECT_TRUE(log.Has("lines about them were left out"));
}

v1::Introduction IntroductionOf(const partner::Identity& identity) {
  v1::Introduction message;
  message.set_version(1);
  message.set_minimum_version(1);
  message.add_parcel_suites(1);
  message.set_key_notice(identity.key_notice().Encode());
  message.set_kem_notice(identity.kem_notice().Encode());
  return message;
}

grpc::Status TryIntroduce(v1::Exchange::Stub& stub, const v1::Introduction& request) {
  v1::Introduction answer;
  return stub.Introduce(WithDeadline().get(), request, &answer);
}

TEST_F(Refusals, APinnedPartnerIsAnswered) {
  PairNodes();
  const auto stub = DialAs(police_.identity(), server_->address());
  const grpc::Status introduced = TryIntroduce(*stub, IntroductionOf(police_.identity()));
  EXPECT_TRUE(introduced.ok()) << introduced.error_message();
}

TEST_F(Refusals, AnUnknownCertificateDoesNotGetThroughTheHandshake) {
  PairNodes();
  partner::TestNode stranger("stranger", "charity", Now());
  const auto stub = DialAs(stranger.identity(), server_->address());
  const grpc::Status introduced = TryIntroduce(*stub, IntroductionOf(stranger.identity()));
  EXPECT_EQ(introduced.error_code(), grpc::StatusCode::UNAVAILABLE) << introduced.error_message();
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer tls"); }));
  EXPECT_EQ(introduced.error_message().find("pinned"), std::string::npos) << "the reason stays with us";
}

TEST_F(Refusals, AnExpiredCertificate) {
  PairNodes();
  const uint64_t long_ago = Now() - 200 * partner::kDayMs;
  const auto stub = DialAs(police_.identity(), server_->address(), long_ago);
  EXPECT_FALSE(TryIntroduce(*stub, IntroductionOf(police_.identity())).ok());
  EXPECT_TRUE(Soon([&] { return log_.Has("not valid now"); }));
}

// The proof of a guest that has accepted an invitation of `inviter`.
std::unique_ptr<v1::Exchange::Stub> DialWithLetter(partner::TestNode& inviter, const partner::Identity& identity,
                                                   const std::string& address) {
  const std::vector<crypto::Hash> letters = inviter->LetterKeys(Now());
  EXPECT_EQ(letters.size(), 1u);
  return DialAs(identity, address, Now(), door::LetterProof(letters.at(0), identity.keys().tls_spki));
}

TEST_F(Refusals, AStrangerWithoutTheLetterLearnsNothingOfAnOpenInvitation) {
  partner::TestNode stranger("stranger", "charity", Now());
  const auto before = DialAs(stranger.identity(), server_->address());
  const grpc::Status closed = TryIntroduce(*before, IntroductionOf(stranger.identity()));
  ASSERT_TRUE(charity_->Invite({}, partner::At(Now())).ok());
  const auto after = DialAs(stranger.identity(), server_->address());
  const grpc::Status open = TryIntroduce(*after, IntroductionOf(stranger.identity()));
  EXPECT_EQ(open.error_code(), grpc::StatusCode::UNAVAILABLE) << open.error_message();
  EXPECT_EQ(open.error_code(), closed.error_code());
  EXPECT_TRUE(Soon([&] { return log_.Has("proves no letter"); }));
}

TEST_F(Refusals, SomebodyElsesProofOfTheLetterIsNone) {
  ASSERT_TRUE(charity_->Invite({}, partner::At(Now())).ok());
  partner::TestNode guest("guest", "charity", Now()), thief("thief", "charity", Now());
  const std::string proof = door::LetterProof(charity_->LetterKeys(Now()).at(0), guest.identity().keys().tls_spki);
  const auto stub = DialAs(thief.identity(), server_->address(), Now(), proof);
  EXPECT_EQ(TryIntroduce(*stub, IntroductionOf(thief.identity())).error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto honest = DialAs(guest.identity(), server_->address(), Now(), proof);
  EXPECT_EQ(TryIntroduce(*honest, IntroductionOf(guest.identity())).error_code(), grpc::StatusCode::PERMISSION_DENIED)
      << "the guest gets through the handshake, and is then asked for its reply";
}

TEST_F(Refusals, WhoeverHasALetterMayOnlyIntroduceItself) {
  ASSERT_TRUE(charity_->Invite({}, partner::At(Now())).ok());
  partner::TestNode stranger("stranger", "charity", Now());
  const auto stub = DialWithLetter(charity_, stranger.identity(), server_->address());
  const grpc::Status followed = TryFollow(*stub);
  EXPECT_EQ(followed.error_code(), grpc::StatusCode::PERMISSION_DENIED) << followed.error_message();
  EXPECT_TRUE(log_.Has("refused at layer identity"));
  v1::Acknowledgement answer;
  EXPECT_EQ(stub->Acknowledge(WithDeadline().get(), v1::Receipt(), &answer).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  // Without a good reply even that is refused, and nobody becomes a partner.
  v1::Introduction request = IntroductionOf(stranger.identity());
  request.set_reply("nonsense");
  EXPECT_EQ(TryIntroduce(*stub, request).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(charity_->List().empty());
  EXPECT_TRUE(source_.cursors().empty());
}

TEST_F(Refusals, SomebodyElsesReplyIsRefused) {
  const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  ASSERT_TRUE(police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now())).ok());
  partner::TestNode thief("thief", "charity", Now());
  const auto stub = DialWithLetter(charity_, thief.identity(), server_->address());
  v1::Introduction request = IntroductionOf(thief.identity());
  request.set_reply(police_->Find("harbour")->reply);
  EXPECT_EQ(TryIntroduce(*stub, request).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(charity_->List().empty());
}

TEST_F(Refusals, BeforeBothHaveConfirmedNothingButIntroduceIsAnswered) {
  const auto invitation = charity_->Invite({.address = server_->address()}, partner::At(Now()));
  const auto reply = police_->Accept(invitation->text, invitation->spoken_code, "", partner::At(Now()));
  ASSERT_TRUE(charity_->AcceptReply(reply->text, std::nullopt, partner::At(Now())).ok());
  const auto stub = DialAs(police_.identity(), server_->address());
  EXPECT_TRUE(TryIntroduce(*stub, IntroductionOf(police_.identity())).ok());
  const grpc::Status followed = TryFollow(*stub);
  EXPECT_EQ(followed.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(log_.Has("refused at layer identity"));
  EXPECT_EQ(followed.error_message().rfind("refused; reference ", 0), 0u) << followed.error_message();
  EXPECT_TRUE(log_.Has(followed.error_message().substr(19))) << "the reference leads to our log line";
  EXPECT_TRUE(source_.cursors().empty());
}

TEST_F(Refusals, Limits) {
  PairNodes();
  const auto stub = DialAs(police_.identity(), server_->address());
  EXPECT_EQ(TryFollow(*stub, std::string(parcel::kMaxCursorBytes + 1, 'x')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(log_.Has("refused at layer limit"));
  v1::Receipt receipt;
  receipt.set_bytes(std::string(parcel::kMaxReceiptBytes + 1, 'x'));
  receipt.set_signature(std::string(64, 'x'));
  v1::Acknowledgement answer;
  EXPECT_EQ(stub->Acknowledge(WithDeadline().get(), receipt, &answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  receipt.set_bytes(std::string(parcel::kMaxReceiptBytes * 4, 'x'));  // more than a message may have
  EXPECT_EQ(stub->Acknowledge(WithDeadline().get(), receipt, &answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(source_.receipts().empty());
  receipt.set_bytes("short");
  EXPECT_TRUE(stub->Acknowledge(WithDeadline().get(), receipt, &answer).ok());
  receipt.set_signature("short");
  EXPECT_EQ(stub->Acknowledge(WithDeadline().get(), receipt, &answer).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::Introduction many = IntroductionOf(police_.identity());
  for (int i = 0; i < 9; ++i) many.add_checkpoints("note");
  EXPECT_EQ(TryIntroduce(*stub, many).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(Refusals, Versions) {
  PairNodes();
  const auto stub = DialAs(police_.identity(), server_->address());
  v1::Introduction newer = IntroductionOf(police_.identity());
  newer.set_version(7);
  EXPECT_TRUE(TryIntroduce(*stub, newer).ok()) << "who still speaks version 1 is understood";
  newer.set_minimum_version(2);
  EXPECT_EQ(TryIntroduce(*stub, newer).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(log_.Has("refused at layer version"));
  v1::Introduction suites = IntroductionOf(police_.identity());
  suites.clear_parcel_suites();
  EXPECT_EQ(TryIntroduce(*stub, suites).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(Refusals, PinsChangeLive) {
  PairNodes();
  const auto stub = DialAs(police_.identity(), server_->address());
  ASSERT_TRUE(TryIntroduce(*stub, IntroductionOf(police_.identity())).ok());
  // The connection stays open; the next call on it is refused.
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", true, partner::At(Now())).ok());
  EXPECT_EQ(TryIntroduce(*stub, IntroductionOf(police_.identity())).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", false, partner::At(Now())).ok());
  EXPECT_TRUE(TryIntroduce(*stub, IntroductionOf(police_.identity())).ok());
}

// Whether a client that may speak exactly this version, and offers this protocol, gets through the handshake.
bool Handshakes(const partner::Identity& identity, int port, int version, std::string_view protocol = "h2") {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  // This process is configured for 1.3 only; a hostile client is not.
  SSL_CTX_clear_options(context, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  const std::string certificate = *identity.TlsCertificate(Now());
  BIO* certificate_bio = BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size()));
  X509* x509 = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  const std::string_view key_pem = identity.tls_key().Expose();
  BIO* key_bio = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, x509);
  SSL_CTX_use_PrivateKey(context, key);
  std::string offered(1, static_cast<char>(protocol.size()));
  offered += protocol;
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(offered.data()),
                          static_cast<unsigned>(offered.size()));
  BIO* connection = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(connection, ("127.0.0.1:" + std::to_string(port)).c_str());
  const bool done = BIO_do_connect(connection) == 1 && BIO_do_handshake(connection) == 1;
  BIO_free_all(connection);
  EVP_PKEY_free(key);
  BIO_free(key_bio);
  X509_free(x509);
  BIO_free(certificate_bio);
  SSL_CTX_free(context);
  return done;
}

TEST_F(Refusals, NothingBelowTls13) {
  PairNodes();
  EXPECT_TRUE(Handshakes(police_.identity(), server_->port(), TLS1_3_VERSION));
  EXPECT_FALSE(Handshakes(police_.identity(), server_->port(), TLS1_2_VERSION));
}

TEST_F(Refusals, WhoOffersAnotherProtocolThanHttp2DoesNotGetThroughTheHandshake) {
  PairNodes();
  EXPECT_TRUE(Handshakes(police_.identity(), server_->port(), TLS1_3_VERSION, "h2"));
  EXPECT_FALSE(Handshakes(police_.identity(), server_->port(), TLS1_3_VERSION, "http/1.1"));
}

TEST_F(Refusals, WhoHangsUpInTheHandshakeIsNotSaidToBeRefused) {
  PairNodes();
  const int gone = rude::Connect(server_->port());
  ASSERT_GE(gone, 0);
  ASSERT_EQ(send(gone, "\x16\x03\x01\x02", 4, MSG_NOSIGNAL), 4);  // the beginning of a hello
  close(gone);
  // Somebody who says what is no TLS is refused after it: by then the door has told of both.
  const int rude = rude::Connect(server_->port());
  ASSERT_EQ(send(rude, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer tls"); }));
  EXPECT_FALSE(log_.Has("ended the connection"));
  EXPECT_FALSE(log_.Has("2 of this kind"));
  close(rude);
}

TEST_F(Refusals, PlaintextIsNotAnswered) {
  PairNodes();
  const auto stub = v1::Exchange::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  v1::Introduction answer;
  EXPECT_EQ(stub->Introduce(WithDeadline(5).get(), IntroductionOf(police_.identity()), &answer).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

// Says that all is told, and then sends a parcel that nobody takes.
class BadAfterCaughtUp : public TestSource {
 public:
  absl::Status Follow(const partner::PartnerPtr&, std::string_view, ParcelWriter& out,
                      const std::function<bool()>& cancelled) override {
    ++tries;
    if (absl::Status told = out.CaughtUp(); !told.ok()) return told;
    if (absl::Status sent = out.Write(MadeUpParcel(1, {"bad"})); !sent.ok()) return sent;
    while (!cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return absl::OkStatus();
  }
  std::atomic<int> tries = 0;
};

class Pauses : public Endpoints {
 protected:
  void TearDown() override {
    followers_.reset();
    server_.reset();
  }
  BadAfterCaughtUp bad_;
};

TEST_F(Pauses, GrowWhileParcelsAreRefusedWhateverTheirSenderSaysBefore) {
  server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, bad_);
  PairNodes();
  sink_.RefuseFromNowOn();
  auto followers = Followers::Start(
      {.first_backoff_ms = 40, .most_backoff_ms = 100, .most_refused_ms = 60000, .reach = kHere}, *police_, sink_);
  ASSERT_TRUE(followers.ok()) << followers.status();
  followers_ = *std::move(followers);
  ASSERT_TRUE(Soon([&] { return bad_.tries >= 5; }));
  const auto begin = std::chrono::steady_clock::now();
  const int before = bad_.tries;
  ASSERT_TRUE(Soon([&] { return bad_.tries > before; }));
  // The sixth try waits for at least half of 640 ms; after any other end it would be 100 ms at most.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
}

// Says that we have caught up, and hangs up.
class HangsUp : public TestSource {
 public:
  absl::Status Follow(const partner::PartnerPtr&, std::string_view, ParcelWriter& out,
                      const std::function<bool()>&) override {
    ++tries;
    return out.CaughtUp();
  }
  std::atomic<int> tries = 0;
};

TEST_F(Pauses, GrowForAPartnerThatSaysCaughtUpAndHangsUp) {
  HangsUp hangs_up;
  server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, hangs_up);
  PairNodes();
  auto followers =
      Followers::Start({.first_backoff_ms = 40, .most_backoff_ms = 60000, .reach = kHere}, *police_, sink_);
  ASSERT_TRUE(followers.ok()) << followers.status();
  followers_ = *std::move(followers);
  ASSERT_TRUE(Soon([&] { return hangs_up.tries >= 5; }));
  const auto begin = std::chrono::steady_clock::now();
  const int before = hangs_up.tries;
  ASSERT_TRUE(Soon([&] { return hangs_up.tries > before; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300)) << "half of 640 ms at least";
  followers_.reset();
  server_.reset();
}

// A sender that lies about the shape of its stream.
class LyingSource : public TestSource {
 public:
  explicit LyingSource(parcel::Sealed sealed) : sealed_(std::move(sealed)) {}
  absl::Status Follow(const partner::PartnerPtr&, std::string_view, ParcelWriter& out,
                      const std::function<bool()>&) override {
    return out.Write(sealed_);
  }

 private:
  const parcel::Sealed sealed_;
};

class Liars : public Endpoints {
 protected:
  void LieWith(const parcel::Sealed& sealed) {
    liar_ = std::make_unique<LyingSource>(sealed);
    server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, *liar_);
    PairNodes();
    Follow();
  }
  void TearDown() override {
    followers_.reset();
    server_.reset();
  }
  std::unique_ptr<LyingSource> liar_;
};

TEST_F(Liars, AStreamThatEndsInsideAParcel) {
  parcel::Sealed sealed = MadeUpParcel(1, {"one", "two", "three"});
  sealed.chunks.pop_back();
  LieWith(sealed);
  EXPECT_TRUE(Soon([&] { return State().last_error.find("ended inside a parcel") != std::string::npos; }));
  EXPECT_GT(State().error_since_ms, 0u) << "since when";
  EXPECT_TRUE(sink_.parcels().empty());
}

TEST_F(Liars, AChunkTooMany) {
  parcel::Sealed sealed = MadeUpParcel(1, {"one"});
  sealed.chunks.push_back("two");
  LieWith(sealed);
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer manifest: parcel: manifest: a part of a parcel"); }));
}

TEST_F(Liars, AnEmptyChunk) {
  LieWith(MadeUpParcel(1, {"one", "", "three"}));
  EXPECT_TRUE(Soon([&] { return log_.Has("something else than a chunk"); }));
}

TEST_F(Liars, AChunkLongerThanAMessageMayBe) {
  LieWith(MadeUpParcel(1, {std::string(parcel::kMaxChunkBytes * 2, 'x')}));
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer limit"); }));
  EXPECT_TRUE(sink_.parcels().empty());
}

// Sends a part and keeps the stream open.
class StallingSource : public TestSource {
 public:
  absl::Status Follow(const partner::PartnerPtr&, std::string_view, ParcelWriter& out,
                      const std::function<bool()>& cancelled) override {
    parcel::Sealed sealed = MadeUpParcel(1, {"one", "two"});
    sealed.chunks.pop_back();
    if (absl::Status written = out.Write(std::move(sealed)); !written.ok()) return written;
    EXPECT_TRUE(Soon(cancelled));
    return absl::OkStatus();
  }
};

TEST_F(Refusals, AParcelThatStalls) {
  StallingSource staller;
  server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, staller);
  PairNodes();
  followers_ = *Followers::Start({.first_backoff_ms = 10, .most_backoff_ms = 100, .stall_ms = 100, .reach = kHere},
                                 *police_, sink_);
  EXPECT_TRUE(Soon([&] { return log_.Has("has not gone on with a parcel"); }));
  EXPECT_TRUE(sink_.parcels().empty());
  followers_.reset();
  server_.reset();
}

// A listener that a node dials: it takes a connection and gives it to a test.
class DrippingHost {
 public:
  explicit DrippingHost(const rude::Identity& identity) : host_(0, Manner(identity)) {}
  std::string address() const { return "127.0.0.1:" + std::to_string(host_.port()); }

 private:
  // Answers the first call with the beginning of a message, and then a byte now and then.
  static rude::Host::Manner Manner(const rude::Identity& identity) {
    return [context = std::shared_ptr<SSL_CTX>(rude::ServerContext(identity), SSL_CTX_free)](
               int socket, const rude::Host::Over& over) {
      const auto client = rude::Client::Accept(socket, context.get());
      if (client == nullptr) return;
      client->Say(h2::FrameOf(h2::kSettings, 0, 0, "") + h2::FrameOf(h2::kSettings, h2::kAck, 0, ""));
      while (!over() && client->asked() == 0 && client->Listen(5)) {
      }
      client->Say(h2::FrameOf(h2::kHeaders, h2::kEndHeaders, 1, h2::AnswerHeaders()) +
                  h2::FrameOf(h2::kData, 0, 1, h2::Framed("x", 100000)));
      while (!over() && client->Say(h2::FrameOf(h2::kData, 0, 1, "x")) && client->Listen(20)) {
      }
    };
  }
  rude::Host host_;
};

TEST_F(Refusals, AMessageThatDrips) {
  const partner::Identity& charity = charity_.identity();
  const DrippingHost host({*charity.TlsCertificate(Now()), std::string(charity.tls_key().Expose())});
  partner::Pair(charity_, police_, false, Now(), host.address());
  followers_ = *Followers::Start({.first_backoff_ms = 10, .most_backoff_ms = 100, .stall_ms = 100, .reach = kHere},
                                 *police_, sink_);
  EXPECT_TRUE(Soon([&] { return log_.Has("has not gone on with a message"); }));
  followers_.reset();
}

// The clocks of two nodes, and the words on either side.
TEST_F(Liars, ACertificateThatIsNotValidNowIsToldByBothSides) {
  const partner::Identity& charity = charity_.identity();
  const rude::Identity stale{*charity.TlsCertificate(Now() - 200 * partner::kDayMs),
                             std::string(charity.tls_key().Expose())};
  const auto alert = std::make_shared<std::atomic<int>>(0);
  rude::Host host(0, [alert, context = std::shared_ptr<SSL_CTX>(rude::ServerContext(stale), SSL_CTX_free)](
                         int socket, const rude::Host::Over&) {
    const auto client = rude::Client::Accept(socket, context.get());
    *alert = client == nullptr ? ERR_GET_REASON(ERR_peek_error()) : 0;
  });
  partner::Pair(charity_, police_, false, Now(), "127.0.0.1:" + std::to_string(host.port()));
  Follow();
  EXPECT_TRUE(Soon([&] { return State().last_error.find("not valid now; compare the clocks") != std::string::npos; }));
  EXPECT_TRUE(log_.Has("refused at layer tls"));
  EXPECT_TRUE(Soon([&] { return *alert == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED; })) << *alert;
}

TEST_F(Liars, WhoRefusesUsInTheHandshakeIsNotTakenForTheNetwork) {
  TestSource source;
  server_ = *Server::Start({.listen = "127.0.0.1:0"}, *charity_, source);
  PairNodes();
  ASSERT_TRUE(charity_->SetSuspended("northshire-police", true, partner::At(Now())).ok());
  Follow();
  EXPECT_TRUE(Soon([&] { return State().last_error.find("they do not take our certificate") != std::string::npos; }))
      << State().last_error;
  EXPECT_FALSE(State().connected);
  followers_.reset();
  server_.reset();
}

TEST_F(Liars, NoManifest) {
  parcel::Sealed sealed = MadeUpParcel(1, {"one"});
  sealed.manifest = "TDGman9 something newer";
  LieWith(sealed);
  EXPECT_TRUE(Soon([&] { return log_.Has("refused at layer version"); }));
}

TEST_F(Liars, AnImpostorAtTheAddress) {
  partner::TestNode impostor("impostor", "charity", Now());
  TestSource other;
  partner::Pair(impostor, police_, false, Now());  // known to the police, but not as the charity
  const auto at_charity = Server::Start({.listen = "127.0.0.1:0"}, *impostor, other);
  ASSERT_TRUE(at_charity.ok());
  partner::Pair(charity_, police_, false, Now(), (*at_charity)->address());
  Follow();
  EXPECT_TRUE(Soon([&] { return log_.Has("the certificate that answers is not the pinned one"); }));
  EXPECT_TRUE(other.cursors().empty());
  EXPECT_FALSE(State().connected);
}

}  // namespace
}  // namespace tidegate::exchange
