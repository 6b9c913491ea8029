// The usual mistakes, each with the command that mends it.
#ifndef TIDEGATE_NODE_API_ADVICE_H_
#define TIDEGATE_NODE_API_ADVICE_H_

#include <string>
#include <vector>

#include "node/partner/partner.h"
#include "node/record/record.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::api {

// The usual reasons why less of a record goes than an administrator expected. Empty if none of them holds. `id` is
// the record's.
std::vector<std::string> AdviceFor(const partner::Partner& partner, const policy::Party& party, const std::string& id,
                                   const record::Handling& handling, const review::Explanation& explanation);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_ADVICE_H_
