#include "node/command/evidence.h"

#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "node/record/record.h"

namespace tidegate::command {
namespace {

constexpr size_t kMostFileBytes = 64 << 20;

struct Proven {
  record::VerifiedView view;
  std::string origin;
  std::string author_fingerprint;
  uint64_t log_index = 0;
  uint64_t log_size = 0;
};

// Layer by layer; the message names the first that does not hold.
absl::StatusOr<Proven> Prove(const v1::Evidence& evidence) {
  auto key = checkpoint::ParseVerifierKey(evidence.verifier_key());
  if (!key.ok()) return key.status();
  auto checkpoint = checkpoint::VerifyCheckpoint(evidence.checkpoint(), *key);
  if (!checkpoint.ok()) return checkpoint.status();
  auto decoded = record::DecodeView(evidence.view());
  if (!decoded.ok()) return decoded.status();
  auto view = record::Verify(*std::move(decoded));
  if (!view.ok()) return view.status();
  const crypto::Hash fingerprint = crypto::Fingerprint(crypto::KeyType::kLog, key->name, crypto::View(key->public_key));
  if (fingerprint != view->statement().author_fpr) {
    return absl::UnauthenticatedError("proof: the record names another author than the key that signed the checkpoint");
  }
  const std::vector<uint64_t> positions(evidence.positions().begin(), evidence.positions().end());
  std::vector<crypto::Hash> leaves;
  std::vector<crypto::Hash> proof;
  for (const auto& [from, to] : {std::pair{&evidence.leaves(), &leaves}, {&evidence.proof(), &proof}}) {
    for (const std::string& bytes : *from) {
      auto hash = crypto::HashFrom(bytes);
      if (!hash.ok()) return hash.status();
      to->push_back(*hash);
    }
  }
  const uint64_t index = evidence.log_index();
  bool named = false;
  for (size_t i = 0; i < positions.size() && i < leaves.size(); ++i) {
    named = named || (positions[i] == index && leaves[i] == view->leaf());
  }
  auto root = merkle::RootFromMulti(checkpoint->size, positions, leaves, proof);
  if (!root.ok()) return root.status();
  if (!named || *root != checkpoint->root) {
    return absl::UnauthenticatedError("proof: the record is not in the log that the checkpoint signs");
  }
  return Proven{*std::move(view), checkpoint->origin, absl::BytesToHexString(std::string(crypto::View(fingerprint))),
                index, checkpoint->size};
}

nlohmann::json ToJson(const Proven& proven) {
  nlohmann::json json = {{"verified", true},
                         {"id", record::FormatRecordId(proven.view.statement().record_id)},
                         {"kind", std::string(proven.view.kind().name)},
                         {"log", proven.origin},
                         {"author_fingerprint", proven.author_fingerprint},
                         {"log_index", proven.log_index},
                         {"log_size", proven.log_size},
                         {"fields", nlohmann::json::object()}};
  for (size_t i = 0; i < proven.view.size(); ++i) {
    json["fields"][std::string(proven.view.slot(i).name)] = record::ToJson(proven.view.slot(i), proven.view.value(i));
  }
  return json;
}

}  // namespace

void VerifyEvidence(Session& session, const std::string& path) {
  auto text = ReadFile(path, kMostFileBytes);
  if (!session.Check(text.status())) return;
  v1::Record record;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(*text, &record, options).ok() || !record.has_evidence()) {
    return session.Usage("`" + path + "` holds no evidence; make it with `tidegate show ID --evidence --reason WHY`");
  }
  auto proven = Prove(record.evidence());
  if (!proven.ok()) {
    session.exit_code = kRefused;
    if (session.json) {
      std::cout << nlohmann::json{{"verified", false}, {"problem", std::string(proven.status().message())}}.dump(2)
                << "\n";
    } else {
      std::cout << "NOT VERIFIED: " << proven.status().message() << "\n";
    }
    return;
  }
  if (session.json) {
    std::cout << ToJson(*proven).dump(2) << "\n";
    return;
  }
  std::cout << "TLP:" << record::TlpName(proven->view.handling().effective_tlp()) << "\n"
            << "verified: " << proven->view.kind().name << " "
            << record::FormatRecordId(proven->view.statement().record_id) << ", entry " << proven->log_index << " of "
            << proven->log_size << " in " << proven->origin << "\nauthor key " << proven->author_fingerprint
            << ": compare it with what the author reads out\n";
  for (size_t i = 0; i < proven->view.size(); ++i) {
    std::cout << proven->view.slot(i).name << ": " << record::DisplayValue(proven->view.slot(i), proven->view.value(i))
              << " (" << proven->view.precision(i) << ")\n";
  }
}

}  // namespace tidegate::command
