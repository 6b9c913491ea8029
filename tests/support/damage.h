// One row of a store that can no longer be read.
#ifndef TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
#define TIDEGATE_TESTS_SUPPORT_DAMAGE_H_

#include <gtest/gtest.h>

#include <string>

#include "crypto/bytes.h"
#include "node/store/environment/environment.h"

namespace tidegate::support {

// Writes something else over an arrival. The store of `folder` is closed.
inline void DamageArrival(const std::string& folder, uint64_t seq) {
  const auto environment = environment::Environment::Open(folder, {});
  ASSERT_TRUE(environment.ok()) << environment.status();
  MDB_txn* txn = nullptr;
  ASSERT_EQ((*environment)->BeginWrite(nullptr, &txn), 0);
  const std::string key = crypto::ByteWriter(8).U64(seq).Take();
  MDB_val name = environment::Val(key), value = environment::Val("damaged");
  ASSERT_EQ(mdb_put(txn, (*environment)->dbi(environment::Dbi::kArrivals), &name, &value, 0), 0);
  ASSERT_EQ(mdb_txn_commit(txn), 0);
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
