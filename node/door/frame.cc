#include "node/door/frame.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace tidegate::door {
namespace {

constexpr size_t kMaxCertificate = 8 << 10;
constexpr size_t kMaxAddress = 80;
constexpr size_t kMaxPathBytes = 64;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("door: a frame is wrong: ", std::string(what)));
}

bool Known(uint8_t kind) {
  return (kind >= static_cast<uint8_t>(Kind::kHello) && kind <= static_cast<uint8_t>(Kind::kHangUp)) ||
         (kind >= static_cast<uint8_t>(Kind::kReady) && kind <= static_cast<uint8_t>(Kind::kEnded));
}

// Addresses and paths are logged and compared: printable ASCII without spaces, or nothing.
bool Printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

namespace {

crypto::ByteWriter HeadOf(Kind kind, ConnectionId connection, StreamId stream, size_t payload) {
  crypto::ByteWriter out(kFrameHead + payload);
  out.U32(static_cast<uint32_t>(payload)).U8(static_cast<uint8_t>(kind)).U64(connection).U32(stream);
  return out;
}

// Straight into secret memory.
crypto::SecretBytes Joined(std::string_view before, std::string_view secret) {
  crypto::SecretBytes out(before.size() + secret.size());
  const std::span<uint8_t> room = out.ExposeForWriting();
  std::copy(before.begin(), before.end(), room.begin());
  std::copy(secret.begin(), secret.end(), room.begin() + static_cast<std::ptrdiff_t>(before.size()));
  return out;
}

}  // namespace

std::string EncodeFrame(Kind kind, ConnectionId connection, StreamId stream, std::string_view payload) {
  return HeadOf(kind, connection, stream, payload.size()).Raw(payload).Take();
}

crypto::SecretBytes SecretFrame(Kind kind, ConnectionId connection, const crypto::SecretBytes& payload) {
  return Joined(HeadOf(kind, connection, 0, payload.size()).Take(), payload.Expose());
}

