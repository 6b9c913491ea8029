// A process of our own program with a part of the outside in it, as the serving process sees it: started, asked once a
// second whether it is well, killed where it says what it may not or says nothing, and started again. Private to this
// room.
#ifndef TIDEGATE_NODE_DOOR_PROCESS_H_
#define TIDEGATE_NODE_DOOR_PROCESS_H_

#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "node/door/frame.h"
#include "threads/threads.h"

namespace tidegate::door {

// Connections of one process have numbers from here on; the next process begins that much higher.
inline constexpr ConnectionId kNumbersOfOneProcess = ConnectionId{1} << 40;

// How long a process may say nothing, or read nothing, before it is taken for hung. A sanitized one is slow.
#ifdef TIDEGATE_SANITIZED
inline constexpr std::chrono::milliseconds kAnswerTime = std::chrono::seconds(60);
#else
inline constexpr std::chrono::milliseconds kAnswerTime = std::chrono::seconds(5);
#endif

// Out of the way of the numbers that a started process's own files get. Takes the file.
int MovedAbove(int file);

class Process {
 public:
  // Called on the thread of this process alone.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A process was started, the `number`th from 0: the first frames may be written.
    virtual void Begun(uint64_t number) = 0;
    // An error ends the process.
    virtual absl::Status Tell(const Frame& frame) = 0;
    // It is no more; nothing that it had is left.
    virtual void Ended() = 0;
  };

  // `verb`: what the program is started as. `listener`: a file that each process gets, or -1. The owner outlives Stop.
  Process(const char* verb, int listener, Owner& owner, std::chrono::milliseconds answer_time = kAnswerTime)
      : verb_(verb), listener_(listener), owner_(owner), answer_ms_(static_cast<uint64_t>(answer_time.count())) {}
  ~Process() { Stop(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Start();
  // Waits for the process to end.
  void Stop();
  // Whole frames, and a socket that goes with the first of them. The process always reads, so this waits for no
  // partner; one that reads nothing for its time to answer is ended. False if there is no process.
  bool Write(std::string_view frames, int socket = -1);
  // Waits until there is a process; false if none was started in time.
  bool AwaitStarted(std::chrono::milliseconds patience);

 private:
  void Run();
  absl::Status RunOne(uint64_t number);
  absl::Status ReadAll(int channel);
  absl::Status TellAll(FrameReader& reader);
  bool stopping() const;

  const char* const verb_;
  const int listener_;
  Owner& owner_;
  const uint64_t answer_ms_;
  mutable threads::Mutex mutex_;
  threads::Condition wake_;
  int channel_ ABSL_GUARDED_BY(mutex_) = -1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_PROCESS_H_
