#include "node/flow/govern.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "text/text.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

// As people type it, with spaces; it is kept with a proposal.
constexpr size_t kMostFingerprintBytes = 200;

std::string Hex(const policy::Digest& digest) { return absl::BytesToHexString(std::string(crypto::View(digest))); }

absl::Status SayWho(const Act& act) {
  if (act.named() && !text::Visible(act.deed().user).empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("flow: here it takes two people; say who you are with `--user`");
}

absl::Status NotShown(const Proposal& proposed, const Weighed& weighed, bool given) {
  const std::string begins = given
                                 ? "flow: this is not what was shown: policies, partners or labels have changed since. "
                                 : "flow: nothing was changed: look first at what would go. ";
  return absl::FailedPreconditionError(absl::StrCat(
      begins, "`", proposed.organisation, "` would receive ", weighed.effect.records_gained, " more records, ",
      weighed.effect.fields_gained, " more fields and ", weighed.effect.fields_finer, " finer ones; ",
      weighed.effect.personal_gained, " of these fields say who somebody is, and they name ",
      weighed.named.all ? "" : "at least ", weighed.named.persons,
      " persons. If that is right, say the same with --plan ", Hex(weighed.digest)));
}

absl::Status NothingWaits() {
  return absl::NotFoundError(
      "flow: no change about a partner waits for a second person under that digest; `tidegate partner plans` lists "
      "those that do");
}

std::vector<std::string> With(std::vector<std::string> circles, const std::string& circle) {
  circles.push_back(circle);
  std::sort(circles.begin(), circles.end());
  circles.erase(std::unique(circles.begin(), circles.end()), circles.end());
  return circles;
}

}  // namespace

bool SamePerson(const std::string& a, const std::string& b) {
  return text::LowerCase(text::Visible(a)) == text::LowerCase(text::Visible(b));
}

absl::StatusOr<Governance::Change> Governance::ChangeOf(const Proposal& proposed) const {
  const auto named = directory_.Named(proposed.organisation);
  if (!named.ok()) return named.status();
  const partner::PartnerPtr& now = *named;
  Change change{partner::PartyOf(*now), partner::PartyOf(*now)};
  if (proposed.kind == ProposalKind::kConfirm) {
    if (proposed.fingerprint.size() > kMostFingerprintBytes) {
      return absl::InvalidArgumentError("flow: a fingerprint has 32 hexadecimal digits; this is far longer");
    }
    auto same = directory_.CheckFingerprint(proposed.organisation, proposed.fingerprint);
    if (!same.ok()) return same;
    auto supposed = directory_.Supposed(proposed.organisation, proposed.facts);
    if (!supposed.ok()) return supposed.status();
    change.after = partner::PartyOf(*supposed);
    return change;
  }
  if (proposed.kind == ProposalKind::kResume) {
    // A suspended or leaving partner gets nothing, so this opens all that policy allows it.
    change.before.confirmed = now->active() && !now->leaving;
    change.after.confirmed = now->confirmed_by_us && now->confirmed_by_them && !now->mismatched;
    return change;
  }
  std::vector<std::string> circles;
  for (const partner::Circle& circle : directory_.Circles()) circles.push_back(circle.name);
  if (std::find(circles.begin(), circles.end(), proposed.circle) == circles.end()) {
    return absl::NotFoundError(
        absl::StrCat("flow: there is no circle `", proposed.circle, "`", text::DidYouMean(proposed.circle, circles)));
  }
  // If we have confirmed the partner, count as if it had confirmed us too: what is opened now goes as soon as it does.
  change.before.confirmed = change.after.confirmed = now->confirmed_by_us && !now->leaving;
  if (proposed.kind == ProposalKind::kCircle) {
    change.after.circles = With(std::move(change.after.circles), proposed.circle);
  } else {
    std::erase(change.after.circles, proposed.circle);
  }
  return change;
}

absl::StatusOr<Weighed> Governance::Count(const Change& change) const {
  const std::shared_ptr<const policy::Engine> engine = decisions_.engine();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto held = (*snapshot)->Holdings();
  if (!held.ok()) return held.status();
  auto plan =
      review::MakePartyPlan(*engine, decision::OwnOf(*std::move(held), engine->self()), change.before, change.after);
  if (!plan.ok()) return plan.status();
  return Weighed{plan->digest, std::move(plan->partners.front()), {}};
}

absl::StatusOr<PersonsNamed> Governance::Persons(const Change& change) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  return CountPersons(**snapshot, decisions_.engine(), change.before, change.after, static_cast<int64_t>(now_ms_()));
}

absl::StatusOr<Weighed> Governance::Weigh(const Proposal& proposed) const {
  auto change = ChangeOf(proposed);
  if (!change.ok()) return change.status();
  auto weighed = Count(*change);
  if (!weighed.ok() || !weighed->opens()) return weighed;
  auto persons = Persons(*change);
  if (!persons.ok()) return persons.status();
  weighed->named = *persons;
  return weighed;
}

absl::StatusOr<Decided> Governance::Decide(const Proposal& proposed, const std::optional<policy::Digest>& plan,
                                           const Act& act) {
  const threads::MutexLock one_at_a_time(deciding_);
  return DecideAlone(proposed, plan, act);
}

