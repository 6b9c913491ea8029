// feed: what a partner gets next. Computed, not stored: walks the arrival order from the partner's cursor and gives
// parcels.
//   Takes    a partner's cursor; the store, the policies in force, what the register says the partner holds
//   Gives    sealed parcels, their intent and manifest already durable in the register
//   May call store, policy (through decision), ledger, partner, parcel
//   Must     let nothing into a parcel without its own Disclosure; withdraw before it gives more
//   Never    decide from what the partner says of itself: of what it sends, only the cursor counts, which we sealed
//   Threads  Arrivals and ParcelNumbers: any; a Feed: one
//   Spec     ARCHITECTURE.md §3
#ifndef TIDEGATE_NODE_FEED_FEED_H_
#define TIDEGATE_NODE_FEED_FEED_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "node/feed/arrivals.h"
#include "node/feed/batch.h"
#include "node/feed/frontier.h"
#include "node/partner/partner.h"

namespace tidegate::feed {

// A parcel's number, and whether it was intended under it before.
struct Numbered {
  uint64_t number = 0;
  bool again = false;
};

// Numbers of parcels: ascending per partner, never given to two contents, also not after a crash. Thread-safe.
class ParcelNumbers {
 public:
  virtual ~ParcelNumbers() = default;
  // Gives the number of the parcel that follows parcel `after` (0: the first parcel). A parcel with the same contents
  // that was intended at this place before keeps its number and needs no new intent. So the register does not grow when
  // a partner asks again.
  virtual absl::StatusOr<Numbered> Take(const std::string& organisation, uint64_t after,
                                        const ledger::Intent& intent) = 0;
};

// Where the last number that a partner's parcels took is kept: named table frontier, item the organisation.
inline constexpr std::string_view kLastNumberScope = "parcel number";
// Where the number that followed another is kept: named table frontier, item the number before in decimal.
inline std::string NextScope(const std::string& organisation) { return "after/" + organisation; }
// Where the number of the parcel with a manifest is kept: named table exchange, item H(manifest).
inline std::string SentScope(const std::string& organisation) { return "sent/" + organisation; }
// A parcel's number as these places keep it (FEED.md, "What each side keeps, in bytes").
std::string EncodeNumber(uint64_t number);
// Reads the decimal digits of older versions, too. DataLoss.
absl::StatusOr<uint64_t> DecodeNumber(std::string_view bytes);

// That number; 0 for none. Where it is damaged, the register says it.
absl::StatusOr<uint64_t> LastNumber(const store::Reader& reader, const ledger::Register& disclosures,
                                    const std::string& organisation);

// One Follow stream's worth. One thread.
class Feed {
 public:
  // Where the partner stands. An error of layer sequence for a cursor that is not one of ours. One that is ahead of us
  // says that we were restored from a backup: then the feed only takes back. All rooms outlive the feed.
  static absl::StatusOr<std::unique_ptr<Feed>> Resume(store::Store& store, const vault::Vault& vault, ledger::Log& log,
                                                      ledger::Register& disclosures, partner::Directory& directory,
                                                      const decision::Decisions& decisions, ParcelNumbers& numbers,
                                                      Arrivals& arrivals, std::function<uint64_t()> now_ms,
                                                      const partner::PartnerPtr& partner, std::string_view cursor);

  // The next parcel, its intent and manifest already durable in the register; none when the partner has everything or
  // `cancelled`.
  absl::StatusOr<std::optional<parcel::Sealed>> Next(const std::function<bool()>& cancelled);

  // True if the partner has seen more of our log than this node holds. Then the feed sends notices only: they need no
  // leaf of our log, so they cannot fork it.
  bool only_takes_back() const { return only_takes_back_; }
  // The newest contents of parcels that the partner reads (parcel::kContents).
  void SetReads(uint32_t contents) { reads_ = contents; }
  // The partner knows our log up to this size by this path, although its cursor is empty: what goes is linked to it.
  void LinkTo(uint64_t log_size);

  // Waits until there may be more: an arrival, a changed decision, a nudge, or a second.
  void WaitForMore() const;

 private:
  Feed(store::Store& store, const vault::Vault& vault, ledger::Log& log, ledger::Register& disclosures,
       partner::Directory& directory, const decision::Decisions& decisions, ParcelNumbers& numbers, Arrivals& arrivals,
       std::function<uint64_t()> now_ms, std::string organisation, Frontier frontier, crypto::Hash after,
       bool only_takes_back);

