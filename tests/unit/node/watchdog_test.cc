// A process that dials its own doors, and ends where one does not answer.
#include "node/watchdog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "tests/unit/store/fixture.h"

namespace tidegate::node {
namespace {

constexpr Watchdog::Pace kFast{std::chrono::milliseconds(1), 3};

bool Soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(Watchdogs, AreContentWhileEveryDoorAnswers) {
  std::atomic<int> well = 0, lost = 0;
  {
    const Watchdog watchdog(
        {{"one", [] { return absl::OkStatus(); }}, {"two", [] { return absl::OkStatus(); }}}, kFast, [&] { ++well; },
        [&](const std::string&) { ++lost; });
    EXPECT_TRUE(Soon([&] { return well >= 10; }));
  }
  EXPECT_EQ(lost, 0);
}

TEST(Watchdogs, NameTheDoorThatDoesNotAnswerThreeTimes) {
  std::atomic<int> asked = 0;
  std::atomic<bool> ended = false;
  std::string lost;
  const Watchdog watchdog(
      {{"one", [] { return absl::OkStatus(); }},
       {"two",
        [&] {
          ++asked;
          return absl::UnavailableError("silence");
        }}},
      kFast, [] {},
      [&](const std::string& door) {
        lost = door;
        ended = true;
      });
  ASSERT_TRUE(Soon([&] { return ended.load(); }));
  EXPECT_EQ(lost, "two");
  EXPECT_EQ(asked, 3);
}

TEST(Watchdogs, ForgiveADoorThatAnswersAgain) {
  std::atomic<int> asked = 0, lost = 0;
  const Watchdog watchdog(
      {{"one", [&] { return ++asked % 3 == 0 ? absl::OkStatus() : absl::UnavailableError("busy"); }}}, kFast, [] {},
      [&](const std::string&) { ++lost; });
  ASSERT_TRUE(Soon([&] { return asked > 30; }));
  EXPECT_EQ(lost, 0);
}

TEST(Watchdogs, ASocketThatIsNotAcceptedOrNotThereDoesNotAnswer) {
  const store::TemporaryFolder folder;
  const std::string path = folder.path() + "/sock";
  EXPECT_TRUE(absl::IsUnavailable(KnockAtSocket(path, std::chrono::milliseconds(50))));
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  EXPECT_TRUE(absl::IsDeadlineExceeded(KnockAtSocket(path, std::chrono::milliseconds(50))))
      << "the kernel takes a connection that nobody accepts";
  close(listener);
}

}  // namespace
}  // namespace tidegate::node
