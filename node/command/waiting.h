// A sign of life while a verb waits.
#ifndef TIDEGATE_NODE_COMMAND_WAITING_H_
#define TIDEGATE_NODE_COMMAND_WAITING_H_

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace tidegate::command {

// From `after` on, while it lives, the terminal at `descriptor` shows how many seconds have gone. It leaves nothing
// behind. Silent where there is no terminal.
class Waiting {
 public:
  explicit Waiting(int descriptor = STDERR_FILENO, absl::Duration after = absl::Seconds(1));
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  absl::Notification over_;
  std::thread thread_;  // none where there is no terminal
};

// Makes each call to the node show that it waits, until the first answer. A call that waits for what others do (it
// follows alerts) does not.
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> ShowWaiting();

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_WAITING_H_
