// Inclusion and consistency proofs, of trees and subtrees: transparency-dev/merkle's testdata. One file, one vector.
#include <vector>

#include "crypto/merkle/merkle.h"
#include "tests/conformance/vectors/report.h"

namespace tidegate::conformance {
namespace {

using crypto::Hash;
using nlohmann::json;

// A value that is no hash cannot even be given to our verifiers: reading it is where it is refused.
absl::StatusOr<Hash> ReadHash(const json& text, Report& report) {
  return crypto::HashFrom(report.Base64Text(text.get<std::string>(), "hash"));
}

// Some consistency vectors, good ones among them, use short texts where roots belong, to be compared and never hashed.
// They stand here as values that are equal exactly when the texts are.
Hash ReadRoot(const json& text, Report& report) {
  const std::string bytes = report.Base64Text(text.get<std::string>(), "root");
  Hash hash{};
  if (bytes.size() < hash.size()) hash.back() = static_cast<uint8_t>(bytes.size() + 1);
  if (bytes.size() > hash.size()) report.Fail("root", "a value is longer than a hash");
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

absl::StatusOr<std::vector<Hash>> ReadProof(const json& file, Report& report) {
  std::vector<Hash> proof;
  if (file.at("proof").is_null()) return proof;
  for (const json& text : file.at("proof")) {
    const absl::StatusOr<Hash> hash = ReadHash(text, report);
    if (!hash.ok()) return hash.status();
    proof.push_back(*hash);
  }
  return proof;
}

uint64_t Number(const json& file, const char* name) { return file.at(name).get<uint64_t>(); }

absl::Status VerifyInclusion(const json& file, const std::vector<Hash>& proof, Report& report) {
  const absl::StatusOr<Hash> leaf = ReadHash(file.at("leafHash"), report);
  const absl::StatusOr<Hash> root = ReadHash(file.at("root"), report);
  if (!leaf.ok()) return leaf.status();
  if (!root.ok()) return root.status();
  const uint64_t index = Number(file, "leafIdx");
  if (file.contains("treeSize")) return merkle::VerifyInclusion(index, Number(file, "treeSize"), *leaf, proof, *root);
  return merkle::VerifySubtreeInclusion(index, Number(file, "start"), Number(file, "end"), *leaf, proof, *root);
}

absl::Status VerifyConsistency(const json& file, const std::vector<Hash>& proof, Report& report) {
  const Hash root1 = ReadRoot(file.at("root1"), report);
  const Hash root2 = ReadRoot(file.at("root2"), report);
  if (file.contains("size1")) {
    return merkle::VerifyConsistency(Number(file, "size1"), Number(file, "size2"), root1, root2, proof);
  }
  return merkle::VerifySubtreeConsistency(Number(file, "start"), Number(file, "end"), Number(file, "size"), root1,
                                          root2, proof);
}

}  // namespace

bool IsRfc6962(const json& file) { return file.is_object() && file.contains("wantErr") && file.contains("proof"); }

void RunRfc6962(const json& file, Report& report) {
  const int failed = report.failed();
  const absl::StatusOr<std::vector<Hash>> proof = ReadProof(file, report);
  absl::Status status = proof.status();
  if (status.ok()) {
    status = file.contains("leafIdx") ? VerifyInclusion(file, *proof, report) : VerifyConsistency(file, *proof, report);
  }
  if (report.failed() != failed) return;  // the file itself is damaged, and counted
  const auto name = file.at("desc").get<std::string>();
  if (file.contains("size1") && Number(file, "size1") == 0 && proof.ok() && proof->empty()) {
    report.Note("consistency from old size 0 is refused, as the vectors have it; other policies accept it unproved");
  }
  const bool want_refused = file.at("wantErr").get<bool>();
  report.Check(name, status.ok() != want_refused, want_refused ? "a bad proof is accepted" : "a good proof is refused");
}

}  // namespace tidegate::conformance
