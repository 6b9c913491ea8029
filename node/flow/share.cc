#include "node/flow/share.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

absl::Status NotCarried() {
  return parcel::Refuse(parcel::Layer::kManifest, "a receipt names a record that its parcel did not carry");
}

}  // namespace

exchange::Greeting Sharing::Greet(const partner::Partner& partner, const exchange::Greeting& theirs) {
  continuity_.Consider(partner, theirs);
  return continuity_.Ours(partner);
}

absl::Status Sharing::Follow(const partner::PartnerPtr& partner, std::string_view cursor, exchange::ParcelWriter& out,
                             const std::function<bool()>& cancelled) {
  auto feed = feed::Feed::Resume(store_, vault_, log_, disclosures_, directory_, decisions_, *this, arrivals_, now_ms_,
                                 partner, cursor);
  if (!feed.ok()) return feed.status();
  if ((*feed)->only_takes_back()) continuity_.Behind(partner->organisation);
  (*feed)->SetReads(out.reads());
  (*feed)->LinkTo(continuity_.KnownTo(partner->organisation));
  bool told_caught_up = false;
  while (!cancelled()) {
    auto parcel = (*feed)->Next(cancelled);
    if (!parcel.ok()) return parcel.status();
    if (*parcel) {
      if (auto status = out.Write(**std::move(parcel)); !status.ok()) return status;
      told_caught_up = false;
      continue;
    }
    if (cancelled()) break;  // whoever was cut short has not caught up
    if (!told_caught_up) {
      if (auto status = out.CaughtUp(); !status.ok()) return status;
      told_caught_up = true;
    }
    (*feed)->WaitForMore();
  }
  return absl::OkStatus();
}

absl::StatusOr<feed::Numbered> Sharing::Take(const std::string& organisation, uint64_t after,
                                             const ledger::Intent& intent) {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto known = (*snapshot)->GetNamed(store::Named::kFrontier, feed::NextScope(organisation), absl::StrCat(after));
  snapshot->reset();
  auto number = known.ok() ? feed::DecodeNumber(*known) : known.status();
  if (!number.ok() && !feed::Unreadable(number.status())) return number.status();
  // A damaged intent at this place does not count as the same contents: the parcel gets a new number and its own
  // intent.
  if (number.ok()) {
    auto parcel = disclosures_.Parcel(organisation, *number);
    auto entry = parcel.ok() ? disclosures_.Get(parcel->intent_index) : parcel.status();
    if (!entry.ok() && !feed::Unreadable(entry.status())) return entry.status();
    const auto* before = entry.ok() ? std::get_if<ledger::Intent>(&*entry) : nullptr;
    if (before != nullptr && before->policy_version == intent.policy_version && before->purpose == intent.purpose &&
        before->records == intent.records) {
      if (resent_.Take(organisation, now_ms_())) return feed::Numbered{*number, true};
      return parcel::Refuse(parcel::Layer::kLimit,
                            "the partner asks for the same parcels too often; it may again later");
    }
  }
  auto fresh = TakeNew(organisation, after);
  if (!fresh.ok()) return fresh.status();
  return feed::Numbered{*fresh, false};
}

absl::StatusOr<uint64_t> Sharing::TakeNew(const std::string& organisation, uint64_t after) {
  threads::MutexLock lock(mutex_);
  auto last = last_numbers_.find(organisation);
  if (last == last_numbers_.end()) {
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    auto stored = feed::LastNumber(**snapshot, disclosures_, organisation);
    if (!stored.ok()) return stored.status();
    last = last_numbers_.emplace(organisation, *stored).first;
  }
  // A restored node has given numbers that it does not know. The cursor tells the last number that the partner took.
  last->second = std::max(last->second, after) + 1;
  return last->second;
}

