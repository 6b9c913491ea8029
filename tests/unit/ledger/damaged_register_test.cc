// One damaged row of what the register keeps: nobody who may hold something is forgotten, and nothing stops.
#include "crypto/bytes.h"
#include "node/ledger/ledger.h"
#include "tests/support/damage.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::ledger {
namespace {

constexpr uint16_t kNamedBlind = 0xfe00;

class DamagedRegisterTest : public store::StoreTest {
 protected:
  DamagedRegisterTest() : key_(crypto::SigningKey::Generate()) {
    OpenRegister();
    for (int i = 0; i < 3; ++i) Put(Own(store::MakePerson({})));
    MustAppend(Intent{"bank", 1, 101, {}, "prevention", {Send(1), Send(2)}});
    MustAppend(Receipt{"bank", 1, 201, Answer::kStored, "body", "sig"});
    MustAppend(Intent{"police", 1, 102, {}, "prevention", {Send(2)}});
  }
  void OpenRegister() {
    register_.reset();
    auto opened = Register::Open(*store_, "tidegate.test/charity/one/register/1", key_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    register_ = *std::move(opened);
  }
  void MustAppend(const Entry& entry) {
    const absl::Status status =
        store_->Write([&](store::WriteTransaction& t) { return register_->Append(t, entry).status(); });
    EXPECT_TRUE(status.ok()) << status;
  }
  // As the partner stored it: its openings are of no interest here.
  static IntendedRecord Send(uint64_t seq) { return {seq, crypto::HashOf({std::to_string(seq)}), {{2, 0}}, false}; }
  static IntendedRecord Notice(uint64_t seq) { return {seq, crypto::HashOf({std::to_string(seq)}), {}, true}; }
  void Recall(uint64_t seq) {
    const absl::Status status = store_->Write([&](store::WriteTransaction& t) {
      const auto record = t.GetRecord(seq);
      return register_->AskBack(t, record::ParseStatement(record->view.statement)->record_id, seq, 500, true).status();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  vault::BlindTermBytes Blind(store::Ordered table, const std::string& name) { return Read()->Blind(table, name); }
  void Damage(store::Ordered table, const std::string& key) {
    register_.reset();
    store_.reset();
    support::DamageOrdered(data(), static_cast<uint8_t>(table), key);
    Open();
    OpenRegister();
  }
  void DamageNamed(const std::string& scope, const std::string& item) {
    constexpr uint16_t kSlot = kNamedBlind | static_cast<uint16_t>(store::Named::kLedger);
    const std::string key = crypto::ByteWriter(33)
                                .U8(static_cast<uint8_t>(store::Named::kLedger))
                                .Raw(vault_->BlindTerm(kSlot, scope))
                                .Raw(vault_->BlindTerm(kSlot, item))
                                .Take();
    register_.reset();
    store_.reset();
    support::DamageValue(data(), environment::Dbi::kNamed, key);
    Open();
    OpenRegister();
  }
  void DamageEntry(uint64_t index) { Damage(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(index).Take()); }
  void DamageIndex(const std::string& partner, uint64_t intent) {
    Damage(store::Ordered::kDisclosure,
           crypto::ByteWriter(32).Raw(Blind(store::Ordered::kDisclosure, partner)).U64(0).U64(intent).Take());
  }
  void DamageParcel(const std::string& partner, uint64_t number) {
    Damage(store::Ordered::kParcel,
           crypto::ByteWriter(24).Raw(Blind(store::Ordered::kParcel, partner)).U64(number).Take());
  }
  Holding At(std::string_view partner, uint64_t seq, uint64_t taken = 0) const {
    auto holding = register_->Disclosed(partner, seq, taken);
    EXPECT_TRUE(holding.ok()) << holding.status();
    return holding.ok() ? *holding : Holding();
  }

  crypto::SigningKey key_;
  std::unique_ptr<Register> register_;
};

TEST_F(DamagedRegisterTest, AnIndexRowIsMadeGoodByItsEntry) {
  DamageIndex("bank", 0);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  EXPECT_EQ(At("bank", 2, 1).surely, (record::Openings{{2, 0}}));
  EXPECT_TRUE(absl::IsNotFound(register_->Disclosed("bank", 3).status()));
  EXPECT_EQ(store_->unreadable().rows, 1U);
}

TEST_F(DamagedRegisterTest, WhatADamagedEntryWasAboutMayBeHeldWhole) {
  DamageEntry(0);
  for (const uint64_t seq : {1, 2}) {
    EXPECT_EQ(At("bank", seq).state, HoldingState::kUnknown);
    EXPECT_TRUE(At("bank", seq).all);
    EXPECT_TRUE(At("bank", seq, 9).surely.empty());
  }
  EXPECT_TRUE(absl::IsNotFound(register_->Disclosed("bank", 3).status()));
  EXPECT_EQ(At("police", 2).state, HoldingState::kIntended) << "another partner's is as it was";
  EXPECT_EQ(register_->Holders(2)->size(), 2U);
  // A recall asks for it, and its answer ends it.
  Recall(1);
  EXPECT_EQ(register_->Asked("bank", 10)->open.size(), 1U);
  MustAppend(Intent{"bank", 2, 600, {}, "", {Notice(1)}});
  EXPECT_EQ(At("bank", 1).state, HoldingState::kUnanswered);
  Receipt receipt{"bank", 2, 700, Answer::kErased, "gone", "sig"};
  receipt.erased = {0};
  MustAppend(receipt);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kErased);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kUnknown);
  EXPECT_TRUE(register_->Asked("bank", 10)->open.empty());
}

TEST_F(DamagedRegisterTest, WithoutEntryAndIndexRowAllOfTheBlockMayBeHeld) {
  DamageIndex("bank", 0);
  DamageEntry(0);
  for (const uint64_t seq : {1, 2, 3}) EXPECT_EQ(At("bank", seq).state, HoldingState::kUnknown) << seq;
  EXPECT_TRUE(absl::IsNotFound(register_->Disclosed("police", 1).status()));
}

TEST_F(DamagedRegisterTest, AnAnswerThatCannotBeReadWasNotGiven) {
  MustAppend(Intent{"bank", 2, 300, {}, "", {Notice(1), Notice(2)}});
  Receipt receipt{"bank", 2, 400, Answer::kErased, "one is gone", "sig"};
  receipt.erased = {0};
  MustAppend(receipt);
  ASSERT_EQ(At("bank", 1).state, HoldingState::kErased);
  DamageEntry(4);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kUnanswered);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kUnanswered);
  // The partner may still answer.
  receipt.erased = {0, 1};
  receipt.body = "both are gone";
  MustAppend(receipt);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kErased);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kErased);
}

