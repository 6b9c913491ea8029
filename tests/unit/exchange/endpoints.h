// Two nodes on loopback: what they send and take is made up here; sockets, TLS and the protocol are real.
#ifndef TIDEGATE_TESTS_UNIT_EXCHANGE_ENDPOINTS_H_
#define TIDEGATE_TESTS_UNIT_EXCHANGE_ENDPOINTS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "node/exchange/exchange.h"
#include "tests/unit/partner/test_node.h"
#include "tidegate/v1/exchange.grpc.pb.h"

namespace tidegate::exchange {

inline uint64_t Now() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

// Whether it comes true within ten seconds.
inline bool Soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Catches the log of the process, as long as this lives.
class LogCapture {
 public:
  LogCapture() : sink_(std::make_shared<Sink>()), before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_));
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  bool Has(std::string_view text) const { return Count(text) > 0; }
  size_t Count(std::string_view text) const { return sink_->Count(text); }

 private:
  class Sink : public spdlog::sinks::base_sink<std::mutex> {
   public:
    size_t Count(std::string_view text) {
      std::lock_guard lock(mutex_);
      size_t count = 0;
      for (const std::string& line : lines_) count += line.find(text) != std::string::npos ? 1 : 0;
      return count;
    }

   protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
      lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

   private:
    std::vector<std::string> lines_;
  };

  std::shared_ptr<Sink> sink_;
  std::shared_ptr<spdlog::logger> before_;
};

// The nodes of these tests are all on this machine.
inline constexpr Reach kHere{.loopback = true, .link_local = false, .private_networks = false};

// A parcel as far as this room looks at one.
inline parcel::Sealed MadeUpParcel(uint64_t seq, std::vector<std::string> chunks) {
  parcel::Manifest manifest;
  manifest.seq = seq;
  manifest.chunks = static_cast<uint32_t>(chunks.size());
  parcel::Sealed sealed;
  sealed.manifest = parcel::EncodeManifest(manifest);
  sealed.manifest_hash = crypto::HashOf({sealed.manifest});
  sealed.chunks = std::move(chunks);
  return sealed;
}

// Sends what it was given, says that this was all, and then what comes later.
class TestSource : public FeedSource {
 public:
  Greeting Greet(const partner::Partner&, const Greeting& theirs) override {
    std::lock_guard lock(mutex_);
    greeted_with_ = theirs.checkpoints;
    return {.now_ms = Now(), .checkpoints = {"what I hold of yours"}};
  }
  absl::Status Follow(const partner::PartnerPtr& partner, std::string_view cursor, ParcelWriter& out,
                      const std::function<bool()>& cancelled) override {
    std::unique_lock lock(mutex_);
    cursors_.emplace_back(cursor);
    followers_.push_back(partner->organisation);
    bool told = false;
    while (!cancelled()) {
      if (!parcels_.empty()) {
        parcel::Sealed next = std::move(parcels_.front());
        parcels_.erase(parcels_.begin());
        lock.unlock();
        absl::Status written = out.Write(std::move(next));
        lock.lock();
        if (!written.ok()) return written;
        told = false;
      } else if (!told) {
        lock.unlock();
        absl::Status written = out.CaughtUp();
        lock.lock();
        if (!written.ok()) return written;
        told = true;
      } else {
        wake_.wait_for(lock, std::chrono::milliseconds(200));
      }
    }
    ++ended_;
    return absl::OkStatus();
  }
  void Wake() override { wake_.notify_all(); }
  absl::Status Acknowledge(const partner::PartnerPtr&, const parcel::SignedReceipt& receipt) override {
    std::lock_guard lock(mutex_);
    receipts_.push_back(receipt.bytes);
    return absl::OkStatus();
  }

  void Send(parcel::Sealed sealed) {
    std::lock_guard lock(mutex_);
    parcels_.push_back(std::move(sealed));
    wake_.notify_all();
  }
  std::vector<std::string> receipts() const { return Locked(receipts_); }
  std::vector<std::string> cursors() const { return Locked(cursors_); }
  std::vector<std::string> greeted_with() const { return Locked(greeted_with_); }
  int ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  std::vector<std::string> Locked(const std::vector<std::string>& values) const {
    std::lock_guard lock(mutex_);
    return values;
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<parcel::Sealed> parcels_;
  std::vector<std::string> receipts_, cursors_, followers_, greeted_with_;
  int ended_ = 0;
};

class TestSink : public ParcelSink {
 public:
  Greeting Greet(const partner::Partner&) override { return {.now_ms = Now(), .checkpoints = {"largest note"}}; }
  void Greeted(const partner::Partner&, const Greeting& theirs) override {
    std::lock_guard lock(mutex_);
    greeted_ = theirs.checkpoints;
  }
  absl::StatusOr<std::string> Cursor(const partner::PartnerPtr&) override { return std::string("where we stand"); }
  // Keeps the contents when it is stored.
  class Arrived final : public ArrivedParcel {
   public:
    Arrived(TestSink& sink, uint64_t seq, std::string whole) : sink_(sink), seq_(seq), whole_(std::move(whole)) {}
    absl::StatusOr<Received> Store() override {
      Received received;
      received.receipt.bytes = "receipt for " + std::to_string(seq_);
      std::lock_guard lock(sink_.mutex_);
      if (sink_.refuse_) received.refused = parcel::Refuse(parcel::Layer::kProof, "not in the log");
      sink_.parcels_.push_back(whole_);
      return received;
    }
    uint64_t seq() const { return seq_; }

