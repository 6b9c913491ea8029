// Measures what a flood does to the node: its memory, and how long honest partners and operators wait. Private to this
// program.
#ifndef TIDEGATE_TESTS_FAULT_RUDE_WATCH_H_
#define TIDEGATE_TESTS_FAULT_RUDE_WATCH_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "tests/fault/hostile/scene.h"

namespace tidegate::rude {

#ifdef TIDEGATE_SANITIZED
inline constexpr bool kSanitized = true;
inline constexpr int64_t kWithinMs = 10000;
#else
inline constexpr bool kSanitized = false;
inline constexpr int64_t kWithinMs = 1000;
#endif

struct Figures {
  int64_t before_kib = 0, peak_kib = 0, after_kib = 0;
  int64_t operators_ms = 0, partners_ms = 0;  // the longest that one waited
  int served = 0;                             // how often both were
  std::string wrong;                          // empty if all were
};

// The node's limits of time are so many times shorter, so that breaking them takes not so long.
inline constexpr int kHaste = kSanitized ? 2 : 10;
inline constexpr int Hastened(int ms) { return ms / kHaste; }

// A figure of /proc/PID/status.
int64_t Field(pid_t process, const std::string& name);
// Resident memory of a process and its children, in KiB.
int64_t Resident(pid_t process);
// The child of this name; 0 if there is none.
pid_t ChildOf(pid_t process, std::string_view name);

// From its making on asks the operators' socket and the partners' port again and again, each time over a connection of
// its own, as an honest partner would.
class Watch {
 public:
  Watch(hostile::Node& node, hostile::Partner& honest);
  ~Watch() { Stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  // Waits until the flood's memory is given back, at most some seconds.
  Figures Stop();

 private:
  void Serve();
  void Weigh();

  hostile::Node& node_;
  hostile::Partner& honest_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  Figures figures_;
  std::thread serving_, weighing_;
};

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_WATCH_H_
