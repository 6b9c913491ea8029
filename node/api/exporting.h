// exporting: a part of the register as one file, for somebody who has no node.
#ifndef TIDEGATE_NODE_API_EXPORTING_H_
#define TIDEGATE_NODE_API_EXPORTING_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/reading/reading.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Calls `write` with the file, piece by piece, until it gives false. The register's entry about the excerpt is on disk
// before the first piece. NotFound if no entry is meant; Aborted if a record that an entry names changed meanwhile.
absl::Status ExportAudit(store::Store& store, ledger::Register& disclosures, const decision::Decisions& decisions,
                         const reading::Reading& reading, const policy::Principal& who, uint64_t now_ms,
                         const v1::ExportAuditRequest& request,
                         const std::function<bool(const v1::ExportAuditPart&)>& write);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_EXPORTING_H_
