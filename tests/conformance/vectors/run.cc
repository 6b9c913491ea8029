#include "tests/conformance/vectors/run.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

namespace tidegate::conformance {
namespace {

namespace fs = std::filesystem;

bool IsAboutTheVectors(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.rfind("LICENSE", 0) == 0 || name.rfind("README", 0) == 0;
}

void RunFile(const fs::path& path, Report& report) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) {
    report.StartFile(path.string());
    report.Fail("file", "it cannot be read");
    return;
  }
  RunText(path.string(), text, report);
}

bool RunParsed(const nlohmann::json& file, Report& report) {
  if (IsKat(file)) {
    RunKat(file, report);
  } else if (IsHpke(file)) {
    RunHpke(file, report);
  } else if (IsWycheproof(file)) {
    RunWycheproof(file, report);
  } else if (IsRfc6962(file)) {
    RunRfc6962(file, report);
  } else {
    return false;
  }
  return true;
}

}  // namespace

void RunText(const std::string& name, const std::string& text, Report& report) {
  report.StartFile(name);
  const auto file = nlohmann::json::parse(text, nullptr, false);
  if (file.is_discarded()) {
    report.Fail("file", "it is no JSON, or damaged");
    return;
  }
  const int before = report.passed() + report.failed() + report.not_applicable();
  try {
    if (!RunParsed(file, report)) report.Fail("file", "it has no format known here");
  } catch (const std::exception& error) {
    report.Fail("file", std::string("it is damaged: ") + error.what());
  }
  if (report.passed() + report.failed() + report.not_applicable() == before) {
    report.Fail("file", "it has no vectors");
  }
}

void RunPath(const fs::path& path, Report& report) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    RunFile(path, report);
    return;
  }
  std::vector<fs::path> files;
  fs::recursive_directory_iterator it(path, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error) && !IsAboutTheVectors(it->path())) files.push_back(it->path());
  }
  report.StartFile(path.string());
  if (error) report.Fail("directory", "it cannot be read: " + error.message());
  if (files.empty()) report.Fail("directory", "it has no files of vectors");
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) RunFile(file, report);
}

}  // namespace tidegate::conformance