   private:
    TestSink& sink_;
    const uint64_t seq_;
    const std::string whole_;
  };

  absl::StatusOr<std::shared_ptr<ArrivedParcel>> Read(const partner::PartnerPtr&, std::string manifest, std::string,
                                                      ChunkReader& chunks, const ArrivedParcel* before) override {
    std::string whole;
    while (true) {
      absl::StatusOr<std::string> chunk = chunks.Next();
      if (!chunk.ok()) return chunk.status();
      if (chunk->empty()) break;
      whole += *chunk;
    }
    const uint64_t seq = parcel::ParseManifest(manifest)->seq;
    std::lock_guard lock(mutex_);
    if (before != nullptr) continued_.emplace_back(static_cast<const Arrived*>(before)->seq(), seq);
    return std::make_shared<Arrived>(*this, seq, std::move(whole));
  }
  absl::StatusOr<std::vector<parcel::SignedReceipt>> Unacknowledged(const partner::PartnerPtr&) override {
    std::lock_guard lock(mutex_);
    return unacknowledged_;
  }
  absl::Status Acknowledged(const partner::PartnerPtr&, const parcel::SignedReceipt& receipt) override {
    std::lock_guard lock(mutex_);
    std::erase_if(unacknowledged_, [&](const auto& left) { return left.bytes == receipt.bytes; });
    acknowledged_.push_back(receipt.bytes);
    return absl::OkStatus();
  }
  void CaughtUp(const partner::PartnerPtr&) override {
    std::lock_guard lock(mutex_);
    ++caught_up_;
  }

  void LeaveUnacknowledged(std::string bytes) {
    std::lock_guard lock(mutex_);
    unacknowledged_.push_back({std::move(bytes), {}});
  }
  std::vector<std::string> acknowledged() const {
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }

  void RefuseFromNowOn() {
    std::lock_guard lock(mutex_);
    refuse_ = true;
  }
  std::vector<std::string> parcels() const {
    std::lock_guard lock(mutex_);
    return parcels_;
  }
  // Pairs of parcels of one stream, as the second was read.
  std::vector<std::pair<uint64_t, uint64_t>> continued() const {
    std::lock_guard lock(mutex_);
    return continued_;
  }
  std::vector<std::string> greeted() const {
    std::lock_guard lock(mutex_);
    return greeted_;
  }
  int caught_up() const {
    std::lock_guard lock(mutex_);
    return caught_up_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> parcels_, greeted_, acknowledged_;
  std::vector<parcel::SignedReceipt> unacknowledged_;
  std::vector<std::pair<uint64_t, uint64_t>> continued_;
  int caught_up_ = 0;
  bool refuse_ = false;
};

// Anybody who can make a certificate: trusts every server, shows this identity.
inline std::unique_ptr<v1::Exchange::Stub> DialAs(const partner::Identity& identity, const std::string& address,
                                                  uint64_t certificate_time_ms = Now(),
                                                  const std::string& certificate_name = "") {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      std::vector<tls::IdentityKeyCertPair>{{std::string(identity.tls_key().Expose()),
                                             *identity.TlsCertificate(certificate_time_ms, certificate_name)}}));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::Exchange::NewStub(grpc::CreateCustomChannel(address, tls::TlsCredentials(options), arguments));
}

inline std::unique_ptr<grpc::ClientContext> WithDeadline(int seconds = 10) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
  return context;
}

// The status with which a Follow ends that a test calls itself.
inline grpc::Status TryFollow(v1::Exchange::Stub& stub, const std::string& cursor = "") {
  const auto context = WithDeadline();
  v1::Cursor request;
  request.set_sealed(cursor);
  const auto reader = stub.Follow(context.get(), request);
  v1::ParcelPart part;
  while (reader->Read(&part)) {
  }
  return reader->Finish();
}

// The charity listens; the police dial it.
class Endpoints : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::Start({.listen = "127.0.0.1:0"}, *charity_, source_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void PairNodes() { partner::Pair(charity_, police_, false, Now(), server_->address()); }
  void Follow() {
    auto followers =
        Followers::Start({.first_backoff_ms = 10, .most_backoff_ms = 100, .reach = kHere}, *police_, sink_);
    ASSERT_TRUE(followers.ok()) << followers.status();
    followers_ = *std::move(followers);
  }
  FollowState State() const {
    const std::vector<FollowState> states = followers_->States();
    return states.empty() ? FollowState{} : states.front();
  }

  LogCapture log_;
  partner::TestNode charity_{"harbour", "charity", Now()};
  partner::TestNode police_{"northshire-police", "police", Now()};
  TestSource source_;
  TestSink sink_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Followers> followers_;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_TESTS_UNIT_EXCHANGE_ENDPOINTS_H_
