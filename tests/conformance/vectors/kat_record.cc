// kat.json: records, statements and views, computed here from the formulas of crypto/CRYPTO.md and
// node/record/RECORD.md with nothing but hashes and trees, so that the record room is judged by code that is not its
// own.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"
#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;
using crypto::Hash;
using crypto::Label;
using crypto::View;
using nlohmann::json;

std::string NextSalt(const std::string& salt) {
  const Hash hash = crypto::HashOf({Label("TDGslt1"), salt});
  return std::string(View(hash).substr(0, 16));
}

struct Claim {
  std::string salt;
  uint8_t type = 0;
  std::string attributes;
  std::string value;
};

Hash RungHash(uint16_t slot, uint8_t rung, const Claim& claim) {
  ByteWriter writer;
  writer.Raw(Label("TDGrng1")).Raw(claim.salt).U16(slot).U8(rung).U8(claim.type);
  return crypto::HashOf({writer.Lp16(claim.attributes).Lp32(claim.value).Take()});
}

Hash FieldLeaf(uint16_t slot, const std::vector<Hash>& rungs) {
  ByteWriter writer;
  writer.Raw(Label("TDGfld1")).U16(slot).U8(static_cast<uint8_t>(rungs.size()));
  for (const Hash& rung : rungs) writer.Raw(rung);
  return merkle::LeafHash(writer.view());
}

// A slot's leaf, with each step of its chain checked.
Hash RunSlot(const json& slot, size_t expected_number, const std::string& name, Report& report) {
  const auto leaf = report.FixedHex<32>(slot, "leaf");
  const auto number = slot.at("slot").get<uint16_t>();
  if (number != expected_number) report.Fail(name, "it has another slot's number");
  if (slot.contains("absent")) {  // the leaf is random by design: nothing to compute
    if (!slot.at("absent").get<bool>() || slot.contains("chain")) report.Fail(name, "it is neither absent nor present");
    return leaf;
  }
  std::vector<Hash> rungs;
  std::string salt = report.Hex(slot, "salt0");
  for (const json& rung : slot.at("chain")) {
    const auto hash = report.FixedHex<32>(rung, "hash");
    const bool known = rung.at("known").get<bool>();
    if (known != rung.contains("value") || rung.at("rung").get<size_t>() != rungs.size()) {
      report.Fail(name, "a rung is out of place");
    }
    if (known) {
      const Claim claim{report.Hex(rung, "salt"), rung.at("type").get<uint8_t>(), report.Hex(rung, "attributes"),
                        report.Hex(rung, "value")};
      report.Check(name + " rung " + std::to_string(rungs.size()),
                   claim.salt == salt && hash == RungHash(number, static_cast<uint8_t>(rungs.size()), claim));
    }
    rungs.push_back(hash);
    salt = NextSalt(salt);
  }
  report.Check(name + " leaf", rungs.size() == slot.at("rungs").get<size_t>() && leaf == FieldLeaf(number, rungs));
  return leaf;
}

// Computes what a holder of a view computes: from the opened rung to the slot's leaf.
Hash LeafFromOpening(const json& opened, Report& report) {
  const auto slot = opened.at("slot").get<uint16_t>();
  std::vector<Hash> rungs;
  for (const json& finer : opened.at("finer")) {
    rungs.push_back(report.Fixed<32>(report.HexText(finer.get<std::string>(), "finer"), "finer"));
  }
  if (rungs.size() != opened.at("rung").get<size_t>()) report.Fail("view", "an opening lacks finer rungs");
  Claim claim{report.Hex(opened, "salt"), opened.at("type").get<uint8_t>(), report.Hex(opened, "attributes"),
              report.Hex(opened, "value")};
  rungs.push_back(RungHash(slot, static_cast<uint8_t>(rungs.size()), claim));
  for (const json& coarser : opened.at("coarser_values")) {
    claim.salt = NextSalt(claim.salt);
    claim.value = report.HexText(coarser.get<std::string>(), "coarser_values");
    rungs.push_back(RungHash(slot, static_cast<uint8_t>(rungs.size()), claim));
  }
  return FieldLeaf(slot, rungs);
}

