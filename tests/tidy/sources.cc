#include "tests/tidy/sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace tidegate::tidy {
namespace {

void ParseInclude(const std::string& text, int line, std::vector<Include>& includes) {
  constexpr std::string_view kDirective = "#include ";
  const size_t start = text.find_first_not_of(' ');
  if (start == std::string::npos || text.compare(start, kDirective.size(), kDirective) != 0) return;
  const size_t open = text.find_first_of("\"<", start + kDirective.size() - 1);
  if (open == std::string::npos) return;
  const bool quoted = text[open] == '"';
  const size_t close = text.find(quoted ? '"' : '>', open + 1);
  if (close == std::string::npos) return;
  includes.push_back({line, quoted, text.substr(open + 1, close - open - 1)});
}

}  // namespace

std::vector<SourceFile> ReadSources(const std::vector<std::string>& top_folders) {
  const std::filesystem::path root = TIDEGATE_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const std::string& top : top_folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      SourceFile& file = files.emplace_back();
      file.path = std::filesystem::relative(entry.path(), root).generic_string();
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) {
        file.lines.push_back(line);
        ParseInclude(line, static_cast<int>(file.lines.size()), file.includes);
      }
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace tidegate::tidy
