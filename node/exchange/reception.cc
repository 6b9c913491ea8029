#include "node/exchange/reception.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "node/exchange/refusal.h"

namespace tidegate::exchange {
namespace {

// A door that somebody has taken over may claim any number. Those that it has closed may still be told.
constexpr size_t kMostCallers = 2 * door::kMostConnections;
constexpr size_t kMostCallsOfOne = 16;
constexpr size_t kMostBytesOfOne = 2 * door::kMaxRequestBytes;
constexpr size_t kMostBytes = size_t{32} << 20;

}  // namespace

void Reception::Opened(door::ConnectionId connection, std::string_view certificate, std::string_view address) {
  absl::StatusOr<crypto::CertificateFacts> facts = crypto::ReadCertificate(certificate);
  if (!facts.ok()) return;  // no door sends that; its calls are refused as nobody's
  threads::MutexLock lock(mutex_);
  if (callers_.size() >= kMostCallers) return;  // no door sends that either
  callers_[connection] = {*std::move(facts), std::string(address)};
}

size_t Reception::connections() const {
  threads::MutexLock lock(mutex_);
  return callers_.size();
}

void Reception::Closed(door::ConnectionId connection) {
  threads::MutexLock lock(mutex_);
  callers_.erase(connection);
  auto next = calls_.lower_bound({connection, 0});
  while (next != calls_.end() && next->first.first == connection) {
    const Key key = next->first;
    next->second->Cancel();
    ++next;
    Forget(key);
  }
}

void Reception::AllClosed() {
  threads::MutexLock lock(mutex_);
  callers_.clear();
  while (!calls_.empty()) {
    const Key key = calls_.begin()->first;
    calls_.begin()->second->Cancel();
    Forget(key);
  }
}

void Reception::Forget(const Key& key) {
  const auto found = calls_.find(key);
  if (found == calls_.end()) return;
  const CallPtr call = std::move(found->second);
  calls_.erase(found);
  if (!call->asked()) Discharge(*call);  // else whoever answers it does, at its end
}

void Reception::Discharge(const Call& call) {
  const auto load = loads_.find(call.caller().certificate.spki);
  load->second.bytes -= call.charged();
  bytes_ -= call.charged();
  if (--load->second.calls == 0) loads_.erase(load);
}

void Reception::Refuse(const Key& key, std::string_view why) {
  keeper_->Finish(key.first, key.second, static_cast<int>(absl::StatusCode::kResourceExhausted), why);
}

void Reception::Called(door::ConnectionId connection, door::StreamId stream, std::string_view path) {
  const Key key{connection, stream};
  {
    threads::MutexLock lock(mutex_);
    const auto caller = callers_.find(connection);
    if (stopping_ || caller == callers_.end() || calls_.count(key) > 0) return;
    Load& load = loads_[caller->second.certificate.spki];
    if (load.calls < kMostCallsOfOne) {
      ++load.calls;
      calls_[key] = std::make_shared<Call>(
          caller->second, std::string(path),
          [keeper = keeper_, key](std::string_view bytes) { keeper->Send(key.first, key.second, bytes); });
      return;
    }
  }
  Refuse(key, "too many calls at once");
}

void Reception::Received(door::ConnectionId connection, door::StreamId stream, std::string_view bytes) {
  const Key key{connection, stream};
  {
    threads::MutexLock lock(mutex_);
    const auto found = calls_.find(key);
    if (found == calls_.end() || found->second->asked()) return;
    Call& call = *found->second;
    Load& load = loads_[call.caller().certificate.spki];
    if (load.bytes + bytes.size() <= kMostBytesOfOne && bytes_ + bytes.size() <= kMostBytes) {
      load.bytes += bytes.size();
      bytes_ += bytes.size();
      call.Take(bytes);
      return;
    }
    Forget(key);
  }
  Refuse(key, "too much is asked at once");
}

void Reception::Asked(door::ConnectionId connection, door::StreamId stream) {
  const Key key{connection, stream};
  CallPtr call;
  {
    threads::MutexLock lock(mutex_);
    const auto found = calls_.find(key);
    if (found == calls_.end() || found->second->asked()) return;
    call = found->second;
    call->SetAsked();
  }
  if (threads_.Run([this, key, call] { Run(key, call); })) return;
  {
    threads::MutexLock lock(mutex_);
    Forget(key);
    Discharge(*call);
  }
  Refuse(key, "too many calls at once");
}

void Reception::Run(const Key& key, const CallPtr& call) {
  const absl::Status status = answer_(*call);
  {
    threads::MutexLock lock(mutex_);
    const auto found = calls_.find(key);
    const bool gone = found == calls_.end() || found->second != call;
    if (!gone) calls_.erase(found);
    // A call that its caller took back counts as one until it has really ended: taking back is no way to have more.
    Discharge(*call);
    if (gone) return;
  }
  const absl::string_view message = status.message();
  keeper_->Finish(key.first, key.second, static_cast<int>(status.code()), {message.data(), message.size()});
}

void Reception::Cancelled(door::ConnectionId connection, door::StreamId stream) {
  threads::MutexLock lock(mutex_);
  const auto found = calls_.find({connection, stream});
  if (found == calls_.end()) return;
  found->second->Cancel();
  Forget({connection, stream});
}

Reception::CallPtr Reception::Find(const Key& key) const {
  threads::MutexLock lock(mutex_);
  const auto found = calls_.find(key);
  return found == calls_.end() ? nullptr : found->second;
}

void Reception::Sent(door::ConnectionId connection, door::StreamId stream, uint32_t bytes) {
  if (const CallPtr call = Find({connection, stream})) call->Grant(bytes);
}

void Reception::Refused(const door::TurnedAway& turned_away) {
  if (turned_away.reason == door::Reason::kSilent) {
    spdlog::debug("exchange: closed {} connections on which nothing was asked", turned_away.count);
    return;
  }
  if (turned_away.reason ==
      door::Reason::kHungUp) {  // nothing was refused: they went before they had said who they are
    spdlog::debug("exchange: {} callers hung up in the handshake", turned_away.count);
    return;
  }
  const partner::PartnerPtr partner = directory_.FindByTls(turned_away.spki);
  std::string what(door::ReasonText(turned_away.reason));
  if (turned_away.reason == door::Reason::kSuspended && partner != nullptr) {
    what = absl::StrCat("partner `", partner->organisation, "` is suspended");
  }
  if (turned_away.reason == door::Reason::kNotPinned && directory_.InvitationOpen(NowMs())) {
    what += "; an invitee whose node is older than ours replies with a file: `partner accept LETTER --reply FILE`";
  }
  if (turned_away.count > 1) absl::StrAppend(&what, "; ", turned_away.count, " of this kind since the last line");
  LogRefusal(parcel::Refuse(LayerFor(turned_away.reason), what),
             partner == nullptr ? turned_away.address : partner->organisation, "at the door");
}

void Reception::Stop() {
  {
    threads::MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& [key, call] : calls_) call->Cancel();
  }
  threads_.Stop();
}

}  // namespace tidegate::exchange
