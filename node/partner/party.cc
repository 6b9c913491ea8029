// A partner as policies see it.
#include <algorithm>

#include "node/partner/partner.h"

namespace tidegate::partner {

label::Party PartyOf(const Partner& partner) {
  label::Party party;
  party.organisation = partner.organisation;
  party.sector = partner.sector;
  party.country = partner.country;
  party.circles = partner.circles;
  party.purposes = partner.purposes;
  party.legal_bases = partner.legal_bases;
  party.confirmed = partner.confirmed_by_us && partner.confirmed_by_them && !partner.leaving;
  return party;
}

std::vector<label::Party> Parties(const Directory& directory) {
  std::vector<label::Party> parties;
  for (const PartnerPtr& partner : directory.List()) parties.push_back(PartyOf(*partner));
  return parties;
}

std::vector<std::string> KnownOrganisations(const Directory& directory, uint64_t now_ms) {
  std::vector<std::string> names{directory.identity().names().organisation};
  for (const PartnerPtr& partner : directory.List()) names.push_back(partner->organisation);
  for (const OpenInvitation& invitation : directory.OpenInvitations(now_ms)) {
    if (!invitation.invitee.empty()) names.push_back(invitation.invitee);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace tidegate::partner
