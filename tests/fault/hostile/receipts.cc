// Receipts that a partner signs about parcels, and parcels that it asks for again. The register is ours: it grows only
// by what is new, and it shows a partner's claims as claims.
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "tests/fault/hostile/must.h"
#include "tests/fault/hostile/scene.h"

namespace tidegate::hostile {
namespace {

// A report that the node shared, and the parcel that brought it to the partner.
struct Shared {
  std::string record;
  parcel::Opened opened;
};

// Everything that the node has for the partner, from the beginning; what it brought last counts.
absl::StatusOr<std::vector<parcel::Opened>> FetchAll(Scene& scene) {
  std::vector<parcel::Opened> all;
  std::vector<Brought> brought;
  Partner& partner = scene.partner();
  if (grpc::Status followed = partner.Dial().Follow("", &brought); !followed.ok()) {
    return absl::InternalError("following: " + followed.error_message());
  }
  std::string cursor;
  for (const Brought& one : brought) {
    auto opened = OpenBrought(partner.directory(), *partner.victim(), cursor, one);
    if (!opened.ok()) return opened.status();
    cursor = opened->next_cursor;
    all.push_back(*std::move(opened));
  }
  return all;
}

absl::StatusOr<Shared> Share(Scene& scene) {
  auto record = scene.node().AddReport("Shared with a partner that lies");
  if (!record.ok()) return record.status();
  auto all = FetchAll(scene);
  if (!all.ok()) return all.status();
  if (all->empty()) return absl::InternalError("the node brings nothing");
  return Shared{*record, std::move(all->back())};
}

parcel::Receipt ReceiptFor(Partner& partner, const parcel::Opened& opened, parcel::Receipt::Kind kind) {
  parcel::Receipt receipt;
  receipt.kind = kind;
  receipt.manifest_hash = opened.manifest_hash;
  receipt.signer_fpr = partner.identity().delivery_fingerprint();
  receipt.at_ms = NowMs();
  if (kind == parcel::Receipt::Kind::kRefused) receipt.layer = parcel::Layer::kAdmission;
  return receipt;
}

absl::StatusOr<Outcome> Acknowledge(Scene& scene, const parcel::Receipt& receipt) {
  const size_t mark = scene.node().LogMark();
  const auto sealed = parcel::SignReceipt(receipt, scene.partner().identity().delivery_key());
  if (!sealed.ok()) return sealed.status();
  if (scene.partner().Dial().Acknowledge(*sealed).ok()) return Outcome::Taken();
  const std::string layer = scene.node().RefusedSince(mark);
  if (layer.empty()) return absl::InternalError("the node named no layer");
  return Outcome::Held("refused by " + layer);
}

absl::StatusOr<Outcome> AcknowledgeWith(Scene& scene, const std::function<void(parcel::Receipt&)>& change) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  parcel::Receipt receipt = ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kStored);
  if (change) change(receipt);
  return Acknowledge(scene, receipt);
}

absl::StatusOr<Outcome> ForAnotherParcel(Scene& scene, bool lie) {
  return AcknowledgeWith(scene, [lie](parcel::Receipt& receipt) {
    if (lie) receipt.manifest_hash = crypto::HashOf({"never sent"});
  });
}

absl::StatusOr<Outcome> NamesOthers(Scene& scene, bool lie) {
  return AcknowledgeWith(scene, [lie](parcel::Receipt& receipt) {
    for (int i = 0; lie && i < 16384; ++i) receipt.unwanted.push_back(crypto::HashOf({std::to_string(i)}));
  });
}

absl::StatusOr<Outcome> ErasedOfOthers(Scene& scene, bool lie) {
  return AcknowledgeWith(scene, [lie](parcel::Receipt& receipt) {
    if (lie) receipt.erased.push_back({crypto::HashOf({"never sent"}), 0, 0, 0});
  });
}

absl::StatusOr<Outcome> SignedByNobody(Scene& scene, bool lie) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  const parcel::Receipt receipt = ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kStored);
  parcel::SignedReceipt sealed = Must(parcel::SignReceipt(receipt, scene.partner().identity().delivery_key()));
  if (lie) sealed.signature[0] ^= 1;
  const size_t mark = scene.node().LogMark();
  if (scene.partner().Dial().Acknowledge(sealed).ok()) return Outcome::Taken();
  return Outcome::Held("refused by " + scene.node().RefusedSince(mark));
}

absl::StatusOr<Outcome> TooLong(Scene& scene, bool lie) {
  if (!lie) return AcknowledgeWith(scene, {});
  const size_t mark = scene.node().LogMark();
  const std::string signature(64, 's');
  if (scene.partner().Dial().Acknowledge(std::string((1 << 20) + 1, 'r'), signature).ok()) return Outcome::Taken();
  return Outcome::Held("refused by " + scene.node().RefusedSince(mark));
}

