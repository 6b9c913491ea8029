// What a partner may put into a parcel that an honest node never puts there: records of others, old checkpoints,
// notices about what is not its own, recalls under ids of ours, more forks than anybody has. It is refused, or does no
// harm; and the answer promises nothing that did not happen.
#include <gmock/gmock.h>

#include "node/flow/own_records.h"
#include "tests/support/admit.h"
#include "tests/support/forger.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Forger;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LyingPartnerTest : public testing::Test {
 protected:
  LyingPartnerTest() {
    support::Pair(bank_, charity_);
    for (MemoryNode* node : {&bank_, &police_, &charity_}) node->Apply(support::kShareAll);
  }
  static std::string Report(MemoryNode& node, const std::string& title) {
    return node.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  static crypto::Hash LeafOf(const MemoryNode& node, const std::string& id, std::string_view origin = {}) {
    return record::LogLeaf(Must(node.Held(id, origin)).view.statement);
  }
  // The newest refusal that the charity entered.
  std::string Refusal() {
    ledger::Filter refusals;
    refusals.name = "refusal";
    const auto page = Must(charity_.disclosures().List(refusals, 1, UINT64_MAX));
    if (page.entries.empty()) return "none";
    const auto& refusal = std::get<ledger::Refusal>(page.entries.front().entry);
    return refusal.layer + ": " + refusal.rule;
  }
  // A record of the bank's that the police gave to the charity, as a node with onward sharing might.
  void GivenByPolice(const std::string& id) {
    const store::StoredRecord theirs = Must(bank_.Held(id));
    const record::VerifiedView view = Must(record::Verify(theirs.view));
    store::PutRequest request;
    request.view = &view;
    request.origin = "bank";
    request.giver = "police";
    request.log_index = theirs.log_index;
    request.arrived_ms = clock_.now_ms;
    auto prepared = Must(support::Prepared(charity_.store(), request));
    Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
      store::ParcelProof proof;
      proof.author = "bank";
      proof.giver = "police";
      const auto proof_id = transaction.PutProof(proof);
      if (!proof_id.ok()) return proof_id.status();
      prepared.set_proof_id(*proof_id);
      return transaction.Put(prepared).status();
    }));
  }

  support::Clock clock_;
  MemoryNode bank_{"bank", "bank", clock_}, police_{"police", "police", clock_}, charity_{"charity", "ngo", clock_};
  Forger forger_{bank_, charity_};
  Line line_{bank_, charity_};
};

TEST_F(LyingPartnerTest, AParcelThatSaysNothingIsTaken) {
  const parcel::Receipt receipt = forger_.Given(forger_.Next());
  EXPECT_EQ(receipt.stored + receipt.recalls + receipt.notices, 0u);
}

TEST_F(LyingPartnerTest, ARecordOfSomebodyElseIsNotTakenAndTheirOwnIsTakenBesideIt) {
  const std::string own = Report(bank_, "own"), theirs = Report(police_, "theirs");
  const std::string recalled = Report(police_, "recalled");
  Must(police_.Recall(recalled));
  parcel::SealRequest request = forger_.Next();
  forger_.Carry(bank_, own, request.sections.front());
  parcel::Section other = forger_.SectionOf(police_);
  const store::StoredRecord recall = Must(police_.Held(recalled));
  other.recalls.push_back({recall.view.statement, recall.log_index});
  forger_.Carry(police_, theirs, other);
  request.sections.push_back(std::move(other));
  const parcel::Receipt receipt = forger_.Given(std::move(request));
  EXPECT_EQ(receipt.stored, 1u);
  EXPECT_EQ(receipt.recalls, 0u) << "the police's recall is the police's to give";
  EXPECT_THAT(receipt.unwanted, ElementsAre(LeafOf(police_, theirs)));
  EXPECT_FALSE(charity_.Open(own).empty());
  EXPECT_TRUE(absl::IsNotFound(charity_.Held(theirs).status()));
  EXPECT_TRUE(absl::IsNotFound(charity_.Held(recalled).status()));
  EXPECT_THAT(Refusal(), HasSubstr("admission: not admitted by our policies"));
  // Nor is the police's checkpoint remembered as the bank's.
  const auto known = Must(KnownCheckpoints::Load(*charity_.Read(), *charity_.directory().Find("bank")));
  EXPECT_FALSE(known.LastOnPath(police_.identity().log_fingerprint()).has_value());
}

