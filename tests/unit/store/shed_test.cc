// What was erased is gone from the file, free pages included, once the key of its retention class is destroyed; and
// what is kept stays readable.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

constexpr uint64_t kArrivedMs = 1'700'000'002'000;  // in November 2023
constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;

class ShedTest : public StoreTest {
 protected:
  // A record whose handling says so much about its retention.
  record::VerifiedView Made(const std::string& name, const std::string& expiry, const std::string& group = "") {
    auto draft = record::Draft::Create("person");
    EXPECT_TRUE(draft->SetField("name", name).ok());
    EXPECT_TRUE(draft->handling.Set("tlp", "GREEN").ok());
    if (!expiry.empty()) {
      EXPECT_TRUE(draft->handling.Set("expiry", expiry).ok());
    }
    if (!group.empty()) {
      EXPECT_TRUE(draft->handling.Set("retention", group).ok());
    }
    record::CommitContext context;
    context.author_fpr = kOurKey;
    context.created_ms = 1'700'000'000'000;
    context.record_id = crypto::RandomArray<16>();
    auto view = record::Commit(*draft, context, crypto::RandomArray<32>());
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }
  uint64_t Keep(const record::VerifiedView& view) {
    auto prepared = store_->Prepare(Own(view));
    EXPECT_TRUE(prepared.ok()) << prepared.status();
    uint64_t seq = 0;
    auto status = store_->Write([&](WriteTransaction& transaction) -> absl::Status {
      auto put = transaction.Put(*prepared);
      if (put.ok()) seq = put->seq;
      return put.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    sizes_[seq] = record::EncodeHeld(view).size();
    return seq;
  }
  void Erase(uint64_t seq, uint64_t at_ms) {
    auto status = store_->Write([&](WriteTransaction& transaction) { return transaction.Erase(seq, at_ms).status(); });
    EXPECT_TRUE(status.ok()) << status;
  }
  size_t Shed(uint64_t now_ms) {
    auto shed = store_->ShedKeys(now_ms, [] { return false; });
    EXPECT_TRUE(shed.ok()) << shed.status();
    return shed.ok() ? *shed : 0;
  }
  std::vector<std::string> Classes() const {
    std::vector<std::string> classes;
    for (const vault::Epoch& epoch : vault_->Epochs()) {
      if (!epoch.retention.empty()) classes.push_back(epoch.retention);
    }
    std::sort(classes.begin(), classes.end());
    return classes;
  }
  // Whether one of the keys that are left opens bytes of the file, wherever they lie, to a value of that place that has
  // the text. `least` and `most`: how long the sealed value may be.
  bool FileTells(std::string_view table, std::string_view place, const std::string& text, size_t least = 150,
                 size_t most = 900) {
    std::ifstream in(data() + "/data.mdb", std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto keys = vault::Vault::Open(folder_.path() + "/keyring", Master());
    EXPECT_TRUE(keys.ok()) << keys.status();
    std::vector<uint32_t> left;
    for (const vault::Epoch& epoch : (*keys)->Epochs()) left.push_back(epoch.number);
    for (size_t at = 0; at + vault::kValueOverhead < file.size(); ++at) {
      if (file[at] != 1 && file[at] != 2) continue;
      const auto epoch = vault::Vault::EpochOf(std::string_view(file).substr(at, most));
      if (!epoch.ok() || std::find(left.begin(), left.end(), *epoch) == left.end()) continue;
      for (size_t length = least; length <= most && at + length <= file.size(); ++length) {
        auto opened = (*keys)->Open(table, place, std::string_view(file).substr(at, length));
        if (opened.ok() && opened->find(text) != std::string::npos) return true;
      }
    }
    return false;
  }
  // The same of a row of `arrivals`. A row is its view and some numbers (FORMAT.md, "A row of `arrivals`").
  bool FileTells(uint64_t seq, const std::string& text) {
    const auto size = sizes_.find(seq);
    const size_t least = size == sizes_.end() ? 150 : size->second + vault::kValueOverhead;
    return FileTells("arrivals", crypto::ByteWriter(8).U64(seq).view(), text, least,
                     size == sizes_.end() ? 900 : least + 100);
  }
  vault::MasterKey Master() const {
    auto master = vault::MasterKey::FromKeyFile(folder_.path() + "/master.key");
    return *std::move(master);
  }
  bool Readable(uint64_t seq) { return (*store_->Read())->GetRecord(seq).ok(); }

  std::map<uint64_t, size_t> sizes_;  // of the views that Keep stored
};

TEST_F(ShedTest, WhatExpiredIsGoneFromTheFileWhenItsMonthIsOver) {
  const uint64_t gone = Keep(Made("Ana Vanishing", "2024-03-10", "mopi-2"));
  const uint64_t kept = Keep(Made("Ben Remaining", "", "mopi-2"));
  EXPECT_EQ(Classes(), (std::vector<std::string>{"mopi-2", "mopi-2 2024-03"}));
  Erase(gone, 1'710'200'000'000);  // 12 March 2024
  EXPECT_TRUE(FileTells(gone, "Ana Vanishing")) << "the old page is still in the file";
  EXPECT_EQ(Shed(1'711'900'000'000), 0u);  // 31 March
  EXPECT_TRUE(FileTells(gone, "Ana Vanishing"));
  EXPECT_EQ(Shed(1'712'300'000'000), 1u);  // 5 April
  EXPECT_FALSE(FileTells(gone, "Ana Vanishing"));
  EXPECT_TRUE(FileTells(kept, "Ben Remaining"));
  EXPECT_TRUE(Readable(gone));  // what is left of it
  EXPECT_TRUE(Readable(kept));
  Open();
  EXPECT_TRUE(Readable(kept));
  EXPECT_EQ(Shed(1'712'300'000'000), 0u);
}

TEST_F(ShedTest, WhatIsDisposedOfIsGoneFromTheFileInTheNextMonth) {
  const uint64_t gone = Keep(Made("Ana Vanishing", ""));
  const uint64_t kept = Keep(Made("Ben Remaining", ""));
  Erase(gone, kArrivedMs);
  EXPECT_EQ(Shed(kArrivedMs), 0u);
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 1u);
  EXPECT_FALSE(FileTells(gone, "Ana Vanishing"));
  EXPECT_TRUE(FileTells(kept, "Ben Remaining"));
  EXPECT_TRUE(Readable(kept));
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 0u);
  EXPECT_EQ(Classes(), (std::vector<std::string>{"none"}));
}

// An interrupted change of keys is finished later.
TEST_F(ShedTest, AKeyThatIsNoLongerCurrentIsDestroyedOnceNothingIsUnderIt) {
  const uint64_t kept = Keep(Made("Ben Remaining", ""));
  ASSERT_TRUE(vault_->NewEpoch("none").ok());
  EXPECT_EQ(Shed(kArrivedMs), 1u);
  EXPECT_TRUE(Readable(kept));
  auto cancelled = vault_->NewEpoch("none");
  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(*store_->ShedKeys(kArrivedMs, [] { return true; }), 0u);
  EXPECT_TRUE(Readable(kept));
}

// Sealed under the key that stays for good it would be in the file for good, and nobody would know.
TEST_F(ShedTest, WithoutAKeyOfItsClassNothingIsWritten) {
  const auto view = Made("Ana Vanishing", "2024-03-10");
  auto prepared = store_->Prepare(Own(view));
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  const std::string away = folder_.path() + "-away";
  std::filesystem::rename(folder_.path(), away);  // the keyring cannot be written
  const auto put = store_->Write([&](WriteTransaction& transaction) { return transaction.Put(*prepared).status(); });
  std::filesystem::rename(away, folder_.path());
  EXPECT_FALSE(put.ok());
  EXPECT_NE(put.message().find("no key for what is kept under"), std::string::npos) << put;
  EXPECT_TRUE(Classes().empty());
  EXPECT_TRUE(Readable(Keep(view))) << "it goes on once the keyring can be written";
}

TEST_F(ShedTest, AKeyThatCannotBeDestroyedIsToldAndKeepsNoOther) {
  Keep(Made("Ana Vanishing", "2024-03-10"));
  Keep(Made("Ben Vanishing", "2024-04-10"));
  const std::string away = folder_.path() + "-away";
  std::filesystem::rename(folder_.path(), away);
  const auto failed = store_->ShedKeys(1'722'000'000'000, [] { return false; });  // July 2024
  std::filesystem::rename(away, folder_.path());
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.status().message().find("2 keys that are due stay"), std::string::npos) << failed.status();
  EXPECT_NE(failed.status().message().find("none 2024-03"), std::string::npos) << failed.status();
  EXPECT_EQ(Shed(1'722'000'000'000), 2u);
}

