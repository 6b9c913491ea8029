// One row of a store that can no longer be read.
#ifndef TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
#define TIDEGATE_TESTS_SUPPORT_DAMAGE_H_

#include <gtest/gtest.h>

#include <string>

#include "crypto/bytes.h"
#include "node/store/environment/environment.h"

namespace tidegate::support {

// Writes something else over one value. The store of `folder` is closed.
inline void DamageValue(const std::string& folder, environment::Dbi table, const std::string& key) {
  const auto environment = environment::Environment::Open(folder, {});
  ASSERT_TRUE(environment.ok()) << environment.status();
  MDB_txn* txn = nullptr;
  ASSERT_EQ((*environment)->BeginWrite(nullptr, &txn), 0);
  MDB_val name = environment::Val(key), value = environment::Val("damaged");
  ASSERT_EQ(mdb_put(txn, (*environment)->dbi(table), &name, &value, 0), 0);
  ASSERT_EQ(mdb_txn_commit(txn), 0);
}

inline void DamageArrival(const std::string& folder, uint64_t seq) {
  DamageValue(folder, environment::Dbi::kArrivals, crypto::ByteWriter(8).U64(seq).Take());
}
inline void DamageOrdered(const std::string& folder, uint8_t table, const std::string& key) {
  DamageValue(folder, environment::Dbi::kOrdered, std::string(1, static_cast<char>(table)) + key);
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
