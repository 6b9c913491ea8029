// operators: the edge for the organisation's own people, gRPC on a Unix socket whose permissions are the gate.
//   Takes    requests of the command line and of the organisation's own tools
//   Gives    what api answers
//   May call api, and the mint of policy::Principal
//   Must     tell api who asks: the owner of the socket until the node has users, from then on the user of the session
//   Never    listen on anything but a socket file of mode 0600; share it with a group before there are users
//   Threads  Server: any; requests run on gRPC's threads
//   Spec     proto/tidegate/v1/operator.proto
// The room is called `operators` because `operator` is a word of C++ and cannot name a namespace.
#ifndef TIDEGATE_NODE_OPERATORS_OPERATORS_H_
#define TIDEGATE_NODE_OPERATORS_OPERATORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "node/api/api.h"

namespace tidegate::operators {

class Server {
 public:
  // `api` outlives the server. `group` is a Unix group that may use the socket too, once the node has users; empty: its
  // owner alone. NotFound if there is no such group. Removes a socket file that a killed node left behind;
  // FailedPrecondition if another node answers on it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& socket_path, const api::Api& api,
                                                       const std::string& group = "");
  ~Server();
  void Stop();

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_OPERATORS_H_
