#include "node/exchange/follower.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/exchange/refusal.h"

namespace tidegate::exchange {
namespace {

constexpr auto kUnaryDeadline = std::chrono::seconds(20);
constexpr uint64_t kUnconfirmedBackoffMs = 1000;

absl::Status Stopped() { return absl::CancelledError("exchange: stopping"); }

}  // namespace

// One gRPC call that Stop, Wake and CutIfStalled can cancel.
class Follower::Call {
 public:
  explicit Call(Follower& follower) : follower_(follower) {
    std::lock_guard lock(follower_.mutex_);
    follower_.calls_.insert(&context_);
    if (follower_.stop_) context_.TryCancel();
  }
  ~Call() {
    std::lock_guard lock(follower_.mutex_);
    follower_.calls_.erase(&context_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ClientContext& context() { return context_; }

 private:
  Follower& follower_;
  grpc::ClientContext context_;
};

// The chunks that the manifest announced, from the stream.
class Follower::Chunks : public ChunkReader {
 public:
  Chunks(Follower& follower, grpc::ClientReader<v1::ParcelPart>& reader, uint32_t chunks)
      : follower_(follower), reader_(reader), left_(chunks) {}

  absl::StatusOr<std::string> Next() override {
    if (left_ == 0) return std::string();
    v1::ParcelPart part;
    if (!follower_.Read(reader_, part, /*in_parcel=*/true)) {
      return absl::UnavailableError("exchange: the stream ended inside a parcel");
    }
    if (!part.has_chunk() || part.chunk().empty()) {
      return parcel::Refuse(parcel::Layer::kManifest, "something else than a chunk inside a parcel");
    }
    --left_;
    return std::move(*part.mutable_chunk());
  }
  bool complete() const { return left_ == 0; }

 private:
  Follower& follower_;
  grpc::ClientReader<v1::ParcelPart>& reader_;
  uint32_t left_;
};

// Stores one parcel while the next is being read: at most one waits behind the one that is being stored.
class Follower::Storing {
 public:
  Storing(Follower& follower, Line& line, partner::PartnerPtr partner, Call& stream)
      : follower_(follower), line_(line), partner_(std::move(partner)), stream_(stream), thread_([this] { Run(); }) {}
  ~Storing() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  Storing(const Storing&) = delete;
  Storing& operator=(const Storing&) = delete;

  // What the next parcel of the stream continues; null before the first.
  const ArrivedParcel* last() const { return last_.get(); }

  // Waits until the parcel before has been stored and acknowledged; its error, if that failed.
  absl::Status Add(std::shared_ptr<ArrivedParcel> parcel, bool whole) {
    if (absl::Status stored = Wait(); !stored.ok()) return stored;
    last_ = std::move(parcel);
    std::lock_guard lock(mutex_);
    next_ = last_;
    whole_ = whole;
    changed_.notify_all();
    return absl::OkStatus();
  }
  absl::Status Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ == nullptr; });
    return status_;
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || next_ != nullptr; });
      if (next_ == nullptr) return;
      const std::shared_ptr<ArrivedParcel> parcel = next_;
      lock.unlock();
      absl::Status stored = follower_.StoreParcel(line_, partner_, *parcel, whole_);
      if (!stored.ok()) stream_.context().TryCancel();  // whoever reads the stream may be waiting for long
      lock.lock();
      status_ = std::move(stored);
      next_.reset();
      changed_.notify_all();
      if (!status_.ok()) return;
    }
  }

  Follower& follower_;
  Line& line_;
  const partner::PartnerPtr partner_;
  Call& stream_;
  std::shared_ptr<ArrivedParcel> last_;  // the reading thread's own

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<ArrivedParcel> next_;  // given, and not stored yet
  bool whole_ = false;
  bool ended_ = false;
  absl::Status status_;
  std::thread thread_;
};

Follower::Follower(const FollowerOptions& options, std::string organisation, const OwnCertificate& own,
                   partner::Directory& directory, ParcelSink& sink)
    : options_(options),
      organisation_(std::move(organisation)),
      own_(own),
      directory_(directory),
      sink_(sink),
      backoff_ms_(options.first_backoff_ms),
      random_(std::random_device{}()) {
  state_.organisation = organisation_;
  thread_ = std::thread([this] { Run(); });
}

Follower::~Follower() {
  Stop();
  thread_.join();
}

