// Who was given which record, and what became of it.
#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"
#include "node/ledger/ledger.h"
#include "tests/support/damage.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::ledger {
namespace {

class RegisterTest : public store::StoreTest {
 protected:
  RegisterTest() : key_(crypto::SigningKey::Generate()) { OpenRegister(); }

  void DamageArrival(uint64_t seq) {
    register_.reset();
    store_.reset();
    support::DamageArrival(data(), seq);
    Open();
    OpenRegister();
  }
  void OpenRegister() {
    register_.reset();
    auto opened = Register::Open(*store_, "tidegate.test/charity/one/register/1", key_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    register_ = *std::move(opened);
  }
  absl::StatusOr<uint64_t> Append(const Entry& entry) {
    uint64_t index = 0;
    absl::Status status = store_->Write([&](store::WriteTransaction& t) {
      auto appended = register_->Append(t, entry);
      if (appended.ok()) index = *appended;
      return appended.status();
    });
    if (!status.ok()) return status;
    return index;
  }
  uint64_t MustAppend(const Entry& entry) {
    auto index = Append(entry);
    EXPECT_TRUE(index.ok()) << index.status();
    return index.ok() ? *index : 0;
  }
  static IntendedRecord Send(uint64_t seq, record::Openings openings) {
    return {seq, crypto::HashOf({std::to_string(seq)}), std::move(openings), false};
  }
  static IntendedRecord Notice(uint64_t seq, record::Openings left = {}) {
    return {seq, crypto::HashOf({std::to_string(seq)}), std::move(left), true};
  }
  uint64_t Intend(std::string partner, uint64_t parcel, std::vector<IntendedRecord> records) {
    return MustAppend(Intent{std::move(partner), parcel, 100 + parcel, {}, "prevention", std::move(records)});
  }
  uint64_t Answered(std::string partner, uint64_t parcel, Answer answer) {
    Receipt receipt{std::move(partner), parcel, 200 + parcel, answer, "body" + std::to_string(parcel), "sig"};
    if (answer == Answer::kErased) receipt.erased = {0};
    return MustAppend(receipt);
  }
  Holding At(std::string_view partner, uint64_t seq) {
    auto holding = register_->Disclosed(partner, seq);
    EXPECT_TRUE(holding.ok()) << holding.status();
    return holding.ok() ? *holding : Holding();
  }

  crypto::SigningKey key_;
  std::unique_ptr<Register> register_;
};

TEST_F(RegisterTest, AnIntentBecomesADeliveryThroughItsReceipt) {
  Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 0}, {5, 1}})});
  Holding holding = At("bank", 1);
  EXPECT_EQ(holding.state, HoldingState::kIntended);
  EXPECT_EQ(holding.openings, (record::Openings{{2, 0}, {5, 1}}));
  EXPECT_EQ(holding.since_ms, 101u);
  MustAppend(ManifestSent{"bank", 1, 150, crypto::HashOf({"m"}), crypto::HashOf({"c"})});
  const uint64_t receipt = Answered("bank", 1, Answer::kStored);
  holding = At("bank", 1);
  EXPECT_EQ(holding.state, HoldingState::kDelivered);
  EXPECT_EQ(holding.receipt_index, receipt);
  EXPECT_EQ(register_->Parcel("bank", 1)->manifest_index, 1u);
  EXPECT_TRUE(absl::IsNotFound(register_->Disclosed("police", 1).status()));
  EXPECT_TRUE(absl::IsNotFound(register_->Disclosed("bank", 2).status()));
}

TEST_F(RegisterTest, OpeningsGatherAndNoticesLimitThemOnceAnswered) {
  Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 1}})});
  Answered("bank", 1, Answer::kStored);
  Intend("bank", 2, {Send(1, {{2, 0}, {7, 0}})});
  EXPECT_EQ(At("bank", 1).openings, (record::Openings{{2, 0}, {7, 0}}));
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  Answered("bank", 2, Answer::kStored);
  Intend("bank", 3, {Notice(1, {{2, 2}})});
  EXPECT_EQ(At("bank", 1).state, HoldingState::kUnanswered);
  EXPECT_EQ(At("bank", 1).openings, (record::Openings{{2, 0}, {7, 0}}));
  Answered("bank", 3, Answer::kStored);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  EXPECT_EQ(At("bank", 1).openings, (record::Openings{{2, 2}}));
  Intend("bank", 4, {Notice(1)});
  Answered("bank", 4, Answer::kErased);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kErased);
  EXPECT_TRUE(At("bank", 1).openings.empty());
  Intend("bank", 5, {Send(1, {{2, 3}})});
  EXPECT_EQ(At("bank", 1).state, HoldingState::kIntended);
}

