// The Follow streams that are open, so that they can be cut when a pin changes or the server stops. Private to this
// room.
#ifndef TIDEGATE_NODE_EXCHANGE_STREAMS_H_
#define TIDEGATE_NODE_EXCHANGE_STREAMS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/exchange/call.h"
#include "node/exchange/tls.h"
#include "node/partner/partner.h"
#include "threads/threads.h"

namespace tidegate::exchange {

class Streams {
 public:
  // A stream is here for as long as its Entry lives.
  class Entry {
   public:
    Entry(Streams& streams, const Peer& peer, Call& call);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Streams& streams_;
    uint64_t number_;
  };

  // Cuts every stream whose certificate is no longer that of an active partner.
  void CutUnpinned(const partner::Directory& directory);
  // Cuts all of them, also those that come later.
  void CutAll();
  bool cut() const;
  std::vector<std::string> Organisations() const;

 private:
  struct Open {
    crypto::Hash spki{};
    std::string organisation;
    Call* call = nullptr;
  };

  mutable threads::Mutex mutex_;
  std::map<uint64_t, Open> open_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_STREAMS_H_
