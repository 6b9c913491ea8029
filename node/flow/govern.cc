#include "node/flow/govern.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

// The first of two people's word: LEDGER.md has what is done, this only what waits. PARTNER.md, "At rest".
constexpr std::string_view kProposalLabel = crypto::Label("TDGgpr1");
constexpr char kProposals[] = "proposals";
constexpr size_t kMostProposals = 64;

std::string Hex(const policy::Digest& digest) { return absl::BytesToHexString(std::string(crypto::View(digest))); }

// "Ana" and "ana " are one person.
bool SamePerson(const std::string& a, const std::string& b) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(a), absl::StripAsciiWhitespace(b));
}

std::string Encode(const partner::Deed& deed) {
  return crypto::ByteWriter(256).Raw(kProposalLabel).U64(deed.at_ms).Lp16(deed.user).Lp16(deed.reason).Take();
}

absl::StatusOr<partner::Deed> Decode(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kProposalLabel.size()) != kProposalLabel) in.Fail();
  partner::Deed deed;
  deed.at_ms = in.U64();
  deed.user = std::string(in.Lp16());
  deed.reason = std::string(in.Lp16());
  if (absl::Status read = in.Finish("proposal"); !read.ok()) return read;
  return deed;
}

// The oldest makes room: what nobody seconds must not keep others from being proposed.
absl::Status MakeRoom(store::WriteTransaction& transaction) {
  std::vector<std::pair<uint64_t, std::string>> waiting;
  absl::Status read = transaction.ForEachNamed(store::Named::kPartner, kProposals, [&](auto item, auto bytes) {
    const absl::StatusOr<partner::Deed> deed = Decode(bytes);
    waiting.emplace_back(deed.ok() ? deed->at_ms : 0, std::string(item));
    return true;
  });
  if (!read.ok() || waiting.size() < kMostProposals) return read;
  return transaction.DeleteNamed(store::Named::kPartner, kProposals,
                                 std::min_element(waiting.begin(), waiting.end())->second);
}

// Only what we wrote goes to partners; of others' records nothing is passed on.
policy::Holdings OwnOf(policy::Holdings held, const std::string& self) {
  const auto foreign = [&self](const auto& count) { return count.label.origin != self; };
  std::erase_if(held.records, foreign);
  std::erase_if(held.fields, foreign);
  return held;
}

absl::Status NotShown(const Proposal& proposed, const Weighed& weighed, bool given) {
  const std::string begins = given
                                 ? "flow: this is not what was shown: policies, partners or labels have changed since. "
                                 : "flow: nothing was changed: look first at what would go. ";
  return absl::FailedPreconditionError(
      absl::StrCat(begins, "`", proposed.organisation, "` would receive ", weighed.effect.records_gained,
                   " more records, ", weighed.effect.fields_gained, " more fields and ", weighed.effect.fields_finer,
                   " finer ones; ", weighed.effect.personal_gained,
                   " of them say who somebody is. If that is right, say the same with --plan ", Hex(weighed.digest)));
}

}  // namespace

absl::StatusOr<Weighed> Governance::Weigh(const Proposal& proposed) const {
  const partner::PartnerPtr now = directory_.Find(proposed.organisation);
  if (now == nullptr)
    return absl::NotFoundError(absl::StrCat("flow: there is no partner `", proposed.organisation, "`"));
  policy::Party before = partner::PartyOf(*now);
  policy::Party after = before;
  if (proposed.circle.empty()) {
    auto same = directory_.CheckFingerprint(proposed.organisation, proposed.fingerprint);
    if (!same.ok()) return same;
    auto supposed = directory_.Supposed(proposed.organisation, proposed.facts);
    if (!supposed.ok()) return supposed.status();
    after = partner::PartyOf(*supposed);
  } else {
    // Whom we have confirmed counts as if they had too: what is opened now goes as soon as they do.
    before.confirmed = after.confirmed = now->confirmed_by_us && !now->leaving;
    after.circles.push_back(proposed.circle);
    std::sort(after.circles.begin(), after.circles.end());
    after.circles.erase(std::unique(after.circles.begin(), after.circles.end()), after.circles.end());
  }
  const std::shared_ptr<const policy::Engine> engine = decisions_.engine();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto held = (*snapshot)->Holdings();
  if (!held.ok()) return held.status();
  auto plan = review::MakePartyPlan(*engine, OwnOf(*std::move(held), engine->self()), before, after);
  if (!plan.ok()) return plan.status();
  return Weighed{plan->digest, std::move(plan->partners.front())};
}

absl::StatusOr<Decided> Governance::Decide(const Proposal& proposed, const std::optional<policy::Digest>& plan,
                                           const partner::Deed& deed, bool named) {
  std::lock_guard one_at_a_time(deciding_);
  auto weighed = Weigh(proposed);
  if (!weighed.ok()) return weighed.status();
  Decided decided{*std::move(weighed)};
  partner::Deed done = deed;
  if (decided.weighed.opens()) {
    if (plan != decided.weighed.digest) return NotShown(proposed, decided.weighed, plan.has_value());
    if (decisions_.approvals() >= 2) {
      auto seconded = Seconded(decided.weighed.digest, done, named);
      if (!seconded.ok()) return seconded.status();
      decided.pending = !*seconded;
      if (decided.pending) return decided;
    }
  }
  if (auto status = Do(proposed, done); !status.ok()) return status;
  return decided;
}

// Whether somebody else has said the same before; otherwise keeps that this one did.
absl::StatusOr<bool> Governance::Seconded(const policy::Digest& digest, partner::Deed& deed, bool named) {
  if (!named || absl::StripAsciiWhitespace(deed.user).empty()) {
    return absl::InvalidArgumentError("flow: here it takes two people; say who you are with `--user`");
  }
  std::optional<partner::Deed> first;
  const std::string item = Hex(digest);
  absl::Status status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    first.reset();
    auto bytes = transaction.GetNamed(store::Named::kPartner, kProposals, item);
    if (absl::IsNotFound(bytes.status())) {
      if (auto room = MakeRoom(transaction); !room.ok()) return room;
      return transaction.PutNamed(store::Named::kPartner, kProposals, item, Encode(deed));
    }
    if (!bytes.ok()) return bytes.status();
    auto read = Decode(*bytes);
    if (!read.ok()) return read.status();
    if (SamePerson(read->user, deed.user)) {
      return absl::PermissionDeniedError(
          absl::StrCat("flow: `", deed.user, "` has said so already; a second, different user must say the same"));
    }
    first = *std::move(read);
    return transaction.DeleteNamed(store::Named::kPartner, kProposals, item);
  });
  if (!status.ok()) return status;
  if (!first.has_value()) return false;
  deed.reason = absl::StrCat(first->reason, first->reason.empty() ? "" : "; ", "proposed by ", first->user,
                             deed.reason.empty() ? "" : absl::StrCat("; ", deed.reason));
  return true;
}

absl::Status Governance::Do(const Proposal& proposed, const partner::Deed& deed) {
  if (!proposed.circle.empty()) return directory_.AddToCircle(proposed.circle, proposed.organisation, deed).status();
  return directory_.Confirm(proposed.organisation, proposed.fingerprint, proposed.facts, deed).status();
}

}  // namespace tidegate::flow
