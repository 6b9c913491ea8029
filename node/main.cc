#include <cstdio>

#include "node/command/command.h"
#include "node/exchange/exchange.h"

int main(int argc, char** argv) {
  // Before anything that could open a TLS connection, and before any thread.
  if (const auto status = tidegate::exchange::RequireTls13(); !status.ok()) {
    std::fprintf(stderr, "tidegate: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return tidegate::command::Run(argc, argv);
}
