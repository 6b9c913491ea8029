// The side that is dialled: proto/EXCHANGE.md, "Calls".
#include <spdlog/spdlog.h>

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/exchange/introduction.h"
#include "node/exchange/reception.h"
#include "node/exchange/refusal.h"
#include "node/exchange/streams.h"
#include "node/exchange/tls.h"
#include "threads/threads.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::exchange {
namespace {

constexpr std::string_view kService = "/tidegate.v1.Exchange/";
constexpr size_t kMostThreads = 320;  // a Follow for each of 256 connections, and room for short calls
constexpr uint64_t kCertificateLifeMs = uint64_t{partner::kTlsCertificateDays} * partner::kDayMs / 3;
constexpr auto kHousekeeping = std::chrono::seconds(20);
static_assert(parcel::kMaxReceiptBytes + parcel::kMaxWithheldBytes + 1024 <= door::kMaxRequestBytes,
              "a receipt is the longest that we take");

std::string NameOf(const absl::StatusOr<Peer>& peer, const Call& call) {
  return peer.ok() && peer->partner != nullptr ? peer->partner->organisation : call.caller().address;
}

template <typename Message>
absl::Status ReadRequest(Call& call, Message& message) {
  std::string_view bytes;
  if (absl::Status framed = Unframe(call.request(), bytes); !framed.ok()) return framed;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return parcel::Refuse(parcel::Layer::kManifest, "a request that is no such message");
  }
  std::string().swap(call.request());
  return absl::OkStatus();
}

class StreamWriter : public ParcelWriter {
 public:
  StreamWriter(const partner::Directory& directory, const Peer& peer, Call& call, uint32_t reads)
      : directory_(directory), peer_(peer), call_(call), reads_(reads) {}

  uint32_t reads() const override { return reads_; }

  absl::Status Write(parcel::Sealed sealed) override {
    if (absl::Status allowed = StillActive(); !allowed.ok()) return allowed;
    v1::ParcelPart part;
    part.mutable_manifest()->set_bytes(std::move(sealed.manifest));
    part.mutable_manifest()->set_signature(std::string(crypto::View(sealed.signature)));
    if (!Send(part)) return Over();
    for (std::string& chunk : sealed.chunks) {
      part.set_chunk(std::move(chunk));
      if (!Send(part)) return Over();
    }
    return absl::OkStatus();
  }

  absl::Status CaughtUp() override {
    if (absl::Status allowed = StillActive(); !allowed.ok()) return allowed;
    v1::ParcelPart part;
    part.mutable_caught_up()->set_now_ms(NowMs());
    return Send(part) ? absl::OkStatus() : Over();
  }

 private:
  bool Send(const v1::ParcelPart& part) { return call_.Send(Framed(part.SerializeAsString())); }
  static absl::Status Over() { return absl::CancelledError("exchange: the stream is over"); }

  // Pins may change while a stream is open. Nothing more goes to a partner that is no longer active.
  absl::Status StillActive() const {
    const partner::PartnerPtr now = directory_.FindByTls(peer_.spki);
    if (now != nullptr && now->active() && now->organisation == peer_.partner->organisation) return absl::OkStatus();
    return parcel::Refuse(parcel::Layer::kIdentity, "the partner is no longer active");
  }

  const partner::Directory& directory_;
  const Peer& peer_;
  Call& call_;
  const uint32_t reads_;
};

class Service {
 public:
  Service(const ServerOptions& options, partner::Directory& directory, FeedSource& source, Streams& streams)
      : options_(options), directory_(directory), source_(source), streams_(streams) {}

  absl::Status Answer(Call& call) {
    const std::string_view path = call.path();
    if (path.substr(0, kService.size()) == kService) {
      const std::string_view name = path.substr(kService.size());
      if (name == "Introduce") return Introduce(call);
      if (name == "Follow") return Follow(call);
      if (name == "Acknowledge") return Acknowledge(call);
    }
    return absl::UnimplementedError("there is no such call");
  }

