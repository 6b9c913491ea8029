// Dialling one partner: a channel that trusts its pinned key alone, and the calls on it. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_DIAL_H_
#define TIDEGATE_NODE_EXCHANGE_DIAL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/exchange/exchange.h"
#include "node/exchange/tls.h"
#include "tidegate/v1/exchange.grpc.pb.h"

namespace tidegate::exchange {

// A certificate that proves the inviter's letter, while the partner has not taken our reply; null where there is
// nothing to prove.
absl::StatusOr<std::unique_ptr<OwnCertificate>> LetterCertificate(const partner::Directory& directory,
                                                                  std::string_view organisation);

// A new connection for each Line: nothing is shared between partners.
class Line {
 public:
  // FailedPrecondition for an address that `reach` does not allow, Unavailable for a name that does not resolve now.
  static absl::StatusOr<std::unique_ptr<Line>> Open(const OwnCertificate& own, const partner::Directory& directory,
                                                    const partner::Partner& partner, const Reach& reach);

  v1::Exchange::Stub& stub() { return *stub_; }

 private:
  explicit Line(std::unique_ptr<v1::Exchange::Stub> stub) : stub_(std::move(stub)) {}
  std::unique_ptr<v1::Exchange::Stub> stub_;
};

// What an introduction brought.
struct Introduced {
  partner::PartnerPtr partner;  // as it now is
  Greeting theirs;
  int64_t clock_skew_ms = 0;
};
// Introduces us and takes over what they say. `context` is the caller's, so that it can cancel.
absl::StatusOr<Introduced> Introduce(Line& line, grpc::ClientContext& context, partner::Directory& directory,
                                     const partner::Partner& partner, std::string_view own_address,
                                     const Greeting& ours);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_DIAL_H_
