// audit: the register's entries, as an auditor reads them.
#ifndef TIDEGATE_NODE_API_AUDITING_H_
#define TIDEGATE_NODE_API_AUDITING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/reading/reading.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// The entry as an auditor reads it. `history`: every version of the policies.
void FillEntry(const reading::Audited& audited, const std::vector<decision::PolicyVersion>& history,
               v1::AuditEntry* entry);

absl::StatusOr<v1::ListAuditReply> ListAudit(ledger::Register& disclosures, const decision::Decisions& decisions,
                                             const reading::Reading& reading, const policy::Principal& who,
                                             const v1::ListAuditRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_AUDITING_H_
