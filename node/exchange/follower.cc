#include "node/exchange/follower.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/exchange/refusal.h"
#include "threads/threads.h"

namespace tidegate::exchange {
namespace {

constexpr auto kUnaryDeadline = std::chrono::seconds(20);
constexpr size_t kMaxAcknowledgementBytes = 1024;  // of version 1 it is empty; a newer one may say something

absl::Status Stopped() { return absl::CancelledError("exchange: stopping"); }

// Another problem in place of one is still the same time without exchange.
void Tell(FollowState& state, std::string error) {
  if (error.empty()) {
    state.error_since_ms = 0;
  } else if (state.error_since_ms == 0) {
    state.error_since_ms = NowMs();
  }
  state.last_error = std::move(error);
}

}  // namespace

// One call that Stop, Wake and CutIfStalled can cancel.
class Follower::Call {
 public:
  Call(Follower& follower, std::unique_ptr<Asking> asking) : follower_(follower), asking_(std::move(asking)) {
    {
      threads::MutexLock lock(follower_.mutex_);
      follower_.calls_.insert(asking_.get());
      if (follower_.stop_) asking_->Cancel();
    }
    // If the partner was suspended a moment before Wake could know of this call, cancel it here.
    if (!follower_.allowed()) asking_->Cancel();
  }
  ~Call() {
    threads::MutexLock lock(follower_.mutex_);
    follower_.calls_.erase(asking_.get());
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Asking& asking() { return *asking_; }

 private:
  Follower& follower_;
  const std::unique_ptr<Asking> asking_;
};

// The chunks that the manifest announced, from the stream.
class Follower::Chunks : public ChunkReader {
 public:
  Chunks(Follower& follower, Asking& stream, uint32_t chunks) : follower_(follower), stream_(stream), left_(chunks) {}

  absl::StatusOr<std::string> Next() override {
    if (left_ == 0) return std::string();
    absl::StatusOr<std::optional<v1::ParcelPart>> part = follower_.Read(stream_, /*in_parcel=*/true);
    if (parcel::LayerOf(part.status()).has_value()) return part.status();
    if (!part.ok() || !part->has_value()) return absl::UnavailableError("exchange: the stream ended inside a parcel");
    if (!(*part)->has_chunk() || (*part)->chunk().empty()) {
      return parcel::Refuse(parcel::Layer::kManifest, "something else than a chunk inside a parcel");
    }
    --left_;
    return std::move(*(*part)->mutable_chunk());
  }
  bool complete() const { return left_ == 0; }

 private:
  Follower& follower_;
  Asking& stream_;
  uint32_t left_;
};

// Stores one parcel while the next is being read: at most one waits behind the one that is being stored.
class Follower::Storing {
 public:
  Storing(Follower& follower, Line& line, partner::PartnerPtr partner, Call& stream)
      : follower_(follower), line_(line), partner_(std::move(partner)), stream_(stream), thread_([this] { Run(); }) {}
  ~Storing() {
    {
      threads::MutexLock lock(mutex_);
      ended_ = true;
      changed_.NotifyAll();
    }
    thread_.join();
  }
  Storing(const Storing&) = delete;
  Storing& operator=(const Storing&) = delete;

  // The parcel that the next one of the stream continues; null before the first.
  const ArrivedParcel* last() const { return last_.get(); }

  // Waits until the parcel before has been stored and acknowledged; its error, if that failed.
  absl::Status Add(std::shared_ptr<ArrivedParcel> parcel, bool whole) {
    if (absl::Status stored = Wait(); !stored.ok()) return stored;
    last_ = std::move(parcel);
    threads::MutexLock lock(mutex_);
    next_ = last_;
    whole_ = whole;
    changed_.NotifyAll();
    return absl::OkStatus();
  }
  absl::Status Wait() {
    threads::MutexLock lock(mutex_);
    while (next_ != nullptr) changed_.Wait(mutex_);
    return status_;
  }

 private:
  void Run() {
    threads::MutexLock lock(mutex_);
    while (true) {
      while (!ended_ && next_ == nullptr) changed_.Wait(mutex_);
      if (next_ == nullptr) return;
      const std::shared_ptr<ArrivedParcel> parcel = next_;
      const bool whole = whole_;
      lock.Unlock();
      absl::Status stored = follower_.StoreParcel(line_, partner_, *parcel, whole);
      if (!stored.ok()) stream_.asking().Cancel();  // whoever reads the stream may be waiting for long
      lock.Lock();
      status_ = std::move(stored);
      next_.reset();
      changed_.NotifyAll();
      if (!status_.ok()) return;
    }
  }

