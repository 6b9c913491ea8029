// Overwrites the value of one arrival in the store of a node that does not run: `damage_row NODE/store ARRIVAL`. It
// does what a failing disk does, at a place that a test has chosen.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "node/store/environment/environment.h"
#include "node/store/rows.h"

int main(int argc, char** argv) {
  namespace lmdb = tidegate::environment;
  namespace store = tidegate::store;
  if (argc != 3) return 2;
  auto opened = lmdb::Environment::Open(argv[1], {});
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", std::string(opened.status().message()).c_str());
    return 1;
  }
  const std::string key = store::Key64(std::strtoull(argv[2], nullptr, 10));
  MDB_val name = lmdb::Val(key), value;
  MDB_txn* txn = nullptr;
  if ((*opened)->BeginWrite(nullptr, &txn) != 0) return 1;
  const MDB_dbi arrivals = (*opened)->dbi(lmdb::Dbi::kArrivals);
  if (mdb_get(txn, arrivals, &name, &value) != 0) return 1;
  const std::string damaged(value.mv_size, 'x');
  value = lmdb::Val(damaged);
  if (mdb_put(txn, arrivals, &name, &value, 0) != 0) return 1;
  return mdb_txn_commit(txn) == 0 ? 0 : 1;
}
