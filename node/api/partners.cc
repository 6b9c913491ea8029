#include "node/api/partners.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostPurposes = 64;

absl::Status RecordChange(const Rooms& rooms, std::string_view organisation, std::string change) {
  ledger::PartnerChange entry;
  entry.at_ms = rooms.now_ms();
  entry.partner = std::string(organisation);
  entry.change = std::move(change);
  return rooms.store.Write(
      [&](store::WriteTransaction& transaction) { return rooms.disclosures.Append(transaction, entry).status(); });
}

std::string Listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

v1::PartnerReply Describe(const partner::Partner& partner) {
  v1::PartnerReply reply;
  reply.set_organisation(partner.organisation);
  reply.set_node(partner.names.node);
  reply.set_sector(partner.sector);
  reply.set_country(partner.country);
  reply.set_address(partner.address);
  reply.set_state(std::string(partner.state()));
  reply.set_fingerprint(partner.fingerprint);
  reply.set_quantum_safe(partner.quantum_safe);
  for (const std::string& circle : partner.circles) reply.add_circles(circle);
  for (const std::string& purpose : partner.purposes) reply.add_purposes(purpose);
  for (const std::string& basis : partner.legal_bases) reply.add_legal_bases(basis);
  return reply;
}

v1::CircleReply Describe(const partner::Circle& circle) {
  v1::CircleReply reply;
  reply.set_circle(circle.name);
  for (const std::string& organisation : circle.organisations) reply.add_organisations(organisation);
  return reply;
}

void TellDecisions(const Rooms& rooms) {
  std::vector<std::string> names;
  for (const partner::Circle& circle : rooms.directory.Circles()) names.push_back(circle.name);
  rooms.decisions.SetCircles(std::move(names));
}

}  // namespace

policy::Party PartyOf(const partner::Partner& partner) {
  policy::Party party;
  party.organisation = partner.organisation;
  party.sector = partner.sector;
  party.country = partner.country;
  party.circles = partner.circles;
  party.purposes = partner.purposes;
  party.legal_bases = partner.legal_bases;
  party.confirmed = partner.confirmed_by_us && partner.confirmed_by_them;
  return party;
}

std::vector<policy::Party> Parties(const partner::Directory& directory) {
  std::vector<policy::Party> parties;
  for (const partner::PartnerPtr& partner : directory.List()) parties.push_back(PartyOf(*partner));
  return parties;
}

absl::StatusOr<v1::InvitePartnerReply> InvitePartner(const Rooms& rooms, const Actions& actions,
                                                     const v1::InvitePartnerRequest& request) {
  auto invitation = rooms.directory.Invite(request.without_code(), actions.Address(), rooms.now_ms());
  if (!invitation.ok()) return invitation.status();
  if (auto status = RecordChange(rooms, "", "invitation made"); !status.ok()) return status;
  v1::InvitePartnerReply reply;
  reply.set_invitation(invitation->text);
  reply.set_spoken_code(invitation->spoken_code);
  reply.set_fingerprint(invitation->fingerprint);
  return reply;
}

absl::StatusOr<v1::AcceptInvitationReply> AcceptInvitation(const Rooms& rooms, Actions& actions,
                                                           const v1::AcceptInvitationRequest& request) {
  v1::AcceptInvitationReply reply;
  if (partner::Directory::IsReply(request.invitation())) {
    auto partner = rooms.directory.AcceptReply(request.invitation(), std::nullopt, rooms.now_ms());
    if (!partner.ok()) return partner.status();
    reply.set_organisation((*partner)->organisation);
    reply.set_fingerprint((*partner)->fingerprint);
    reply.set_delivered(true);
    reply.set_message("compare the fingerprint by telephone, then: tidegate partner confirm");
  } else {
    auto accepted =
        rooms.directory.Accept(request.invitation(), request.spoken_code(), actions.Address(), rooms.now_ms());
    if (!accepted.ok()) return accepted.status();
    reply.set_organisation(accepted->organisation);
    reply.set_fingerprint(accepted->fingerprint);
    reply.set_reply(accepted->text);
    if (!request.write_reply()) {
      const absl::Status introduced = actions.Introduce(accepted->organisation);
      reply.set_delivered(introduced.ok());
      reply.set_message(introduced.ok()
                            ? "told the inviter; both sides now confirm the other's fingerprint"
                            : absl::StrCat("could not reach the inviter (", introduced.message(),
                                           "): give them the reply with --reply FILE, or keep this node serving"));
    }
  }
  if (auto status = RecordChange(rooms, reply.organisation(), "accepted"); !status.ok()) return status;
  return reply;
}