absl::Status Sharing::Acknowledge(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) {
  if (!repeated_.Has(partner->organisation, now_ms_())) {
    return parcel::Refuse(parcel::Layer::kLimit, "receipts that say nothing new come too fast");
  }
  const std::string_view signature(reinterpret_cast<const char*>(receipt.signature.data()), receipt.signature.size());
  auto read =
      parcel::VerifyReceipt(receipt.bytes, signature, partner->keys.delivery_key, partner->delivery_fingerprint);
  if (!read.ok()) return read.status();
  auto withheld = parcel::VerifyWithheld(receipt.withheld, *read, partner->keys.delivery_key);
  if (!withheld.ok()) return withheld.status();
  read->withheld = *std::move(withheld);
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto number = (*snapshot)->GetNamed(store::Named::kExchange, feed::SentScope(partner->organisation),
                                      crypto::View(read->manifest_hash));
  const bool damaged = store::Damaged(number.status());
  auto parcel_seq = number.ok() ? feed::DecodeNumber(*number)
                    : damaged   ? disclosures_.ParcelOf(partner->organisation, read->manifest_hash)
                                : number.status();
  if (absl::IsNotFound(parcel_seq.status())) {
    return parcel::Refuse(parcel::Layer::kManifest, "a receipt for a parcel that was never sent to this partner");
  }
  if (!parcel_seq.ok()) return parcel_seq.status();
  auto entry = EntryOf(**snapshot, partner->organisation, *parcel_seq, *read);
  if (!entry.ok()) return entry.status();
  entry->body = receipt.bytes;
  entry->signature = std::string(signature);
  const uint64_t before = disclosures_.log().size();
  uint64_t index = 0;
  auto status = store_.Write(store::Purpose::kTakingBack, [&](store::WriteTransaction& transaction) -> absl::Status {
    auto used = Used::Load(transaction, partner->organisation);
    if (!used.ok()) return used.status();
    if (auto may = used->MayEnter(limits_, entry->at_ms); !may.ok()) return may;
    auto appended = disclosures_.Append(transaction, *entry);
    if (absl::IsResourceExhausted(appended.status())) return parcel::AtLayer(parcel::Layer::kLimit, appended.status());
    if (!appended.ok()) return appended.status();
    index = *appended;
    // Not to be looked for in the register again.
    auto put = damaged ? transaction.PutNamed(store::Named::kExchange, feed::SentScope(partner->organisation),
                                              crypto::View(read->manifest_hash), feed::EncodeNumber(*parcel_seq))
                       : absl::OkStatus();
    if (!put.ok()) return put;
    used->Enter(1, entry->at_ms);
    return used->Save(transaction, partner->organisation);
  });
  if (!status.ok()) return status;
  if (index < before) repeated_.Take(partner->organisation, now_ms_());
  return absl::OkStatus();
}

absl::StatusOr<ledger::Receipt> Sharing::EntryOf(const store::Reader& reader, const std::string& organisation,
                                                 uint64_t parcel_seq, const parcel::Receipt& receipt) const {
  ledger::Receipt entry;
  entry.partner = organisation;
  entry.parcel_seq = parcel_seq;
  entry.at_ms = now_ms_();
  entry.answer = receipt.kind == parcel::Receipt::Kind::kRefused ? ledger::Answer::kRefused : ledger::Answer::kStored;
  for (const parcel::Erased& erased : receipt.erased) {
    entry.onward_held += erased.onward_held;
    entry.onward_erased += erased.onward_erased;
    entry.onward_unanswered += erased.onward_unanswered;
  }
  if (receipt.unwanted.empty() && receipt.erased.empty() && receipt.withheld.empty()) return entry;
  auto parcel = disclosures_.Parcel(organisation, parcel_seq);
  auto intended = parcel.ok() ? disclosures_.Get(parcel->intent_index) : parcel.status();
  if (!intended.ok() && !feed::Unreadable(intended.status())) return intended.status();
  const auto* intent = intended.ok() ? std::get_if<ledger::Intent>(&*intended) : nullptr;
  // The entry that names its records is damaged. So the feed asks again for what the receipt says, in another parcel.
  if (intent == nullptr) return entry;
  std::map<crypto::Hash, uint16_t> sent, asked;
  for (size_t i = 0; i < intent->records.size(); ++i) {
    (intent->records[i].notice ? asked : sent).emplace(intent->records[i].leaf, static_cast<uint16_t>(i));
  }
  std::set<uint16_t> refused, erased, withheld;
  for (const crypto::Hash& leaf : receipt.unwanted) {
    const auto place = sent.find(leaf);
    if (place == sent.end()) return NotCarried();
    refused.insert(place->second);
  }
  for (const parcel::Erased& one : receipt.erased) {
    const auto place = asked.find(one.leaf);
    if (place != asked.end()) {
      erased.insert(place->second);
      continue;
    }
    // A recall erases every revision there, also those that were asked for before.
    auto seq = reader.FindByLeaf(one.leaf);
    if (asked.empty() || !seq.ok()) return NotCarried();
    auto record = reader.GetRecord(*seq);
    if (!record.ok() || !record->own) return NotCarried();
  }
  for (const crypto::Hash& leaf : receipt.withheld) {
    const auto place = asked.find(leaf);
    // Of an earlier revision, which was asked for before.
    if (place == asked.end()) continue;
    if (erased.count(place->second) == 0) withheld.insert(place->second);
  }
  entry.withheld.assign(withheld.begin(), withheld.end());
  entry.refused.assign(refused.begin(), refused.end());
  entry.erased.assign(erased.begin(), erased.end());
  return entry;
}

}  // namespace tidegate::flow
