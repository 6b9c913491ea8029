// The frames between keeper and door: what is written is read, and nothing else is.
#include "node/door/frame.h"

#include <gtest/gtest.h>

namespace tidegate::door {
namespace {

// Told what it is told.
class Told : public Visits {
 public:
  void Opened(ConnectionId connection, std::string_view certificate, std::string_view address) override {
    told += "opened " + std::to_string(connection) + " " + std::string(certificate) + " " + std::string(address) + ";";
  }
  void Closed(ConnectionId connection) override { told += "closed " + std::to_string(connection) + ";"; }
  void AllClosed() override { told += "all closed;"; }
  void Called(ConnectionId, StreamId stream, std::string_view path) override {
    told += "called " + std::to_string(stream) + " " + std::string(path) + ";";
  }
  void Received(ConnectionId, StreamId, std::string_view bytes) override { told += std::string(bytes) + ";"; }
  void Asked(ConnectionId, StreamId) override { told += "asked;"; }
  void Cancelled(ConnectionId, StreamId) override { told += "cancelled;"; }
  void Sent(ConnectionId, StreamId, uint32_t bytes) override { told += "sent " + std::to_string(bytes) + ";"; }
  void Refused(const TurnedAway& turned_away) override {
    told += "refused " + std::to_string(turned_away.count) + " " + turned_away.address + ";";
  }
  std::string told;
};

absl::Status TellBytes(std::string_view bytes, Visits& visits) {
  FrameReader reader;
  reader.Add(bytes);
  while (true) {
    const auto frame = reader.Next();
    if (!frame.ok()) return frame.status();
    if (!frame->has_value()) return absl::OkStatus();
    if (absl::Status told = Tell(**frame, visits); !told.ok()) return told;
  }
}

TEST(Frames, AreToldInTheirOrder) {
  Told notes;
  const std::string bytes = EncodeFrame(Kind::kOpened, 7, 0, EncodeOpened("[::1]:9", "PEM")) +
                            EncodeFrame(Kind::kCalled, 7, 1, "/a/B") + EncodeFrame(Kind::kReceived, 7, 1, "bytes") +
                            EncodeFrame(Kind::kAsked, 7, 1, "") + EncodeFrame(Kind::kSent, 7, 1, EncodeSent(5)) +
                            EncodeFrame(Kind::kCancelled, 7, 1, "") + EncodeFrame(Kind::kClosed, 7, 0, "");
  ASSERT_TRUE(TellBytes(bytes, notes).ok());
  EXPECT_EQ(notes.told, "opened 7 PEM [::1]:9;called 1 /a/B;bytes;asked;sent 5;cancelled;closed 7;");
}

TEST(Frames, ComeInPiecesOfAnySize) {
  Told notes;
  const std::string bytes =
      EncodeFrame(Kind::kReceived, 1, 1, "one") + EncodeFrame(Kind::kReceived, 1, 1, std::string(1000, 'x'));
  FrameReader reader;
  for (const char byte : bytes) {
    reader.Add(std::string_view(&byte, 1));
    const auto frame = reader.Next();
    ASSERT_TRUE(frame.ok());
    if (!frame->has_value()) continue;
    ASSERT_TRUE(Tell(**frame, notes).ok());
  }
  EXPECT_EQ(notes.told, "one;" + std::string(1000, 'x') + ";");
}

TEST(Frames, ALengthOrKindThatCannotBeEndsTheReading) {
  Told notes;
  EXPECT_FALSE(TellBytes(std::string("\xff\xff\xff\xff", 4) + std::string(20, '\0'), notes).ok());
  EXPECT_FALSE(TellBytes(std::string(4, '\0') + std::string(1, '\x63') + std::string(12, '\0'), notes).ok());
}

TEST(Frames, ADoorSaysNothingThatIsForTheDoor) {
  Told notes;
  for (const Kind kind : {Kind::kHello, Kind::kCertificate, Kind::kPins, Kind::kSend, Kind::kFinish, Kind::kPing}) {
    EXPECT_FALSE(TellBytes(EncodeFrame(kind, 1, 1, ""), notes).ok());
  }
}

TEST(Frames, WhatCouldDrawInALogIsNoAddress) {
  Told notes;
  EXPECT_FALSE(TellBytes(EncodeFrame(Kind::kOpened, 1, 0, EncodeOpened("1.2.3.4\n", "PEM")), notes).ok());
  EXPECT_FALSE(TellBytes(EncodeFrame(Kind::kCalled, 1, 1, "/a\x1b[2J"), notes).ok());
  TurnedAway turned_away;
  turned_away.address = "\x1b]0;owned";
  EXPECT_FALSE(TellBytes(EncodeFrame(Kind::kRefused, 0, 0, EncodeRefused(turned_away)), notes).ok());
  EXPECT_EQ(notes.told, "");
}

TEST(Frames, PinsAndCertificatesComeBack) {
  Pins pins;
  pins.pins = {{crypto::HashOf({"one"}), true}, {crypto::HashOf({"two"}), false}};
  pins.letters = {crypto::HashOf({"letter"})};
  pins.ourselves = crypto::HashOf({"we"});
  const auto read = ReadPins(EncodePins(pins));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodePins(*read), EncodePins(pins));
  EXPECT_FALSE(ReadPins(EncodePins(pins) + "x").ok());
  Certificate certificate;
  certificate.pem = "PEM";
  certificate.key = crypto::SecretBytes::CopyOf("a key");
  const auto back = ReadCertificateFrame(EncodeCertificate(certificate).Expose());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->pem, "PEM");
  EXPECT_EQ(back->key.Expose(), "a key");
}