absl::StatusOr<v1::PartnerReply> ConfirmPartner(const Rooms& rooms, Actions& actions,
                                                const v1::ConfirmPartnerRequest& request) {
  if (request.purposes_size() > static_cast<int>(kMostPurposes) ||
      request.legal_bases_size() > static_cast<int>(kMostPurposes)) {
    return absl::InvalidArgumentError("api: too many purposes or legal bases");
  }
  // A basis that no record can state would be agreed in vain.
  for (const std::string& basis : request.legal_bases()) {
    const record::CodeList* known = record::Catalogue::FindCodeList("legal-basis");
    if (known == nullptr || record::Catalogue::FindCode(*known, basis) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("api: `", basis, "` is no legal basis of the catalogue"));
    }
  }
  if (request.no_legal_bases() && request.legal_bases_size() > 0) {
    return absl::InvalidArgumentError("api: name the legal bases that are agreed, or none, not both");
  }
  std::optional<std::vector<std::string>> bases;
  if (request.no_legal_bases() || request.legal_bases_size() > 0) {
    bases.emplace(request.legal_bases().begin(), request.legal_bases().end());
  }
  auto partner = rooms.directory.Confirm(request.organisation(), request.fingerprint(),
                                         {request.purposes().begin(), request.purposes().end()}, std::move(bases));
  if (!partner.ok()) return partner.status();
  // What was agreed with them now stands in the register, not only that something was.
  const std::string change = absl::StrCat("confirmed by us; agreed purposes: ", Listed((*partner)->purposes),
                                          "; agreed legal bases: ", Listed((*partner)->legal_bases));
  if (auto status = RecordChange(rooms, request.organisation(), change); !status.ok()) return status;
  // Tell them now; where they cannot be reached the followers tell them later.
  actions.Introduce(request.organisation()).IgnoreError();
  rooms.store.Nudge();
  const partner::PartnerPtr now = rooms.directory.Find(request.organisation());
  return Describe(now == nullptr ? **partner : *now);
}

v1::ListPartnersReply ListPartners(const Rooms& rooms) {
  v1::ListPartnersReply reply;
  for (const partner::PartnerPtr& partner : rooms.directory.List()) *reply.add_partners() = Describe(*partner);
  return reply;
}

absl::StatusOr<v1::CircleReply> CreateCircle(const Rooms& rooms, const v1::CreateCircleRequest& request) {
  auto circle = rooms.directory.CreateCircle(request.circle());
  if (!circle.ok()) return circle.status();
  TellDecisions(rooms);
  if (auto status = RecordChange(rooms, "", absl::StrCat("circle ", request.circle(), " made")); !status.ok()) {
    return status;
  }
  return Describe(*circle);
}

absl::StatusOr<v1::CircleReply> AddToCircle(const Rooms& rooms, const v1::AddToCircleRequest& request) {
  auto circle = rooms.directory.AddToCircle(request.circle(), request.organisation());
  if (!circle.ok()) return circle.status();
  auto status = RecordChange(rooms, request.organisation(), absl::StrCat("put into circle ", request.circle()));
  if (!status.ok()) return status;
  rooms.store.Nudge();
  return Describe(*circle);
}

v1::ListCirclesReply ListCircles(const Rooms& rooms) {
  v1::ListCirclesReply reply;
  for (const partner::Circle& circle : rooms.directory.Circles()) *reply.add_circles() = Describe(circle);
  return reply;
}

}  // namespace tidegate::api
