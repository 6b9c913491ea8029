// The parts of an open store. Private to the room.
#ifndef TIDEGATE_NODE_STORE_STATE_H_
#define TIDEGATE_NODE_STORE_STATE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "node/store/reserve.h"
#include "node/store/store.h"
#include "node/store/transaction.h"
#include "node/store/writer.h"

namespace tidegate::store {

class Store::State {
 public:
  State(std::shared_ptr<Shared> shared_in, std::unique_ptr<Reserve> reserve_in, const Options& options, uint64_t last)
      : shared(std::move(shared_in)), reserve(std::move(reserve_in)), writer(shared, *reserve, options, last) {}
  const std::shared_ptr<Shared> shared;
  const std::unique_ptr<Reserve> reserve;
  Writer writer;
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_STATE_H_
