// catalogue_compiler OUT FILE...: checks the catalogue's files and writes OUT, the C++ tables that the node compiles
// in. Exit 0: written. 1: the catalogue breaks a rule, each said on stderr as `file:line: rule`. 2: wrong usage.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "node/record/catalogue/check.h"
#include "node/record/catalogue/emit.h"
#include "node/record/catalogue/source.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: catalogue_compiler OUT FILE...\n");
    return 2;
  }
  tidegate::catalogue::Source source;
  std::vector<tidegate::catalogue::Complaint> complaints;
  for (int i = 2; i < argc; ++i) tidegate::catalogue::Read(argv[i], source, complaints);
  if (complaints.empty()) tidegate::catalogue::Check(source, complaints);
  for (const auto& complaint : complaints) {
    std::fprintf(stderr, "%s\n", tidegate::catalogue::Describe(complaint).c_str());
  }
  if (!complaints.empty()) return 1;
  std::ofstream out(argv[1], std::ios::binary | std::ios::trunc);
  out << tidegate::catalogue::Emit(source);
  out.close();
  if (!out) {
    std::fprintf(stderr, "catalogue_compiler: `%s` cannot be written\n", argv[1]);
    return 1;
  }
  return 0;
}
