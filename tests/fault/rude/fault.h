// One rude conversation: first as it should be, then with the fault. Private to this program.
#ifndef TIDEGATE_TESTS_FAULT_RUDE_FAULT_H_
#define TIDEGATE_TESTS_FAULT_RUDE_FAULT_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fault/hostile/scene.h"
#include "tests/fault/rude/h2.h"
#include "tests/fault/rude/host.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::rude {

// The node that the rude clients speak to, and the keys that they use.
struct Place {
  hostile::Scene& scene;
  int port = 0;
  Identity partner;   // confirmed by the node
  Identity stranger;  // known to nobody
  // The port at which the node dials the partner; only for rude servers.
  std::unique_ptr<Host> host = nullptr;
  SSL_CTX* server_context = nullptr;
  v1::Introduction introduction = {};
};

struct Held {
  bool held = false;
  std::string how;  // what refused it; or what went wrong
};

struct Fault {
  std::string_view name;
  Held (*play)(Place& place);
};

std::span<const Fault> Crowds();    // crowds.cc: many connections
std::span<const Fault> Speakers();  // speakers.cc: one connection that does not keep the rules
std::span<const Fault> Servers();   // servers.cc: whom the node dials

// A whole polite conversation with the partner's key: whether it was answered.
bool Polite(const Place& place);
// A server that keeps the rules; whether the node follows it and has caught up.
Host::Manner PoliteManner(const Place& place);
bool Followed(const Place& place);

// One of the two programs of this folder.
struct Program {
  const char* name;
  std::vector<std::span<const Fault>> families;
  bool (*polite)(const Place& place);  // without a fault this comes to hold, and again after each
  int recovers_s;                      // so soon
  bool hosts;                          // the partner that lies is a Host
};
int Main(const Program& program, int argc, char** argv);

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_FAULT_H_
