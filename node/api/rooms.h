// What the API's calls look into. Private to the room.
#ifndef TIDEGATE_NODE_API_ROOMS_H_
#define TIDEGATE_NODE_API_ROOMS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::api {

using partner::Parties;
using partner::PartyOf;

struct Rooms {
  store::Store& store;
  ledger::Log& log;
  ledger::Register& disclosures;
  partner::Directory& directory;
  decision::Decisions& decisions;
  flow::PolicyGovernance& policies;
  std::function<uint64_t()> now_ms;

  // The names of organisations that policies, cases and records may use.
  std::vector<std::string> KnownNames() const { return partner::KnownOrganisations(directory, now_ms()); }
};

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_ROOMS_H_
