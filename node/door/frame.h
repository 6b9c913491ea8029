// The frames between the keeper and its door: DOOR.md, "Frames". Both ends read them strictly: a door that was taken
// over must not reach further than its calls. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_FRAME_H_
#define TIDEGATE_NODE_DOOR_FRAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/door/door.h"

namespace tidegate::door {

enum class Kind : uint8_t {
  // To the door.
  kHello = 1,  // payload: label, first connection number
  kCertificate = 2,
  kPins = 3,
  kSend = 4,
  kFinish = 5,
  kPing = 6,
  // To the dialler; kHello, kSend and kPing too.
  kDial = 7,  // comes with a socket
  kCall = 8,
  kWhole = 9,
  kTaken = 10,
  kCancel = 11,
  kHangUp = 12,
  // From the door.
  kReady = 32,
  kOpened = 33,
  kClosed = 34,
  kCalled = 35,
  kReceived = 36,
  kAsked = 37,
  kCancelled = 38,
  kSent = 39,
  kRefused = 40,
  kPong = 41,
  // From the dialler; kReady, kReceived, kSent and kPong too.
  kLost = 42,
  kEnded = 43,
};

inline constexpr size_t kMaxPayload = 160 << 10;
inline constexpr size_t kFrameHead = 4 + 1 + 8 + 4;
inline constexpr uint8_t kLastStatus = 16;  // of gRPC
inline constexpr size_t kMaxMessage = 200;  // of a status
inline constexpr std::string_view kHelloLabel{"TDGdor1\0", 8};

struct Frame {
  Kind kind = Kind::kPing;
  ConnectionId connection = 0;
  StreamId stream = 0;
  std::string_view payload;  // lives until the reader is given more bytes or asked again
};

std::string EncodeFrame(Kind kind, ConnectionId connection, StreamId stream, std::string_view payload);
// One whose payload has a key in it: never in a string.
crypto::SecretBytes SecretFrame(Kind kind, ConnectionId connection, const crypto::SecretBytes& payload);

class FrameReader {
 public:
  void Add(std::string_view bytes);
  // The next whole frame, or nothing. InvalidArgument for a length or kind that cannot be; there is no going on then.
  absl::StatusOr<std::optional<Frame>> Next();

 private:
  std::string buffer_;
  size_t at_ = 0;
};

// Payloads that have parts. Each reader is strict: what it takes encodes to the same bytes.
std::string EncodeHello(ConnectionId first);
absl::StatusOr<ConnectionId> ReadHello(std::string_view payload);
crypto::SecretBytes EncodeCertificate(const Certificate& certificate);
absl::StatusOr<Certificate> ReadCertificateFrame(std::string_view payload);
std::string EncodePins(const Pins& pins);
absl::StatusOr<Pins> ReadPins(std::string_view payload);
std::string EncodeFinish(int status, std::string_view message);
struct Finish {
  uint8_t status = 0;
  std::string_view message;
};
absl::StatusOr<Finish> ReadFinish(std::string_view payload);
std::string EncodeOpened(std::string_view address, std::string_view certificate);
struct OpenedConnection {
  std::string_view address;
  std::string_view certificate;
};
absl::StatusOr<OpenedConnection> ReadOpened(std::string_view payload);
std::string EncodeSent(uint32_t bytes);
absl::StatusOr<uint32_t> ReadSent(std::string_view payload);
crypto::SecretBytes EncodeDial(const crypto::Hash& pin, const Certificate& certificate);
struct Dialled {
  crypto::Hash pin{};
  Certificate certificate;
};
absl::StatusOr<Dialled> ReadDial(std::string_view payload);
std::string EncodeTaken(uint32_t bytes);
absl::StatusOr<uint32_t> ReadTaken(std::string_view payload);
std::string EncodeLost(Reason reason);
absl::StatusOr<Reason> ReadLost(std::string_view payload);
// A path of a call, as both sides may say it: printable, at most 64 bytes.
bool IsPath(std::string_view path);
std::string EncodeRefused(const TurnedAway& turned_away);
absl::StatusOr<TurnedAway> ReadRefused(std::string_view payload);

// Tells `visits` what a frame from the door says. InvalidArgument for one that no door sends.
absl::Status Tell(const Frame& frame, Visits& visits);
// The same of the dialler.
absl::Status Tell(const Frame& frame, Answers& answers);

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_FRAME_H_
