// lines: the state of the connections to partners; brings a reply or confirmation to one at once.
#ifndef TIDEGATE_NODE_FLOW_LINES_H_
#define TIDEGATE_NODE_FLOW_LINES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "node/exchange/exchange.h"
#include "node/flow/receive.h"

namespace tidegate::flow {

// One partner, as `status` shows it.
struct Line {
  std::string organisation;
  std::string state;            // partner::Partner::state()
  bool following = false;       // our stream from them is open and caught up or running
  bool followed = false;        // they are reading our feed now
  uint64_t received = 0;        // records stored from them since start
  std::string last_error;       // the layer and what to do; never contents
  uint64_t error_since_ms = 0;  // since when there has been one without a break; 0: none, or it is not a matter of time
  bool caught_up = false;       // they told us that there is nothing newer
  uint64_t last_contact_ms = 0;
  bool quantum_safe = false;
  // What our administrator says the partner is, and what the partner claims of itself. No policy reads a claim.
  std::string sector, country, claimed_sector, claimed_country;
  std::vector<std::string> purposes, legal_bases;
  std::string address;  // where we dial them
  // How much of its limits the partner has used.
  uint64_t held_records = 0, received_bytes = 0;
};

// Thread-safe once connected.
class Lines {
 public:
  // Both outlive this.
  Lines(partner::Directory& directory, const Receiving& receive) : directory_(directory), receive_(receive) {}

  // Says which server and which followers to ask, and how to dial. Call it before anybody asks.
  void Connect(exchange::FollowerOptions dialling, const exchange::Server& server, exchange::Followers& followers);

  // Brings our reply and confirmation to a partner. Unavailable if the partner cannot be reached.
  absl::Status Introduce(const std::string& organisation);
  // Where partners dial us; empty if they cannot.
  const std::string& address() const { return dialling_.address; }
  // By organisation; none before Connect.
  std::vector<Line> List() const;

 private:
  partner::Directory& directory_;
  const Receiving& receive_;
  exchange::FollowerOptions dialling_;
  const exchange::Server* server_ = nullptr;
  exchange::Followers* followers_ = nullptr;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_LINES_H_
