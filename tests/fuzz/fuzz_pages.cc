// A store's file: what the walk over its pages takes, LMDB must be able to read and write without a crash.
#include <lmdb.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "node/store/pages/pages.h"

namespace {

// A small environment with branches, a long value and freed pages, made once. Inputs say where it is altered.
const std::string& Sound() {
  static const std::string bytes = [] {
    std::string folder = "/tmp/fuzz-pages-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) abort();
    MDB_env* env = nullptr;
    mdb_env_create(&env);
    mdb_env_set_maxdbs(env, 4);
    mdb_env_set_mapsize(env, 1 << 22);
    if (mdb_env_open(env, folder.c_str(), MDB_NOSYNC, 0600) != 0) abort();
    for (int round = 0; round < 4; ++round) {
      MDB_txn* txn = nullptr;
      MDB_dbi dbi = 0;
      mdb_txn_begin(env, nullptr, 0, &txn);
      mdb_dbi_open(txn, "arrivals", MDB_CREATE, &dbi);
      for (int i = 0; i < 60; ++i) {
        std::string key = "key " + std::to_string(i * (round + 1));
        std::string value(i == 7 ? 9000 : 300, static_cast<char>('a' + round));
        MDB_val k{key.size(), key.data()}, v{value.size(), value.data()};
        mdb_put(txn, dbi, &k, &v, 0);
        if (i % 3 == round) mdb_del(txn, dbi, &k, nullptr);
      }
      mdb_txn_commit(txn);
    }
    mdb_env_close(env);
    std::ifstream file(folder + "/data.mdb", std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    unlink((folder + "/data.mdb").c_str());
    unlink((folder + "/lock.mdb").c_str());
    rmdir(folder.c_str());
    return all;
  }();
  return bytes;
}

void Use(const std::string& bytes) {
  static const std::string path = "/tmp/fuzz-pages-" + std::to_string(getpid()) + ".mdb";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  MDB_env* env = nullptr;
  mdb_env_create(&env);
  mdb_env_set_maxdbs(env, 4);
  mdb_env_set_mapsize(env, 1 << 23);
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  if (mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600) == 0 &&
      mdb_txn_begin(env, nullptr, 0, &txn) == 0) {
    if (mdb_dbi_open(txn, "arrivals", 0, &dbi) == 0) {
      MDB_cursor* cursor = nullptr;
      MDB_val key, value;
      size_t sum = 0;
      mdb_cursor_open(txn, dbi, &cursor);
      for (int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;) {
        for (size_t i = 0; i < value.mv_size; ++i) sum += static_cast<unsigned char*>(value.mv_data)[i];
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
      }
      mdb_cursor_close(cursor);
      for (int i = 0; i < 40; ++i) {
        std::string name = "key " + std::to_string(i), data(200 + sum % 7, 'z');
        MDB_val k{name.size(), name.data()}, v{data.size(), data.data()};
        if (mdb_put(txn, dbi, &k, &v, 0) != 0 || (i % 5 == 0 && mdb_del(txn, dbi, &k, nullptr) != 0)) break;
      }
    }
    if (mdb_txn_commit(txn) != 0) txn = nullptr;
  }
  mdb_env_close(env);
  unlink(path.c_str());
}

}  // namespace

// Four bytes each: u24 where, u8 what.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes = Sound();
  for (; size >= 4; data += 4, size -= 4) {
    const size_t at = (data[0] | static_cast<size_t>(data[1]) << 8 | static_cast<size_t>(data[2]) << 16) % bytes.size();
    bytes[at] = static_cast<char>(data[3]);
  }
  if (size == 1) bytes.resize(bytes.size() * data[0] / 256);
  tidegate::pages::File file(bytes);
  if (!file.ReadHeads() && !file.Walk(file.newest())) Use(bytes);
  return 0;
}
