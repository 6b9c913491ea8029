// act: who of our own people decides something, authenticated by an edge, and why.
#ifndef TIDEGATE_NODE_FLOW_ACT_H_
#define TIDEGATE_NODE_FLOW_ACT_H_

#include <cstdint>
#include <string>
#include <utility>

#include "node/partner/partner.h"
#include "policy/policy.h"

namespace tidegate::flow {

// Made from a Principal and from nothing else, so nobody decides in a name that no edge has vouched for.
class Act {
 public:
  Act(const policy::Principal& who, std::string reason, uint64_t at_ms)
      : deed_{who.user(), std::move(reason), at_ms}, named_(who.named()) {}

  // As the register keeps it.
  const partner::Deed& deed() const { return deed_; }
  // Whether it is somebody in particular, and not whoever owns the socket.
  bool named() const { return named_; }

 private:
  partner::Deed deed_;
  bool named_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ACT_H_
