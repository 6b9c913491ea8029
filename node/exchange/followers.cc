// Keeps one Follower for each partner that can be dialled.
#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "node/exchange/follower.h"
#include "node/exchange/refusal.h"
#include "threads/threads.h"

namespace tidegate::exchange {
namespace {

constexpr auto kTick = std::chrono::seconds(1);

}  // namespace

class Followers::State : public std::enable_shared_from_this<Followers::State> {
 public:
  State(const FollowerOptions& options, partner::Directory& directory, ParcelSink& sink)
      : options_(options), directory_(directory), sink_(sink) {}

  absl::Status Start() {
    directory_.Watch([weak = weak_from_this()] {
      if (const std::shared_ptr<State> state = weak.lock()) state->Changed();
    });
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Stop() {
    {
      threads::MutexLock lock(mutex_);
      if (std::exchange(stopping_, true)) return;
    }
    wake_.NotifyAll();
    if (thread_.joinable()) thread_.join();
    std::map<std::string, std::unique_ptr<Follower>> followers;
    {
      threads::MutexLock lock(followers_mutex_);
      followers.swap(followers_);
    }
    for (auto& [organisation, follower] : followers) follower->Stop();  // all at once, then wait for each
    followers.clear();
    ending_.clear();
  }

  void Changed() {
    {
      threads::MutexLock lock(mutex_);
      changed_ = true;
    }
    wake_.NotifyAll();
  }

  std::vector<FollowState> States() const {
    std::vector<FollowState> out;
    threads::MutexLock lock(followers_mutex_);
    for (const auto& [organisation, follower] : followers_) out.push_back(follower->state());
    return out;
  }

 private:
  void Run() {
    Reconcile();
    threads::MutexLock lock(mutex_);
    while (!stopping_) {
      const auto until = std::chrono::steady_clock::now() + kTick;
      while (!stopping_ && !changed_ && wake_.WaitUntil(mutex_, until)) {
      }
      const bool changed = std::exchange(changed_, false);
      if (stopping_) return;
      lock.Unlock();
      if (Reap() || changed) Reconcile();
      Tick();
      lock.Lock();
    }
  }

  // Brings the followers in line with the directory. Waits for none of those that end: one may be looking up a name.
  void Reconcile() {
    threads::MutexLock lock(followers_mutex_);
    std::map<std::string, std::unique_ptr<Follower>> before;
    before.swap(followers_);
    for (const partner::PartnerPtr& partner : directory_.List()) {
      if (!partner->dialled()) continue;
      if (auto found = before.find(partner->organisation); found != before.end()) {
        found->second->Wake();
        followers_.insert(before.extract(found));
      } else if (!IsEnding(partner->organisation)) {
        followers_[partner->organisation] =
            std::make_unique<Follower>(options_, partner->organisation, switchboard_, directory_, sink_);
      }
    }
    for (auto& [organisation, follower] : before) {
      follower->Stop();
      ending_.push_back(std::move(follower));
    }
  }

  // A partner that is followed again waits for the end of its follower before: two would take the same parcels.
  bool IsEnding(const std::string& organisation) const {
    return std::any_of(ending_.begin(), ending_.end(),
                       [&](const auto& follower) { return follower->organisation() == organisation; });
  }

  // True if one of those that were ending has ended.
  bool Reap() {
    return std::erase_if(ending_, [](const auto& follower) { return follower->ended(); }) > 0;
  }

  void Tick() {
    const uint64_t now = NowMs();
    threads::MutexLock lock(followers_mutex_);
    for (auto& [organisation, follower] : followers_) follower->CutIfStalled(now);
  }

  const FollowerOptions options_;
  partner::Directory& directory_;
  ParcelSink& sink_;
  Switchboard switchboard_;  // before those who dial through it

  mutable threads::Mutex followers_mutex_;
  std::map<std::string, std::unique_ptr<Follower>> followers_ ABSL_GUARDED_BY(followers_mutex_);

  std::vector<std::unique_ptr<Follower>> ending_;  // of Run's thread, and of Stop after its end

  threads::Mutex mutex_;
  threads::Condition wake_;
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

Followers::Followers(std::shared_ptr<State> state) : state_(std::move(state)) {}
Followers::~Followers() { state_->Stop(); }

absl::StatusOr<std::unique_ptr<Followers>> Followers::Start(const FollowerOptions& options,
                                                            partner::Directory& directory, ParcelSink& sink) {
  auto state = std::make_shared<State>(options, directory, sink);
  if (absl::Status started = state->Start(); !started.ok()) return started;
  return std::unique_ptr<Followers>(new Followers(std::move(state)));
}

std::vector<FollowState> Followers::States() const { return state_->States(); }
void Followers::Hurry() { state_->Changed(); }
void Followers::Stop() { state_->Stop(); }

}  // namespace tidegate::exchange