 private:
  absl::Status Introduce(Call& call) {
    absl::StatusOr<Peer> peer = CheckCaller(call);
    v1::Introduction request;
    absl::Status read = peer.ok() ? ReadRequest(call, request) : peer.status();
    absl::StatusOr<v1::Introduction> answer = read.ok() ? AnswerTo(*peer, request) : read;
    if (!answer.ok()) return Refused(answer.status(), NameOf(peer, call), "Introduce");
    call.Send(Framed(answer->SerializeAsString()));
    return absl::OkStatus();
  }

  absl::Status Follow(Call& call) {
    absl::StatusOr<Peer> peer = ActiveCaller(call);
    v1::Cursor request;
    absl::Status read = peer.ok() ? ReadRequest(call, request) : peer.status();
    if (read.ok() && request.sealed().size() > parcel::kMaxCursorBytes) {
      read = parcel::Refuse(parcel::Layer::kLimit, "the cursor is too long");
    }
    if (!read.ok()) return Refused(read, NameOf(CheckCaller(call), call), "Follow");
    const Streams::Entry entry(streams_, *peer, call);
    StreamWriter out(directory_, *peer, call, request.contents());
    const auto cancelled = [this, &call] { return call.cancelled() || streams_.cut(); };
    const absl::Status ended = source_.Follow(peer->partner, request.sealed(), out, cancelled);
    if (cancelled()) return absl::CancelledError("");
    return Refused(ended, peer->partner->organisation, "Follow");
  }

  absl::Status Acknowledge(Call& call) {
    absl::StatusOr<Peer> peer = ActiveCaller(call);
    v1::Receipt request;
    absl::Status taken = peer.ok() ? ReadRequest(call, request) : peer.status();
    parcel::SignedReceipt receipt;
    if (!taken.ok()) {
    } else if (request.bytes().size() > parcel::kMaxReceiptBytes ||
               request.withheld().size() > parcel::kMaxWithheldBytes) {
      taken = parcel::Refuse(parcel::Layer::kLimit, "the receipt is too long");
    } else if (request.signature().size() != receipt.signature.size()) {
      taken = parcel::Refuse(parcel::Layer::kManifest, "the receipt has no proper signature");
    } else {
      receipt.bytes = request.bytes();
      receipt.withheld = request.withheld();
      std::copy(request.signature().begin(), request.signature().end(), receipt.signature.begin());
      taken = source_.Acknowledge(peer->partner, receipt);
    }
    if (!taken.ok()) return Refused(taken, NameOf(CheckCaller(call), call), "Acknowledge");
    call.Send(Framed(v1::Acknowledgement().SerializeAsString()));
    return absl::OkStatus();
  }

  // Checks what the door proved against the pins of this moment.
  absl::StatusOr<Peer> CheckCaller(const Call& call) const {
    return CheckPeer(directory_, call.caller().certificate, NowMs());
  }

  absl::StatusOr<Peer> ActiveCaller(const Call& call) const {
    absl::StatusOr<Peer> peer = CheckCaller(call);
    if (!peer.ok()) return peer;
    if (peer->partner == nullptr || !peer->partner->active()) {
      return parcel::Refuse(parcel::Layer::kIdentity, "only an introduction is answered before both have confirmed");
    }
    return peer;
  }

  absl::StatusOr<v1::Introduction> AnswerTo(const Peer& peer, const v1::Introduction& request) {
    if (absl::Status fine = CheckIntroduction(request); !fine.ok()) return fine;
    absl::StatusOr<partner::PartnerPtr> partner = WhoReplies(peer, request.reply());
    if (!partner.ok()) return parcel::AtLayer(parcel::Layer::kIdentity, partner.status());
    absl::StatusOr<partner::PartnerPtr> now = TakeIntroduction(directory_, **partner, request);
    if (!now.ok()) {
      const partner::PartnerPtr failed = directory_.Find((*partner)->organisation);
      if (failed == nullptr || !failed->mismatched) return now.status();
      // The other side must know too: our proof tells them what theirs told us. We have taken nothing from them.
      LogRefusal(now.status(), failed->organisation, "Introduce");
      return WriteIntroduction(directory_, *failed, options_.advertise, {});
    }
    const Greeting ours = (*now)->active() ? source_.Greet(**now, GreetingOf(request)) : Greeting{};
    return WriteIntroduction(directory_, **now, options_.advertise, ours);
  }

