// What a Markdown or plain text says of itself.
#ifndef TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_
#define TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_

#include <optional>
#include <string>
#include <string_view>

#include "node/record/record.h"

namespace tidegate::intake {

// The first heading, `# Text` or a line underlined with `===` or `---` (CommonMark 4.2 and 4.3), without its marks. Not
// in a block of code. Empty if there is none.
std::string FirstHeading(std::string_view text);

// The strictest TLP that the text names as `TLP:RED`, `TLP AMBER` or `tlp: "GREEN"`, in any case.
std::optional<record::Tlp> StrictestTlpNamed(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_HEADING_H_