void Follower::Stop() {
  std::lock_guard lock(mutex_);
  stop_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
  wake_.notify_all();
}

void Follower::Wake() {
  const partner::PartnerPtr partner = directory_.Find(organisation_);
  const bool allowed = partner != nullptr && partner->dialled();
  std::lock_guard lock(mutex_);
  woken_ = true;
  if (!allowed) {
    for (grpc::ClientContext* call : calls_) call->TryCancel();
  }
  wake_.notify_all();
}

void Follower::CutIfStalled(uint64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (waiting_since_ms_ == 0 || now_ms < waiting_since_ms_ + options_.stall_ms) return;
  spdlog::warn("exchange: `{}` has not gone on with a parcel for {} ms; cutting the stream", organisation_,
               options_.stall_ms);
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

FollowState Follower::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void Follower::Update(const std::function<void(FollowState&)>& change) {
  std::lock_guard lock(mutex_);
  change(state_);
}

bool Follower::stopping() const {
  std::lock_guard lock(mutex_);
  return stop_;
}

void Follower::Pause() {
  // Between half and all of the back-off, so that partners of a node that restarts do not come all at once.
  const uint64_t backoff_ms = backoff_ms_;
  const uint64_t wait_ms = backoff_ms / 2 + random_() % (backoff_ms / 2 + 1);
  backoff_ms_ = std::min(backoff_ms * 2, refused_ ? options_.most_refused_ms : options_.most_backoff_ms);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return stop_ || woken_; });
  woken_ = false;
}

void Follower::Run() {
  while (!stopping()) {
    const absl::Status ended = Once();
    std::string error;
    if (!ended.ok() && !stopping()) {
      const std::optional<parcel::Layer> layer = parcel::LayerOf(ended);
      error = std::string(ended.message());
      if (layer.has_value()) LogRefusal(ended, organisation_, "following");
    }
    Update([&error](FollowState& state) {
      state.connected = false;
      state.caught_up = false;
      state.last_error = error;
    });
    Pause();
  }
}