void RunView(const json& view, const std::vector<Hash>& leaves, const Hash& root, const std::string& name,
             Report& report) {
  std::vector<uint64_t> positions;
  std::vector<Hash> opened_leaves;
  for (const json& opened : view.at("opened")) {
    positions.push_back(opened.at("slot").get<uint64_t>());
    opened_leaves.push_back(LeafFromOpening(opened, report));
  }
  std::vector<Hash> proof;
  for (const json& hash : view.at("multiproof")) {
    proof.push_back(report.Fixed<32>(report.HexText(hash.get<std::string>(), "multiproof"), "multiproof"));
  }
  const absl::StatusOr<Hash> led_to = merkle::RootFromMulti(leaves.size(), positions, opened_leaves, proof);
  report.Check(name + " view verifies", led_to.ok() && *led_to == root);
  const absl::StatusOr<std::vector<Hash>> ours =
      merkle::ProveMulti(leaves.size(), positions, merkle::SpanSource(leaves));
  report.Check(name + " multiproof", ours.ok() && *ours == proof);
}

struct Statement {
  std::string record_id;
  uint32_t revision = 0;
  Hash prev_leaf{};
  Hash author{};
  uint8_t act = 0;
  uint16_t slots = 0;
  Hash fields_root{};
};

std::optional<Statement> ParseStatement(const std::string& bytes) {
  ByteReader reader(bytes);
  const bool labelled = reader.Raw(8) == Label("TDGstm1") && reader.U8() == 1;
  reader.U32();  // kind
  reader.U16();  // schema version
  Statement statement;
  statement.record_id = reader.Raw(16);
  statement.revision = reader.U32();
  statement.prev_leaf = reader.Array<32>();
  statement.author = reader.Array<32>();
  reader.U64();  // created
  statement.act = reader.U8();
  reader.Lp16();  // handling
  statement.slots = reader.U16();
  statement.fields_root = reader.Array<32>();
  if (!labelled || !reader.Finish("statement").ok()) return std::nullopt;
  return statement;
}

// The statement of an amend or a recall names its predecessor by its leaf.
void RunSuccessor(const json& object, const std::string& name, uint8_t act, const Hash& author,
                  const std::map<Hash, Statement>& puts, Report& report) {
  const std::string bytes = report.Hex(object, "statement");
  report.Check(name + " leaf", merkle::LeafHash(bytes) == report.FixedHex<32>(object, "log_leaf"));
  const std::optional<Statement> statement = ParseStatement(bytes);
  if (!statement) return report.Fail(name, "the statement is ill-formed");
  const auto before = puts.find(statement->prev_leaf);
  report.Check(name + " follows", statement->act == act && statement->author == author && before != puts.end() &&
                                      before->second.record_id == statement->record_id &&
                                      before->second.revision + 1 == statement->revision);
  if (act == 2) {
    report.Check(name + " has no fields", statement->slots == 0 && statement->fields_root == merkle::EmptyRoot());
  }
}

}  // namespace

void RunKatRecords(const json& file, Report& report) {
  const auto author = report.FixedHex<32>(file.at("author"), "fingerprint");
  std::map<Hash, Statement> puts;
  int number = 0;
  for (const json& record : file.at("records")) {
    const std::string name = "record " + std::to_string(number++);
    std::vector<Hash> leaves;
    for (const json& slot : record.at("slots")) {
      leaves.push_back(RunSlot(slot, leaves.size(), name + " slot " + std::to_string(leaves.size()), report));
    }
    const Hash root = merkle::RootOf(leaves);
    report.Check(name + " fields root", root == report.FixedHex<32>(record, "fields_root"));
    const std::string bytes = report.Hex(record, "statement");
    const auto leaf = report.FixedHex<32>(record, "log_leaf");
    report.Check(name + " log leaf", merkle::LeafHash(bytes) == leaf);
    const std::optional<Statement> statement = ParseStatement(bytes);
    report.Check(name + " statement", statement && statement->act == 0 && statement->revision == 0 &&
                                          statement->prev_leaf == Hash{} && statement->author == author &&
                                          statement->slots == leaves.size() && statement->fields_root == root);
    if (statement) puts.emplace(leaf, *statement);
    RunView(record.at("view"), leaves, root, name, report);
  }
  RunSuccessor(file.at("amend"), "amend", 1, author, puts, report);
  RunSuccessor(file.at("recall"), "recall", 2, author, puts, report);
}

}  // namespace tidegate::conformance