  // Finds out who introduces itself: a pinned partner, or a guest that replies to an open invitation. A partner that
  // accepted another letter of ours brings a reply that we have not taken yet.
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

// Whom the door lets in.
door::Pins PinsOf(const partner::Directory& directory) {
  door::Pins pins;
  for (const partner::PartnerPtr& partner : directory.List()) {
    pins.pins.push_back({partner->keys.tls_spki, !partner->suspended});
  }
  pins.letters = directory.LetterKeys(NowMs());
  pins.ourselves = directory.identity().keys().tls_spki;
  return pins;
}

}  // namespace

class Server::State : public std::enable_shared_from_this<Server::State> {
 public:
  State(const ServerOptions& options, partner::Directory& directory, FeedSource& source)
      : options_(options),
        directory_(directory),
        source_(source),
        service_(options_, directory, source, streams_),
        reception_(directory, kMostThreads, [this](Call& call) { return service_.Answer(call); }) {}
  ~State() { Stop(); }

  absl::Status Start() {
    absl::StatusOr<door::Certificate> certificate = OwnCertificate(directory_.identity());
    if (!certificate.ok()) return certificate.status();
    certified_ms_ = NowMs();
    auto keeper = door::Keeper::Listen(options_.listen, *std::move(certificate), PinsOf(directory_));
    if (!keeper.ok()) return keeper.status();
    keeper_ = *std::move(keeper);
    reception_.Open(*keeper_);
    keeper_->Open(reception_);
    directory_.Watch([weak = weak_from_this()] {
      if (const std::shared_ptr<State> state = weak.lock()) state->PinsChanged();
    });
    housekeeper_ = std::thread([this] { KeepHouse(); });
    return absl::OkStatus();
  }

  void Stop() {
    {
      threads::MutexLock lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
    }
    wake_.NotifyAll();
    streams_.CutAll();
    source_.Wake();
    if (keeper_ != nullptr) keeper_->Stop();
    reception_.Stop();
    if (housekeeper_.joinable()) housekeeper_.join();
  }

  int port() const { return keeper_->port(); }
  std::string address() const {
    return absl::StrCat(options_.listen.substr(0, options_.listen.rfind(':')), ":", port());
  }
  std::vector<std::string> Following() const { return streams_.Organisations(); }
  absl::Status Knock(uint64_t patience_ms) const {
    const absl::StatusOr<door::Certificate> certificate = OwnCertificate(directory_.identity());
    return certificate.ok() ? door::Knock(address(), *certificate, patience_ms) : certificate.status();
  }

 private:
  // Under the lock, so that none is under way once Stop has returned.
  void PinsChanged() {
    threads::MutexLock lock(mutex_);
    if (stopping_) return;
    keeper_->SetPins(PinsOf(directory_));
    streams_.CutUnpinned(directory_);
    source_.Wake();
  }

  void KeepHouse() {
    threads::MutexLock lock(mutex_);
    for (;;) {
      const auto until = std::chrono::steady_clock::now() + kHousekeeping;
      while (!stopping_ && wake_.WaitUntil(mutex_, until)) {
      }
      if (stopping_) return;
      keeper_->SetPins(PinsOf(directory_));  // invitations end by time
      if (NowMs() < certified_ms_ + kCertificateLifeMs) continue;
      absl::StatusOr<door::Certificate> certificate = OwnCertificate(directory_.identity());
      if (certificate.ok()) {
        keeper_->SetCertificate(*std::move(certificate));
        certified_ms_ = NowMs();
      } else {
        spdlog::error("exchange: our certificate cannot be renewed: {}", std::string(certificate.status().message()));
      }
    }
  }

  const ServerOptions options_;
  partner::Directory& directory_;
  FeedSource& source_;
  Streams streams_;
  Service service_;
  std::unique_ptr<door::Keeper> keeper_;
  Reception reception_;  // before the keeper: its last calls still use it
  uint64_t certified_ms_ = 0;
  std::thread housekeeper_;
  threads::Mutex mutex_;
  threads::Condition wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
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
absl::Status Server::Knock(uint64_t patience_ms) const { return state_->Knock(patience_ms); }
void Server::Stop() { state_->Stop(); }

}  // namespace tidegate::exchange
