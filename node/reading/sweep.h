// Goes through the records that a question finds and its asker may see, newest first. Private to the room.
#ifndef TIDEGATE_NODE_READING_SWEEP_H_
#define TIDEGATE_NODE_READING_SWEEP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "node/reading/glance.h"

namespace tidegate::reading {

// One thread. It looks at the store in slices, so that no snapshot is held for long: a record that is amended while a
// long sweep goes on may be missed.
class Reading::Sweep {
 public:
  // Refuses what Glance::Begin and search::PlanFor refuse. `reading`, `look` and `as_partner` outlive it.
  static absl::StatusOr<std::unique_ptr<Sweep>> Begin(const Reading& reading, const Look& look,
                                                      const search::Question& question, const std::string& as_partner,
                                                      uint64_t most_work);

  // Calls `visit` for each record that answers, until it gives false, nothing is left or the work is used up. What it
  // is given was opened through its gate and is not proven yet.
  using Visit = absl::FunctionRef<bool(Glance& glance, const store::StoredRecord& record, Seen&& seen)>;
  absl::Status Run(Visit visit);

  // Counts by the index what can be counted so, and leaves the rest to Run. Call it before Run. It changes nothing
  // where that cannot be done, or not with the work that there is.
  absl::StatusOr<uint64_t> CountByIndex();

  const search::Plan& plan() const { return plan_; }
  // Identifiers that were asked for, as the register keeps them.
  const std::vector<vault::BlindTermBytes>& asked() const { return asked_; }
  // Where to go on; 0 if nothing is left.
  uint64_t next() const { return plan_.query.before; }
  bool stopped() const { return stopped_; }
  // How many records were compared with the question. Records that the asker may not see do not count.
  uint64_t looked() const { return looked_; }
  const Unread& unread() const { return unread_; }
  // The question, with the author that its query asks for.
  search::Question WithItsOrigin(search::Question question) const;

 private:
  Sweep(const Reading& reading, const Look& look, const std::string& as_partner, search::Plan plan, uint64_t work)
      : reading_(reading), look_(look), as_partner_(as_partner), plan_(std::move(plan)), work_(work) {}
  // How many records are in the set. Nothing where the work ends before; `work` is what is left of it.
  absl::StatusOr<std::optional<uint64_t>> CountIn(store::Where where, uint64_t& work);
  absl::Status Slice(Glance& glance, Visit visit, bool& going);
  absl::Status Visited(Glance& glance, uint64_t seq, Visit visit, bool& going);

  const Reading& reading_;
  const Look& look_;
  const std::string& as_partner_;
  search::Plan plan_;
  uint64_t work_;
  std::unique_ptr<Glance> glance_;  // of the next slice, where it has begun
  std::vector<vault::BlindTermBytes> asked_;
  Unread unread_;
  uint64_t looked_ = 0;
  bool stopped_ = false;
};

// What a query is asked about a record.
search::Subject SubjectOf(const Seen& seen);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_SWEEP_H_