TEST_F(ShedTest, APartnersDatesMakeFewClasses) {
  for (const char* expiry : {"2023-11-01", "2043-12-31", "2044-12-31", "9999-01-01"}) Keep(Made("Cara", expiry));
  EXPECT_EQ(Classes(), (std::vector<std::string>{"none"}));
  Keep(Made("Cara", "2024-01-31"));
  EXPECT_EQ(Classes(), (std::vector<std::string>{"none", "none 2024-02"}));  // it expires when that day ends
}

// A partner took a name back. What it still gives stays.
TEST_F(ShedTest, WhatAGiverTookBackIsGoneFromTheFileInTheNextMonth) {
  const record::VerifiedView view = MakePerson({.name = "Ana Vanishing", .alias = "Remaining", .author = kTheirKey});
  const uint64_t seq = Put(From(view, kThem)).seq;
  const record::Openings kept = record::OpeningsOf(Only(view, {"aliases"}).view());
  auto limited = store_->Write([&](WriteTransaction& transaction) {
    return transaction.LimitClaim(view.leaf(), kThem, kept, kArrivedMs).status();
  });
  ASSERT_TRUE(limited.ok()) << limited;
  EXPECT_TRUE(FileTells(seq, "Ana Vanishing"));
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 1u);
  EXPECT_FALSE(FileTells(seq, "Ana Vanishing"));
  EXPECT_TRUE(FileTells(seq, "Remaining"));
  EXPECT_TRUE(Readable(seq));
}