absl::Status Follower::Once() {
  const partner::PartnerPtr known = directory_.Find(organisation_);
  if (known == nullptr || !known->dialled()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<OwnCertificate>> proving = LetterCertificate(directory_, organisation_);
  if (!proving.ok()) return proving.status();
  absl::StatusOr<std::unique_ptr<Line>> opened =
      Line::Open(*proving != nullptr ? **proving : own_, directory_, *known, options_.reach);
  if (!opened.ok()) return opened.status();
  Line& line = **opened;
  absl::StatusOr<Introduced> introduced;
  {
    Call call(*this);
    call.context().set_deadline(std::chrono::system_clock::now() + kUnaryDeadline);
    introduced = Introduce(line, call.context(), directory_, *known, options_.address,
                           known->active() ? sink_.Greet(*known) : Greeting{});
  }
  if (!introduced.ok()) return introduced.status();
  Update([&](FollowState& state) {
    state.last_contact_ms = NowMs();
    state.clock_skew_ms = introduced->clock_skew_ms;
  });
  if (!introduced->partner->active()) {  // until both have confirmed, people are waiting: ask often
    backoff_ms_ = std::min(backoff_ms_.load(), kUnconfirmedBackoffMs);
    return absl::OkStatus();
  }
  sink_.Greeted(*introduced->partner, introduced->theirs);
  if (absl::Status told = AcknowledgeLeft(line, introduced->partner); !told.ok()) return told;
  return FollowStream(line, introduced->partner);
}

bool Follower::Read(grpc::ClientReader<v1::ParcelPart>& reader, v1::ParcelPart& part, bool in_parcel) {
  {
    std::lock_guard lock(mutex_);
    waiting_since_ms_ = in_parcel ? NowMs() : 0;
  }
  const bool read = reader.Read(&part);
  std::lock_guard lock(mutex_);
  waiting_since_ms_ = 0;
  if (read) state_.last_contact_ms = NowMs();
  return read;
}

absl::Status Follower::FollowStream(Line& line, const partner::PartnerPtr& partner) {
  absl::StatusOr<std::string> cursor = sink_.Cursor(partner);
  if (!cursor.ok()) return cursor.status();
  v1::Cursor request;
  request.set_sealed(*std::move(cursor));
  Call call(*this);
  const std::unique_ptr<grpc::ClientReader<v1::ParcelPart>> reader = line.stub().Follow(&call.context(), request);
  Update([](FollowState& state) { state.connected = true; });
  Storing storing(*this, line, partner, call);
  absl::Status error;
  v1::ParcelPart part;
  while (error.ok() && Read(*reader, part, /*in_parcel=*/false)) {
    if (part.has_caught_up()) {
      if (error = storing.Wait(); !error.ok()) break;
      // All is well again only now: a partner that lies is reached at every try.
      Update([](FollowState& state) {
        state.caught_up = true;
        state.last_error.clear();
      });
      if (!refused_) backoff_ms_ = options_.first_backoff_ms;
      sink_.CaughtUp(partner);
    } else if (part.has_manifest()) {
      error = TakeParcel(partner, *reader, std::move(*part.mutable_manifest()), storing);
    } else {
      error = parcel::Refuse(parcel::Layer::kManifest, "a part of a parcel without its manifest");
    }
  }
  // What was read whole is stored, however the stream ended; and why it could not be is what matters then.
  if (absl::Status stored = storing.Wait(); !stored.ok()) error = stored;
  if (!error.ok()) call.context().TryCancel();
  const grpc::Status finished = reader->Finish();
  if (!error.ok()) return error;
  if (stopping()) return Stopped();
  return FromGrpc(finished, "following");
}

absl::Status Follower::TakeParcel(const partner::PartnerPtr& partner, grpc::ClientReader<v1::ParcelPart>& reader,
                                  v1::Manifest manifest, Storing& storing) {
  absl::StatusOr<parcel::Manifest> read = parcel::ParseManifest(manifest.bytes());
  if (!read.ok()) return read.status();
  Chunks chunks(*this, reader, read->chunks);
  absl::StatusOr<std::shared_ptr<ArrivedParcel>> arrived = sink_.Read(
      partner, std::move(*manifest.mutable_bytes()), std::move(*manifest.mutable_signature()), chunks, storing.last());
  if (!arrived.ok()) return arrived.status();
  return storing.Add(*std::move(arrived), chunks.complete());
}

// On the storing thread.
absl::Status Follower::StoreParcel(Line& line, const partner::PartnerPtr& partner, ArrivedParcel& parcel, bool whole) {
  absl::StatusOr<ArrivedParcel::Received> received = parcel.Store();
  if (!received.ok()) return received.status();
  if (absl::Status told = Acknowledge(line, partner, received->receipt); !told.ok()) return told;
  if (!received->refused.ok()) {
    refused_ = true;
    return received->refused;
  }
  if (!whole) return absl::InternalError("exchange: a parcel was acknowledged before it had come whole");
  refused_ = false;
  backoff_ms_ = options_.first_backoff_ms;
  Update([](FollowState& state) {
    ++state.parcels;
    state.last_error.clear();
  });
  return absl::OkStatus();
}

// A sender that does not take an old receipt is not asked to again and again before anything new may come.
absl::Status Follower::AcknowledgeLeft(Line& line, const partner::PartnerPtr& partner) {
  absl::StatusOr<std::vector<parcel::SignedReceipt>> left = sink_.Unacknowledged(partner);
  if (!left.ok()) return left.status();
  for (const parcel::SignedReceipt& receipt : *left) {
    const absl::Status told = Acknowledge(line, partner, receipt);
    if (told.ok()) continue;
    if (!absl::IsInvalidArgument(told)) return told;
    spdlog::warn("exchange: `{}` does not take a receipt from before: {}", organisation_, std::string(told.message()));
  }
  return absl::OkStatus();
}

absl::Status Follower::Acknowledge(Line& line, const partner::PartnerPtr& partner,
                                   const parcel::SignedReceipt& receipt) {
  v1::Receipt request;
  request.set_bytes(receipt.bytes);
  request.set_signature(std::string(crypto::View(receipt.signature)));
  v1::Acknowledgement answer;
  Call call(*this);
  call.context().set_deadline(std::chrono::system_clock::now() + kUnaryDeadline);
  const grpc::Status told = line.stub().Acknowledge(&call.context(), request, &answer);
  if (!told.ok()) return FromGrpc(told, "acknowledging a parcel");
  return sink_.Acknowledged(partner, receipt);
}

}  // namespace tidegate::exchange
