// A real node under attack: the `tidegate` program of this build, spoken to by its command line alone.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_NODE_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_NODE_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::hostile {

using nlohmann::json;
using Words = std::vector<std::string>;

// Looks again and again until it holds, for at most this long. Whether it came to hold.
bool Until(const std::function<bool()>& holds, int seconds = 30);

struct Ran {
  int code = -1;
  std::string out, err;
};

class Node {
 public:
  // Makes the folder; `extra` is put at the end of its tidegate.toml.
  static absl::StatusOr<std::unique_ptr<Node>> Make(const std::string& program, const std::string& folder,
                                                    const std::string& organisation, const std::string& sector,
                                                    const std::string& extra = "");
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  absl::Status Start();
  void Stop();
  bool alive() const;

  Ran Run(const Words& words) const;
  // A verb with --json: its answer, or an error that holds what it printed.
  absl::StatusOr<json> Ask(Words words) const;

  // A mark at the end of the node's log so far, and the text after a mark.
  size_t LogMark() const;
  std::string LogSince(size_t mark) const;
  // The layer named by the first refusal after `mark`; waits for one. Empty if none comes.
  std::string RefusedSince(size_t mark, int seconds = 10) const;
  // Entries in the register.
  absl::StatusOr<uint64_t> RegisterSize() const;
  // A report that `policies` of the scene let go to partners; its id.
  absl::StatusOr<std::string> AddReport(const std::string& title) const;

  const std::string& organisation() const { return organisation_; }
  const std::string& directory() const { return directory_; }
  pid_t process() const { return process_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  Node() = default;
  std::string program_, directory_, organisation_, log_;
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_NODE_H_
