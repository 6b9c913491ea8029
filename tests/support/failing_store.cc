#include "tests/support/failing_store.h"

#include <lmdb.h>

#include <atomic>
#include <cerrno>

namespace tidegate::support {
namespace {

std::atomic<uint64_t> calls = 0, fails_at = 0;  // fails_at: 0 for never
std::atomic<bool> for_good = false, has_failed = false;

bool Fails() {
  const uint64_t at = fails_at.load();
  if (at == 0) return false;
  const uint64_t call = calls.fetch_add(1) + 1;
  const bool fails = call == at || (call > at && for_good.load());
  if (fails) has_failed = true;
  return fails;
}

}  // namespace

void FailingStore::FailAt(uint64_t call, bool from_then_on) {
  calls = 0;
  has_failed = false;
  for_good = from_then_on;
  fails_at = call;
}

void FailingStore::Mend() { fails_at = 0; }

bool FailingStore::failed() { return has_failed; }

}  // namespace tidegate::support

// The linker's names for LMDB's own functions and for what is called instead.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_mdb_txn_begin(MDB_env* env, MDB_txn* parent, unsigned flags, MDB_txn** txn);
int __real_mdb_txn_renew(MDB_txn* txn);
int __real_mdb_get(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data);
int __real_mdb_put(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data, unsigned flags);
int __real_mdb_del(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data);
int __real_mdb_cursor_open(MDB_txn* txn, MDB_dbi dbi, MDB_cursor** cursor);
int __real_mdb_cursor_get(MDB_cursor* cursor, MDB_val* key, MDB_val* data, MDB_cursor_op op);
int __real_mdb_cursor_del(MDB_cursor* cursor, unsigned flags);
int __real_mdb_txn_commit(MDB_txn* txn);

int __wrap_mdb_txn_begin(MDB_env* env, MDB_txn* parent, unsigned flags, MDB_txn** txn) {
  return tidegate::support::Fails() ? ENOMEM : __real_mdb_txn_begin(env, parent, flags, txn);
}
int __wrap_mdb_txn_renew(MDB_txn* txn) { return tidegate::support::Fails() ? ENOMEM : __real_mdb_txn_renew(txn); }
int __wrap_mdb_get(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data) {
  return tidegate::support::Fails() ? ENOMEM : __real_mdb_get(txn, dbi, key, data);
}
int __wrap_mdb_put(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data, unsigned flags) {
  return tidegate::support::Fails() ? ENOSPC : __real_mdb_put(txn, dbi, key, data, flags);
}
int __wrap_mdb_del(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* data) {
  return tidegate::support::Fails() ? ENOSPC : __real_mdb_del(txn, dbi, key, data);
}
int __wrap_mdb_cursor_open(MDB_txn* txn, MDB_dbi dbi, MDB_cursor** cursor) {
  return tidegate::support::Fails() ? ENOMEM : __real_mdb_cursor_open(txn, dbi, cursor);
}
int __wrap_mdb_cursor_get(MDB_cursor* cursor, MDB_val* key, MDB_val* data, MDB_cursor_op op) {
  return tidegate::support::Fails() ? ENOMEM : __real_mdb_cursor_get(cursor, key, data, op);
}
int __wrap_mdb_cursor_del(MDB_cursor* cursor, unsigned flags) {
  return tidegate::support::Fails() ? ENOSPC : __real_mdb_cursor_del(cursor, flags);
}
// As LMDB does where the disk is full or fails before the head is written: the transaction is gone and nothing of it is
// stored.
int __wrap_mdb_txn_commit(MDB_txn* txn) {
  if (!tidegate::support::Fails()) return __real_mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return EIO;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
