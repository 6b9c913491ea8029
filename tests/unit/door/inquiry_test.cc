// Servers that do not obey, one fault at a time, beside one that does. Their frames are written by hand.
#include "node/door/inquiry.h"

#include <gtest/gtest.h>

#include "tests/support/h2_frames.h"

namespace tidegate::door {
namespace {

using namespace h2;  // NOLINT(google-build-using-namespace): the names of frames

class Heard : public Ear {
 public:
  void Sent(StreamId, uint32_t bytes) override { sent += bytes; }
  void Received(StreamId, std::string_view bytes) override { received += bytes.size(); }
  void Ended(StreamId call, uint8_t status, std::string_view message) override {
    told += "ended " + std::to_string(call) + " " + std::to_string(status) + " " + std::string(message) + ";";
  }
  std::string told;
  size_t sent = 0, received = 0;
};

class RudeServer : public testing::Test {
 protected:
  static constexpr StreamId kCall = 7;  // our number; HTTP/2's is 1

  std::string Given() {
    std::string out;
    EXPECT_TRUE(inquiry_.Give(out, 4 << 20));
    return out;
  }
  bool Say(std::string_view bytes) {
    const bool goes_on = inquiry_.Take(bytes, now_);
    std::string out;
    return goes_on && inquiry_.Give(out, 1 << 20);
  }
  // Asks; the server has said its settings and acknowledged ours.
  void Begin(bool acknowledges = true) {
    inquiry_.Opened(now_);
    inquiry_.Call(kCall, "/a/B");
    inquiry_.Send(kCall, "request");
    inquiry_.Whole(kCall);
    ASSERT_NE(Given().find("request"), std::string::npos);
    ASSERT_TRUE(Say(FrameOf(kSettings, 0, 0, "")));
    ASSERT_TRUE(!acknowledges || Say(FrameOf(kSettings, kAck, 0, "")));
  }
  bool Answer() { return Say(FrameOf(kHeaders, kEndHeaders, 1, AnswerHeaders())); }
  template <typename Step>
  int UntilCut(int most, const Step& step) {
    for (int i = 0; i < most; ++i) {
      if (!step(i)) return i;
    }
    return most;
  }

  Heard heard_;
  uint64_t now_ = 1000;
  Inquiry inquiry_{heard_, now_};
};

TEST_F(RudeServer, ButFirstAPoliteOneIsHeard) {
  Begin();
  EXPECT_EQ(heard_.sent, 7u);
  ASSERT_TRUE(Answer());
  ASSERT_TRUE(Say(FrameOf(kData, 0, 1, Framed("answer"))));
  EXPECT_EQ(heard_.received, 11u);
  ASSERT_TRUE(Say(FrameOf(kHeaders, kEndHeaders | kEndStream, 1, Trailer("0"))));
  EXPECT_EQ(heard_.told, "ended 7 0 ;");
}

TEST_F(RudeServer, ARefusalIsToldWithItsWords) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kHeaders, kEndHeaders | kEndStream, 1,
                          AnswerHeaders() + Trailer("7") + Literal("grpc-message", "refused; reference 00"))));
  EXPECT_EQ(heard_.told, "ended 7 7 refused; reference 00;");
}

TEST_F(RudeServer, WhatIsNoAnswerOfGrpcIsNotHeard) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kHeaders, kEndHeaders, 1, Literal(":status", "404"))));
  ASSERT_TRUE(Say(FrameOf(kData, kEndStream, 1, "not found")));
  EXPECT_EQ(heard_.received, 0u);
  EXPECT_EQ(heard_.told, "ended 7 2 ;");
}

TEST_F(RudeServer, AStatusThatIsNoneIsUnknown) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kHeaders, kEndHeaders | kEndStream, 1, AnswerHeaders() + Trailer("9999999999"))));
  EXPECT_EQ(heard_.told, "ended 7 2 ;");
}

TEST_F(RudeServer, SettingsThatAreNeverAcknowledged) {
  Begin(/*acknowledges=*/false);
  EXPECT_TRUE(inquiry_.Tick(now_ + 4000));
  EXPECT_FALSE(inquiry_.Tick(now_ + 6000));
  EXPECT_EQ(inquiry_.why(), Reason::kSettings);
}

TEST_F(RudeServer, TheTimeForSettingsBeginsWithTheConnection) {
  inquiry_.Opened(now_ + 60000);
  EXPECT_TRUE(inquiry_.Tick(now_ + 64000));
  EXPECT_FALSE(inquiry_.Tick(now_ + 66000));
}

TEST_F(RudeServer, NothingIsHeardFromIt) {
  Begin();
  EXPECT_TRUE(inquiry_.Tick(now_ + 59000));
  EXPECT_NE(Given().find(std::string("\0\0\x08\x06", 4)), std::string::npos) << "a ping asks whether it is there";
  EXPECT_FALSE(inquiry_.Tick(now_ + 61000));
  EXPECT_EQ(inquiry_.why(), Reason::kSilent);
}

TEST_F(RudeServer, HeadersWithoutEnd) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kHeaders, 0, 1, AnswerHeaders())));
  EXPECT_LE(UntilCut(100, [&](int) { return Say(FrameOf(kContinuation, 0, 1, Literal("a", "b"))); }), 4);
  EXPECT_EQ(inquiry_.why(), Reason::kHeaders);
}

TEST_F(RudeServer, AHeaderAnnouncedAsOneGibibyte) {
  Begin();
  EXPECT_FALSE(Say(FrameOf(kHeaders, 0, 1, GibibyteField() + std::string(16000, 'x'))) &&
               Say(FrameOf(kContinuation, 0, 1, std::string(16000, 'x'))));
}

