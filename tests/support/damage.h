// One row of a store that can no longer be read.
#ifndef TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
#define TIDEGATE_TESTS_SUPPORT_DAMAGE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

// The same for every value of a table whose key begins with `prefix`; there is one at least.
inline void DamageValues(const std::string& folder, environment::Dbi table, const std::string& prefix) {
  std::vector<std::string> keys;
  {
    const auto environment = environment::Environment::Open(folder, {});
    ASSERT_TRUE(environment.ok()) << environment.status();
    MDB_txn* txn = nullptr;
    ASSERT_EQ((*environment)->BeginWrite(nullptr, &txn), 0);
    MDB_cursor* cursor = nullptr;
    ASSERT_EQ(mdb_cursor_open(txn, (*environment)->dbi(table), &cursor), 0);
    MDB_val key = environment::Val(prefix), value;
    for (int found = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE); found == 0;
         found = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
      const std::string name(static_cast<const char*>(key.mv_data), key.mv_size);
      if (!name.starts_with(prefix)) break;
      keys.push_back(name);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
  }
  ASSERT_FALSE(keys.empty());
  for (const std::string& key : keys) DamageValue(folder, table, key);
}
// Every value of a named table, whatever its scope and item.
inline void DamageNamed(const std::string& folder, uint8_t table) {
  DamageValues(folder, environment::Dbi::kNamed, std::string(1, static_cast<char>(table)));
}

inline void DamageArrival(const std::string& folder, uint64_t seq) {
  DamageValue(folder, environment::Dbi::kArrivals, crypto::ByteWriter(8).U64(seq).Take());
}
inline void DamageOrdered(const std::string& folder, uint8_t table, const std::string& key) {
  DamageValue(folder, environment::Dbi::kOrdered, std::string(1, static_cast<char>(table)) + key);
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_DAMAGE_H_
