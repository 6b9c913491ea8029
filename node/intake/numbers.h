// Numbers as tables write them: with a decimal comma, thousands in groups, no-break spaces.
#ifndef TIDEGATE_NODE_INTAKE_NUMBERS_H_
#define TIDEGATE_NODE_INTAKE_NUMBERS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::intake {

// The number at the front of `text` with a decimal point and without groups, and what stands behind it after a blank:
// "1.260,50 kr" with the decimal sign ',' is "1260.5 kr". Groups of three are separated by the other of `,` and `.`, by
// blanks of any kind, or by an apostrophe, all of them by the same. InvalidArgument for anything else.
absl::StatusOr<std::string> PlainNumber(std::string_view text, char decimal);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_NUMBERS_H_
