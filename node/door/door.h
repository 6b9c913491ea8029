// Door: partners' sockets live in processes of their own: the door for partners that dial us, the dialler for those
// that we dial. TLS and HTTP/2 end there, within fixed memory. The serving process gets calls and answers as frames
// over a socket pair.
//
//   Takes    an address to listen on, sockets to partners, our TLS key and certificate, whom to let in
//   Gives    calls of callers who have proved a pinned key, or an open invitation's letter; nothing of anybody else;
//            what a partner with the pinned key answers to our calls
//   May call crypto
//   Must     bound whatever a partner can make it keep or do before it does so; come back by itself when it ends
//   Never    see a store, a vault, a record or a partner's name; trust what a partner declares or acknowledges
//   Threads  Keeper, Dialler: any; Visits and Answers are called on one thread each, and must not wait
//   Spec     node/door/DOOR.md
#ifndef TIDEGATE_NODE_DOOR_DOOR_H_
#define TIDEGATE_NODE_DOOR_DOOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tidegate::door {

// One accepted connection; no number comes twice in the life of a keeper.
using ConnectionId = uint64_t;
using StreamId = uint32_t;

// How much a caller can make the door and the keeper hold. EXCHANGE.md, "Limits", says the same.
inline constexpr size_t kMaxRequestBytes = (size_t{1} << 20) + 4096;  // one message, with what frames it
inline constexpr uint32_t kMostStreams = 8;                           // open on one connection
inline constexpr size_t kMostConnections = 256;                       // open at once, beyond handshakes
inline constexpr size_t kMostConnectionsOfOne = 8;                    // with one key
inline constexpr uint32_t kSendWindow = 128 << 10;                    // bytes of one stream that wait in the door
inline constexpr uint32_t kReceiveWindow = 1 << 20;                   // bytes of one answer that wait for who asked
inline constexpr size_t kMostDialled = 480;                           // connections that we have dialled
inline constexpr size_t kMaxPins = 4096;
inline constexpr size_t kMaxLetters = 64;

// Why a connection or a call was turned away. Numbers go over the socket pair.
enum class Reason : uint8_t {
  kHandshake = 1,       // TLS below 1.3, no TLS at all, no certificate, no key to it
  kHandshakeTime = 2,   // not done within its time
  kNotPinned = 3,       // a key that nobody has, and no proof of a letter
  kSuspended = 4,       // a partner that is not let in
  kNotValidNow = 5,     // the certificate's times
  kTooManyWaiting = 6,  // left before its handshake was done, for somebody newer
  kTooManyOfOne = 7,    // one key, too many connections
  kFull = 8,            // no place for one more connection
  kSettings = 9,        // our settings were not acknowledged in time
  kResets = 10,         // streams opened and taken back too often
  kHeaders = 11,        // header blocks too long, too many parts, or too many
  kFrames = 12,         // too many frames that carry nothing, or next to nothing
  kProtocol = 13,       // not HTTP/2
  kRequestTime = 14,    // a request that did not come whole in time
  kRequestLength = 15,  // a request that is too long
  kSilent = 16,         // nothing was asked, or nothing has come for long
  // The next ones are for connections that we dial.
  kWrongKey = 17,           // another key than the pinned one
  kTheyRefuse = 18,         // they do not take our certificate
  kTheyDoubtOurClock = 19,  // to them our certificate is not valid now
  kHungUp = 20,             // they, or the network, ended it
  kDiallerEnded = 21,       // our own dialler did
};
inline constexpr uint8_t kLastReason = 21;
std::string_view ReasonText(Reason reason);

// Who is let in.
struct Pins {
  struct Pin {
    crypto::Hash spki{};
    bool allowed = true;  // false: known, and turned away by name
  };
  std::vector<Pin> pins;              // at most kMaxPins
  std::vector<crypto::Hash> letters;  // at most kMaxLetters: keys that prove an open invitation's letter
  crypto::Hash ourselves{};           // the watchdog's own dialling, which is nothing to log
};

// The name in the certificate of who has an invitation's letter: HMAC-SHA256(letter key, "TDGdpr1\0" || spki), the
// first 32 hexadecimal digits. Anybody else's name is as long and random, so that the two look alike.
std::string LetterProof(const crypto::Hash& letter_key, const crypto::Hash& spki);

struct TurnedAway {
  Reason reason = Reason::kHandshake;
  uint32_t count = 1;   // of this kind since the last that was told
  crypto::Hash spki{};  // zero where none was proven
  std::string address;  // HOST:PORT of the last
};

