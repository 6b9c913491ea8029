#include "node/exchange/streams.h"

#include <algorithm>

#include "threads/threads.h"

namespace tidegate::exchange {

Streams::Entry::Entry(Streams& streams, const Peer& peer, Call& call) : streams_(streams) {
  threads::MutexLock lock(streams.mutex_);
  // A partner has one stream: a second one means that the first has died without our noticing.
  for (auto& [number, open] : streams.open_) {
    if (open.organisation == peer.partner->organisation) open.call->Cancel();
  }
  number_ = streams.next_++;
  streams.open_[number_] = {peer.spki, peer.partner->organisation, &call};
  if (streams.cut_) call.Cancel();
}

Streams::Entry::~Entry() {
  threads::MutexLock lock(streams_.mutex_);
  streams_.open_.erase(number_);
}

void Streams::CutUnpinned(const partner::Directory& directory) {
  threads::MutexLock lock(mutex_);
  for (auto& [number, open] : open_) {
    const partner::PartnerPtr partner = directory.FindByTls(open.spki);
    if (partner == nullptr || !partner->active() || partner->organisation != open.organisation) {
      open.call->Cancel();
    }
  }
}

void Streams::CutAll() {
  threads::MutexLock lock(mutex_);
  cut_ = true;
  for (auto& [number, open] : open_) open.call->Cancel();
}

bool Streams::cut() const {
  threads::MutexLock lock(mutex_);
  return cut_;
}

std::vector<std::string> Streams::Organisations() const {
  std::vector<std::string> out;
  {
    threads::MutexLock lock(mutex_);
    for (const auto& [number, open] : open_) out.push_back(open.organisation);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace tidegate::exchange