TEST_F(RegisterTest, WhatWasLostOnTheWayIsNotSurelyHeld) {
  Put(Own(store::MakePerson({})));
  const auto surely = [this](uint64_t taken) { return register_->Disclosed("bank", 1, taken)->surely; };
  Intend("bank", 1, {Send(1, {{2, 1}})});
  Answered("bank", 1, Answer::kStored);
  Intend("bank", 2, {Send(1, {{2, 0}, {7, 0}})});
  EXPECT_TRUE(surely(0).empty());
  EXPECT_EQ(surely(1), (record::Openings{{2, 1}}));
  // The stream broke: the second was lost, and a third about something else brought the partner further.
  EXPECT_EQ(surely(3), (record::Openings{{2, 1}}));
  Answered("bank", 2, Answer::kStored);
  EXPECT_EQ(surely(3), (record::Openings{{2, 0}, {7, 0}}));
  // A receipt says too much of a partner that was restored from a backup.
  EXPECT_EQ(surely(1), (record::Openings{{2, 1}}));
  // A notice may have been obeyed although nothing says so.
  Intend("bank", 4, {Notice(1, {{7, 0}})});
  EXPECT_EQ(surely(3), (record::Openings{{7, 0}}));
  EXPECT_EQ(At("bank", 1).openings, (record::Openings{{2, 0}, {7, 0}}));
  Intend("bank", 5, {Send(1, {{2, 0}})});
  Answered("bank", 5, Answer::kRefused);
  EXPECT_EQ(surely(5), (record::Openings{{7, 0}}));
}

// Bytes and keys have left: what a partner says of them does not bring them back.
TEST_F(RegisterTest, WhatAPartnerSaysItRefusedCountsAsHeld) {
  Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 1}})});
  Answered("bank", 1, Answer::kRefused);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kRefused);
  EXPECT_EQ(At("bank", 1).openings, (record::Openings{{2, 1}}));
  Intend("bank", 2, {Notice(1)});
  Answered("bank", 2, Answer::kRefused);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kUnanswered);
  EXPECT_EQ(At("bank", 1).asked_ms, 102u);
}

TEST_F(RegisterTest, AnAnswerNeverBecomesALesserOne) {
  Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 1}})});
  const auto say = [this](Answer answer, std::string body) {
    return MustAppend(Receipt{"bank", 1, 300, answer, std::move(body), "sig"});
  };
  const uint64_t refused = say(Answer::kRefused, "first");
  EXPECT_EQ(say(Answer::kRefused, "again"), refused);
  const uint64_t stored = say(Answer::kStored, "taken after all");
  EXPECT_GT(stored, refused);
  EXPECT_EQ(say(Answer::kRefused, "not taken after all"), stored);
  EXPECT_EQ(say(Answer::kStored, "taken again"), stored);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  EXPECT_EQ(register_->log().size(), stored + 1);
}

TEST_F(RegisterTest, AReceiptMaySayOfEachRecordWhatBecameOfIt) {
  for (int i = 0; i < 3; ++i) Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 1}}), Send(2, {{2, 1}}), Send(3, {{2, 1}})});
  Receipt some{"bank", 1, 300, Answer::kStored, "one was not wanted", "sig"};
  some.refused = {1};
  MustAppend(some);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kDelivered);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kRefused);
  EXPECT_EQ(At("bank", 3).state, HoldingState::kDelivered);
  Intend("bank", 2, {Notice(1), Notice(2), Notice(3)});
  Receipt erased{"bank", 2, 301, Answer::kErased, "one is gone", "sig"};
  erased.erased = {0};
  MustAppend(erased);
  EXPECT_EQ(At("bank", 1).state, HoldingState::kErased);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kUnanswered);
  EXPECT_EQ(register_->Parcel("bank", 2)->answer, Answer::kStored);
  EXPECT_EQ(register_->Asked("bank", 10)->open.size(), 2u);
  // The rest later: it adds to what was said.
  erased.body = "and the others";
  erased.erased = {1, 2};
  MustAppend(erased);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kErased);
  EXPECT_EQ(register_->Parcel("bank", 2)->answer, Answer::kErased);
  EXPECT_TRUE(register_->Asked("bank", 10)->open.empty());
}

