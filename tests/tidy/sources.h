// The project's own source files, as the tidy tests read them.
#ifndef TIDEGATE_TESTS_TIDY_SOURCES_H_
#define TIDEGATE_TESTS_TIDY_SOURCES_H_

#include <string>
#include <vector>

namespace tidegate::tidy {

struct Include {
  int line = 0;
  bool quoted = false;  // "..." as opposed to <...>
  std::string path;
};

struct SourceFile {
  std::string path;  // from the project's root, with forward slashes
  std::vector<std::string> lines;
  std::vector<Include> includes;
};

// Every .h and .cc below the given top folders, in order of path.
std::vector<SourceFile> ReadSources(const std::vector<std::string>& top_folders);

}  // namespace tidegate::tidy

#endif  // TIDEGATE_TESTS_TIDY_SOURCES_H_
