#include "node/api/partners.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/deciding.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostPurposes = 64;
constexpr uint64_t kPatienceMs = 8000;  // for the receipts of a partner that is removed

// The code that a word spells. Refuses one that no record can state and no policy can mean, and names the nearest.
absl::StatusOr<std::string> CodeMeant(std::string_view list_name, std::string_view what, std::string_view word) {
  const record::CodeList* list = record::Catalogue::FindCodeList(list_name);
  if (list == nullptr) return absl::InternalError("api: the catalogue lacks a list");
  if (const record::Code* code = record::Catalogue::ResolveCode(*list, word)) return std::string(code->code);
  const std::string nearest(record::Catalogue::NearestCode(*list, word));
  return absl::InvalidArgumentError(
      absl::StrCat("api: `", std::string(word), "` is no ", std::string(what), " of the catalogue",
                   nearest.empty() ? "" : absl::StrCat("; did you mean `", nearest, "`?")));
}

template <typename Words>
absl::StatusOr<std::set<std::string>> CodesMeant(std::string_view list_name, std::string_view what,
                                                 const Words& words) {
  std::set<std::string> codes;
  for (const std::string& word : words) {
    auto code = CodeMeant(list_name, what, word);
    if (!code.ok()) return code.status();
    codes.insert(*std::move(code));
  }
  return codes;
}

absl::StatusOr<partner::Facts> FactsOf(const v1::ConfirmPartnerRequest& request) {
  if (request.purposes_size() > static_cast<int>(kMostPurposes) ||
      request.legal_bases_size() > static_cast<int>(kMostPurposes)) {
    return absl::InvalidArgumentError("api: too many purposes or legal bases");
  }
  if (request.no_legal_bases() && request.legal_bases_size() > 0) {
    return absl::InvalidArgumentError("api: name the legal bases that are agreed, or none, not both");
  }
  auto purposes = CodesMeant("purpose", "purpose", request.purposes());
  if (!purposes.ok()) return purposes.status();
  auto bases = CodesMeant("legal-basis", "legal basis", request.legal_bases());
  if (!bases.ok()) return bases.status();
  partner::Facts facts;
  if (!request.sector().empty()) {
    auto sector = CodeMeant("sector", "sector", request.sector());
    if (!sector.ok()) return sector.status();
    facts.sector = *std::move(sector);
  } else if (request.has_sector()) {
    facts.sector = "";
  }
  if (!request.country().empty()) {
    auto country = record::ParseCountry(request.country());
    if (!country.ok()) return country.status();
    facts.country = *std::move(country);
  } else if (request.has_country()) {
    facts.country = "";
  }
  if (request.purposes_size() > 0) facts.purposes.emplace(purposes->begin(), purposes->end());
  if (request.no_legal_bases() || request.legal_bases_size() > 0) {
    facts.legal_bases.emplace(bases->begin(), bases->end());
  }
  return facts;
}

}  // namespace

v1::PartnerReply Describe(const partner::Partner& partner) {
  v1::PartnerReply reply;
  reply.set_organisation(partner.organisation);
  reply.set_node(partner.names.node);
  reply.set_sector(partner.sector);
  reply.set_country(partner.country);
  reply.set_address(partner.address);
  reply.set_state(std::string(partner.state()));
  if (partner.confirmed_by_us) reply.set_fingerprint(partner.fingerprint);
  reply.set_claimed_sector(partner.keys.sector);
  reply.set_claimed_country(partner.keys.country);
  reply.set_claimed_address(partner.claimed_address);
  reply.set_to_review(partner.to_review);
  reply.set_quantum_safe(partner.quantum_safe);
  for (const std::string& circle : partner.circles) reply.add_circles(circle);
  for (const std::string& purpose : partner.purposes) reply.add_purposes(purpose);
  for (const std::string& basis : partner.legal_bases) reply.add_legal_bases(basis);
  return reply;
}

