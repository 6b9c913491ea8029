// Clients that keep no rule of TCP, TLS or HTTP/2.
#include "tests/fault/rude/fault.h"

int main(int argc, char** argv) {
  using namespace tidegate::rude;  // NOLINT(google-build-using-namespace): this program's own
  return Main({"rude_clients", {Speakers(), Crowds()}, &Polite, 3, /*hosts=*/false}, argc, argv);
}
