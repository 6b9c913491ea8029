// The part of a Put that Prepare does before the transaction. Private to the room.
#ifndef TIDEGATE_NODE_STORE_PREPARED_H_
#define TIDEGATE_NODE_STORE_PREPARED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "node/store/describe.h"
#include "node/store/store.h"
#include "node/store/transaction.h"

namespace tidegate::store {

struct PreparedPut::Fields {
  record::Statement statement;
  crypto::Hash leaf{};
  Term leaf_term{};
  Term record_term{};
  std::string view;   // record::EncodeHeld
  std::string local;  // record::EncodeLocalFacts
  std::string origin;
  std::string giver;
  uint64_t log_index = 0;
  uint64_t proof_id = 0;
  uint64_t arrived_ms = 0;
  std::optional<uint64_t> expiry_ms;
  record::Openings openings;
  Description description;  // empty for a recall
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_PREPARED_H_
