// Exchange: the conversation with partners. It moves parcels and knows nothing of what is inside. TLS and HTTP/2 are
// the door's and the dialler's (node/door): here a call is a message there and messages back.
//
//   Takes    the Identity and live Directory of partners, a FeedSource (what we send), a ParcelSink (what we receive)
//   Gives    a server that partners follow, and one follower for each partner that we follow
//   May call door, partner, parcel (layers, receipts, sealed parcels), proto
//   Must     answer nobody but a pinned, active partner; name the layer in its own log and only there
//   Never    let a partner learn of another, hold more than one parcel for a slow reader or two of one sender
//   Threads  Server, Followers: any thread; FeedSource and ParcelSink are called on many threads at once
//   Spec     proto/EXCHANGE.md
#ifndef TIDEGATE_NODE_EXCHANGE_EXCHANGE_H_
#define TIDEGATE_NODE_EXCHANGE_EXCHANGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"

namespace tidegate::exchange {

inline constexpr uint32_t kProtocolVersion = 1;

// What two nodes tell each other apart from the pairing; `exchange` and `partner` do the pairing.
struct Greeting {
  uint64_t now_ms = 0;
  std::vector<std::string> checkpoints;  // notes: the largest that the speaker holds of the listener's logs
};

// One Follow stream. Used by one thread.
class ParcelWriter {
 public:
  virtual ~ParcelWriter() = default;
  // Sends the manifest, then each chunk as its own message; waits while the partner is slow. An error means that the
  // stream is over.
  virtual absl::Status Write(parcel::Sealed parcel) = 0;
  // "There is nothing newer now."
  virtual absl::Status CaughtUp() = 0;
  // The newest contents of parcels that the other side reads (parcel::kContents).
  virtual uint32_t reads() const { return 1; }
};

// Gives our feed to partners. Every call is for an active partner.
class FeedSource {
 public:
  virtual ~FeedSource() = default;
  // Fills what we tell them; `theirs` may hold anything.
  virtual Greeting Greet(const partner::Partner& partner, const Greeting& theirs) = 0;
  // Runs for as long as the stream: backlog, CaughtUp, then live. Returns when `cancelled` turns true (it must look at
  // least every second, also while waiting; Wake comes earlier), or with the error that ends the
  // stream; errors with a parcel::Layer are refusals of what the partner sent. `cursor` is untrusted.
  virtual absl::Status Follow(const partner::PartnerPtr& partner, std::string_view cursor, ParcelWriter& out,
                              const std::function<bool()>& cancelled) = 0;
  // Called when streams may have been cancelled: wake everything that Follow waits for.
  virtual void Wake() = 0;
  virtual absl::Status Acknowledge(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) = 0;
};

// The chunks of one arriving parcel, in order. Empty after the last.
class ChunkReader {
 public:
  virtual ~ChunkReader() = default;
  // Waits; Cancelled or Unavailable when the stream ends early.
  virtual absl::StatusOr<std::string> Next() = 0;
};

// A parcel that was read and is to be stored. Stored once, in the order of the stream, on another thread than the one
// that reads the next parcel.
class ArrivedParcel {
 public:
  virtual ~ArrivedParcel() = default;
  // Stores it durably and gives the receipt for it; or, where it was found bad, the receipt that says so and, in
  // `refused`, why. A refused parcel ends the stream; it is followed again later. An error is a fault of our own: there
  // is no receipt, and the stream ends too.
  struct Received {
    parcel::SignedReceipt receipt;
    absl::Status refused;  // bears its parcel::Layer
  };
  virtual absl::StatusOr<Received> Store() = 0;
};

// Takes what partners send.
class ParcelSink {
 public:
  virtual ~ParcelSink() = default;
  virtual Greeting Greet(const partner::Partner& partner) = 0;
  virtual void Greeted(const partner::Partner& partner, const Greeting& theirs) = 0;
  // Where we stand: sealed by them, empty at first.
  virtual absl::StatusOr<std::string> Cursor(const partner::PartnerPtr& partner) = 0;
  // Reads all chunks of a parcel and checks it, while the one before it in the same stream (null for the first), which
  // this one continues, may still be being stored. One found bad is given too: storing it says so. An error is a fault
  // of our own (or of the reader): there is no receipt, and the stream ends.
  virtual absl::StatusOr<std::shared_ptr<ArrivedParcel>> Read(const partner::PartnerPtr& partner, std::string manifest,
                                                              std::string signature, ChunkReader& chunks,
                                                              const ArrivedParcel* before) = 0;
  // Receipts that the sender has not taken yet, oldest first: a crash between storing a parcel and acknowledging it
  // leaves one. The follower acknowledges them after Introduce and before Follow.
  virtual absl::StatusOr<std::vector<parcel::SignedReceipt>> Unacknowledged(const partner::PartnerPtr& partner) = 0;
  // The sender took this receipt: called after each Acknowledge that succeeded. That it is not offered again need not
  // be durable at once.
  virtual absl::Status Acknowledged(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) = 0;
  virtual void CaughtUp(const partner::PartnerPtr& partner) = 0;
};

struct ServerOptions {
  std::string listen = {};     // HOST:PORT; port 0 takes a free one
  std::string advertise = {};  // where partners can dial us; empty tells them nothing
};

class Server {
 public:
  // The directory, identity and source outlive the server. Unavailable when the address cannot be had. Starts this
  // program again as a door: see door::IsDoor.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, partner::Directory& directory,
                                                       FeedSource& source);
  ~Server();
  int port() const;
  std::string address() const;  // HOST:PORT in use
  // Organisations whose Follow stream is open now.
  std::vector<std::string> Following() const;
  // Dials ourselves: OK if the door answers in time. For a watchdog.
  absl::Status Knock(uint64_t patience_ms) const;
  // Cancels every stream and waits for the calls to end.
  void Stop();

