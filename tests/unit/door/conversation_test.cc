// Callers who do not obey, one fault at a time, beside one who does. Frames are written by hand: no library would.
#include "node/door/conversation.h"

#include <gtest/gtest.h>

#include "tests/support/h2_frames.h"

namespace tidegate::door {
namespace {

using namespace h2;  // NOLINT(google-build-using-namespace): the names of frames

std::string Request() { return RequestHeaders("/tidegate.v1.Exchange/Follow"); }

class Notes : public Desk {
 public:
  void Called(StreamId stream, std::string_view path) override {
    told += "called " + std::to_string(stream) + " " + std::string(path) + ";";
    ++calls;
  }
  void Received(StreamId, std::string_view bytes) override { received += bytes.size(); }
  void Asked(StreamId) override { told += "asked;"; }
  void Cancelled(StreamId) override { ++cancelled; }
  void Sent(StreamId, uint32_t bytes) override { sent += bytes; }
  std::string told;
  size_t calls = 0, cancelled = 0, received = 0, sent = 0;
};

class Rude : public testing::Test {
 protected:
  bool Say(std::string_view bytes) {
    const bool goes_on = conversation_.Take(bytes, now_);
    std::string out;
    return conversation_.Give(out, 1 << 20) && goes_on;
  }
  // The first words of a caller, with or without what it owes.
  void Begin(bool acknowledges = true) {
    ASSERT_TRUE(Say(std::string(kPreface) + FrameOf(kSettings, 0, 0, "")));
    ASSERT_TRUE(!acknowledges || Say(FrameOf(kSettings, kAck, 0, "")));
  }
  bool Ask(uint32_t stream, uint8_t flags = kEndHeaders) { return Say(FrameOf(kHeaders, flags, stream, Request())); }
  // Until it is cut, at most so often.
  template <typename Step>
  int UntilCut(int most, const Step& step) {
    for (int i = 0; i < most; ++i) {
      if (!step(i)) return i;
    }
    return most;
  }

  Notes notes_;
  uint64_t now_ = 1000;
  Conversation conversation_{notes_, now_};
};

TEST_F(Rude, ButFirstAPoliteOneIsServed) {
  Begin();
  ASSERT_TRUE(Ask(1));
  ASSERT_TRUE(Say(FrameOf(kData, kEndStream, 1, std::string("\0\0\0\0\0", 5))));
  EXPECT_EQ(notes_.told, "called 1 /tidegate.v1.Exchange/Follow;asked;");
  EXPECT_EQ(notes_.received, 5u);
  conversation_.Send(1, "an answer");
  std::string out;
  ASSERT_TRUE(conversation_.Give(out, 1 << 20));
  EXPECT_EQ(notes_.sent, 9u);
  EXPECT_NE(out.find("an answer"), std::string::npos);
  conversation_.Finish(1, 0, "");
  ASSERT_TRUE(conversation_.Give(out, 1 << 20));
  EXPECT_TRUE(conversation_.idle());
  EXPECT_EQ(notes_.cancelled, 0u) << "what was finished was not cancelled";
}

TEST_F(Rude, SettingsThatAreNeverAcknowledged) {
  Begin(/*acknowledges=*/false);
  ASSERT_TRUE(Ask(1));
  EXPECT_TRUE(conversation_.Tick(now_ + 4000));
  EXPECT_FALSE(conversation_.Tick(now_ + 6000));
  EXPECT_EQ(conversation_.why(), Reason::kSettings);
}

TEST_F(Rude, MoreStreamsThanThereMayBeWithoutAcknowledging) {
  Begin(/*acknowledges=*/false);
  const int cut = UntilCut(400, [&](int i) { return Ask(static_cast<uint32_t>(2 * i + 1)); });
  EXPECT_LE(notes_.calls, kMostStreams);
  EXPECT_LT(cut, 400);
}

TEST_F(Rude, StreamsThatAreTakenBackWithoutEnd) {
  Begin();
  const int cut = UntilCut(100000, [&](int i) {
    const auto stream = static_cast<uint32_t>(2 * i + 1);
    return Say(FrameOf(kHeaders, kEndHeaders, stream, Request()) + FrameOf(kReset, 0, stream, std::string(4, '\0')));
  });
  EXPECT_LE(cut, 200);
  EXPECT_EQ(conversation_.why(), Reason::kResets);
  EXPECT_GE(notes_.cancelled + 1, notes_.calls) << "the last goes with its connection";
}

TEST_F(Rude, HeadersWithoutEnd) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kHeaders, 0, 1, Request())));
  const int cut = UntilCut(100, [&](int) { return Say(FrameOf(kContinuation, 0, 1, Literal("a", "b"))); });
  EXPECT_LE(cut, 4);
  EXPECT_EQ(conversation_.why(), Reason::kHeaders);
  EXPECT_EQ(notes_.calls, 0u);
}

TEST_F(Rude, AHeaderAnnouncedAsOneGibibyte) {
  Begin();
  EXPECT_FALSE(Say(FrameOf(kHeaders, 0, 1, GibibyteField() + std::string(16000, 'x'))) &&
               Say(FrameOf(kContinuation, 0, 1, std::string(16000, 'x'))));
  EXPECT_EQ(notes_.calls, 0u);
}