TEST_F(RegisterTest, ReceiptsForOneParcelAreBounded) {
  std::vector<IntendedRecord> notices;
  for (uint64_t i = 1; i <= 20; ++i) {
    Put(Own(store::MakePerson({})));
    notices.push_back(Notice(i));
  }
  Intend("bank", 1, notices);
  for (uint16_t i = 0; i < 20; ++i) {
    Receipt receipt{"bank", 1, 300, Answer::kErased, "one by one " + std::to_string(i), "sig"};
    receipt.erased = {i};
    EXPECT_EQ(absl::IsResourceExhausted(Append(receipt).status()), i >= 16) << i;
  }
}

TEST_F(RegisterTest, ARecallIsOpenFromItsFirstMomentUntilItIsAnsweredErased) {
  const auto person = store::MakePerson({});
  Put(Own(person));
  const auto ask = [&] {
    std::vector<std::string> asked;
    EXPECT_TRUE(store_
                    ->Write([&](store::WriteTransaction& t) {
                      auto back = register_->AskBack(t, person.statement().record_id, 1, 500, true);
                      if (back.ok()) asked = *back;
                      return back.status();
                    })
                    .ok());
    return asked;
  };
  Intend("police", 1, {Send(1, {{2, 0}})});
  Intend("bank", 1, {Send(1, {{2, 0}})});
  Answered("bank", 1, Answer::kStored);
  EXPECT_EQ(ask(), (std::vector<std::string>{"bank", "police"}));
  // Nobody has been reached.
  const auto holders = register_->Holders(1);
  for (const Holding& holding : *holders) {
    EXPECT_EQ(holding.state, HoldingState::kUnanswered) << holding.partner;
    EXPECT_EQ(holding.asked_ms, 500u);
  }
  Intend("bank", 2, {Notice(1)});
  Answered("bank", 2, Answer::kRefused);
  ASSERT_EQ(register_->Asked("bank", 10)->open.size(), 1u);
  EXPECT_EQ(register_->Asked("bank", 10)->open.front(), (Ask{person.statement().record_id, 1, 500, true}));
  Intend("bank", 3, {Notice(1)});
  Receipt receipt{"bank", 3, 301, Answer::kErased, "gone", "sig"};
  receipt.erased = {0};
  MustAppend(receipt);
  EXPECT_TRUE(register_->Asked("bank", 10)->open.empty());
  EXPECT_EQ(register_->Holders(1)->front().state, HoldingState::kErased);
  EXPECT_EQ(ask(), (std::vector<std::string>{"police"}));
}

// From a merge of two changes: asks stand under the id of their record, which a damaged row does not tell.
TEST_F(RegisterTest, APartnerIsAskedAndAnswersAlthoughTheRowIsDamaged) {
  const record::VerifiedView first = store::MakePerson({}), second = store::MakePerson({});
  Put(Own(first));
  Put(Own(second));
  Intend("bank", 1, {Send(1, {{2, 0}}), Send(2, {{2, 0}})});
  Answered("bank", 1, Answer::kStored);
  Intend("bank", 2, {Notice(1)});
  DamageArrival(1);
  DamageArrival(2);
  Intend("bank", 3, {Notice(2)});
  Intend("bank", 4, {Notice(1)});
  auto asks = register_->Asked("bank", 10)->open;
  ASSERT_EQ(asks.size(), 2u) << "one of each arrival";
  EXPECT_EQ(asks[0].seq + asks[1].seq, 3u);
  EXPECT_EQ(asks[asks[0].seq == 1 ? 0 : 1].record, first.statement().record_id) << "as it was entered before";
  Answered("bank", 3, Answer::kErased);
  asks = register_->Asked("bank", 10)->open;
  ASSERT_EQ(asks.size(), 1u);
  EXPECT_EQ(asks[0].seq, 1u);
  Answered("bank", 4, Answer::kErased);
  EXPECT_TRUE(register_->Asked("bank", 10)->open.empty());
}