TEST_F(LyingPartnerTest, AnOlderCheckpointThatIsProvedIsTakenAndNotRemembered) {
  Report(bank_, "one");
  const auto early = Must(bank_.log().Checkpoint());
  Report(bank_, "two");
  line_.Meet();
  parcel::SealRequest request = forger_.Next();
  parcel::Section& section = request.sections.front();
  section.note = early.note;
  section.linked_size = 2;
  section.consistency = Must(bank_.log().Consistency(early.size, 2));
  forger_.Given(std::move(request));
  const auto known = Must(KnownCheckpoints::Load(*charity_.Read(), *charity_.directory().Find("bank")));
  EXPECT_EQ(known.LastOnPath(bank_.identity().log_fingerprint())->size, 2u);
}

TEST_F(LyingPartnerTest, ANoticeTakesBackNothingButWhatItsSenderGave) {
  const std::string ours = Report(charity_, "ours");
  const std::string other =
      bank_.Add("report", {{"title", "other"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"onward", "yes"}});
  GivenByPolice(other);
  parcel::SealRequest request = forger_.Next();
  const crypto::Hash nobodys = crypto::HashOf({"nobody's"});
  for (const crypto::Hash& leaf : {LeafOf(charity_, ours), LeafOf(charity_, other, "bank"), nobodys}) {
    request.withdrawals.push_back({leaf, {}});
  }
  const parcel::Receipt receipt = forger_.Given(std::move(request));
  EXPECT_FALSE(charity_.Open(ours).empty());
  EXPECT_FALSE(charity_.Open(other, "bank").empty()) << "the police gave it";
  ASSERT_EQ(receipt.erased.size(), 1u) << "only what is not here is said to be gone";
  EXPECT_EQ(receipt.erased.front().leaf, nobodys);
  // The same for the whole record: nothing is said of what stays.
  request = forger_.Next();
  request.whole_recalls.push_back({LeafOf(charity_, other, "bank"), Must(record::ParseRecordId(other))});
  EXPECT_THAT(forger_.Given(std::move(request)).erased, IsEmpty());
  EXPECT_FALSE(charity_.Open(other, "bank").empty());
}

TEST_F(LyingPartnerTest, AKeyThatIsNotOursOpensNothing) {
  parcel::SealRequest request = forger_.Next();
  request.recipient_kem = crypto::AgreementKey::Generate().public_key();
  const auto received = Must(forger_.Give(std::move(request)));
  EXPECT_TRUE(parcel::LayerOf(received.refused).has_value()) << received.refused;
}

// Many revisions with one predecessor: the first are taken, the others are refused by name, and nothing ends.
TEST_F(LyingPartnerTest, MoreForksThanANodeTakesAreDeclined) {
  const std::string id = Report(bank_, "first");
  const record::Statement first = Must(record::ParseStatement(Must(bank_.Held(id)).view.statement));
  const crypto::Hash parent = LeafOf(bank_, id);
  constexpr int kForks = 20;
  for (int i = 0; i < kForks; ++i) {
    record::Draft draft = *record::Draft::Create("report");
    Must(draft.SetField("title", "fork " + std::to_string(i)));
    Must(draft.handling.Set("tlp", "GREEN"));
    Must(draft.handling.Set("purposes", "prevention"));
    record::CommitContext context;
    context.author_fpr = bank_.identity().log_fingerprint();
    context.record_id = first.record_id;
    context.revision = 1;
    context.prev_leaf = parent;
    context.act = record::Act::kAmend;
    Must(bank_.own_records().Store({Must(record::Commit(draft, context, crypto::RandomArray<32>())), {}}, {}).status());
  }
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_EQ(Must(charity_.Read()->Revisions({first.author_fpr, first.record_id})).size(), 16u);
  EXPECT_THAT(Refusal(), HasSubstr("limit: more revisions, forks or authors of one record than this node takes"));
}

TEST_F(LyingPartnerTest, ARecallUnderAnIdOfOursTakesBackNothingOfOurs) {
  const std::string ours = Report(charity_, "ours");
  const record::RecordId id = Must(record::ParseRecordId(ours));
  record::Draft draft = *record::Draft::Create("report");
  Must(draft.SetField("title", "Nothing to see here"));
  Must(draft.handling.Set("tlp", "CLEAR"));
  record::CommitContext context;
  context.author_fpr = bank_.identity().log_fingerprint();
  context.record_id = id;
  Must(bank_.own_records().Store({Must(record::Commit(draft, context, crypto::RandomArray<32>())), {}}, {}).status());
  Must(bank_.Recall(ours));
  const store::StoredRecord recall = Must(bank_.Held(ours));
  parcel::SealRequest request = forger_.Next();
  request.sections.front().recalls.push_back({recall.view.statement, recall.log_index});
  Forger::Prove(bank_, request.sections.front());
  const parcel::Receipt receipt = forger_.Given(std::move(request));
  EXPECT_EQ(receipt.recalls, 0u);
  EXPECT_FALSE(charity_.Open(ours).empty());
  EXPECT_THAT(Refusal(), HasSubstr("another author's records under ids of ours"));
}

