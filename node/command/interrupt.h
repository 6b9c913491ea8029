// Ctrl-C while the node works for us: the call is cancelled, and the verb still says how far it came.
#ifndef TIDEGATE_NODE_COMMAND_INTERRUPT_H_
#define TIDEGATE_NODE_COMMAND_INTERRUPT_H_

#include <grpcpp/client_context.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <thread>

namespace tidegate::command {

// While it lives, the first SIGINT or SIGTERM cancels the call of `context`, which outlives this. The next signal ends
// the process as usual. At most one such object may live at a time.
class CancelOnInterrupt {
 public:
  explicit CancelOnInterrupt(grpc::ClientContext& context);
  ~CancelOnInterrupt();
  CancelOnInterrupt(const CancelOnInterrupt&) = delete;
  CancelOnInterrupt& operator=(const CancelOnInterrupt&) = delete;

  bool interrupted() const { return interrupted_; }

 private:
  grpc::ClientContext& context_;
  std::array<int, 2> pipe_{-1, -1};
  std::atomic<bool> interrupted_ = false;
  struct sigaction before_int_ {
  }, before_term_{};
  std::thread waiting_;
};

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_INTERRUPT_H_
