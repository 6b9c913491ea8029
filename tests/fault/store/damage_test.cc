// Damage of every kind, one at a time, each found by verify and named by its table: changed bytes of values and keys,
// missing entries, swapped values, entries nobody wrote, and parts of an older file put back.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "node/store/environment/environment.h"
#include "tests/unit/store/sample_node.h"

namespace tidegate::store {
namespace {

using environment::Bytes;
using environment::Dbi;
using environment::DbiName;
using environment::Environment;
using environment::Val;

namespace fs = std::filesystem;

using Entry = std::pair<std::string, std::string>;

// The names that a fault in a table may have. Ordered values are named by what they are.
std::set<std::string> NamesOf(const std::string& table, const std::string& key) {
  if (table != "ordered") return {table};
  switch (key.front()) {
    case 1:
      return {"ordered", "author log", "arrivals"};
    case 2:
      return {"ordered", "register log", "register"};
    case 3:
      return {"ordered", "register"};
    case 4:
      return {"ordered", "disclosures"};
    case 5:
      return {"ordered", "parcels"};
    default:
      return {"ordered"};
  }
}

class DamageTest : public testing::Test {
 protected:
  DamageTest() {
    Build();
    fs::copy(folder_.path() + "/data", sound_);
  }

  void Build() {
    SampleNode node(folder_.path());
    const auto first = MakePerson({.name = "One Person", .alias = "Uno"}), other = MakePerson({.name = "Other Person"});
    const auto amended = MakePerson({.name = "One Renamed", .before = &first});
    const auto recalled = MakeRecall(other);
    std::vector<record::VerifiedView> more;
    more.reserve(30);
    for (int i = 0; i < 30; ++i) more.push_back(MakePerson({.name = "Common Name", .alias = "A" + std::to_string(i)}));
    std::vector<const record::VerifiedView*> batch;
    batch.reserve(more.size());
    for (const auto& view : more) batch.push_back(&view);
    ASSERT_TRUE(node.Author({&first, &other}).ok());
    ASSERT_TRUE(node.Author({&amended}).ok());
    ASSERT_TRUE(node.Author({&recalled}).ok());
    ASSERT_TRUE(node.Author(batch).ok());
    const auto theirs = MakePerson({.name = "Their Person", .author = kTheirKey});
    const auto also = MakePerson({.name = "Also Theirs", .author = kTheirKey});
    const uint64_t at = bank_.Append(theirs.leaf()), at_also = bank_.Append(also.leaf());
    ASSERT_TRUE(node.Receive(bank_, "bank", {{&theirs, at}}).ok());
    ASSERT_TRUE(node.Receive(bank_, "bank", {{&also, at_also}}).ok());
    ASSERT_TRUE(node.Disclose("police", 1, {&first, &amended}).ok());
    ASSERT_TRUE(node.Disclose("police", 2, {&theirs}).ok());
    ASSERT_TRUE(node.log().Checkpoint().ok());
    ASSERT_TRUE(node.registry().log().Checkpoint().ok());
    ASSERT_TRUE(node.store()
                    .Write([](WriteTransaction& t) {
                      absl::Status status = t.PutNamed(Named::kPartner, "scope", "item", "value");
                      if (status.ok()) status = t.PutNamed(Named::kPartner, "scope", "item2", "value2");
                      return status.ok() ? t.PutOrdered(Ordered::kDue, "due", "value") : status;
                    })
                    .ok());
    ASSERT_TRUE(node.Disclose("police", 3, {&first}, true).ok());  // also stores the signed heads
    options_ = node.VerifyOptions({&bank_});
  }

  void Restore() {
    fs::remove_all(folder_.path() + "/data");
    fs::copy(sound_, folder_.path() + "/data");
  }

  std::vector<Entry> Entries(const std::string& table) {
    std::vector<Entry> entries;
    Change([&](MDB_txn* txn, const std::map<std::string, MDB_dbi>& tables) {
      MDB_cursor* cursor = nullptr;
      ASSERT_EQ(mdb_cursor_open(txn, tables.at(table), &cursor), 0);
      MDB_val key, value;
      while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) entries.emplace_back(Bytes(key), Bytes(value));
      mdb_cursor_close(cursor);
    });
    return entries;
  }

  // A count that went up and down again was sealed again and has the same value.
  bool SaysTheSame(const std::string& table, const std::string& key, const std::string& a, const std::string& b) {
    auto vault = OpenVault(folder_.path());
    auto plain_a = vault->Open(table, key, a), plain_b = vault->Open(table, key, b);
    return plain_a.ok() && plain_b.ok() && *plain_a == *plain_b;
  }

  void Change(const std::function<void(MDB_txn*, const std::map<std::string, MDB_dbi>&)>& change) {
    auto environment = Environment::Open(folder_.path() + "/data", {});
    ASSERT_TRUE(environment.ok()) << environment.status();
    std::map<std::string, MDB_dbi> tables;
    for (size_t i = 0; i < environment::kDbiCount; ++i) {
      tables[std::string(DbiName(static_cast<Dbi>(i)))] = (*environment)->dbi(static_cast<Dbi>(i));
    }
    MDB_txn* txn = nullptr;
    ASSERT_EQ((*environment)->BeginWrite(nullptr, &txn), 0);
    change(txn, tables);
    ASSERT_EQ(mdb_txn_commit(txn), 0);
  }
  void PutEntry(const std::string& table, const std::string& key, const std::string& value) {
    Change([&](MDB_txn* txn, const auto& tables) {
      MDB_val k = Val(key), v = Val(value);
      ASSERT_EQ(mdb_put(txn, tables.at(table), &k, &v, 0), 0);
    });
  }
  void DropEntry(const std::string& table, const std::string& key) {
    Change([&](MDB_txn* txn, const auto& tables) {
      MDB_val k = Val(key);
      ASSERT_EQ(mdb_del(txn, tables.at(table), &k, nullptr), 0);
    });
  }

