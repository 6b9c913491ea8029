// Tables of public standards that lie beside the project ($TIDEGATE_SHARED or ../shared), and files of the project.
#ifndef TIDEGATE_TESTS_CONFORMANCE_SHARED_TABLES_H_
#define TIDEGATE_TESTS_CONFORMANCE_SHARED_TABLES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::conformance {

// True if the shared tables have to be there: the variable is set, or the default folder exists.
bool SharedExpected();

// The whole of a file below the shared folder's `data`; an empty string if it cannot be read.
std::string SharedFile(std::string_view path);

// The whole of a file of the project, by its path from the root; an empty string if it cannot be read.
std::string ProjectFile(std::string_view path);

using Row = std::map<std::string, std::string>;

// RFC 4180: quoted fields may hold commas, quotes and line ends. Each row by the names of the header.
std::vector<Row> ParseCsv(std::string_view text);

// `text` cut at `separator`, the pieces trimmed, empty ones left out.
std::vector<std::string> Split(std::string_view text, char separator);

// The words of `text` with single spaces between them. No-break spaces count as spaces.
std::string Words(std::string_view text);

}  // namespace tidegate::conformance

#endif  // TIDEGATE_TESTS_CONFORMANCE_SHARED_TABLES_H_
