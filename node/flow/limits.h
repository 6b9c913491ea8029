// What one partner may make this node keep or do: [limits] in tidegate.toml. Defaults are generous; a partner that
// meets one is refused at layer limit.
#ifndef TIDEGATE_NODE_FLOW_LIMITS_H_
#define TIDEGATE_NODE_FLOW_LIMITS_H_

#include <cstdint>

namespace tidegate::flow {

struct Limits {
  uint64_t partner_records = 20'000'000;       // records of one partner held here
  uint64_t partner_mib = 65'536;               // that came in parcels of one partner, since it is one
  uint64_t partner_entries_a_day = 1'000'000;  // of the register, caused by what one partner sends
  uint64_t partner_resent_parcels = 4'096;     // sealed again for one partner that asks again; one more each second
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_LIMITS_H_