// Finding 6: forty different receipts for one parcel.
absl::StatusOr<Outcome> AgainAndAgain(Scene& scene, bool lie) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  const auto before = scene.node().RegisterSize();
  if (!before.ok()) return before.status();
  for (int i = 0; i < (lie ? 40 : 1); ++i) {
    parcel::Receipt receipt = ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kStored);
    receipt.at_ms += static_cast<uint64_t>(i);
    auto taken = Acknowledge(scene, receipt);
    if (!taken.ok()) return taken.status();
  }
  const auto after = scene.node().RegisterSize();
  if (!after.ok()) return after.status();
  if (*after == *before) return absl::InternalError("the first receipt was not entered");
  if (!lie || *after > *before + 1) return Outcome::Taken();
  return Outcome::Held("one receipt is entered");
}

absl::StatusOr<std::string> StateOf(const Node& node, const std::string& record, const std::string& partner) {
  auto holders = node.Ask({"holders", record});
  if (!holders.ok()) return holders.status();
  for (const json& holder : (*holders)["holders"]) {
    if (holder["organisation"] == partner) return holder["state"].get<std::string>();
  }
  return absl::NotFoundError("the partner holds nothing of it");
}

// An answer that becomes a lesser one.
absl::StatusOr<Outcome> TakenBack(Scene& scene, bool lie) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  auto first = Acknowledge(scene, ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kStored));
  if (!first.ok()) return first;
  if (!lie) return first;
  auto second = Acknowledge(scene, ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kRefused));
  if (!second.ok()) return second.status();
  auto state = StateOf(scene.node(), shared->record, scene.partner().organisation());
  if (!state.ok()) return state.status();
  return *state == "delivered" ? Outcome::Held("the first answer stays: delivered") : Outcome::Taken();
}

// Finding 12: bytes and keys have left, and the partner says that it did not take them.
absl::StatusOr<Outcome> SaysItRefused(Scene& scene, bool lie) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  auto answered =
      Acknowledge(scene, ReceiptFor(scene.partner(), shared->opened,
                                    lie ? parcel::Receipt::Kind::kRefused : parcel::Receipt::Kind::kStored));
  if (!answered.ok() || !lie) return answered;
  auto holders = scene.node().Ask({"holders", shared->record});
  if (!holders.ok()) return holders.status();
  auto state = StateOf(scene.node(), shared->record, scene.partner().organisation());
  if (!state.ok()) return state.status();
  if (*state != "says it refused" || (*holders)["held"] != 1) return Outcome::Taken();
  return Outcome::Held("it counts as held: says it refused");
}

absl::StatusOr<int> Unanswered(const Node& node) {
  auto status = node.Ask({"status"});
  if (!status.ok()) return status.status();
  const json& count = (*status)["unanswered_recalls"];
  return count.is_string() ? std::stoi(count.get<std::string>()) : count.get<int>();
}

// Finding 12: a recall that is answered with anything but `erased` is open, and is asked again.
absl::StatusOr<Outcome> RefusesTheRecall(Scene& scene, bool lie) {
  auto shared = Share(scene);
  if (!shared.ok()) return shared.status();
  auto stored = Acknowledge(scene, ReceiptFor(scene.partner(), shared->opened, parcel::Receipt::Kind::kStored));
  if (!stored.ok()) return stored;
  const auto before = Unanswered(scene.node());
  auto recalled = scene.node().Ask({"recall", shared->record, "--reason", "a witness is at risk", "--user", "tester"});
  if (!recalled.ok()) return recalled.status();
  const auto asked = Unanswered(scene.node());
  if (!before.ok() || !asked.ok() || *asked != *before + 1) return absl::InternalError("the recall is not counted");
  auto all = FetchAll(scene);
  if (!all.ok()) return all.status();
  for (const parcel::Opened& opened : *all) {
    const bool recall =
        !opened.withdrawals.empty() || (!opened.sections.empty() && !opened.sections[0].recalls.empty());
    if (!recall) continue;
    parcel::Receipt answer =
        ReceiptFor(scene.partner(), opened, lie ? parcel::Receipt::Kind::kRefused : parcel::Receipt::Kind::kStored);
    if (!lie) {
      answer.recalls = opened.sections.empty() ? 0 : static_cast<uint32_t>(opened.sections[0].recalls.size());
      for (const parcel::Withdrawal& one : opened.withdrawals) answer.erased.push_back({one.leaf, 0, 0, 0});
      answer.erased.push_back({shared->opened.sections[0].items.back().view.leaf(), 0, 0, 0});
    }
    (void)Acknowledge(scene, answer);
  }
  const auto after = Unanswered(scene.node());
  if (!after.ok()) return after.status();
  if (*after == *before) return Outcome::Taken();
  auto state = StateOf(scene.node(), shared->record, scene.partner().organisation());
  if (!state.ok()) return state.status();
  if (state->rfind("asked, not answered since ", 0) != 0) return Outcome::Taken();
  return Outcome::Held("the recall is unanswered");
}