void FrameReader::Add(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

absl::StatusOr<std::optional<Frame>> FrameReader::Next() {
  crypto::ByteReader in(std::string_view(buffer_).substr(at_));
  if (in.remaining() < kFrameHead) return std::nullopt;
  const uint32_t length = in.U32();
  const uint8_t kind = in.U8();
  if (length > kMaxPayload) return Wrong("its length");
  if (!Known(kind)) return Wrong("its kind");
  Frame frame;
  frame.kind = static_cast<Kind>(kind);
  frame.connection = in.U64();
  frame.stream = in.U32();
  if (in.remaining() < length) return std::nullopt;
  frame.payload = in.Raw(length);
  at_ += kFrameHead + length;
  return frame;
}

std::string EncodeHello(ConnectionId first) { return crypto::ByteWriter().Raw(kHelloLabel).U64(first).Take(); }

absl::StatusOr<ConnectionId> ReadHello(std::string_view payload) {
  crypto::ByteReader in(payload);
  if (in.Raw(kHelloLabel.size()) != kHelloLabel) return Wrong("its label");
  const ConnectionId first = in.U64();
  if (absl::Status whole = in.Finish("hello"); !whole.ok()) return whole;
  return first;
}

namespace {

crypto::SecretBytes WithKey(crypto::ByteWriter head, const Certificate& certificate) {
  head.Lp16(certificate.pem).U16(static_cast<uint16_t>(certificate.key.size()));
  return Joined(head.view(), certificate.key.Expose());
}

absl::StatusOr<Certificate> ReadWithKey(crypto::ByteReader& in) {
  Certificate certificate;
  certificate.pem = std::string(in.Lp16());
  certificate.key = crypto::SecretBytes::CopyOf(in.Lp16());
  if (absl::Status whole = in.Finish("certificate"); !whole.ok()) return whole;
  if (certificate.pem.size() > kMaxCertificate || certificate.key.size() > kMaxCertificate) return Wrong("too long");
  return certificate;
}

}  // namespace

crypto::SecretBytes EncodeCertificate(const Certificate& certificate) {
  return WithKey(crypto::ByteWriter(), certificate);
}

absl::StatusOr<Certificate> ReadCertificateFrame(std::string_view payload) {
  crypto::ByteReader in(payload);
  return ReadWithKey(in);
}

crypto::SecretBytes EncodeDial(const crypto::Hash& pin, const Certificate& certificate) {
  crypto::ByteWriter head;
  head.Raw(pin);
  return WithKey(std::move(head), certificate);
}

absl::StatusOr<Dialled> ReadDial(std::string_view payload) {
  crypto::ByteReader in(payload);
  Dialled dial;
  dial.pin = in.Array<32>();
  absl::StatusOr<Certificate> certificate = ReadWithKey(in);
  if (!certificate.ok()) return certificate.status();
  dial.certificate = *std::move(certificate);
  return dial;
}

std::string EncodeTaken(uint32_t bytes) { return crypto::ByteWriter().U32(bytes).Take(); }

absl::StatusOr<uint32_t> ReadTaken(std::string_view payload) {
  crypto::ByteReader in(payload);
  const uint32_t bytes = in.U32();
  if (!in.Finish("taken").ok() || bytes > kReceiveWindow) return Wrong("more was taken than there was");
  return bytes;
}

std::string EncodeLost(Reason reason) { return crypto::ByteWriter().U8(static_cast<uint8_t>(reason)).Take(); }

absl::StatusOr<Reason> ReadLost(std::string_view payload) {
  crypto::ByteReader in(payload);
  const uint8_t reason = in.U8();
  if (!in.Finish("lost").ok() || reason == 0 || reason > kLastReason) return Wrong("a reason");
  return static_cast<Reason>(reason);
}

bool IsPath(std::string_view path) { return path.size() <= kMaxPathBytes && Printable(path); }

std::string EncodePins(const Pins& pins) {
  const size_t count = std::min(pins.pins.size(), kMaxPins), letters = std::min(pins.letters.size(), kMaxLetters);
  crypto::ByteWriter out(64 + count * 33 + letters * 32);
  out.Raw(pins.ourselves).U16(static_cast<uint16_t>(count));
  for (size_t i = 0; i < count; ++i) out.Raw(pins.pins[i].spki).U8(pins.pins[i].allowed ? 1 : 0);
  out.U8(static_cast<uint8_t>(letters));
  for (size_t i = 0; i < letters; ++i) out.Raw(pins.letters[i]);
  return out.Take();
}

absl::StatusOr<Pins> ReadPins(std::string_view payload) {
  crypto::ByteReader in(payload);
  Pins pins;
  pins.ourselves = in.Array<32>();
  const size_t count = in.U16();
  if (count > kMaxPins) return Wrong("too many pins");
  for (size_t i = 0; i < count && in.ok(); ++i) {
    Pins::Pin pin;
    pin.spki = in.Array<32>();
    const uint8_t allowed = in.U8();
    if (allowed > 1) return Wrong("a pin");
    pin.allowed = allowed == 1;
    pins.pins.push_back(pin);
  }
  const size_t letters = in.U8();
  if (letters > kMaxLetters) return Wrong("too many letters");
  for (size_t i = 0; i < letters && in.ok(); ++i) pins.letters.push_back(in.Array<32>());
  if (absl::Status whole = in.Finish("pins"); !whole.ok()) return whole;
  return pins;
}

std::string EncodeFinish(int status, std::string_view message) {
  const bool known = status >= 0 && status <= kLastStatus;
  return crypto::ByteWriter()
      .U8(known ? static_cast<uint8_t>(status) : 2)  // UNKNOWN
      .Raw(message.substr(0, kMaxMessage))
      .Take();
}

absl::StatusOr<Finish> ReadFinish(std::string_view payload) {
  crypto::ByteReader in(payload);
  Finish finish;
  finish.status = in.U8();
  if (!in.ok() || finish.status > kLastStatus || in.remaining() > kMaxMessage) return Wrong("a status");
  finish.message = in.Raw(in.remaining());
  return finish;
}

std::string EncodeOpened(std::string_view address, std::string_view certificate) {
  return crypto::ByteWriter().Lp8(address.substr(0, kMaxAddress)).Raw(certificate).Take();
}

absl::StatusOr<OpenedConnection> ReadOpened(std::string_view payload) {
  crypto::ByteReader in(payload);
  OpenedConnection opened;
  opened.address = in.Lp8();
  if (!in.ok() || opened.address.size() > kMaxAddress || !Printable(opened.address)) return Wrong("an address");
  if (in.remaining() > kMaxCertificate) return Wrong("a certificate is too long");
  opened.certificate = in.Raw(in.remaining());
  return opened;
}

std::string EncodeSent(uint32_t bytes) { return crypto::ByteWriter().U32(bytes).Take(); }

absl::StatusOr<uint32_t> ReadSent(std::string_view payload) {
  crypto::ByteReader in(payload);
  const uint32_t bytes = in.U32();
  if (!in.Finish("sent").ok() || bytes > kSendWindow) return Wrong("more was sent than there was");
  return bytes;
}

std::string EncodeRefused(const TurnedAway& turned_away) {
  return crypto::ByteWriter()
      .U8(static_cast<uint8_t>(turned_away.reason))
      .U32(turned_away.count)
      .Raw(turned_away.spki)
      .Raw(std::string_view(turned_away.address).substr(0, kMaxAddress))
      .Take();
}

absl::StatusOr<TurnedAway> ReadRefused(std::string_view payload) {
  crypto::ByteReader in(payload);
  TurnedAway turned_away;
  const uint8_t reason = in.U8();
  turned_away.count = in.U32();
  turned_away.spki = in.Array<32>();
  if (!in.ok() || reason == 0 || reason > kLastReason || in.remaining() > kMaxAddress) return Wrong("a refusal");
  turned_away.reason = static_cast<Reason>(reason);
  turned_away.address = std::string(in.Raw(in.remaining()));
  if (!Printable(turned_away.address)) return Wrong("an address");
  return turned_away;
}

namespace {

absl::Status TellOpened(const Frame& frame, Visits& visits) {
  absl::StatusOr<OpenedConnection> opened = ReadOpened(frame.payload);
  if (!opened.ok()) return opened.status();
  visits.Opened(frame.connection, opened->certificate, opened->address);
  return absl::OkStatus();
}

absl::Status TellSent(const Frame& frame, Visits& visits) {
  absl::StatusOr<uint32_t> bytes = ReadSent(frame.payload);
  if (!bytes.ok()) return bytes.status();
  visits.Sent(frame.connection, frame.stream, *bytes);
  return absl::OkStatus();
}

absl::Status TellRefused(const Frame& frame, Visits& visits) {
  absl::StatusOr<TurnedAway> turned_away = ReadRefused(frame.payload);
  if (!turned_away.ok()) return turned_away.status();
  visits.Refused(*turned_away);
  return absl::OkStatus();
}

}  // namespace

absl::Status Tell(const Frame& frame, Visits& visits) {
  switch (frame.kind) {
    case Kind::kOpened:
      return TellOpened(frame, visits);
    case Kind::kSent:
      return TellSent(frame, visits);
    case Kind::kRefused:
      return TellRefused(frame, visits);
    case Kind::kCalled:
      if (!IsPath(frame.payload)) return Wrong("a path");
      visits.Called(frame.connection, frame.stream, frame.payload);
      return absl::OkStatus();
    case Kind::kReceived:
      visits.Received(frame.connection, frame.stream, frame.payload);
      return absl::OkStatus();
    default:
      break;
  }
  if (!frame.payload.empty()) return Wrong("it should be empty");
  switch (frame.kind) {
    case Kind::kClosed:
      visits.Closed(frame.connection);
      return absl::OkStatus();
    case Kind::kAsked:
      visits.Asked(frame.connection, frame.stream);
      return absl::OkStatus();
    case Kind::kCancelled:
      visits.Cancelled(frame.connection, frame.stream);
      return absl::OkStatus();
    case Kind::kReady:
    case Kind::kPong:
      return absl::OkStatus();
    default:
      return Wrong("it is for the door");
  }
}

absl::Status Tell(const Frame& frame, Answers& answers) {
  switch (frame.kind) {
    case Kind::kReceived:
      if (answers.Received(frame.connection, frame.stream, frame.payload)) return absl::OkStatus();
      return Wrong("more came than may wait");
    case Kind::kSent: {
      const absl::StatusOr<uint32_t> bytes = ReadSent(frame.payload);
      if (bytes.ok()) answers.Sent(frame.connection, frame.stream, *bytes);
      return bytes.status();
    }
    case Kind::kEnded: {
      const absl::StatusOr<Finish> finish = ReadFinish(frame.payload);
      if (finish.ok()) answers.Ended(frame.connection, frame.stream, finish->status, finish->message);
      return finish.status();
    }
    case Kind::kLost: {
      const absl::StatusOr<Reason> reason = ReadLost(frame.payload);
      if (reason.ok()) answers.Lost(frame.connection, *reason);
      return reason.status();
    }
    case Kind::kReady:
    case Kind::kPong:
      return frame.payload.empty() ? absl::OkStatus() : Wrong("it should be empty");
    default:
      return Wrong("no dialler says it");
  }
}

}  // namespace tidegate::door
