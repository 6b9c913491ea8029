// Runs files of test vectors, each by the format that its content shows.
#ifndef TIDEGATE_TESTS_CONFORMANCE_VECTORS_RUN_H_
#define TIDEGATE_TESTS_CONFORMANCE_VECTORS_RUN_H_

#include <filesystem>
#include <string>

#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {

// A file, or every file below a directory except licences and read-me files. A file that is missing, damaged, of no
// known format or without vectors is a failure.
void RunPath(const std::filesystem::path& path, Report& report);
// The content of one file, `name` in messages.
void RunText(const std::string& name, const std::string& text, Report& report);

}  // namespace tidegate::conformance

#endif  // TIDEGATE_TESTS_CONFORMANCE_VECTORS_RUN_H_
