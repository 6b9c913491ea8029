// Dials our own doors as their clients do, and gives up if one does not answer: a process that hangs is worth less than
// one that a supervisor starts again.
#ifndef TIDEGATE_NODE_WATCHDOG_H_
#define TIDEGATE_NODE_WATCHDOG_H_

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "threads/threads.h"

namespace tidegate::node {

class Watchdog {
 public:
  struct Door {
    std::string name;                       // for the log
    std::function<absl::Status()> answers;  // takes some seconds at most
  };
  struct Pace {
    std::chrono::milliseconds between = std::chrono::seconds(5);
    int most_failures = 3;  // of one door, one after another
  };
  // `well` is called when every door has answered, `lost` once, with the name of the one that has not.
  Watchdog(std::vector<Door> doors, Pace pace, std::function<void()> well,
           std::function<void(const std::string& door)> lost);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Run();

  const std::vector<Door> doors_;
  const Pace pace_;
  const std::function<void()> well_;
  const std::function<void(const std::string&)> lost_;
  threads::Mutex mutex_;
  threads::Condition wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Whether a gRPC server answers on this Unix socket: its first frame comes before it is asked anything.
absl::Status KnockAtSocket(const std::string& path, std::chrono::milliseconds patience);

// Tells a supervisor that asked to be told (systemd's NOTIFY_SOCKET); nothing without one. `state` as sd_notify(3).
void TellSupervisor(const std::string& state);

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_WATCHDOG_H_
