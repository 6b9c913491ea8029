// Decides which records of an opened parcel this node's policies let in, and prepares the transaction that stores them.
#ifndef TIDEGATE_NODE_FLOW_ADMITTING_H_
#define TIDEGATE_NODE_FLOW_ADMITTING_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/parcel/parcel.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

// A record that its author recalled, and the leaf of the revision that it had then.
struct Recalled {
  record::RecordKey record;
  crypto::Hash newest{};
};

// The work of one transaction for an opened parcel. It is prepared before the transaction begins.
struct Admitted {
  struct Batch {
    parcel::OpenedSection section;  // without what is below
    store::ParcelProof proof;
    std::vector<store::PreparedPut> records;
    std::vector<store::PreparedPut> recalls;
    std::vector<Recalled> recalled;  // what each of them is about
  };
  std::vector<Batch> batches;
  std::vector<crypto::Hash> unwanted;
};

// Asks policy about every record. A section that somebody else than the sender wrote is unwanted: this node takes
// records from their authors only. Preparing writes nothing, so it may come before the question; the label is made once
// for both.
absl::StatusOr<Admitted> Admit(store::Store& store, const decision::Decisions& decisions,
                               const partner::Partner& partner, parcel::Opened& opened, uint64_t now_ms);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ADMITTING_H_
