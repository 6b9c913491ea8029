// What of the register's entries somebody may read. Private to the room.
#ifndef TIDEGATE_NODE_READING_DISCRETION_H_
#define TIDEGATE_NODE_READING_DISCRETION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::reading {

// Asks of each record that an entry names whether its asker may know what the register says of it (`audit`). Not
// thread-safe; all that it is made of outlives it.
class Discretion {
 public:
  Discretion(const store::Reader& reader, const ledger::Register& disclosures,
             std::shared_ptr<const policy::Engine> engine, const policy::Principal& who)
      : reader_(reader), disclosures_(disclosures), candidates_(std::move(engine)), who_(who) {}

  // Takes the records out of the entry of which the asker is not to know. False where it named records, and none of
  // them is left: then the asker is not to know of the entry.
  bool Leaves(ledger::Entry& entry);
  bool MayKnowOf(const record::RecordId& id);

 private:
  bool MayKnowOfArrival(uint64_t seq);
  bool MayKnowOfLeaf(const crypto::Hash& leaf);
  bool MayKnowOfRow(const store::StoredRecord& record);
  bool Leaves(ledger::Intent& intent);
  bool Leaves(ledger::Consultation& look);
  bool Leaves(ledger::Change& change);
  bool Leaves(ledger::Refusal& refusal);
  bool LeavesExcerpt(std::string_view what);
  bool LeavesParcel(const std::string& partner, uint64_t parcel_seq);

  const store::Reader& reader_;
  const ledger::Register& disclosures_;
  decision::Candidates candidates_;
  const policy::Principal& who_;
  std::map<record::RecordId, bool> known_;
  std::map<std::pair<std::string, uint64_t>, bool> parcels_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_DISCRETION_H_
