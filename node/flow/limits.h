// How much one partner may make this node keep or do: `[limits]` in tidegate.toml. The defaults are generous. Beyond a
// limit the node refuses at layer `limit`.
#ifndef TIDEGATE_NODE_FLOW_LIMITS_H_
#define TIDEGATE_NODE_FLOW_LIMITS_H_

#include <cstdint>

namespace tidegate::flow {

struct Limits {
  uint64_t partner_records = 20'000'000;       // records of one partner held here, and its recalls of what is not
  uint64_t partner_mib = 65'536;               // in all parcels of one partner, since the pairing
  uint64_t partner_entries_a_day = 1'000'000;  // entries of the register that one partner causes
  uint64_t partner_resent_parcels = 4'096;     // parcels sealed again for one partner; one more each second
  uint64_t partner_receipts = 64;              // receipts that wait until one partner takes them; no key sets it

  // The work of one transaction while a parcel is stored (store::WriteTransaction::Work); no key sets it. One more item
  // may go beyond it: a recall erases at most 1,024 revisions. A feed of ours fills parcels of 2,048 records, so that
  // what it sends is one piece.
  uint64_t piece_work = 4'096;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_LIMITS_H_
