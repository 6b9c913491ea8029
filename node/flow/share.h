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
#include "node/flow/continuity.h"
#include "threads/threads.h"

namespace tidegate::flow {

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