TEST_F(Rude, ABombOfIndexedFields) {
  Begin();
  const std::string bomb = Request() + TableFiller() + std::string(10000, '\xbe');  // ten thousand times: 39 MB
  EXPECT_FALSE(Say(FrameOf(kHeaders, kEndHeaders, 1, bomb)));
  EXPECT_EQ(conversation_.why(), Reason::kHeaders);
}

TEST_F(Rude, PingsWithoutEnd) {
  Begin();
  const std::string pings = [] {
    std::string out;
    for (int i = 0; i < 100; ++i) out += FrameOf(h2::kPing, 0, 0, "12345678");
    return out;
  }();
  EXPECT_LE(UntilCut(10000, [&](int) { return conversation_.Take(pings, now_); }), 300);
}

TEST_F(Rude, EmptyDataWithoutEnd) {
  Begin();
  ASSERT_TRUE(Ask(1));
  EXPECT_LT(UntilCut(100000, [&](int) { return Say(FrameOf(kData, 0, 1, "")); }), 30000);
  EXPECT_EQ(conversation_.why(), Reason::kFrames);
}

TEST_F(Rude, ARequestByteByByteInFrames) {
  Begin();
  ASSERT_TRUE(Ask(1));
  EXPECT_LT(UntilCut(100000, [&](int) { return Say(FrameOf(kData, 0, 1, "x")); }), 30000);
  EXPECT_EQ(conversation_.why(), Reason::kFrames);
}

TEST_F(Rude, ARequestThatIsTooLong) {
  Begin();
  ASSERT_TRUE(Ask(1));
  for (int i = 0; i < 200 && notes_.cancelled == 0; ++i) Say(FrameOf(kData, 0, 1, std::string(16384, 'x')));
  EXPECT_EQ(notes_.cancelled, 1u);
  EXPECT_LE(notes_.received, kMaxRequestBytes + 5);
}

TEST_F(Rude, ARequestThatNeverComesWhole) {
  Begin();
  ASSERT_TRUE(Ask(1));
  EXPECT_TRUE(conversation_.Tick(now_ + 19000));
  EXPECT_FALSE(conversation_.Tick(now_ + 21000));
  EXPECT_EQ(conversation_.why(), Reason::kRequestTime);
}

TEST_F(Rude, NothingIsAsked) {
  Begin();
  EXPECT_TRUE(conversation_.Tick(now_ + 9000));
  EXPECT_FALSE(conversation_.Tick(now_ + 11000));
  EXPECT_EQ(conversation_.why(), Reason::kSilent);
}

TEST_F(Rude, WhatIsNotHttp2) {
  EXPECT_FALSE(Say("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(conversation_.why(), Reason::kProtocol);
}

// A caller without a window, to whom an answer is under way.
class ReadsNothing : public Rude {
 protected:
  void SetUp() override {
    Begin();
    ASSERT_TRUE(Say(FrameOf(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6))));
    ASSERT_TRUE(Ask(1, kEndHeaders | kEndStream));
    conversation_.Send(1, "an answer");
    ASSERT_TRUE(conversation_.Give(before_, 1 << 20));
    ASSERT_EQ(notes_.sent, 0u);
  }
  std::string before_, after_;
};

TEST_F(ReadsNothing, AnAnswerThatWasTakenBackEndsPastWhatWaits) {
  conversation_.Finish(1, 1, "taken back");
  ASSERT_TRUE(conversation_.Give(after_, 1 << 20));
  EXPECT_TRUE(conversation_.idle());
  EXPECT_EQ(after_.find("an answer"), std::string::npos);
  EXPECT_FALSE(after_.empty()) << "the caller is told that it ended";
  // The connection goes on.
  ASSERT_TRUE(Say(FrameOf(kSettings, 0, 0, std::string("\0\4\0\1\0\0", 6))));
  EXPECT_EQ(notes_.sent, 0u) << "what was taken back is not sent later";
  ASSERT_TRUE(Ask(3, kEndHeaders | kEndStream));
  EXPECT_EQ(notes_.calls, 2u);
}

TEST_F(ReadsNothing, AnyOtherEndComesAfterWhatWaits) {
  conversation_.Finish(1, 13, "it broke");
  ASSERT_TRUE(conversation_.Give(after_, 1 << 20));
  EXPECT_TRUE(after_.empty());
  EXPECT_FALSE(conversation_.idle());
  std::string out;
  ASSERT_TRUE(conversation_.Take(FrameOf(kSettings, 0, 0, std::string("\0\4\0\1\0\0", 6)), now_));
  ASSERT_TRUE(conversation_.Give(out, 1 << 20));
  EXPECT_NE(out.find("an answer"), std::string::npos);
  EXPECT_TRUE(conversation_.idle());
}

TEST_F(Rude, AKeeperThatSendsTooMuchLosesTheStreamAlone) {
  Begin();
  ASSERT_TRUE(Ask(1));
  conversation_.Send(1, std::string(kSendWindow, 'x'));
  conversation_.Send(1, std::string(kSendWindow, 'x'));
  EXPECT_TRUE(Say(FrameOf(h2::kPing, 0, 0, "12345678")));
  EXPECT_EQ(notes_.cancelled, 1u);
}

}  // namespace
}  // namespace tidegate::door
