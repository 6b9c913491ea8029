// conformance_vectors FILE-OR-DIRECTORY...: runs test vectors against this project's cryptography. The last line is
// `N passed, N failed`; the exit code is 1 if any failed and 2 for wrong usage.
#include <iostream>

#include "crypto/secret.h"
#include "tests/conformance/vectors/run.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: conformance_vectors FILE-OR-DIRECTORY...\n";
    return 2;
  }
  if (const absl::Status ready = tidegate::crypto::InitialiseCrypto(); !ready.ok()) {
    std::cerr << ready << "\n";
    return 1;
  }
  tidegate::conformance::Report report(std::cout);
  for (int i = 1; i < argc; ++i) tidegate::conformance::RunPath(argv[i], report);
  report.PrintSummary();
  return report.failed() == 0 ? 0 : 1;
}
