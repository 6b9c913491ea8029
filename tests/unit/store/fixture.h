// The fixture of the store's and the ledger's tests: a folder of their own, a vault in it, and records to put.
#ifndef TIDEGATE_TESTS_UNIT_STORE_FIXTURE_H_
#define TIDEGATE_TESTS_UNIT_STORE_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/secret.h"
#include "crypto/vault/vault.h"
#include "node/record/index_terms.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "tests/support/admit.h"
#include "text/words/words.h"

namespace tidegate::store {

// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-store-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::unique_ptr<vault::Vault> OpenVault(const std::string& folder) {
  const std::string key = folder + "/master.key", keyring = folder + "/keyring";
  const bool fresh = !std::filesystem::exists(key);
  if (fresh) {
    EXPECT_TRUE(vault::MasterKey::CreateKeyFile(key).ok());
  }
  auto master = vault::MasterKey::FromKeyFile(key);
  EXPECT_TRUE(master.ok()) << master.status();
  auto vault =
      fresh ? vault::Vault::Create(keyring, *std::move(master)) : vault::Vault::Open(keyring, *std::move(master));
  EXPECT_TRUE(vault.ok()) << vault.status();
  return *std::move(vault);
}

inline constexpr std::string_view kUs = "charity", kThem = "bank", kThird = "police";
inline const crypto::Hash kOurKey = crypto::HashOf({"our log key"});
inline const crypto::Hash kTheirKey = crypto::HashOf({"their log key"});

struct PersonSpec {
  std::string name = "Ana Example";
  std::string alias = {};  // empty: none
  std::string tlp = "GREEN";
  std::string onward = "yes";  // the baseline lets in what a giver passes on only where the author says so
  crypto::Hash author = kOurKey;
  const record::VerifiedView* before = nullptr;  // the revision this one amends
  const record::VerifiedView* twin = nullptr;    // a record whose id this one takes
};

inline record::VerifiedView MakePerson(const PersonSpec& spec) {
  auto draft = record::Draft::Create("person");
  EXPECT_TRUE(draft.ok()) << draft.status();
  EXPECT_TRUE(draft->SetField("name", spec.name).ok());
  if (!spec.alias.empty()) {
    EXPECT_TRUE(draft->SetField("aliases", spec.alias).ok());
  }
  EXPECT_TRUE(draft->handling.Set("tlp", spec.tlp).ok());
  EXPECT_TRUE(draft->handling.Set("onward", spec.onward).ok());
  record::CommitContext context;
  context.author_fpr = spec.author;
  context.created_ms = 1'700'000'000'000;
  if (spec.before == nullptr) {
    context.record_id = spec.twin == nullptr ? crypto::RandomArray<16>() : spec.twin->statement().record_id;
  } else {
    context.record_id = spec.before->statement().record_id;
    context.revision = spec.before->statement().revision + 1;
    context.prev_leaf = spec.before->leaf();
    context.act = record::Act::kAmend;
  }
  auto view = record::Commit(*draft, context, crypto::RandomArray<32>());
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

inline record::VerifiedView MakeRecall(const record::VerifiedView& of) {
  auto recall = record::CommitRecall(of.statement(), of.statement().author_fpr, 1'700'000'001'000);
  EXPECT_TRUE(recall.ok()) << recall.status();
  return *std::move(recall);
}

inline record::RecordKey KeyOf(const record::VerifiedView& view) {
  return {view.statement().author_fpr, view.statement().record_id};
}

// The fields named, at their finest; the rest withheld.
inline record::VerifiedView Only(const record::VerifiedView& view, const std::vector<std::string_view>& fields) {
  std::vector<int8_t> finest(view.statement().n, -1);
  for (std::string_view field : fields) finest[view.kind().FindSlot(field)->number] = 0;
  auto narrowed = record::Narrow(view.view(), finest);
  EXPECT_TRUE(narrowed.ok()) << narrowed.status();
  auto verified = record::Verify(*std::move(narrowed));
  EXPECT_TRUE(verified.ok()) << verified.status();
  return *std::move(verified);
}

inline record::SlotRung Whole(const record::VerifiedView& view, std::string_view field) {
  return {view.kind().FindSlot(field)->number, 0};
}

// Records that say all words of `text`.
inline Where SaysWords(std::string_view text) {
  std::vector<Where> all;
  for (const std::string& word : words::WordsOf(text)) all.push_back(Where::Has(record::WordTerm(word)));
  return Where::All(std::move(all));
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() : vault_(OpenVault(folder_.path())) { Open(); }

  std::string data() const { return folder_.path() + "/data"; }
  void Open(Options options = {}) {
    store_.reset();
    auto store = Store::Open(data(), *vault_, options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  PutRequest Own(const record::VerifiedView& view) {
    PutRequest request;
    request.view = &view;
    request.origin = kUs;
    request.log_index = log_index_++;
    request.arrived_ms = 1'700'000'002'000;
    return request;
  }
  PutRequest From(const record::VerifiedView& view, std::string_view giver) {
    PutRequest request = Own(view);
    request.origin = kThem;
    request.giver = giver;
    return request;
  }
  PutResult Put(const PutRequest& request) {
    PutResult result;
    absl::Status status = store_->Write([&](WriteTransaction& transaction) {
      auto prepared = support::Prepared(*store_, request);
      if (!prepared.ok()) return prepared.status();
      auto put = transaction.Put(*prepared);
      if (put.ok()) result = *put;
      return put.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }
  std::unique_ptr<Snapshot> Read() {
    auto snapshot = store_->Read();
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *std::move(snapshot);
  }
  StoredRecord Record(uint64_t seq) {
    auto record = Read()->GetRecord(seq);
    EXPECT_TRUE(record.ok()) << record.status();
    return *std::move(record);
  }
  std::vector<uint64_t> FindByName(std::string_view name) {
    Query query;
    query.where = SaysWords(name);
    auto page = Read()->Find(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page->seqs;
  }
  uint64_t Counted() {
    auto count = Read()->RecordCount();
    EXPECT_TRUE(count.ok()) << count.status();
    return *count;
  }

  TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<Store> store_;
  uint64_t log_index_ = 0;
};

}  // namespace tidegate::store

#endif  // TIDEGATE_TESTS_UNIT_STORE_FIXTURE_H_
