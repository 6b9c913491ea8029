// kept: what partners keep, lose and gain of a record that was amended, or would be.
#ifndef TIDEGATE_NODE_FLOW_KEPT_H_
#define TIDEGATE_NODE_FLOW_KEPT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

// What an amendment means for one partner that may hold an earlier revision or gets something of the new one. A field
// is written `name@precision`.
struct Kept {
  std::string organisation;
  std::vector<std::string> gets;   // of the new revision
  std::vector<std::string> loses;  // of what it may hold, and no longer finds in the new revision that finely
  std::vector<std::string> gains;  // of `gets`, what it may not hold that finely yet
  bool reached = true;             // false: it is suspended or gone, so nothing reaches it until it is active again
};

using HeldByPartners = std::map<std::string, record::Openings>;

// Answers for records of ours. Thread-safe.
class Keeping {
 public:
  // All outlive this.
  Keeping(const store::Store& store, const ledger::Register& disclosures, const partner::Directory& directory,
          const decision::Decisions& decisions)
      : store_(store), disclosures_(disclosures), directory_(directory), decisions_(decisions) {}

  // What each partner may hold of a record, as the register knows it. Ask before the record is amended: from then on
  // the feeds take the earlier revisions back.
  absl::StatusOr<HeldByPartners> HeldOf(const record::RecordId& id) const;
  // What each partner of `held` keeps, gets and loses under the newest revision that `reader` knows, as policy decides
  // about that revision. Active partners that hold nothing yet and get something of it are listed too. Sorted by
  // organisation. A revision that its author releases later goes to nobody yet.
  absl::StatusOr<std::vector<Kept>> KeptOf(const store::Reader& reader, const record::RecordId& id,
                                           const HeldByPartners& held, int64_t now_ms) const;
  // The same under the newest revision that is stored.
  absl::StatusOr<std::vector<Kept>> KeptNow(const record::RecordId& id, const HeldByPartners& held,
                                            int64_t now_ms) const;

 private:
  record::RecordKey KeyOf(const record::RecordId& id) const;

  const store::Store& store_;
  const ledger::Register& disclosures_;
  const partner::Directory& directory_;
  const decision::Decisions& decisions_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_KEPT_H_