TEST(Frames, AsManyPinsAsThereMayBeFitIntoOne) {
  Pins pins;
  pins.pins.resize(kMaxPins);
  pins.letters.resize(kMaxLetters);
  EXPECT_LE(EncodePins(pins).size(), kMaxPayload);
}

// Told what a dialler tells.
class Answered : public Answers {
 public:
  void Sent(ConnectionId, StreamId call, uint32_t bytes) override {
    told += "sent " + std::to_string(call) + " " + std::to_string(bytes) + ";";
  }
  bool Received(ConnectionId, StreamId, std::string_view bytes) override {
    told += std::string(bytes) + ";";
    return bytes != "too much";
  }
  void Ended(ConnectionId, StreamId, int status, std::string_view message) override {
    told += "ended " + std::to_string(status) + " " + std::string(message) + ";";
  }
  void Lost(ConnectionId connection, Reason reason) override {
    told += "lost " + std::to_string(connection) + " " + std::string(ReasonText(reason)) + ";";
  }
  void AllLost() override { told += "all lost;"; }
  std::string told;
};

absl::Status TellOne(Kind kind, std::string_view payload, Answers& answers) {
  FrameReader reader;
  const std::string bytes = EncodeFrame(kind, 7, 1, payload);
  reader.Add(bytes);
  const auto frame = reader.Next();
  return frame.ok() && frame->has_value() ? Tell(**frame, answers) : frame.status();
}

TEST(FramesOfTheDialler, AreTold) {
  Answered answers;
  ASSERT_TRUE(TellOne(Kind::kSent, EncodeSent(5), answers).ok());
  ASSERT_TRUE(TellOne(Kind::kReceived, "bytes", answers).ok());
  ASSERT_TRUE(TellOne(Kind::kEnded, EncodeFinish(7, "no"), answers).ok());
  ASSERT_TRUE(TellOne(Kind::kLost, EncodeLost(Reason::kHungUp), answers).ok());
  EXPECT_EQ(answers.told, "sent 1 5;bytes;ended 7 no;lost 7 they ended the connection;");
}

TEST(FramesOfTheDialler, ThatItDoesNotSayEndIt) {
  Answered answers;
  EXPECT_FALSE(TellOne(Kind::kReceived, "too much", answers).ok());
  EXPECT_FALSE(TellOne(Kind::kLost, std::string(1, '\0'), answers).ok());
  EXPECT_FALSE(TellOne(Kind::kLost, std::string(1, '\xff'), answers).ok());
  EXPECT_FALSE(TellOne(Kind::kPong, "x", answers).ok());
  for (const Kind kind : {Kind::kHello, Kind::kDial, Kind::kCall, Kind::kSend, Kind::kWhole, Kind::kTaken,
                          Kind::kCancel, Kind::kHangUp, Kind::kPing, Kind::kOpened, Kind::kCalled}) {
    EXPECT_FALSE(TellOne(kind, "", answers).ok());
  }
}

TEST(FramesOfTheDialler, ADiallingComesBack) {
  Certificate certificate;
  certificate.pem = "PEM";
  certificate.key = crypto::SecretBytes::CopyOf("a key");
  const crypto::SecretBytes written = EncodeDial(crypto::HashOf({"pin"}), certificate);
  const auto read = ReadDial(written.Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->pin, crypto::HashOf({"pin"}));
  EXPECT_EQ(read->certificate.pem, "PEM");
  EXPECT_EQ(read->certificate.key.Expose(), "a key");
  EXPECT_FALSE(ReadDial(std::string(written.Expose()) + "x").ok());
  EXPECT_FALSE(ReadTaken(EncodeTaken(kReceiveWindow + 1)).ok());
}

}  // namespace
}  // namespace tidegate::door
