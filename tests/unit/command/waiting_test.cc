// Whoever waits at a terminal is shown that something goes on, and nobody else is.
#include "node/command/waiting.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <string>

namespace tidegate::command {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Reads until `wanted` has come, or the other end is closed.
std::string ReadUntil(int from, const std::string& wanted) {
  std::string all;
  std::array<char, 256> piece{};
  while (all.find(wanted) == std::string::npos) {
    const ssize_t got = read(from, piece.data(), piece.size());
    if (got <= 0) break;
    all.append(piece.data(), static_cast<size_t>(got));
  }
  return all;
}

TEST(WaitingTest, ATerminalShowsTheSecondsAndKeepsNothingOfThem) {
  int ours = -1, its = -1;
  ASSERT_EQ(openpty(&ours, &its, nullptr, nullptr, nullptr), 0);
  {
    const Waiting waiting(its, absl::ZeroDuration());
    EXPECT_THAT(ReadUntil(ours, " s"), HasSubstr("working, "));
  }
  EXPECT_THAT(ReadUntil(ours, "\r\x1b[K"), EndsWith("\r\x1b[K"));
  close(its);
  close(ours);
}

TEST(WaitingTest, WhatEndsSoonIsNotMentioned) {
  int ours = -1, its = -1;
  ASSERT_EQ(openpty(&ours, &its, nullptr, nullptr, nullptr), 0);
  { const Waiting waiting(its, absl::Hours(1)); }
  ASSERT_EQ(write(its, "next", 4), 4);
  EXPECT_EQ(ReadUntil(ours, "next"), "next");
  close(its);
  close(ours);
}

TEST(WaitingTest, AFileIsNotWrittenTo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  { const Waiting waiting(ends[1], absl::ZeroDuration()); }
  close(ends[1]);
  EXPECT_EQ(ReadUntil(ends[0], "working"), "");
  close(ends[0]);
}

}  // namespace
}  // namespace tidegate::command
