// The mistakes that everybody makes once, with the command that mends them.
#ifndef TIDEGATE_NODE_API_ADVICE_H_
#define TIDEGATE_NODE_API_ADVICE_H_

#include <string>
#include <vector>

#include "node/partner/partner.h"
#include "node/record/record.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::api {

// Why an administrator who expected more of the record to go is disappointed; empty where none of the usual reasons
// holds. `id` is the record's.
std::vector<std::string> AdviceFor(const partner::Partner& partner, const policy::Party& party, const std::string& id,
                                   const record::Handling& handling, const review::Explanation& explanation);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_ADVICE_H_
