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
  bool told_caught_up = false;
  while (!cancelled()) {
    auto parcel = (*feed)->Next(cancelled);
    if (!parcel.ok()) return parcel.status();
    if (*parcel) {
      if (auto status = out.Write(**std::move(parcel)); !status.ok()) return status;
      told_caught_up = false;
      continue;
    }
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
  if (known.ok()) {
    auto number = feed::DecodeNumber(*known);
    if (!number.ok()) return number.status();
    auto parcel = disclosures_.Parcel(organisation, *number);
    if (!parcel.ok()) return parcel.status();
    auto entry = disclosures_.Get(parcel->intent_index);
    if (!entry.ok()) return entry.status();
    const auto* before = std::get_if<ledger::Intent>(&*entry);
    if (before != nullptr && before->policy_version == intent.policy_version && before->purpose == intent.purpose &&
        before->records == intent.records) {
      if (resent_.Take(organisation, now_ms_())) return feed::Numbered{*number, true};
      return parcel::Refuse(parcel::Layer::kLimit,
                            "the partner asks for the same parcels too often; it may again later");
    }
  } else if (!absl::IsNotFound(known.status())) {
    return known.status();
  }
  auto fresh = TakeNew(organisation, after);
  if (!fresh.ok()) return fresh.status();
  return feed::Numbered{*fresh, false};
}

absl::StatusOr<uint64_t> Sharing::TakeNew(const std::string& organisation, uint64_t after) {
  threads::MutexLock lock(mutex_);
  auto [last, fresh] = last_numbers_.try_emplace(organisation, 0);
  if (fresh) {
    auto snapshot = store_.Read();
    auto stored = snapshot.ok() ? (*snapshot)->GetNamed(store::Named::kFrontier, feed::kLastNumberScope, organisation)
                                : absl::StatusOr<std::string>(snapshot.status());
    auto number = absl::IsNotFound(stored.status()) ? absl::StatusOr<uint64_t>(0)
                  : stored.ok()                     ? feed::DecodeNumber(*stored)
                                                    : stored.status();
    if (!number.ok()) {
      last_numbers_.erase(last);
      return number.status();
    }
    last->second = *number;
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
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto number = (*snapshot)->GetNamed(store::Named::kExchange, feed::SentScope(partner->organisation),
                                      crypto::View(read->manifest_hash));
  if (absl::IsNotFound(number.status())) {
    return parcel::Refuse(parcel::Layer::kManifest, "a receipt for a parcel that was never sent to this partner");
  }
  if (!number.ok()) return number.status();
  auto parcel_seq = feed::DecodeNumber(*number);
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
  if (receipt.unwanted.empty() && receipt.erased.empty()) return entry;
  auto parcel = disclosures_.Parcel(organisation, parcel_seq);
  if (!parcel.ok()) return parcel.status();
  auto intended = disclosures_.Get(parcel->intent_index);
  if (!intended.ok()) return intended.status();
  const auto* intent = std::get_if<ledger::Intent>(&*intended);
  if (intent == nullptr) return absl::DataLossError("flow: a parcel's state names another entry than its intent");
  std::map<crypto::Hash, uint16_t> sent, asked;
  for (size_t i = 0; i < intent->records.size(); ++i) {
    (intent->records[i].notice ? asked : sent).emplace(intent->records[i].leaf, static_cast<uint16_t>(i));
  }
  std::set<uint16_t> refused, erased;
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
  entry.refused.assign(refused.begin(), refused.end());
  entry.erased.assign(erased.begin(), erased.end());
  return entry;
}

}  // namespace tidegate::flow
