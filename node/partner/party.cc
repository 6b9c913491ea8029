// A partner as policies see it.
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

}  // namespace tidegate::partner
