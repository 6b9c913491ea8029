#include <cstdio>

#include "node/command/command.h"
#include "node/door/door.h"
#include "node/exchange/exchange.h"
#include "node/intake/intake.h"

int main(int argc, char** argv) {
  // The node starts itself so to read a foreign file where no keys are (intake.h).
  if (argc == 2 && argv[1] == tidegate::intake::kReaderVerb) return tidegate::intake::RunReader();
  // And as the door through which partners come (door.h).
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main();
  // Before anything that could open a TLS connection, and before any thread.
  if (const auto status = tidegate::exchange::RequireTls13(); !status.ok()) {
    std::fprintf(stderr, "tidegate: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return tidegate::command::Run(argc, argv);
}
