// Dialling one partner: a connection that trusts its pinned key alone, and the calls on it. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_DIAL_H_
#define TIDEGATE_NODE_EXCHANGE_DIAL_H_

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/exchange/asking.h"
#include "node/exchange/exchange.h"

namespace tidegate::exchange {

inline constexpr size_t kMaxPartBytes = parcel::kMaxChunkBytes + 4096;  // of a stream; a chunk is the longest

// A new connection for each Line: nothing is shared between partners.
class Line {
 public:
  // Shows the certificate that proves the inviter's letter while the partner has not taken our reply. Waits for a TCP
  // connection; the handshake goes on by itself, and its failure is told to the calls. FailedPrecondition for an
  // address that `reach` does not allow, Unavailable if nobody answers, Cancelled soon after `cancelled` holds.
  static absl::StatusOr<std::unique_ptr<Line>> Open(Switchboard& switchboard, const partner::Directory& directory,
                                                    const partner::Partner& partner, const Reach& reach,
                                                    const std::function<bool()>& cancelled);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Calls, which do not outlive the line. Nothing is sent yet.
  std::unique_ptr<Asking> Introducing() const { return Begin("Introduce", "introducing ourselves"); }
  std::unique_ptr<Asking> Following() const { return Begin("Follow", "following"); }
  std::unique_ptr<Asking> Acknowledging() const { return Begin("Acknowledge", "acknowledging a parcel"); }

 private:
  Line(Switchboard& switchboard, door::ConnectionId connection) : switchboard_(switchboard), connection_(connection) {}
  std::unique_ptr<Asking> Begin(std::string_view method, std::string_view during) const;

  Switchboard& switchboard_;
  const door::ConnectionId connection_;
};

// The result of an introduction.
struct Introduced {
  partner::PartnerPtr partner;  // as it now is
  Greeting theirs;
  int64_t clock_skew_ms = 0;
};
// Introduces us and takes over what they say. `asking` is the caller's, so that it can cancel.
absl::StatusOr<Introduced> Introduce(Asking& asking, partner::Directory& directory, const partner::Partner& partner,
                                     std::string_view own_address, const Greeting& ours);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_DIAL_H_