TEST_F(DamagedRegisterTest, AParcelsRowIsWrittenAgainByTheNextReceipt) {
  MustAppend(ManifestSent{"bank", 1, 150, crypto::HashOf({"m"}), crypto::HashOf({"c"})});
  DamageParcel("bank", 1);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kIntended);
  EXPECT_EQ(register_->Parcel("bank", 1)->intent_index, 0U);
  EXPECT_EQ(register_->Parcel("bank", 1)->receipts, 1U);
  EXPECT_EQ(*register_->ParcelOf("bank", crypto::HashOf({"m"})), 1U);
  EXPECT_EQ(*register_->LastParcel("bank"), 1U);
  Receipt receipt{"bank", 1, 700, Answer::kStored, "some", "sig"};
  MustAppend(receipt);  // says nothing new, and is no entry
  MustAppend(ManifestSent{"bank", 1, 800, crypto::HashOf({"m2"}), crypto::HashOf({"c"})});
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  MustAppend(Intent{"bank", 2, 900, {}, "", {Notice(1)}});
  EXPECT_EQ(register_->Parcel("bank", 2)->intent_index, 5U);
}

TEST_F(DamagedRegisterTest, ADamagedAskIsARecallWithoutAnAnswerUntilItIsFoundAgain) {
  Recall(1);
  const Ask ask = register_->Asked("bank", 10)->open.at(0);
  DamageNamed("asked/bank", crypto::ByteWriter(24).Raw(ask.record).U64(ask.seq).Take());
  auto asked = *register_->Asked("bank", 10);
  EXPECT_TRUE(asked.open.empty());
  EXPECT_EQ(asked.damaged, 1U);
  EXPECT_EQ(register_->Holders(1)->at(0).state, HoldingState::kUnanswered);
  EXPECT_NE(register_->Holders(1)->at(0).asked_ms, 0U);
  ASSERT_TRUE(register_->MendAsks("bank").ok());
  asked = *register_->Asked("bank", 10);
  EXPECT_EQ(asked.damaged, 0U);
  ASSERT_EQ(asked.open.size(), 1U);
  EXPECT_EQ(asked.open[0].seq, 1U);
  EXPECT_TRUE(asked.open[0].recall);
}

TEST_F(DamagedRegisterTest, ADamagedAskIsWrittenOverByTheNext) {
  Recall(1);
  const Ask ask = register_->Asked("bank", 10)->open.at(0);
  DamageNamed("asked/bank", crypto::ByteWriter(24).Raw(ask.record).U64(ask.seq).Take());
  MustAppend(Intent{"bank", 2, 600, {}, "", {Notice(1)}});
  EXPECT_EQ(register_->Asked("bank", 10)->damaged, 0U);
  EXPECT_TRUE(register_->Asked("bank", 10)->open.at(0).recall);
}

TEST_F(DamagedRegisterTest, APartnerWhoseRowIsDamagedIsAskedAllTheSame) {
  DamageNamed("partners", "bank");
  EXPECT_EQ(*register_->Partners(), (std::vector<std::string>{"bank", "police"}));
  Recall(1);
  EXPECT_EQ(register_->Asked("bank", 10)->open.size(), 1U);
  MustAppend(Intent{"bank", 2, 600, {}, "prevention", {Send(3)}});
  EXPECT_EQ(At("bank", 3).state, HoldingState::kIntended);
}

}  // namespace
}  // namespace tidegate::ledger
