#include "node/feed/arrivals.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "threads/threads.h"

namespace tidegate::feed {
namespace {

absl::StatusOr<std::shared_ptr<OpenedArrival>> Open(const store::SealedArrival& sealed) {
  auto arrival = sealed.Open();
  if (!arrival.ok()) return arrival.status();
  return std::make_shared<OpenedArrival>(*std::move(arrival));
}

}  // namespace

bool Unreadable(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsUnauthenticated(status) || absl::IsNotFound(status) ||
         absl::IsInvalidArgument(status);
}

absl::StatusOr<OpenedArrival::Locked> OpenedArrival::Narrower() {
  threads::HandedLock lock(mutex_);
  if (!narrower_) {
    auto narrower = record::Narrower::Of(record().view);
    if (!narrower.ok()) return narrower.status();
    narrower_ = *std::move(narrower);
  }
  return Locked{std::move(lock), *narrower_};
}

std::shared_ptr<Arrivals::Stretch> Arrivals::Begin(uint64_t first) {
  if (walkers_.load(std::memory_order_relaxed) < 2) return nullptr;
  threads::MutexLock lock(mutex_);
  auto found = std::find_if(begun_.begin(), begun_.end(), [first](const Begun& begun) { return begun.first == first; });
  std::shared_ptr<Stretch> stretch = found == begun_.end() ? nullptr : found->stretch.lock();
  if (found != begun_.end()) begun_.erase(found);
  if (stretch == nullptr) stretch = std::make_shared<Stretch>();
  // Forgets the stretches that no walker is in.
  std::erase_if(begun_, [](const Begun& begun) { return begun.stretch.expired(); });
  begun_.insert(begun_.begin(), Begun{first, stretch});
  latest_ = stretch;
  return stretch;
}

void Arrivals::Leave() {
  if (walkers_.fetch_sub(1) > 2) return;
  threads::MutexLock lock(mutex_);
  latest_.reset();
}

// The place stays locked while it is filled: of feeds that walk in step, one opens and the others have it.
absl::StatusOr<std::shared_ptr<OpenedArrival>> Arrivals::Opened(Stretch& stretch, const store::SealedArrival& sealed) {
  Place& place = stretch.places[sealed.seq() - StretchOf(sealed.seq())];
  threads::MutexLock lock(place.mutex);
  if (place.opened != nullptr && place.version == sealed.version()) return place.opened;
  auto opened = Open(sealed);
  if (!opened.ok()) return opened;
  place.version = sealed.version();
  place.opened = *std::move(opened);
  return place.opened;
}

Arrivals::Walker::Walker(Arrivals& arrivals) : arrivals_(arrivals) { arrivals_.walkers_.fetch_add(1); }
Arrivals::Walker::~Walker() { arrivals_.Leave(); }

absl::Status Arrivals::Walker::Scan(const store::Reader& reader, Range range,
                                    absl::FunctionRef<bool(OpenedArrival&)> visit, size_t* passed) const {
  const std::shared_ptr<Stretch> stretch = arrivals_.Begin(StretchOf(range.first));
  return reader.ScanOwn(range.first, range.last, [&](const store::SealedArrival& sealed) -> absl::StatusOr<bool> {
    auto opened = stretch == nullptr ? Open(sealed) : Opened(*stretch, sealed);
    if (opened.ok()) return visit(**opened);
    // Where the store fails, the row may be whole: the feed ends, and looks at it again.
    if (!Unreadable(opened.status())) return opened.status();
    arrivals_.PassOver(sealed.seq(), opened.status());
    if (passed != nullptr) ++*passed;
    return true;
  });
}

// A row that cannot be read does not stop the feed. Nothing more of its record goes out, the partner is asked to erase
// it if something must be taken back, and all other records go on.
void Arrivals::PassOver(uint64_t seq, const absl::Status& why) {
  constexpr size_t kMostNamed = 1000;
  threads::MutexLock lock(mutex_);
  if (unreadable_.size() >= kMostNamed || !unreadable_.insert(seq).second) return;
  spdlog::error("feed: arrival {} cannot be read and goes to nobody ({} so far); run `tidegate verify`: {}", seq,
                unreadable_.size(), std::string(why.message()));
}

size_t Arrivals::unreadable() const {
  threads::MutexLock lock(mutex_);
  return unreadable_.size();
}

std::vector<uint64_t> Arrivals::Walker::Recent() const {
  threads::MutexLock lock(arrivals_.mutex_);
  std::vector<uint64_t> firsts;
  for (const Begun& begun : arrivals_.begun_) {
    if (!begun.stretch.expired()) firsts.push_back(begun.first);
  }
  return firsts;
}

}  // namespace tidegate::feed