// Finding 6's cousin: an empty cursor, asked again and again.
absl::StatusOr<Outcome> AsksAgain(Scene& scene, bool lie) {
  for (int i = 0; i < 20; ++i) {
    if (auto added = scene.node().AddReport(absl::StrCat("Report ", i)); !added.ok()) return added.status();
  }
  if (auto first = FetchAll(scene); !first.ok()) return first.status();
  if (!lie) return Outcome::Taken();
  const auto before = scene.node().RegisterSize();
  for (int i = 0; i < 10; ++i) {
    if (auto again = FetchAll(scene); !again.ok()) return again.status();
  }
  const auto after = scene.node().RegisterSize();
  auto intents = scene.node().Ask({"audit", "list", "--kind", "intent", "--limit", "500"});
  if (!before.ok() || !after.ok() || !intents.ok()) return absl::InternalError("the register cannot be read");
  // Each sealing is entered, a hundred bytes; what it discloses is there already.
  if (*after > *before + uint64_t{10} * 3) return Outcome::Taken();
  return Outcome::Held("what was intended is not intended again");
}

// We sign `erased` for what was erased: a withdrawal of what another wrote takes nothing, and gets no signature for it.
absl::StatusOr<Outcome> WithdrawsAnothers(Scene& scene, bool lie) {
  Partner& partner = scene.partner();
  Contents sent;
  sent.records.push_back(partner.forger().Report("To be withdrawn"));
  const crypto::Hash own = sent.records.back().leaf();
  auto first = partner.Send(std::move(sent));
  if (!first.ok()) return first.status();
  crypto::Hash leaf = own;
  if (lie) {
    auto shared = Share(scene);  // by the node itself
    if (!shared.ok()) return shared.status();
    leaf = shared->opened.sections[0].items.back().view.leaf();
  }
  Contents withdrawal;
  withdrawal.withdrawals.push_back({leaf, {}});
  auto receipt = partner.Send(std::move(withdrawal));
  if (!receipt.ok()) return receipt.status();
  return receipt->erased.empty() ? Outcome::Held("no `erased` is signed") : Outcome::Taken();
}

// A partner that sends what is refused, again and again: of ten minutes one refusal is entered.
absl::StatusOr<Outcome> RefusedAgainAndAgain(Scene& scene, bool lie) {
  const auto before = scene.node().RegisterSize();
  if (!before.ok()) return before.status();
  for (int i = 0; i < 4; ++i) {
    Contents contents;
    contents.records.push_back(scene.partner().forger().Report("Sent by a partner"));
    Lie how;
    if (lie) how.manifest = [](parcel::Manifest& manifest) { manifest.contents[0] ^= 1; };
    (void)scene.partner().Send(std::move(contents), how);
  }
  const auto after = scene.node().RegisterSize();
  if (!after.ok()) return after.status();
  if (!lie) return *after >= *before + 4 ? Outcome::Taken() : Outcome::Held("honest parcels were not entered");
  return *after <= *before + 1 ? Outcome::Held("one refusal is entered") : Outcome::Taken();
}

constexpr std::array kFaults = {
    Fault{"receipt-for-another-parcel", "refused by manifest", false, ForAnotherParcel},
    Fault{"receipt-that-refuses-what-did-not-come", "refused by manifest", false, NamesOthers},
    Fault{"receipt-that-erases-what-did-not-come", "refused by manifest", false, ErasedOfOthers},
    Fault{"receipt-with-a-flipped-signature", "refused by manifest", false, SignedByNobody},
    Fault{"receipt-too-long", "refused by limit", false, TooLong},
    Fault{"receipt-again-and-again", "one receipt is entered", false, AgainAndAgain},
    Fault{"answer-taken-back", "the first answer stays: delivered", false, TakenBack},
    Fault{"holder-that-says-it-refused", "it counts as held: says it refused", false, SaysItRefused},
    Fault{"recall-refused", "the recall is unanswered", true, RefusesTheRecall},
    Fault{"backlog-asked-for-again", "what was intended is not intended again", true, AsksAgain},
    Fault{"withdrawal-of-anothers-record", "no `erased` is signed", false, WithdrawsAnothers},
    Fault{"bad-parcel-again-and-again", "one refusal is entered", true, RefusedAgainAndAgain},
};

}  // namespace

std::span<const Fault> ReceiptFaults() { return kFaults; }

}  // namespace tidegate::hostile