absl::StatusOr<v1::PartnerReply> Now(const partner::Directory& directory, const std::string& organisation) {
  const partner::PartnerPtr partner = directory.Find(organisation);
  if (partner == nullptr) return absl::NotFoundError(absl::StrCat("api: `", organisation, "` is no longer a partner"));
  return Describe(*partner);
}

absl::StatusOr<v1::InvitePartnerReply> InvitePartner(partner::Directory& directory, const policy::Principal& who,
                                                     uint64_t now_ms, const flow::Lines& lines,
                                                     const v1::InvitePartnerRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto invitation = directory.Invite(
      {.invitee = request.organisation(), .without_code = request.without_code(), .address = lines.address()},
      act->deed());
  if (!invitation.ok()) return invitation.status();
  v1::InvitePartnerReply reply;
  reply.set_invitation(invitation->text);
  reply.set_spoken_code(invitation->spoken_code);
  reply.set_fingerprint(invitation->fingerprint);
  reply.set_letter_fingerprint(invitation->letter_fingerprint);
  reply.set_expires(FormatTime(invitation->expires_ms));
  return reply;
}

namespace {

// Our reply to their invitation; the letter says where they are, and their code or our administrator vouches for it.
absl::Status AcceptTheirs(partner::Directory& directory, flow::Lines& lines, const v1::AcceptInvitationRequest& request,
                          const partner::Deed& deed, v1::AcceptInvitationReply& reply) {
  auto accepted = directory.Accept(request.invitation(), request.spoken_code(), lines.address(), deed);
  if (!accepted.ok()) return accepted.status();
  reply.set_organisation(accepted->organisation);
  reply.set_letter_fingerprint(accepted->letter_fingerprint);
  reply.set_reply(accepted->text);
  if (request.write_reply()) {
    reply.set_message("send them the reply; both sides now confirm the other's fingerprint");
    return absl::OkStatus();
  }
  const absl::Status introduced = lines.Introduce(accepted->organisation);
  reply.set_delivered(introduced.ok());
  reply.set_message(introduced.ok() ? "told the inviter; both sides now confirm the other's fingerprint"
                                    : absl::StrCat("could not reach the inviter, or it does not take this invitation (",
                                                   introduced.message(),
                                                   "): send it the reply, which the same command with "
                                                   "--reply FILE writes; `tidegate partner cancel ",
                                                   accepted->organisation, "` gives it up"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::AcceptInvitationReply> AcceptInvitation(partner::Directory& directory, const policy::Principal& who,
                                                           uint64_t now_ms, flow::Lines& lines,
                                                           const v1::AcceptInvitationRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  v1::AcceptInvitationReply reply;
  if (partner::Directory::IsReply(request.invitation())) {
    auto partner = directory.AcceptReply(request.invitation(), std::nullopt, act->deed());
    if (!partner.ok()) return partner.status();
    reply.set_organisation((*partner)->organisation);
    reply.set_delivered(true);
    reply.set_message("both sides now confirm the other's fingerprint");
  } else if (auto accepted = AcceptTheirs(directory, lines, request, act->deed(), reply); !accepted.ok()) {
    return accepted;
  }
  reply.set_fingerprint(directory.identity().keys().Fingerprint());
  if (const partner::PartnerPtr partner = directory.Find(reply.organisation()); partner != nullptr) {
    reply.set_claimed_sector(partner->keys.sector);
    reply.set_claimed_country(partner->keys.country);
  }
  return reply;
}

absl::StatusOr<v1::PartnerReply> ConfirmPartner(const partner::Directory& directory, const policy::Principal& who,
                                                uint64_t now_ms, flow::Lines& lines, flow::Governance& governance,
                                                const v1::ConfirmPartnerRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto facts = FactsOf(request);
  if (!facts.ok()) return facts.status();
  flow::Proposal proposed{.organisation = request.organisation(), .fingerprint = request.fingerprint()};
  proposed.facts = *std::move(facts);
  auto decided = Decide(governance, proposed, request, *act);
  if (!decided.ok()) return decided.status();
  // Tell them now; where they cannot be reached the followers tell them later.
  if (!request.dry_run() && !decided->pending) lines.Introduce(request.organisation()).IgnoreError();
  auto reply = Now(directory, request.organisation());
  if (!reply.ok()) return reply;
  Fill(decided->weighed, reply->mutable_would_go());
  reply->set_pending(decided->pending);
  return reply;
}

absl::StatusOr<v1::PartnerReply> SuspendPartner(partner::Directory& directory, const policy::Principal& who,
                                                uint64_t now_ms, flow::Governance& governance,
                                                const v1::SuspendPartnerRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  if (!request.resume()) {
    if (request.dry_run() || !request.plan().empty()) {
      return absl::InvalidArgumentError("api: a suspension lets nothing go; it takes neither a dry run nor a plan");
    }
    if (auto status = directory.SetSuspended(request.organisation(), true, act->deed()); !status.ok()) return status;
    return Now(directory, request.organisation());
  }
  const flow::Proposal proposed{.organisation = request.organisation(), .kind = flow::ProposalKind::kResume};
  auto decided = Decide(governance, proposed, request, *act);
  if (!decided.ok()) return decided.status();
  auto reply = Now(directory, request.organisation());
  if (!reply.ok()) return reply;
  Fill(decided->weighed, reply->mutable_would_go());
  reply->set_pending(decided->pending);
  return reply;
}

absl::StatusOr<v1::RemovePartnerReply> RemovePartner(const policy::Principal& who, uint64_t now_ms,
                                                     flow::Removals& removals,
                                                     const v1::RemovePartnerRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto removal = request.now() ? removals.RemoveNow(request.organisation(), *act)
                               : removals.TakeBackAndRemove(request.organisation(), *act, kPatienceMs);
  if (!removal.ok()) return removal.status();
  v1::RemovePartnerReply reply;
  reply.set_organisation(request.organisation());
  reply.set_removed(removal->removed);
  reply.set_held(static_cast<uint32_t>(removal->held));
  return reply;
}

absl::StatusOr<v1::PartnerReply> SetPartner(partner::Directory& directory, const policy::Principal& who,
                                            uint64_t now_ms, const v1::SetPartnerRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  if (!request.has_address()) return absl::InvalidArgumentError("api: say what to set: `--address HOST:PORT`");
  auto partner = directory.SetAddress(request.organisation(), request.address(), act->deed());
  if (!partner.ok()) return partner.status();
  return Describe(**partner);
}

absl::StatusOr<v1::CancelPairingReply> CancelPairing(partner::Directory& directory, const policy::Principal& who,
                                                     uint64_t now_ms, const v1::CancelPairingRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  v1::CancelPairingReply reply;
  if (request.invitations() == !request.organisation().empty()) {
    return absl::InvalidArgumentError("api: name the partner whose pairing is given up, or say `--invitations`");
  }
  if (!request.invitations()) {
    if (auto status = directory.Cancel(request.organisation(), act->deed()); !status.ok()) return status;
    return reply;
  }
  auto cancelled = directory.CancelInvitations(act->deed());
  if (!cancelled.ok()) return cancelled.status();
  reply.set_invitations(static_cast<uint32_t>(*cancelled));
  return reply;
}

v1::ListPartnersReply ListPartners(const partner::Directory& directory, uint64_t now_ms) {
  v1::ListPartnersReply reply;
  for (const partner::PartnerPtr& partner : directory.List()) *reply.add_partners() = Describe(*partner);
  for (const partner::OpenInvitation& open : directory.OpenInvitations(now_ms)) {
    v1::OpenInvitation* invitation = reply.add_invitations();
    invitation->set_organisation(open.invitee);
    invitation->set_created(FormatTime(open.created_ms));
    invitation->set_expires(FormatTime(open.expires_ms));
  }
  return reply;
}

}  // namespace tidegate::api