// A receipt has an end, and a parcel may ask for more than that.
TEST_F(LyingPartnerTest, AReceiptNamesNoMoreLeavesThanItMay) {
  const std::string amended = Report(bank_, "one");
  line_.Meet();
  Must(bank_.Amend(amended, {{"title", "two"}}));
  line_.Meet();
  Must(bank_.Recall(amended));
  const store::StoredRecord recall = Must(bank_.Held(amended));
  parcel::SealRequest request = forger_.Next();
  request.sections.front().recalls.push_back({recall.view.statement, recall.log_index});
  Forger::Prove(bank_, request.sections.front());
  for (size_t i = 0; i + 1 < parcel::kMaxReceiptLeaves; ++i) {
    request.withdrawals.push_back({crypto::HashOf({"nobody's " + std::to_string(i)}), {}});
  }
  EXPECT_EQ(forger_.Given(std::move(request)).erased.size(), parcel::kMaxReceiptLeaves);
}

// Notices cost work, too: each piece of a parcel is a transaction of its own.
TEST_F(LyingPartnerTest, ManyNoticesAreCarriedOutInPieces) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(Report(bank_, "r" + std::to_string(i)));
  line_.Meet();
  charity_.SetLimits({.piece_work = 4});
  parcel::SealRequest request = forger_.Next();
  for (size_t i = 0; i < 6; ++i) {
    const crypto::Hash leaf = LeafOf(bank_, ids[i]);
    request.withdrawals.push_back({leaf, {}});
    request.whole_recalls.push_back({LeafOf(bank_, ids[i + 6]), Must(record::ParseRecordId(ids[i + 6]))});
  }
  const uint64_t before = charity_.store().Commits();
  EXPECT_EQ(forger_.Given(std::move(request)).notices, 12u);
  EXPECT_GE(charity_.store().Commits() - before, 4u);
  for (const std::string& id : ids) EXPECT_TRUE(charity_.Open(id).empty());
  EXPECT_EQ(charity_.receiving().UsedBy("bank").records, 0u);
}

// It is read while the one before it is being stored, and continues from there.
TEST_F(LyingPartnerTest, AParcelIsReadBeforeTheOneBeforeItIsStored) {
  class Kept final : public exchange::ParcelWriter {
   public:
    absl::Status Write(parcel::Sealed parcel) override {
      parcels.push_back(std::move(parcel));
      return absl::OkStatus();
    }
    absl::Status CaughtUp() override { return absl::CancelledError("enough"); }
    std::vector<parcel::Sealed> parcels;
  };
  class Whole final : public exchange::ChunkReader {
   public:
    explicit Whole(std::vector<std::string> chunks) : chunks_(std::move(chunks)) {}
    absl::StatusOr<std::string> Next() override { return chunks_[next_++]; }

   private:
    const std::vector<std::string> chunks_;
    size_t next_ = 0;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    ids.push_back(bank_.Add(
        "report",
        {{"title", "Long"}, {"narrative", std::string(60000, 'a')}, {"tlp", "GREEN"}, {"purpose", "prevention"}}));
  }
  Kept kept;
  EXPECT_TRUE(absl::IsCancelled(bank_.sharing().Follow(bank_.directory().Find("charity"), "", kept, [&] {
    if (kept.parcels.size() == 1 && ids.size() == 2) ids.push_back(Report(bank_, "next"));
    return false;
  })));
  ASSERT_EQ(kept.parcels.size(), 2u);
  const partner::PartnerPtr bank = charity_.directory().Find("bank");
  std::vector<std::shared_ptr<exchange::ArrivedParcel>> arrived;
  for (parcel::Sealed& parcel : kept.parcels) {
    Whole chunks(parcel.chunks);
    arrived.push_back(Must(charity_.receiving().Read(bank, parcel.manifest, std::string(crypto::View(parcel.signature)),
                                                     chunks, arrived.empty() ? nullptr : arrived.back().get())));
  }
  for (const auto& one : arrived) Must(Must(one->Store()).refused);
  for (const std::string& id : ids) EXPECT_EQ(charity_.Open(id), bank_.Open(id));
  EXPECT_EQ(charity_.receiving().ReceivedFrom("bank"), 3u);
  EXPECT_EQ(charity_.receiving().ReceivedFrom("nobody"), 0u);
}

}  // namespace
}  // namespace tidegate::flow
