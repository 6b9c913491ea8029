// The serving process against a door that does not do its part: process.h.
#include "node/door/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "node/door/start.h"
#include "tests/unit/door/played.h"

namespace tidegate::door {

namespace {

// The target of the file, as the process itself sees it.
std::string LeadsTo(int file) {
  std::array<char, 256> name{};
  const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), name.data(), name.size());
  return length < 0 ? "nothing" : std::string(name.data(), static_cast<size_t>(length));
}

// Until the other end is closed.
void AwaitEnd() {
  std::array<char, 4096> bytes{};
  while (recv(kChannelFile, bytes.data(), bytes.size(), 0) > 0) {
  }
}

class Listener final : public Process::Owner {
 public:
  void Begun(uint64_t number) override {
    threads::MutexLock lock(mutex_);
    begun_ = number + 1;
    changed_.NotifyAll();
  }
  absl::Status Tell(const Frame& frame) override {
    threads::MutexLock lock(mutex_);
    told_.emplace_back(frame.payload);
    changed_.NotifyAll();
    return absl::OkStatus();
  }
  void Ended() override {
    threads::MutexLock lock(mutex_);
    ++ended_;
    changed_.NotifyAll();
  }

  // True once so many processes have ended.
  bool AwaitEnded(int count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    threads::MutexLock lock(mutex_);
    while (ended_ < count && changed_.WaitUntil(mutex_, until)) {
    }
    return ended_ >= count;
  }
  std::string AwaitTold() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    threads::MutexLock lock(mutex_);
    while (told_.empty() && changed_.WaitUntil(mutex_, until)) {
    }
    return told_.empty() ? "nothing" : told_.front();
  }

 private:
  threads::Mutex mutex_;
  threads::Condition changed_;
  uint64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);
};

constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(60);

TEST(Processes, WhoReadsNothingIsEndedAndDoesNotHoldTheWriter) {
  Listener listener;
  Process process(kDeaf, -1, listener, std::chrono::milliseconds(300));
  process.Start();
  ASSERT_TRUE(process.AwaitStarted(kPatience));
  // More than any socket buffer holds: without an end to its patience this write would never return.
  const std::string much = EncodeFrame(Kind::kSend, 1, 1, std::string(kMaxPayload, 'x'));
  bool written = true;
  for (int i = 0; i < 1000 && written; ++i) written = process.Write(much);
  EXPECT_FALSE(written);
  EXPECT_TRUE(listener.AwaitEnded(1));
  process.Stop();
}

TEST(Processes, WhoSaysNothingIsEndedAndAnotherIsStarted) {
  Listener listener;
  Process process(kDeaf, -1, listener, std::chrono::milliseconds(300));
  process.Start();
  EXPECT_TRUE(listener.AwaitEnded(2));
  process.Stop();
}

TEST(Processes, HaveNoTerminalAndNoLog) {
  Listener listener;
  Process process(kTeller, -1, listener);
  process.Start();
  std::string expected = "/dev/null /dev/null";
#ifndef TIDEGATE_SANITIZED
  expected += " /dev/null";
#endif
  EXPECT_EQ(listener.AwaitTold(), expected);
  process.Stop();
}

}  // namespace

int Play(const char* verb) {
  if (std::string_view(verb) == kDeaf) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // should the test end before it ends this
    while (true) pause();
  }
  if (std::string_view(verb) != kTeller) return -1;
  std::string told = LeadsTo(STDIN_FILENO) + " " + LeadsTo(STDOUT_FILENO);
#ifndef TIDEGATE_SANITIZED
  told += " " + LeadsTo(STDERR_FILENO);
#endif
  const std::string frame = EncodeFrame(Kind::kPong, 0, 0, told);
  if (send(kChannelFile, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) return 1;
  AwaitEnd();
  return 0;
}

}  // namespace tidegate::door
