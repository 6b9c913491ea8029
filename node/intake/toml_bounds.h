// What a TOML text may ask of the parser of it: looked at before the parser sees it.
#ifndef TIDEGATE_NODE_INTAKE_TOML_BOUNDS_H_
#define TIDEGATE_NODE_INTAKE_TOML_BOUNDS_H_

#include <string_view>

#include "absl/status/status.h"

namespace tidegate::intake {

// InvalidArgument, with the line, for a key of more than 16 dotted parts or brackets nested deeper than 64: toml++
// calls itself once for each, and its own limit does not count the parts of a key. Never refuses what stands inside a
// string or a comment.
absl::Status CheckTomlBounds(std::string_view toml);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_TOML_BOUNDS_H_
