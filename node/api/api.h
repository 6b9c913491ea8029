// api: the organisation's own API as calls, whichever edge they come by.
//   Takes    messages of operator.proto
//   Gives    records, partners, policies and register as operator.proto says
//   May call store, ledger, partner, decision, policy, record; what writes records goes through Actions
//   Must     show no record without an Access, no partner's view without a Disclosure
//   Never    know a socket or HTTP
//   Threads  any
//   Spec     proto/tidegate/v1/operator.proto
#ifndef TIDEGATE_NODE_API_API_H_
#define TIDEGATE_NODE_API_API_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "node/decision/decision.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// The rooms that requests and flows work on. All outlive whoever is given this.
struct Rooms {
  store::Store& store;
  const vault::Vault& vault;
  ledger::Log& log;
  ledger::Register& disclosures;
  partner::Directory& directory;
  decision::Decisions& decisions;
  std::function<uint64_t()> now_ms;
};

// What policy may know of a partner.
policy::Party PartyOf(const partner::Partner& partner);
// Every partner's facts, by organisation: what plans are made for.
std::vector<policy::Party> Parties(const partner::Directory& directory);

// What changes records or reaches partners; composed of more rooms than this one may see. Thread-safe.
class Actions {
 public:
  virtual ~Actions() = default;
  // `progress` may be called often; it returns false where the asker has gone.
  virtual absl::Status Import(const v1::ImportRequest& request,
                              const std::function<bool(const v1::ImportProgress&)>& progress) = 0;
  virtual absl::StatusOr<v1::AuthoredReply> Add(const v1::AddRecordRequest& request) = 0;
  virtual absl::StatusOr<v1::AuthoredReply> Amend(const v1::AmendRecordRequest& request) = 0;
  virtual absl::StatusOr<v1::AuthoredReply> Link(const v1::LinkRecordsRequest& request) = 0;
  virtual absl::StatusOr<v1::AuthoredReply> Sight(const v1::SightRecordRequest& request) = 0;
  virtual absl::StatusOr<v1::RecallRecordReply> Recall(const v1::RecallRecordRequest& request) = 0;
  // Brings our reply and confirmation to a partner; Unavailable where they cannot be reached.
  virtual absl::Status Introduce(const std::string& organisation) = 0;
  // The address partners dial, and how each line is.
  virtual std::string Address() const = 0;
  virtual std::vector<v1::PartnerStatus> Lines() const = 0;
};

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_API_H_
