// Reads what a Markdown or plain text says about itself.
#ifndef TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_
#define TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_

#include <optional>
#include <string>
#include <string_view>

#include "node/record/record.h"

namespace tidegate::intake {

// The first heading, `# Text` or a line underlined with `===` or `---` (CommonMark 4.2 and 4.3), without its marks.
// Blocks of code do not count. Empty if there is none.
std::string FirstHeading(std::string_view text);

// The strictest TLP that the text names as `TLP:RED`, `TLP AMBER-STRICT` or `tlp: "GREEN"`, in any case. It also knows
// the words of TLP 1.0.
std::optional<record::Tlp> StrictestTlpNamed(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_
