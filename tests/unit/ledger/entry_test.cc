// Entries in bytes: back and forth, and nothing else accepted.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {
namespace {

std::vector<Entry> OneOfEach() {
  const Hash a = crypto::HashOf({"a"}), b = crypto::HashOf({"b"});
  Intent intent{"bank", 7, 1000, a, "prevention", {}};
  intent.records = {
      {5, a, {{1, 0}, {4, 2}}, false}, {6, b, {{1, 0}, {4, 2}}, false}, {7, a, {}, true}, {9, b, {{0, 1}}, false}};
  Receipt receipt{"bank", 7, 1001, Answer::kErased, "signed bytes", std::string(64, 's'), 3, 2, 1};
  receipt.erased = {0, 2};
  receipt.refused = {3};
  Receipt whole = receipt;  // as the version before wrote it
  whole.whole = true;
  whole.erased.clear();
  whole.refused.clear();
  Receipt withheld = receipt;  // keeps one of them under legal hold
  withheld.answer = Answer::kStored;
  withheld.withheld = {1};
  Consultation access{1002, "ana", "case 12", "show", {record::RecordId{1}, record::RecordId{2}}, {}};
  Consultation search{1002, "ana", "case 12", "find", {record::RecordId{1}}, {vault::BlindTermBytes{7}}};
  Change change{Deed::kCollection, 1003, "ana", "reports.csv", "", 1, 20, 19, {record::RecordId{9}}};
  Change imported = change;
  imported.import = 12;
  return {intent,
          ManifestSent{"bank", 7, 1000, a, b},
          receipt,
          whole,
          withheld,
          access,
          search,
          change,
          imported,
          PolicyApplied{1004, "ana", "", a, b},
          PolicyApplied{1004, "ana", "agreement of 3 March", a, b},
          PolicyProposed{1004, "ben", "", a, b},
          PolicyProposed{1004, "ben", "agreement of 3 March", a, b},
          PolicyWithdrawn{1004, "ben", "planned too early", b},
          PartnerChange{1005, "ana", "", "police", "confirmed"},
          PartnerChange{1005, "ana", "agreed by telephone", "police", "confirmed"},
          Refusal{1006, "police", "admission", b, "baseline.red"},
          Refusal{1007, "police", "admission", b, "by policy", {a, b}},
          KeepingDecided{Keeping::kRetain, 1008, "ana", "case 12 is open", record::RecordId{3}, 2000},
          KeepingDecided{Keeping::kHold, 1008, "ana", "court order", record::RecordId{3}, 0},
          Excerpted{1009, "ana", "inspection", "entries 3 to 9", 7, b},
          UserChange{1008, "sue", "new colleague", "ana", "made as analyst"}};
}

TEST(EntryTest, EachKindComesBackAsItWas) {
  for (const Entry& entry : OneOfEach()) {
    const std::string bytes = EncodeEntry(entry);
    auto decoded = DecodeEntry(bytes);
    ASSERT_TRUE(decoded.ok()) << EntryName(entry) << decoded.status();
    EXPECT_EQ(*decoded, entry) << EntryName(entry);
    EXPECT_EQ(EncodeEntry(*decoded), bytes);
    EXPECT_GE(EntryTime(entry), 1000u);
  }
}

TEST(EntryTest, LabelsAndNamesAreDistinct) {
  std::vector<std::string> labels, names;
  for (const Entry& entry : OneOfEach()) {
    labels.push_back(EncodeEntry(entry).substr(0, 8));
    names.emplace_back(EntryName(entry));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"intent",   "manifest",   "receipt",    "receipt", "receipt", "access",
                                             "access",   "collection", "collection", "policy",  "policy",  "proposal",
                                             "proposal", "withdrawal", "partner",    "partner", "refusal", "refusal",
                                             "keeping",  "keeping",    "export",     "user"}));
  for (const std::string& name : names) {
    EXPECT_NE(std::find(std::begin(kEntryNames), std::end(kEntryNames), name), std::end(kEntryNames)) << name;
  }
  labels.erase(
      std::find(labels.begin(), labels.end(), EncodeEntry(KeepingDecided{}).substr(0, 8)));  // it is there twice
  std::sort(labels.begin(), labels.end());
  EXPECT_EQ(std::unique(labels.begin(), labels.end()), labels.end());
}

TEST(EntryTest, EveryCutAndEveryTrailingByteIsRefused) {
  for (const Entry& entry : OneOfEach()) {
    const std::string bytes = EncodeEntry(entry);
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(DecodeEntry(bytes.substr(0, length)).ok()) << EntryName(entry) << length;
    }
    EXPECT_FALSE(DecodeEntry(bytes + '\0').ok()) << EntryName(entry);
  }
}

TEST(EntryTest, WhateverIsAcceptedReencodesIdentically) {
  for (const Entry& entry : OneOfEach()) {
    const std::string bytes = EncodeEntry(entry);
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (int change : {1, 2, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ change);
        auto decoded = DecodeEntry(changed);
        if (decoded.ok()) {
          EXPECT_EQ(EncodeEntry(*decoded), changed) << EntryName(entry) << " byte " << i;
        }
      }
    }
  }
}

// Entries of a node of the version before: without reasons, and without the terms of a search.
TEST(EntryTest, EntriesOfTheVersionBeforeAreRead) {
  const auto written = [](std::string_view label) {
    return crypto::ByteWriter().Raw(std::string(label) + std::string(1, 0)).U64(1005).Lp16("ana");
  };
  const Hash a = crypto::HashOf({"a"}), b = crypto::HashOf({"b"});
  const std::vector<std::pair<std::string, Entry>> old = {
      {written("TDGlpa1").Lp16("police").Lp16("confirmed").Take(),
       PartnerChange{1005, "ana", "", "police", "confirmed"}},
      {crypto::ByteWriter()
           .Raw(crypto::Label("TDGlch1"))
           .U64(1005)
           .U8(1)
           .Lp16("ana")
           .Lp16("a.csv")
           .Lp16("")
           .U64(3)
           .U64(4)
           .U64(2)
           .U32(0)
           .Take(),
       Change{Deed::kCollection, 1005, "ana", "a.csv", "", 3, 4, 2, {}}},
      {written("TDGlpo1").Raw(a).Raw(b).Take(), PolicyApplied{1005, "ana", "", a, b}},
      {written("TDGlpp1").Raw(a).Raw(b).Take(), PolicyProposed{1005, "ana", "", a, b}},
      {written("TDGlac1").Lp16("not stated").Lp16("find").U32(0).Take(),
       Consultation{1005, "ana", "not stated", "find", {}, {}}}};
  for (const auto& [bytes, entry] : old) {
    const auto read = DecodeEntry(bytes);
    ASSERT_TRUE(read.ok()) << EntryName(entry) << read.status();
    EXPECT_EQ(*read, entry);
    EXPECT_EQ(EncodeEntry(*read), bytes);
  }
}

TEST(EntryTest, RecordsThatOpenTheSameShareItsBytes) {
  Intent one{"bank", 1, 1, {}, "", {{1, {}, {{1, 0}, {2, 0}, {3, 0}}, false}}};
  Intent two = one;
  two.records.push_back({2, {}, {{1, 0}, {2, 0}, {3, 0}}, false});
  EXPECT_EQ(EncodeEntry(two).size() - EncodeEntry(one).size(), 43u);
}

}  // namespace
}  // namespace tidegate::ledger
