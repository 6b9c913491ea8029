// A page lists everything in our code that could end the process, with the reason why no input reaches it.
// docs/threat-model.md, "What could end the process".
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/tidy/sources.h"

namespace tidegate::tidy {
namespace {

// Calls that end the process, or throw where nobody need have thought of it.
const std::regex& Ending() {
  static const auto& ending = *new std::regex(
      R"((^|[^\w.>])(std::)?(abort|terminate|exit|_exit|_Exit|quick_exit|raise|__builtin_trap|__builtin_unreachable)\s*\()"
      R"(|(^|\W)((assert|D?CHECK(_[A-Z]+)?|ABSL_\w*CHECK\w*|absl::Die\w*)\s*\(|LOG\(FATAL))"
      R"(|(^|\W)throw\b)"
      R"(|(\.|->)at\(\s*[^)\s])"  // with an argument: a cursor's own at() takes none
      R"(|std::(get|any_cast)<|std::sto(i|l|ll|ul|ull|f|d|ld)\()"
      R"(|([A-Za-z_]\w*|\))\.value\(\))");
  return ending;
}

// Iterators of JSON documents and messages of protobuf have a value() that ends nothing. These are their names.
const std::regex& Accessor() {
  static const auto& accessor = *new std::regex(R"(\b(item|policy|one|told|begin\(\))\.value\(\))");
  return accessor;
}

// Most lines have none of these, and need no regular expression.
bool MayEnd(std::string_view line) {
  for (const std::string_view part : {"abort", "terminate", "xit", "raise", "__builtin", "assert", "CHECK", "FATAL",
                                      "Die", "throw", "at(", "std::get<", "any_cast", "std::sto", ".value()"}) {
    if (line.find(part) != std::string_view::npos) return true;
  }
  return false;
}

// Without what stands in a string or a comment.
std::string CodeOf(std::string line) {
  static const std::regex text(R"("([^"\\]|\\.)*")");
  line = std::regex_replace(line, text, "\"\"");
  return std::regex_replace(line.substr(0, line.find("//")), Accessor(), "");
}

std::map<std::string, int> Found() {
  std::map<std::string, int> found;
  for (const SourceFile& file : ReadSources({"crypto", "node", "policy", "text"})) {
    for (const std::string& line : file.lines) {
      if (!MayEnd(line)) continue;
      const std::string code = CodeOf(line);
      const int calls = static_cast<int>(std::distance(std::sregex_iterator(code.begin(), code.end(), Ending()), {}));
      if (calls > 0) found[file.path] += calls;
    }
  }
  return found;
}

// "`crypto/bytes.cc` 1" in the page's section.
std::map<std::string, int> OnThePage() {
  std::ifstream file(std::filesystem::path(TIDEGATE_SOURCE_DIR) / "docs/threat-model.md");
  std::ostringstream all;
  all << file.rdbuf();
  std::string page = all.str();
  page = page.substr(std::min(page.find("## What could end the process"), page.size()));
  page = page.substr(0, page.find("\n## ", 1));
  const std::regex place(R"(`([a-z0-9_/]+\.(?:cc|h))` ([0-9]+))");
  std::map<std::string, int> places;
  for (std::sregex_iterator at(page.begin(), page.end(), place), end; at != end; ++at) {
    places[(*at)[1]] += std::stoi((*at)[2]);
  }
  return places;
}

TEST(Endings, EachStandsOnThePageWithTheReasonWhyNoInputReachesIt) { EXPECT_EQ(Found(), OnThePage()); }

TEST(Endings, AreSeen) {
  for (const char* code :
       {"std::abort();", "  _exit(1);", "assert(x);", "CHECK_EQ(a, b);", "LOG(FATAL) << x;", "throw std::bad_alloc();",
        "map.at(key)", "map->at(3)", "std::get<Intent>(entry)", "std::stoul(text)", "maybe.value()", "Read().value()",
        "ABSL_RAW_CHECK(x)", "__builtin_unreachable();", "std::terminate();"}) {
    EXPECT_TRUE(std::regex_search(CodeOf(code), Ending())) << code;
  }
  for (const char* code : {"in_.at()", "// abort()", "\"throw\"", "app.exit(error)", "item.value()",
                           "std::get_if<A>(&b)", "CheckCount(1)", "std::at_exit", "exit_code = 1", "(*x)->Exit(1)"}) {
    EXPECT_FALSE(std::regex_search(CodeOf(code), Ending())) << code;
  }
}

}  // namespace
}  // namespace tidegate::tidy
