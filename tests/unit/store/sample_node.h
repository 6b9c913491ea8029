// A small node at work on store and ledger together: authors, amends, recalls, receives, discloses. Its stores are what
// the verifier is tried on.
#ifndef TIDEGATE_TESTS_UNIT_STORE_SAMPLE_NODE_H_
#define TIDEGATE_TESTS_UNIT_STORE_SAMPLE_NODE_H_

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "node/store/verify/verify.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/partner_log.h"

namespace tidegate::store {

class SampleNode {
 public:
  // Opens what is in `folder`, or begins there. Keys of the node's own logs are fixed by `folder`'s contents.
  explicit SampleNode(std::string folder, Options options = {})
      : folder_(std::move(folder)),
        vault_(OpenVault(folder_)),
        log_key_(*crypto::SigningKey::FromSeed(Seed("log"))),
        register_key_(*crypto::SigningKey::FromSeed(Seed("register"))) {
    auto store = Store::Open(folder_ + "/data", *vault_, options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    auto log = ledger::AuthorLog::Open(*store_, "tidegate.test/charity/one/log/1", log_key_);
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    auto opened = ledger::Register::Open(*store_, "tidegate.test/charity/one/register/1", register_key_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    register_ = *std::move(opened);
  }

  Store& store() { return *store_; }
  ledger::Log& log() { return *log_; }
  ledger::Register& registry() { return *register_; }
  const vault::Vault& vault() const { return *vault_; }

  // Own records, one transaction: log leaf, row and register entry together.
  absl::Status Author(const std::vector<const record::VerifiedView*>& views) {
    return store_->Write([&](WriteTransaction& t) {
      ledger::Change change{ledger::Deed::kCollection, 1, "ana", "sample", "", 0, 0, views.size(), {}};
      for (const record::VerifiedView* view : views) {
        PutRequest request;
        request.view = view;
        request.origin = kUs;
        request.arrived_ms = 1'700'000'000'000;
        auto prepared = store_->Prepare(request);
        if (!prepared.ok()) return prepared.status();
        auto index = log_->Append(t, prepared->leaf());
        if (!index.ok()) return index.status();
        prepared->set_log_index(*index);
        auto put = t.Put(*prepared);
        if (!put.ok()) return put.status();
        change.records.push_back(view->statement().record_id);
      }
      return register_->Append(t, change).status();
    });
  }

  // One parcel of another's records: its proof once, then the records.
  absl::Status Receive(const PartnerLog& author, std::string_view giver,
                       const std::vector<std::pair<const record::VerifiedView*, uint64_t>>& views) {
    return store_->Write([&](WriteTransaction& t) {
      std::vector<uint64_t> positions;
      positions.reserve(views.size());
      for (const auto& view : views) positions.push_back(view.second);
      auto proof = t.PutProof(author.Prove(positions, giver));
      if (!proof.ok()) return proof.status();
      for (const auto& [view, position] : views) {
        PutRequest request;
        request.view = view;
        request.origin = author.organisation();
        request.giver = giver;
        request.log_index = position;
        request.proof_id = *proof;
        request.arrived_ms = 1'700'000'003'000;
        auto prepared = support::Prepared(*store_, request);
        if (!prepared.ok()) return prepared.status();
        if (auto put = t.Put(*prepared); !put.ok()) return put.status();
      }
      return absl::OkStatus();
    });
  }

  // An intent and a receipt for records that are held, all fields whole.
  absl::Status Disclose(std::string_view partner, uint64_t parcel,
                        const std::vector<const record::VerifiedView*>& views, bool notice = false) {
    return store_->Write([&](WriteTransaction& t) {
      ledger::Intent intent{std::string(partner), parcel, 5, {}, "prevention", {}};
      for (const record::VerifiedView* view : views) {
        auto seq = t.FindByLeaf(view->leaf());
        if (!seq.ok()) return seq.status();
        record::Openings openings;
        for (const record::Opened& opened : view->view().opened) openings.push_back({opened.slot, opened.rung});
        if (notice) openings.clear();
        intent.records.push_back({*seq, view->leaf(), std::move(openings), notice});
      }
      if (auto index = register_->Append(t, intent); !index.ok()) return index.status();
      ledger::ManifestSent manifest{std::string(partner), parcel, 6, {}, {}};
      if (auto index = register_->Append(t, manifest); !index.ok()) return index.status();
      const auto answer = notice ? ledger::Answer::kErased : ledger::Answer::kStored;
      ledger::Receipt receipt{std::string(partner), parcel, 7, answer, "signed", "signature"};
      for (size_t i = 0; notice && i < views.size(); ++i) receipt.erased.push_back(static_cast<uint16_t>(i));
      return register_->Append(t, receipt).status();
    });
  }

  verify::Options VerifyOptions(const std::vector<const PartnerLog*>& authors) const {
    verify::Options options;
    options.log_key = log_->verifier_key();
    options.register_key = register_->log().verifier_key();
    std::vector<checkpoint::VerifierKey> keys;
    keys.reserve(authors.size());
    for (const PartnerLog* author : authors) keys.push_back(author->verifier());
    options.author_key = [keys](std::string_view, std::string_view origin) -> std::optional<checkpoint::VerifierKey> {
      for (const checkpoint::VerifierKey& key : keys) {
        if (key.name == origin) return key;
      }
      return std::nullopt;
    };
    return options;
  }
  // While the store is open.
  verify::Report Check(const std::vector<const PartnerLog*>& authors) {
    verify::Options options = VerifyOptions(authors);
    options.pinned = true;
    auto pin = store_->Read();
    EXPECT_TRUE(pin.ok()) << pin.status();
    auto report = verify::Verify(folder_ + "/data", *vault_, options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : verify::Report();
  }

 private:
  // A seed that lasts as long as the folder.
  std::string Seed(std::string_view name) const {
    const std::string path = folder_ + "/" + std::string(name) + ".seed";
    std::ifstream existing(path, std::ios::binary);
    std::string seed((std::istreambuf_iterator<char>(existing)), std::istreambuf_iterator<char>());
    if (seed.size() == 32) return seed;
    seed = crypto::Random(32);
    std::ofstream(path, std::ios::binary) << seed;
    return seed;
  }

  const std::string folder_;
  std::unique_ptr<vault::Vault> vault_;
  crypto::SigningKey log_key_, register_key_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::Register> register_;
};

inline std::string FaultsOf(const verify::Report& report) {
  std::string text = std::to_string(report.fault_count) + " faults";
  for (const verify::Fault& fault : report.faults) text += "\n" + fault.table + ": " + fault.where + ": " + fault.what;
  return text;
}

}  // namespace tidegate::store

#endif  // TIDEGATE_TESTS_UNIT_STORE_SAMPLE_NODE_H_
