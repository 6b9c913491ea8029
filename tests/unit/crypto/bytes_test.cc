#include "crypto/bytes.h"

#include <gtest/gtest.h>

namespace tidegate::crypto {
namespace {

TEST(ByteWriter, WritesBigEndianAndPrefixes) {
  ByteWriter writer;
  writer.U8(1).U16(0x0203).U32(0x04050607).U64(0x08090a0b0c0d0e0f).Lp8("a").Lp16("bc").Lp32("").Raw("!");
  EXPECT_EQ(writer.size(), 26u);
  EXPECT_EQ(writer.Take(), std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                       "\x01"
                                       "a\x00\x02"
                                       "bc\x00\x00\x00\x00!",
                                       26));
  EXPECT_EQ(writer.size(), 0u) << "what was taken is gone";
}

TEST(ByteWriterDeathTest, ALengthBeyondItsPrefixEndsTheProcess) {
  EXPECT_DEATH(ByteWriter().Lp8(std::string(256, 'x')), "256 bytes .* at most 255");
}

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  ByteWriter writer;
  writer.U8(250).U16(65000).U32(4000000000).U64(18000000000000000000u).Lp8("one").Lp16("two").Lp32("three").Raw("rest");
  const std::string bytes = writer.Take();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.U8(), 250);
  EXPECT_EQ(reader.U16(), 65000);
  EXPECT_EQ(reader.U32(), 4000000000u);
  EXPECT_EQ(reader.U64(), 18000000000000000000u);
  EXPECT_EQ(reader.Lp8(), "one");
  EXPECT_EQ(reader.Lp16(), "two");
  EXPECT_EQ(reader.Lp32(), "three");
  EXPECT_EQ(reader.remaining(), 4u);
  EXPECT_EQ(reader.Array<4>(), (std::array<uint8_t, 4>{'r', 'e', 's', 't'}));
  EXPECT_TRUE(reader.Finish("test").ok());
}

TEST(ByteReader, AnErrorSticks) {
  ByteReader reader(std::string_view("\x00\x09short", 7));
  EXPECT_EQ(reader.Lp16(), "") << "nine bytes are claimed and five are there";
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(reader.U8(), 0) << "bytes that are there must not be read after an error";
  EXPECT_EQ(reader.Array<2>(), (std::array<uint8_t, 2>{}));
  EXPECT_EQ(reader.Finish("greeting").message(), "crypto: greeting is cut short or wrong at byte 2 of 7");
}

TEST(ByteReader, TrailingBytesAreAnError) {
  ByteReader reader("abc");
  reader.Raw(2);
  EXPECT_EQ(reader.Finish("pair").message(), "crypto: pair ends at byte 2 but 1 more follow");
}

TEST(ByteReader, HugeLengthsAreRefusedWithoutAllocating) {
  ByteReader reader("\xff\xff\xff\xff");
  EXPECT_EQ(reader.Lp32(), "");
  EXPECT_FALSE(reader.ok());
  ByteReader whole("abc");
  whole.U8();
  EXPECT_EQ(whole.Raw(UINT64_MAX), "") << "position and length must not wrap around";
  EXPECT_FALSE(whole.ok());
}

TEST(ByteReader, ACallerMayFailIt) {
  ByteReader reader("");
  EXPECT_TRUE(reader.Finish("nothing").ok());
  reader.Fail();
  EXPECT_FALSE(reader.Finish("nothing").ok());
}

}  // namespace
}  // namespace tidegate::crypto
