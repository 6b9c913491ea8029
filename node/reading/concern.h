// Which entries of the register concern one record. Private to the room.
#ifndef TIDEGATE_NODE_READING_CONCERN_H_
#define TIDEGATE_NODE_READING_CONCERN_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/ledger/ledger.h"
#include "node/reading/unread.h"
#include "node/store/store.h"

namespace tidegate::reading {

// Finds the entries that concern a record: what was done to it, where it went, and what let it go there (the policies
// under which it went and those that came into force since, and decisions about the partners who got it). An entry may
// name a record by its id, by its leaf, or by its number in the order of arrival. Not thread-safe.
class Concern {
 public:
  static absl::StatusOr<Concern> Of(const store::Reader& reader, const ledger::Register& disclosures,
                                    const record::RecordId& id);

  bool held() const { return !arrivals_.empty(); }
  bool HasArrival(uint64_t seq) const;
  absl::StatusOr<bool> Names(const ledger::Entry& entry);
  // Its revisions that cannot be read. Nobody can tell whether a refusal of one of them is about this record.
  const Unread& unread() const { return unread_; }

 private:
  Concern(const ledger::Register& disclosures, const record::RecordId& id) : disclosures_(&disclosures), id_(id) {}
  bool InChange(const ledger::Change& change) const;
  bool InIntent(const ledger::Intent& intent) const;
  // The policies under which it was last sent to each.
  absl::Status LearnVersion(uint64_t intent_index);
  // Whether the intent of that parcel names the record. True also if the intent cannot be read, because it may name it.
  absl::StatusOr<bool> InParcel(const std::string& partner, uint64_t parcel_seq);

  const ledger::Register* disclosures_;
  record::RecordId id_;
  std::vector<uint64_t> arrivals_;  // ascending
  std::set<crypto::Hash> leaves_;
  std::set<std::string> partners_;  // who was sent something of it
  std::set<label::Digest> versions_;
  uint64_t since_ms_ = 0;  // when the first of it came
  std::map<std::pair<std::string, uint64_t>, bool> parcels_;
  Unread unread_;
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_CONCERN_H_
