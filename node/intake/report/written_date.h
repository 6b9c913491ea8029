// Dates as people write them in front matter: `17th June 2011`, `June 17, 2011`, `2011/06/17`, `2011-06-17 10:20:30
// +0100`.
#ifndef TIDEGATE_NODE_INTAKE_REPORT_WRITTEN_DATE_H_
#define TIDEGATE_NODE_INTAKE_REPORT_WRITTEN_DATE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::intake {

// The date as record::ParseValue reads it, without seconds; a time without a zone is UTC. InvalidArgument if it has no
// form that is known here, or can be read in two ways (`03/04/2011`).
absl::StatusOr<std::string> WrittenDate(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_WRITTEN_DATE_H_
