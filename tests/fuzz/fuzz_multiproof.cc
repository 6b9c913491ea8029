// Proofs from outside: no input crashes a verifier, and what a multiproof leads to is what a second walk gives.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"

namespace merkle = tidegate::merkle;
using merkle::Hash;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidegate::crypto::ByteReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
  const uint64_t n = reader.U64();
  const uint64_t other = reader.U64();
  std::vector<uint64_t> positions(reader.U8());
  for (uint64_t& position : positions) position = reader.U64();
  const size_t extra_leaves = reader.U8() % 2;
  std::vector<Hash> leaves;
  for (size_t i = 0; i < positions.size() + extra_leaves; ++i) leaves.push_back(merkle::LeafHash(std::to_string(i)));
  std::vector<Hash> proof;
  while (reader.ok() && reader.remaining() >= 32) proof.push_back(reader.Array<32>());

  const absl::StatusOr<Hash> root = merkle::RootFromMulti(n, positions, leaves, proof);
  if (root.ok()) {
    // Exactly the minimal proof was used: one more or one less leads nowhere.
    if (leaves.size() != positions.size() || n > merkle::kMultiproofMaxSize) std::abort();
    proof.push_back(leaves[0]);
    if (merkle::RootFromMulti(n, positions, leaves, proof).ok()) std::abort();
    proof.pop_back();
    if (positions.size() == 1 && proof.size() <= 64 && n <= 2) {
      if (!merkle::VerifyInclusion(positions[0], n, leaves[0], proof, *root).ok()) std::abort();
    }
  }
  const Hash leaf = merkle::LeafHash("leaf");
  if (merkle::VerifyInclusion(other, n, leaf, proof, leaf).ok() && n != 1) std::abort();
  const bool consistent = merkle::VerifyConsistency(other, n, leaf, leaf, proof).ok();
  if (consistent && (other != n || n == 0 || !proof.empty())) std::abort();
  static_cast<void>(merkle::VerifySubtreeConsistency(other, n, n, leaf, leaf, proof));
  return 0;
}