// Entries of the version before answer for a whole parcel; what they left open is gathered once, also
// of a row that is damaged since.
TEST_F(RegisterTest, OpenAsksOfTheVersionBeforeAreGathered) {
  for (int i = 0; i < 2; ++i) Put(Own(store::MakePerson({})));
  Intend("bank", 1, {Send(1, {{2, 0}}), Send(2, {{2, 0}})});
  Intend("bank", 2, {Notice(1)});
  Intend("bank", 3, {Notice(2)});
  Receipt whole{"bank", 3, 300, Answer::kErased, "gone", "sig"};
  whole.whole = true;
  MustAppend(whole);
  EXPECT_EQ(At("bank", 2).state, HoldingState::kErased);
  const auto asks = register_->Asked("bank", 10);
  ASSERT_TRUE(store_
                  ->Write([&](store::WriteTransaction& t) {
                    absl::Status dropped = t.DeleteNamed(store::Named::kLedger, "", "asks gathered");
                    for (const Ask& ask : asks->open) {
                      const std::string name = crypto::ByteWriter(24).Raw(ask.record).U64(ask.seq).Take();
                      if (dropped.ok()) dropped = t.DeleteNamed(store::Named::kLedger, "asked/bank", name);
                    }
                    return dropped;
                  })
                  .ok());
  EXPECT_TRUE(register_->Asked("bank", 10)->open.empty());
  DamageArrival(1);
  ASSERT_EQ(register_->Asked("bank", 10)->open.size(), 1u);
  EXPECT_EQ(register_->Asked("bank", 10)->open.front().seq, 1u);
  EXPECT_FALSE(register_->Asked("bank", 10)->open.front().recall);
}

TEST_F(RegisterTest, HoldersAreAllPartnersByName) {
  for (int i = 0; i < 3; ++i) Put(Own(store::MakePerson({})));
  Intend("police", 1, {Send(1, {{2, 0}}), Send(3, {{2, 0}})});
  Intend("bank", 1, {Send(3, {{2, 1}})});
  auto holders = register_->Holders(3);
  ASSERT_TRUE(holders.ok()) << holders.status();
  ASSERT_EQ(holders->size(), 2u);
  EXPECT_EQ((*holders)[0].partner, "bank");
  EXPECT_EQ((*holders)[1].partner, "police");
  EXPECT_EQ(register_->Holders(1)->size(), 1u);
  EXPECT_TRUE(register_->Holders(2)->empty());
  EXPECT_EQ(*register_->Partners(), (std::vector<std::string>{"bank", "police"}));
}

