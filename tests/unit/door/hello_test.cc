// A caller's hello, before it has a key: hello.h.
#include "node/door/hello.h"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::door {
namespace {

std::string RecordOf(char type, const std::string& payload) {
  return std::string{type, 3, 3, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())} + payload;
}

std::string MessageOf(size_t announced, const std::string& body) {
  return std::string{1, static_cast<char>(announced >> 16), static_cast<char>(announced >> 8),
                     static_cast<char>(announced)} +
         body;
}

constexpr char kClear = 22, kChange = 20, kSealed = 23;

TEST(Hello, OfAnySizeUpToTheMostIsRead) {
  for (const size_t size : {size_t{0}, size_t{600}, kMostHello}) {
    HelloWatch watch;
    EXPECT_TRUE(watch.Take(RecordOf(kClear, MessageOf(size, std::string(size, 'x')))));
    EXPECT_TRUE(watch.Take(RecordOf(kChange, "x") + RecordOf(kClear, MessageOf(size, std::string(size, 'x')))));
  }
}

TEST(Hello, ThatAnnouncesTooMuchIsRefusedWhereverItsRecordsEnd) {
  const std::string head = MessageOf(kMostHello + 1, "");
  HelloWatch whole;
  EXPECT_FALSE(whole.Take(RecordOf(kClear, head)));
  HelloWatch second;  // after one that asked for another key
  EXPECT_FALSE(second.Take(RecordOf(kClear, MessageOf(5, "hello")) + RecordOf(kClear, head)));
  HelloWatch parted;
  std::string records;
  for (const char byte : head) records += RecordOf(kClear, std::string(1, byte));
  bool goes_on = true;
  for (const char byte : records) goes_on = goes_on && parted.Take({&byte, 1});
  EXPECT_FALSE(goes_on);
}

TEST(Hello, WhatIsSealedOrNoTlsIsNotReadAlong) {
  HelloWatch sealed;
  EXPECT_TRUE(sealed.Take(RecordOf(kSealed, "x") + RecordOf(kClear, MessageOf(kMostHello + 1, ""))));
  HelloWatch other;
  EXPECT_TRUE(other.Take("GET / HTTP/1.1\r\n\r\n"));
}

}  // namespace
}  // namespace tidegate::door
