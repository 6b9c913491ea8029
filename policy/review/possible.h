// The most that could go of a record of which a few facts are known.
#ifndef TIDEGATE_POLICY_REVIEW_POSSIBLE_H_
#define TIDEGATE_POLICY_REVIEW_POSSIBLE_H_

#include <cstdint>

#include "policy/policy.h"

namespace tidegate::review {

// The most that any record with the facts of `stated` could give the partner, for any other facts and any markings of
// its fields. Only the TLP of record and fields is fixed: it is that of `stated`. `named`: the author names the
// partner. It may show more than any one record gives, because two policies may never permit together. It never shows
// less. It caches nothing.
policy::Mask MostFor(const policy::Engine& engine, const policy::PartyHandle& party, const policy::Label& stated,
                     bool named, uint32_t kind);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_POSSIBLE_H_
