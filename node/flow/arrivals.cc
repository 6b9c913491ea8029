#include "node/flow/arrivals.h"

namespace tidegate::flow {
namespace {

absl::StatusOr<std::shared_ptr<OpenedArrival>> Open(const store::SealedArrival& sealed) {
  auto arrival = sealed.Open();
  if (!arrival.ok()) return arrival.status();
  return std::make_shared<OpenedArrival>(*std::move(arrival));
}

}  // namespace

absl::StatusOr<OpenedArrival::Locked> OpenedArrival::Narrower() {
  std::unique_lock lock(mutex_);
  if (!narrower_) {
    auto narrower = record::Narrower::Of(record().view);
    if (!narrower.ok()) return narrower.status();
    narrower_ = *std::move(narrower);
  }
  return Locked{std::move(lock), *narrower_};
}

Arrivals::Arrivals() : places_(std::make_unique<Place[]>(kPlaces)) {}

void Arrivals::Join() { walkers_.fetch_add(1); }

void Arrivals::Leave() {
  if (walkers_.fetch_sub(1) > 2) return;
  for (size_t i = 0; i < kPlaces; ++i) {
    std::lock_guard place_lock(places_[i].mutex);
    places_[i].seq = 0;
    places_[i].opened.reset();
  }
}

// The place stays locked while it is filled: of feeds that walk in step, one opens and the others have it.
absl::StatusOr<std::shared_ptr<OpenedArrival>> Arrivals::Opened(const store::SealedArrival& sealed) {
  if (walkers_.load(std::memory_order_relaxed) < 2) return Open(sealed);
  Place& place = places_[sealed.seq() % kPlaces];
  std::lock_guard lock(place.mutex);
  if (place.seq == sealed.seq() && place.version == sealed.version()) return place.opened;
  auto opened = Open(sealed);
  if (!opened.ok()) return opened;
  place.seq = sealed.seq();
  place.version = sealed.version();
  place.opened = *std::move(opened);
  return place.opened;
}

Arrivals::Walker::Walker(Arrivals& arrivals) : arrivals_(arrivals) { arrivals_.Join(); }
Arrivals::Walker::~Walker() { arrivals_.Leave(); }

absl::Status Arrivals::Walker::Scan(const store::Reader& reader, Range range,
                                    absl::FunctionRef<bool(OpenedArrival&)> visit) const {
  return reader.ScanOwn(range.first, range.last, [&](const store::SealedArrival& sealed) -> absl::StatusOr<bool> {
    auto opened = arrivals_.Opened(sealed);
    if (!opened.ok()) return opened.status();
    return visit(**opened);
  });
}

}  // namespace tidegate::flow