// Gets what comes through the door. The calls of one connection come in the order in which they happened.
class Visits {
 public:
  virtual ~Visits() = default;
  // The caller holds the key of this certificate (PEM), which is pinned, or bears a letter's proof.
  virtual void Opened(ConnectionId connection, std::string_view certificate, std::string_view address) = 0;
  virtual void Closed(ConnectionId connection) = 0;
  // The door ended; every connection is closed.
  virtual void AllClosed() = 0;
  virtual void Called(ConnectionId connection, StreamId stream, std::string_view path) = 0;
  // Bytes of the request, as gRPC frames it; at most kMaxRequestBytes in all.
  virtual void Received(ConnectionId connection, StreamId stream, std::string_view bytes) = 0;
  virtual void Asked(ConnectionId connection, StreamId stream) = 0;  // the request is whole
  // The caller, or the door, ended the call; nothing more of it comes.
  virtual void Cancelled(ConnectionId connection, StreamId stream) = 0;
  // This many of our bytes have gone on; the caller may send as many more.
  virtual void Sent(ConnectionId connection, StreamId stream, uint32_t bytes) = 0;
  virtual void Refused(const TurnedAway& turned_away) = 0;
};

struct Certificate {
  std::string pem;
  crypto::SecretBytes key;  // PEM
};

// The serving process's end: listens, starts the door, and starts it again whenever it ends.
class Keeper {
 public:
  // Unavailable when the address (HOST:PORT; port 0 takes a free one) cannot be had.
  static absl::StatusOr<std::unique_ptr<Keeper>> Listen(std::string_view listen, Certificate certificate,
                                                        const Pins& pins);
  // Starts the door. `visits` outlives the keeper's Stop. Once.
  void Open(Visits& visits);
  ~Keeper();
  int port() const;

  void SetPins(const Pins& pins);
  void SetCertificate(Certificate certificate);
  // At most kSendWindow bytes of a stream may be under way: see Visits::Sent. Never waits for a caller.
  void Send(ConnectionId connection, StreamId stream, std::string_view bytes);
  // Ends a call with a gRPC status. `message` has at most 200 bytes; it is cut where it has more.
  void Finish(ConnectionId connection, StreamId stream, int status, std::string_view message);
  // Stops listening and closes everything; waits for the door to end.
  void Stop();

 private:
  class State;
  explicit Keeper(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Gets the answers of the partners that we dial.
class Answers {
 public:
  virtual ~Answers() = default;
  // This many bytes of a request have gone on; the caller may send as many more.
  virtual void Sent(ConnectionId connection, StreamId call, uint32_t bytes) = 0;
  // Bytes of the answer, as gRPC frames it. False if more than kReceiveWindow were not Taken: no dialler does that.
  virtual bool Received(ConnectionId connection, StreamId call, std::string_view bytes) = 0;
  // With a gRPC status and its message, at most 200 bytes that the partner wrote.
  virtual void Ended(ConnectionId connection, StreamId call, int status, std::string_view message) = 0;
  // The connection and all its calls are no more.
  virtual void Lost(ConnectionId connection, Reason reason) = 0;
  // The dialler ended, and with it every connection.
  virtual void AllLost() = 0;
};

// The serving process's end of the dialler, which it starts, and starts again whenever it ends.
class Dialler {
 public:
  // `answers` outlives the dialler's Stop.
  explicit Dialler(Answers& answers);
  ~Dialler();

  // A number for a connection that is to be dialled; none comes twice.
  ConnectionId NewNumber();
  // Takes over a TCP connection and shows the other side `certificate`. The other side must prove this pinned key.
  // Answers tells how it goes; calls may be made at once. False if no dialler can be started now; then Answers tells
  // nothing.
  bool Dial(ConnectionId connection, int socket, const crypto::Hash& pin, const Certificate& certificate);
  // `call` is the caller's number for it, at most kMostStreams at once on a connection. Then come its request's bytes,
  // of which at most kSendWindow may be under way (Answers::Sent), and Whole.
  void Call(ConnectionId connection, StreamId call, std::string_view path);
  void Send(ConnectionId connection, StreamId call, std::string_view bytes);
  void Whole(ConnectionId connection, StreamId call);
  // The caller is done with this many bytes of the answer; at most kReceiveWindow at once.
  void Taken(ConnectionId connection, StreamId call, uint32_t bytes);
  // After Cancel or HangUp, Answers should hear no more of it; but something may be on its way already.
  void Cancel(ConnectionId connection, StreamId call);
  void HangUp(ConnectionId connection);
  // Waits for the process to end. After that, Answers hears nothing.
  void Stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

// Dials a door with its own certificate, for a watchdog: OK if it goes through the handshake in time. The door does
// not log it, where `Pins::ourselves` is that certificate's key. Takes `patience_ms` at most.
absl::Status Knock(std::string_view address, const Certificate& certificate, uint64_t patience_ms);

// Whether this process was started to be a door or a dialler; Main then is all that it may run. Ask first thing in
// main: the serving process starts the program that it is itself.
bool IsDoor(int argc, char** argv);
int Main(char** argv);

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_DOOR_H_
