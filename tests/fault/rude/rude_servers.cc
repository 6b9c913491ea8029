// Servers that keep no rule, where the node dials its partner.
#include "tests/fault/rude/fault.h"
#include "tests/fault/rude/watch.h"

int main(int argc, char** argv) {
  using namespace tidegate::rude;  // NOLINT(google-build-using-namespace): this program's own
  // The node comes again with pauses that grow while the fault lasts.
  return Main({"rude_servers", {Servers()}, &Followed, kSanitized ? 60 : 20, /*hosts=*/true}, argc, argv);
}
