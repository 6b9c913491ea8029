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

namespace tidegate::rude {

// Whom the rude speak to, and with whose keys.
struct Place {
  hostile::Scene& scene;
  int port = 0;
  Identity partner;   // confirmed by the node
  Identity stranger;  // known to nobody
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

// A whole polite conversation with the partner's key: whether it was answered.
bool Polite(const Place& place);

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_FAULT_H_
