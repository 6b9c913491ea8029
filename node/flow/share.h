// share: what leaves. One sentence: arrivals -> policy -> parcel(seal) -> ledger -> exchange.
#ifndef TIDEGATE_NODE_FLOW_SHARE_H_
#define TIDEGATE_NODE_FLOW_SHARE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "node/exchange/exchange.h"
#include "node/feed/feed.h"
#include "node/flow/budget.h"
#include "threads/threads.h"

namespace tidegate::flow {

// When two nodes meet they tell each other checkpoints. This finds a restored backup and a forked log by them.
class Continuity {
 public:
  // All outlive it. A finding from before a restart still counts.
  Continuity(store::Store& store, ledger::Log& log, std::function<uint64_t()> now_ms);

  // The greeting to this partner: the largest checkpoint of its log that came to us.
  exchange::Greeting Ours(const partner::Partner& partner) const;
  // Compares what they hold of our log with our log; calls Behind if they hold more.
  void Consider(const partner::Partner& partner, const exchange::Greeting& theirs);
  // How much of our log the partner said last that it knows; 0 if it said nothing that fits.
  uint64_t KnownTo(const std::string& partner) const;
  // Call it when a partner has seen more of this node than the node itself holds.
  void Behind(const std::string& partner);
  // OK, or why this node must not author: a partner holds more of our log than we do (decision 0040).
  absl::Status MayAuthor() const;

 private:
  store::Store& store_;
  ledger::Log& log_;
  const std::function<uint64_t()> now_ms_;
  mutable threads::Mutex mutex_;
  absl::Status may_author_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> known_ ABSL_GUARDED_BY(mutex_);  // by partner
};

class Sharing final : public exchange::FeedSource, private feed::ParcelNumbers {
 public:
  // All outlive this.
  Sharing(store::Store& store, const vault::Vault& vault, ledger::Log& log, ledger::Register& disclosures,
          partner::Directory& directory, const decision::Decisions& decisions, std::function<uint64_t()> now_ms,
          Continuity& continuity, const Limits& limits = {})
      : store_(store),
        vault_(vault),
        log_(log),
        disclosures_(disclosures),
        directory_(directory),
        decisions_(decisions),
        now_ms_(std::move(now_ms)),
        continuity_(continuity),
        limits_(limits),
        resent_(limits.partner_resent_parcels, 1),
        repeated_(limits.partner_resent_parcels + kFewReceipts, kFewReceipts) {}

  exchange::Greeting Greet(const partner::Partner& partner, const exchange::Greeting& theirs) override;
  absl::Status Follow(const partner::PartnerPtr& partner, std::string_view cursor, exchange::ParcelWriter& out,
                      const std::function<bool()>& cancelled) override;
  void Wake() override { store_.Nudge(); }
  absl::Status Acknowledge(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) override;

 private:
  static constexpr uint64_t kFewReceipts = 64;
  // The number of the parcel that was intended at this place with these contents, or a new one.
  absl::StatusOr<feed::Numbered> Take(const std::string& organisation, uint64_t after,
                                      const ledger::Intent& intent) override;
  absl::StatusOr<uint64_t> TakeNew(const std::string& organisation, uint64_t after);
  // The receipt as it is entered: which records of its parcel it speaks of. Layer manifest for one that speaks of
  // others.
  absl::StatusOr<ledger::Receipt> EntryOf(const store::Reader& reader, const std::string& organisation,
                                          uint64_t parcel_seq, const parcel::Receipt& receipt) const;

  store::Store& store_;
  const vault::Vault& vault_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  partner::Directory& directory_;
  const decision::Decisions& decisions_;
  const std::function<uint64_t()> now_ms_;
  Continuity& continuity_;
  const Limits limits_;
  Allowance resent_;    // parcels sealed again for one that asks again
  Allowance repeated_;  // receipts that say nothing new
  feed::Arrivals arrivals_;
  threads::Mutex mutex_;
  std::map<std::string, uint64_t> last_numbers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_SHARE_H_