  // Verifies, expects one of the names among the faults, and puts everything back.
  void Expect(const std::string& what, const std::set<std::string>& names) {
    auto vault = OpenVault(folder_.path());
    auto report = verify::Verify(folder_.path() + "/data", *vault, options_);
    ASSERT_TRUE(report.ok()) << what << ": " << report.status();
    ++tried_;
    const bool named = std::any_of(report->faults.begin(), report->faults.end(),
                                   [&](const verify::Fault& fault) { return names.count(fault.table) > 0; });
    EXPECT_TRUE(named) << what << ": " << FaultsOf(*report);
    Restore();
  }

  TemporaryFolder folder_;
  const std::string sound_ = folder_.path() + "/sound";
  PartnerLog bank_{"bank"};
  verify::Options options_;
  int tried_ = 0;
};

TEST_F(DamageTest, TheSampleItselfIsSound) {
  auto vault = OpenVault(folder_.path());
  auto report = verify::Verify(folder_.path() + "/data", *vault, options_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->clean()) << FaultsOf(*report);
}

TEST_F(DamageTest, EveryKindOfDamageIsFoundAndNamed) {
  const char* kTables[] = {"meta", "arrivals", "postings", "labels", "counts", "proofs", "named", "ordered"};
  for (const std::string table : kTables) {
    const std::vector<Entry> entries = Entries(table);
    ASSERT_FALSE(entries.empty()) << table;
    // The first, the middle and the last entry; of ordered values one of each of the rooms' tables.
    std::vector<Entry> chosen = {entries.front(), entries[entries.size() / 2], entries.back()};
    if (table == "ordered") {
      std::map<char, Entry> one_each;
      for (const Entry& entry : entries) one_each.try_emplace(entry.first.front(), entry);
      chosen.clear();
      for (const auto& [number, entry] : one_each) chosen.push_back(entry);
    }
    if (table == "postings") {
      for (const Entry& entry : entries) {
        if (!entry.second.empty()) chosen.push_back(entry);
      }
      chosen.resize(std::min<size_t>(chosen.size(), 5));
    }
    for (const auto& [key, value] : chosen) {
      const std::string where = table + " " + std::to_string(tried_);
      const std::set<std::string> names = NamesOf(table, key);
      if (!value.empty()) {
        for (size_t at : {size_t{0}, value.size() / 2, value.size() - 1}) {
          std::string changed = value;
          changed[at] = static_cast<char>(changed[at] ^ 0x10);
          PutEntry(table, key, changed);
          Expect(where + ": changed byte " + std::to_string(at), names);
        }
      }
      DropEntry(table, key);
      Expect(where + ": missing entry", names);
      std::string other = key;
      other.back() = static_cast<char>(other.back() ^ 0x40);
      DropEntry(table, key);
      PutEntry(table, other, value);
      Expect(where + ": changed key", names);
      PutEntry(table, other, value);
      Expect(where + ": second entry", names);
    }
    if (entries.size() > 1 && entries.front().second != entries[1].second) {
      PutEntry(table, entries[0].first, entries[1].second);
      PutEntry(table, entries[1].first, entries[0].second);
      Expect(table + ": swapped values", NamesOf(table, entries[0].first));
    }
  }
  std::printf("%d faults tried\n", tried_);
  EXPECT_GE(tried_, 40);
}

// An entry as it was before, under its own key, opens: only what must agree with it can tell.
TEST_F(DamageTest, PartsOfAnOlderFileAreFound) {
  std::map<std::string, std::vector<Entry>> old;
  for (const char* table : {"meta", "arrivals", "postings", "counts", "ordered"}) old[table] = Entries(table);
  {
    SampleNode node(folder_.path());
    const auto later = MakePerson({.name = "Common Name", .alias = "Later"});
    ASSERT_TRUE(node.Author({&later}).ok());
    ASSERT_TRUE(node.store().Write([&](WriteTransaction& t) { return t.Erase(7, 9).status(); }).ok());
    ASSERT_TRUE(node.Disclose("police", 4, {&later}).ok());
  }
  fs::remove_all(sound_);
  fs::copy(folder_.path() + "/data", sound_);
  int differing = 0;
  for (const auto& [table, entries] : old) {
    std::map<std::string, std::string> now;
    for (Entry& entry : Entries(table)) now.insert(std::move(entry));
    for (const auto& [key, value] : entries) {
      auto found = now.find(key);
      if (found != now.end() && (found->second == value || SaysTheSame(table, key, found->second, value))) continue;
      ++differing;
      PutEntry(table, key, value);
      std::set<std::string> names = NamesOf(table, key);
      // A row that opens again and was erased shows by what no longer leads to it.
      if (table == "arrivals") names.insert({"postings", "counts"});
      // An old list of runs shows by the chunks that it lacks, old totals by the tables that they count.
      if (table == "meta") names.insert({"postings", "arrivals"});
      Expect(table + ": entry of an older file", names);
    }
  }
  EXPECT_GE(differing, 6);
}

}  // namespace
}  // namespace tidegate::store