absl::StatusOr<Decided> Governance::DecideAlone(const Proposal& proposed, const std::optional<policy::Digest>& plan,
                                                const Act& act) {
  auto weighed = Weigh(proposed);
  if (!weighed.ok()) return weighed.status();
  Decided decided{*std::move(weighed), false, proposed};
  partner::Deed done = act.deed();
  partner::AlsoWrite also;
  if (decided.weighed.opens()) {
    if (plan != decided.weighed.digest) return NotShown(proposed, decided.weighed, plan.has_value());
    if (decisions_.approvals() >= 2) {
      auto seconded = Seconded(decided.weighed.digest, proposed, act, done);
      if (!seconded.ok()) return seconded.status();
      decided.pending = !*seconded;
      if (decided.pending) return decided;
      also = [digest = decided.weighed.digest](store::WriteTransaction& transaction) {
        return ForgetFirstWord(transaction, digest);
      };
    }
  }
  if (auto status = Do(proposed, done, also); !status.ok()) return status;
  return decided;
}

absl::StatusOr<size_t> Governance::Waiting() const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto words = FirstWords(**snapshot);
  if (!words.ok()) return words.status();
  return words->size();
}

absl::StatusOr<std::vector<WaitingChange>> Governance::Waits() const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto words = FirstWords(**snapshot);
  if (!words.ok()) return words.status();
  snapshot->reset();
  std::vector<WaitingChange> waiting;
  for (FirstWord& word : *words) {
    WaitingChange& one = waiting.emplace_back(WaitingChange{std::move(word), std::nullopt});
    if (!one.first.proposal) continue;
    auto weighed = Weigh(*one.first.proposal);
    // If nobody can weigh it now, because the partner is gone, it has lapsed too.
    if (weighed.ok() && weighed->digest == one.first.digest) one.weighed = *std::move(weighed);
  }
  return waiting;
}

absl::StatusOr<Decided> Governance::Approve(const policy::Digest& digest, const Act& act) {
  const threads::MutexLock one_at_a_time(deciding_);
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto word = FirstWordFor(**snapshot, digest);
  if (absl::IsNotFound(word.status())) return NothingWaits();
  if (!word.ok()) return word.status();
  snapshot->reset();
  if (!word->proposal) {
    return absl::FailedPreconditionError(
        absl::StrCat("flow: an older version kept only that `", word->deed.user,
                     "` proposed this, not what it was: say the same as they did, with --plan"));
  }
  auto decided = DecideAlone(*word->proposal, digest, act);
  if (absl::IsFailedPrecondition(decided.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("flow: this proposal has lapsed: policies, partners or records have changed since. Propose it "
                     "again. (",
                     std::string(decided.status().message()), ")"));
  }
  return decided;
}

absl::StatusOr<FirstWord> Governance::Withdraw(const policy::Digest& digest, const Act& act) {
  const threads::MutexLock one_at_a_time(deciding_);
  if (auto who = SayWho(act); !who.ok()) return who;
  FirstWord withdrawn;
  absl::Status status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto word = FirstWordFor(transaction, digest);
    if (absl::IsNotFound(word.status())) return NothingWaits();
    if (!word.ok()) return word.status();
    withdrawn = *std::move(word);
    if (auto gone = ForgetFirstWord(transaction, digest); !gone.ok() || !record_) return gone;
    const std::string organisation = withdrawn.proposal ? withdrawn.proposal->organisation : "";
    return record_(transaction, {act.deed(), organisation, absl::StrCat("waits no longer: plan ", Hex(digest))});
  });
  if (!status.ok()) return status;
  return withdrawn;
}

// True if somebody else has said the same before; their word is kept until the change is made. Otherwise notes that
// this person has said it.
absl::StatusOr<bool> Governance::Seconded(const policy::Digest& digest, const Proposal& proposed, const Act& act,
                                          partner::Deed& done) {
  if (auto who = SayWho(act); !who.ok()) return who;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto word = FirstWordFor(**snapshot, digest);
  snapshot->reset();
  if (absl::IsNotFound(word.status())) {
    absl::Status kept = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
      if (auto put = KeepFirstWord(transaction, {digest, act.deed(), proposed}); !put.ok() || !record_) return put;
      return record_(transaction,
                     {act.deed(), proposed.organisation,
                      absl::StrCat("waits for a second user: ", proposed.InWords(), "; plan ", Hex(digest))});
    });
    if (!kept.ok()) return kept;
    return false;
  }
  if (!word.ok()) return word.status();
  const partner::Deed& first = word->deed;
  if (SamePerson(first.user, done.user)) {
    return absl::PermissionDeniedError(
        absl::StrCat("flow: `", done.user, "` has said so already; a second, different user must say the same"));
  }
  done.reason = absl::StrCat(first.reason, first.reason.empty() ? "" : "; ", "proposed by ", first.user,
                             done.reason.empty() ? "" : absl::StrCat("; ", done.reason));
  return true;
}

absl::Status Governance::Do(const Proposal& proposed, const partner::Deed& deed, const partner::AlsoWrite& also) {
  if (proposed.kind == ProposalKind::kCircle) {
    return directory_.AddToCircle(proposed.circle, proposed.organisation, deed, also).status();
  }
  if (proposed.kind == ProposalKind::kLeaveCircle) {
    return directory_.DropFromCircle(proposed.circle, proposed.organisation, deed, also).status();
  }
  if (proposed.kind == ProposalKind::kConfirm) {
    return directory_.Confirm(proposed.organisation, proposed.fingerprint, proposed.facts, deed, also).status();
  }
  return directory_.Resume(proposed.organisation, deed, also);
}

}  // namespace tidegate::flow