  Follower& follower_;
  Line& line_;
  const partner::PartnerPtr partner_;
  Call& stream_;
  std::shared_ptr<ArrivedParcel> last_;  // the reading thread's own

  threads::Mutex mutex_;
  threads::Condition changed_;
  std::shared_ptr<ArrivedParcel> next_ ABSL_GUARDED_BY(mutex_);  // given, and not stored yet
  bool whole_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

Follower::Follower(const FollowerOptions& options, std::string organisation, Switchboard& switchboard,
                   partner::Directory& directory, ParcelSink& sink)
    : options_(options),
      organisation_(std::move(organisation)),
      switchboard_(switchboard),
      directory_(directory),
      sink_(sink),
      backoff_(options),
      random_(std::random_device{}()) {
  state_.organisation = organisation_;
  thread_ = std::thread([this] { Run(); });
}

Follower::~Follower() {
  Stop();
  thread_.join();
}

void Follower::Stop() {
  threads::MutexLock lock(mutex_);
  stop_ = true;
  for (Asking* call : calls_) call->Cancel();
  wake_.NotifyAll();
}

bool Follower::allowed() const {
  const partner::PartnerPtr partner = directory_.Find(organisation_);
  return partner != nullptr && partner->dialled();
}

void Follower::Wake() {
  const bool still = allowed();
  threads::MutexLock lock(mutex_);
  woken_ = true;
  if (!still) {
    for (Asking* call : calls_) call->Cancel();
  }
  wake_.NotifyAll();
}

void Follower::CutIfStalled(uint64_t now_ms) {
  threads::MutexLock lock(mutex_);
  const bool within = waiting_since_ms_ != 0 && now_ms >= waiting_since_ms_ + options_.stall_ms;
  const bool stalled = within || std::any_of(calls_.begin(), calls_.end(), [&](const Asking* call) {
                         return call->Stalled(now_ms, options_.stall_ms);
                       });
  if (!stalled) return;
  spdlog::warn("exchange: `{}` has not gone on with a {} for {} ms; cutting the stream", organisation_,
               within ? "parcel" : "message", options_.stall_ms);
  for (Asking* call : calls_) call->Cancel();
}

FollowState Follower::state() const {
  threads::MutexLock lock(mutex_);
  return state_;
}

void Follower::Update(const std::function<void(FollowState&)>& change) {
  threads::MutexLock lock(mutex_);
  change(state_);
}

bool Follower::stopping() const {
  threads::MutexLock lock(mutex_);
  return stop_;
}

void Follower::Pause() {
  const uint64_t wait_ms = backoff_.Next(random_());
  threads::MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (!stop_ && !woken_ && wake_.WaitUntil(mutex_, until)) {
  }
  woken_ = false;
}

void Follower::Run() {
  while (!stopping()) {
    caught_up_ms_ = 0;
    const absl::Status ended = Once();
    const uint64_t now_ms = NowMs();
    if (caught_up_ms_ != 0) backoff_.CaughtUp(now_ms < caught_up_ms_ ? 0 : now_ms - caught_up_ms_);
    std::string error;
    if (!ended.ok() && !stopping()) {
      const std::optional<parcel::Layer> layer = parcel::LayerOf(ended);
      error = std::string(ended.message());
      if (layer.has_value()) LogRefusal(ended, organisation_, "following");
    }
    Update([&error](FollowState& state) {
      state.connected = false;
      state.caught_up = false;
      Tell(state, error);
    });
    Pause();
  }
  ended_ = true;
}

absl::Status Follower::Once() {
  const partner::PartnerPtr known = directory_.Find(organisation_);
  if (known == nullptr || !known->dialled()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<Line>> opened =
      Line::Open(switchboard_, directory_, *known, options_.reach, [this] { return stopping(); });
  if (!opened.ok()) return opened.status();
  Line& line = **opened;
  absl::StatusOr<Introduced> introduced;
  {
    Call call(*this, line.Introducing());
    call.asking().SetDeadline(std::chrono::steady_clock::now() + kUnaryDeadline);
    introduced = Introduce(call.asking(), directory_, *known, options_.address,
                           known->active() ? sink_.Greet(*known) : Greeting{});
  }
  if (!introduced.ok()) return introduced.status();
  Update([&](FollowState& state) {
    state.last_contact_ms = NowMs();
    state.clock_skew_ms = introduced->clock_skew_ms;
  });
  if (!introduced->partner->active()) {
    backoff_.Unconfirmed();
    return absl::OkStatus();
  }
  sink_.Greeted(*introduced->partner, introduced->theirs);
  if (absl::Status told = AcknowledgeLeft(line, introduced->partner); !told.ok()) return told;
  return FollowStream(line, introduced->partner);
}

absl::StatusOr<std::optional<v1::ParcelPart>> Follower::Read(Asking& stream, bool in_parcel) {
  {
    threads::MutexLock lock(mutex_);
    waiting_since_ms_ = in_parcel ? NowMs() : 0;
  }
  absl::StatusOr<std::optional<std::string>> message = stream.Receive(kMaxPartBytes);
  {
    threads::MutexLock lock(mutex_);
    waiting_since_ms_ = 0;
    if (message.ok() && message->has_value()) state_.last_contact_ms = NowMs();
  }
  if (!message.ok()) return message.status();
  if (!message->has_value()) return std::nullopt;
  v1::ParcelPart part;
  if (!part.ParseFromString(**message)) {
    return parcel::Refuse(parcel::Layer::kManifest, "a message that is no part of a parcel");
  }
  return part;
}

absl::Status Follower::FollowStream(Line& line, const partner::PartnerPtr& partner) {
  absl::StatusOr<std::string> cursor = sink_.Cursor(partner);
  if (!cursor.ok()) return cursor.status();
  v1::Cursor request;
  request.set_sealed(*std::move(cursor));
  request.set_contents(parcel::kContents);
  Call call(*this, line.Following());
  if (absl::Status sent = call.asking().Send(request.SerializeAsString()); !sent.ok()) return sent;
  Update([](FollowState& state) { state.connected = true; });
  Storing storing(*this, line, partner, call);
  absl::Status ended = ReadStream(call.asking(), partner, storing);
  // A parcel that was read whole is stored, however the stream ended. If storing fails, that error counts.
  if (absl::Status stored = storing.Wait(); !stored.ok()) ended = stored;
  return stopping() && absl::IsCancelled(ended) ? Stopped() : ended;
}

absl::Status Follower::ReadStream(Asking& stream, const partner::PartnerPtr& partner, Storing& storing) {
  while (true) {
    absl::StatusOr<std::optional<v1::ParcelPart>> part = Read(stream, /*in_parcel=*/false);
    if (!part.ok()) return part.status();
    if (!part->has_value()) return absl::OkStatus();
    absl::Status taken;
    if ((*part)->has_caught_up()) {
      if (absl::Status stored = storing.Wait(); !stored.ok()) return stored;
      if (caught_up_ms_ == 0) caught_up_ms_ = NowMs();
      // Only now all is well again: a partner that lies can be reached at every try.
      Update([](FollowState& state) {
        state.caught_up = true;
        Tell(state, "");
      });
      sink_.CaughtUp(partner);
    } else if ((*part)->has_manifest()) {
      taken = TakeParcel(partner, stream, std::move(*(*part)->mutable_manifest()), storing);
    } else {
      taken = parcel::Refuse(parcel::Layer::kManifest, "a part of a parcel without its manifest");
    }
    if (!taken.ok()) return taken;
  }
}

absl::Status Follower::TakeParcel(const partner::PartnerPtr& partner, Asking& stream, v1::Manifest manifest,
                                  Storing& storing) {
  absl::StatusOr<parcel::Manifest> read = parcel::ParseManifest(manifest.bytes());
  if (!read.ok()) return read.status();
  Chunks chunks(*this, stream, read->chunks);
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
    backoff_.Refused();
    return received->refused;
  }
  if (!whole) return absl::InternalError("exchange: a parcel was acknowledged before it had come whole");
  backoff_.Stored();
  Update([](FollowState& state) {
    ++state.parcels;
    Tell(state, "");
  });
  return absl::OkStatus();
}

// If a sender does not take an old receipt, we do not offer it again and again before new parcels may come.
absl::Status Follower::AcknowledgeLeft(Line& line, const partner::PartnerPtr& partner) {
  absl::StatusOr<std::vector<parcel::SignedReceipt>> left = sink_.Unacknowledged(partner);
  if (!left.ok()) return left.status();
  for (const parcel::SignedReceipt& receipt : *left) {
    absl::Status told = Acknowledge(line, partner, receipt);
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
  request.set_withheld(receipt.withheld);
  Call call(*this, line.Acknowledging());
  call.asking().SetDeadline(std::chrono::steady_clock::now() + kUnaryDeadline);
  const absl::StatusOr<std::string> told = call.asking().Only(request.SerializeAsString(), kMaxAcknowledgementBytes);
  if (!told.ok()) return told.status();
  return sink_.Acknowledged(partner, receipt);
}

}  // namespace tidegate::exchange
