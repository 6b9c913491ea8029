// import, as messages.
#ifndef TIDEGATE_NODE_API_IMPORTING_H_
#define TIDEGATE_NODE_API_IMPORTING_H_

#include <functional>

#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::Status Import(flow::Authoring& author, const reading::Reading& reading, const policy::Principal& who,
                    const v1::ImportRequest& asked, const std::function<bool(const v1::ImportProgress&)>& tell);

absl::StatusOr<v1::ListImportsReply> ListImports(const flow::Authoring& author, const v1::ListImportsRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_IMPORTING_H_