TEST_F(RegisterTest, NothingIsSentOrAnsweredWithoutAnIntent) {
  EXPECT_TRUE(absl::IsFailedPrecondition(Append(ManifestSent{"bank", 1, 1, {}, {}}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Append(Receipt{"bank", 1, 1, Answer::kStored, "", ""}).status()));
  Intend("bank", 1, {});
  EXPECT_TRUE(absl::IsAlreadyExists(Append(Intent{"bank", 1, 5, {}, "", {}}).status()));
  EXPECT_EQ(register_->log().size(), 1u);
}

TEST_F(RegisterTest, ARepeatedReceiptIsKeptOnce) {
  Intend("bank", 1, {});
  const uint64_t first = Answered("bank", 1, Answer::kStored);
  EXPECT_EQ(Answered("bank", 1, Answer::kStored), first);
  EXPECT_EQ(register_->log().size(), 2u);
}

TEST_F(RegisterTest, ACatchUpReadsDisclosuresInOrder) {
  constexpr uint64_t kRecords = 9000;  // over three blocks
  ASSERT_TRUE(store_
                  ->Write([&](store::WriteTransaction& t) {
                    for (uint64_t i = 0; i < kRecords; ++i) {
                      if (auto seq = t.AppendEvent(store::Event::kInstant, 1, 1, ""); !seq.ok()) return seq.status();
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  for (uint64_t parcel = 0; parcel < 9; ++parcel) {
    std::vector<IntendedRecord> records;
    for (uint64_t seq = parcel * 1000 + 1; seq <= (parcel + 1) * 1000; seq += 2) records.push_back(Send(seq, {{1, 0}}));
    Intend("bank", parcel + 1, std::move(records));
  }
  uint64_t expected = 5;
  ASSERT_TRUE(register_
                  ->ForEachDisclosed("bank", 4, 8500, 0,
                                     [&](uint64_t seq, const Holding& holding) {
                                       EXPECT_EQ(seq, expected);
                                       EXPECT_EQ(holding.parcel_seq, (seq - 1) / 1000 + 1);
                                       expected += 2;
                                       return true;
                                     })
                  .ok());
  EXPECT_EQ(expected, 8501u);
}

TEST_F(RegisterTest, EntriesAreListedNewestFirstAndFiltered) {
  for (uint64_t i = 1; i <= 5; ++i) Intend(i % 2 == 0 ? "bank" : "police", i, {});
  MustAppend(Consultation{900, "ana", "why", "show", {}, {}});
  auto all = register_->List({}, 100);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->entries.size(), 6u);
  EXPECT_EQ(all->next, 0u);
  EXPECT_EQ(EntryName(all->entries[0].entry), "access");
  Filter filter;
  filter.partner = "police";
  auto page = register_->List(filter, 2);
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].index, 4u);
  EXPECT_EQ(page->entries[1].index, 2u);
  page = register_->List(filter, 2, page->next);
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_EQ(page->entries[0].index, 0u);
  EXPECT_EQ(page->next, 0u);
  filter = {};
  filter.since_ms = 103;
  filter.until_ms = 105;
  EXPECT_EQ(register_->List(filter, 100)->entries.size(), 2u);
  filter.name = "access";
  EXPECT_TRUE(register_->List(filter, 100)->entries.empty());
}

TEST_F(RegisterTest, EntriesAreTheLeavesOfItsLog) {
  Intend("bank", 1, {});
  MustAppend(PolicyApplied{3, "ana", "", {}, {}});
  for (uint64_t i = 0; i < 2; ++i) {
    auto entry = register_->Get(i);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(*register_->log().Leaf(i), merkle::LeafHash(EncodeEntry(*entry)));
  }
  EXPECT_TRUE(absl::IsNotFound(register_->Get(2).status()));
  OpenRegister();
  EXPECT_EQ(register_->log().size(), 2u);
  EXPECT_EQ(register_->log().Checkpoint()->size, 2u);
}

// An auditor must see what stands beside a damaged entry, and must be told of that one.
TEST_F(RegisterTest, AListNamesADamagedEntryAndGoesOn) {
  for (int i = 0; i < 5; ++i) MustAppend(PartnerChange{1000, "ana", "", "bank", "change " + std::to_string(i)});
  // One whose seal does not open, and one that opens to what is no entry.
  register_.reset();
  store_.reset();
  support::DamageOrdered(data(), static_cast<uint8_t>(store::Ordered::kRegisterEntry),
                         crypto::ByteWriter(8).U64(1).Take());
  Open();
  OpenRegister();
  ASSERT_TRUE(store_
                  ->Write([](store::WriteTransaction& t) {
                    return t.PutOrdered(store::Ordered::kRegisterEntry, crypto::ByteWriter(8).U64(3).Take(), "damaged");
                  })
                  .ok());
  const auto page = register_->List({}, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  std::vector<uint64_t> read;
  for (const Listed& one : page->entries) read.push_back(one.index);
  EXPECT_EQ(read, (std::vector<uint64_t>{4, 2, 0}));
  EXPECT_EQ(page->unreadable, (std::vector<uint64_t>{3, 1}));
  EXPECT_EQ(page->next, 0u);
}

TEST_F(RegisterTest, AListBeginsAfterACheckpointThatItContinues) {
  MustAppend(PartnerChange{1000, "ana", "", "bank", "confirmed"});
  const std::string note = register_->log().Checkpoint()->note;
  MustAppend(PartnerChange{1000, "ana", "", "bank", "suspended"});
  const auto size = register_->SizeAt(note);
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_EQ(*size, 1u);
  Filter since;
  since.from = *size;
  const auto page = register_->List(since, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_EQ(page->entries[0].index, 1u);
  EXPECT_EQ(page->next, 0u);
  EXPECT_TRUE(absl::IsInvalidArgument(register_->SizeAt("not a note").status()));
}

TEST_F(RegisterTest, ACheckpointThatTheRegisterNoLongerContinuesIsRefused) {
  MustAppend(PartnerChange{1000, "ana", "", "bank", "confirmed"});
  MustAppend(PartnerChange{1000, "ana", "", "bank", "suspended"});
  const std::string note = register_->log().Checkpoint()->note;
  // Another register of the same name and key, as after a restored backup.
  store::TemporaryFolder folder;
  const auto vault = store::OpenVault(folder.path());
  auto store = store::Store::Open(folder.path() + "/data", *vault);
  ASSERT_TRUE(store.ok()) << store.status();
  auto restored = Register::Open(**store, "tidegate.test/charity/one/register/1", key_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE(absl::IsDataLoss((*restored)->SizeAt(note).status())) << "it is shorter";
  for (const char* change : {"confirmed", "resumed"}) {
    ASSERT_TRUE((*store)
                    ->Write([&](store::WriteTransaction& t) {
                      return (*restored)->Append(t, PartnerChange{1000, "ana", "", "bank", change}).status();
                    })
                    .ok());
  }
  EXPECT_TRUE(absl::IsDataLoss((*restored)->SizeAt(note).status())) << "it says something else";
}

}  // namespace
}  // namespace tidegate::ledger
