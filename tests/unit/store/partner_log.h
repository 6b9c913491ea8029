// Another organisation's log in memory, so that tests can receive records with proofs that really verify.
#ifndef TIDEGATE_TESTS_UNIT_STORE_PARTNER_LOG_H_
#define TIDEGATE_TESTS_UNIT_STORE_PARTNER_LOG_H_

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"
#include "crypto/sign.h"
#include "node/store/store.h"

namespace tidegate::store {

class PartnerLog {
 public:
  explicit PartnerLog(std::string organisation)
      : organisation_(std::move(organisation)),
        origin_("tidegate.test/" + organisation_ + "/one/log/1"),
        key_(crypto::SigningKey::Generate()) {}

  checkpoint::VerifierKey verifier() const { return {origin_, key_.public_key()}; }
  const std::string& organisation() const { return organisation_; }

  // Gives the leaf's position.
  uint64_t Append(const crypto::Hash& leaf) {
    leaves_.push_back(leaf);
    return leaves_.size() - 1;
  }
  ParcelProof Prove(std::vector<uint64_t> positions, std::string_view giver) const {
    std::sort(positions.begin(), positions.end());
    ParcelProof proof;
    proof.author = organisation_;
    proof.giver = giver;
    proof.log_size = leaves_.size();
    proof.note = *checkpoint::SignCheckpoint({origin_, leaves_.size(), merkle::RootOf(leaves_)}, key_);
    for (uint64_t position : positions) proof.leaves.push_back({position, leaves_[position]});
    proof.proof = *merkle::ProveMulti(leaves_.size(), positions, merkle::SpanSource(leaves_));
    return proof;
  }

 private:
  const std::string organisation_, origin_;
  const crypto::SigningKey key_;
  std::vector<crypto::Hash> leaves_;
};

}  // namespace tidegate::store

#endif  // TIDEGATE_TESTS_UNIT_STORE_PARTNER_LOG_H_
