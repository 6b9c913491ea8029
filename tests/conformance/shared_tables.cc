#include "tests/conformance/shared_tables.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tidegate::conformance {
namespace {

namespace fs = std::filesystem;

fs::path Shared() {
  const char* named = std::getenv("TIDEGATE_SHARED");
  return named != nullptr ? fs::path(named) : fs::path(TIDEGATE_SOURCE_DIR) / ".." / "shared";
}

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::vector<std::string>> Fields(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (text.substr(i + 1, 1) == "\"") {
        row.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::move(row));
      row.assign(1, "");
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  if (row.size() > 1 || !row.front().empty()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

bool SharedExpected() { return std::getenv("TIDEGATE_SHARED") != nullptr || fs::exists(Shared()); }

std::string SharedFile(std::string_view path) { return Contents(Shared() / "data" / path); }

std::string ProjectFile(std::string_view path) { return Contents(fs::path(TIDEGATE_SOURCE_DIR) / path); }

std::vector<Row> ParseCsv(std::string_view text) {
  const std::vector<std::vector<std::string>> fields = Fields(text);
  std::vector<Row> rows;
  for (size_t i = 1; i < fields.size(); ++i) {
    Row row;
    for (size_t j = 0; j < fields[0].size(); ++j) row[fields[0][j]] = j < fields[i].size() ? fields[i][j] : "";
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  while (true) {
    const size_t end = text.find(separator);
    const std::string piece = Words(text.substr(0, end));
    if (!piece.empty()) pieces.push_back(piece);
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string Words(std::string_view text) {
  std::string out;
  bool gap = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\xC2\xA0") {
      gap = true;
      ++i;
    } else if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
      gap = true;
    } else {
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += text[i];
    }
  }
  return out;
}

}  // namespace tidegate::conformance
