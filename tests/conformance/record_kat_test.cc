// Known answers for the tree of fields, statements and views (kat.json): values there are opaque bytes, so the room's
// own commitments are run below its values.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/merkle/merkle.h"
#include "node/record/opening.h"
#include "node/record/view.h"
#include "tests/support/known_answers.h"

namespace tidegate::record {
namespace {

using RecordKat = KnownAnswers;

// The leaf of a slot from its chain, checking each known rung and each salt on the way.
Hash LeafOf(const json& slot) {
  if (!slot.contains("chain")) return Fixed<32>(slot["leaf"]);
  std::vector<Hash> rungs;
  auto salt = Fixed<16>(slot["salt0"]);
  const auto number = slot["slot"].get<uint16_t>();
  for (const json& rung : slot["chain"]) {
    if (!rungs.empty()) salt = NextSalt(salt);
    if (!rung["known"].get<bool>()) {
      rungs.push_back(Fixed<32>(rung["hash"]));
      continue;
    }
    EXPECT_EQ(salt, Fixed<16>(rung["salt"]));
    rungs.push_back(RungHash(salt, number, static_cast<uint8_t>(rungs.size()), rung["type"].get<uint8_t>(),
                             Bytes(rung["attributes"]), Bytes(rung["value"])));
    EXPECT_EQ(rungs.back(), Fixed<32>(rung["hash"]));
  }
  return FieldLeaf(number, rungs);
}

TEST_F(RecordKat, LeavesRootsAndStatements) {
  for (const json& record : kat_["records"]) {
    std::vector<Hash> leaves;
    for (const json& slot : record["slots"]) {
      leaves.push_back(LeafOf(slot));
      EXPECT_EQ(leaves.back(), Fixed<32>(slot["leaf"]));
    }
    const Hash root = merkle::RootOf(leaves);
    EXPECT_EQ(root, Fixed<32>(record["fields_root"]));

    const std::string bytes = Bytes(record["statement"]);
    const absl::StatusOr<Statement> statement = ParseStatement(bytes);
    ASSERT_TRUE(statement.ok()) << statement.status();
    EXPECT_EQ(statement->fields_root, root);
    EXPECT_EQ(statement->n, leaves.size());
    EXPECT_EQ(statement->act, Act::kPut);
    EXPECT_EQ(EncodeStatement(*statement), bytes);
    EXPECT_EQ(LogLeaf(bytes), Fixed<32>(record["log_leaf"]));
    const absl::StatusOr<Handling> handling = DecodeHandling(statement->handling);
    ASSERT_TRUE(handling.ok()) << handling.status();
    EXPECT_EQ(handling->tlp, Tlp::kAmber);
    EXPECT_EQ(handling->source_grade + handling->intelligence_grade + handling->handling_code, "2BP");
    EXPECT_EQ(*EncodeHandling(*handling), statement->handling);
  }
}

TEST_F(RecordKat, AmendAndRecall) {
  for (const char* name : {"amend", "recall"}) {
    const std::string bytes = Bytes(kat_[name]["statement"]);
    const absl::StatusOr<Statement> statement = ParseStatement(bytes);
    ASSERT_TRUE(statement.ok()) << name << ": " << statement.status();
    EXPECT_EQ(ActName(statement->act), name);
    EXPECT_EQ(EncodeStatement(*statement), bytes);
    EXPECT_EQ(LogLeaf(bytes), Fixed<32>(kat_[name]["log_leaf"]));
    EXPECT_TRUE(DecodeHandling(statement->handling).ok());
  }
}

Opened OpenedFrom(const json& o) {
  Opened out;
  out.slot = o["slot"].get<uint16_t>();
  out.rung = o["rung"].get<uint8_t>();
  for (const json& hash : o["finer"]) out.finer.push_back(Fixed<32>(hash));
  out.salt = Fixed<16>(o["salt"]);
  out.type = o["type"].get<uint8_t>();
  out.attributes = Bytes(o["attributes"]);
  out.value = Bytes(o["value"]);
  return out;
}

TEST_F(RecordKat, ViewsLeadToTheRootAndSurviveTheCodec) {
  for (const json& record : kat_["records"]) {
    View view;
    view.statement = Bytes(record["statement"]);
    std::vector<uint64_t> positions;
    std::vector<Hash> leaves;
    for (const json& o : record["view"]["opened"]) {
      view.opened.push_back(OpenedFrom(o));
      std::vector<std::string> coarser;
      for (const json& value : o["coarser_values"]) coarser.push_back(Bytes(value));
      positions.push_back(view.opened.back().slot);
      leaves.push_back(LeafOfOpened(view.opened.back(), coarser));
    }
    for (const json& hash : record["view"]["multiproof"]) view.proof.push_back(Fixed<32>(hash));
    const absl::StatusOr<Hash> root = merkle::RootFromMulti(record["slots"].size(), positions, leaves, view.proof);
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, Fixed<32>(record["fields_root"]));
    const absl::StatusOr<View> decoded = DecodeView(EncodeView(view));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, view);
  }
}

// The proofs that narrowing makes are the vector's: from the author's full view down to the view given.
TEST_F(RecordKat, NarrowingTheFullProofGivesTheVectorsProof) {
  for (const json& record : kat_["records"]) {
    std::vector<Hash> all;
    std::vector<uint16_t> held;
    std::vector<uint64_t> held_wide;
    for (const json& slot : record["slots"]) {
      all.push_back(Fixed<32>(slot["leaf"]));
      if (!slot.contains("chain")) continue;
      held.push_back(slot["slot"].get<uint16_t>());
      held_wide.push_back(held.back());
    }
    const auto full = merkle::ProveMulti(all.size(), held_wide, merkle::SpanSource(all));
    ASSERT_TRUE(full.ok());
    std::vector<uint16_t> kept;
    for (const json& o : record["view"]["opened"]) kept.push_back(o["slot"].get<uint16_t>());
    auto tree = HeldTree::Make(all.size(), held, *full);
    ASSERT_TRUE(tree.ok()) << tree.status();
    const auto narrowed = tree->Prove(kept, [&all](uint16_t slot) { return absl::StatusOr<Hash>(all[slot]); });
    ASSERT_TRUE(narrowed.ok()) << narrowed.status();
    std::vector<Hash> expected;
    for (const json& hash : record["view"]["multiproof"]) expected.push_back(Fixed<32>(hash));
    EXPECT_EQ(*narrowed, expected);
  }
}

}  // namespace
}  // namespace tidegate::record
