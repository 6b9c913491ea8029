// Shows on the terminal that a verb waits.
#ifndef TIDEGATE_NODE_COMMAND_WAITING_H_
#define TIDEGATE_NODE_COMMAND_WAITING_H_

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace tidegate::command {

// From `after` on, while it lives, the terminal at `descriptor` shows how many seconds have passed. At its end it
// clears the line. It shows nothing if there is no terminal.
class Waiting {
 public:
  explicit Waiting(int descriptor = STDERR_FILENO, absl::Duration after = absl::Seconds(1));
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  absl::Notification over_;
  std::thread thread_;  // none if there is no terminal
};

// Makes each call to the node show that it waits, until the first answer. A call that follows alerts does not, because
// it waits for others.
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> ShowWaiting();

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_WAITING_H_