  // The frontier does not know what left after the parcel that the partner's cursor names. If the decisions in it are
  // in force again, it would consider settled what a later parcel changed. So this doubts the records of those parcels.
  absl::Status DoubtWhatLeftSince();
  // Policies and the partner's facts as they are now.
  absl::Status Judge();
  // The work that comes next. A feed that has far to go joins another feed in its stretch and does the part between
  // them later. Both then use each record that was opened and hashed once.
  std::optional<Work> NextWork() const;
  // Looks at one stretch of `work` and fills the batch. Gives the last arrival that is done with.
  absl::StatusOr<uint64_t> Look(const store::Reader& reader, const Work& work, Batch& batch);
  absl::StatusOr<uint64_t> Tighten(const store::Reader& reader, Range range, Batch& batch);
  absl::StatusOr<uint64_t> Loosen(const store::Reader& reader, Range range, Batch& batch);
  absl::StatusOr<uint64_t> Advance(const store::Reader& reader, Range range, Batch& batch);
  // `held` is what the register says of the record itself; null for nothing.
  absl::Status Consider(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held, Batch& batch);
  // A record was looked at before, and something that decides about it may have changed.
  absl::Status Reconsider(const store::Reader& reader, uint64_t seq, Batch& batch);
  // Our records that name the record with this id: what goes of them depends on whether it is shown.
  absl::Status ReconsiderReferrers(const store::Reader& reader, const record::RecordId& id, int depth, Batch& batch);
  absl::Status ConsiderAmendment(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held,
                                 Batch& batch);
  // What the partner holds, or may hold, of a range of arrivals.
  using Holdings = std::map<uint64_t, ledger::Holding>;
  absl::StatusOr<Holdings> HeldIn(Range range) const;
  absl::Status ConsiderRecall(const store::Reader& reader, const store::StoredRecord& recall, Batch& batch);
  // Asks the partner again to erase records, if it was asked before and has not signed that it did. This goes before
  // everything else. A record that the partner may hold again is left out: it is sent again in its turn, and that ends
  // the asking.
  absl::Status AskAgain(const store::Reader& reader, Batch& batch);
  // Asks for one. Gives whether the partner is asked for it now.
  absl::StatusOr<bool> AskFor(const store::Reader& reader, const ledger::Ask& ask, Batch& batch);
  // Takes back what the partner holds of the revisions before `record`.
  absl::Status LimitEarlier(const store::Reader& reader, const store::StoredRecord& record, Batch& batch);
  absl::StatusOr<std::optional<ledger::Holding>> Held(uint64_t seq) const;
  // The leaf that went to the partner as this arrival, as the register has it: for a row that cannot be read.
  absl::StatusOr<crypto::Hash> LeafSent(uint64_t seq, const ledger::Holding& holding) const;
  // Takes back all of the record of a row that cannot be read.
  absl::Status TakeBackUnread(uint64_t seq, const ledger::Holding& holding, const absl::Status& why, Batch& batch);
  // If `status` says only that something about this arrival is damaged (its label, an organisation's name), the feed
  // goes on and takes back what the partner holds of it. It gives every other status back as it is.
  absl::Status PassedOver(uint64_t seq, const ledger::Holding* held, const absl::Status& status, Batch& batch);
  absl::StatusOr<parcel::Sealed> SealBatch(Batch& batch);
  // Fills in who sends the parcel to whom, in which feed and under which keys. `psk` outlives the request.
  parcel::SealRequest RequestTo(const partner::PairPsk& psk, uint64_t number) const;
  // Enters the intent and the manifest into the register; they are durable on return. `after`: the parcel before it.
  absl::Status Enter(const Numbered& numbered, uint64_t after, const ledger::Intent& intent,
                     const parcel::Sealed& sealed, bool takes_back);

  store::Store& store_;
  const vault::Vault& vault_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  partner::Directory& directory_;
  const decision::Decisions& decisions_;
  ParcelNumbers& numbers_;
  const Arrivals::Walker arrivals_;
  const std::function<uint64_t()> now_ms_;
  const std::string organisation_;
  Frontier frontier_;
  crypto::Hash after_;  // H of the cursor that the partner holds once it has what was sent
  partner::PartnerPtr partner_;
  std::unique_ptr<Judgement> judgement_;
  const bool only_takes_back_;
  uint32_t reads_ = 1;
  size_t passed_new_ = 0;  // rows that could not be read in the new work at hand
  uint64_t looked_for_asks_ms_ = 0;
  std::map<uint64_t, uint64_t> asked_ms_;  // in this stream: revision, when
};

}  // namespace tidegate::feed

#endif  // TIDEGATE_NODE_FEED_FEED_H_
