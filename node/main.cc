#include "node/command/command.h"
#include "node/door/door.h"
#include "node/intake/intake.h"

int main(int argc, char** argv) {
  // The node starts itself so to read a foreign file where no keys are (intake.h).
  if (argc == 2 && argv[1] == tidegate::intake::kReaderVerb) return tidegate::intake::RunReader();
  // And as the door or the dialler, which speak to partners (door.h).
  if (tidegate::door::IsDoor(argc, argv)) return tidegate::door::Main(argv);
  return tidegate::command::Run(argc, argv);
}
