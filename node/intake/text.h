// Functions for messages and strings over std::string_view. (Debian's Abseil has its own string_view type, so
// absl::StrCat does not take std::string_view.)
#ifndef TIDEGATE_NODE_INTAKE_TEXT_H_
#define TIDEGATE_NODE_INTAKE_TEXT_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "crypto/hash.h"

namespace tidegate::intake {

std::string Cat(std::initializer_list<std::string_view> parts);

// InvalidArgument; its message is `parts` joined.
absl::Status Refused(std::initializer_list<std::string_view> parts);

// The message of a status as a std::string_view.
std::string_view MessageOf(const absl::Status& status);

// The text without spaces, tabs and line ends at both ends.
std::string_view Trim(std::string_view text);
// As Trim, and without the blanks that spreadsheets bring: no-break spaces, and a byte order mark.
std::string_view TrimBlank(std::string_view text);
// In lower case, letters of every script.
std::string Lower(std::string_view text);
bool EqualIgnoringCase(std::string_view a, std::string_view b);
bool StartsWith(std::string_view text, std::string_view prefix);
bool EndsWith(std::string_view text, std::string_view suffix);

// Lower-case hexadecimal.
std::string HexOf(const crypto::Hash& hash);

bool IsUtf8(std::string_view bytes);

// The parts between `separator`s, trimmed, without empty ones.
std::vector<std::string_view> SplitList(std::string_view text, char separator);

// `text` as one item of a list that record::ParseValue splits at `;`.
std::string EscapeListItem(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_TEXT_H_
