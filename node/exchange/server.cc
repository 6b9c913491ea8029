// The side that is dialled: proto/EXCHANGE.md, "Answering".
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/exchange/introduction.h"
#include "node/exchange/refusal.h"
#include "node/exchange/streams.h"
#include "node/exchange/tls.h"
#include "tidegate/v1/exchange.grpc.pb.h"

namespace tidegate::exchange {
namespace {

constexpr int kMaxReceiptMessage =
    static_cast<int>(parcel::kMaxReceiptBytes) + 4096;  // a receipt is the longest that we take
constexpr auto kHousekeeping = std::chrono::hours(1);
constexpr auto kStopping = std::chrono::seconds(2);

std::string NameOf(const absl::StatusOr<Peer>& peer, const grpc::ServerContext& context) {
  return peer.ok() && peer->partner != nullptr ? peer->partner->organisation : context.peer();
}

class StreamWriter : public ParcelWriter {
 public:
  StreamWriter(const partner::Directory& directory, const Peer& peer, grpc::ServerWriter<v1::ParcelPart>& writer)
      : directory_(directory), peer_(peer), writer_(writer) {}

  absl::Status Write(parcel::Sealed sealed) override {
    if (absl::Status allowed = StillActive(); !allowed.ok()) return allowed;
    v1::ParcelPart part;
    part.mutable_manifest()->set_bytes(std::move(sealed.manifest));
    part.mutable_manifest()->set_signature(std::string(crypto::View(sealed.signature)));
    if (!writer_.Write(part)) return Over();  // no buffer hint: with one, gRPC 1.51 may wait for ever
    for (std::string& chunk : sealed.chunks) {
      part.set_chunk(std::move(chunk));
      if (!writer_.Write(part)) return Over();
    }
    return absl::OkStatus();
  }

  absl::Status CaughtUp() override {
    if (absl::Status allowed = StillActive(); !allowed.ok()) return allowed;
    v1::ParcelPart part;
    part.mutable_caught_up()->set_now_ms(NowMs());
    return writer_.Write(part) ? absl::OkStatus() : Over();
  }

 private:
  static absl::Status Over() { return absl::CancelledError("exchange: the stream is over"); }

  // Pins change while a stream is open: nothing more goes to whoever is no longer an active partner.
  absl::Status StillActive() const {
    const partner::PartnerPtr now = directory_.FindByTls(peer_.spki);
    if (now != nullptr && now->active() && now->organisation == peer_.partner->organisation) return absl::OkStatus();
    return parcel::Refuse(parcel::Layer::kIdentity, "the partner is no longer active");
  }

  const partner::Directory& directory_;
  const Peer& peer_;
  grpc::ServerWriter<v1::ParcelPart>& writer_;
};

class Service final : public v1::Exchange::Service {
 public:
  Service(const ServerOptions& options, partner::Directory& directory, FeedSource& source, Streams& streams)
      : options_(options), directory_(directory), source_(source), streams_(streams) {}

  grpc::Status Introduce(grpc::ServerContext* context, const v1::Introduction* request,
                         v1::Introduction* response) override {
    absl::StatusOr<Peer> peer = CheckCaller(directory_, *context);
    absl::StatusOr<v1::Introduction> answer = peer.ok() ? Answer(*peer, *request) : peer.status();
    if (!answer.ok()) return Refused(answer.status(), NameOf(peer, *context), "Introduce");
    *response = *std::move(answer);
    return grpc::Status::OK;
  }

  grpc::Status Follow(grpc::ServerContext* context, const v1::Cursor* request,
                      grpc::ServerWriter<v1::ParcelPart>* writer) override {
    absl::StatusOr<Peer> peer = ActiveCaller(*context);
    if (!peer.ok()) return Refused(peer.status(), NameOf(CheckCaller(directory_, *context), *context), "Follow");
    if (request->sealed().size() > parcel::kMaxCursorBytes) {
      return Refused(parcel::Refuse(parcel::Layer::kLimit, "the cursor is too long"), peer->partner->organisation,
                     "Follow");
    }
    const Streams::Entry entry(streams_, *peer, *context);
    StreamWriter out(directory_, *peer, *writer);
    const auto cancelled = [this, context] { return context->IsCancelled() || streams_.cut(); };
    const absl::Status ended = source_.Follow(peer->partner, request->sealed(), out, cancelled);
    if (cancelled()) return grpc::Status(grpc::StatusCode::CANCELLED, "");
    return Refused(ended, peer->partner->organisation, "Follow");
  }

  grpc::Status Acknowledge(grpc::ServerContext* context, const v1::Receipt* request, v1::Acknowledgement*) override {
    absl::StatusOr<Peer> peer = ActiveCaller(*context);
    if (!peer.ok()) return Refused(peer.status(), NameOf(CheckCaller(directory_, *context), *context), "Acknowledge");
    parcel::SignedReceipt receipt;
    absl::Status taken;
    if (request->bytes().size() > parcel::kMaxReceiptBytes) {
      taken = parcel::Refuse(parcel::Layer::kLimit, "the receipt is too long");
    } else if (request->signature().size() != receipt.signature.size()) {
      taken = parcel::Refuse(parcel::Layer::kManifest, "the receipt has no proper signature");
    } else {
      receipt.bytes = request->bytes();
      std::copy(request->signature().begin(), request->signature().end(), receipt.signature.begin());
      taken = source_.Acknowledge(peer->partner, receipt);
    }
    return Refused(taken, peer->partner->organisation, "Acknowledge");
  }