TEST_F(ShedTest, ACopyUnderHoldOutlivesTheKeyOfItsRecordAndIsGoneAfterTheHold) {
  const record::VerifiedView view = Made("Ana Vanishing", "");
  const uint64_t seq = Keep(view);
  const record::RecordKey record = KeyOf(view);
  auto held = store_->Write([&](WriteTransaction& transaction) {
    return transaction.PutHold({record, kArrivedMs, "a supervisor", "a court asks"});
  });
  ASSERT_TRUE(held.ok()) << held;
  Erase(seq, kArrivedMs);
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 1u);
  EXPECT_FALSE(FileTells(seq, "Ana Vanishing"));
  Damage damage;
  auto copies = Read()->CopiesUnderHold(record, damage);
  ASSERT_TRUE(copies.ok()) << copies.status();
  ASSERT_EQ(copies->size(), 1u);

  // Where the copy lies: FORMAT.md, "Holds" and "Tables".
  const std::string scope = "copies/" + crypto::ByteWriter(48).Raw(record.author).Raw(record.id).Take();
  const std::string copy =
      crypto::ByteWriter().Raw(crypto::Label("TDGhoc1")).U64(seq).U64(kArrivedMs).Lp32(record::EncodeHeld(view)).Take();
  const crypto::Hash hash = crypto::HashOf({copy});
  const std::string place = crypto::ByteWriter(33)
                                .U8(16)
                                .Raw(vault_->BlindTerm(0xfe10, scope))
                                .Raw(vault_->BlindTerm(0xfe10, crypto::View(hash).substr(0, 16)))
                                .Take();
  EXPECT_TRUE(FileTells("named", place, "Ana Vanishing", 150, 1100));

  auto released = store_->Write(
      [&](WriteTransaction& transaction) { return transaction.DropHold(record, kArrivedMs + 32 * kDayMs).status(); });
  ASSERT_TRUE(released.ok()) << released;
  EXPECT_TRUE(FileTells("named", place, "Ana Vanishing", 150, 1100)) << "the old page is still in the file";
  EXPECT_EQ(Shed(kArrivedMs + 62 * kDayMs), 1u);
  EXPECT_FALSE(FileTells("named", place, "Ana Vanishing", 150, 1100));
}

// Whoever reads an older state of the store would take its rows for damaged ones.
TEST_F(ShedTest, AKeyStaysWhileASnapshotMayNeedIt) {
  const uint64_t gone = Keep(Made("Ana Vanishing", ""));
  auto snapshot = Read();
  Erase(gone, kArrivedMs);
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 0u);
  EXPECT_TRUE(snapshot->GetRecord(gone).ok());
  snapshot.reset();
  EXPECT_EQ(Shed(kArrivedMs + 31 * kDayMs), 1u);
  EXPECT_FALSE(FileTells(gone, "Ana Vanishing"));
  EXPECT_EQ(store_->unreadable().rows, 0u);
}

// After any history: what is held reads as it was stored, and of what was erased in an earlier month no key that is
// left opens a copy.
TEST_F(ShedTest, AfterAnyHistoryTheKeysThatAreLeftOpenWhatIsHeldAlone) {
  const auto seed = static_cast<uint64_t>(crypto::RandomArray<1>()[0]);
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  const char* groups[] = {"", "mopi-1", "mopi-2"};
  const char* expiries[] = {"", "2023-12-10", "2024-01-20", "2030-05-05"};
  std::map<uint64_t, std::string> held, erased;
  uint64_t now_ms = kArrivedMs;
  for (int step = 0; step < 40; ++step) {
    const uint64_t what = random() % 10;
    if (what < 5) {
      const std::string name = absl::StrCat("Person number ", step, " of them");
      held[Keep(Made(name, expiries[random() % 4], groups[random() % 3]))] = name;
    } else if (what < 7 && !held.empty()) {
      const auto one = std::next(held.begin(), static_cast<std::ptrdiff_t>(random() % held.size()));
      Erase(one->first, now_ms);
      erased.insert(*one);
      held.erase(one);
    } else if (what == 7) {
      now_ms += random() % 40 * kDayMs;
    } else if (what == 8) {
      // The node ends in the middle of it.
      size_t looks = random() % 4;
      auto cut = store_->ShedKeys(now_ms, [&] { return looks-- == 0; });
      ASSERT_TRUE(cut.ok()) << cut.status();
      store_.reset();
      vault_ = OpenVault(folder_.path());
      Open();
    } else {
      Shed(now_ms);
    }
    for (const auto& [seq, name] : held) EXPECT_TRUE(Readable(seq)) << name;
  }
  now_ms += 63 * kDayMs;
  Shed(now_ms);
  for (const auto& [seq, name] : erased) EXPECT_FALSE(FileTells(seq, name)) << name;
  for (const auto& [seq, name] : held) EXPECT_TRUE(FileTells(seq, name)) << name;
  EXPECT_EQ(store_->unreadable().rows, 0u);
  EXPECT_EQ(Shed(now_ms), 0u) << "there is nothing left to do";
}

}  // namespace
}  // namespace tidegate::store