 private:
  class State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// The kinds of addresses that we dial apart from public ones. A partner itself says where it is. So we dial an address
// on this machine or in this network only if the administrator said so.
struct Reach {
  bool loopback = false;
  bool link_local = false;
  bool private_networks = false;
};

// What a node that listens at this HOST:PORT must allow to reach others like it. It is nothing for a public address,
// for "every address of this machine", and for any name but `localhost`.
Reach ReachOf(std::string_view address);
// Whether this HOST:PORT means every address of a machine, such as 0.0.0.0:7443: one can listen there, nobody can dial
// it.
bool IsEveryAddress(std::string_view address);

// How following one partner goes, for status.
struct FollowState {
  std::string organisation;
  bool connected = false;
  bool caught_up = false;
  uint64_t parcels = 0;
  uint64_t last_contact_ms = 0;
  int64_t clock_skew_ms = 0;    // theirs minus ours
  std::string last_error;       // with its layer; empty when all is well
  uint64_t error_since_ms = 0;  // since when there has been one, this or another, without a break; 0 when all is well
};

struct FollowerOptions {
  std::string address = {};  // where we can be dialled, for our partners to know; may be empty
  uint64_t first_backoff_ms = 200;
  uint64_t most_backoff_ms = 30000;
  uint64_t most_refused_ms = 300000;  // the same, where what ends the stream is a parcel that we refuse
  // A stream that lasts so long after its caught-up mark ends the back-off, as a parcel does. After one that is shorter
  // the back-off is at most the second number.
  uint64_t proved_ms = 10000;
  uint64_t most_unproved_ms = 5000;
  uint64_t stall_ms = 60000;  // how long the next part of a parcel may take
  Reach reach = {};
};

// One thread for each partner that can be dialled: introduce, follow, acknowledge, and again. Follows changes of the
// directory at once. Starts this program again as a dialler: see door::IsDoor.
class Followers {
 public:
  static absl::StatusOr<std::unique_ptr<Followers>> Start(const FollowerOptions& options, partner::Directory& directory,
                                                          ParcelSink& sink);
  ~Followers();
  std::vector<FollowState> States() const;
  // Tries partners that are waiting to be dialled again now.
  void Hurry();
  void Stop();

 private:
  class State;
  explicit Followers(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// One Introduce by hand, as `partner accept` does it: brings our reply and our confirmation, takes in theirs.
// Unavailable when they cannot be reached; PermissionDenied when they refuse us; FailedPrecondition for an address that
// `reach` does not allow.
absl::StatusOr<partner::PartnerPtr> IntroduceOnce(std::string_view organisation, std::string_view own_address,
                                                  partner::Directory& directory, const Reach& reach,
                                                  uint64_t timeout_ms);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_EXCHANGE_H_