 private:
  absl::StatusOr<Peer> ActiveCaller(const grpc::ServerContext& context) const {
    absl::StatusOr<Peer> peer = CheckCaller(directory_, context);
    if (!peer.ok()) return peer;
    if (peer->partner == nullptr || !peer->partner->active()) {
      return parcel::Refuse(parcel::Layer::kIdentity, "only an introduction is answered before both have confirmed");
    }
    return peer;
  }

  absl::StatusOr<v1::Introduction> Answer(const Peer& peer, const v1::Introduction& request) {
    if (absl::Status fine = CheckIntroduction(request); !fine.ok()) return fine;
    absl::StatusOr<partner::PartnerPtr> partner = WhoReplies(peer, request.reply());
    if (!partner.ok()) return parcel::AtLayer(parcel::Layer::kIdentity, partner.status());
    absl::StatusOr<partner::PartnerPtr> now = TakeIntroduction(directory_, **partner, request);
    if (!now.ok()) {
      const partner::PartnerPtr failed = directory_.Find((*partner)->organisation);
      if (failed == nullptr || !failed->mismatched) return now.status();
      // Both sides shall know: our proof tells them what theirs told us. Nothing of theirs was taken.
      Refused(now.status(), failed->organisation, "Introduce");
      return WriteIntroduction(directory_, *failed, options_.advertise, {});
    }
    const Greeting ours = (*now)->active() ? source_.Greet(**now, GreetingOf(request)) : Greeting{};
    return WriteIntroduction(directory_, **now, options_.advertise, ours);
  }

  // Who introduces itself: a pinned partner, or whoever replies to an open invitation. A partner that accepted another
  // letter of ours brings a reply that we have not taken yet.
  absl::StatusOr<partner::PartnerPtr> WhoReplies(const Peer& peer, const std::string& reply) {
    if (peer.partner != nullptr && (reply.empty() || peer.partner->active())) return peer.partner;
    const uint64_t before = directory_.generation();
    absl::StatusOr<partner::PartnerPtr> accepted = directory_.AcceptReply(reply, peer.spki, {.at_ms = NowMs()});
    if (!accepted.ok() && peer.partner != nullptr) return peer.partner;  // an old reply; their proof will tell
    if (accepted.ok() && directory_.generation() != before) {
      spdlog::info("exchange: `{}` has accepted our invitation; compare fingerprints and confirm",
                   (*accepted)->organisation);
    }
    return accepted;
  }

  const ServerOptions& options_;
  partner::Directory& directory_;
  FeedSource& source_;
  Streams& streams_;
};

void SetBounds(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(kMaxReceiptMessage);
  builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_NONE);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 4);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("exchange");
  quota.SetMaxThreads(options.max_threads);
  builder.SetResourceQuota(quota);
}

}  // namespace

class Server::State : public std::enable_shared_from_this<Server::State> {
 public:
  State(const ServerOptions& options, partner::Directory& directory, FeedSource& source)
      : options_(options), directory_(directory), source_(source), service_(options_, directory, source, streams_) {}
  ~State() { Stop(); }

  absl::Status Start() {
    if (absl::Status required = CheckTls13(); !required.ok()) return required;
    RouteGrpcLog();
    absl::StatusOr<std::unique_ptr<OwnCertificate>> own = OwnCertificate::Make(directory_.identity());
    if (!own.ok()) return own.status();
    own_ = *std::move(own);
    grpc::ServerBuilder builder;
    SetBounds(builder, options_);
    builder.AddListeningPort(options_.listen, PinnedServerCredentials(*own_, directory_), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(
          absl::StrCat("exchange: cannot listen on `", options_.listen, "`; is the address in use?"));
    }
    directory_.Watch([weak = weak_from_this()] {
      if (const std::shared_ptr<State> state = weak.lock()) state->PinsChanged();
    });
    housekeeper_ = std::thread([this] { KeepHouse(); });
    return absl::OkStatus();
  }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
    }
    wake_.notify_all();
    streams_.CutAll();
    source_.Wake();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + kStopping);
    if (housekeeper_.joinable()) housekeeper_.join();
  }

  int port() const { return port_; }
  std::string address() const {
    return absl::StrCat(options_.listen.substr(0, options_.listen.rfind(':')), ":", port_);
  }
  std::vector<std::string> Following() const { return streams_.Organisations(); }

 private:
  // Under the lock, so that none is under way once Stop has returned.
  void PinsChanged() {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    streams_.CutUnpinned(directory_);
    source_.Wake();
  }

  void KeepHouse() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kHousekeeping, [this] { return stopping_; })) {
      if (absl::Status renewed = own_->RenewIfDue(directory_.identity(), NowMs()); !renewed.ok()) {
        spdlog::error("exchange: our certificate cannot be renewed: {}", std::string(renewed.message()));
      }
    }
  }

  const ServerOptions options_;
  partner::Directory& directory_;
  FeedSource& source_;
  Streams streams_;
  std::unique_ptr<OwnCertificate> own_;
  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::thread housekeeper_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { state_->Stop(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, partner::Directory& directory,
                                                      FeedSource& source) {
  auto state = std::make_shared<State>(options, directory, source);
  if (absl::Status started = state->Start(); !started.ok()) return started;
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port(); }
std::string Server::address() const { return state_->address(); }
std::vector<std::string> Server::Following() const { return state_->Following(); }
void Server::Stop() { state_->Stop(); }

}  // namespace tidegate::exchange