TEST_F(RudeServer, ABombOfIndexedFields) {
  Begin();
  EXPECT_FALSE(Say(FrameOf(kHeaders, kEndHeaders, 1, AnswerHeaders() + TableFiller() + std::string(10000, '\xbe'))));
  EXPECT_EQ(inquiry_.why(), Reason::kHeaders);
}

TEST_F(RudeServer, HeadersBeforeHeadersWithoutEnd) {
  Begin();
  const std::string informational = FrameOf(kHeaders, kEndHeaders, 1, Literal(":status", "103"));
  EXPECT_LT(UntilCut(100000, [&](int) { return Say(informational); }), 3000);
}

TEST_F(RudeServer, EmptyFramesWithoutEnd) {
  Begin();
  ASSERT_TRUE(Answer());
  EXPECT_LT(UntilCut(100000, [&](int) { return Say(FrameOf(kData, 0, 1, "")); }), 30000);
  EXPECT_EQ(inquiry_.why(), Reason::kFrames);
}

TEST_F(RudeServer, ByteByByteInFramesWithoutEnd) {
  Begin();
  ASSERT_TRUE(Answer());
  const std::string pieces = [] {
    std::string out;
    for (int i = 0; i < 1000; ++i) out += FrameOf(kData, 0, 1, "x");
    return out;
  }();
  EXPECT_LE(UntilCut(1000,
                     [&](int) {
                       inquiry_.Taken(kCall, 1000);
                       return Say(pieces);
                     }),
            20);
  EXPECT_EQ(inquiry_.why(), Reason::kFrames);
}

TEST_F(RudeServer, OneFrameByteByByte) {
  Begin();
  ASSERT_TRUE(Answer());
  // Large frames, so that only the pieces in which they come are many.
  std::string large = FrameOf(kData, 0, 1, std::string(16384, 'x'));
  EXPECT_LT(UntilCut(100000,
                     [&](int i) {
                       inquiry_.Taken(kCall, 1);
                       return Say(large.substr(static_cast<size_t>(i) % large.size(), 1));
                     }),
            30000);
  EXPECT_EQ(inquiry_.why(), Reason::kFrames);
}

TEST_F(RudeServer, APushedStream) {
  Begin();
  EXPECT_FALSE(Say(FrameOf(kPushPromise, kEndHeaders, 1, std::string("\0\0\0\2", 4) + RequestHeaders("/"))));
  EXPECT_EQ(inquiry_.why(), Reason::kProtocol);
}

TEST_F(RudeServer, MoreThanItsWindow) {
  Begin();
  ASSERT_TRUE(Answer());
  // The serving process takes the dialler for taken over where it tells more than this.
  EXPECT_LT(UntilCut(1000, [&](int) { return Say(FrameOf(kData, 0, 1, std::string(16384, 'x'))); }), 100);
  EXPECT_LE(heard_.received, kReceiveWindow);
}

TEST_F(RudeServer, WhatIsTakenMayComeAgain) {
  Begin();
  ASSERT_TRUE(Answer());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Say(FrameOf(kData, 0, 1, std::string(16384, 'x')))) << i;
    inquiry_.Taken(kCall, 16384);
    Given();
  }
  EXPECT_EQ(heard_.received, 1000u * 16384);
}

TEST_F(RudeServer, WhatWasCancelledIsNotToldAndItsWindowComesBack) {
  Begin();
  ASSERT_TRUE(Answer());
  ASSERT_TRUE(Say(FrameOf(kData, 0, 1, std::string(16384, 'x'))));
  inquiry_.Cancel(kCall);
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(Say(FrameOf(kData, 0, 1, std::string(16384, 'x')))) << i;
  EXPECT_EQ(heard_.received, 16384u);
  EXPECT_EQ(heard_.told, "");
}

TEST_F(RudeServer, ACallThatItResetsHasEnded) {
  Begin();
  ASSERT_TRUE(Say(FrameOf(kReset, 0, 1, std::string("\0\0\0\x0b", 4))));
  EXPECT_EQ(heard_.told, "ended 7 14 ;");
}

TEST_F(RudeServer, AnAnswerThatIsWholeBeforeTheRequestEndsTheCall) {
  inquiry_.Opened(now_);
  inquiry_.Call(kCall, "/a/B");
  inquiry_.Send(kCall, "a part");
  Given();
  ASSERT_TRUE(Say(FrameOf(kSettings, 0, 0, "") + FrameOf(kSettings, kAck, 0, "")));
  ASSERT_TRUE(Say(FrameOf(kHeaders, kEndHeaders | kEndStream, 1, AnswerHeaders() + Trailer("8"))));
  EXPECT_EQ(heard_.told, "ended 7 8 ;");
}

TEST_F(RudeServer, ItTakesNoCallsAnyMore) {
  Begin();
  inquiry_.Take(FrameOf(kGoAway, 0, 0, std::string(8, '\0')), now_);
  EXPECT_EQ(heard_.told, "ended 7 14 ;") << "it did not look at the call";
}

TEST_F(RudeServer, WhatIsNotHttp2) {
  inquiry_.Opened(now_);
  Say("HTTP/1.1 400 Bad Request\r\n\r\n");
  std::string out;
  EXPECT_FALSE(inquiry_.Give(out, 1 << 16)) << "its goodbye is said; nothing more is read or written";
  EXPECT_EQ(inquiry_.why(), Reason::kProtocol);
}

TEST_F(RudeServer, MoreCallsThanThereMayBeEndAtOnce) {
  for (StreamId call = 1; call <= kMostStreams + 1; ++call) inquiry_.Call(call, "/a/B");
  EXPECT_EQ(heard_.told, "ended 9 14 ;");
}

}  // namespace
}  // namespace tidegate::door
