// Parcels of 256 KiB: sealed and opened with everything on, beside AES-256-GCM over the same bytes.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>

#include "tests/bench/workload/workload.h"
#include "tests/unit/parcel/correspondence.h"

namespace tidegate::bench {
namespace {

constexpr size_t kPlaintext = 256 << 10;

// Records of the workload on their way to one partner.
class Post {
 public:
  Post() {
    policy::Vocabulary vocabulary;
    vocabulary.self = "harbour";
    vocabulary.circles = {"bench"};
    engine_ = Must(policy::Engine::Create({{"bench.cedar", PolicyFor("bench", 0)}}, record::Shapes(), vocabulary,
                                          [](std::string_view bytes) { return crypto::HashOf({bytes}); }));
    party_ = engine_->Intern(policy::Party{
        std::string(parcel::Correspondence::kPartner), "police", "GB", {"bench"}, {"prevention"}, {}, true});
    record::CommitContext context;
    context.author_fpr = letters_.log().fingerprint();
    context.created_ms = 1'772'000'000'000;
    for (size_t bytes = 0; bytes < kPlaintext;) {
      context.record_id = crypto::RandomArray<16>();
      views_.push_back(Must(record::Commit(DraftOf(views_.size()), context, crypto::RandomArray<32>())));
      letters_.log().Append(views_.back().leaf());
      bytes += ItemOf(views_.size() - 1).bytes();
    }
  }
  size_t records() const { return views_.size(); }
  parcel::Correspondence& letters() { return letters_; }

  policy::Disclosure Disclose(size_t i) const {
    policy::Candidate candidate;
    candidate.leaf = views_[i].leaf();
    candidate.kind = views_[i].kind().number;
    candidate.label = engine_->Intern(record::LabelOf(views_[i], {}, "harbour", /*author=*/true));
    for (const record::HeldSlot& slot : record::HeldSlotsOf(views_[i])) {
      candidate.fields.push_back({slot.slot, slot.rungs, engine_->Intern(slot.marking)});
    }
    auto ruling = engine_->Disclose(party_, candidate, parcel::kNow);
    if (!ruling.allowed()) std::cerr << ruling.refusal().ToString() << std::endl, std::abort();
    return *std::move(ruling);
  }
  parcel::Item ItemOf(size_t i) const {
    return bench::Must(
        parcel::Item::Make(views_[i].view(), Disclose(i), parcel::Correspondence::kPartner, parcel::kNow, i));
  }
  parcel::SealRequest Request() {
    std::vector<parcel::Item> items;
    for (size_t i = 0; i < views_.size(); ++i) items.push_back(ItemOf(i));
    return letters_.Request(parcel::Sections(letters_.MakeSection(std::move(items))));
  }

 private:
  std::shared_ptr<const policy::Engine> engine_;
  policy::PartyHandle party_;
  parcel::Correspondence letters_;
  std::vector<record::VerifiedView> views_;
};

Post& ThePost() {
  static auto& post = *new Post;
  return post;
}

void ParcelSeal(benchmark::State& state) {
  Post& post = ThePost();
  for (auto _ : state) {
    parcel::SealRequest request = post.Request();
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(bench::Must(parcel::Seal(std::move(request))));
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  state.counters["records"] = static_cast<double>(post.records());
}
BENCHMARK(ParcelSeal)->UseManualTime();

void ParcelOpen(benchmark::State& state) {
  Post& post = ThePost();
  const parcel::Sealed sealed = bench::Must(parcel::Seal(post.Request()));
  for (auto _ : state) benchmark::DoNotOptimize(bench::Must(parcel::Open(post.letters().Context(), sealed)));
  state.counters["records"] = static_cast<double>(post.records());
}
BENCHMARK(ParcelOpen);

// The way of a record from the store's view to what goes into the parcel: gate, narrowing, encoding.
void ParcelItem(benchmark::State& state) {
  Post& post = ThePost();
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(post.ItemOf(i++ % post.records()));
}
BENCHMARK(ParcelItem);

void Gcm(benchmark::State& state, bool seal) {
  const std::string key(32, 'k'), nonce(12, 'n'), plaintext(kPlaintext, 'p');
  std::string out(kPlaintext, '\0'), tag(16, '\0'), sealed = plaintext;
  const auto bytes = [](std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  const auto input = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0;
  EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, input(key), input(nonce));
  EVP_EncryptUpdate(context, bytes(sealed), &length, input(plaintext), kPlaintext);
  EVP_EncryptFinal_ex(context, bytes(sealed), &length);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag.data());
  for (auto _ : state) {
    if (seal) {
      EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, input(nonce));
      EVP_EncryptUpdate(context, bytes(out), &length, input(plaintext), kPlaintext);
      EVP_EncryptFinal_ex(context, bytes(out), &length);
    } else {
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, input(key), input(nonce));
      EVP_DecryptUpdate(context, bytes(out), &length, input(sealed), kPlaintext);
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, tag.data());
      if (EVP_DecryptFinal_ex(context, bytes(out), &length) != 1) std::abort();
    }
    benchmark::DoNotOptimize(out.data());
  }
  EVP_CIPHER_CTX_free(context);
}
void CeilingGcmSeal(benchmark::State& state) { Gcm(state, true); }
BENCHMARK(CeilingGcmSeal);
void CeilingGcmOpen(benchmark::State& state) { Gcm(state, false); }
BENCHMARK(CeilingGcmOpen);

// Policy decides about the same records: from the table, and with every cache empty.
void PolicyDisclose(benchmark::State& state) {
  Post& post = ThePost();
  for (auto _ : state) benchmark::DoNotOptimize(post.Disclose(0));
}
BENCHMARK(PolicyDisclose);

}  // namespace
}  // namespace tidegate::bench
