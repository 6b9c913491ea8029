#include "node/flow/share.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tidegate::flow {
namespace {

ledger::Answer AnswerOf(const parcel::Receipt& receipt) {
  if (receipt.kind == parcel::Receipt::Kind::kRefused) return ledger::Answer::kRefused;
  return receipt.erased.empty() ? ledger::Answer::kStored : ledger::Answer::kErased;
}

}  // namespace

exchange::Greeting Sharing::Greet(const partner::Partner& partner, const exchange::Greeting& theirs) {
  continuity_.Consider(partner, theirs);
  return continuity_.Ours(partner);
}

absl::Status Sharing::Follow(const partner::PartnerPtr& partner, std::string_view cursor, exchange::ParcelWriter& out,
                             const std::function<bool()>& cancelled) {
  auto feed = feed::Feed::Resume(rooms_, *this, arrivals_, partner, cursor);
  if (!feed.ok()) return feed.status();
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

absl::StatusOr<uint64_t> Sharing::Take(const std::string& organisation) {
  std::lock_guard lock(mutex_);
  auto [last, fresh] = last_numbers_.try_emplace(organisation, 0);
  if (fresh) {
    auto snapshot = rooms_.store.Read();
    auto stored = snapshot.ok() ? (*snapshot)->GetNamed(store::Named::kFrontier, "parcel number", organisation)
                                : absl::StatusOr<std::string>(snapshot.status());
    const bool none = absl::IsNotFound(stored.status());
    if (!none && (!stored.ok() || !absl::SimpleAtoi(*stored, &last->second))) {
      last_numbers_.erase(last);
      return stored.ok() ? absl::DataLossError("flow: the last parcel number cannot be read") : stored.status();
    }
  }
  return ++last->second;
}

absl::Status Sharing::Acknowledge(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) {
  const std::string_view signature(reinterpret_cast<const char*>(receipt.signature.data()), receipt.signature.size());
  auto read =
      parcel::VerifyReceipt(receipt.bytes, signature, partner->keys.delivery_key, partner->delivery_fingerprint);
  if (!read.ok()) return read.status();
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto number = (*snapshot)->GetNamed(store::Named::kExchange, absl::StrCat("sent/", partner->organisation),
                                      crypto::View(read->manifest_hash));
  uint64_t parcel_seq = 0;
  if (!number.ok() || !absl::SimpleAtoi(*number, &parcel_seq)) {
    return parcel::Refuse(parcel::Layer::kManifest, "a receipt for a parcel that was never sent to this partner");
  }
  ledger::Receipt entry;
  entry.partner = partner->organisation;
  entry.parcel_seq = parcel_seq;
  entry.at_ms = rooms_.now_ms();
  entry.answer = AnswerOf(*read);
  entry.body = receipt.bytes;
  entry.signature = std::string(signature);
  for (const parcel::Erased& erased : read->erased) {
    entry.onward_held += erased.onward_held;
    entry.onward_erased += erased.onward_erased;
    entry.onward_unanswered += erased.onward_unanswered;
  }
  return rooms_.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto index = rooms_.disclosures.Append(transaction, entry); !index.ok()) return index.status();
    for (const crypto::Hash& leaf : read->unwanted) {
      const ledger::Refusal refusal{entry.at_ms, partner->organisation, "admission", leaf,
                                    "refused by the partner's policy"};
      if (auto index = rooms_.disclosures.Append(transaction, refusal); !index.ok()) return index.status();
    }
    return absl::OkStatus();
  });
}

}  // namespace tidegate::flow
