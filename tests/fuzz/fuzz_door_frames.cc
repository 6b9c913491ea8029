// Any bytes from a door to the serving process, and from the serving process to a door: reading them does no harm, and
// a frame that is taken has one form.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/door/frame.h"

namespace door = tidegate::door;

namespace {

class Silent : public door::Visits {
 public:
  void Opened(door::ConnectionId, std::string_view, std::string_view address) override { Check(address); }
  void Closed(door::ConnectionId) override {}
  void AllClosed() override {}
  void Called(door::ConnectionId, door::StreamId, std::string_view path) override { Check(path); }
  void Received(door::ConnectionId, door::StreamId, std::string_view bytes) override {
    if (bytes.size() > door::kMaxPayload) std::abort();
  }
  void Asked(door::ConnectionId, door::StreamId) override {}
  void Cancelled(door::ConnectionId, door::StreamId) override {}
  void Sent(door::ConnectionId, door::StreamId, uint32_t bytes) override {
    if (bytes > door::kSendWindow) std::abort();
  }
  void Refused(const door::TurnedAway& turned_away) override { Check(turned_away.address); }

 private:
  static void Check(std::string_view logged) {
    for (const char c : logged) {
      if (c <= 0x20 || c >= 0x7f) std::abort();
    }
  }
};

class Unmoved : public door::Answers {
 public:
  void Sent(door::ConnectionId, door::StreamId, uint32_t bytes) override {
    if (bytes > door::kSendWindow) std::abort();
  }
  bool Received(door::ConnectionId, door::StreamId, std::string_view bytes) override {
    return bytes.size() <= door::kMaxPayload;
  }
  void Ended(door::ConnectionId, door::StreamId, int status, std::string_view message) override {
    if (status < 0 || status > 16 || message.size() > 200) std::abort();
  }
  void Lost(door::ConnectionId, door::Reason reason) override {
    if (door::ReasonText(reason) == "unknown") std::abort();
  }
  void AllLost() override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  door::FrameReader reader;
  reader.Add(bytes);
  Silent visits;
  Unmoved answers;
  std::string again;
  while (true) {
    const auto frame = reader.Next();
    if (!frame.ok() || !frame->has_value()) break;
    again += door::EncodeFrame((*frame)->kind, (*frame)->connection, (*frame)->stream, (*frame)->payload);
    (void)door::Tell(**frame, visits);
    (void)door::Tell(**frame, answers);
  }
  if (bytes.substr(0, again.size()) != again) std::abort();
  if (const auto pins = door::ReadPins(bytes); pins.ok() && door::EncodePins(*pins) != bytes) std::abort();
  if (const auto first = door::ReadHello(bytes); first.ok() && door::EncodeHello(*first) != bytes) std::abort();
  if (const auto finish = door::ReadFinish(bytes);
      finish.ok() && door::EncodeFinish(finish->status, finish->message) != bytes) {
    std::abort();
  }
  if (const auto certificate = door::ReadCertificateFrame(bytes);
      certificate.ok() && door::EncodeCertificate(*certificate).Expose() != bytes) {
    std::abort();
  }
  if (const auto dialled = door::ReadDial(bytes);
      dialled.ok() && door::EncodeDial(dialled->pin, dialled->certificate).Expose() != bytes) {
    std::abort();
  }
  if (const auto taken = door::ReadTaken(bytes); taken.ok() && door::EncodeTaken(*taken) != bytes) std::abort();
  if (const auto lost = door::ReadLost(bytes); lost.ok() && door::EncodeLost(*lost) != bytes) std::abort();
  return 0;
}
