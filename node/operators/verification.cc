#include "node/operators/verification.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"

namespace tidegate::operators {
namespace {

struct Outcome {
  bool signature = false;
  bool proof = false;
  uint64_t log_size = 0;
  std::string problem;
};

Outcome VerifyOwn(const Rooms& rooms, const store::StoredRecord& record, const crypto::Hash& leaf) {
  Outcome outcome;
  auto head = rooms.log.Checkpoint();
  if (!head.ok()) return outcome.problem = std::string(head.status().message()), outcome;
  outcome.log_size = head->size;
  auto checkpoint = checkpoint::VerifyCheckpoint(head->note, rooms.log.verifier_key());
  outcome.signature = checkpoint.ok();
  auto path = rooms.log.Inclusion(record.log_index, head->size);
  if (!path.ok() || !checkpoint.ok()) return outcome.problem = "the log cannot prove this record", outcome;
  outcome.proof = merkle::VerifyInclusion(record.log_index, head->size, leaf, *path, checkpoint->root).ok();
  return outcome;
}

Outcome VerifyReceived(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record,
                       const crypto::Hash& leaf) {
  Outcome outcome;
  auto proof = reader.GetProof(record.proof_id);
  if (!proof.ok()) return outcome.problem = "the proof that came with this record cannot be read", outcome;
  outcome.log_size = proof->log_size;
  const partner::PartnerPtr author = rooms.directory.Find(record.origin);
  if (author == nullptr) return outcome.problem = "the author's log key is not known here", outcome;
  auto checkpoint = checkpoint::VerifyCheckpoint(proof->note, author->keys.log_key);
  outcome.signature = checkpoint.ok();
  if (!checkpoint.ok()) return outcome.problem = std::string(checkpoint.status().message()), outcome;

  std::vector<uint64_t> positions;
  std::vector<crypto::Hash> leaves;
  bool named = false;
  for (const store::ProvenLeaf& proven : proof->leaves) {
    positions.push_back(proven.position);
    leaves.push_back(proven.leaf);
    named = named || (proven.leaf == leaf && proven.position == record.log_index);
  }
  auto root = merkle::RootFromMulti(proof->log_size, positions, leaves, proof->proof);
  outcome.proof = named && root.ok() && *root == checkpoint->root && proof->log_size == checkpoint->size;
  if (!outcome.proof) outcome.problem = "the record is not where the author's checkpoint has it";
  return outcome;
}

}  // namespace

void VerifyStored(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record, v1::Record* out) {
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  const Outcome outcome = record.own ? VerifyOwn(rooms, record, leaf) : VerifyReceived(rooms, reader, record, leaf);
  v1::Verification* verification = out->mutable_verification();
  verification->set_author_signature(outcome.signature);
  verification->set_log_proof(outcome.proof);
  verification->set_problem(outcome.problem);
  out->set_log_size(static_cast<double>(outcome.log_size));
}

absl::Status FillEvidence(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record,
                          const record::View& view, v1::Evidence* out) {
  out->set_view(record::EncodeView(view));
  out->set_log_index(static_cast<double>(record.log_index));
  if (record.own) {
    auto head = rooms.log.Checkpoint();
    if (!head.ok()) return head.status();
    const uint64_t position[] = {record.log_index};
    auto proof = rooms.log.Prove(position, head->size);
    if (!proof.ok()) return proof.status();
    out->set_verifier_key(checkpoint::PrintVerifierKey(rooms.log.verifier_key()));
    out->set_checkpoint(head->note);
    out->add_positions(static_cast<double>(record.log_index));
    out->add_leaves(std::string(crypto::View(record::LogLeaf(record.view.statement))));
    for (const crypto::Hash& hash : *proof) out->add_proof(std::string(crypto::View(hash)));
    return absl::OkStatus();
  }
  auto proof = reader.GetProof(record.proof_id);
  if (!proof.ok()) return proof.status();
  const partner::PartnerPtr author = rooms.directory.Find(record.origin);
  if (author == nullptr) return absl::NotFoundError("operators: the author's log key is not known here");
  out->set_verifier_key(checkpoint::PrintVerifierKey(author->keys.log_key));
  out->set_checkpoint(proof->note);
  for (const store::ProvenLeaf& leaf : proof->leaves) {
    out->add_positions(static_cast<double>(leaf.position));
    out->add_leaves(std::string(crypto::View(leaf.leaf)));
  }
  for (const crypto::Hash& hash : proof->proof) out->add_proof(std::string(crypto::View(hash)));
  return absl::OkStatus();
}

}  // namespace tidegate::operators
